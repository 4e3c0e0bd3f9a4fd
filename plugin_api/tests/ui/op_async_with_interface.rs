#[plugin_api::op]
async fn op(interface: &mut dyn plugin_api::Interface) {}

fn main() {}
