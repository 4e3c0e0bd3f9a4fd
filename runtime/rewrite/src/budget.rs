//! What the host holds for a module besides its bytes, counted from what the module says before any of it is there; and
//! the time that reading it may take, which each step of a loop over the module asks.
//!
//! The costs are rounded up from what was seen: the rewriter's own lists, the description that JavaScript gets and the
//! file it is kept in, and V8's objects. Ops are JavaScript's to count, which makes them.

use std::time::Instant;

use wasmparser::Name;
use wasmparser::NameSectionReader;

use crate::rewrite_error::HostExceeded;
use crate::rewrite_error::RewriteError;

/// A type, and each parameter, result or field of it.
pub(crate) const TYPE: u64 = 128;
pub(crate) const VALUE: u64 = 16;
/// An import or an export, besides its names and its type, which errors and declarations tell anew for each.
pub(crate) const IMPORT: u64 = 320;
pub(crate) const EXPORT: u64 = 320;
pub(crate) const FUNCTION: u64 = 128;
pub(crate) const TABLE: u64 = 1024;
/// Of memory that it has at least, even if no byte of it is used.
pub(crate) const MEMORY: u64 = 64 << 10;
pub(crate) const GLOBAL: u64 = 64;
pub(crate) const TAG: u64 = 256;
/// A segment of data or elements, and each element.
pub(crate) const SEGMENT: u64 = 128;
pub(crate) const ELEMENT: u64 = 16;
pub(crate) const CUSTOM_SECTION: u64 = 128;
/// A place where code is added, besides what is added.
pub(crate) const PLACE: u64 = 24;
/// A function's name in the section of names, besides its bytes.
const NAMING: u64 = 64;
/// How often there is a name that is imported or exported: here, in the description, in its file, in V8's strings.
const NAME_COPIES: u64 = 4;
/// How often there is a name that a stack tells: V8 keeps ten frames, and copies the text of them.
const STACK_COPIES: u64 = 40;

/// So many steps are taken between two looks at the clock.
const STEPS: u32 = 1024;

/// How many bytes the host may hold for a module, and how many it holds; and until when it may be read.
#[derive(Clone, Copy)]
pub(crate) struct Budget {
  allowed: u64,
  spent: u64,
  until: Option<Instant>,
  steps: u32,
}

impl Budget {
  pub(crate) fn new(allowed: u64, until: Option<Instant>) -> Self {
    Self { allowed, spent: 0, until, steps: 0 }
  }

  /// For what has its limits elsewhere.
  pub(crate) fn unlimited() -> Self {
    Self::new(u64::MAX, None)
  }

  /// To be called for each thing that is read of a module.
  #[inline]
  pub(crate) fn step(&mut self) -> Result<(), RewriteError> {
    self.steps = self.steps.wrapping_add(1);
    if self.steps.is_multiple_of(STEPS) { self.look() } else { Ok(()) }
  }

  /// So many steps at once.
  #[inline]
  pub(crate) fn steps(&mut self, steps: u32) -> Result<(), RewriteError> {
    let before = self.steps;
    self.steps = before.wrapping_add(steps);
    if before / STEPS == self.steps / STEPS { Ok(()) } else { self.look() }
  }

  #[cold]
  fn look(&self) -> Result<(), RewriteError> {
    match self.until {
      Some(until) if Instant::now() >= until => Err(RewriteError::Late),
      _ => Ok(()),
    }
  }

  /// The same, and so many are held already.
  pub(crate) fn after(self, spent: u64) -> Self {
    Self { spent, ..self }
  }

  pub(crate) fn spent(&self) -> u64 {
    self.spent
  }

  /// Counts `bytes` more, for `what` the module has.
  pub(crate) fn charge(&mut self, what: &'static str, bytes: u64) -> Result<(), RewriteError> {
    self.step()?;
    self.spent = self.spent.saturating_add(bytes);
    if self.spent <= self.allowed {
      return Ok(());
    }
    Err(RewriteError::Host(HostExceeded { what, wants: self.spent, allowed: self.allowed }))
  }

  /// Counts `bytes` more so many times. If that is too much, the error says what was wanted when it became so.
  pub(crate) fn charge_each(&mut self, what: &'static str, bytes: u64, times: u64) -> Result<(), RewriteError> {
    let allowed = self.allowed.saturating_sub(self.spent) / bytes;
    self.charge(what, bytes.saturating_mul(times.min(allowed.saturating_add(1))))
  }

  /// Counts the bytes of names that are imported or exported.
  pub(crate) fn charge_text(&mut self, what: &'static str, length: usize) -> Result<(), RewriteError> {
    self.charge(what, NAME_COPIES * length as u64)
  }

  /// Counts what a section of names tells: V8 reads it and so do errors, which begin at its start and leave out what is
  /// broken.
  pub(crate) fn charge_names(&mut self, section: NameSectionReader<'_>) -> Result<(), RewriteError> {
    let mut longest = 0;
    let mut charge = |budget: &mut Self, name: &str| {
      longest = longest.max(name.len() as u64);
      budget.charge("names", NAMING + 2 * name.len() as u64)
    };
    for part in section {
      match part {
        Ok(Name::Module { name, .. }) => charge(self, name)?,
        Ok(Name::Function(functions)) => {
          for naming in functions.into_iter().map_while(Result::ok) {
            charge(self, naming.name)?;
          }
        }
        Ok(_) => {}
        Err(_) => break,
      }
    }
    self.charge("names", STACK_COPIES * longest)
  }
}
