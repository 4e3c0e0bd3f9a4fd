#[plugin_api::json_op]
fn op(a: f64, b: f64) -> Result<f64, plugin_api::error::AnyError> {
  Ok(a + b)
}

fn main() {}
