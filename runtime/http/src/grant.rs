//! What hosts a guest may reach: no more than the program may.

use std::borrow::Cow;
use std::sync::Arc;

use deno_core::OpState;
use deno_core::Resource;
use deno_core::ResourceId;
use deno_core::op2;
use deno_core::serde_json;
use deno_core::serde_json::json;
use deno_core::url::Url;
use deno_error::JsErrorBox;
use deno_fetch::Client;
use deno_fetch::HttpClientCreateError;
use deno_fetch::ReqBody as RequestBody;
use deno_fetch::ResBody as ResponseBody;
use deno_permissions::ChildPermissionsArg;
use deno_permissions::Permissions;
use deno_permissions::PermissionsContainer;
use deno_permissions::PermissionsOptions;
use futures::future::BoxFuture;
use http::Request;
use http::Response;
use once_cell::unsync::OnceCell;

use crate::Failure;
use crate::PermissionParser;
use crate::client;

/// Who decides which URLs somebody may make requests to, where that is not said as `--allow-net` says it.
pub trait Reach: Send + Sync {
  /// Whether a URL may be asked for; the words of an error say why not and what to do.
  fn check(&self, url: &Url) -> Result<(), String>;

  /// Networks of addresses to which no connection is made, whatever leads there, as `--allow-net` takes them.
  fn denied(&self) -> Vec<String>;

  /// What to do where a host has led to one of these.
  fn was_denied(&self, host: &str) -> String;

  /// Has the log say why a guest was refused, which is not told the words, and for which request.
  fn log_refusal(&self, why: &str, request: Option<&str>);

  /// Answers a request by itself: it goes to no server then.
  fn answer(&self, request: Request<RequestBody>) -> Answered;
}

/// An answer, or the request that somebody else has to answer.
pub type Answered = Result<BoxFuture<'static, Result<Response<ResponseBody>, Failure>>, Box<Request<RequestBody>>>;

/// The network as a guest has it.
pub struct Grant {
  /// What it may reach.
  pub permissions: PermissionsContainer,
  /// Who decides of requests in its place.
  pub(crate) reach: Option<Arc<dyn Reach>>,
  /// The hosts that were named for it, as `--allow-net` takes them. None were where it may reach all that the program
  /// may.
  pub hosts: Vec<String>,
  /// What its connections may reach.
  of_client: PermissionsContainer,
  /// Made for the first request.
  client: OnceCell<Client>,
}

impl Grant {
  /// The client for its requests.
  ///
  /// # Errors
  ///
  /// When it cannot be made.
  pub(crate) fn client(&self, state: &OpState) -> Result<Client, HttpClientCreateError> {
    self.client.get_or_try_init(|| client::with(state.borrow(), self.of_client.clone())).cloned()
  }
}

impl Resource for Grant {
  fn name(&self) -> Cow<'_, str> {
    "httpGrant".into()
  }
}

/// A decider, as an isolate has it.
struct ReachResource(Arc<dyn Reach>);

impl Resource for ReachResource {
  fn name(&self) -> Cow<'_, str> {
    "httpReach".into()
  }
}

/// Gives an isolate somebody who decides; the number is for `op_http_grant`.
pub fn add_reach(state: &mut OpState, reach: Arc<dyn Reach>) -> ResourceId {
  state.resource_table.add(ReachResource(reach))
}

/// `options.wasi.net`, for a guest: `hosts` as `--allow-net` takes them, or all that the program may reach. Of requests
/// decides who was added under the number `reach`, if there is one.
#[op2]
#[smi]
pub(crate) fn op_http_grant(
  state: &mut OpState,
  #[serde] hosts: Option<Vec<String>>,
  #[smi] reach: i32,
) -> Result<ResourceId, JsErrorBox> {
  let reach = match u32::try_from(reach) {
    Ok(reach) => Some(state.resource_table.get::<ReachResource>(reach).map_err(JsErrorBox::from_err)?.0.clone()),
    Err(_) => None,
  };
  let of_program = match &reach {
    Some(reach) => all_but(reach.denied())?,
    None => state.borrow::<PermissionsContainer>().clone(),
  };
  let permissions = match &hosts {
    None => of_program.clone(),
    Some(hosts) => {
      // What is not named is not granted.
      let narrower: ChildPermissionsArg =
        serde_json::from_value(json!({ "net": hosts })).map_err(JsErrorBox::from_err)?;
      of_program.create_child_permissions(narrower).map_err(JsErrorBox::from_err)?
    }
  };
  let of_client = if reach.is_some() { of_program } else { permissions.clone() };
  let grant = Grant { permissions, reach, hosts: hosts.unwrap_or_default(), of_client, client: OnceCell::new() };
  Ok(state.resource_table.add(grant))
}

/// A client for requests of which somebody decides.
pub(crate) fn client_for(state: &OpState, reach: &dyn Reach) -> Result<Client, JsErrorBox> {
  client::with(state.borrow(), all_but(reach.denied())?).map_err(JsErrorBox::from_err)
}

/// The same outside of isolates.
pub(crate) fn client_of(reach: &dyn Reach) -> Result<Client, JsErrorBox> {
  client::with(&client::options(), all_but(reach.denied())?).map_err(JsErrorBox::from_err)
}

/// Every host, but for networks.
fn all_but(denied: Vec<String>) -> Result<PermissionsContainer, JsErrorBox> {
  let parser = Arc::new(PermissionParser::default());
  let options = PermissionsOptions {
    allow_net: Some(Vec::new()),
    deny_net: (!denied.is_empty()).then_some(denied),
    prompt: false,
    ..Default::default()
  };
  let permissions = Permissions::from_options(&*parser, &options);
  Ok(PermissionsContainer::new(parser, permissions.map_err(|error| JsErrorBox::generic(error.to_string()))?))
}
