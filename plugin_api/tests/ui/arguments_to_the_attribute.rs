#[plugin_api::json_op(sync)]
fn op(value: u32) -> Result<u32, plugin_api::error::AnyError> {
  Ok(value)
}

fn main() {}
