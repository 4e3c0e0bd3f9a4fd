//! What guests of the world trek call, the interface of wasm_manager. A guest is a `bin` with `#![no_main]`, built for
//! wasm32-unknown-unknown, that exports `start`:
//!
//! ```ignore
//! #![no_main]
//!
//! use trek_sdk::{SystemApi, log_console};
//!
//! #[unsafe(no_mangle)]
//! extern "C" fn start() {
//!   let mut system = SystemApi::new();
//!   system.register("user_token", 1);
//!   system.add_one();
//!   log_console(&format!("data {}", system.get_val()));
//!   SystemApi::exit(0);
//! }
//! ```

mod host {
  #[link(wasm_import_module = "trek")]
  unsafe extern "C" {
    pub(crate) fn print(text: *const u8, length: usize);
    pub(crate) safe fn exit(code: usize);
    pub(crate) safe fn get_env_id() -> u64;
    pub(crate) fn register(id: u64, token: *const u8, length: usize) -> i32;
    pub(crate) safe fn add_one() -> i32;
    pub(crate) safe fn get_val() -> i32;
  }
}

/// Writes a line to the host's log.
pub fn log_console(text: &str) {
  // SAFETY: the host reads the text, which is there for the call.
  unsafe { host::print(text.as_ptr(), text.len()) }
}

/// An environment's access to the app that it is registered for.
#[derive(Debug)]
pub struct SystemApi {
  /// The id of the app; 0 when the environment is not registered.
  app: u64,
}

impl SystemApi {
  /// The app that this environment is registered for, if it is.
  #[expect(clippy::new_without_default, reason = "it asks the host")]
  pub fn new() -> Self {
    Self { app: host::get_env_id() }
  }

  /// Registers this environment for the app `id`, which the token allows. An environment is registered once; what is
  /// wrong otherwise stands in the log.
  pub fn register(&mut self, token: &str, id: u64) {
    if self.app != 0 {
      log_console("注册失败,已经注册过了");
      return;
    }
    // SAFETY: the host reads the token, which is there for the call.
    let answer = unsafe { host::register(id, token.as_ptr(), token.len()) };
    match answer {
      0 => self.app = id,
      refused => log_answer(refused),
    }
  }

  /// Counts one more for the app; the log says what came of it.
  pub fn add_one(&self) {
    if self.is_registered() {
      log_answer(host::add_one());
    }
  }

  /// How much was counted for the app, by all environments; 0 for an environment that is not registered.
  pub fn get_val(&self) -> i32 {
    if self.is_registered() { host::get_val() } else { 0 }
  }

  /// Tells the host that the guest is done, with what result. It goes on.
  pub fn exit(code: usize) {
    host::exit(code);
  }

  fn is_registered(&self) -> bool {
    if self.app == 0 {
      log_console("实例未注册");
    }
    self.app != 0
  }
}

/// What the host answered, in the log.
fn log_answer(code: i32) {
  log_console(match code {
    0 => "操作成功",
    -1 => "token 校验失败",
    -2 => "宿主环境错误",
    _ => "未知错误",
  });
}
