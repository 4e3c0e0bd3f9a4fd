//! Who calls.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use crate::OpFailure;

/// Whose ops a caller may call.
#[derive(Clone, Debug)]
enum Grants {
  /// Those of every plugin.
  All,
  /// Those of the plugins of these names.
  Plugins(Arc<BTreeSet<String>>),
}

/// Who calls an op, on whose behalf, and for how long.
#[derive(Clone, Debug)]
pub struct Caller {
  name: Arc<str>,
  grants: Grants,
  deadline: Option<Instant>,
  cancellation: CancellationToken,
  trace_id: u128,
}

impl Caller {
  /// A caller that may call nothing yet: a component of a program, by its name.
  pub fn new(name: &str) -> Self {
    Self {
      name: name.into(),
      grants: Grants::Plugins(Arc::default()),
      deadline: None,
      cancellation: CancellationToken::new(),
      trace_id: 0,
    }
  }

  /// The program that embeds the runtime, which may call every op.
  pub fn host() -> Self {
    Self { grants: Grants::All, ..Self::new("host") }
  }

  /// The same, and it may call the ops of the plugin of that name.
  pub fn grant(mut self, plugin: &str) -> Self {
    if let Grants::Plugins(plugins) = &mut self.grants {
      Arc::make_mut(plugins).insert(plugin.to_string());
    }
    self
  }

  /// The same, whose calls end in a failure with the code `ERR_CALL_DEADLINE` when they are not done by then.
  pub fn deadline(mut self, deadline: Instant) -> Self {
    self.deadline = Some(deadline);
    self
  }

  /// The same, whose calls end in a failure with the code `ERR_CALL_CANCELLED` when the token is cancelled.
  pub fn cancellation(mut self, token: CancellationToken) -> Self {
    self.cancellation = token;
    self
  }

  /// The same, with the id of the trace that its calls belong to. 0 is none.
  pub fn trace_id(mut self, id: u128) -> Self {
    self.trace_id = id;
    self
  }

  /// Its name.
  pub fn name(&self) -> &str {
    &self.name
  }

  /// The id of its trace; 0 is none.
  pub fn trace(&self) -> u128 {
    self.trace_id
  }

  /// When its calls have to be done, if there is such a time.
  pub fn ends_at(&self) -> Option<Instant> {
    self.deadline
  }

  /// What cancels its calls.
  pub fn token(&self) -> &CancellationToken {
    &self.cancellation
  }

  /// Whether it may call the ops of the plugin of that name: asked when an op is bound, not when it is called.
  ///
  /// # Errors
  ///
  /// `ERR_CALL_PERMISSION` when it may not.
  pub fn may_call(&self, plugin: &str) -> Result<(), OpFailure> {
    match &self.grants {
      Grants::All => Ok(()),
      Grants::Plugins(plugins) if plugins.contains(plugin) => Ok(()),
      Grants::Plugins(_) => Err(OpFailure::call_not_granted(&self.name, plugin)),
    }
  }

  /// Whether a call may go on now.
  ///
  /// # Errors
  ///
  /// `ERR_CALL_CANCELLED` and `ERR_CALL_DEADLINE` when it may not.
  pub fn check(&self) -> Result<(), OpFailure> {
    if self.cancellation.is_cancelled() {
      return Err(self.cancelled());
    }
    match self.deadline {
      Some(deadline) if deadline <= Instant::now() => Err(self.late()),
      _ => Ok(()),
    }
  }

  /// The failure of a call that was cancelled.
  pub fn cancelled(&self) -> OpFailure {
    OpFailure::call_cancelled(&self.name)
  }

  /// The failure of a call that was not done in time.
  pub fn late(&self) -> OpFailure {
    OpFailure::call_late(&self.name)
  }
}

#[cfg(test)]
mod tests {
  use std::time::Duration;

  use super::*;
  use crate::ErrorCode;

  #[test]
  fn a_caller_may_call_what_it_was_granted() {
    let shop = Caller::new("shop").grant("hash");
    assert_eq!(shop.may_call("hash"), Ok(()));
    let failure = shop.may_call("sqlite").expect_err("it was not granted");
    assert_eq!(failure.error, Some(ErrorCode::CallPermission));
    assert!(failure.message.contains("shop") && failure.message.contains("sqlite"), "{failure}");
    assert_eq!(Caller::host().may_call("sqlite"), Ok(()));
  }

  #[test]
  fn a_call_ends_by_its_deadline_and_when_it_is_cancelled() {
    let caller = Caller::host().deadline(Instant::now() + Duration::from_secs(60));
    assert_eq!(caller.check(), Ok(()));
    assert_eq!(
      caller.check().and(caller.clone().deadline(Instant::now()).check()).unwrap_err().error,
      Some(ErrorCode::CallDeadline)
    );
    caller.token().cancel();
    assert_eq!(caller.check().unwrap_err().error, Some(ErrorCode::CallCancelled));
  }
}
