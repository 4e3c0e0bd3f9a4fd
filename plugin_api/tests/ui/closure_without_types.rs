use plugin_api::Interface;
use plugin_api::Op;

fn init(interface: &mut dyn Interface) {
  interface.register_op("first", |_interface, zero_copy| Op::Sync(zero_copy[0].to_vec().into_boxed_slice()));
}

fn main() {}
