//! The command `plugbay`.

mod advice;
mod command_line;
mod create_plugin;
mod doctor;
mod from_template;
mod log_fields;
mod memory;
mod pair;
mod shell;
mod terminal;
mod trigger_flags;
mod triggers;

use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use clap::ValueEnum;
use plugbay::Error;
use plugbay::Grant;
use plugbay::Permissions;
use plugbay::Runtime;
use plugbay_app::FileOptions;
use plugbay_app::LoadOptions;
use plugbay_app::LogOptions;
use plugbay_app::ServerLimits;
use plugbay_app::ServiceOptions;
use plugbay_app::UpError;
use plugbay_app::UpOptions;
use plugbay_app::Watch;
use tracing_subscriber::EnvFilter;

use app_doctor::Examined;
use command_line::Cli;
use command_line::Command;
use command_line::LogFormat;
use command_line::Run;
use command_line::Up;
use create_plugin::CreatePlugin;
use create_plugin::Style;

/// The exit code when a script has filled V8's heap: what sysexits.h calls EX_SOFTWARE.
const HEAP_LIMIT: u8 = 70;

fn main() -> ExitCode {
  memory::keep_freed();
  let (line, trigger_flags) = trigger_flags::split(std::env::args_os().collect());
  let command = Cli::try_parse_from(line).unwrap_or_else(|error| advice::explained(error).exit()).command;
  match log(&command) {
    Ok(()) => command.execute(trigger_flags),
    Err(error) => {
      let _ = writeln!(std::io::stderr(), "error: {error}");
      ExitCode::FAILURE
    }
  }
}

/// How the log is written, if that is asked for.
///
/// # Errors
///
/// When the environment names a format that there is not.
fn format_of(asked: Option<LogFormat>) -> Result<LogFormat, String> {
  match (asked, std::env::var("PLUGBAY_LOG_FORMAT")) {
    (Some(format), _) => Ok(format),
    (None, Ok(name)) if !name.is_empty() => {
      LogFormat::from_str(&name, true).map_err(|_| format!("PLUGBAY_LOG_FORMAT is {name:?}: there are text and json"))
    }
    _ => Ok(LogFormat::default()),
  }
}

/// Writes the log to standard error, as is asked for.
///
/// # Errors
///
/// When the environment names a format that there is not.
fn log(command: &Command) -> Result<(), String> {
  let asked = match command {
    Command::Up(up) | Command::Watch(up) => up.log_format,
    Command::Trigger(trigger) => trigger.up.log_format,
    _ => None,
  };
  let format = format_of(asked)?;
  // PLUGBAY_LOG takes the directives of tracing, such as debug or plugin=info.
  let filter = EnvFilter::try_from_env("PLUGBAY_LOG").unwrap_or_else(|_| EnvFilter::new("warn,print=info,app=info"));
  let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).log_internal_errors(false);
  match format {
    LogFormat::Text => log.fmt_fields(log_fields::log_fields()).init(),
    LogFormat::Json => log.json().flatten_event(true).init(),
  }
  Ok(())
}

impl Command {
  /// `trigger_flags` are those that the command does not know.
  fn execute(self, trigger_flags: Vec<String>) -> ExitCode {
    match self {
      Command::Run(run) => run.execute(),
      Command::Up(up) => up.execute(trigger_flags),
      Command::Watch(up) => up.watch(trigger_flags),
      Command::Trigger(trigger) => match trigger.options() {
        Ok(Some(options)) => serve(Ok(options)),
        Ok(None) => ExitCode::SUCCESS,
        Err(error) => {
          print_error(error);
          ExitCode::FAILURE
        }
      },
      Command::Plugins(plugins) => print(plugins.execute()),
      Command::Build { from, components, profile } => {
        let load = LoadOptions { profile, components, build_only: true };
        print(plugbay_app::build(&from, &load).map(|count| format!("built {count} components")))
      }
      Command::New(template) => print(template.new_app()),
      Command::Add { from, component } => print(component.add(&from)),
      Command::Doctor { from, fix } => match doctor::doctor(&from, fix) {
        Ok(examined) => {
          let code = if examined.found == examined.mended { ExitCode::SUCCESS } else { ExitCode::FAILURE };
          let Examined { found, mended } = examined;
          print(Ok::<_, Error>(format!("{found} found, {mended} mended, {} left", found - mended)));
          code
        }
        Err(error) => {
          print_error(&error);
          ExitCode::FAILURE
        }
      },
      Command::Inspect { component } => print(plugbay::wit(component).map(|text| text.trim_end().to_string())),
      Command::Types { plugin, wit } => print(opened(&plugin, |runtime, plugin| runtime.types(plugin, wit.as_deref()))),
      Command::Wit { plugin } => print(opened(&plugin, |runtime, plugin| runtime.world(plugin))),
      Command::Component { plugin, output } => make_component(&plugin, &output),
      Command::CreatePlugin { name, dir, style_2020, wasm, component } => {
        let style = match () {
          () if style_2020 => Style::Deno2020,
          () if wasm => Style::Wasm,
          () if component => Style::Component,
          () => Style::Current,
        };
        print(CreatePlugin { name, dir, style }.write())
      }
    }
  }
}

impl Run {
  fn execute(self) -> ExitCode {
    let permissions = match self.allow_all {
      true => Permissions::all(),
      false => Permissions {
        plugin: grant(self.allow_plugin),
        read: grant(self.allow_read),
        write: grant(self.allow_write),
        env: grant(self.allow_env),
        net: grant(self.allow_net),
      },
    };
    let mut script = self.script.into_iter();
    let path = script.next().unwrap_or_default();
    if path.starts_with('-') {
      advice::unknown_option(&path).exit();
    }
    let arguments = script.collect::<Vec<_>>();
    if permissions == Permissions::default()
      && let Some(hint) = advice::grants_behind(&path, &arguments)
    {
      let _ = writeln!(std::io::stderr(), "{hint}");
    }
    if let Err(error) = plugbay::set_v8_flags(&self.v8_flags) {
      print_error(&error);
      return ExitCode::FAILURE;
    }
    let mut settings = Runtime::builder().permissions(permissions).args(arguments);
    if let Some(cache) = cache() {
      settings = settings.cache(cache);
    }
    if let Some(mebibytes) = self.max_heap {
      settings = settings.heap_limit(mebibytes.saturating_mul(1 << 20));
    }
    match settings.build().and_then(|mut runtime| runtime.run(path)) {
      Ok(code) => ExitCode::from(code as u8),
      Err(error) => {
        print_error(&error);
        match error {
          Error::HeapLimit { .. } => ExitCode::from(HEAP_LIMIT),
          _ => ExitCode::FAILURE,
        }
      }
    }
  }
}

impl Up {
  fn execute(self, trigger_flags: Vec<String>) -> ExitCode {
    let builds = self.build;
    let options = UpOptions { trigger_flags, ..self.options() };
    let built = if builds { plugbay_app::build(&options.from, &options.load).map(drop) } else { Ok(()) };
    serve(built.map(|()| options))
  }

  /// Builds it first, and again whenever what it is built of has changed.
  fn watch(self, trigger_flags: Vec<String>) -> ExitCode {
    serve(Ok(UpOptions { trigger_flags, watch: Watch::Sources, ..self.options() }))
  }

  fn options(self) -> UpOptions {
    if self.bindle.is_some() {
      advice::no_bindle().exit();
    }
    UpOptions {
      from: self.from,
      load: LoadOptions { profile: self.profile, components: self.components, build_only: false },
      listen: self.listen,
      find_free_port: self.find_free_port,
      tls: self.tls_cert.zip(self.tls_key),
      environment: self.env,
      lanes: self.lanes.map(usize::from),
      cache: self.cache_dir.or_else(cache),
      temp: self.temp,
      services: ServiceOptions {
        state: self.state_dir,
        config: self.runtime_config_file,
        variables: self.variable,
        key_values: self.key_value,
        sql: self.sqlite,
      },
      logs: LogOptions {
        directory: self.log_dir,
        truncate: self.truncate_logs,
        follow: self.follow,
        silence: self.quiet,
        in_log: format_of(self.log_format) == Ok(LogFormat::Json),
      },
      files: FileOptions { direct_mounts: self.direct_mounts, allow_transient_write: self.allow_transient_write },
      only: None,
      directory: None,
      plugins: triggers::folder(),
      trigger_flags: Vec::new(),
      own_flags: trigger_flags::own(),
      native_plugins: grant(self.allow_plugin),
      watch: if self.watch { Watch::Artifacts } else { Watch::Nothing },
      quiet: self.quiet,
      admin: self.admin,
      limits: ServerLimits {
        connections: self.max_connections as usize,
        body: self.max_body,
        drain: Duration::from_secs(self.drain_timeout.into()),
      },
    }
  }
}

/// Serves an app, if there is one to serve.
fn serve(options: Result<UpOptions, UpError>) -> ExitCode {
  match options.and_then(plugbay_app::up) {
    Ok(()) => ExitCode::SUCCESS,
    Err(error) => {
      print_error(&error);
      ExitCode::FAILURE
    }
  }
}

/// Where compiled WebAssembly modules are kept: in $PLUGBAY_CACHE, nowhere if that is empty, by default in the user's
/// folder for caches.
fn cache() -> Option<PathBuf> {
  match std::env::var_os("PLUGBAY_CACHE") {
    Some(folder) => (!folder.is_empty()).then(|| folder.into()),
    None => Some(dirs::cache_dir()?.join("plugbay")),
  }
}

/// A flag without a value grants everything.
fn grant(flag: Option<Vec<PathBuf>>) -> Grant {
  match flag {
    None => Grant::None,
    Some(paths) if paths.is_empty() => Grant::All,
    Some(paths) => Grant::Paths(paths),
  }
}

/// What a runtime says of a plugin, which it may open.
fn opened(plugin: &Path, say: impl FnOnce(&mut Runtime, &Path) -> Result<String, Error>) -> Result<String, Error> {
  Ok(say(&mut runtime_for(plugin)?, plugin)?.trim_end().to_string())
}

/// A runtime that may open a plugin.
fn runtime_for(plugin: &Path) -> Result<Runtime, Error> {
  let this = Grant::Paths(vec![plugin.to_owned()]);
  let permissions = Permissions { plugin: this.clone(), read: this, ..Default::default() };
  Runtime::builder().permissions(permissions).build()
}

/// Writes the component of a plugin.
fn make_component(plugin: &Path, output: &Path) -> ExitCode {
  let made = runtime_for(plugin).and_then(|mut runtime| runtime.component(plugin));
  match made.map(|component| std::fs::write(output, component)) {
    Ok(Ok(())) => ExitCode::SUCCESS,
    Ok(Err(error)) => {
      let _ = writeln!(std::io::stderr(), "error: cannot write {output:?}: {error}");
      ExitCode::FAILURE
    }
    Err(error) => {
      print_error(&error);
      ExitCode::FAILURE
    }
  }
}

/// Prints what a command made, or why it failed.
fn print(result: Result<impl std::fmt::Display, impl std::fmt::Display>) -> ExitCode {
  match result {
    Ok(made) => {
      let _ = writeln!(std::io::stdout(), "{made}");
      ExitCode::SUCCESS
    }
    Err(error) => {
      print_error(error);
      ExitCode::FAILURE
    }
  }
}

/// Standard error may be closed or full; then there is nobody to tell.
fn print_error(error: impl std::fmt::Display) {
  let _ = writeln!(std::io::stderr(), "error: {error}");
}
