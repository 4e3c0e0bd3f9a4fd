//! What ops say of themselves.

use plugin_abi as abi;
use plugin_api::Interface;
use plugin_api::ZeroCopyBuf;
use plugin_api::error::AnyError;
use plugin_api::json_op;
use plugin_api::op;
use plugin_api::serde::Deserialize;
use plugin_api::serde::Serialize;

use crate::host::Plugin;

#[derive(Deserialize, Serialize)]
#[cfg_attr(feature = "ts", derive(plugin_api::TS), ts(crate = "plugin_api::ts_rs"))]
#[serde(crate = "plugin_api::serde")]
struct Options {
  level: u8,
  names: Vec<Name>,
}

/** What something

is called. */
#[derive(Deserialize, Serialize)]
#[cfg_attr(feature = "ts", derive(plugin_api::TS), ts(crate = "plugin_api::ts_rs"))]
#[serde(crate = "plugin_api::serde")]
struct Name {
  text: String,
  id: u64,
}

#[derive(Deserialize, Serialize)]
#[serde(crate = "plugin_api::serde")]
struct NotInTypeScript;

struct State;

/// Compresses.
///
/// Second paragraph.
#[op]
fn compress(
  _interface: &mut dyn Interface,
  _state: &mut State,
  bytes: &[u8],
  options: Option<Options>,
  r#type: NotInTypeScript,
) -> Vec<Name> {
  let _ = (bytes, r#type);
  options.map(|options| options.names).unwrap_or_default()
}

#[op]
async fn later(_buffer: &mut [u8], _rest: &mut [ZeroCopyBuf]) {}

/// Answers.
#[json_op]
fn json(options: Options, _buffers: &mut [ZeroCopyBuf]) -> Result<Option<Name>, AnyError> {
  Ok(options.names.into_iter().next())
}

#[json_op]
async fn json_later() -> Result<u32, AnyError> {
  Ok(1)
}

fn parameter(name: &str, kind: u32, flags: u32, type_: &str) -> (String, u32, u32, String) {
  let type_ = if cfg!(feature = "ts") { type_ } else { "" };
  (name.to_string(), kind, flags, type_.to_string())
}

const OPTIONAL: u32 = abi::parameter_flags::OPTIONAL;

#[cfg(feature = "ts")]
const DECLARATIONS: &str = "\
/** What something
is called. */
export type Name = { text: string, id: number | bigint, };

export type Options = { level: number, names: Array<Name>, };
";
#[cfg(not(feature = "ts"))]
const DECLARATIONS: &str = "";

#[test]
fn of_typed_ops() {
  let plugin = Plugin::open(|interface| {
    interface.register_op("compress", compress);
    interface.register_op("later", later);
  });
  let op = plugin.op("compress");
  assert_eq!((op.encoding, op.is_async, op.result), (abi::encoding::TYPED, false, abi::kind::VALUE));
  let expected = [
    parameter("bytes", abi::kind::BYTES, 0, ""),
    parameter("options", abi::kind::VALUE, OPTIONAL, "Options | null"),
    parameter("type", abi::kind::VALUE, 0, ""),
  ];
  assert_eq!(op.parameters, expected);
  assert_eq!(op.documentation, "Compresses.\n\nSecond paragraph.");
  assert_eq!(op.result_type, if cfg!(feature = "ts") { "Array<Name>" } else { "" });
  assert_eq!(op.declarations, DECLARATIONS);

  let op = plugin.op("later");
  assert_eq!((op.encoding, op.is_async, op.result), (abi::encoding::TYPED, true, abi::kind::VOID));
  let expected = [parameter("buffer", abi::kind::BUFFER, 0, ""), parameter("rest", abi::kind::BUFFERS, 0, "")];
  assert_eq!(op.parameters, expected);
}

#[test]
fn of_json_ops() {
  let plugin = Plugin::open(|interface| {
    interface.register_op("json", json);
    interface.register_op("json_later", json_later);
  });
  let op = plugin.op("json");
  assert_eq!((op.encoding, op.is_async, op.result), (abi::encoding::JSON, false, abi::kind::VALUE));
  let buffers = parameter("buffers", abi::kind::BUFFERS, 0, "");
  assert_eq!(op.parameters, [parameter("options", abi::kind::VALUE, OPTIONAL, "Options"), buffers.clone()]);
  assert_eq!((&*op.documentation, &*op.declarations), ("Answers.", DECLARATIONS));
  assert_eq!(op.result_type, if cfg!(feature = "ts") { "Name | null" } else { "" });
  assert!(!op.fast.is_null());

  let op = plugin.op("json_later");
  assert!(op.is_async && op.fast.is_null());
  assert_eq!(op.parameters, [parameter("value", abi::kind::VALUE, OPTIONAL, ""), buffers]);
}
