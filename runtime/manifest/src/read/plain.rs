//! spin.toml 2 and plugbay.toml: `[application]`, `[variables]`, `[[trigger.<kind>]]`, `[component.<id>]`.

use std::cell::Cell;

use crate::App;
use crate::Component;
use crate::FaultCode;
use crate::Format;
use crate::LoadOptions;
use crate::check::Draft;
use crate::check::checked;
use crate::names::refused_id;
use crate::node::Node;
use crate::node::Value;
use crate::read::component::NAMES;
use crate::read::component::component;
use crate::read::context::Context;
use crate::read::context::Dialect;
use crate::read::context::OF_PLUGBAY;
use crate::read::triggers::Defaults;
use crate::read::triggers::trigger;
use crate::read::variables::app_variables;
use crate::report::Report;
use crate::table::Table;
use crate::table::Text;
use crate::table::as_text;

/// MiB that the body of a request may have at most: a TiB.
const MOST_BODY: u32 = 1 << 20;

/// What to do about `[app]` in a manifest for Spin.
const OF_PLUGBAY_ALONE: &str =
  "spin.toml has `[application]`; or leave out `spin_manifest_version` and name the manifest plugbay.toml";

/// Reads the app; None if the report has faults.
pub(crate) fn plain(
  root: &Node,
  dialect: Dialect,
  mut app: App,
  options: &LoadOptions,
  report: &Report,
) -> Option<App> {
  let mut root = Table::of(report, root, "the manifest")?;
  version(&mut root, dialect);
  app.format = if dialect == Dialect::Spin { Format::Spin2 } else { Format::Plugbay };
  let defaults = application(&mut root, dialect, &mut app);
  app.variables = app_variables(&mut root);
  let tables = component_tables(&mut root);
  let ids: Vec<String> = tables.iter().map(|(id, _)| (*id).to_owned()).collect();
  let directory = app.directory.clone();
  let variables = std::mem::take(&mut app.variables);
  let context = Context {
    report,
    dialect,
    directory: &directory,
    options,
    variables: &variables,
    components: &ids,
    has_profile: Cell::default(),
  };
  let components =
    tables.into_iter().map(|(id, table)| (id.to_owned(), table.at, component(id, table, &NAMES, &context)));
  let mut draft = Draft { components: components.collect(), ..Draft::default() };
  triggers(&mut root, &defaults, &context, &mut draft);
  root.finish();
  context.check_profile();
  app.variables = variables;
  checked(app, draft, options, report)
}

fn version(root: &mut Table<'_>, dialect: Dialect) {
  match dialect {
    // It is spin.toml 2 because it says so.
    Dialect::Spin => root.ignore("spin_manifest_version"),
    Dialect::Plugbay => {
      root.number("plugbay_manifest_version", 1, 1);
    }
  }
}

fn application(root: &mut Table<'_>, dialect: Dialect, app: &mut App) -> Defaults {
  let key = if dialect == Dialect::Plugbay && !root.has("application") { "app" } else { "application" };
  let mut defaults = Defaults::default();
  if dialect == Dialect::Spin {
    root.foreign(&["app", "plugbay_manifest_version"], OF_PLUGBAY_ALONE);
  }
  let Some(mut table) = root.table(key, format!("[{key}]")) else {
    // What `[app]` says is told of that.
    if !root.has(key) && !root.has("app") {
      root.missing(key, &format!("add `[{key}]` with `name = \"…\"`"));
    }
    return defaults;
  };
  app.name = table.needed("name", "add `name = \"…\"`").map_or_else(String::new, |name| name.text);
  describe(&mut table, app);
  table.ignore("targets");
  table.ignore("tool");
  if let Some(kinds) = table.table("trigger", format!("[{key}.trigger]")) {
    for entry in kinds.all() {
      if let Some(settings) = Table::of(root.report, &entry.node, format!("[{key}.trigger.{}]", entry.key)) {
        settings_of(&entry.key, settings, app, &mut defaults);
      }
    }
  }
  table.finish();
  defaults
}

/// What `[application]` has and spin.toml 1 has at its top.
pub(crate) fn describe(table: &mut Table<'_>, app: &mut App) {
  app.version = table.string("version").filter(|version| !version.is_empty());
  app.description = table.string("description").filter(|description| !description.is_empty());
  app.authors = table.strings("authors");
}

/// What all triggers of a kind share.
pub(crate) fn settings_of(kind: &str, mut settings: Table<'_>, app: &mut App, defaults: &mut Defaults) {
  match kind {
    "http" => {
      if let Some(base) = settings.text("base") {
        match crate::RoutePattern::parse(&base.text) {
          Ok(pattern) if pattern.is_literal() => app.http_base = base.text,
          _ => settings.refuse(base.at, "base", &format!("must be a path like `/shop`, got `{}`", base.text), None),
        }
      }
      match app.format {
        // One that plugbay has locked may say it.
        Format::Plugbay | Format::Locked => app.max_body = settings.number("max_body", 0, MOST_BODY),
        _ => settings.foreign(&["max_body"], OF_PLUGBAY),
      }
      settings.finish();
    }
    "redis" => {
      defaults.address = settings.text("address");
      let all = settings.all().iter().filter(|entry| entry.key == "address");
      let all = all.map(|entry| (entry.key.clone(), entry.node.to_json())).collect();
      app.trigger_settings.insert(kind.to_owned(), all);
      settings.finish();
    }
    _ => {
      let all = settings.all().iter().filter(|entry| entry.key != "type");
      let all = all.map(|entry| (entry.key.clone(), entry.node.to_json())).collect();
      app.trigger_settings.insert(kind.to_owned(), all);
    }
  }
}

fn component_tables<'a>(root: &mut Table<'a>) -> Vec<(&'a str, Table<'a>)> {
  let Some(entry) = root.any("component") else { return Vec::new() };
  if let Value::List(_) = entry.node.value {
    let message = "`[[component]]` is of spin.toml 1";
    root.report.fault(entry.key_at, FaultCode::Type, message, Some("write `[component.<id>]`".to_owned()));
    return Vec::new();
  }
  let Some(components) = Table::of(root.report, &entry.node, "`component`") else { return Vec::new() };
  let mut tables = Vec::new();
  for entry in components.all() {
    let id = &entry.key;
    if let Some(why) = refused_id(id) {
      let message = format!("`{id}` is no name of a component");
      root.report.fault(entry.key_at, FaultCode::Value, message, Some(why.to_owned()));
    }
    tables
      .extend(Table::of(root.report, &entry.node, format!("the component `{id}`")).map(|table| (id.as_str(), table)));
  }
  tables
}

fn triggers(root: &mut Table<'_>, defaults: &Defaults, context: &Context<'_>, draft: &mut Draft) {
  let Some(kinds) = root.table("trigger", "`trigger`") else {
    if !root.has("trigger") {
      root.missing("trigger", "add `[[trigger.http]]` with `route = \"/...\"` and `component = \"…\"`");
    }
    return;
  };
  for entry in kinds.all() {
    let kind = entry.key.as_str();
    let Value::List(list) = &entry.node.value else {
      let message = format!("the {kind} triggers must be a list, got {}", entry.node.kind());
      context.report.fault(entry.node.at, FaultCode::Type, message, Some(format!("write `[[trigger.{kind}]]`")));
      continue;
    };
    for node in list {
      let Some(mut table) = Table::of(context.report, node, format!("the {kind} trigger")) else { continue };
      let id = table.text("id").filter(|id| !id.text.is_empty());
      if let Some(id) = &id {
        table.what = format!("the {kind} trigger `{}`", id.text);
      }
      let named = named_component(&mut table, kind, id.as_ref(), context, draft);
      draft.triggers.extend(trigger(kind, table, id, named, defaults, context).map(|one| (kind.to_owned(), one)));
    }
  }
}

/// The component that a trigger calls: it names one, or has one within it, which goes to the others under a name made
/// for it.
fn named_component(
  table: &mut Table<'_>,
  kind: &str,
  id: Option<&Text>,
  context: &Context<'_>,
  draft: &mut Draft,
) -> Option<Text> {
  let entry = table.any("component")?;
  if let Some(name) = as_text(&entry.node) {
    return Some(name);
  }
  if !matches!(entry.node.value, Value::Table(_)) {
    table.wrong("component", "the name of a component, or a table", &entry.node);
    return None;
  }
  let owner = id.map_or_else(|| format!("{kind}-trigger"), |id| id.text.clone());
  let taken = |name: &str| draft.components.iter().any(|(id, ..)| id == name);
  let natural =
    Some(format!("{owner}-component")).filter(|name| id.is_some() && refused_id(name).is_none() && !taken(name));
  let name = natural.or_else(|| (1..).map(|count| format!("inline-component{count}")).find(|name| !taken(name)))?;
  let inline = Table::of(context.report, &entry.node, format!("the component of {}", table.what))?;
  let at = inline.at;
  let read: Option<Component> = component(&name, inline, &NAMES, context);
  draft.components.push((name.clone(), at, read));
  Some(Text { text: name, at, verbatim: None })
}
