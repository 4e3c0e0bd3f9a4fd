//! A guest that calls functions by name.

use std::path::Path;

use crate::Errno;
use crate::Exit;
use crate::FUNCTIONS;
use crate::Function;
use crate::Memory;
use crate::Preopen;
use crate::Wasi;
use crate::WasiOptions;
use crate::rights;

/// Where results of functions are put.
pub(super) const RESULT: u32 = 0;
/// Where the arrays of buffers are.
pub(super) const BUFFERS: u32 = 256;
/// Where data is.
pub(super) const DATA: u32 = 4096;
/// Where the first path of a call is.
pub(super) const PATH: u32 = 40_000;
/// Where the second path of a call is.
pub(super) const SECOND_PATH: u32 = 50_000;
/// The first directory.
pub(super) const ROOT: u32 = 3;
/// A symbolic link at the end of a path is followed.
pub(super) const FOLLOW: u32 = 1;
pub(super) const CREATE: u32 = 1;
pub(super) const DIRECTORY: u32 = 2;
pub(super) const EXCLUSIVE: u32 = 4;
pub(super) const TRUNCATE: u32 = 8;

/// A guest with one page of memory.
pub(super) struct Guest {
  pub(super) wasi: Wasi,
  pub(super) memory: Vec<u8>,
}

impl Guest {
  pub(super) fn new(options: WasiOptions) -> Self {
    Self { wasi: Wasi::new(options).unwrap(), memory: vec![0; 65_536] }
  }

  pub(super) fn in_directories(directories: &[(&Path, bool)]) -> Self {
    let preopen = |(host, write): &(&Path, bool)| {
      let guest = format!("/{}", host.file_name().unwrap().to_str().unwrap());
      Preopen { guest, host: host.to_path_buf(), write: *write, guard: None }
    };
    Self::new(WasiOptions { preopens: directories.iter().map(preopen).collect(), ..WasiOptions::default() })
  }

  pub(super) fn try_call(&mut self, name: &str, arguments: &[u64]) -> Result<u32, Exit> {
    function(name).call(&mut self.wasi, &mut Memory::new(&mut self.memory), arguments)
  }

  /// The error of a function; `None` is success.
  pub(super) fn call(&mut self, name: &str, arguments: &[u64]) -> Result<(), u32> {
    match self.try_call(name, arguments).unwrap() {
      0 => Ok(()),
      errno => Err(errno),
    }
  }

  pub(super) fn put(&mut self, address: u32, bytes: &[u8]) {
    self.memory[address as usize..][..bytes.len()].copy_from_slice(bytes);
  }

  pub(super) fn get(&self, address: u32, length: u32) -> &[u8] {
    &self.memory[address as usize..][..length as usize]
  }

  pub(super) fn get_u32(&self, address: u32) -> u32 {
    u32::from_le_bytes(self.get(address, 4).try_into().unwrap())
  }

  pub(super) fn get_u64(&self, address: u32) -> u64 {
    u64::from_le_bytes(self.get(address, 8).try_into().unwrap())
  }

  /// Puts a path and says its arguments.
  pub(super) fn path(&mut self, address: u32, path: impl AsRef<[u8]>) -> [u64; 2] {
    self.put(address, path.as_ref());
    [address.into(), path.as_ref().len() as u64]
  }

  pub(super) fn open(&mut self, fd: u32, path: impl AsRef<[u8]>, how: u32, rights: u64) -> Result<u32, u32> {
    self.open_with(fd, FOLLOW, path, how, rights, 0)
  }

  pub(super) fn open_with(
    &mut self,
    fd: u32,
    lookup: u32,
    path: impl AsRef<[u8]>,
    how: u32,
    rights: u64,
    flags: u32,
  ) -> Result<u32, u32> {
    let [path, length] = self.path(PATH, path);
    let inheriting = rights::ALL;
    let arguments = [fd.into(), lookup.into(), path, length, how.into(), rights, inheriting, flags.into(), 0];
    self.call("path_open", &arguments)?;
    Ok(self.get_u32(RESULT))
  }

  /// Calls a function that takes a directory and a path.
  pub(super) fn on_path(&mut self, name: &str, fd: u32, path: impl AsRef<[u8]>) -> Result<(), u32> {
    let [path, length] = self.path(PATH, path);
    self.call(name, &[fd.into(), path, length])
  }

  pub(super) fn filestat(&mut self, fd: u32, lookup: u32, path: impl AsRef<[u8]>) -> Result<(), u32> {
    let [path, length] = self.path(PATH, path);
    self.call("path_filestat_get", &[fd.into(), lookup.into(), path, length, RESULT.into()])
  }

  pub(super) fn rename(
    &mut self,
    fd: u32,
    path: impl AsRef<[u8]>,
    new_fd: u32,
    new: impl AsRef<[u8]>,
  ) -> Result<(), u32> {
    let [path, length] = self.path(PATH, path);
    let [new, new_length] = self.path(SECOND_PATH, new);
    self.call("path_rename", &[fd.into(), path, length, new_fd.into(), new, new_length])
  }

  pub(super) fn link(
    &mut self,
    fd: u32,
    path: impl AsRef<[u8]>,
    new_fd: u32,
    new: impl AsRef<[u8]>,
  ) -> Result<(), u32> {
    let [path, length] = self.path(PATH, path);
    let [new, new_length] = self.path(SECOND_PATH, new);
    self.call("path_link", &[fd.into(), 0, path, length, new_fd.into(), new, new_length])
  }

  pub(super) fn symlink(&mut self, target: impl AsRef<[u8]>, fd: u32, path: impl AsRef<[u8]>) -> Result<(), u32> {
    let [target, target_length] = self.path(SECOND_PATH, target);
    let [path, length] = self.path(PATH, path);
    self.call("path_symlink", &[target, target_length, fd.into(), path, length])
  }

  pub(super) fn readlink(&mut self, fd: u32, path: impl AsRef<[u8]>) -> Result<Vec<u8>, u32> {
    let [path, length] = self.path(PATH, path);
    self.call("path_readlink", &[fd.into(), path, length, DATA.into(), 1000, RESULT.into()])?;
    Ok(self.get(DATA, self.get_u32(RESULT)).to_vec())
  }

  pub(super) fn set_times(&mut self, fd: u32, path: impl AsRef<[u8]>, modified: u64) -> Result<(), u32> {
    let [path, length] = self.path(PATH, path);
    self.call("path_filestat_set_times", &[fd.into(), FOLLOW.into(), path, length, 0, modified, 0b0100])
  }

  /// Puts an array of buffers one after another from `DATA` and says its arguments.
  pub(super) fn buffers(&mut self, lengths: &[u32]) -> [u64; 2] {
    let mut data = DATA;
    for (index, length) in lengths.iter().enumerate() {
      let place = BUFFERS + 8 * index as u32;
      self.put(place, &data.to_le_bytes());
      self.put(place + 4, &length.to_le_bytes());
      data += length;
    }
    [BUFFERS.into(), lengths.len() as u64]
  }

  pub(super) fn write(&mut self, fd: u32, bytes: &[u8]) -> Result<u32, u32> {
    self.put(DATA, bytes);
    let half = bytes.len() as u32 / 2;
    let [buffers, count] = self.buffers(&[half, 0, bytes.len() as u32 - half]);
    self.call("fd_write", &[fd.into(), buffers, count, RESULT.into()])?;
    Ok(self.get_u32(RESULT))
  }

  pub(super) fn read(&mut self, fd: u32, length: u32) -> Result<Vec<u8>, u32> {
    let [buffers, count] = self.buffers(&[length / 2, 0, length - length / 2]);
    self.call("fd_read", &[fd.into(), buffers, count, RESULT.into()])?;
    Ok(self.get(DATA, self.get_u32(RESULT)).to_vec())
  }

  pub(super) fn seek(&mut self, fd: u32, offset: i64, whence: u64) -> Result<u64, u32> {
    self.call("fd_seek", &[fd.into(), offset.cast_unsigned(), whence, RESULT.into()])?;
    Ok(self.get_u64(RESULT))
  }
}

pub(super) fn function(name: &str) -> &'static Function {
  FUNCTIONS.iter().find(|function| function.name == name).unwrap()
}

pub(super) fn refused<T>(errno: Errno) -> Result<T, u32> {
  Err(errno.code().into())
}
