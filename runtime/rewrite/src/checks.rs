//! Puts the checks of a deadline and the count of calls into functions.

use wasm_encoder::Encode;
use wasmparser::BinaryReader;

use crate::additions::Additions;
use crate::additions::CODE;
use crate::additions::Pieces;
use crate::additions::Place;
use crate::budget;
use crate::budget::Budget;
use crate::contents::Arity;
use crate::contents::Contents;
use crate::output::Output;
use crate::parts::Division;
use crate::parts::Part;
use crate::rewrite_error::RewriteError;
use crate::scan::Charges;
use crate::scan::Failure;
use crate::scan::Found;
use crate::scan::Function;
use crate::scan::Scan;
use crate::scan::Scanned;
use crate::sections;
use crate::sections::Id;
use crate::sections::Section;
use crate::sizes;

/// What writing the code found.
pub(crate) struct Written {
  pub(crate) found: Found,
  /// How many checks were put in.
  pub(crate) checks: u32,
}

/// Reads the code section and writes it up to its end, with the `additions`. A deadline has checks at the head of every
/// loop, at the entry of every function that calls or is not short, after what may take long: instructions that move
/// memory or elements, and calls that may be the host's; and where the way to the next one would be too long. For the
/// depth of calls there is something at that entry, before and after every call. Code that names a memory that is not
/// among the original's is refused, and then also code that names such a global or local: V8 would let it have the one
/// that is added.
pub(crate) fn write_code(
  output: &mut Output<'_>,
  mut reader: BinaryReader<'_>,
  section: &Section,
  contents: &Contents<'_>,
  additions: &Additions,
  budget: &mut Budget,
  division: Division,
) -> Result<Written, RewriteError> {
  let count = reader.read_var_u32()?;
  let parts = division.divide(count, &mut reader, budget)?;
  let before = *budget;
  let read = || {
    let mut scan = Scan::new(contents, additions, &before);
    move |part: &Part<'_>| scan.part(part)
  };
  let mut writer = Writer {
    output,
    section,
    contents,
    additions,
    budget,
    deepest: 0,
    pieces: Pieces::new(additions),
    size_at: None,
    head: Vec::new(),
    groups: Vec::new(),
    written: Written { found: Found::default(), checks: 0 },
  };
  division.read(&parts, read, |scanned| writer.write(scanned))?;
  sections::finish(&reader)?;
  Ok(writer.finish())
}

struct Writer<'a, 'o> {
  output: &'a mut Output<'o>,
  section: &'a Section,
  contents: &'a Contents<'a>,
  additions: &'a Additions,
  budget: &'a mut Budget,
  /// The nesting depth of blocks in what was charged.
  deepest: u32,
  pieces: Pieces,
  /// Where the size of the code section is, once anything in it has changed.
  size_at: Option<usize>,
  /// What a function begins with, up to its locals, and the last part of that.
  head: Vec<u8>,
  groups: Vec<u8>,
  written: Written,
}

impl Writer<'_, '_> {
  /// Writes a part of the code as far as it was read.
  fn write(&mut self, scanned: Scanned) -> Result<(), RewriteError> {
    let mut places = &scanned.places[..];
    for function in &scanned.functions {
      self.charge(function.charges)?;
      let (own, others) = places.split_at(function.charges.places as usize);
      places = others;
      if !own.is_empty() {
        self.function(function, own)?;
      }
    }
    if let Some(Failure { charges, error }) = scanned.failure {
      self.charge(charges)?;
      return Err(error);
    }
    self.written.found.join(&scanned.found);
    Ok(())
  }

  fn charge(&mut self, charges: Charges) -> Result<(), RewriteError> {
    let deeper = charges.deepest.saturating_sub(self.deepest);
    self.deepest += deeper;
    let places = u64::from(charges.places) + u64::from(deeper);
    self.budget.charge_each(CODE, budget::PLACE, places.saturating_add(charges.values))
  }

  fn function(&mut self, function: &Function, places: &[(u32, Place)]) -> Result<(), RewriteError> {
    let [start, body, first_group, end] =
      [function.start, function.body, function.first_group, function.end].map(|at| at as usize);
    let (output, pieces) = (&mut *self.output, &mut self.pieces);
    self.size_at.get_or_insert_with(|| {
      output.copy_to(self.section.whole.start);
      output.insert(&[sections::byte(Id::Code)]);
      let size_at = output.len();
      // Its size is known at the end.
      output.replace(self.section.whole.start..self.section.body.start, &[0; 5]);
      size_at
    });
    let mut groups = function.groups;
    if let Some(depth) = self.additions.depth.filter(|_| function.calls) {
      let (_, Arity { parameters, .. }) = self.contents.signature(function.number, body)?;
      pieces.count_calls(depth, function.added_local(parameters)?);
      groups = groups.saturating_add(1);
    }
    self.groups.clear();
    encode_padded(groups as usize, first_group - body, &mut self.groups);
    let added: usize = places.iter().map(|&(_, place)| pieces.at(place).len()).sum();
    self.budget.charge(CODE, added as u64)?;
    let size = self.groups.len() + (end - first_group) + added;
    sizes::check(size, sizes::MAX_BODY, || self.contents.function_name(function.number))?;
    sizes::check(output.len() + size, sizes::MAX_MODULE, || "it".to_owned())?;
    self.head.clear();
    encode_padded(size, body - start, &mut self.head);
    self.head.extend_from_slice(&self.groups);
    output.replace(start..first_group, &self.head);
    for &(at, place) in places {
      output.copy_to(at as usize);
      output.insert(pieces.at(place));
    }
    if self.additions.deadline.is_some() {
      let checks = places.iter().filter(|(_, place)| matches!(place, Place::Entry | Place::Check | Place::Return));
      self.written.checks += checks.count() as u32;
    }
    Ok(())
  }

  fn finish(self) -> Written {
    self.output.copy_to(self.section.body.end);
    if let Some(size_at) = self.size_at {
      let size = self.output.len() - size_at - 5;
      let mut bytes = Vec::with_capacity(5);
      encode_padded(size, 5, &mut bytes);
      self.output.overwrite(size_at, &bytes);
    }
    self.written
  }
}

/// Puts `size` after `bytes`, as LEB128 of at least `width` bytes.
fn encode_padded(size: usize, width: usize, bytes: &mut Vec<u8>) {
  let end = bytes.len() + width;
  (size as u32).encode(bytes);
  while bytes.len() < end {
    *bytes.last_mut().unwrap_or(&mut 0) |= 0x80;
    bytes.push(0);
  }
}
