//! Rights: what may be done with a descriptor. A guest can give rights up and never gains one.

pub(super) type Rights = u64;

pub(super) const FD_DATASYNC: Rights = 1 << 0;
pub(super) const FD_READ: Rights = 1 << 1;
pub(super) const FD_SEEK: Rights = 1 << 2;
pub(super) const FD_FDSTAT_SET_FLAGS: Rights = 1 << 3;
pub(super) const FD_SYNC: Rights = 1 << 4;
pub(super) const FD_TELL: Rights = 1 << 5;
pub(super) const FD_WRITE: Rights = 1 << 6;
pub(super) const FD_ADVISE: Rights = 1 << 7;
pub(super) const FD_ALLOCATE: Rights = 1 << 8;
pub(super) const PATH_CREATE_DIRECTORY: Rights = 1 << 9;
pub(super) const PATH_CREATE_FILE: Rights = 1 << 10;
pub(super) const PATH_LINK_SOURCE: Rights = 1 << 11;
pub(super) const PATH_LINK_TARGET: Rights = 1 << 12;
pub(super) const PATH_OPEN: Rights = 1 << 13;
pub(super) const FD_READDIR: Rights = 1 << 14;
pub(super) const PATH_READLINK: Rights = 1 << 15;
pub(super) const PATH_RENAME_SOURCE: Rights = 1 << 16;
pub(super) const PATH_RENAME_TARGET: Rights = 1 << 17;
pub(super) const PATH_FILESTAT_GET: Rights = 1 << 18;
pub(super) const PATH_FILESTAT_SET_SIZE: Rights = 1 << 19;
pub(super) const PATH_FILESTAT_SET_TIMES: Rights = 1 << 20;
pub(super) const FD_FILESTAT_GET: Rights = 1 << 21;
pub(super) const FD_FILESTAT_SET_SIZE: Rights = 1 << 22;
pub(super) const FD_FILESTAT_SET_TIMES: Rights = 1 << 23;
pub(super) const PATH_SYMLINK: Rights = 1 << 24;
pub(super) const PATH_REMOVE_DIRECTORY: Rights = 1 << 25;
pub(super) const PATH_UNLINK_FILE: Rights = 1 << 26;
pub(super) const POLL_FD_READWRITE: Rights = 1 << 27;

/// What changes the content of a file. A guest that opens one asks for these when it means to write.
pub(super) const FILE_CONTENT: Rights = FD_WRITE | FD_ALLOCATE | FD_FILESTAT_SET_SIZE;

/// What makes sense for a file.
pub(super) const FILE: Rights = FILE_CONTENT
  | FD_DATASYNC
  | FD_READ
  | FD_SEEK
  | FD_FDSTAT_SET_FLAGS
  | FD_SYNC
  | FD_TELL
  | FD_ADVISE
  | FD_FILESTAT_GET
  | FD_FILESTAT_SET_TIMES
  | POLL_FD_READWRITE;

/// What makes sense for a directory.
pub(super) const DIRECTORY: Rights = FD_FDSTAT_SET_FLAGS
  | FD_SYNC
  | FD_DATASYNC
  | FD_ADVISE
  | PATH_OPEN
  | FD_READDIR
  | PATH_READLINK
  | PATH_FILESTAT_GET
  | FD_FILESTAT_GET
  | DIRECTORY_CONTENT;

/// What changes a directory or something in it.
const DIRECTORY_CONTENT: Rights = PATH_CREATE_DIRECTORY
  | PATH_CREATE_FILE
  | PATH_LINK_SOURCE
  | PATH_LINK_TARGET
  | PATH_RENAME_SOURCE
  | PATH_RENAME_TARGET
  | PATH_FILESTAT_SET_SIZE
  | PATH_FILESTAT_SET_TIMES
  | FD_FILESTAT_SET_TIMES
  | PATH_SYMLINK
  | PATH_REMOVE_DIRECTORY
  | PATH_UNLINK_FILE;

/// What a directory that may not be written to never has, nor a file in it.
pub(super) const CHANGES: Rights = FILE_CONTENT | DIRECTORY_CONTENT;

/// What a stream that is read has.
pub(super) const INPUT: Rights = FD_READ | FD_FILESTAT_GET | POLL_FD_READWRITE;

/// What a stream that is written to has. No `FD_SEEK` and `FD_TELL`: by that guests know a terminal.
pub(super) const OUTPUT: Rights = FD_WRITE | FD_SYNC | FD_DATASYNC | FD_FILESTAT_GET | POLL_FD_READWRITE;

/// All that one descriptor can pass on to another.
pub(super) const ALL: Rights = FILE | DIRECTORY;
