//! A plugin in the style of Deno 1.4 to 1.8. `main.js` opens it and calls each of its ops.

use deno_core::error::{anyhow, AnyError};
use deno_core::futures::FutureExt;
use deno_core::plugin_api::{Buf, Interface, Op, ZeroCopyBuf};
use deno_core::serde_json::{json, Value};
use deno_json_op::json_op;

#[no_mangle]
pub fn deno_plugin_init(interface: &mut dyn Interface) {
    interface.register_op("testSync", op_test_sync);
    interface.register_op("testAsync", op_test_async);
    interface.register_op("testJson", op_test_json);
}

fn op_test_sync(_interface: &mut dyn Interface, zero_copy: &mut [ZeroCopyBuf]) -> Op {
    Op::Sync(join(zero_copy))
}

fn op_test_async(_interface: &mut dyn Interface, zero_copy: &mut [ZeroCopyBuf]) -> Op {
    // Other holders of the same bytes, for the future to keep.
    let zero_copy = zero_copy.to_vec();
    let fut = async move { join(&zero_copy) };
    Op::Async(fut.boxed())
}

/// The bytes of all buffers, with `+` between them.
fn join(buffers: &[ZeroCopyBuf]) -> Buf {
    let parts: Vec<&[u8]> = buffers.iter().map(|buffer| &buffer[..]).collect();
    parts.join(&b'+').into_boxed_slice()
}

#[json_op]
fn op_test_json(args: Value, _zero_copy: &mut [ZeroCopyBuf]) -> Result<Value, AnyError> {
    greet(&args)
}

fn greet(args: &Value) -> Result<Value, AnyError> {
    let name = args["name"]
        .as_str()
        .ok_or_else(|| anyhow!("testJson wants a name that is a string, got {}", args))?;
    Ok(json!({ "greeting": format!("Hello, {}!", name) }))
}

// An op needs a host to run in; keep its work in a plain function and test that.
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_are_joined() {
        let buffers = [
            ZeroCopyBuf::from(b"test".to_vec()),
            ZeroCopyBuf::from(b"123".to_vec()),
        ];
        assert_eq!(&join(&buffers)[..], b"test+123");
        assert!(join(&[]).is_empty());
    }

    #[test]
    fn a_name_is_greeted() {
        let greeting = greet(&json!({ "name": "Deno" })).unwrap();
        assert_eq!(greeting, json!({ "greeting": "Hello, Deno!" }));
    }

    #[test]
    fn a_name_that_is_no_string_is_an_error() {
        let error = greet(&json!({ "name": 1 })).unwrap_err();
        assert_eq!(
            error.to_string(),
            r#"testJson wants a name that is a string, got {"name":1}"#
        );
    }
}
