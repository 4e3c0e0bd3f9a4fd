struct Options {
  level: u8,
}

#[plugin_api::op]
fn op(Options { level }: Options) {}

fn main() {}
