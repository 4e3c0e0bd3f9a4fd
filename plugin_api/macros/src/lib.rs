//! The attributes `#[op]` and `#[json_op]`. plugin_api exports them again; 2020's sources import `json_op` from here as
//! `deno_json_op`.

use proc_macro::TokenStream;

mod api_crate;
mod json_op;
mod op_macro;
mod types;

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

/// Makes a function an op that takes and gives typed values. What is left for the plugin's code is a function of the
/// same name for `register_op`, and the author's function as `name::call`, for tests.
///
/// ```text
/// /// Adds two numbers.
/// #[op]
/// fn add(a: i32, b: i32) -> i32 {
///   a + b
/// }
///
/// interface.register_op("add", add);
/// assert_eq!(add::call(1, 2), 3);
/// ```
///
/// A script passes for a parameter of type
///
/// | type | what |
/// |---|---|
/// | `bool` | a boolean |
/// | `i8` to `u32`, `f32`, `f64` | a number |
/// | `i64`, `u64`, `isize`, `usize` | a whole number or a BigInt |
/// | `ResourceId` | the number of a resource |
/// | `&str`, `String` | a string |
/// | `&[u8]`, `Vec<u8>` | an ArrayBuffer or a view; the Vec is a copy |
/// | `&mut [u8]` | the same; the script sees what is written |
/// | `&[f64]`, `&mut [f64]` and those of `i8`, `i16`, `u16`, `i32`, `u32`, `i64`, `u64`, `f32` | a typed array of that type of element; the op does not copy it |
/// | `ZeroCopyBuf` | an ArrayBuffer or a view, for as long as the op keeps it |
/// | `&mut [ZeroCopyBuf]`, the last | any number of them |
/// | `&mut dyn Interface` | nothing: it is the host |
/// | `&mut T` | nothing: it is the plugin's state of type `T`, which the init gave to `put_state` |
/// | `&T` | the number of a resource of type `T` |
/// | anything else | a value that serde makes a `T` of: a typed array is its elements, a `Map` a map, a `Set` a sequence; `Option<T>` may be left out |
///
/// and gets for a result of type
///
/// | type | what |
/// |---|---|
/// | `()` | `undefined` |
/// | `bool`, `i8` to `u32`, `f32`, `f64` | a boolean, a number |
/// | `i64`, `u64`, `isize`, `usize` | a number, or a BigInt if it is beyond ±(2^53 - 1) |
/// | `String`, `&str` | a string |
/// | `Vec<u8>`, `Box<[u8]>`, `ZeroCopyBuf` | a Uint8Array |
/// | `Option<String>`, `Option<Vec<u8>>` | the same or `null` |
/// | anything else | the value that serde makes of it |
/// | `Result` of one of these | the same, or an exception; the error is anything that converts to `plugin_api::error::AnyError` |
///
/// What counts is how a type is written: `type Id = u32` is a `u32` to Rust, but crosses as a value that serde knows.
///
/// The attribute also makes a type of the function's name, so that no other type or module of that name can stand
/// beside it.
///
/// An async function and one under `#[op(blocking)]`, which runs on a thread of its own, give a Promise. They hold what
/// they borrow until they are done; they take neither the Interface nor the state, and a blocking one no resources.
#[proc_macro_attribute]
pub fn op(attribute: TokenStream, function: TokenStream) -> TokenStream {
  op_macro::expand(attribute.into(), function.into()).unwrap_or_else(|error| error.into_compile_error()).into()
}
