//! Randomness of the system's, for `js/crypto.js`.

use plugbay_core::OpFailure;
use plugbay_ops::Answer;

use super::Arguments;
use super::Returned;
use super::Scope;
use super::buffers;
use super::functions::Functions;
use super::values::number;
use crate::host::Host;

/// What JavaScript calls of this module.
pub(super) fn register(functions: &mut Functions<'_, '_, '_, Host>) {
  functions.add("randomBytes", random_bytes);
}

/// `randomBytes(length)`, of at most 64 KiB.
fn random_bytes<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, _: &Host) -> Returned<'s> {
  let mut bytes = vec![0; (number(arguments.get(0)) as usize).min(64 * 1024)];
  getrandom::fill(&mut bytes).map_err(OpFailure::no_random_bytes)?;
  Ok(buffers::to_uint8_array(scope, Answer::of_host(bytes)).map(Into::into))
}
