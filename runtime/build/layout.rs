//! The module that has the layouts of the ABI's structs in a guest's memory, and its constants.

use plugbay_core::camel_case;
use plugin_abi::PluginInfo;
use plugin_abi::WASM32_LAYOUTS;

/// Structs: in Rust, in JavaScript.
const STRUCTS: &[(&str, &str)] = &[
  ("Buffer", "BUFFER"),
  ("BufferVTable", "BUFFER_VTABLE"),
  ("ErrorReport", "ERROR_REPORT"),
  ("Outcome", "OUTCOME"),
  ("FutureVTable", "FUTURE_VTABLE"),
  ("OpDefinition", "OP_DEFINITION"),
  ("Signature", "SIGNATURE"),
  ("Parameter", "PARAMETER"),
  ("Exchange", "EXCHANGE"),
  ("PluginInfo", "INFO"),
  ("PluginDescriptor", "DESCRIPTOR"),
];

/// Lines of a module of plugin_abi, its name in JavaScript and its constants.
macro_rules! constants {
  ($($module:ident $name:ident { $($constant:ident)* })*) => {
    &[$((stringify!($name), &[$((stringify!($constant), plugin_abi::$module::$constant)),*])),*]
  };
}

type Constants = (&'static str, &'static [(&'static str, u32)]);

const CONSTANTS: &[Constants] = constants! {
  status STATUS { FAILED RETRY OVERFLOW }
  outcome OUTCOMES { NOT_FOUND SYNC ASYNC ASYNC_UNREF ERROR NUMBER INTEGER NULL }
  encoding ENCODINGS { BYTES JSON TYPED }
};

/// The text of `ext:plugbay/worlds/plugbay/layout.js`.
pub(crate) fn module() -> String {
  let structs = STRUCTS.iter().map(|(rust, name)| {
    let layout = WASM32_LAYOUTS.iter().find(|layout| layout.name == *rust).expect("it is a struct of the ABI");
    let fields = layout.fields.iter().map(|(field, offset)| (camel_case(field), *offset));
    object(name, fields.chain([("SIZE".to_string(), layout.size)]))
  });
  let constants = CONSTANTS.iter().map(|(name, constants)| {
    object(name, constants.iter().map(|(constant, number)| (constant.to_string(), *number as usize)))
  });
  let lengths = [("name", length(|info| &info.name)), ("version", length(|info| &info.version))];
  let lengths = object("INFO_LENGTHS", lengths.map(|(field, length)| (field.to_string(), length)));
  let version = format!("export const ABI_VERSION = {};\n", plugin_abi::ABI_VERSION);
  structs.chain(constants).chain([lengths, version]).collect()
}

fn object(name: &str, fields: impl IntoIterator<Item = (String, usize)>) -> String {
  let fields = fields.into_iter().map(|(field, number)| format!(", {field}: {number}")).collect::<String>();
  format!("export const {name} = {{ __proto__: null{fields} }};\n")
}

/// The length of text that lies in the struct.
fn length<const N: usize>(_: fn(&PluginInfo) -> &[u8; N]) -> usize {
  N
}
