#[plugin_api::op]
fn op() -> std::fmt::Result {
  Ok(())
}

fn main() {}
