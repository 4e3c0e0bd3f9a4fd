//! Variables in Vault: the KV engine, version 2, by its HTTP API.

use std::fmt::Display;
use std::sync::OnceLock;
use std::time::Duration;

use deno_core::serde_json;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::Request;
use http::StatusCode;
use http_body_util::BodyExt;
use http_body_util::Limited;
use plugbay_http::Client;
use plugbay_http::RequestBody;
use serde::Deserialize;

use crate::Failure;
use crate::VariableFailure;
use crate::Variables;
use crate::servers::on_io;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of an answer: Vault's own limit of a secret.
const MOST: usize = 1 << 20;

/// Secrets of a Vault server: the value of a variable is the key `value` of the secret with its name.
pub struct VaultVariables {
  /// Up to the name of a secret.
  secrets: String,
  token: String,
  client: OnceLock<Client>,
}

/// What Vault answers.
#[derive(Deserialize)]
struct Answer {
  data: Version,
}

#[derive(Deserialize)]
struct Version {
  data: Secret,
}

#[derive(Deserialize)]
struct Secret {
  value: String,
}

impl VaultVariables {
  /// Those of the server at `url`, in the engine that is mounted at `mount`, below `prefix`; the host identifies itself
  /// by `token`. Nothing is asked for yet.
  pub fn new(url: &str, token: String, mount: &str, prefix: Option<&str>) -> Self {
    let mut secrets = format!("{}/v1/{}/data/", url.trim_end_matches('/'), mount.trim_matches('/'));
    if let Some(prefix) = prefix.map(|prefix| prefix.trim_matches('/')).filter(|prefix| !prefix.is_empty()) {
      secrets.push_str(prefix);
      secrets.push('/');
    }
    Self { secrets, token, client: OnceLock::new() }
  }

  fn client(&self) -> Result<Client, VariableFailure> {
    if let Some(client) = self.client.get() {
      return Ok(client.clone());
    }
    let made = plugbay_http::of_host().map_err(|error| unanswered("the host cannot ask it", error))?;
    Ok(self.client.get_or_init(|| made).clone())
  }

  fn request(&self, name: &str) -> Result<Request<RequestBody>, VariableFailure> {
    let request = Request::get(format!("{}{name}", self.secrets))
      .header("x-vault-request", "true")
      .header("x-vault-token", &self.token)
      .body(RequestBody::empty());
    request.map_err(|error| unanswered("its URL or token is malformed", error))
  }
}

impl Variables for VaultVariables {
  fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<String>, VariableFailure>> {
    async move {
      let (client, request) = (self.client()?, self.request(name)?);
      on_io(async move {
        let asked = tokio::time::timeout(PATIENCE, ask(client, request)).await;
        asked.unwrap_or_else(|_| Err(unanswered("it does not answer", format_args!("waited for {PATIENCE:?}"))))
      })
      .await
    }
    .boxed()
  }
}

async fn ask(client: Client, request: Request<RequestBody>) -> Result<Option<String>, VariableFailure> {
  let response = client.send(request).await.map_err(|error| unanswered("it cannot be reached", error))?;
  match response.status() {
    StatusCode::OK => {}
    // It has no such secret, or none any more.
    StatusCode::NOT_FOUND => return Ok(None),
    status @ StatusCode::FORBIDDEN => return Err(unanswered("it does not let the host read this", status)),
    status => return Err(unanswered("it is not able to answer", status)),
  }
  let body = Limited::new(response.into_body(), MOST).collect().await;
  let body = body.map_err(|error| unanswered("its answer breaks off", error))?.to_bytes();
  // What serde_json says may repeat what it has read.
  let answer = serde_json::from_slice::<Answer>(&body);
  let answer = answer.map_err(|_| unanswered("the secret has no text `value`", "not as it should be"))?;
  Ok(Some(answer.data.data.value))
}

/// More is for the operator alone.
fn unanswered(why: &str, error: impl Display) -> VariableFailure {
  tracing::error!("cannot read a variable of Vault: {why}: {error}");
  VariableFailure::Provider(format!("Vault, which has the values of variables, gives none: {why}"))
}

impl From<Failure> for VariableFailure {
  fn from(failure: Failure) -> Self {
    Self::Provider(failure.to_string())
  }
}
