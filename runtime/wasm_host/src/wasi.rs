//! WASI preview 1 for guests: each function of the crate wasi_preview1 as a JavaScript function that a module imports.

use std::cell::Cell;
use std::cell::RefCell;
use std::fs::File;
use std::path::Path;
use std::path::PathBuf;
use std::ptr::NonNull;
use std::rc::Rc;
use std::sync::Arc;

use deno_core::serde_v8;
use deno_core::v8;
use deno_permissions::PermissionState;
use plugbay_core::Need;
use plugbay_core::OpFailure;
use serde::Deserialize;
use v8_bridge::Arguments;
use v8_bridge::Exception;
use v8_bridge::Functions;
use v8_bridge::Returned;
use v8_bridge::Scope;
use v8_bridge::Value;
use v8_bridge::buffers;
use v8_bridge::object::ObjectBuilder;
use v8_bridge::reports::set;
use wasi_preview1::Deadline;
use wasi_preview1::Exit;
use wasi_preview1::FUNCTIONS;
use wasi_preview1::Guard;
use wasi_preview1::Memory;
use wasi_preview1::Output;
use wasi_preview1::Preopen;
use wasi_preview1::StandardStream;
use wasi_preview1::Stdin;
use wasi_preview1::ValueType;
use wasi_preview1::Wasi;
use wasi_preview1::WasiOptions;

use super::guests::calls_at;
use crate::host::Host;
use crate::printed::Destination;
use crate::printed::Printed;
use crate::processes::CallMemory;
use crate::processes::Process;
use crate::system_paths::SPECIAL;
use crate::system_paths::may_open;
use crate::system_paths::special_tree;

/// What JavaScript calls of this module.
pub(super) fn register(functions: &mut Functions<'_, '_, '_, Host>) {
  functions.add("closeWasi", close_wasi);
  functions.add("isWasiUsed", is_wasi_used);
  functions.add("nameWasiRequest", name_wasi_request);
  functions.add("newWasi", new_wasi);
  functions.add("setWasiMemory", set_wasi_memory);
  functions.add("wasiExit", wasi_exit);
  functions.add("wasiFunction", wasi_function);
}

/// The open descriptors that a guest may have.
const DESCRIPTORS: usize = 256;

/// Where the functions of guests find the host: they may be called as long as the isolate lives, and the host lives
/// longer.
struct HostOfIsolate(NonNull<Host>);

/// What a script grants, as `worlds/src/providers/wasi.js` passes it on.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Granted {
  args: Vec<String>,
  env: Vec<(String, String)>,
  /// `"inherit"`, `"null"`, or nothing when `input` is set.
  stdin: String,
  input: Option<serde_v8::JsBuffer>,
  stdout: GrantedOutput,
  stderr: GrantedOutput,
  preopens: Vec<GrantedFolder>,
}

#[derive(Deserialize)]
struct GrantedOutput {
  /// `"inherit"`, `"piped"`, `"null"`, or that of a file.
  kind: String,
  path: Option<String>,
  /// What the guest is called in the log, if it goes there.
  log: Option<String>,
  /// What the guest is called where each of its lines says whose it is.
  label: Option<String>,
  /// What the request is called that the guest is opened for.
  request: Option<String>,
}

#[derive(Deserialize)]
struct GrantedFolder {
  guest: String,
  host: String,
  write: bool,
}

impl Granted {
  /// With the streams whose lines are told apart.
  fn into_options(self, host: &Host, deadline: Deadline) -> Result<(WasiOptions, Vec<Arc<Printed>>), OpFailure> {
    let stdin = match (self.input, self.stdin.as_str()) {
      (Some(input), _) => Stdin::Bytes(input.to_vec()),
      (None, "inherit") => Stdin::Inherit,
      (None, _) => Stdin::Null,
    };
    let preopens = self.preopens.into_iter().map(|folder| grant_folder(host, folder)).collect::<Result<_, _>>()?;
    let mut printed = Vec::new();
    let options = WasiOptions {
      args: self.args,
      env: self.env,
      stdin,
      stdout: self.stdout.grant(host, StandardStream::Stdout, &mut printed)?,
      stderr: self.stderr.grant(host, StandardStream::Stderr, &mut printed)?,
      preopens,
      deadline,
      descriptor_limit: DESCRIPTORS,
      ..WasiOptions::default()
    };
    Ok((options, printed))
  }
}

impl GrantedOutput {
  fn grant(self, host: &Host, stream: StandardStream, printed: &mut Vec<Arc<Printed>>) -> Result<Output, OpFailure> {
    let file = self.path.map(|path| appended(host, &path)).transpose()?.map(Arc::new);
    let inherit = self.kind == "inherit";
    if let Some(component) = self.log.clone().or(self.label) {
      let to = Destination { log: self.log.is_some(), own: inherit, file };
      let stream = Arc::new(Printed::new(component, stream, to));
      stream.name_request(self.request);
      printed.push(stream.clone());
      return Ok(Output::Sink(stream));
    }
    Ok(match (file, &*self.kind) {
      (Some(file), _) => Output::File { file, inherit },
      (None, "inherit") => Output::Inherit,
      (None, "piped") => Output::Capture,
      (None, _) => Output::Null,
    })
  }
}

/// A file to which a guest's output is appended.
fn appended(host: &Host, path: &str) -> Result<File, OpFailure> {
  let permissions = host.permissions();
  // A link does not lead out of a grant.
  let real = std::fs::canonicalize(path).unwrap_or_else(|_| PathBuf::from(path));
  let is_granted = [path, &real.to_string_lossy()]
    .iter()
    .all(|path| matches!(permissions.query_write(Some(path)), Ok(PermissionState::Granted)));
  if !is_granted || special_tree(&real).is_some() && !may_open(&permissions, &real, true) {
    let advice = host.granted_by().advice(&[Need::Write], path);
    return Err(OpFailure::output_not_granted(path, advice));
  }
  // What is no plain file may keep whoever opens it waiting.
  let file = match std::fs::metadata(path) {
    Ok(found) if !found.is_file() => Err(std::io::Error::other("it is no plain file")),
    _ => File::options().append(true).create(true).open(path),
  };
  file.map_err(|error| OpFailure::output_not_opened(path, &error))
}

/// A program passes on what it was granted, not more.
fn grant_folder(host: &Host, folder: GrantedFolder) -> Result<Preopen, OpFailure> {
  let GrantedFolder { guest, host: path, write } = folder;
  let permissions = host.permissions();
  let is_granted = |state| matches!(state, Ok(PermissionState::Granted));
  // The folder itself: a link does not lead out of a grant.
  let real = std::fs::canonicalize(&path).unwrap_or_else(|_| PathBuf::from(&path));
  for path in [path.as_str(), &real.to_string_lossy()] {
    let missing = match write {
      _ if !is_granted(permissions.query_read(Some(path))) => Need::Read,
      true if !is_granted(permissions.query_write(Some(path))) => Need::Write,
      _ => continue,
    };
    let advice = host.granted_by().advice(&[missing], path);
    return Err(OpFailure::folder_not_granted(path, guest, advice));
  }
  if let Some(tree) = special_tree(&real)
    && !may_open(&permissions, &real, write)
  {
    let advice = host.granted_by().advice(&[Need::Everything], &path);
    return Err(OpFailure::folder_of_system(path, guest, tree, advice));
  }
  let has_special = special_tree(&real).is_some() || SPECIAL.iter().any(|tree| Path::new(tree).starts_with(&real));
  let may = move |path: &Path, write| special_tree(path).is_none() || may_open(&permissions, path, write);
  Ok(Preopen { guest, host: real, write, guard: has_special.then(|| Guard::new(may)) })
}

/// What is left of the deadline of the call that runs in the guest of that word. One without ends when all calls do.
fn deadline(running: Value<'_>, host: &Host) -> Deadline {
  let watchdog = host.guests.watchdog.clone();
  let running = calls_at(running).and_then(|at| watchdog.running_at(at));
  Deadline::new(move || watchdog.remaining(running.as_ref()))
}

/// `newWasi(granted, running, wanted)` → `{ id, imports }`: the functions of `wasi_snapshot_preview1` that are keys of
/// `wanted`. `running` is the guest's word for the watchdog.
fn new_wasi<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let granted = serde_v8::from_v8::<Granted>(scope, arguments.get(0));
  let granted = granted.map_err(OpFailure::no_wasi)?;
  let wanted = arguments.get(2).to_object(scope).ok_or(Exception::Pending)?;
  let (options, printed) = granted.into_options(host, deadline(arguments.get(1), host))?;
  let wasi = Wasi::new(options);
  let wasi = wasi.map_err(OpFailure::wasi_refused)?;
  let process = Rc::new(Process {
    wasi: RefCell::new(wasi),
    memory: RefCell::default(),
    printed,
    is_used: Cell::default(),
    exit: Cell::default(),
  });
  let processes = &host.processes;
  let id = processes.next.replace(processes.next.get() + 1);
  processes.open.borrow_mut().insert(id, process);

  scope.set_slot(HostOfIsolate(NonNull::from(host)));
  let imports = v8::Object::new(scope);
  for (index, function) in FUNCTIONS.iter().enumerate() {
    let name = v8::String::new(scope, function.name).ok_or(Exception::Pending)?;
    if wanted.has_own_property(scope, name.into()) != Some(true) {
      continue;
    }
    let made = make_function(scope, id, index)?;
    set(scope, imports, function.name, made.into());
  }
  let mut object = ObjectBuilder::new(scope);
  object.number("id", id).value("imports", imports.into());
  Ok(Some(object.build().into()))
}

fn make_function<'s>(
  scope: Scope<'_, 's, '_>,
  id: u32,
  index: usize,
) -> Result<v8::Local<'s, v8::Function>, Exception> {
  let data = v8::Number::new(scope, to_data(id, index));
  v8::Function::builder(call).data(data.into()).build(scope).ok_or(Exception::Pending)
}

/// `wasiFunction(id, name)`: one function of `wasi_snapshot_preview1`, for what the host does for a component.
fn wasi_function<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, _: &Host) -> Returned<'s> {
  let id = id_of(arguments).unwrap_or_default();
  let name = arguments.get(1).to_rust_string_lossy(scope);
  let Some(index) = FUNCTIONS.iter().position(|function| function.name == name) else { return Ok(None) };
  Ok(Some(make_function(scope, id, index)?.into()))
}

/// The process and the index of a function as one number.
fn to_data(process: u32, function: usize) -> f64 {
  (f64::from(process) * FUNCTIONS.len() as f64) + function as f64
}

fn from_data(data: f64) -> (u32, usize) {
  let (data, functions) = (data as u64, FUNCTIONS.len() as u64);
  ((data / functions) as u32, (data % functions) as usize)
}

fn id_of(arguments: Arguments<'_, '_>) -> Option<u32> {
  Some(v8::Local::<v8::Number>::try_from(arguments.get(0)).ok()?.value() as u32)
}

fn process<'s>(arguments: Arguments<'_, 's>, host: &Host) -> Option<Rc<Process>> {
  host.processes.open.borrow().get(&id_of(arguments)?).cloned()
}

/// `setWasiMemory(id, memory)`: the memory of the guest, once there is one, or an ArrayBuffer where the host calls the
/// functions.
fn set_wasi_memory<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let Some(process) = process(arguments, host) else { return Ok(None) };
  let memory = arguments.get(1);
  let memory = if let Ok(memory) = v8::Local::<v8::WasmMemoryObject>::try_from(memory) {
    Some(CallMemory::Guest(v8::Global::new(scope, memory)))
  } else if let Ok(buffer) = v8::Local::<v8::ArrayBuffer>::try_from(memory) {
    Some(CallMemory::Host(v8::Global::new(scope, buffer)))
  } else {
    None
  };
  process.memory.replace(memory);
  Ok(None)
}

/// `nameWasiRequest(id, name)`: from now on the guest prints for the request of that name; undefined for none.
fn name_wasi_request<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let Some(process) = process(arguments, host) else { return Ok(None) };
  let name = v8::Local::<v8::String>::try_from(arguments.get(1)).ok().map(|name| name.to_rust_string_lossy(scope));
  process.printed.iter().for_each(|stream| stream.name_request(name.clone()));
  Ok(None)
}

/// `isWasiUsed(id)`: whether the guest has called one of its functions.
fn is_wasi_used<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let is_used = process(arguments, host).is_some_and(|process| process.is_used.get());
  Ok(Some(v8::Boolean::new(scope, is_used).into()))
}

/// `wasiExit(id)` → the exit code, if the guest has ended itself; "deadline" if its call was ended while it waited for
/// the system.
fn wasi_exit<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  Ok(match process(arguments, host).and_then(|process| process.exit.get()) {
    Some(Exit::Code(code)) => Some(v8::Number::new(scope, code.into()).into()),
    Some(Exit::Deadline) => Some(v8::String::new(scope, "deadline").ok_or(Exception::Pending)?.into()),
    None => None,
  })
}

/// `closeWasi(id)` → `{ stdout, stderr }`: what the guest wrote, where that is kept. Its descriptors are closed.
fn close_wasi<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let Some(process) = process(arguments, host) else { return Ok(None) };
  let id = id_of(arguments).unwrap_or_default();
  host.processes.open.borrow_mut().remove(&id);
  process.memory.take();
  let (stdout, stderr) = match process.wasi.try_borrow_mut() {
    Ok(mut wasi) => {
      let written = (wasi.take_stdout(), wasi.take_stderr());
      if let Ok(nothing) = Wasi::new(WasiOptions::default()) {
        *wasi = nothing;
      }
      written
    }
    Err(_) => Default::default(),
  };
  let mut view = |bytes| buffers::to_view(scope, bytes).ok_or(Exception::Pending);
  let (stdout, stderr) = (view(stdout)?, view(stderr)?);
  let mut object = ObjectBuilder::new(scope);
  object.value("stdout", stdout).value("stderr", stderr);
  Ok(Some(object.build().into()))
}

/// A function that the guest calls.
fn call<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  arguments: v8::FunctionCallbackArguments<'s>,
  mut result: v8::ReturnValue<'s>,
) {
  const EBADF: u32 = 8;
  let data = v8::Local::<v8::Number>::try_from(arguments.data()).map_or(0.0, |data| data.value());
  let (id, index) = from_data(data);
  let function = &FUNCTIONS[index];
  let Some(host) = scope.get_slot::<HostOfIsolate>().map(|host| host.0) else { return };
  // SAFETY: the host lives longer than the isolate.
  let host = unsafe { host.as_ref() };
  // Its instance may be gone, and the function kept.
  let process = host.processes.open.borrow().get(&id).cloned();
  let Some(process) = process else {
    result.set_uint32(EBADF);
    return;
  };
  process.is_used.set(true);
  // A guest may catch what ends it, but cannot go on with the system.
  if process.exit.get().is_some() {
    return end(scope);
  }
  let mut values = [0_u64; 16];
  for (index, (value, ty)) in values.iter_mut().zip(function.parameters).enumerate() {
    let given = arguments.get(index as i32);
    *value = match ty {
      ValueType::I32 => given.int32_value(scope).unwrap_or_default() as u32 as u64,
      ValueType::I64 => v8::Local::<v8::BigInt>::try_from(given).map_or(0, |big| big.u64_value().0),
    };
  }
  let store = process.memory.borrow().as_ref().map(|memory| memory.store(scope));
  let bytes =
    match store.as_ref().filter(|store| !store.is_shared()).and_then(|store| store.data().map(|data| (data, store))) {
      // SAFETY: the memory's bytes, which only the guest, or the host's JavaScript, and this thread use; no code of
      // either runs until this returns.
      Some((data, store)) => unsafe { std::slice::from_raw_parts_mut(data.as_ptr().cast::<u8>(), store.byte_length()) },
      None => &mut [],
    };
  // No code of a script runs meanwhile that could call it again.
  let Ok(mut wasi) = process.wasi.try_borrow_mut() else { return };
  match function.call(&mut wasi, &mut Memory::new(bytes), &values[..function.parameters.len()]) {
    Ok(errno) if !function.results.is_empty() => result.set_uint32(errno),
    Ok(_) => {}
    Err(exit) => {
      process.exit.set(Some(exit));
      end(scope);
    }
  }
}

/// What is thrown is not looked at: the process says why.
fn end(scope: &mut v8::PinScope<'_, '_>) {
  let ended = v8::undefined(scope).into();
  scope.throw_exception(ended);
}
