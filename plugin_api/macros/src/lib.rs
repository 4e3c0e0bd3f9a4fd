//! The attribute `#[json_op]`. plugin_api exports it again; 2020's sources import it from here as `deno_json_op`.

use proc_macro::TokenStream;

mod json_op;

/// Makes a function an op that takes and gives JSON. What is left for the plugin's code is a function of the same name
/// for `register_op`.
///
/// The function may be async. Each of its parameters may be left out:
///
/// 1. `&mut dyn Interface`, the host; not in async functions
/// 2. the argument: `serde_json::Value` or any type that implements `serde::Deserialize`
/// 3. `&mut [ZeroCopyBuf]`, the buffers that the script passes after the argument
///
/// It returns a `Result`: its value is anything that implements `serde::Serialize`, its error anything that converts to
/// `plugin_api::error::AnyError`.
///
/// ```text
/// #[json_op]
/// fn add((a, b): (f64, f64)) -> Result<f64, AnyError> {
///   Ok(a + b)
/// }
///
/// #[json_op]
/// async fn checksum(options: Options, buffers: &mut [ZeroCopyBuf]) -> Result<u64, AnyError> { … }
/// ```
#[proc_macro_attribute]
pub fn json_op(attribute: TokenStream, function: TokenStream) -> TokenStream {
  json_op::expand(attribute.into(), function.into()).unwrap_or_else(|error| error.into_compile_error()).into()
}
