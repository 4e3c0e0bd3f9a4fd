//! Flags of `plugbay up` that are none of its own: those of triggers that are programs of their own.

use std::ffi::OsString;

use clap::Arg;
use clap::ArgAction;
use clap::Command;
use clap::CommandFactory;

use crate::command_line::Cli;

/// Splits a command line into what plugbay knows and, of `up` and `watch`, the flags that it does not know, each with
/// the value that follows it if one does. What stands behind `--` is for triggers as well.
pub(crate) fn split(line: Vec<OsString>) -> (Vec<OsString>, Vec<String>) {
  let command = line.get(1).and_then(|command| command.to_str()).filter(|command| ["up", "watch"].contains(command));
  let Some(command) = command else { return (line, Vec::new()) };
  let mut cli = Cli::command();
  cli.build();
  let Some(up) = cli.find_subcommand(command) else { return (line, Vec::new()) };
  let (mut own, mut others) = (Vec::new(), Vec::new());
  let mut rest = line.into_iter();
  own.extend(rest.by_ref().take(2));
  let mut rest = rest.peekable();
  while let Some(argument) = rest.next() {
    let text = argument.to_str().unwrap_or_default().to_string();
    match owner_of(up, &text) {
      Owner::Separator => others.extend(rest.by_ref().map(|argument| argument.to_string_lossy().into_owned())),
      Owner::Host { wants_value } => {
        own.push(argument);
        own.extend(rest.next_if(|_| wants_value));
      }
      Owner::Trigger => {
        let has_value = text.contains('=');
        others.push(text);
        let value = rest.next_if(|next| !has_value && !next.as_encoded_bytes().starts_with(b"-"));
        others.extend(value.map(|value| value.to_string_lossy().into_owned()));
      }
    }
  }
  (own, others)
}

/// The long flags of `up`, with their dashes.
pub(crate) fn own() -> Vec<String> {
  let mut cli = Cli::command();
  cli.build();
  let up = cli.find_subcommand("up").into_iter().flat_map(Command::get_arguments).filter(|flag| !flag.is_hide_set());
  up.filter_map(Arg::get_long).map(|name| format!("--{name}")).collect()
}

/// Whose an argument is.
enum Owner {
  /// The host's, or a mistake that it tells of; its value may be the next argument.
  Host {
    wants_value: bool,
  },
  Trigger,
  /// `--`.
  Separator,
}

fn owner_of(up: &Command, text: &str) -> Owner {
  let of = |found: Option<&Arg>, has_value: bool| match found {
    Some(found) => Owner::Host { wants_value: takes_value(found) && !has_value },
    None => Owner::Trigger,
  };
  if text == "--" {
    return Owner::Separator;
  }
  if let Some(long) = text.strip_prefix("--") {
    let (name, has_value) = long.split_once('=').map_or((long, false), |(name, _)| (name, true));
    let is_it =
      |arg: &&Arg| arg.get_long() == Some(name) || arg.get_all_aliases().is_some_and(|aliases| aliases.contains(&name));
    return of(up.get_arguments().find(is_it), has_value);
  }
  let Some(mut cluster) = text.strip_prefix('-').filter(|cluster| !cluster.is_empty()).map(str::chars) else {
    return Owner::Host { wants_value: false };
  };
  // Several may stand together; the value of the last may too.
  loop {
    let Some(short) = cluster.next() else { return Owner::Host { wants_value: false } };
    match up.get_arguments().find(|arg| arg.get_short() == Some(short)) {
      Some(found) if !takes_value(found) => {}
      found => return of(found, !cluster.as_str().is_empty()),
    }
  }
}

fn takes_value(arg: &Arg) -> bool {
  matches!(arg.get_action(), ArgAction::Set | ArgAction::Append)
}

#[cfg(test)]
mod tests {
  use super::*;

  fn splits(line: &str) -> (String, String) {
    let line = line.split(' ').map(OsString::from).collect();
    let (own, others) = split(line);
    let own = own.iter().map(|argument| argument.to_string_lossy()).collect::<Vec<_>>();
    (own.join(" "), others.join(" "))
  }

  #[test]
  fn flags_that_are_not_known_are_for_triggers() {
    for (line, own, others) in [
      ("plugbay up --speed 3 -f a --fast --quiet", "plugbay up -f a --quiet", "--speed 3 --fast"),
      ("plugbay up --file=a -qe A=b -x 1", "plugbay up --file=a -qe A=b", "-x 1"),
      ("plugbay up --speed=3 b", "plugbay up b", "--speed=3"),
      ("plugbay up -q -- -f a", "plugbay up -q", "-f a"),
      ("plugbay up --help", "plugbay up --help", ""),
      ("plugbay run --speed 3 a.js", "plugbay run --speed 3 a.js", ""),
      ("plugbay", "plugbay", ""),
    ] {
      assert_eq!(splits(line), (own.to_string(), others.to_string()), "{line}");
    }
  }
}
