#[plugin_api::op]
fn mut_str(text: &mut str) {}

#[plugin_api::op]
fn double(text: &&str) {}

#[plugin_api::op]
fn string(text: &String) {}

#[plugin_api::op]
fn number(number: &u32) {}

#[plugin_api::op]
fn characters(characters: &[char]) {}

#[plugin_api::op]
fn shared_interface(interface: &dyn plugin_api::Interface) {}

#[plugin_api::op]
fn shared_buffers(buffers: &[plugin_api::ZeroCopyBuf]) {}

#[plugin_api::op]
fn not_the_interface(value: &mut dyn std::fmt::Debug) {}

#[plugin_api::op]
fn for_ever(text: &'static str) {}

#[plugin_api::op]
fn result(text: &str) -> &[u8] {
  text.as_bytes()
}

fn main() {}
