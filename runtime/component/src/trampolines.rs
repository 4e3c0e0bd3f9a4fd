//! The plan's trampolines.

use wasmtime_environ::Trap;
use wasmtime_environ::component as environ;
use wasmtime_environ::component::FixedEncoding;

use crate::plan_error::PlanError;
use crate::trampoline::Trampoline;
use crate::trampoline::Transcode;
use crate::trampoline::TrapMessage;
use crate::type_table::TypeTable;

/// A trampoline. `lowered` has the imported function of each lowered one.
pub(crate) fn trampoline(
  trampoline: &environ::Trampoline,
  lowered: &[u32],
  types: &mut TypeTable<'_>,
) -> Result<Trampoline, PlanError> {
  use environ::Trampoline as From;
  Ok(match trampoline {
    From::LowerImport { index, lower_ty, options } => Trampoline::LowerImport {
      import: lowered[index.as_u32() as usize],
      function: types.function(*lower_ty)?,
      options: options.as_u32(),
    },
    From::ResourceNew { instance, ty } => Trampoline::ResourceNew { table: ty.as_u32(), instance: instance.as_u32() },
    From::ResourceRep { instance, ty } => Trampoline::ResourceRep { table: ty.as_u32(), instance: instance.as_u32() },
    From::ResourceDrop { instance, ty } => Trampoline::ResourceDrop { table: ty.as_u32(), instance: instance.as_u32() },
    From::ResourceTransferOwn => Trampoline::ResourceTransferOwn,
    From::ResourceTransferBorrow => Trampoline::ResourceTransferBorrow,
    From::Transcoder { op, from, from64: false, to, to64: false } => {
      Trampoline::Transcode { op: transcode(*op), from: from.as_u32(), to: to.as_u32() }
    }
    From::Transcoder { .. } => return Err(PlanError::unsupported("64-bit memories")),
    From::EnterSyncCall => Trampoline::EnterSyncCall,
    From::ExitSyncCall => Trampoline::ExitSyncCall,
    From::Trap => Trampoline::Trap { messages: trap_messages() },
    other => return Err(PlanError::unsupported(format!("the built-in function {}", other.symbol_name()))),
  })
}

fn transcode(op: environ::Transcode) -> Transcode {
  use environ::Transcode as From;
  match op {
    From::Copy(FixedEncoding::Utf8) => Transcode::CopyUtf8,
    From::Copy(FixedEncoding::Utf16) => Transcode::CopyUtf16,
    From::Copy(FixedEncoding::Latin1) => Transcode::CopyLatin1,
    From::Latin1ToUtf16 => Transcode::Latin1ToUtf16,
    From::Latin1ToUtf8 => Transcode::Latin1ToUtf8,
    From::Utf16ToCompactProbablyUtf16 => Transcode::Utf16ToCompactProbablyUtf16,
    From::Utf16ToCompactUtf16 => Transcode::Utf16ToCompactUtf16,
    From::Utf16ToLatin1 => Transcode::Utf16ToLatin1,
    From::Utf16ToUtf8 => Transcode::Utf16ToUtf8,
    From::Utf8ToCompactUtf16 => Transcode::Utf8ToCompactUtf16,
    From::Utf8ToLatin1 => Transcode::Utf8ToLatin1,
    From::Utf8ToUtf16 => Transcode::Utf8ToUtf16,
  }
}

/// What fused adapters trap for.
fn trap_messages() -> Vec<TrapMessage> {
  let traps = [
    Trap::CannotEnterComponent,
    Trap::CannotLeaveComponent,
    Trap::CannotBlockSyncTask,
    Trap::InvalidChar,
    Trap::InvalidDiscriminant,
    Trap::ListOutOfBounds,
    Trap::StringOutOfBounds,
    Trap::UnalignedPointer,
    Trap::DebugAssertEqualCodeUnits,
    Trap::DebugAssertPointerAligned,
    Trap::DebugAssertStringEncodingFinished,
    Trap::DebugAssertUpperBitsUnset,
  ];
  let message = |trap: Trap| trap.to_string().trim_start_matches("wasm trap: ").to_string();
  traps.map(|trap| TrapMessage { code: trap as u32, message: message(trap) }).to_vec()
}
