//! What people are told when something goes wrong: the messages of each [`ErrorCode`], with what they tell of, for Rust
//! and for the runtime's JavaScript. Those that are put together of parts are written where the parts are.

use std::fmt::Debug;
use std::fmt::Display;

use crate::ErrorCode;
use crate::OpFailure;

macro_rules! messages {
  ($($error:ident { $($name:ident($($field:ident),*): $template:literal;)+ })+) => {
    /// One function for each message.
    impl OpFailure {
      $($(
        #[doc = concat!("`", stringify!($error), "`: ", $template)]
        #[cold]
        pub fn $name($($field: impl Display + Debug),*) -> Self {
          Self::new(ErrorCode::$error, format!($template))
        }
      )+)+
    }

    /// All messages.
    pub const MESSAGES: &[Message] = &[$($(
      Message {
        error: ErrorCode::$error,
        name: stringify!($name),
        fields: &[$(stringify!($field)),*],
        template: $template,
      },
    )+)+];
  };
}

/// A message, for whom it is made of the table: the snapshot and the lint.
#[derive(Clone, Copy, Debug)]
pub struct Message {
  /// What goes wrong.
  pub error: ErrorCode,
  /// The function of [`OpFailure`] that makes it.
  pub name: &'static str,
  /// What it tells of.
  pub fields: &'static [&'static str],
  /// The text, as `format!` takes it: `{field}`, or `{field:?}` for one in quotes.
  pub template: &'static str,
}

impl Message {
  /// What it is called in JavaScript.
  pub fn script_name(&self) -> String {
    camel_case(self.name)
  }
}

/// A name of Rust's, in snake_case, as JavaScript has it.
pub fn camel_case(name: &str) -> String {
  let mut words = name.split('_');
  let first = words.next().unwrap_or_default().to_string();
  words.fold(first, |name, word| match word.split_at_checked(1) {
    Some((initial, rest)) => name + &initial.to_ascii_uppercase() + rest,
    None => name,
  })
}

messages! {
  AsyncHandler {
    handler_of_op(op): "the async handler of op {op:?} is no function; pass one that takes a Uint8Array";
    handler_of_all(): "what Deno.core.recv() is given is no function; pass one that takes an op's id and a Uint8Array";
  }
  BadResource {
    no_resource(rid): "cannot close resource {rid}: none is open under that number; Deno.resources() lists them";
  }
  ResourceId {
    no_resource_id(found): "a resource's id must be a whole number, got {found}; see Deno.resources()";
  }
  BufferDetached {
    buffer_gone(what): "cannot take {what}: its memory is gone: it is detached (transferred, or of a wasm memory that has grown) or out of bounds; pass a buffer that is still there";
  }
  BufferLength {
    buffer_length(found): "the length of a buffer must be a whole number of bytes from 1 to 4294967295, got {found}";
  }
  BufferMemory {
    buffer_of_plain_module(plugin): "plugin {plugin} is a plain module, which says nothing of how its memory is used; see plugin.exports";
    buffer_of_threads(plugin): "plugin {plugin} runs on other threads, which have memory of their own";
  }
  BufferResizable {
    buffer_resizable(index): "cannot take buffer {index}: its ArrayBuffer is resizable, and shrinking it would take the memory from a plugin that holds it; copy it, for example with bytes.slice()";
  }
  BufferShared {
    buffer_shared(index): "cannot take buffer {index}: it is a SharedArrayBuffer or a view of one, which other threads could write under the plugin; copy it, for example with new Uint8Array(shared).slice()";
  }
  CallCancelled {
    call_cancelled(caller): "the call of {caller} was cancelled";
  }
  CallDeadline {
    call_late(caller): "the call of {caller} was not done by its deadline";
  }
  CallOwnThread {
    call_on_own_thread(): "the runtime's own thread cannot wait for it; use Runtime::invoke, or await Handle::invoke";
  }
  CallPermission {
    call_not_granted(caller, plugin): "{caller} may not call ops of plugin {plugin}: it was not granted; see Caller::grant";
  }
  HeapLimit {
    heap_full(what, mib): "{what}it has filled V8's heap of {mib} MiB on its thread, which was ended; options.limits.heap sets another limit, up to that of the program";
  }
  NoRandomness {
    no_random_bytes(error): "the system gives no random bytes: {error}";
  }
  OpArgument {
    value_unfit(wants, found): "wants {wants}, got {found}";
    argument_unfit(name, found): "argument {name} is of type {found}, wants an ArrayBuffer or a view of one";
    argument_unaligned(name, size): "argument {name} lies at an address that is no multiple of {size}, where its elements cannot be read; copy it, for example with array.slice()";
    argument_cannot_cross(error): "an argument cannot cross: {error}";
    arguments_of_another(): "the arguments are not those that its function passes";
    arguments_no_array(found): "a typed op is dispatched with a JSON array of its arguments first, got {found}";
    arguments_without_bytes(): "its signature has references or vectors, which have no bytes; call it through plugin.ops";
    arguments_overlap(first, second): "arguments `{first}` and `{second}` overlap in memory, and the op writes one; pass separate buffers";
    arguments_length(parameters, wanted, found): "its parameters [{parameters}] are {wanted} bytes, little-endian; got {found} bytes";
    has_function(): "it has a function of its own; call it through plugin.ops";
  }
  OpDispatch {
    values_are_no_bytes(): "it is a component's, whose values are no bytes; call it through plugin.ops";
    waits_for_imports(): "it waits for imports; call it through plugin.ops";
  }
  OpAsync {
    answers_later(op, plugin): "op {op:?} of plugin {plugin} answers later, which its caller cannot wait for";
  }
  OpBuffer {
    no_buffer(index, found): "argument {index} is of type {found}, wants an ArrayBuffer or a view of one, such as a Uint8Array";
  }
  OpDuplicate {
    op_twice(plugin, op): "plugin {plugin} registers two ops called {op:?}; give each its own name";
  }
  OpId {
    no_op_id(found): "an op's id must be a whole number, got {found}; see Deno.core.ops()";
    op_of_nobody(): "there is no such op";
    op_of_another_runtime(): "it is of another runtime; open and bind it in this one";
  }
  OpName {
    op_without_name(plugin): "plugin {plugin} registers an op without a name; give it one";
    op_name_not_utf8(plugin): "plugin {plugin} registers an op whose name is not UTF-8; use UTF-8";
  }
  OpNotFound {
    asked_in_vain(): "it does not know what was asked";
  }
  OpResult {
    answer_as_typed(): "the plugin answers as a typed op does, and the op is none";
    answer_of_another_kind(wanted): "the plugin's answer is of another kind than its signature says, which is {wanted}";
    answer_no_json(error): "the plugin's answer is no JSON text: {error}";
    answer_too_long(what): "the plugin answers with more {what} than V8 takes";
    answer_cut_short(): "the plugin's answer is cut short: its text goes beyond its end";
    answer_unreadable(reason): "its result cannot be read: {reason}";
  }
  OpResultValue {
    result_unreadable(error): "the result cannot be read: {error}";
    result_cannot_cross(path, reason): "the result{path}: {reason}";
  }
  OpUnknown {
    no_op_of_id(id, last): "cannot call op {id}: ids go from 0 to {last}; Deno.core.ops() names the open ones";
    no_op_of_name(name): "there is no open op {name}; Deno.core.ops() names them";
    no_op(plugin, op): "plugin {plugin} has no op {op:?}";
    no_op_on_thread(plugin, op): "plugin {plugin} has no op {op:?} on this thread: it registers others each time it is opened";
  }
  AbiBroken {
    abi_failed_silently(): "the op failed without saying why";
    abi_future_ended(): "the plugin's future ended with neither an answer nor an error";
    abi_unknown_answer(found, abi): "the plugin answered with {found}, which ABI {abi} does not know";
    abi_definition(plugin, size): "plugin {plugin} registers an op with a definition of {size} bytes";
    abi_op(plugin, op, fault): "plugin {plugin} registers op {op:?} {fault}";
    abi_module(plugin, why): "cannot open plugin {plugin}: {why}; build it with this version of plugin_api or plugbay.h";
    abi_of_plugin(plugin, what): "plugin {plugin} {what}";
  }
  PluginClosed {
    plugin_closed(plugin): "plugin {plugin} is closed";
    closed_already(plugin): "cannot close plugin {plugin}: it is closed already";
    closed_for_buffers(plugin): "cannot make a buffer for plugin {plugin}: it is closed; open it again";
    closed_for_binding(op, plugin): "cannot bind op {op:?}: plugin {plugin} is closed; open it again";
    closed_for_registering(plugin, what): "plugin {plugin} is closed and cannot register {what}";
    closed_with_op(id, op, plugin): "cannot call op {id} ({op}): the plugin {plugin} it belonged to is closed; open the plugin again and use its new ops";
  }
  PluginNotOpened {
    not_opened(plugin, number): "plugin {plugin} has no open plugin {number}";
  }
  PluginOutlives {
    outlives_runtime(): "the runtime is gone";
  }
  DownloadFailed {
    download_refused(plugin, status): "cannot open plugin {plugin}: the server answers with {status}";
  }
  DownloadUrl {
    no_url(plugin, url, error): "cannot open plugin {plugin}: {url:?} is no URL: {error}";
  }
  PluginId {
    no_plugin_of_id(id): "there is no plugin with the id {id:?}; Deno.plugins.list() names them";
  }
  PluginIdTaken {
    id_taken(id): "there is a plugin with the id {id:?}; replace it or take another id";
    id_given(plugin, id): "plugin {plugin} has the id {id:?} already";
    id_crossed(id): "the plugin with the id {id:?} was opened or closed while another one was opened for it";
  }
  PluginInit {
    init_answered(status): "its deno_plugin_init answered {status}";
    init_failed(plugin, status): "cannot open plugin {plugin}: its init failed with {status} and did not say why";
  }
  PluginIntegrity {
    other_hash(plugin, length, found, wanted): "cannot open plugin {plugin}: its {length} bytes have the hash {found}, and options.integrity wants {wanted}; get the plugin that is meant, or say the new hash if it is meant";
    other_hash_of_module(module, length, found, wanted): "cannot load module {module}: its {length} bytes have the hash {found}, and {wanted} is wanted; get the module that is meant, or say the new hash if it is meant";
  }
  PluginNoInit {
    module_without_init(plugin): "cannot open plugin {plugin}: it defines no deno_plugin_init; write #[unsafe(no_mangle)] pub fn deno_plugin_init(interface: &mut dyn Interface)";
  }
  PluginOptions {
    no_hash(found): "options.integrity must be sha256-, sha384- or sha512- and the hash of the plugin's bytes in base64, got {found}";
    no_wasi(error): "options.wasi is not as it should be: {error}";
    output_not_opened(path, error): "cannot write what a guest prints to {path:?}: {error}";
    wasi_refused(error): "options.wasi cannot be granted: {error}";
    no_stream(): "Deno.openPluginStreaming() takes an http or https URL, or a stream of bytes such as the body of a Response; Deno.openPlugin() takes files and bytes";
    stream_without_bytes(plugin): "cannot open plugin {plugin}: its stream gives something else than bytes";
  }
  PluginOptionRange {
    option_out_of_range(option, least, most, found): "{option} must be a whole number from {least} to {most}, got {found}";
  }
  PluginPanic {
    host_panicked(error): "plugbay has a fault: {error}";
  }
  PluginPermission {
    host_not_granted(plugin, url, advice): "cannot open plugin {plugin}: {url} may not be reached; {advice}";
    hosts_not_granted(error, advice): "options.wasi.net cannot be granted: {error}; {advice}";
    output_not_granted(path, advice): "cannot write what a guest prints to {path:?}; {advice}";
    folder_not_granted(path, guest, advice): "cannot give a guest the folder {path:?} as {guest:?}; {advice}";
    folder_of_system(path, guest, tree, advice): "cannot give a guest the folder {path:?} as {guest:?}: what is in {tree} is the system's own; {advice}";
  }
  PluginThreads {
    resources_stay(op, plugin): "op {op:?} of plugin {plugin} takes or gives resources, which stay on the thread that has them; open the plugin without options.threads to call it";
    thread_ended(): "the thread of the call has ended before the call was done";
    thread_failed(error): "it failed on its thread: {error}";
    no_thread_for_deadlines(error): "there is no thread left that could hold plugins to their deadlines: {error}";
  }
  RuntimeGone {
    runtime_gone(): "the runtime has ended before the call was done";
  }
  ScriptEnded {
    script_ended(): "there can be no promise: the script is being ended";
  }
  ServiceArgument {
    service_argument(function, wanted, got): "{function} takes {wanted}, got {got}";
  }
  ServiceFailed {
    service_failed(reason): "the service cannot do that: {reason}";
  }
  ServiceOver {
    service_over(name): "the request is over whose env gave the database {name:?}: keep it no longer, or have the request go on by context.waitUntil()";
  }
  ServiceRefused {
    service_refused(reason): "{reason}";
    no_such_file(component_path): "the component has no file {component_path:?}: name it, or its folder, in files of the manifest";
  }
  HttpHandler {
    no_fetch(module): "module {module} answers no requests: it exports no function fetch, and no object with one by default";
    no_redis(module): "module {module} takes no messages of Redis: it exports no function redis, and no object with one by default";
    fetch_gives_no_response(): "the handler's fetch gave no Response";
    no_native_handler(plugin): "plugin {plugin} answers no requests: call interface.register_http(handler) in its deno_plugin_init";
    no_native_receiver(plugin): "plugin {plugin} takes no messages of Redis: call interface.register_redis(handler) in its deno_plugin_init";
    is_for_messages(op, plugin): "op {op:?} of plugin {plugin} takes the messages of a server, and is called by nothing else";
    answers_requests(op, plugin): "op {op:?} of plugin {plugin} answers the requests of a server, and is called by nothing else";
    gives_no_response(op, plugin): "op {op:?} of plugin {plugin} gave no response";
  }
  WasmHandler {
    no_handler(plugin): "plugin {plugin} is no component that exports wasi:http/incoming-handler, and answers no requests; call its ops";
    no_receiver(plugin): "plugin {plugin} exports neither fermyon:spin/inbound-redis nor handle-redis-message, and takes no messages of Redis";
    handler_answers_nothing(plugin): "plugin {plugin} has handled the request and answered nothing";
  }
  WasmCommand {
    no_command(plugin): "plugin {plugin} is no WASI command; call its ops";
    command_runs(plugin): "plugin {plugin} is run by what it imports, and it runs already";
  }
  WasmCompile {
    module_nested(plugin, error): "cannot open plugin {plugin}: {error}; split the function";
    no_module(plugin, why): "cannot open plugin {plugin}: it is no valid WebAssembly module: {why}";
    no_module_from(plugin, url, found): "cannot open plugin {plugin}: what comes from {url} is no WebAssembly module but {found}";
    module_unsupported(plugin, why, remedy): "cannot open plugin {plugin}: {why}; {remedy}";
    module_too_large_at_start(plugin, error): "cannot open plugin {plugin}: {error}; make what is large in its start function";
  }
  WasmComponent {
    component(plugin): "cannot open plugin {plugin}: it is a WebAssembly component of a version that plugbay does not know; build it with tools of today";
  }
  ComponentPlan {
    no_plan(plugin, error): "cannot open plugin {plugin}: its plan cannot be told: {error}";
  }
  ComponentLacks {
    component_wants(what): "the component wants {what}, which plugbay does not have";
  }
  ComponentResult {
    component_answers_error(message): "the component answers with an error: {message}";
  }
  WasmImport {
    import_unfit(name, plugin, error): "import {name} of plugin {plugin} does not give what it says: it {error}";
    import_gives_promise(name): "import {name} gives a promise, and the guest does not wait for it: pass an async function or a new WebAssembly.Suspending(function)";
  }
  WasmDeadline {
    late_in_host(what, plugin, deadline): "{what} of plugin {plugin} took longer than its deadline of {deadline} ms, outside of the guest's code: in what it imports, or in V8, which compiles it; options.limits.deadline sets another";
    late_with_all(what, plugin, deadline): "{what} of plugin {plugin} was not done after its deadline of {deadline} ms, with all that it waited for; options.limits.deadline sets another";
    late_for_seat(plugin, instances, deadline): "a call of plugin {plugin} has waited for as long as its deadline of {deadline} ms until one of {instances} instances is free; options.limits.instances sets another number";
    late_reading(plugin, deadline): "to read plugin {plugin} took longer than its deadline of {deadline} ms; options.limits.deadline sets another";
    late_in_system(what, plugin, deadline): "{what} of plugin {plugin} was ended after its deadline of {deadline} ms, while it waited for the system; options.limits.deadline sets another";
    late_in_guest(what, plugin, deadline, place): "{what} of plugin {plugin} was ended after its deadline of {deadline} ms{place}; options.limits.deadline sets another";
  }
  WasmExit {
    exited(what, plugin, code): "{what} of plugin {plugin} ended the guest with exit code {code}";
  }
  WasmGuest {
    guest_beyond_memory(plugin, length, address, size): "plugin {plugin} points at {length} bytes at {address}, and its memory has {size}";
    guest_without_memory(plugin): "plugin {plugin} has no memory yet, or none at all";
    guest_without_function(plugin, index): "plugin {plugin} names function {index}, which its table does not have";
    guest_function_of_another_type(plugin, error): "plugin {plugin} names a function of another type: {error}";
    guest_without_memory_for_calls(plugin): "plugin {plugin} has no memory left for calls, or says so";
  }
  WasmMemoryShrunk {
    memory_shrunk(): "the memory of a guest is not as large as it was";
  }
  WasmInstance {
    call_unwanted(plugin): "a call of plugin {plugin} is not begun: nobody waits for it any more";
    component_runs(what, plugin): "{what} of plugin {plugin} is called while another call of the component runs; call it when that is done";
    instance_ended(plugin, end): "the instance of plugin {plugin} has ended, in {end}";
    instance_ended_at_start(plugin, end): "the instance of plugin {plugin} has ended while it started, in {end}";
    instance_ended_in_call(end): "the instance that it ran on has ended meanwhile, in {end}";
    instance_ended_meanwhile(plugin, end): "the instance of plugin {plugin} on which the call ran has ended, in {end}";
    instance_is_made(plugin): "plugin {plugin} is called while an instance of it is made";
  }
  WasmLimit {
    module_length(plugin, length, most): "cannot open plugin {plugin}: the module is {length} bytes long and may have {most}; options.limits.module sets another limit";
    module_longer(plugin, most): "cannot open plugin {plugin}: the module is longer than the {most} bytes that it may have; options.limits.module sets another limit";
    module_over_limit(plugin, error, limit): "cannot open plugin {plugin}: {error}; options.limits.{limit} sets another limit";
    host_holds_enough(plugin, what, most): "plugin {plugin}: with {what} the host would hold more than the {most} bytes that it may hold for the plugin; options.limits.host sets another limit";
    result_too_large(op, plugin, length, most): "op {op:?} of plugin {plugin}: its result takes {length} bytes, and the host may hold {most} for the plugin; options.limits.host sets another limit";
    plugins_enough(plugin, most): "plugin {plugin} has {most} plugins open; options.plugins says how many it may have";
  }
  WasmLink {
    imports_unfit(plugin, error): "cannot open plugin {plugin}: its imports do not fit: {error}; pass them as options.imports";
  }
  WasmMemory {
    memory_full(plugin, length): "plugin {plugin} has no memory left for {length} bytes; options.limits.memory sets how much it may have";
    no_memory_for_instance(plugin, error): "cannot make an instance of plugin {plugin}: {error}";
  }
  WasmStack {
    calls_too_deep(what, plugin, depth, place): "{what} of plugin {plugin} was ended at {depth} calls within one another{place}; options.limits.stack sets another limit";
    stack_full(what, plugin, place): "{what} of plugin {plugin} ran out of stack{place}";
  }
  WasmState {
    state_stays(plugin, what): "cannot open plugin {plugin} as stateless: it has state that cannot be put back ({what})";
  }
  WasmTrap {
    trapped(what, plugin, place, error, hint): "{what} of plugin {plugin} trapped{place}: {error}{hint}";
  }
  WorldScript {
    no_world_script(number): "world {number} has no script, and is not in the snapshot";
    no_world_class(name): "the script of world {name} gives no class that extends World or ExportsWorld of what it is called with";
  }
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn a_message_tells_of_its_fields() {
    let failure = OpFailure::no_op("shop", "a\"b");
    assert_eq!((failure.error, &*failure.message), (Some(ErrorCode::OpUnknown), "plugin shop has no op \"a\\\"b\""));
    assert_eq!(OpFailure::script_ended().message, "there can be no promise: the script is being ended");
  }

  #[test]
  fn a_message_has_a_name_in_each_language() {
    let named = |name| Message { name, ..MESSAGES[0] }.script_name();
    assert_eq!((named("no_op_of_id"), named("exited")), ("noOpOfId".to_string(), "exited".to_string()));
  }

  #[test]
  fn no_message_is_there_twice() {
    for (at, message) in MESSAGES.iter().enumerate() {
      for other in &MESSAGES[..at] {
        assert!(message.template != other.template && message.name != other.name, "{message:?}, {other:?}");
      }
      // JavaScript knows a brace only where a value stands.
      assert!(!message.template.contains("{{") && !message.template.contains("}}"), "{message:?}");
      for field in message.fields {
        assert!(message.template.contains(&format!("{{{field}")), "{message:?}");
      }
    }
  }
}
