//! A locked app, of version 0 or 1. Whoever has locked it has checked it: keys that mean nothing are let pass, as long
//! as it does not say that they must be understood.

use std::cell::Cell;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use url::Url;

use crate::App;
use crate::Component;
use crate::ComponentKind;
use crate::FaultCode;
use crate::Format;
use crate::Hosting;
use crate::LoadOptions;
use crate::Mount;
use crate::Source;
use crate::Variable;
use crate::check::Draft;
use crate::check::checked;
use crate::locked::CHAINING;
use crate::names::listed;
use crate::node::Node;
use crate::node::Value;
use crate::read::component::NAMES;
use crate::read::component::hosting;
use crate::read::component::outbound_hosts;
use crate::read::context::Context;
use crate::read::context::Dialect;
use crate::read::files::absolute;
use crate::read::plain::describe;
use crate::read::plain::settings_of;
use crate::read::source::digest_of;
use crate::read::source::refused_file;
use crate::read::triggers::Defaults;
use crate::read::triggers::trigger;
use crate::report::Report;
use crate::table::Table;
use crate::table::Text;
use crate::table::as_text;

/// What to do about what its maker has left out.
const AGAIN: &str = "lock the app again";

/// Reads the app; None if the report has faults.
pub(crate) fn locked(root: &Node, mut app: App, options: &LoadOptions, report: &Report) -> Option<App> {
  let mut root = Table::of(report, root, "the locked app")?;
  app.format = Format::Locked;
  version(&mut root)?;
  understood(&mut root);
  requirements(&mut root);
  let mut defaults = Defaults::default();
  if let Some(metadata) = root.table("metadata", "`metadata`") {
    described(metadata, &mut app, &mut defaults);
  }
  variables(&mut root, &mut app);
  let components = list(&mut root, "components", "a component");
  let ids: Vec<String> = components.iter().filter_map(|(id, _)| id.as_ref().map(|id| id.text.clone())).collect();
  let directory = app.directory.clone();
  let variables = std::mem::take(&mut app.variables);
  let context = Context {
    report,
    dialect: Dialect::Spin,
    directory: &directory,
    options,
    variables: &variables,
    components: &ids,
    has_profile: Cell::new(true),
  };
  let mut draft = Draft::default();
  for (id, table) in components {
    let at = table.at;
    let Some(id) = id else {
      draft.nameless = true;
      continue;
    };
    let read = component(&id.text, table, &context);
    draft.components.push((id.text, at, read));
  }
  for (id, mut table) in list(&mut root, "triggers", "a trigger") {
    let kind = table.needed("trigger_type", AGAIN);
    let what = format!("`trigger_config` of {}", table.what);
    let Some(config) = table.table("trigger_config", what) else {
      if !table.has("trigger_config") {
        table.missing("trigger_config", AGAIN);
      }
      continue;
    };
    if let Some(kind) = kind {
      let mut config = config;
      let named = config.text("component");
      let read = trigger(&kind.text, config, id, named, &defaults, &context);
      draft.triggers.extend(read.map(|one| (kind.text, one)));
    }
  }
  app.variables = variables;
  checked(app, draft, options, report)
}

fn version(root: &mut Table<'_>) -> Option<()> {
  let key = "spin_lock_version";
  let Some(entry) = root.any(key) else {
    root.missing(key, "a locked app is made by `spin up` or `plugbay up`; a manifest is TOML");
    return None;
  };
  if matches!(entry.node.value, Value::Integer(0 | 1)) {
    return Some(());
  }
  let message = format!("`{key}` must be 0 or 1, got {}", entry.node.to_json());
  let newer = matches!(entry.node.value, Value::Integer(2..));
  let help = newer.then(|| "this plugbay is too old for it".to_owned());
  root.report.fault(entry.node.at, FaultCode::Version, message, help);
  None
}

fn understood(root: &mut Table<'_>) {
  for one in root.texts("must_understand") {
    if !["host_requirements", "component_host_requirements"].contains(&one.text.as_str()) {
      let help = "this plugbay is too old for it";
      root.unsupported(one.at, &format!("`{}` must be understood", one.text), help);
    }
  }
}

/// Only what is not optional counts.
fn requirements(table: &mut Table<'_>) {
  let Some(required) = table.table("host_requirements", "`host_requirements`") else { return };
  for entry in required.all() {
    let optional = as_text(&entry.node).is_some_and(|text| text.text == "optional");
    if !optional && entry.key != CHAINING {
      let help = format!("plugbay has {}", listed([CHAINING]));
      table.unsupported(entry.key_at, &format!("it requires `{}` of its host", entry.key), &help);
    }
  }
}

fn described(mut metadata: Table<'_>, app: &mut App, defaults: &mut Defaults) {
  app.name = metadata.string("name").unwrap_or_default();
  describe(&mut metadata, app);
  let mut settings: Vec<(String, Table<'_>)> = Vec::new();
  if let Some(kinds) = metadata.table("triggers", "`metadata.triggers`") {
    for entry in kinds.all() {
      let table = Table::of(kinds.report, &entry.node, format!("`metadata.triggers.{}`", entry.key));
      settings.extend(table.map(|table| (entry.key.clone(), table)));
    }
  } else if let Some(mut single) = metadata.table("trigger", "`metadata.trigger`") {
    settings.extend(single.string("type").map(|kind| (kind, single)));
  }
  for (kind, table) in settings {
    settings_of(&kind, table, app, defaults);
  }
}

fn variables(root: &mut Table<'_>, app: &mut App) {
  let Some(table) = root.table("variables", "`variables`") else { return };
  for entry in table.all() {
    let Some(mut one) = Table::of(root.report, &entry.node, format!("the variable `{}`", entry.key)) else { continue };
    let variable = Variable {
      description: one.string("description"),
      default: one.string("default"),
      secret: one.boolean("secret").is_some_and(|secret| secret.value),
    };
    app.variables.insert(entry.key.clone(), variable);
  }
}

/// The tables of a list, each with its id; none without one.
fn list<'a>(root: &mut Table<'a>, key: &'a str, what: &str) -> Vec<(Option<Text>, Table<'a>)> {
  let Some(entry) = root.any(key) else {
    root.missing(key, AGAIN);
    return Vec::new();
  };
  let Value::List(nodes) = &entry.node.value else {
    root.wrong(key, "a list", &entry.node);
    return Vec::new();
  };
  let mut tables: Vec<(Option<Text>, Table<'a>)> = Vec::new();
  for node in nodes {
    let Some(mut table) = Table::of(root.report, node, what) else { continue };
    let id = table.needed("id", AGAIN);
    if let Some(id) = &id {
      table.what = format!("{} `{}`", what.replace("a ", "the "), id.text);
      let is_component = key == "components";
      if is_component && tables.iter().any(|(other, _)| other.as_ref().is_some_and(|other| other.text == id.text)) {
        root.report.fault(id.at, FaultCode::Duplicate, format!("{} is there twice", table.what), None);
      }
    }
    tables.push((id, table));
  }
  tables
}

fn component(id: &str, mut table: Table<'_>, context: &Context<'_>) -> Option<Component> {
  let at = Some(context.report.position(table.at));
  let environment = table.string_map("env");
  let variables = table.string_map("config");
  requirements(&mut table);
  for key in ["dependencies", "trigger_dependencies"] {
    if let Some(entry) = table.any(key)
      && !matches!(&entry.node.value, Value::Table(entries) if entries.is_empty())
    {
      table.unsupported(entry.node.at, &format!("`{key}`: plugbay does not compose components"), "compose it before");
    }
  }
  let mut component = Component {
    id: id.to_owned(),
    description: None,
    at,
    source: Source::Inline(Vec::new()),
    kind: ComponentKind::Wasm,
    environment,
    files: files(&mut table, context),
    exclude_files: Vec::new(),
    variables,
    allowed_outbound_hosts: Vec::new(),
    key_value_stores: Vec::new(),
    sqlite_databases: Vec::new(),
    build: None,
    hosting: Hosting { stateless: true, ..Hosting::default() },
  };
  if let Some(metadata) = table.table("metadata", format!("`metadata` of {}", table.what)) {
    granted(metadata, &mut component, context);
  }
  let Some(mut source) = table.table("source", format!("the source of {}", table.what)) else {
    if !table.has("source") {
      table.missing("source", AGAIN);
    }
    return None;
  };
  component.source = match content(&mut source, context)? {
    Content::Path(path, digest) => {
      if let Some(why) = refused_file(&path).filter(|_| context.needs_files(id)) {
        let message = format!("the source `{}` of the component `{id}` {why}", path.display());
        context.report.fault(source.at, FaultCode::Source, message, Some(AGAIN.to_owned()));
      }
      Source::Path { path, digest }
    }
    Content::Inline(bytes) => Source::Inline(bytes),
    Content::Url(url, Some(digest)) => Source::Url { url, digest },
    Content::Url(..) => {
      source.missing("digest", "a file of another machine's needs `sha256:` and its hash");
      return None;
    }
  };
  Some(component)
}

fn granted(mut metadata: Table<'_>, component: &mut Component, context: &Context<'_>) {
  component.description = metadata.string("description");
  component.allowed_outbound_hosts = outbound_hosts(&mut metadata, &NAMES, context);
  component.key_value_stores = metadata.strings("key_value_stores");
  component.sqlite_databases = metadata.strings("databases");
  if let Some(entry) = metadata.any("ai_models")
    && !matches!(&entry.node.value, Value::List(list) if list.is_empty())
  {
    metadata.unsupported(entry.node.at, "`ai_models`: plugbay runs no language models", "call a model over HTTP");
  }
  if let Some(mut own) = metadata.table("plugbay", format!("`plugbay` of {}", metadata.what)) {
    let (kind, asked) = hosting(&mut own);
    component.kind = kind.unwrap_or_default();
    let stateless = asked.stateless.map_or(component.kind == ComponentKind::Wasm, |stateless| stateless.value);
    component.hosting = Hosting { stateless, instances: asked.instances, limits: asked.limits };
  }
}

/// Where bytes are.
enum Content {
  Path(PathBuf, Option<String>),
  Url(String, Option<String>),
  Inline(Vec<u8>),
}

fn content(table: &mut Table<'_>, context: &Context<'_>) -> Option<Content> {
  let digest = table.text("digest").and_then(|digest| digest_of(digest, table));
  if let Some(inline) = table.text("inline") {
    let bytes = STANDARD.decode(&inline.text).ok();
    if bytes.is_none() {
      table.refuse(inline.at, "inline", "must be base64", None);
    }
    return bytes.map(Content::Inline);
  }
  let Some(source) = table.text("source") else {
    if !table.has("source") && !table.has("inline") {
      table.missing("source", "fetch what its digest names, and lock the app again");
    }
    return None;
  };
  match Url::parse(&source.text) {
    Ok(url) if url.scheme() == "file" => match url.to_file_path() {
      Ok(path) => Some(Content::Path(path, digest)),
      Err(()) => {
        table.refuse(source.at, "source", "is no URL of a file of this machine's", None);
        None
      }
    },
    Ok(url) if matches!(url.scheme(), "http" | "https") => Some(Content::Url(source.text, digest)),
    Ok(_) => {
      table.refuse(source.at, "source", "must be a URL of `file:` or `https:`", None);
      None
    }
    // A path.
    Err(_) => Some(Content::Path(context.directory.join(source.text), digest)),
  }
}

fn files(owner: &mut Table<'_>, context: &Context<'_>) -> Vec<Mount> {
  let Some(entry) = owner.any("files") else { return Vec::new() };
  let Value::List(list) = &entry.node.value else {
    owner.wrong("files", "a list", &entry.node);
    return Vec::new();
  };
  let mut files = Vec::new();
  for node in list {
    let what = format!("an entry of `files` of {}", owner.what);
    let Some(mut table) = Table::of(context.report, node, what) else { continue };
    let destination = table.needed("path", AGAIN);
    let content = content(&mut table, context);
    let (Some(destination), Some(content)) = (destination, content) else { continue };
    let Some(destination) = absolute(&destination.text) else {
      table.refuse(destination.at, "path", "lies outside of the component's root", None);
      continue;
    };
    match content {
      Content::Path(source, _) => files.push(Mount::Placement { source, destination }),
      Content::Inline(content) => files.push(Mount::Inline { content, destination }),
      Content::Url(..) => table.refuse(node.at, "source", "must be a URL of `file:`", Some(AGAIN.to_owned())),
    }
  }
  files
}
