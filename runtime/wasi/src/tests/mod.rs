//! The functions as a guest calls them: by name, over a memory.

mod escapes;
mod files;
mod guest;
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

use super::Deadline;
use super::Errno;
use super::Exit;
use super::FUNCTIONS;
use super::Preopen;
use super::Wasi;
use super::WasiOptions;
use super::rights;
use guest::*;
use scene::Scene;
