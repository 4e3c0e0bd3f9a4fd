#[plugin_api::json_op]
async fn op(interface: &mut dyn plugin_api::Interface, value: u32) -> Result<u32, plugin_api::error::AnyError> {
  Ok(value)
}

fn main() {}
