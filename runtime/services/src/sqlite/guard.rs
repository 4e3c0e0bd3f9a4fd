//! What a component's statements may do: everything within its own file, and nothing outside of it.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use rusqlite::hooks::AuthAction;
use rusqlite::hooks::AuthContext;
use rusqlite::hooks::Authorization;
use rusqlite::limits::Limit;

use crate::Limits;

/// Pragmas that read, or that say something of the file that stays in it.
const PRAGMAS: &[&str] = &[
  "application_id",
  "collation_list",
  "compile_options",
  "defer_foreign_keys",
  "foreign_key_check",
  "foreign_key_list",
  "function_list",
  "index_info",
  "index_list",
  "index_xinfo",
  "integrity_check",
  "optimize",
  "quick_check",
  "table_info",
  "table_list",
  "table_xinfo",
  "user_version",
];
/// Those that may be asked, but not set.
const READ_ONLY_PRAGMAS: &[&str] =
  &["data_version", "encoding", "freelist_count", "journal_mode", "max_page_count", "page_count", "page_size"];
/// Those that hold for the connection, which nobody else is to have then.
const TAINTING_PRAGMAS: &[&str] = &["case_sensitive_like", "foreign_keys", "recursive_triggers"];
/// Kinds of virtual tables that lie in the file itself.
const MODULES: &[&str] = &["fts3", "fts4", "fts4aux", "fts5", "fts5vocab", "rtree", "rtree_i32"];
const REFUSED_FUNCTIONS: &[&str] = &["fts3_tokenizer", "load_extension"];

/// What was seen of the statement that was compiled last.
#[derive(Clone, Default)]
pub(crate) struct Seen {
  inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
  refused: Option<String>,
  taints: bool,
}

impl Seen {
  /// Why it was refused, if it was.
  pub(crate) fn take_refused(&self) -> Option<String> {
    self.lock().refused.take()
  }

  /// Whether a statement has left something in the connection, since it was last asked.
  pub(crate) fn take_taints(&self) -> bool {
    std::mem::take(&mut self.lock().taints)
  }

  fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
    self.inner.lock().unwrap_or_else(PoisonError::into_inner)
  }

  fn judge(&self, action: AuthAction<'_>) -> Authorization {
    match judge(action) {
      Verdict::Allowed => return Authorization::Allow,
      Verdict::Taints => self.lock().taints = true,
      Verdict::Refused(what) => {
        self.lock().refused = Some(what);
        return Authorization::Deny;
      }
    }
    Authorization::Allow
  }
}

enum Verdict {
  Allowed,
  /// It leaves something in the connection.
  Taints,
  Refused(String),
}

fn judge(action: AuthAction<'_>) -> Verdict {
  match action {
    // VACUUM copies by way of a database without a name, which goes when it is done.
    AuthAction::Attach { filename: "" | ":memory:" } => Verdict::Taints,
    AuthAction::Attach { .. } => Verdict::Refused("ATTACH and VACUUM INTO would use another file".to_owned()),
    AuthAction::Pragma { pragma_name, pragma_value } => pragma(&pragma_name.to_ascii_lowercase(), pragma_value),
    AuthAction::Function { function_name } if is_in(REFUSED_FUNCTIONS, function_name) => {
      Verdict::Refused(format!("{function_name}() would load code"))
    }
    AuthAction::CreateVtable { module_name, .. } if !is_in(MODULES, module_name) => {
      Verdict::Refused(format!("virtual tables of {module_name} may not be made"))
    }
    AuthAction::CreateTempIndex { .. }
    | AuthAction::CreateTempTable { .. }
    | AuthAction::CreateTempTrigger { .. }
    | AuthAction::CreateTempView { .. } => Verdict::Taints,
    AuthAction::Unknown { code, .. } => Verdict::Refused(format!("SQLite's action {code} is not known")),
    _ => Verdict::Allowed,
  }
}

fn pragma(name: &str, value: Option<&str>) -> Verdict {
  match () {
    () if PRAGMAS.contains(&name) => Verdict::Allowed,
    () if READ_ONLY_PRAGMAS.contains(&name) && value.is_none() => Verdict::Allowed,
    () if TAINTING_PRAGMAS.contains(&name) => value.map_or(Verdict::Allowed, |_| Verdict::Taints),
    () => Verdict::Refused(format!("PRAGMA {name} is the host's to say")),
  }
}

fn is_in(names: &[&str], name: &str) -> bool {
  names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Has a connection do no more than a component's may.
pub(crate) fn confine(connection: &mut Connection, seen: &Seen, limits: &Limits) -> rusqlite::Result<()> {
  // Statements cannot write the schema and the pages themselves.
  connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
  let length = i32::try_from(limits.result_bytes).unwrap_or(i32::MAX);
  for (limit, most) in [
    (Limit::SQLITE_LIMIT_LENGTH, length),
    (Limit::SQLITE_LIMIT_SQL_LENGTH, 1 << 20),
    (Limit::SQLITE_LIMIT_EXPR_DEPTH, 500),
    (Limit::SQLITE_LIMIT_VDBE_OP, 1_000_000),
    (Limit::SQLITE_LIMIT_ATTACHED, 2),
    (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 256),
    (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 100),
    (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
  ] {
    connection.set_limit(limit, most)?;
  }
  let seen = seen.clone();
  connection.authorizer(Some(move |context: AuthContext<'_>| seen.judge(context.action)))
}
