//! What to do instead, where a command line is none of plugbay's but easily taken for one.

use std::path::Path;

use clap::Arg;
use clap::CommandFactory;
use clap::error::ContextKind;
use clap::error::ContextValue;
use clap::error::Error;
use clap::error::ErrorKind;

use plugbay_app::nearest;

use crate::command_line::Cli;

/// An error of clap's, in words that help more where there are some.
pub(super) fn explained(error: Error) -> Error {
  let named = match error.get(ContextKind::InvalidSubcommand) {
    Some(ContextValue::String(name)) => name,
    _ => return error,
  };
  let file = Path::new(named);
  if file.extension().is_none() && !file.exists() {
    return error;
  }
  let message = format!("there is no command {named:?}; a script is run by `plugbay run {named}`");
  Cli::command().error(ErrorKind::InvalidSubcommand, message)
}

/// The error for an app that is named as Spin's first versions did.
pub(super) fn no_bindle() -> Error {
  let message = "Bindle is no more, its server is gone; name the app's manifest or its locked app by --from";
  Cli::command().error(ErrorKind::ValueValidation, message)
}

/// The error for an option of `run` that there is not.
pub(super) fn unknown_option(option: &str) -> Error {
  let name = option.split('=').next().unwrap_or(option);
  let mut command = Cli::command();
  command.build();
  let run = command.find_subcommand("run").into_iter().flat_map(clap::Command::get_arguments);
  let flags = run.filter_map(Arg::get_long).map(|name| format!("--{name}")).collect::<Vec<_>>();
  let advice = match name {
    "--watch" | "--watch-hmr" => {
      "plugbay does not watch files; have another program run it again, for instance `watchexec -r plugbay run FILE`"
    }
    "--allow-ffi" => "native plugins are granted by --allow-plugin",
    "--allow-run" | "--allow-sys" | "--allow-import" => "scripts have nothing that it would allow",
    "--inspect" | "--inspect-brk" | "--inspect-wait" => {
      "there is no inspector; PLUGBAY_LOG=debug shows what the runtime and the plugins do"
    }
    _ => match nearest(name, flags.iter().map(String::as_str)) {
      Some(meant) => &format!("did you mean {meant}?"),
      None => "options go before FILE, with = before their values; `plugbay run --help` lists them",
    },
  };
  let message = format!("unknown option {option}; {advice}");
  Cli::command().error(ErrorKind::UnknownArgument, message)
}

/// What to say when a script that is granted nothing gets a grant as its own argument: it stands behind the script.
pub(super) fn grants_behind(script: &str, arguments: &[String]) -> Option<String> {
  // Most scripts get nothing that could be one, and what the options are takes a while to find.
  if !arguments.iter().any(|argument| argument.starts_with('-')) {
    return None;
  }
  let command = Cli::command();
  let run = command.find_subcommand("run")?;
  let is_option_of_grants = |option: &&Arg| option.get_long().is_some_and(|name| name.starts_with("allow-"));
  let grants = run.get_arguments().filter(is_option_of_grants).collect::<Vec<_>>();
  let is_grant = |argument: &&String| {
    let name = argument.split('=').next().unwrap_or(argument);
    grants.iter().any(|option| {
      let is_short = option.get_short().is_some_and(|short| name.strip_prefix('-') == Some(&*short.to_string()));
      is_short || name.strip_prefix("--") == option.get_long()
    })
  };
  let grant = arguments.iter().take_while(|argument| *argument != "--").find(is_grant)?;
  Some(format!(
    "warning: {grant} stands behind {script}, so that it is the script's own argument and grants nothing; to grant it, run `plugbay run {grant} {script}`"
  ))
}
