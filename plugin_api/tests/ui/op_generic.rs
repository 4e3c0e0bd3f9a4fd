#[plugin_api::op]
fn op<T: plugin_api::serde::Serialize>(value: u32) -> T {
  todo!()
}

fn main() {}
