//! What answers the requests of an app: each component, and how it is opened.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use app_manifest::App;
use app_manifest::Component;
use app_manifest::ComponentKind;
use app_manifest::OutboundHosts;
use plugbay::Grant;
use plugbay::GrantedBy;
use plugbay::HandlerGrants;
use plugbay::Permissions;
use plugbay::ScriptOutput;
use plugbay::services::Grants;
use plugbay::services::Services;
use serde_json::json;

use crate::artifact::Artifacts;
use crate::files::FileOptions;
use crate::files::gather;
use crate::granted::integrity_of;
use crate::granted::options_of;
use crate::granted::permissions_of;
use crate::logs::LogOptions;
use crate::network::Network;
use crate::network::SiteLink;
use crate::placed;
use crate::ways::Way;
use crate::ways::way_of;

/// How long a request may take by default, of whatever handler: that of guests is the runtime's own.
const DEADLINE: Duration = Duration::from_secs(10);

/// What opens a handler in an isolate.
#[derive(Clone)]
pub(crate) enum Opening {
  /// As `Deno.openPlugin` does, with options in JSON; how triggers call it. `writes` are the directories in which it,
  /// or what it prints, is written.
  Guest { way: Way, path: PathBuf, options: String, grants: HandlerGrants, writes: Vec<PathBuf> },
  /// A module that exports `fetch` or `redis`; how triggers call it.
  Module { way: Way, path: PathBuf, integrity: Option<String>, may_ask_components: bool },
  /// A native plugin that has registered a handler; how triggers call it.
  Native { way: Way, path: PathBuf, options: String, may_ask_components: bool },
}

/// A component that answers requests.
#[derive(Clone)]
pub(crate) struct Handler {
  /// What requests for it say.
  pub(crate) number: u32,
  pub(crate) component: String,
  pub(crate) opening: Opening,
}

/// Handlers that share isolates, and what code of these may do.
#[derive(Clone)]
pub(crate) struct Group {
  pub(crate) handlers: Vec<Handler>,
  pub(crate) permissions: Permissions,
  /// What it is granted besides, the variables that it has, and the directories that it sees, by its names for them: of
  /// a module of JavaScript or a native plugin.
  pub(crate) grants: HandlerGrants,
  pub(crate) environment: BTreeMap<String, String>,
  pub(crate) files: BTreeMap<String, PathBuf>,
  /// Where goes what it prints, if it is a module of JavaScript.
  pub(crate) output: Option<ScriptOutput>,
  /// MiB of V8's heap that each isolate may fill, if that is said.
  pub(crate) heap: Option<u32>,
  /// Whether there is one isolate, so that there is one state.
  pub(crate) is_pinned: bool,
  /// How long a request, or opening a handler, may take, where nothing else sees to that.
  pub(crate) deadline: Option<Duration>,
}

impl Group {
  /// Whether its one handler is a native plugin.
  pub(crate) fn is_native(&self) -> bool {
    matches!(&*self.handlers, [Handler { opening: Opening::Native { .. }, .. }])
  }

  /// Who says what the code of its one handler may do; that of guests asks nobody.
  pub(crate) fn granted_by(&self) -> GrantedBy {
    match &*self.handlers {
      [Handler { opening: Opening::Native { .. } | Opening::Module { .. }, component, .. }] => {
        GrantedBy::Manifest { component: component.clone() }
      }
      _ => GrantedBy::default(),
    }
  }

  /// WebAssembly has nothing but what it is granted one by one. The isolate may write what one of them may.
  fn of_guests(handlers: Vec<Handler>) -> Self {
    let writes = handlers.iter().flat_map(|handler| match &handler.opening {
      Opening::Guest { writes, .. } => writes.clone(),
      Opening::Module { .. } | Opening::Native { .. } => Vec::new(),
    });
    let write = Grant::Paths(writes.collect());
    Self {
      handlers,
      permissions: Permissions { write, ..Permissions::all() },
      grants: HandlerGrants::default(),
      environment: BTreeMap::new(),
      files: BTreeMap::new(),
      output: None,
      heap: None,
      is_pinned: false,
      deadline: None,
    }
  }
}

/// What the code of a handler may do that has isolates of its own.
struct Own {
  permissions: Permissions,
  grants: HandlerGrants,
  files: BTreeMap<String, PathBuf>,
}

/// What components are made of besides their part of the manifest.
pub(crate) struct Parts<'p> {
  pub(crate) app: &'p App,
  pub(crate) services: &'p Services,
  /// Values of the app's variables, for what is said by templates.
  pub(crate) variables: &'p BTreeMap<String, String>,
  /// Where the components' own files are.
  pub(crate) artifacts: Artifacts<'p>,
  pub(crate) files: FileOptions,
  /// Which native plugins may run their code.
  pub(crate) plugins: &'p Grant,
  pub(crate) logs: &'p LogOptions,
  pub(crate) site: SiteLink,
}

impl Parts<'_> {
  /// The components of the app in groups. All WebAssembly shares isolates. A module of JavaScript has isolates of its
  /// own, with its own grants, and so has a native plugin: what blocks in it keeps nothing else waiting.
  ///
  /// Besides them everything that cannot be, for people.
  pub(crate) fn groups(&self) -> (Vec<Group>, Vec<String>) {
    let (mut guests, mut groups, mut faults) = (Vec::new(), Vec::new(), Vec::new());
    for (number, component) in self.app.components.iter().enumerate() {
      let way = way_of(self.app, component).map_err(|fault| vec![fault]);
      match way.and_then(|way| way.map(|way| self.opening_of(component, number, way)).transpose()) {
        // Triggers that are programs of their own open it.
        Ok(None) => {}
        Ok(Some((opening, own))) => {
          let handler = Handler { number: number as u32, component: component.id.clone(), opening };
          let is_pinned = component.hosting.instances == Some(1) && !component.hosting.stateless;
          match own {
            None if !is_pinned => guests.push(handler),
            None => groups.push(Group { is_pinned, ..Group::of_guests(vec![handler]) }),
            Some(Own { permissions, grants, files }) => groups.push(Group {
              handlers: vec![handler],
              permissions,
              grants,
              environment: component.environment.clone(),
              files,
              output: (component.kind == ComponentKind::JavaScript).then(|| self.logs.output_of_module(&component.id)),
              heap: component.hosting.limits.heap,
              deadline: deadline_of(component),
              is_pinned,
            }),
          }
        }
        Err(of_component) => {
          faults.extend(of_component.iter().map(|fault| placed::of_component(self.app, &component.id, fault)))
        }
      }
    }
    if !guests.is_empty() {
      groups.push(Group::of_guests(guests));
    }
    (groups, faults)
  }

  /// How a component is opened, and what its code may do if it has isolates of its own.
  fn opening_of(&self, component: &Component, number: usize, way: Way) -> Result<(Opening, Option<Own>), Vec<String>> {
    let path = self.artifacts.file_of(component, number).map_err(|fault| vec![fault])?;
    let components = self.app.components.iter().map(|component| component.id.as_str());
    let resolve = |name: &str| self.variables.get(name).cloned();
    let hosts = OutboundHosts::parse(&component.allowed_outbound_hosts, components, resolve);
    let hosts = hosts.map_err(|faults| faults.into_iter().map(|fault| fault.message).collect::<Vec<_>>())?;
    match component.kind {
      ComponentKind::JavaScript => {
        if way == Way::Command {
          return Err(no_command("a module of JavaScript"));
        }
        let files = self.files_of(component, number)?;
        let permissions = permissions_of(&files, self.files);
        let may_ask_components = hosts.allows_components();
        let grants = self.grants_of(component, hosts)?;
        let integrity = integrity_of(component);
        Ok((Opening::Module { way, path, integrity, may_ask_components }, Some(Own { permissions, grants, files })))
      }
      ComponentKind::Native => {
        if way == Way::Command {
          return Err(no_command("a native plugin"));
        }
        if !self.plugins.includes(&path) {
          let shown = path.display();
          return Err(vec![format!(
            "{shown} is a native plugin, whose code may do all that this process may: run plugbay up with \
             --allow-plugin={shown} if you trust it"
          )]);
        }
        let files = self.files_of(component, number)?;
        let permissions = Permissions { plugin: self.plugins.clone(), ..Default::default() };
        let options = integrity_of(component).map_or_else(|| json!({}), |integrity| json!({ "integrity": integrity }));
        let options = options.to_string();
        let may_ask_components = hosts.allows_components();
        let grants = self.grants_of(component, hosts)?;
        Ok((Opening::Native { way, path, options, may_ask_components }, Some(Own { permissions, grants, files })))
      }
      ComponentKind::Wasm => {
        let files = self.files_of(component, number)?;
        let options = options_of(component, &hosts, &files, self.files, self.logs).to_string();
        let grants = self.grants_of(component, hosts)?;
        let files = files.into_values().filter(|_| self.files.allow_transient_write);
        let writes = files.chain(self.logs.directory.clone()).collect();
        Ok((Opening::Guest { way, path, options, grants, writes }, None))
      }
    }
  }

  /// The directories that a component sees.
  fn files_of(&self, component: &Component, number: usize) -> Result<BTreeMap<String, PathBuf>, Vec<String>> {
    let files = gather(&self.app.directory, component, &self.artifacts.copies.join(number.to_string()), self.files);
    files.map_err(|fault| vec![fault])
  }

  fn grants_of(&self, component: &Component, hosts: OutboundHosts) -> Result<HandlerGrants, Vec<String>> {
    let services = self.services.grant(Grants {
      component: component.id.clone(),
      key_value_stores: component.key_value_stores.clone(),
      sqlite_databases: component.sqlite_databases.clone(),
      variables: component.variables.clone(),
    })?;
    let network = Arc::new(Network::new(component.id.clone(), hosts, self.site.clone()));
    let services = Some(services.with_servers(network.clone()));
    Ok(HandlerGrants { services, reach: Some(network), ..HandlerGrants::default() })
  }
}

/// How long a module of JavaScript or a native plugin may take for a request, as long as a guest by default.
fn deadline_of(component: &Component) -> Option<Duration> {
  match component.hosting.limits.deadline {
    Some(0) => None,
    Some(milliseconds) => Some(Duration::from_millis(milliseconds.into())),
    None => Some(DEADLINE),
  }
}

fn no_command(kind: &str) -> Vec<String> {
  vec![format!("{kind} is no command: leave out executor")]
}
