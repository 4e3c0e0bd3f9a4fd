struct State;

#[plugin_api::op]
async fn op(state: &mut State) {}

fn main() {}
