//! spin.toml 1: one kind of trigger, and each component has its own.

use std::cell::Cell;

use crate::App;
use crate::FaultCode;
use crate::Format;
use crate::LoadOptions;
use crate::check::Draft;
use crate::check::checked;
use crate::names::refused_id;
use crate::node::Node;
use crate::node::Value;
use crate::read::component::Names;
use crate::read::component::component;
use crate::read::context::Context;
use crate::read::context::Dialect;
use crate::read::plain::describe;
use crate::read::plain::settings_of;
use crate::read::triggers::Defaults;
use crate::read::triggers::trigger;
use crate::read::variables::app_variables;
use crate::report::Report;
use crate::table::Table;
use crate::table::Text;

const NAMES: Names = Names { variables: "config", databases: true };

/// Reads the app; None if the report has faults.
pub(crate) fn version1(root: &Node, mut app: App, options: &LoadOptions, report: &Report) -> Option<App> {
  let mut root = Table::of(report, root, "the manifest")?;
  root.ignore("spin_version");
  root.ignore("spin_manifest_version");
  app.format = Format::Spin1;
  app.name = root.needed("name", "add `name = \"…\"`").map_or_else(String::new, |name| name.text);
  describe(&mut root, &mut app);
  let mut defaults = Defaults::default();
  let kind = kind(&mut root, &mut app, &mut defaults);
  let variables = app_variables(&mut root);
  let tables = component_tables(&mut root);
  let ids: Vec<String> = tables.iter().map(|(id, _)| id.text.clone()).collect();
  let directory = app.directory.clone();
  let context = Context {
    report,
    dialect: Dialect::Spin,
    directory: &directory,
    options,
    variables: &variables,
    components: &ids,
    has_profile: Cell::default(),
  };
  let mut draft = Draft::default();
  for (id, mut table) in tables {
    let at = table.at;
    let is_second = draft.components.iter().any(|(other, ..)| *other == id.text);
    if is_second {
      let message = format!("there are two components `{}`", id.text);
      report.fault(id.at, FaultCode::Duplicate, message, Some("give each an `id` of its own".to_owned()));
    }
    let what = format!("the trigger of {}", table.what);
    let own = table.table("trigger", what);
    if own.is_none() && !table.has("trigger") {
      table.missing("trigger", "add `[component.trigger]` with what calls it");
    }
    let name = id.text.clone();
    if let (Some(own), Some(kind)) = (own, &kind) {
      let trigger_id = Text { text: format!("trigger-{name}"), ..id.clone() };
      let read = trigger(kind, own, Some(trigger_id), Some(id), &defaults, &context);
      // Whose id would be there twice as well.
      draft.triggers.extend(read.filter(|_| !is_second).map(|one| (kind.clone(), one)));
    }
    table.ignore("id");
    let read = component(&name, table, &NAMES, &context);
    draft.components.push((name, at, read));
  }
  root.finish();
  context.check_profile();
  app.variables = variables;
  checked(app, draft, options, report)
}

/// `trigger = { type = "http", base = "/" }`.
fn kind(root: &mut Table<'_>, app: &mut App, defaults: &mut Defaults) -> Option<String> {
  let help = "add `trigger = { type = \"http\" }`";
  let Some(mut table) = root.table("trigger", "`trigger`") else {
    if !root.has("trigger") {
      root.missing("trigger", help);
    }
    return None;
  };
  let kind = table.needed("type", help)?.text;
  settings_of(&kind, table, app, defaults);
  Some(kind)
}

fn component_tables<'a>(root: &mut Table<'a>) -> Vec<(Text, Table<'a>)> {
  let Some(entry) = root.any("component") else { return Vec::new() };
  let Value::List(list) = &entry.node.value else {
    let message = format!("`component` must be a list of tables, got {}", entry.node.kind());
    root.report.fault(entry.node.at, FaultCode::Type, message, Some("write `[[component]]`".to_owned()));
    return Vec::new();
  };
  let (mut tables, mut nameless) = (Vec::new(), 'a'..);
  for node in list {
    let Some(mut table) = Table::of(root.report, node, "the component") else { continue };
    let Some(mut id) = table.needed("id", "add `id = \"…\"`") else {
      // Its other faults are told under a name of its own.
      let text = format!("component-{}", nameless.next().unwrap_or_default());
      tables.push((Text { text, at: table.at, verbatim: None }, table));
      continue;
    };
    if refused_id(&id.text).is_some() {
      id.text = id.text.replace('_', "-").to_lowercase();
    }
    if let Some(why) = refused_id(&id.text) {
      let message = format!("`{}` is no name of a component", id.text);
      root.report.fault(id.at, FaultCode::Value, message, Some(why.to_owned()));
    }
    table.what = format!("the component `{}`", id.text);
    tables.push((id, table));
  }
  tables
}
