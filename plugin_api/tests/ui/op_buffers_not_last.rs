use plugin_api::ZeroCopyBuf;

#[plugin_api::op]
fn not_last(buffers: &mut [ZeroCopyBuf], value: u32) {}

#[plugin_api::op]
fn twice(some: &mut [ZeroCopyBuf], others: &mut [ZeroCopyBuf]) {}

fn main() {}
