//! A component: where it comes from and what it may use.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::Position;

/// What stands behind one or more triggers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
  /// Its name in the app.
  pub id: String,
  /// What it is for.
  pub description: Option<String>,
  /// Where the manifest has it.
  pub at: Option<Position>,
  /// Where it comes from.
  pub source: Source,
  /// What runs it.
  pub kind: ComponentKind,
  /// Its environment variables.
  pub environment: BTreeMap<String, String>,
  /// The files it sees.
  pub files: Vec<Mount>,
  /// Patterns of files that it does not see though `files` has them.
  pub exclude_files: Vec<String>,
  /// Its variables: texts with `{{ name }}` of variables of the app, see [`Template`](crate::Template).
  pub variables: BTreeMap<String, String>,
  /// What it may connect to, see [`OutboundHosts`](crate::OutboundHosts); with `{{ name }}` of variables of the app.
  pub allowed_outbound_hosts: Vec<String>,
  /// The key-value stores it may open.
  pub key_value_stores: Vec<String>,
  /// The SQLite databases it may open.
  pub sqlite_databases: Vec<String>,
  /// How it is built.
  pub build: Option<Build>,
  /// How it is run: only plugbay.toml says.
  pub hosting: Hosting,
}

/// Where a component comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
  /// A file.
  Path {
    /// Its absolute path.
    path: PathBuf,
    /// `sha256:` and the hash that its bytes must have, if it says.
    digest: Option<String>,
  },
  /// A file of another machine's.
  Url {
    /// `http:` or `https:`.
    url: String,
    /// `sha256:` and the hash that its bytes must have.
    digest: String,
  },
  /// A package of a registry.
  Registry {
    /// The registry, or the default one.
    registry: Option<String>,
    /// `namespace:name`.
    package: String,
    /// Its exact version.
    version: String,
  },
  /// Bytes in the manifest itself, of a locked app.
  Inline(Vec<u8>),
}

impl Source {
  /// What to do where the source is a package of a registry, which plugbay does not fetch.
  #[must_use]
  pub fn registry_help(&self) -> Option<String> {
    let Self::Registry { registry, package, version } = self else { return None };
    let registry = registry.as_ref().map(|registry| format!(" --registry {registry}")).unwrap_or_default();
    let file = package.rsplit(':').next().unwrap_or(package);
    Some(format!(
      "fetch it by `wkg get {package}@{version}{registry} --format wasm --output {file}.wasm` and write \
       `source = \"{file}.wasm\"`; a path and `{{ url = \"…\", digest = \"sha256:…\" }}` are read"
    ))
  }
}

/// What runs a component.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ComponentKind {
  /// WebAssembly: a component or a module.
  #[default]
  Wasm,
  /// A native plugin: a dynamic library.
  Native,
  /// A module of JavaScript or TypeScript.
  JavaScript,
}

impl ComponentKind {
  /// The kind of a file by its name, if that says.
  #[must_use]
  pub fn of_file(path: &std::path::Path) -> Option<Self> {
    match path.extension()?.to_str()? {
      "wasm" => Some(Self::Wasm),
      "js" | "mjs" | "ts" | "mts" => Some(Self::JavaScript),
      "so" | "dylib" | "dll" => Some(Self::Native),
      _ => None,
    }
  }

  /// What a file of it is called in messages.
  pub(crate) fn called(self) -> &'static str {
    match self {
      Self::Wasm => "WebAssembly",
      Self::Native => "a native plugin",
      Self::JavaScript => "a module of JavaScript",
    }
  }

  /// The name that plugbay.toml has for it.
  #[must_use]
  pub fn as_str(self) -> &'static str {
    match self {
      Self::Wasm => "wasm",
      Self::Native => "native",
      Self::JavaScript => "javascript",
    }
  }
}

/// Files that a component sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mount {
  /// A file, a folder or a pattern like `images/**/*.png`, relative to the app's directory; the component sees it at
  /// the same path.
  Pattern(String),
  /// A file or folder that the component sees elsewhere.
  Placement {
    /// Its absolute path.
    source: PathBuf,
    /// The absolute path in the component.
    destination: String,
  },
  /// A small file in the manifest itself, of a locked app.
  Inline {
    /// Its bytes.
    content: Vec<u8>,
    /// The absolute path in the component.
    destination: String,
  },
}

/// How a component is built.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Build {
  /// Commands for the shell, one after the other.
  pub commands: Vec<String>,
  /// Where they run: absolute.
  pub workdir: PathBuf,
  /// Patterns of files, relative to `workdir`, whose change asks for another build.
  pub watch: Vec<String>,
  /// Environment variables of the commands, besides those of the process; plugbay.toml alone has them.
  pub environment: BTreeMap<String, String>,
}

/// How a component is run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hosting {
  /// Whether every request has an instance of its own. Spin's components are so.
  pub stateless: bool,
  /// How many instances there are at most, over all lanes; of a stateless one, how many are kept ready. One that keeps
  /// its state and has one instance is pinned to a lane. None: as many as lanes.
  pub instances: Option<u32>,
  /// What an instance may use up; what is absent is plugbay's default.
  pub limits: Limits,
}

/// What an instance of a component may use up: the names and meanings of `limits` of `Deno.openPlugin`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
  /// Milliseconds of a request; 0 is no end.
  pub deadline: Option<u32>,
  /// Calls within one another; 0 is no end.
  pub stack: Option<u32>,
  /// Pages of 64 KiB of its memory.
  pub memory: Option<u32>,
  /// Elements of each table.
  pub table: Option<u32>,
  /// Bytes of its file.
  pub module: Option<u32>,
  /// Bytes that the host holds for it.
  pub host: Option<u32>,
  /// MiB of V8's heap on each of its threads.
  pub heap: Option<u32>,
}

impl Limits {
  /// Those that are given, by their names.
  pub fn given(&self) -> impl Iterator<Item = (&'static str, u32)> + use<> {
    let Self { deadline, stack, memory, table, module, host, heap } = *self;
    let all = [
      ("deadline", deadline),
      ("stack", stack),
      ("memory", memory),
      ("table", table),
      ("module", module),
      ("host", host),
      ("heap", heap),
    ];
    all.into_iter().filter_map(|(name, limit)| Some((name, limit?)))
  }
}
