//! Handlers: plugins and modules that answer the HTTP requests which a server hands to this runtime.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

use deno_core::serde_json::json;
use deno_core::v8;

use crate::Error;
use crate::Runtime;
use crate::grants::HandlerGrants;
use crate::host::take_back;
use crate::integrity::Integrity;
use crate::serving::Function;
use crate::serving::call;
use crate::serving::too_long;

impl Runtime {
  /// Opens the plugin at `path`, a path relative to the working directory, as what answers the requests of that number.
  /// `options` are those of `Deno.openPlugin`, in JSON.
  ///
  /// # Errors
  ///
  /// As [`Runtime::open`], and `ERR_WASM_HANDLER` where it answers no requests.
  pub fn open_handler(
    &mut self,
    number: u32,
    path: impl AsRef<Path>,
    options: &str,
    grants: &HandlerGrants,
  ) -> Result<(), Error> {
    self.open_as_handler(Function::OpenPlugin, number, path.as_ref(), options, grants)
  }

  /// Opens the command at `path`, as [`Runtime::open_handler`] does, which is run for each request of that number in an
  /// instance of its own. What it writes to its standard output is the body of the answer.
  ///
  /// # Errors
  ///
  /// As [`Runtime::open`], and `ERR_WASM_COMMAND` where it is no command.
  pub fn open_command_handler(
    &mut self,
    number: u32,
    path: impl AsRef<Path>,
    options: &str,
    grants: &HandlerGrants,
  ) -> Result<(), Error> {
    self.open_as_handler(Function::OpenCommand, number, path.as_ref(), options, grants)
  }

  /// Opens the plugin at `path`, as [`Runtime::open_handler`] does, as what takes the messages of that number, of a
  /// channel of Redis: each is the body of a request, whose answer has none.
  ///
  /// # Errors
  ///
  /// As [`Runtime::open`], and `ERR_WASM_HANDLER` where it takes no messages.
  pub fn open_receiver(
    &mut self,
    number: u32,
    path: impl AsRef<Path>,
    options: &str,
    grants: &HandlerGrants,
  ) -> Result<(), Error> {
    self.open_as_handler(Function::OpenReceiver, number, path.as_ref(), options, grants)
  }

  fn open_as_handler(
    &mut self,
    function: Function,
    number: u32,
    path: &Path,
    options: &str,
    HandlerGrants { services, reach, instances }: &HandlerGrants,
  ) -> Result<(), Error> {
    let path = path.to_string_lossy();
    self.in_scope(|scope, host| {
      let numbers = {
        let state = host.op_state();
        let mut state = state.borrow_mut();
        let services = services.clone().map(|services| plugbay_services::grant(&mut state, services));
        let reach = reach.clone().map(|reach| plugbay_http::add_reach(&mut state, reach));
        [services, reach, instances.clone().map(|instances| plugbay_http::count_instances(&mut state, instances))]
      };
      let [services, reach, instances] = numbers.map(|number| match number {
        Some(number) => v8::Number::new(scope, number.into()).into(),
        None => v8::undefined(scope).into(),
      });
      let [path, options] = [&*path, options].map(|text| v8::String::new(scope, text));
      let (Some(path), Some(options)) = (path, options) else { return Err(too_long()) };
      let number = v8::Number::new(scope, number.into());
      let arguments = [number.into(), path.into(), options.into(), services, reach, instances];
      let opened = call(scope, host, function, &arguments);
      if opened.is_err() {
        take_back(host.op_state(), numbers.into_iter().flatten());
      }
      opened.map(drop)
    })
  }

  /// Runs the module at `path`, a path relative to the working directory, until it is evaluated, as what answers the
  /// requests of that number: by `export default { fetch(request, env, context) }` or `export function fetch`, which
  /// gives a Response or promises one. `env` has the services of [`Builder::grants`](crate::Builder::grants), and the
  /// paths of files: `files` are the directories that the component sees, by its absolute names for them. `integrity`
  /// pins the bytes of the module, not of those that it imports, as it does for `Deno.openPlugin`. `Deno.exit` and
  /// `Deno.chdir` are errors from then on.
  ///
  /// # Errors
  ///
  /// As [`Runtime::run`], and `ERR_HTTP_HANDLER` where it exports no `fetch`. Where the module has another hash it is
  /// not run, and the error says `ERR_PLUGIN_INTEGRITY`.
  pub fn open_handler_module(
    &mut self,
    number: u32,
    path: impl AsRef<Path>,
    integrity: Option<&str>,
    files: &BTreeMap<String, PathBuf>,
  ) -> Result<(), Error> {
    self.open_module_as(number, path.as_ref(), integrity, files, false)
  }

  /// Runs the module at `path`, as [`Runtime::open_handler_module`] does, as what takes the messages of that number, of
  /// channels of Redis: by `export default { redis(message, env, context) }` or `export function redis`. Each is the
  /// body of a request, whose path is the channel's name in percent-encoding; `message` has `channel`, `payload` and
  /// `text()`.
  ///
  /// # Errors
  ///
  /// As [`Runtime::run`], and `ERR_HTTP_HANDLER` where it exports no `redis`.
  pub fn open_receiver_module(
    &mut self,
    number: u32,
    path: impl AsRef<Path>,
    integrity: Option<&str>,
    files: &BTreeMap<String, PathBuf>,
  ) -> Result<(), Error> {
    self.open_module_as(number, path.as_ref(), integrity, files, true)
  }

  fn open_module_as(
    &mut self,
    number: u32,
    path: &Path,
    integrity: Option<&str>,
    files: &BTreeMap<String, PathBuf>,
    takes_messages: bool,
  ) -> Result<(), Error> {
    let name = path.display().to_string();
    let files = files.iter().map(|(place, path)| (place.trim_end_matches('/'), path.to_string_lossy()));
    let files = json!(files.collect::<BTreeMap<_, _>>()).to_string();
    self.in_scope(|scope, host| call(scope, host, Function::KeepRunning, &[]).map(drop))?;
    if let Some(integrity) = integrity {
      self.pin_module(path, Integrity::parse(integrity).map_err(|failure| Error::Script(failure.message.clone()))?)?;
    }
    let exports = self.load_module(path)?;
    self.in_scope(|scope, host| {
      let [name, files] = [&name, &files].map(|text| v8::String::new(scope, text));
      let (Some(name), Some(files)) = (name, files) else { return Err(too_long()) };
      let (number, exports) = (v8::Number::new(scope, number.into()), v8::Local::new(scope, exports));
      let takes_messages = v8::Boolean::new(scope, takes_messages);
      let arguments = [number.into(), name.into(), exports.into(), files.into(), takes_messages.into()];
      call(scope, host, Function::OpenModule, &arguments).map(drop)
    })
  }
}
