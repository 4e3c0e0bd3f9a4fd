//! The table of functions.

mod clocks;
mod fds;
mod files;
mod paths;
mod poll;
mod process;
mod readdir;

use crate::Errno;
use crate::Exit;
use crate::Memory;
use crate::Wasi;
use crate::fault::Fault;

/// A value type of WebAssembly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueType {
  /// 32 bits.
  I32,
  /// 64 bits.
  I64,
}

/// A function that a guest can import.
pub struct Function {
  /// The name that it is imported by.
  pub name: &'static str,
  /// The types of its parameters.
  pub parameters: &'static [ValueType],
  /// The types of its results: one `I32`, or none for `proc_exit`.
  pub results: &'static [ValueType],
  body: fn(&mut Wasi, &mut Memory<'_>, &[u64]) -> Result<(), Fault>,
}

impl Function {
  /// Calls it. There is one argument for each parameter; of an `I32` the low 32 bits count. The result is the error
  /// number, 0 for success.
  pub fn call(&self, wasi: &mut Wasi, memory: &mut Memory<'_>, arguments: &[u64]) -> Result<u32, Exit> {
    if arguments.len() != self.parameters.len() {
      return Ok(Errno::Inval.code().into());
    }
    match (self.body)(wasi, memory, arguments) {
      Ok(()) => Ok(0),
      Err(Fault::Errno(errno)) => Ok(errno.code().into()),
      Err(Fault::Exit(exit)) => Err(exit),
    }
  }
}

macro_rules! functions {
  ($($name:ident($($parameter:ident),*) -> ($($result:ident)?);)*) => {
    &[$(Function {
      name: stringify!($name),
      parameters: &[$(ValueType::$parameter),*],
      results: &[$(ValueType::$result)?],
      body: |wasi, memory, arguments| {
        let mut _arguments = arguments.iter().copied();
        wasi.$name(memory, $(argument!($parameter, _arguments)),*).map_err(Into::into)
      },
    }),*]
  };
}

macro_rules! argument {
  (I32, $arguments:ident) => {
    $arguments.next().unwrap_or_default() as u32
  };
  (I64, $arguments:ident) => {
    $arguments.next().unwrap_or_default()
  };
}

/// All functions of preview 1.
pub const FUNCTIONS: &[Function] = functions! {
  args_get(I32, I32) -> (I32);
  args_sizes_get(I32, I32) -> (I32);
  environ_get(I32, I32) -> (I32);
  environ_sizes_get(I32, I32) -> (I32);
  clock_res_get(I32, I32) -> (I32);
  clock_time_get(I32, I64, I32) -> (I32);
  fd_advise(I32, I64, I64, I32) -> (I32);
  fd_allocate(I32, I64, I64) -> (I32);
  fd_close(I32) -> (I32);
  fd_datasync(I32) -> (I32);
  fd_fdstat_get(I32, I32) -> (I32);
  fd_fdstat_set_flags(I32, I32) -> (I32);
  fd_fdstat_set_rights(I32, I64, I64) -> (I32);
  fd_filestat_get(I32, I32) -> (I32);
  fd_filestat_set_size(I32, I64) -> (I32);
  fd_filestat_set_times(I32, I64, I64, I32) -> (I32);
  fd_pread(I32, I32, I32, I64, I32) -> (I32);
  fd_prestat_get(I32, I32) -> (I32);
  fd_prestat_dir_name(I32, I32, I32) -> (I32);
  fd_pwrite(I32, I32, I32, I64, I32) -> (I32);
  fd_read(I32, I32, I32, I32) -> (I32);
  fd_readdir(I32, I32, I32, I64, I32) -> (I32);
  fd_renumber(I32, I32) -> (I32);
  fd_seek(I32, I64, I32, I32) -> (I32);
  fd_sync(I32) -> (I32);
  fd_tell(I32, I32) -> (I32);
  fd_write(I32, I32, I32, I32) -> (I32);
  path_create_directory(I32, I32, I32) -> (I32);
  path_filestat_get(I32, I32, I32, I32, I32) -> (I32);
  path_filestat_set_times(I32, I32, I32, I32, I64, I64, I32) -> (I32);
  path_link(I32, I32, I32, I32, I32, I32, I32) -> (I32);
  path_open(I32, I32, I32, I32, I32, I64, I64, I32, I32) -> (I32);
  path_readlink(I32, I32, I32, I32, I32, I32) -> (I32);
  path_remove_directory(I32, I32, I32) -> (I32);
  path_rename(I32, I32, I32, I32, I32, I32) -> (I32);
  path_symlink(I32, I32, I32, I32, I32) -> (I32);
  path_unlink_file(I32, I32, I32) -> (I32);
  poll_oneoff(I32, I32, I32, I32) -> (I32);
  proc_exit(I32) -> ();
  proc_raise(I32) -> (I32);
  sched_yield() -> (I32);
  random_get(I32, I32) -> (I32);
  sock_accept(I32, I32, I32) -> (I32);
  sock_recv(I32, I32, I32, I32, I32, I32) -> (I32);
  sock_send(I32, I32, I32, I32, I32) -> (I32);
  sock_shutdown(I32, I32) -> (I32);
};
