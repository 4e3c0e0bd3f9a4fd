use plugin_api::Interface;
use plugin_api::OpError;
use plugin_api::http::Body;
use plugin_api::http::Request;
use plugin_api::http::Response;
use plugin_api::services::Services;

#[unsafe(no_mangle)]
pub fn deno_plugin_init(interface: &mut dyn Interface) {
  let services = interface.services();
  interface.register_http(move |request| handle(request, services.clone()));
}

plugin_api::plugin!();

/// Answers a request.
async fn handle(request: Request<Body>, services: Services) -> Result<Response<Body>, OpError> {
  let visits = services.key_value("default").increment(request.uri().path(), 1).await?;
  Ok(Response::new(format!("Hello from {{project-name}}! Visit {visits}\n").into()))
}
