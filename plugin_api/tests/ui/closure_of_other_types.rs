use plugin_api::Interface;
use plugin_api::Op;

fn init(interface: &mut dyn Interface) {
  interface.register_op("first", |_interface: &mut dyn Interface, text: &str| Op::Sync(text.as_bytes().into()));
}

fn main() {}
