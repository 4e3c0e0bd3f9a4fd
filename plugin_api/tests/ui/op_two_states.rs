struct State;
struct Other;

#[plugin_api::op]
fn op(state: &mut State, other: &mut Other) {}

#[plugin_api::op]
fn interfaces(one: &mut dyn plugin_api::Interface, other: &mut dyn plugin_api::Interface) {}

fn main() {}
