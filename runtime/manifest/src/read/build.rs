//! How a component is built.

use std::path::Path;

use crate::Build;
use crate::read::context::Context;
use crate::read::context::Dialect;
use crate::read::context::OF_PLUGBAY;
use crate::table::Table;

/// `build` of a component.
pub(crate) fn build(owner: &mut Table<'_>, context: &Context<'_>) -> Option<Build> {
  let mut table = owner.table("build", format!("the build of {}", owner.what))?;
  let commands = commands(&mut table);
  let mut workdir = context.directory.to_owned();
  if let Some(written) = table.text("workdir") {
    if Path::new(&written.text).is_absolute() {
      let help = "write it relative to the manifest".to_owned();
      table.refuse(written.at, "workdir", "must be a relative path", Some(help));
    }
    workdir = workdir.join(written.text);
  }
  let watch = table.strings("watch");
  let environment = match context.dialect {
    Dialect::Plugbay => table.string_map("environment"),
    Dialect::Spin => {
      table.foreign(&["environment"], OF_PLUGBAY);
      Default::default()
    }
  };
  table.finish();
  Some(Build { commands, workdir, watch, environment })
}

/// `command`: one, or several.
pub(crate) fn commands(table: &mut Table<'_>) -> Vec<String> {
  if !table.has("command") {
    table.missing("command", "add `command = \"…\"`, or a list of commands");
  }
  table.one_or_more("command").into_iter().map(|command| command.text).collect()
}
