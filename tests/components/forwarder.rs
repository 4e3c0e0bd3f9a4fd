//! A guest that exports what it imports: each function calls the import of the same name with what it is called with,
//! and gives what that gives. So a value passes four times: as an export's parameter, as an import's, as the import's
//! result and as the export's.

use std::fmt::Write;

use wit_parser::Function;
use wit_parser::Resolve;
use wit_parser::WorldId;
use wit_parser::WorldItem;
use wit_parser::abi::AbiVariant;
use wit_parser::abi::WasmType;

/// Where results lie that are passed in memory; what is allocated follows.
const AREA: u32 = 1024;
const HEAP: u32 = 65536;

/// The core module of a world that imports and exports the same interfaces.
pub(super) fn module(resolve: &Resolve, world: WorldId) -> Vec<u8> {
  let (mut imports, mut functions) = (String::new(), String::new());
  for (key, item) in &resolve.worlds[world].exports {
    let WorldItem::Interface { id, .. } = item else { continue };
    let interface = resolve.name_world_key(key);
    for (name, function) in &resolve.interfaces[*id].functions {
      add(resolve, &interface, name, function, &mut imports, &mut functions).expect("a String can be written to");
    }
  }
  let text = format!(
    r#"(module {imports}
      (memory (export "memory") 2)
      {}
      {functions})"#,
    allocator(HEAP as usize)
  );
  wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// What allocates in a guest's memory, from an address on: nothing is ever freed.
pub(super) fn allocator(from: usize) -> String {
  format!(
    r#"(global $next (mut i32) (i32.const {from}))
      (func (export "cabi_realloc") (param $old i32) (param $from i32) (param $align i32) (param $size i32)
        (result i32) (local $at i32) (local $missing i32)
        (local.set $at (i32.and (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
          (i32.sub (i32.const 0) (local.get $align))))
        (global.set $next (i32.add (local.get $at) (local.get $size)))
        (local.set $missing (i32.sub (i32.shr_u (i32.add (global.get $next) (i32.const 65535)) (i32.const 16)) (memory.size)))
        (if (i32.gt_s (local.get $missing) (i32.const 0))
          (then (if (i32.eq (memory.grow (local.get $missing)) (i32.const -1)) (then unreachable))))
        (memory.copy (local.get $at) (local.get $old) (select (local.get $from) (local.get $size)
          (i32.lt_u (local.get $from) (local.get $size))))
        (local.get $at))"#
  )
}

fn add(
  resolve: &Resolve,
  interface: &str,
  name: &str,
  function: &Function,
  imports: &mut String,
  functions: &mut String,
) -> std::fmt::Result {
  let imported = resolve.wasm_signature(AbiVariant::GuestImport, function);
  let exported = resolve.wasm_signature(AbiVariant::GuestExport, function);
  let types = |types: &[WasmType]| types.iter().map(|ty| core_type(*ty)).collect::<Vec<_>>().join(" ");
  let (params, results) = (types(&exported.params), types(&exported.results));
  writeln!(
    imports,
    r#"(import "{interface}" "{name}" (func ${name} (param {}) (result {})))"#,
    types(&imported.params),
    types(&imported.results)
  )?;
  writeln!(functions, r#"(func (export "{interface}#{name}") (param {params}) (result {results})"#)?;
  for index in 0..exported.params.len() {
    writeln!(functions, "(local.get {index})")?;
  }
  let area = if imported.retptr { format!("(i32.const {AREA})") } else { String::new() };
  writeln!(functions, "{area} (call ${name}) {area})")?;
  writeln!(
    functions,
    r#"(func (export "cabi_post_{interface}#{name}") (param {results}) (global.set $next (i32.const {HEAP})))"#
  )
}

pub(super) fn core_type(ty: WasmType) -> &'static str {
  match ty {
    WasmType::I32 | WasmType::Pointer | WasmType::Length => "i32",
    WasmType::I64 | WasmType::PointerOrI64 => "i64",
    WasmType::F32 => "f32",
    WasmType::F64 => "f64",
  }
}
