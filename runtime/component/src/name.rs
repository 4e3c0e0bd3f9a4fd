//! The parts of a name.

use wasmtime_environ::wasmparser::names::ComponentName;
use wasmtime_environ::wasmparser::names::ComponentNameKind;

use crate::interface::Name;
use crate::interface::NameForm;

impl Name {
  /// Of a name that a component has. One whose form is not known is plain.
  pub(crate) fn parse(full: &str) -> Self {
    let form = ComponentName::new(full, 0).map_or(NameForm::Plain, |name| form(&name));
    Self { full: full.to_string(), form }
  }
}

fn form(name: &ComponentName) -> NameForm {
  match name.kind() {
    ComponentNameKind::Constructor(resource) => NameForm::Constructor { resource: resource.to_string() },
    ComponentNameKind::Method(function) => {
      NameForm::Method { resource: function.resource().to_string(), member: function.method().to_string() }
    }
    ComponentNameKind::Static(function) => {
      NameForm::Static { resource: function.resource().to_string(), member: function.method().to_string() }
    }
    ComponentNameKind::Interface(interface) => NameForm::Interface {
      package: format!("{}:{}", interface.namespace(), interface.package()),
      interface: interface.projection().to_string(),
      version: interface.version().map(|version| version.to_string()),
    },
    _ => NameForm::Plain,
  }
}
