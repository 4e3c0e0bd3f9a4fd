#[plugin_api::op]
fn op<'a>(text: &'a str) {}

fn main() {}
