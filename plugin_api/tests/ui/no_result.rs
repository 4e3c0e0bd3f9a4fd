#[plugin_api::json_op]
fn op(value: u32) {}

fn main() {}
