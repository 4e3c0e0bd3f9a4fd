//! Functions that the host makes for core modules.

use serde::Deserialize;
use serde::Serialize;

/// A function that a core module imports from the host. All integers are i32; indices that are passed as arguments are
/// of the plan's lists.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum Trampoline {
  /// An imported function, lowered: its signature is [`crate::Function::lowered`].
  LowerImport {
    /// What to call, of [`crate::Plan::imported_functions`].
    import: u32,
    /// Its type as the component instance sees it that calls, of [`crate::Plan::functions`].
    function: u32,
    /// How values are passed, of [`crate::Plan::options`].
    options: u32,
  },
  /// `(representation) -> handle`: a resource of the component's own gets its handle.
  ResourceNew {
    /// Of [`crate::Plan::resource_tables`].
    table: u32,
    /// The component instance that calls.
    instance: u32,
  },
  /// `(handle) -> representation`.
  ResourceRep {
    /// Of [`crate::Plan::resource_tables`].
    table: u32,
    /// The component instance that calls.
    instance: u32,
  },
  /// `(handle)`: drops a handle, and what it owns.
  ResourceDrop {
    /// Of [`crate::Plan::resource_tables`].
    table: u32,
    /// The component instance that calls.
    instance: u32,
  },
  /// `(handle, table, table) -> handle`: a fused adapter passes what is owned from the first table's instance to that
  /// of the second.
  ResourceTransferOwn,
  /// `(handle, table, table) -> handle or representation`: a fused adapter lends what is in the first table's instance
  /// to that of the second until [`Trampoline::ExitSyncCall`].
  ResourceTransferBorrow,
  /// A fused adapter passes a string from one memory to another.
  Transcode {
    /// From and to which encoding; each says its signature.
    op: Transcode,
    /// The memory that is read, by [`crate::Initializer::Memory`].
    from: u32,
    /// The memory that is written.
    to: u32,
  },
  /// `(caller, callee is async, callee)`: a fused adapter begins a call from one component instance to another.
  EnterSyncCall,
  /// `()`: a fused adapter ends the call that was begun last. What was lent to the callee must be dropped by now.
  ExitSyncCall,
  /// `(code)`: a fused adapter traps.
  Trap {
    /// What the codes say.
    messages: Vec<TrapMessage>,
  },
}

/// Why a fused adapter traps.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct TrapMessage {
  /// What the trampoline is called with.
  pub code: u32,
  /// What it means.
  pub message: String,
}

/// How a string passes from one encoding to another. Lengths are in code units of their side's encoding; pointers are
/// aligned and within their memories when a fused adapter calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Transcode {
  /// `(from, length, to)`. What is no UTF-8 traps.
  CopyUtf8,
  /// `(from, length, to)`. Surrogates that are not in pairs trap.
  CopyUtf16,
  /// `(from, length, to)`.
  CopyLatin1,
  /// `(from, length, to)`.
  Latin1ToUtf16,
  /// `(from, length, to, room) -> (read, written)`: as much as there is room for.
  Latin1ToUtf8,
  /// `(from, length, to) -> length`: UTF-16 to Latin-1 if all of it fits, else as it is, with bit 31 of the length
  /// set. The room is twice the length in bytes.
  Utf16ToCompactProbablyUtf16,
  /// `(from, length, to, bytes at to, Latin-1 characters there) -> length`: widens what is there to UTF-16 and adds the
  /// rest of the string.
  Utf16ToCompactUtf16,
  /// `(from, length, to) -> (read, written)`: as long as it is Latin-1.
  Utf16ToLatin1,
  /// `(from, length, to, room) -> (read, written)`: as much as there is room for.
  Utf16ToUtf8,
  /// As [`Transcode::Utf16ToCompactUtf16`], from UTF-8.
  Utf8ToCompactUtf16,
  /// `(from, length, to) -> (read, written)`: as long as it is Latin-1.
  Utf8ToLatin1,
  /// `(from, length, to) -> length`.
  Utf8ToUtf16,
}
