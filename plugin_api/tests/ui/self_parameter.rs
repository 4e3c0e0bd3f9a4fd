struct Plugin;

impl Plugin {
  #[plugin_api::json_op]
  fn op(&self, value: u32) -> Result<u32, plugin_api::error::AnyError> {
    Ok(value)
  }
}

fn main() {}
