struct File;
struct State;

#[plugin_api::op(blocking)]
fn resource(file: &File) {}

#[plugin_api::op(blocking)]
fn state(state: &mut State) {}

#[plugin_api::op(blocking)]
fn interface(interface: &mut dyn plugin_api::Interface) {}

#[plugin_api::op(blocking)]
async fn both() {}

fn main() {}
