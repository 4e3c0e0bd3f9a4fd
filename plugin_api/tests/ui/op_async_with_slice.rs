#[plugin_api::op]
async fn doubled(numbers: &mut [f64]) {}

fn main() {}
