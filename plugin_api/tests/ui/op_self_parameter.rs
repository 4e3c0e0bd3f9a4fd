struct Plugin;

impl Plugin {
  #[plugin_api::op]
  fn op(&self) {}
}

fn main() {}
