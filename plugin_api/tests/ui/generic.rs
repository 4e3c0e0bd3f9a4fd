#[plugin_api::json_op]
fn op<T: plugin_api::serde::Serialize>(value: u32) -> Result<T, plugin_api::error::AnyError> {
  todo!()
}

fn main() {}
