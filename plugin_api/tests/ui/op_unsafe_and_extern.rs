#[plugin_api::op]
unsafe fn not_safe() {}

#[plugin_api::op]
extern "C" fn of_c() {}

fn main() {}
