//! `[component.<id>]`: the same keys in spin.toml 1, in spin.toml 2 and in plugbay.toml, but for a few.

use std::collections::BTreeMap;

use crate::Build;
use crate::Component;
use crate::ComponentKind;
use crate::FaultCode;
use crate::Hosting;
use crate::Limits;
use crate::OutboundHost;
use crate::OutboundHosts;
use crate::Source;
use crate::legacy_hosts;
use crate::names::listed;
use crate::names::nearest;
use crate::names::refused_store;
use crate::names::refused_variable;
use crate::node::Value;
use crate::read::build::build;
use crate::read::build::commands;
use crate::read::context::Context;
use crate::read::context::Dialect;
use crate::read::context::OF_PLUGBAY;
use crate::read::files::files;
use crate::read::source;
use crate::read::source::ReadSource;
use crate::table::At;
use crate::table::Table;
use crate::table::Text;

const MAX_INSTANCES: u32 = 1000;
const HEAP: (u32, u32) = (16, 65536);

/// What only spin.toml 1 says otherwise.
pub(crate) struct Names {
  /// The key of the component's variables.
  pub(crate) variables: &'static str,
  /// Whether a component that names no outbound hosts may reach every database.
  pub(crate) databases: bool,
}

/// The names of today.
pub(crate) const NAMES: Names = Names { variables: "variables", databases: false };

/// Reads a component. Every key is asked for, whatever is wrong with another.
pub(crate) fn component(id: &str, mut table: Table<'_>, names: &Names, context: &Context<'_>) -> Option<Component> {
  let at = Some(context.report.position(table.at));
  let needs_files = context.needs_files(id);
  let description = table.string("description");
  let mut source = match table.any("source") {
    Some(entry) => source::source(entry, &table, context),
    None => {
      table.missing("source", "add `source = \"…\"`, the path of its file");
      None
    }
  };
  let mut environment = table.string_map("environment");
  let files = files(&mut table, needs_files, context);
  let exclude_files = table.strings("exclude_files");
  let variables = variables(&mut table, names.variables, context);
  let allowed_outbound_hosts = outbound_hosts(&mut table, names, context);
  let key_value_stores = stores(&mut table, "key_value_stores");
  let sqlite_databases = stores(&mut table, "sqlite_databases");
  let mut build = build(&mut table, context);
  let own = (context.dialect == Dialect::Plugbay).then(|| hosting(&mut table));
  if own.is_none() {
    table.foreign(&["instances", "kind", "limits", "stateless"], OF_PLUGBAY);
  }
  profiles(&mut table, &mut source, &mut environment, &mut build, context);
  refused(&mut table);
  table.finish();

  let ReadSource { source, at: source_at, written } = source?;
  let (kind, hosting) = own.unwrap_or_default();
  let by_name = match &source {
    Source::Path { path, .. } => ComponentKind::of_file(path),
    _ => None,
  };
  let by_name = match by_name {
    Some(own) if own != ComponentKind::Wasm && context.dialect != Dialect::Plugbay => {
      let message = format!("the source of the component `{id}` is {}, which is no component for Spin", own.called());
      let help = OF_PLUGBAY.to_owned();
      context.report.fault(source_at, FaultCode::Value, message, Some(help));
      None
    }
    by_name => by_name,
  };
  let kind = kind.or(by_name).unwrap_or_default();
  let stateless = hosting.stateless.as_ref().map_or(kind == ComponentKind::Wasm, |stateless| stateless.value);
  if let Some(asked) = hosting.stateless.filter(|asked| asked.value && kind != ComponentKind::Wasm) {
    let message = format!("the component `{id}` is {} and cannot be stateless", kind.as_str());
    context.report.fault(asked.at, FaultCode::Value, message, Some("leave out `stateless`".to_owned()));
  }
  if needs_files {
    must_be_there(id, &source, written, source_at, build.as_ref(), context);
  }
  Some(Component {
    id: id.to_owned(),
    description,
    at,
    source,
    kind,
    environment,
    files,
    exclude_files,
    variables,
    allowed_outbound_hosts,
    key_value_stores,
    sqlite_databases,
    build,
    hosting: Hosting { stateless, instances: hosting.instances, limits: hosting.limits },
  })
}

fn must_be_there(
  id: &str,
  source: &Source,
  written: Option<String>,
  at: usize,
  build: Option<&Build>,
  context: &Context<'_>,
) {
  if let Some(help) = source.registry_help() {
    let message = format!("the source of the component `{id}` is a package of a registry, which plugbay does not read");
    context.report.fault(at, FaultCode::Unsupported, message, Some(help));
  }
  let (Source::Path { path, .. }, Some(written)) = (source, written) else { return };
  let Some(why) = source::refused_file(path) else { return };
  let help = match build {
    Some(build) if !build.commands.is_empty() => {
      format!("build it: `plugbay build`, which runs `{}`", build.commands.join("` and `"))
    }
    _ => "mend the path, or build it".to_owned(),
  };
  let message = format!("the source `{written}` of the component `{id}` {why}");
  context.report.fault(at, FaultCode::Source, message, Some(help));
}

fn variables(table: &mut Table<'_>, key: &'static str, context: &Context<'_>) -> BTreeMap<String, String> {
  let mut variables = BTreeMap::new();
  for (entry, text) in table.map(key) {
    if let Some(why) = refused_variable(&entry.key) {
      let message = format!("`{}` is no name of a variable", entry.key);
      context.report.fault(entry.key_at, FaultCode::Value, message, Some(why.to_owned()));
    }
    context.template(&text);
    variables.insert(entry.key.clone(), text.text);
  }
  variables
}

pub(crate) fn outbound_hosts(table: &mut Table<'_>, names: &Names, context: &Context<'_>) -> Vec<String> {
  let says = table.has("allowed_outbound_hosts");
  let texts = table.texts("allowed_outbound_hosts");
  let old = table.texts("allowed_http_hosts");
  for text in &texts {
    outbound_host(text, table, context);
  }
  let mut hosts: Vec<String> = texts.into_iter().map(|text| text.text).collect();
  if names.databases && !says {
    hosts.extend(legacy_hosts::databases());
  }
  let (converted, faults) = legacy_hosts::converted(&old);
  for (text, message) in faults {
    context.report.fault(text.at, FaultCode::Value, message, None);
  }
  if let Some(first) = old.first().filter(|_| !names.databases && !converted.is_empty()) {
    let message = format!("`allowed_http_hosts` of {} is out of date", table.what);
    let entries: Vec<String> = converted.iter().map(|entry| format!("\"{entry}\"")).collect();
    let help = format!("write `allowed_outbound_hosts = [{}]`", entries.join(", "));
    context.report.warn(first.at, FaultCode::Value, message, Some(help));
  }
  hosts.extend(converted);
  hosts
}

/// What is wrong with an entry, as far as can be told before variables have values.
fn outbound_host(text: &Text, table: &Table<'_>, context: &Context<'_>) {
  let Some(template) = context.template(text) else { return };
  let refuse = |message: String| {
    let message = format!("`allowed_outbound_hosts` of {}: {message}", table.what);
    context.report.fault(text.at, FaultCode::Value, message, None);
  };
  if template.is_literal() {
    match OutboundHost::parse(&text.text) {
      Err(message) => refuse(message),
      Ok(host) => {
        if let Some(chained) = host.chained().filter(|one| !context.components.iter().any(|known| known == one)) {
          let message = format!("`{}`: there is no component `{chained}`", text.text);
          let help = nearest(chained, context.components.iter().map(String::as_str));
          let help = help.map(|meant| format!("did you mean `{meant}`?"));
          context.report.warn(text.at, FaultCode::Reference, message, help);
        }
      }
    }
    return;
  }
  let default = |name: &str| context.variables.get(name).and_then(|variable| variable.default.clone());
  if template.names().all(|(name, _)| default(name).is_some())
    && let Err(faults) = OutboundHosts::parse(&[&text.text], [], default)
  {
    faults.into_iter().for_each(|fault| refuse(fault.message));
  }
}

fn stores<'a>(table: &mut Table<'a>, key: &'a str) -> Vec<String> {
  let texts = table.texts(key);
  for text in &texts {
    if let Some(why) = refused_store(&text.text) {
      let message = format!("`{}` of `{key}` of {} is no name of a store", text.text, table.what);
      table.report.fault(text.at, FaultCode::Value, message, Some(why.to_owned()));
    }
  }
  texts.into_iter().map(|text| text.text).collect()
}

/// What plugbay.toml says of how a component is run.
#[derive(Default)]
pub(crate) struct OwnHosting {
  pub(crate) stateless: Option<At<bool>>,
  pub(crate) instances: Option<u32>,
  pub(crate) limits: Limits,
}

pub(crate) fn hosting(table: &mut Table<'_>) -> (Option<ComponentKind>, OwnHosting) {
  let kinds = [ComponentKind::Wasm, ComponentKind::Native, ComponentKind::JavaScript];
  let kind = table.text("kind").and_then(|text| {
    let kind = kinds.into_iter().find(|kind| kind.as_str() == text.text);
    if kind.is_none() {
      let names = listed(kinds.into_iter().map(ComponentKind::as_str));
      table.refuse(text.at, "kind", &format!("must be one of {names}, got `{}`", text.text), None);
    }
    kind
  });
  let stateless = table.boolean("stateless");
  let instances = table.number("instances", 1, MAX_INSTANCES);
  let mut limits = Limits::default();
  if let Some(mut table) = table.table("limits", format!("`limits` of {}", table.what)) {
    limits = Limits {
      deadline: table.number("deadline", 0, u32::MAX),
      stack: table.number("stack", 0, u32::MAX),
      memory: table.number("memory", 0, u32::MAX),
      table: table.number("table", 0, u32::MAX),
      module: table.number("module", 0, u32::MAX),
      host: table.number("host", 0, u32::MAX),
      heap: table.number("heap", HEAP.0, HEAP.1),
    };
    table.finish();
  }
  (kind, OwnHosting { stateless, instances, limits })
}

/// `[component.<id>.profile.<name>]`: all are read, that which is asked for counts.
fn profiles(
  table: &mut Table<'_>,
  source: &mut Option<ReadSource>,
  environment: &mut BTreeMap<String, String>,
  build: &mut Option<Build>,
  context: &Context<'_>,
) {
  let what = table.what.clone();
  let Some(profiles) = table.table("profile", format!("`profile` of {what}")) else { return };
  for entry in profiles.all() {
    let what = format!("the profile `{}` of {what}", entry.key);
    let Some(mut profile) = Table::of(context.report, &entry.node, what.clone()) else { continue };
    let counts = context.options.profile.as_ref() == Some(&entry.key);
    context.has_profile.set(context.has_profile.get() || counts);
    if let Some(entry) = profile.any("source") {
      let other = source::source(entry, &profile, context);
      if counts {
        *source = other;
      }
    }
    let other = profile.string_map("environment");
    if counts {
      environment.extend(other);
    }
    if let Some(mut table) = profile.table("build", format!("the build of {what}")) {
      let commands = commands(&mut table);
      table.finish();
      if counts {
        let build = build.get_or_insert_with(|| Build { workdir: context.directory.to_owned(), ..Build::default() });
        build.commands = commands;
      }
    }
    dependencies(&mut profile);
    profile.finish();
  }
}

/// What Spin has and plugbay has not, and what neither reads.
fn refused(table: &mut Table<'_>) {
  if let Some(entry) = table.any("ai_models")
    && !matches!(&entry.node.value, Value::List(list) if list.is_empty())
  {
    table.unsupported(
      entry.key_at,
      "`ai_models`: plugbay runs no language models",
      "leave it out, and call a model over HTTP",
    );
  }
  dependencies(table);
  table.ignore("dependencies_inherit_configuration");
  table.ignore("targets");
  table.ignore("tool");
}

fn dependencies(table: &mut Table<'_>) {
  if let Some(entry) = table.any("dependencies")
    && !matches!(&entry.node.value, Value::Table(entries) if entries.is_empty())
  {
    let help = "compose the component when it is built, with `wac plug`";
    table.unsupported(entry.key_at, "`dependencies`: plugbay does not compose components", help);
  }
}
