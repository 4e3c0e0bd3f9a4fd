//! Reads the code, and puts the checks of a deadline and the count of calls into functions.

use wasm_encoder::Encode;
use wasmparser::BinaryReader;
use wasmparser::OperatorsReader;
use wasmparser::OperatorsReaderAllocations;
use wasmparser::ValType;

use crate::additions::Additions;
use crate::additions::Pieces;
use crate::additions::Place;
use crate::budget;
use crate::budget::Budget;
use crate::constants::Constants;
use crate::contents::Contents;
use crate::durations::Duration;
use crate::meaning::Meaning;
use crate::meaning::Meanings;
use crate::output::Output;
use crate::rewrite_error::RewriteError;
use crate::sections;
use crate::sections::Id;
use crate::sections::Section;
use crate::straight::SHORT;
use crate::straight::Way;
use crate::summary::Claims;
use crate::summary::Effects;

/// The largest module that V8 accepts.
pub(crate) const LARGEST_MODULE: usize = 1 << 30;
/// The largest function body that V8 accepts.
const LARGEST_BODY: usize = 7_654_321;

/// What the additions are for the budget.
const CODE: &str = "checks of its limits";

/// What reading the code found.
#[derive(Default)]
pub(crate) struct Found {
  pub(crate) effects: Effects,
  pub(crate) largest_body: u32,
  pub(crate) most_locals: u64,
  /// How many checks were put in.
  pub(crate) checks: u32,
}

impl Found {
  pub(crate) fn add_to(&self, claims: &mut Claims) {
    claims.largest_body = self.largest_body;
    claims.most_locals = self.most_locals;
  }
}

/// Reads the code section and writes it up to its end, with the `additions`. A deadline has checks at the head of every
/// loop, at the entry of every function that calls or is not short, after what may take long: instructions that move
/// memory or elements, and calls that may be the host's; and where the way to the next one would be too long. For the depth of calls there is something at that entry, before and after every
/// call. Code that names a memory that is not among the original's is refused, and then also code that
/// names such a global or local: V8 would let it have the one that is added.
pub(crate) fn write_code(
  output: &mut Output<'_>,
  mut reader: BinaryReader<'_>,
  section: &Section,
  contents: &mut Contents<'_>,
  additions: &Additions,
  budget: &mut Budget,
) -> Result<Found, RewriteError> {
  let mut scan = Scan::new(contents, additions);
  let mut pieces = Pieces::new(additions);
  let mut size_at = None;
  for at in 0..reader.read_var_u32()? {
    let start = reader.original_position();
    let body = reader.read_reader()?;
    let range = body.range();
    let index = contents.imported_functions.saturating_add(at);
    let function = move || format!("its function {index}");
    if additions.any() {
      // Nor could V8 take it as it is: so there are not too many places.
      within(range.len(), LARGEST_BODY, function)?;
    }
    scan.function(body, &contents.constants, budget)?;
    if scan.places.is_empty() {
      continue;
    }
    if size_at.is_none() {
      output.copy_to(section.whole.start);
      output.insert(&[sections::byte(Id::Code)]);
      size_at = Some(output.len());
      // Its size is known at the end.
      output.replace(section.whole.start..section.body.start, &[0; 5]);
    }
    let mut groups = scan.groups;
    if let Some(depth) = additions.depth.filter(|_| scan.calls) {
      let parameters = contents.parameters(at, range.start)?;
      pieces.count_calls(depth, scan.added_local(parameters, range.start)?);
      groups = groups.saturating_add(1);
    }
    let groups = padded(groups as usize, scan.first_group - range.start);
    let added: usize = scan.places.iter().map(|&(_, place)| pieces.at(place).len()).sum();
    budget.charge(CODE, added as u64)?;
    let size = groups.len() + (range.end - scan.first_group) + added;
    within(size, LARGEST_BODY, function)?;
    within(output.len() + size, LARGEST_MODULE, || "it".to_owned())?;
    let head = [padded(size, range.start - start), groups].concat();
    output.replace(start..scan.first_group, &head);
    for &(at, place) in &scan.places {
      output.copy_to(at as usize);
      output.insert(pieces.at(place));
    }
    if additions.deadline.is_some() {
      let checks = scan.places.iter().filter(|(_, place)| matches!(place, Place::Entry | Place::Check | Place::Return));
      scan.found.checks += checks.count() as u32;
    }
  }
  sections::finish(&reader)?;
  output.copy_to(section.body.end);
  if let Some(size_at) = size_at {
    let size = output.len() - size_at - 5;
    output.overwrite(size_at, &padded(size, 5));
  }
  Ok(scan.found)
}

fn within(size: usize, allowed: usize, what: impl FnOnce() -> String) -> Result<(), RewriteError> {
  if size <= allowed { Ok(()) } else { Err(RewriteError::TooLarge { what: what(), size, allowed }) }
}

/// `size` as LEB128 of at least `width` bytes.
fn padded(size: usize, width: usize) -> Vec<u8> {
  let mut bytes = Vec::with_capacity(5);
  (size as u32).encode(&mut bytes);
  while bytes.len() < width {
    *bytes.last_mut().unwrap_or(&mut 0) |= 0x80;
    bytes.push(0);
  }
  bytes
}

struct Scan {
  found: Found,
  /// How many memories the original has.
  memories: u32,
  /// How many globals it has, if one is added.
  globals: Option<u32>,
  /// How many functions it imports.
  imported_functions: u32,
  /// Whether there is a deadline.
  deadline: bool,
  /// Where something is put into the function.
  places: Vec<(u32, Place)>,
  /// Whether the function calls.
  calls: bool,
  /// How many groups of locals it has, and where the first one is.
  groups: u32,
  first_group: usize,
  /// How many locals it has besides its parameters.
  locals: u64,
  /// The largest index of a local that it names, and where.
  largest_local: Option<(u32, usize)>,
  way: Way,
  /// How deep its blocks lie within one another.
  deepest: usize,
  allocations: OperatorsReaderAllocations,
}

impl Scan {
  fn new(contents: &Contents<'_>, additions: &Additions) -> Self {
    Self {
      found: Found { effects: contents.summary.effects, ..Found::default() },
      memories: contents.summary.memories,
      globals: additions.depth.map(|_| contents.all_globals),
      imported_functions: contents.imported_functions,
      deadline: additions.deadline.is_some(),
      places: Vec::new(),
      calls: false,
      groups: 0,
      first_group: 0,
      locals: 0,
      largest_local: None,
      way: Way::default(),
      deepest: 0,
      allocations: OperatorsReaderAllocations::default(),
    }
  }

  fn function(
    &mut self,
    mut body: BinaryReader<'_>,
    constants: &Constants,
    budget: &mut Budget,
  ) -> Result<(), RewriteError> {
    self.places.clear();
    self.calls = false;
    self.largest_local = None;
    self.found.largest_body = self.found.largest_body.max(body.range().len() as u32);
    self.locals = 0;
    self.groups = body.read_var_u32()?;
    self.first_group = body.original_position();
    for _ in 0..self.groups {
      self.locals += u64::from(body.read_var_u32()?);
      body.read::<ValType>()?;
    }
    self.found.most_locals = self.found.most_locals.max(self.locals);
    let entry = body.original_position();
    let is_short = body.range().end - entry <= SHORT as usize;
    self.way.begin();
    let mut operators = OperatorsReader::new_with_allocs(body, std::mem::take(&mut self.allocations));
    let mut meanings = Meanings::new(self.found.effects, self.imported_functions);
    while !operators.eof() {
      let at = operators.original_position();
      operators.visit_operator(&mut meanings)?;
      let meaning = &meanings.last;
      self.place(at, operators.original_position(), meaning, budget)?;
      if let Some(function) = meaning.referenced.filter(|&function| !constants.is_declared(function)) {
        return Err(RewriteError::malformed(at, format!("undeclared reference to function #{function}")));
      }
      let uses = &meaning.uses;
      if let Some(memory) = uses.memory.filter(|&memory| memory >= self.memories) {
        return Err(RewriteError::unknown_memory(at, memory));
      }
      if let Some(globals) = self.globals {
        self.largest_local = self.largest_local.max(uses.local.map(|local| (local, at)));
        if let Some(global) = uses.global.filter(|&global| global >= globals) {
          return Err(RewriteError::unknown_global(at, global));
        }
      }
    }
    operators.finish()?;
    self.found.effects = meanings.effects;
    self.allocations = operators.into_allocations();
    let first = match (self.calls, self.deadline) {
      (true, true) => Some(Place::Entry),
      (true, false) if self.globals.is_some() => Some(Place::Entry),
      (false, true) if !is_short => Some(Place::Check),
      _ => None,
    };
    if let Some(place) = first {
      budget.charge(CODE, budget::PLACE)?;
      self.places.insert(0, (narrow(entry), place));
    }
    Ok(())
  }

  /// Takes in an instruction from `at` to `end`, and what has to be put before and after it.
  #[inline]
  fn place(&mut self, at: usize, end: usize, meaning: &Meaning, budget: &mut Budget) -> Result<(), RewriteError> {
    let Meaning { duration, flow, .. } = *meaning;
    let counts = self.globals.is_some();
    if self.deadline {
      let called = if duration == (Duration::Call { may_leave: false }) { SHORT } else { 0 };
      if self.way.step(flow, narrow(end - at).saturating_add(called)) {
        self.put(at, Place::Check, budget)?;
      }
      if self.way.depth() > self.deepest {
        self.deepest = self.way.depth();
        budget.charge(CODE, budget::PLACE)?;
      }
    }
    let (before, after) = match duration {
      Duration::Short => return Ok(()),
      Duration::Long => (None, self.deadline.then_some(Place::Check)),
      Duration::Call { may_leave } => {
        self.calls = true;
        let after = if may_leave && self.deadline { Some(Place::Return) } else { counts.then_some(Place::NoCall) };
        (counts.then_some(Place::Call), after)
      }
      Duration::TailCall => {
        self.calls = true;
        (counts.then_some(Place::NoCall), None)
      }
    };
    if let Some(place) = before {
      self.put(at, place, budget)?;
    }
    if let Some(place) = after {
      if matches!(place, Place::Check | Place::Return) {
        self.way.checked();
      }
      self.put(end, place, budget)?;
    }
    Ok(())
  }

  fn put(&mut self, at: usize, place: Place, budget: &mut Budget) -> Result<(), RewriteError> {
    budget.charge(CODE, budget::PLACE)?;
    self.places.push((narrow(at), place));
    Ok(())
  }

  /// The index of the local that is added to the function, which is at `offset`.
  fn added_local(&self, parameters: u32, offset: usize) -> Result<u32, RewriteError> {
    let added = u32::try_from(self.locals.saturating_add(parameters.into()));
    let added = added.map_err(|_| RewriteError::malformed(offset, "local count too large"))?;
    match self.largest_local.filter(|&(local, _)| local >= added) {
      Some((local, at)) => Err(RewriteError::unknown_local(at, local)),
      None => Ok(added),
    }
  }
}

/// Modules are no longer than [`LARGEST_MODULE`].
fn narrow(offset: usize) -> u32 {
  u32::try_from(offset).unwrap_or(u32::MAX)
}
