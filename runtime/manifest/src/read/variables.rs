//! The variables of an app, and the templates in which they stand.

use std::collections::BTreeMap;

use crate::FaultCode;
use crate::Template;
use crate::Variable;
use crate::names::nearest;
use crate::names::refused_variable;
use crate::read::context::Context;
use crate::table::Table;
use crate::table::Text;

/// `[variables]`.
pub(crate) fn app_variables<'a>(root: &mut Table<'a>) -> BTreeMap<String, Variable> {
  let mut variables = BTreeMap::new();
  let Some(table) = root.table("variables", "`variables`") else { return variables };
  for entry in table.all() {
    let name = &entry.key;
    if let Some(why) = refused_variable(name) {
      table.report.fault(
        entry.key_at,
        FaultCode::Value,
        format!("`{name}` is no name of a variable"),
        Some(why.into()),
      );
    }
    let Some(mut one) = Table::of(table.report, &entry.node, format!("the variable `{name}`")) else {
      // It is known all the same to whoever uses it.
      variables.insert(name.clone(), Variable::default());
      continue;
    };
    let required = one.boolean("required");
    let variable = Variable {
      default: one.string("default"),
      secret: one.boolean("secret").is_some_and(|secret| secret.value),
      description: one.string("description"),
    };
    let is_required = required.as_ref().map_or(one.has("required"), |required| required.value);
    match (is_required, one.has("default")) {
      (true, true) if required.is_some() => {
        one.refuse(entry.node.at, "default", "is never used", Some("leave out `default` or `required`".into()))
      }
      (false, false) => one.missing("default", "add `default = \"…\"`, or `required = true`"),
      _ => {}
    }
    one.finish();
    variables.insert(name.clone(), variable);
  }
  variables
}

impl Context<'_> {
  /// Reads a text with `{{ name }}`; what is wrong with it goes into the report.
  pub(crate) fn template(&self, text: &Text) -> Option<Template> {
    match Template::parse(&text.text) {
      Err(fault) => {
        self.report.fault(text.place(fault.at), FaultCode::Value, fault.message, None);
        None
      }
      Ok(template) => {
        for (name, at) in template.names() {
          if !self.variables.contains_key(name) {
            let help = match nearest(name, self.variables.keys().map(String::as_str)) {
              Some(meant) => format!("did you mean `{meant}`?"),
              None => format!("add `{name} = {{ default = \"…\" }}` to [variables]"),
            };
            let message = format!("there is no variable `{name}`");
            self.report.fault(text.place(at), FaultCode::Reference, message, Some(help));
          }
        }
        Some(template)
      }
    }
  }
}
