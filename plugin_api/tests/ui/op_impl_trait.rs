#[plugin_api::op]
fn argument(value: impl Iterator<Item = u32>) {}

#[plugin_api::op]
fn result() -> impl Iterator<Item = u32> {
  0..1
}

fn main() {}
