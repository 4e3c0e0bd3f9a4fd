//! How many connections the system lets be open.

use rustix::process::Resource;
use rustix::process::Rlimit;
use rustix::process::getrlimit;
use rustix::process::setrlimit;

/// How many files a process has open that are no connections.
const FILES_BESIDES: u64 = 256;

/// How many connections the system lets be open of those that are asked for; a process may not have as many files as
/// it could, until it asks.
pub(crate) fn allowed(asked: usize) -> usize {
  let limit = getrlimit(Resource::Nofile);
  let most = limit.maximum.unwrap_or(u64::MAX);
  let wanted = (asked as u64).saturating_add(FILES_BESIDES).min(most);
  let mut current = limit.current.unwrap_or(u64::MAX);
  if current < wanted && setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), ..limit }).is_ok() {
    current = wanted;
  }
  let possible = usize::try_from(current.saturating_sub(FILES_BESIDES)).unwrap_or(usize::MAX).max(1);
  if possible < asked {
    tracing::warn!(target: "app", "the system lets {possible} connections be open, not {asked}: see ulimit -n");
  }
  possible.min(asked)
}
