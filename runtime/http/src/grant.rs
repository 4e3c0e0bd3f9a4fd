//! What hosts a guest may reach: no more than the program may.

use std::borrow::Cow;

use deno_core::OpState;
use deno_core::Resource;
use deno_core::ResourceId;
use deno_core::op2;
use deno_core::serde_json;
use deno_core::serde_json::json;
use deno_error::JsErrorBox;
use deno_fetch::Client;
use deno_permissions::ChildPermissionsArg;
use deno_permissions::PermissionsContainer;

use crate::client;

/// The network as a guest has it.
pub struct Grant {
  /// What it may reach.
  pub permissions: PermissionsContainer,
  /// The hosts that were named for it, as `--allow-net` takes them. None were where it may reach all that the program
  /// may.
  pub hosts: Vec<String>,
  pub(crate) client: Client,
}

impl Resource for Grant {
  fn name(&self) -> Cow<'_, str> {
    "httpGrant".into()
  }
}

/// `options.wasi.net`, for a guest: `hosts` as `--allow-net` takes them, or all that the program may reach.
#[op2]
#[smi]
pub(crate) fn op_http_grant(
  state: &mut OpState,
  #[serde] hosts: Option<Vec<String>>,
) -> Result<ResourceId, JsErrorBox> {
  let of_program = state.borrow::<PermissionsContainer>().clone();
  let permissions = match &hosts {
    None => of_program,
    Some(hosts) => {
      // What is not named is not granted.
      let narrower: ChildPermissionsArg =
        serde_json::from_value(json!({ "net": hosts })).map_err(JsErrorBox::from_err)?;
      of_program.create_child_permissions(narrower).map_err(JsErrorBox::from_err)?
    }
  };
  let client = client::with(state, permissions.clone()).map_err(JsErrorBox::from_err)?;
  Ok(state.resource_table.add(Grant { permissions, hosts: hosts.unwrap_or_default(), client }))
}
