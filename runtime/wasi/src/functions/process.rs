//! Arguments, environment, randomness, the guest's end, and the sockets that there are none of.

use crate::Errno;
use crate::Exit;
use crate::Memory;
use crate::Wasi;
use crate::fault::Fault;

/// How many random bytes are made between two looks at the deadline.
const RANDOM_PART: usize = 1 << 20;

impl Wasi {
  pub(super) fn args_get(&mut self, memory: &mut Memory<'_>, pointers: u32, strings: u32) -> Result<(), Errno> {
    self.arguments.write(memory, pointers, strings)
  }

  pub(super) fn args_sizes_get(&mut self, memory: &mut Memory<'_>, count: u32, size: u32) -> Result<(), Errno> {
    self.arguments.write_sizes(memory, count, size)
  }

  pub(super) fn environ_get(&mut self, memory: &mut Memory<'_>, pointers: u32, strings: u32) -> Result<(), Errno> {
    self.environment.write(memory, pointers, strings)
  }

  pub(super) fn environ_sizes_get(&mut self, memory: &mut Memory<'_>, count: u32, size: u32) -> Result<(), Errno> {
    self.environment.write_sizes(memory, count, size)
  }

  pub(super) fn random_get(&mut self, memory: &mut Memory<'_>, pointer: u32, length: u32) -> Result<(), Fault> {
    let range = memory.check(pointer, length)?;
    for part in memory.get_mut(range)?.chunks_mut(RANDOM_PART) {
      self.deadline.check()?;
      getrandom::fill(part).map_err(|_| Errno::Io)?;
    }
    Ok(())
  }

  pub(super) fn proc_exit(&mut self, _: &mut Memory<'_>, code: u32) -> Result<(), Fault> {
    Err(Fault::Exit(Exit::Code(code)))
  }

  pub(super) fn proc_raise(&mut self, _: &mut Memory<'_>, _signal: u32) -> Result<(), Errno> {
    Err(Errno::Notsup)
  }

  pub(super) fn sched_yield(&mut self, _: &mut Memory<'_>) -> Result<(), Errno> {
    std::thread::yield_now();
    Ok(())
  }

  pub(super) fn sock_accept(&mut self, _: &mut Memory<'_>, fd: u32, _: u32, _: u32) -> Result<(), Errno> {
    self.socket(fd)
  }

  #[expect(clippy::too_many_arguments, reason = "the parameters are preview 1's")]
  pub(super) fn sock_recv(
    &mut self,
    _: &mut Memory<'_>,
    fd: u32,
    _: u32,
    _: u32,
    _: u32,
    _: u32,
    _: u32,
  ) -> Result<(), Errno> {
    self.socket(fd)
  }

  pub(super) fn sock_send(&mut self, _: &mut Memory<'_>, fd: u32, _: u32, _: u32, _: u32, _: u32) -> Result<(), Errno> {
    self.socket(fd)
  }

  pub(super) fn sock_shutdown(&mut self, _: &mut Memory<'_>, fd: u32, _: u32) -> Result<(), Errno> {
    self.socket(fd)
  }

  /// Nothing that is open is a socket.
  fn socket(&self, fd: u32) -> Result<(), Errno> {
    self.descriptors.get(fd)?;
    Err(Errno::Notsock)
  }
}
