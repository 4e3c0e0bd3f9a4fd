#[plugin_api::op(fast)]
fn op() {}

fn main() {}
