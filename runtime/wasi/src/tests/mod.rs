//! The functions as a guest calls them: by name, over a memory.

mod escapes;
mod files;
mod hostile;
mod links;
mod listing;
mod poll;
mod process;
mod read_only;
mod scene;
#[cfg(target_os = "linux")]
mod special;
mod streams;
#[cfg(unix)]
mod waits;

use std::path::Path;

use super::Deadline;
use super::Errno;
use super::Exit;
use super::FUNCTIONS;
use super::Function;
use super::Memory;
use super::Preopen;
use super::Wasi;
use super::WasiOptions;
use super::rights;
use scene::Scene;

/// Where results of functions are put.
const RESULT: u32 = 0;
/// Where the arrays of buffers are.
const BUFFERS: u32 = 256;
/// Where data is.
const DATA: u32 = 4096;
/// Where the first path of a call is.
const PATH: u32 = 40_000;
/// Where the second path of a call is.
const SECOND_PATH: u32 = 50_000;
/// The first directory.
const ROOT: u32 = 3;
/// A symbolic link at the end of a path is followed.
const FOLLOW: u32 = 1;
const CREATE: u32 = 1;
const DIRECTORY: u32 = 2;
const EXCLUSIVE: u32 = 4;
const TRUNCATE: u32 = 8;

/// A guest with one page of memory.
struct Guest {
  wasi: Wasi,
  memory: Vec<u8>,
}

impl Guest {
  fn new(options: WasiOptions) -> Self {
    Self { wasi: Wasi::new(options).unwrap(), memory: vec![0; 65_536] }
  }

  fn in_directories(directories: &[(&Path, bool)]) -> Self {
    let preopen = |(host, write): &(&Path, bool)| {
      let guest = format!("/{}", host.file_name().unwrap().to_str().unwrap());
      Preopen { guest, host: host.to_path_buf(), write: *write, guard: None }
    };
    Self::new(WasiOptions { preopens: directories.iter().map(preopen).collect(), ..WasiOptions::default() })
  }

  fn try_call(&mut self, name: &str, arguments: &[u64]) -> Result<u32, Exit> {
    function(name).call(&mut self.wasi, &mut Memory::new(&mut self.memory), arguments)
  }

  /// The error of a function; `None` is success.
  fn call(&mut self, name: &str, arguments: &[u64]) -> Result<(), u32> {
    match self.try_call(name, arguments).unwrap() {
      0 => Ok(()),
      errno => Err(errno),
    }
  }

  fn put(&mut self, address: u32, bytes: &[u8]) {
    self.memory[address as usize..][..bytes.len()].copy_from_slice(bytes);
  }

  fn get(&self, address: u32, length: u32) -> &[u8] {
    &self.memory[address as usize..][..length as usize]
  }

  fn get_u32(&self, address: u32) -> u32 {
    u32::from_le_bytes(self.get(address, 4).try_into().unwrap())
  }

  fn get_u64(&self, address: u32) -> u64 {
    u64::from_le_bytes(self.get(address, 8).try_into().unwrap())
  }

  /// Puts a path and says its arguments.
  fn path(&mut self, address: u32, path: impl AsRef<[u8]>) -> [u64; 2] {
    self.put(address, path.as_ref());
    [address.into(), path.as_ref().len() as u64]
  }

  fn open(&mut self, fd: u32, path: impl AsRef<[u8]>, how: u32, rights: u64) -> Result<u32, u32> {
    self.open_with(fd, FOLLOW, path, how, rights, 0)
  }

  fn open_with(
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
  fn on_path(&mut self, name: &str, fd: u32, path: impl AsRef<[u8]>) -> Result<(), u32> {
    let [path, length] = self.path(PATH, path);
    self.call(name, &[fd.into(), path, length])
  }

  fn filestat(&mut self, fd: u32, lookup: u32, path: impl AsRef<[u8]>) -> Result<(), u32> {
    let [path, length] = self.path(PATH, path);
    self.call("path_filestat_get", &[fd.into(), lookup.into(), path, length, RESULT.into()])
  }

  fn rename(&mut self, fd: u32, path: impl AsRef<[u8]>, new_fd: u32, new: impl AsRef<[u8]>) -> Result<(), u32> {
    let [path, length] = self.path(PATH, path);
    let [new, new_length] = self.path(SECOND_PATH, new);
    self.call("path_rename", &[fd.into(), path, length, new_fd.into(), new, new_length])
  }

  fn link(&mut self, fd: u32, path: impl AsRef<[u8]>, new_fd: u32, new: impl AsRef<[u8]>) -> Result<(), u32> {
    let [path, length] = self.path(PATH, path);
    let [new, new_length] = self.path(SECOND_PATH, new);
    self.call("path_link", &[fd.into(), 0, path, length, new_fd.into(), new, new_length])
  }

  fn symlink(&mut self, target: impl AsRef<[u8]>, fd: u32, path: impl AsRef<[u8]>) -> Result<(), u32> {
    let [target, target_length] = self.path(SECOND_PATH, target);
    let [path, length] = self.path(PATH, path);
    self.call("path_symlink", &[target, target_length, fd.into(), path, length])
  }

  fn readlink(&mut self, fd: u32, path: impl AsRef<[u8]>) -> Result<Vec<u8>, u32> {
    let [path, length] = self.path(PATH, path);
    self.call("path_readlink", &[fd.into(), path, length, DATA.into(), 1000, RESULT.into()])?;
    Ok(self.get(DATA, self.get_u32(RESULT)).to_vec())
  }

  fn set_times(&mut self, fd: u32, path: impl AsRef<[u8]>, modified: u64) -> Result<(), u32> {
    let [path, length] = self.path(PATH, path);
    self.call("path_filestat_set_times", &[fd.into(), FOLLOW.into(), path, length, 0, modified, 0b0100])
  }

  /// Puts an array of buffers one after another from `DATA` and says its arguments.
  fn buffers(&mut self, lengths: &[u32]) -> [u64; 2] {
    let mut data = DATA;
    for (index, length) in lengths.iter().enumerate() {
      let place = BUFFERS + 8 * index as u32;
      self.put(place, &data.to_le_bytes());
      self.put(place + 4, &length.to_le_bytes());
      data += length;
    }
    [BUFFERS.into(), lengths.len() as u64]
  }

  fn write(&mut self, fd: u32, bytes: &[u8]) -> Result<u32, u32> {
    self.put(DATA, bytes);
    let half = bytes.len() as u32 / 2;
    let [buffers, count] = self.buffers(&[half, 0, bytes.len() as u32 - half]);
    self.call("fd_write", &[fd.into(), buffers, count, RESULT.into()])?;
    Ok(self.get_u32(RESULT))
  }

  fn read(&mut self, fd: u32, length: u32) -> Result<Vec<u8>, u32> {
    let [buffers, count] = self.buffers(&[length / 2, 0, length - length / 2]);
    self.call("fd_read", &[fd.into(), buffers, count, RESULT.into()])?;
    Ok(self.get(DATA, self.get_u32(RESULT)).to_vec())
  }

  fn seek(&mut self, fd: u32, offset: i64, whence: u64) -> Result<u64, u32> {
    self.call("fd_seek", &[fd.into(), offset.cast_unsigned(), whence, RESULT.into()])?;
    Ok(self.get_u64(RESULT))
  }
}

fn function(name: &str) -> &'static Function {
  FUNCTIONS.iter().find(|function| function.name == name).unwrap()
}

fn refused<T>(errno: Errno) -> Result<T, u32> {
  Err(errno.code().into())
}
