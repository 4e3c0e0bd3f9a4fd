//! What SQLite says, for whoever wrote the component.

use rusqlite::Error;
use rusqlite::ErrorCode;

use crate::Failure;

/// SQLite's own words tell what is wrong with a statement. What it says of files names them.
pub(crate) fn failure_of(error: &Error, name: &str) -> Failure {
  let Some(code) = error.sqlite_error_code() else {
    return Failure::Other(error.to_string());
  };
  Failure::Other(match code {
    ErrorCode::DiskFull => return Failure::Full(format!("{name} is full")),
    ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => format!("{name} is busy: somebody else writes"),
    ErrorCode::CannotOpen => format!("{name} cannot be opened"),
    ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt => format!("the file of {name} is damaged, or not SQLite's"),
    ErrorCode::ReadOnly => format!("{name} cannot be written: its file or folder is read-only"),
    ErrorCode::SystemIoFailure => format!("the file of {name} cannot be read or written"),
    ErrorCode::OutOfMemory => format!("{name} needs more memory than there is for it"),
    ErrorCode::TooBig => format!("a value or a statement for {name} is too large"),
    _ => error.to_string(),
  })
}
