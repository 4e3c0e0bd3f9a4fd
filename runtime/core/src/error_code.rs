//! Everything of the runtime's own that can go wrong: the one table of classes and codes. The snapshot's JavaScript
//! has its names from here, and so has the table of the documents.

use plugin_abi::errors as shared;

macro_rules! error_codes {
  ($($(#[doc = $meaning:literal])+ $variant:ident = $class:expr, $code:expr $(, $in_op:ident)?;)+) => {
    /// A thing that can go wrong. Where a code has several classes, each is a thing of its own.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    #[non_exhaustive]
    pub enum ErrorCode {
      $($(#[doc = $meaning])+ $variant,)+
    }

    impl ErrorCode {
      /// All of them, sorted by their codes.
      pub const ALL: &[Self] = &[$(Self::$variant),+];

      /// What it is called, in Rust and in the runtime's JavaScript.
      pub const fn name(self) -> &'static str {
        self.row().name
      }

      /// The stable code that a script sees.
      pub const fn code(self) -> &'static str {
        self.row().code
      }

      /// Name of the class of the JavaScript error; empty where it is that of the cause.
      pub const fn class(self) -> &'static str {
        self.row().class
      }

      /// When it happens, in Markdown.
      pub const fn meaning(self) -> &'static str {
        self.row().meaning
      }

      /// Whether it is made while an op is called by what does not know which op that is: then the message gets the
      /// op's name afterwards.
      pub const fn is_in_op(self) -> bool {
        self.row().is_in_op
      }

      const fn row(self) -> Row {
        match self {
          $(Self::$variant => Row {
            name: stringify!($variant),
            class: $class,
            code: $code,
            meaning: concat!($($meaning),+),
            is_in_op: matches!(stringify!($($in_op)?).as_bytes(), b"in_op"),
          },)+
        }
      }
    }
  };
}

struct Row {
  name: &'static str,
  class: &'static str,
  code: &'static str,
  meaning: &'static str,
  is_in_op: bool,
}

error_codes! {
  /// `Deno.core.setAsyncHandler` or `recv` was given something that is no function
  AsyncHandler = "TypeError", "ERR_ASYNC_HANDLER";
  /// no resource has this number
  BadResource = shared::BAD_RESOURCE.class, shared::BAD_RESOURCE.code;
  /// a resource's number is no whole number
  ResourceId = "TypeError", shared::BAD_RESOURCE.code;
  /// the memory of a buffer is gone: it was transferred, or the wasm memory it lay in has grown
  BufferDetached = "TypeError", "ERR_BUFFER_DETACHED", in_op;
  /// `plugin.buffer` of no or too many bytes
  BufferLength = "RangeError", "ERR_BUFFER_LENGTH", in_op;
  /// `plugin.buffer` of a plugin that has no memory for it
  BufferMemory = "NotSupported", "ERR_BUFFER_LENGTH", in_op;
  /// a resizable buffer, whose memory could go away under the plugin; pass a copy
  BufferResizable = "TypeError", "ERR_BUFFER_RESIZABLE", in_op;
  /// a shared buffer, which other threads could write under the plugin; pass a copy
  BufferShared = "TypeError", "ERR_BUFFER_SHARED", in_op;
  /// a [call from Rust](embedding.md#calls-from-rust) was cancelled
  CallCancelled = "Interrupted", "ERR_CALL_CANCELLED";
  /// a call from Rust was not done in time
  CallDeadline = "TimedOut", "ERR_CALL_DEADLINE";
  /// a call from Rust for which the runtime's thread would wait for itself
  CallOwnThread = "TypeError", "ERR_CALL_OWN_THREAD";
  /// the caller from Rust was not granted the plugin
  CallPermission = "NotCapable", "ERR_CALL_PERMISSION";
  /// a call from Rust: the runtime cannot go on, or nothing is left that the op could wait for
  CallRuntime = "Error", "ERR_CALL_RUNTIME";
  /// the result of a component's function is an error, which is `payload`
  ComponentResult = "Error", "ERR_COMPONENT_RESULT";
  /// a call on a thread of a plugin (`threads: n`) has filled V8's heap there; another thread takes its place. In the
  /// script's own runtime it is no exception: the script is ended
  HeapLimit = "RangeError", "ERR_HEAP_LIMIT", in_op;
  /// the body of a request is longer than the native plugin that reads it takes: the answer is 413
  HttpBodyLimit = shared::HTTP_BODY_LIMIT.class, shared::HTTP_BODY_LIMIT.code;
  /// a module that is to answer requests exports no `fetch`, or one that gives no Response, or one that is to take
  /// messages no `redis`; a native plugin that is to answer requests, or to take messages, has registered no handler
  /// for them; an op that does so is called as another
  HttpHandler = "TypeError", "ERR_HTTP_HANDLER";
  /// the system gives no random bytes
  NoRandomness = "Error", "ERR_NO_RANDOMNESS";
  /// an argument does not fit; the message says which, what the op wants and what it got
  OpArgument = shared::OP_ARGUMENT.class, shared::OP_ARGUMENT.code, in_op;
  /// the op cannot be called by `Deno.core.dispatch`
  OpDispatch = "NotSupported", shared::OP_ARGUMENT.code, in_op;
  /// a guest calls an op of a plugin that it has opened, and the answer comes later
  OpAsync = "NotSupported", "ERR_OP_ASYNC", in_op;
  /// something other than a buffer was passed where one is wanted
  OpBuffer = "TypeError", "ERR_OP_BUFFER", in_op;
  /// a plugin registers two ops of one name
  OpDuplicate = "AlreadyExists", "ERR_OP_DUPLICATE", in_op;
  /// an op's id is no whole number, or of another runtime
  OpId = "TypeError", "ERR_OP_ID", in_op;
  /// an op returned an `std::io::Error`: `NotFound`, `PermissionDenied` and the like, by its kind; the message names
  /// the op
  OpIo = shared::OP_IO.class, shared::OP_IO.code, in_op;
  /// a plugin registers an op whose name is empty or not UTF-8
  OpName = "TypeError", "ERR_OP_NAME", in_op;
  /// an op of a [plugin as a component](component-authors.md#a-plugin-as-a-component): it waits, and nothing is left
  /// that could wake it
  OpNeverDone = "Error", "ERR_OP_NEVER_DONE";
  /// the op answered `Op::NotFound`
  OpNotFound = "NotFound", "ERR_OP_NOT_FOUND", in_op;
  /// the op's answer is no JSON, not of the kind that its signature says, or cannot cross
  OpResult = shared::OP_RESULT.class, shared::OP_RESULT.code, in_op;
  /// a call from Rust: the result is a value that cannot cross
  OpResultValue = "TypeError", shared::OP_RESULT.code, in_op;
  /// an op takes a state that was not put with `put_state`
  OpState = shared::OP_STATE.class, shared::OP_STATE.code, in_op;
  /// no op has this id or name
  OpUnknown = "NotFound", "ERR_OP_UNKNOWN", in_op;
  /// the plugin does not keep to the ABI that it names
  AbiBroken = "Error", "ERR_PLUGIN_ABI_MISMATCH", in_op;
  /// the plugin is built for a newer ABI
  AbiNewer = "InvalidData", "ERR_PLUGIN_ABI_MISMATCH";
  /// the plugin is closed
  PluginClosed = "BadResource", "ERR_PLUGIN_CLOSED";
  /// a guest names a plugin that it has not opened
  PluginNotOpened = "NotFound", "ERR_PLUGIN_CLOSED";
  /// the plugin outlives its runtime
  PluginOutlives = "Error", "ERR_PLUGIN_CLOSED";
  /// there is no such module on the web, or the answer is none
  DownloadFailed = "Http", "ERR_PLUGIN_DOWNLOAD";
  /// the module's server refuses the connection
  DownloadRefused = "ConnectionRefused", "ERR_PLUGIN_DOWNLOAD";
  /// the module's server does not answer in time
  DownloadTimedOut = "TimedOut", "ERR_PLUGIN_DOWNLOAD";
  /// there is no such host on the web
  DownloadHost = "NotFound", "ERR_PLUGIN_DOWNLOAD";
  /// what should be the URL of a module is none
  DownloadUrl = "TypeError", "ERR_PLUGIN_DOWNLOAD";
  /// `Deno.plugins` knows no plugin of this id
  PluginId = "NotFound", "ERR_PLUGIN_ID";
  /// `Deno.plugins` has a plugin of this id already
  PluginIdTaken = "AlreadyExists", "ERR_PLUGIN_ID";
  /// the plugin's init failed and gave no code of its own; the class is its own if it gave one
  PluginInit = "Error", "ERR_PLUGIN_INIT";
  /// the bytes have another hash than `options.integrity`
  PluginIntegrity = "InvalidData", "ERR_PLUGIN_INTEGRITY";
  /// the path is that of a directory
  PluginIsDirectory = "IsADirectory", "ERR_PLUGIN_IS_DIRECTORY";
  /// the system's loader refused the library, or what it depends on
  PluginLoad = "Error", "ERR_PLUGIN_LOAD";
  /// text, a page, an archive or a program in place of a library; an empty, truncated or damaged one
  PluginNotALibrary = "InvalidData", "ERR_PLUGIN_NOT_A_LIBRARY";
  /// there is no such file
  PluginNotFound = "NotFound", "ERR_PLUGIN_NOT_FOUND";
  /// a library that was built for another plugin API
  PluginNoAbi = "InvalidData", "ERR_PLUGIN_NO_ABI";
  /// a plugin without `deno_plugin_init`
  PluginNoInit = "InvalidData", "ERR_PLUGIN_NO_INIT";
  /// an unknown option or one that does not fit, or something that is no path, URL or bytes
  PluginOptions = "TypeError", "ERR_PLUGIN_OPTIONS";
  /// an option's number is out of range
  PluginOptionRange = "RangeError", "ERR_PLUGIN_OPTIONS";
  /// the plugin's init or an op panicked
  PluginPanic = shared::PLUGIN_PANIC.class, shared::PLUGIN_PANIC.code, in_op;
  /// the grant is missing
  PluginPermission = "NotCapable", "ERR_PLUGIN_PERMISSION";
  /// the file cannot be read
  PluginRead = "Error", "ERR_PLUGIN_READ";
  /// the system does not let the file be read
  PluginReadDenied = "PermissionDenied", "ERR_PLUGIN_READ";
  /// a thread of the plugin cannot be made or has panicked, or JavaScript failed there
  PluginThreads = "Error", "ERR_PLUGIN_THREADS", in_op;
  /// a library for another architecture or system
  PluginWrongTarget = "InvalidData", "ERR_PLUGIN_WRONG_TARGET";
  /// a call from Rust: the runtime was dropped before it was done
  RuntimeGone = "Interrupted", "ERR_RUNTIME_GONE";
  /// the script is being ended
  ScriptEnded = "Error", "ERR_SCRIPT_ENDED";
  /// a [service](services.md#in-javascript) was given what it does not take
  ServiceArgument = "TypeError", "ERR_SERVICE";
  /// a service could not do what it was asked for
  ServiceFailed = "Error", "ERR_SERVICE";
  /// a database is used when the request is over whose `env` gave it
  ServiceOver = "BadResource", "ERR_SERVICE";
  /// the script may not use the service; the message says what to add to the manifest
  ServiceRefused = "NotCapable", "ERR_SERVICE";
  /// `run()` of a plugin that is no WASI command, or that runs already
  WasmCommand = "TypeError", "ERR_WASM_COMMAND";
  /// no valid module
  WasmCompile = "WebAssembly.CompileError", "ERR_WASM_COMPILE";
  /// a component that plugbay does not run: of WASI 0.3, or one that is async
  WasmComponent = "WebAssembly.CompileError", "ERR_WASM_COMPONENT";
  /// a component whose plan cannot be told
  ComponentPlan = "Error", "ERR_WASM_COMPONENT";
  /// a component that wants what plugbay does not have
  ComponentLacks = "NotSupported", "ERR_WASM_COMPONENT";
  /// a call took longer than its deadline
  WasmDeadline = "TimedOut", "ERR_WASM_DEADLINE";
  /// the guest called `proc_exit` or `wasi:cli/exit`; `exitCode` has its code, which `plugin.run()` gives as `code`
  /// instead
  WasmExit = "Error", "ERR_WASM_EXIT";
  /// the guest names memory or functions that it does not have
  WasmGuest = "WebAssembly.RuntimeError", "ERR_WASM_GUEST", in_op;
  /// a guest's memory is smaller than it was
  WasmMemoryShrunk = "RangeError", "ERR_WASM_GUEST", in_op;
  /// `handle()` of a plugin that answers no requests, or a guest that has answered none; a plugin that takes no
  /// messages and is called for them
  WasmHandler = "TypeError", "ERR_WASM_HANDLER";
  /// an import gives a promise where the guest does not wait, or another value than it says
  WasmImport = "TypeError", "ERR_WASM_IMPORT";
  /// the instance on which the call ran has ended in another call
  WasmInstance = "WebAssembly.RuntimeError", "ERR_WASM_INSTANCE";
  /// the module, or what the host holds for it, is larger than its limits allow
  WasmLimit = "RangeError", "ERR_WASM_LIMIT";
  /// imports that are missing or do not fit
  WasmLink = "WebAssembly.LinkError", "ERR_WASM_LINK";
  /// no memory left for the arguments or for an instance
  WasmMemory = "RangeError", "ERR_WASM_MEMORY", in_op;
  /// the guest recursed beyond its call depth or V8's stack
  WasmStack = "RangeError", "ERR_WASM_STACK";
  /// `stateless` of a module whose state cannot be restored
  WasmState = "NotSupported", "ERR_WASM_STATE";
  /// the guest trapped
  WasmTrap = "WebAssembly.RuntimeError", "ERR_WASM_TRAP";
  /// the script of a world that the program added gives no world
  WorldScript = "TypeError", "ERR_WORLD";
}

impl ErrorCode {
  /// The one that has this class and code, as they come in texts: from a plugin, from JavaScript, from another thread.
  pub fn find(class: &str, code: &str) -> Option<Self> {
    Self::ALL.iter().copied().find(|it| it.code() == code && (it.class().is_empty() || it.class() == class))
  }
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn a_class_and_a_code_are_one_thing() {
    for &error in ErrorCode::ALL {
      assert_eq!(ErrorCode::find(error.class(), error.code()), Some(error));
      assert!(error.code().strip_prefix("ERR_").is_some_and(|rest| !rest.is_empty()), "{error:?}");
      assert!(!error.meaning().trim().is_empty(), "{error:?}");
    }
    assert_eq!(ErrorCode::find("RangeError", "ERR_OP_IO"), Some(ErrorCode::OpIo));
    assert_eq!(ErrorCode::find("RangeError", "ERR_OP_ARGUMENT"), None);
    assert_eq!(ErrorCode::find("TypeError", ""), None);
  }

  #[test]
  fn the_table_is_sorted() {
    assert!(ErrorCode::ALL.is_sorted_by_key(|error| error.code()));
  }
}
