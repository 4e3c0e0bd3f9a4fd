//! Compiled modules in files, for the next process.
//!
//! A file has the name of its key: a hash of the module, of what is done to it and of who compiles it. It holds the
//! module, its description and its machine code, after a hash of all that and its name: a file that is not whole, or
//! another's, is no file. The code is run as it is, so the folder must be the user's alone. It may have been there
//! before, with files of the user's in it: those are neither read nor removed.

#![forbid(unsafe_code)]

mod file;
mod folder;
mod key;
mod prune;

pub use file::Stored;
pub use folder::Folder;
pub use key::Key;
