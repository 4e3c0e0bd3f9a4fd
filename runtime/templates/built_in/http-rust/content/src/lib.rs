use spin_sdk::http::IntoResponse;
use spin_sdk::http::Request;
use spin_sdk::http::Response;
use spin_sdk::http_component;

/// Answers a request.
#[http_component]
fn handle_{{project-name | snake_case}}(request: Request) -> anyhow::Result<impl IntoResponse> {
  println!("{} {}", request.method(), request.path());
  Ok(Response::builder().status(200).header("content-type", "text/plain").body("Hello from {{project-name}}!\n").build())
}
