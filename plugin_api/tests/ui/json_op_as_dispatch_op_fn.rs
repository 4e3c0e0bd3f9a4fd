use plugin_api::DispatchOpFn;
use plugin_api::ZeroCopyBuf;
use plugin_api::error::AnyError;
use plugin_api::json_op;
use plugin_api::serde_json::Value;

#[json_op]
fn op_hello(value: Value, _buffers: &mut [ZeroCopyBuf]) -> Result<Value, AnyError> {
  Ok(value)
}

fn main() {
  let _ops: Vec<(&str, DispatchOpFn)> = vec![("hello", op_hello)];
}
