//! Reads the bodies of functions: where something has to be put into them, and what they do.

use wasmparser::BinaryReader;
use wasmparser::ControlStack;
use wasmparser::FrameStack;
use wasmparser::ValType;

use crate::additions::Additions;
use crate::additions::CODE;
use crate::additions::Place;
use crate::budget;
use crate::budget::Budget;
use crate::contents::Contents;
use crate::durations::Duration;
use crate::meaning::Meaning;
use crate::meaning::Meanings;
use crate::moves::Moved;
use crate::moves::VALUE_CODE;
use crate::nesting::MAX_REMEMBERED;
use crate::parts::Part;
use crate::plain::Run;
use crate::rewrite_error::RewriteError;
use crate::sizes;
use crate::straight::SHORT;
use crate::straight::Way;
use crate::summary::Effects;

/// What reading code found.
#[derive(Clone, Copy, Default)]
pub(crate) struct Found {
  pub(crate) effects: Effects,
}

impl Found {
  pub(crate) fn join(&mut self, other: &Self) {
    self.effects.join(other.effects);
  }
}

/// What reading a part of the code found.
pub(crate) struct Scanned {
  /// The functions for which something is charged.
  pub(crate) functions: Vec<Function>,
  /// Where something is put into them, one function after another.
  pub(crate) places: Vec<(u32, Place)>,
  /// What ended the reading.
  pub(crate) failure: Option<Failure>,
  /// Of this part and others that the same thread read before.
  pub(crate) found: Found,
}

/// What is charged for a function, in places.
#[derive(Clone, Copy, Default)]
pub(crate) struct Charges {
  /// As many as there are.
  pub(crate) places: u32,
  /// The values that it moves, beyond one for each of its bytes.
  pub(crate) values: u64,
  /// The nesting depth of blocks, in it and what was read of its part before: it is charged once for the module.
  pub(crate) deepest: u32,
}

/// A function whose body did not read, or passed the budget.
pub(crate) struct Failure {
  /// What is charged before.
  pub(crate) charges: Charges,
  pub(crate) error: RewriteError,
}

/// A function that was read.
pub(crate) struct Function {
  /// Its number among those of the code.
  pub(crate) number: u32,
  pub(crate) charges: Charges,
  /// Where its size is, its body, and the end of that.
  pub(crate) start: u32,
  pub(crate) body: u32,
  pub(crate) end: u32,
  /// How many groups of locals it has, and where the first one is.
  pub(crate) groups: u32,
  pub(crate) first_group: u32,
  /// Whether it calls.
  pub(crate) calls: bool,
  /// How many locals it has besides its parameters.
  locals: u64,
  /// The largest index of a local that it names, and where.
  largest_local: Option<(u32, u32)>,
}

impl Function {
  /// The index of the local that is added to it, which has so many parameters.
  pub(crate) fn added_local(&self, parameters: u32) -> Result<u32, RewriteError> {
    let added = u32::try_from(self.locals.saturating_add(parameters.into()));
    let added = added.map_err(|_| RewriteError::malformed(self.body as usize, "local count too large"))?;
    match self.largest_local.filter(|&(local, _)| local >= added) {
      Some((local, at)) => Err(RewriteError::unknown_local(at as usize, local)),
      None => Ok(added),
    }
  }
}

/// Reads code.
pub(crate) struct Scan<'a> {
  found: Found,
  /// How many memories the original has.
  memories: u32,
  /// How many globals it has, if one is added.
  globals: Option<u32>,
  /// How many functions it imports.
  imported_functions: u32,
  /// Whether there is a deadline.
  deadline: bool,
  /// Whether anything is added, so that bodies have to be as small as V8 has them.
  adds: bool,
  contents: &'a Contents<'a>,
  /// What the host holds before there is any code. A part is read no further than this allows: the module would pass it
  /// there or before.
  before: Budget,
  /// The same with what is charged for the part.
  budget: Budget,
  places: Vec<(u32, Place)>,
  charges: Charges,
  /// Whether the function calls.
  calls: bool,
  largest_local: Option<(u32, u32)>,
  way: Way,
  frames: ControlStack,
}

impl<'a> Scan<'a> {
  pub(crate) fn new(contents: &'a Contents<'a>, additions: &Additions, budget: &Budget) -> Self {
    Self {
      found: Found { effects: contents.summary.effects },
      memories: contents.summary.memories,
      globals: additions.depth.map(|_| contents.all_globals),
      imported_functions: contents.imported_functions,
      deadline: additions.deadline.is_some(),
      adds: additions.any(),
      contents,
      before: *budget,
      budget: *budget,
      places: Vec::new(),
      charges: Charges::default(),
      calls: false,
      largest_local: None,
      way: Way::default(),
      frames: ControlStack::default(),
    }
  }

  /// Reads a part up to its end, or what is wrong in it.
  pub(crate) fn part(&mut self, part: &Part<'_>) -> Scanned {
    self.budget = self.before;
    self.charges = Charges::default();
    let mut functions = Vec::new();
    let mut failure = None;
    let mut bodies = part.bodies.clone();
    for number in part.numbers.clone() {
      let deepest = self.charges.deepest;
      (self.charges.places, self.charges.values) = (0, 0);
      match self.function(number, &mut bodies) {
        Ok(function) => {
          let Charges { places, values, deepest: now } = function.charges;
          if places > 0 || values > 0 || now > deepest {
            functions.push(function);
          }
        }
        Err(error) => {
          failure = Some(Failure { charges: self.charges, error });
          break;
        }
      }
    }
    Scanned { functions, places: std::mem::take(&mut self.places), failure, found: self.found }
  }

  fn function(&mut self, number: u32, bodies: &mut BinaryReader<'_>) -> Result<Function, RewriteError> {
    self.budget.step()?;
    let start = narrow(bodies.original_position());
    let mut body = bodies.read_reader()?;
    let range = body.range();
    let (ty, arity) = self.contents.signature(number, range.start)?;
    if self.adds {
      // Nor could V8 take it as it is: so there are not too many places.
      sizes::check(range.len(), sizes::MAX_BODY, || self.contents.function_name(number))?;
    }
    self.calls = false;
    self.largest_local = None;
    let mut locals = 0;
    let whole = body.clone();
    let groups = body.read_var_u32()?;
    let first_group = narrow(body.original_position());
    for _ in 0..groups {
      self.budget.step()?;
      locals += u64::from(body.read_var_u32()?);
      body.read::<ValType>()?;
    }
    let entry = body.original_position();
    let is_short = range.end - entry <= SHORT as usize;
    self.way.begin();
    let first_place = self.places.len();
    let code = body.read_bytes(body.bytes_remaining())?;
    let mut moved = Moved::new(arity.results);
    let mut meanings = Meanings::new(self.found.effects, self.imported_functions);
    meanings = meanings.with_frames(std::mem::take(&mut self.frames));
    let mut rest = code;
    while !rest.is_empty() {
      // After the function's end there is nothing.
      let is_within = meanings.current_frame().is_some();
      if is_within {
        let run = self.pass(rest, range.end - rest.len())?;
        rest = &rest[run as usize..];
        if rest.is_empty() {
          break;
        }
      }
      let at = range.end - rest.len();
      self.budget.step()?;
      let length = match if is_within { meanings.take_common(rest) } else { 0 } {
        0 => {
          let mut reader = BinaryReader::new(rest, at);
          reader.visit_operator(&mut meanings)?;
          reader.original_position() - at
        }
        length => length,
      };
      rest = &rest[length..];
      let meaning = &meanings.last;
      self.place(at, at + length, meaning)?;
      if let Some(function) = meaning.referenced.filter(|&function| !self.contents.constants.is_declared(function)) {
        return Err(RewriteError::malformed(at, format!("undeclared reference to function #{function}")));
      }
      if let Some(moves) = meaning.moves {
        moved.add(moves, self.contents);
      }
      let uses = &meaning.uses;
      if let Some(memory) = uses.memory.filter(|&memory| memory >= self.memories) {
        return Err(RewriteError::unknown_memory(at, memory));
      }
      if let Some(globals) = self.globals {
        self.largest_local = self.largest_local.max(uses.local.map(|local| (local, narrow(at))));
        if let Some(global) = uses.global.filter(|&global| global >= globals) {
          return Err(RewriteError::unknown_global(at, global));
        }
      }
    }
    body.finish_expression(&meanings)?;
    self.moves(number, range.len(), &moved)?;
    // An operand takes a byte at least, or is one of many that an instruction moves.
    let others = locals.saturating_add(arity.parameters.into()).saturating_add(moved.values);
    if self.way.remembered(others) > MAX_REMEMBERED {
      self.remembers(number, ty, whole)?;
    }
    self.found.effects = meanings.effects;
    self.frames = meanings.frames;
    let first = match (self.calls, self.deadline) {
      (true, true) => Some(Place::Entry),
      (true, false) if self.globals.is_some() => Some(Place::Entry),
      (false, true) if !is_short => Some(Place::Check),
      _ => None,
    };
    if let Some(place) = first {
      self.charge_place()?;
      self.places.insert(first_place, (narrow(entry), place));
    }
    Ok(Function {
      number,
      charges: self.charges,
      start,
      body: narrow(range.start),
      end: narrow(range.end),
      groups,
      first_group,
      calls: self.calls,
      locals,
      largest_local: self.largest_local,
    })
  }

  /// Goes past what `code`, which lies there, begins with and means nothing; gives how many bytes that are.
  #[inline]
  fn pass(&mut self, code: &[u8], at: usize) -> Result<u32, RewriteError> {
    let run = Run::of(code, self.way.left(), self.memories > 0);
    self.budget.steps(run.instructions)?;
    self.way.pass(run.bytes);
    if self.globals.is_some() {
      let largest = run.largest_local.map(|(local, place)| (local, narrow(at + place as usize)));
      self.largest_local = self.largest_local.max(largest);
    }
    Ok(run.bytes)
  }

  /// Charges what a function of so many bytes moves.
  fn moves(&mut self, number: u32, bytes: usize, moved: &Moved) -> Result<(), RewriteError> {
    let values = moved.values.saturating_sub(bytes as u64);
    let size = bytes.saturating_add(values.saturating_mul(VALUE_CODE) as usize);
    let what = || format!("{}, with the values that its instructions move,", self.contents.function_name(number));
    sizes::check(size, sizes::MAX_BODY, what)?;
    self.charges.values = values;
    self.budget.charge_each(CODE, budget::PLACE, values)
  }

  /// Refuses a function of that type with too many locals and operands in too many blocks.
  #[cold]
  fn remembers(&mut self, number: u32, ty: u32, body: BinaryReader<'_>) -> Result<(), RewriteError> {
    let function = self.imported_functions.saturating_add(number);
    let wants = self.contents.heights.remembered(function, ty, body, &mut self.budget)?;
    if wants <= MAX_REMEMBERED {
      return Ok(());
    }
    Err(RewriteError::Nesting { function, wants, allowed: MAX_REMEMBERED })
  }

  /// Takes in an instruction from `at` to `end`, and what has to be put before and after it.
  #[inline]
  fn place(&mut self, at: usize, end: usize, meaning: &Meaning) -> Result<(), RewriteError> {
    let Meaning { duration, flow, .. } = *meaning;
    let counts = self.globals.is_some();
    let called = if duration == (Duration::Call { may_leave: false }) { SHORT } else { 0 };
    let is_too_long = self.way.step(flow, narrow(end - at), called);
    if self.deadline {
      if is_too_long {
        self.put(at, Place::Check)?;
      }
      if self.way.depth() > self.charges.deepest as usize {
        self.charges.deepest += 1;
        self.budget.charge(CODE, budget::PLACE)?;
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
      self.put(at, place)?;
    }
    if let Some(place) = after {
      if matches!(place, Place::Check | Place::Return) {
        self.way.checked();
      }
      self.put(end, place)?;
    }
    Ok(())
  }

  fn put(&mut self, at: usize, place: Place) -> Result<(), RewriteError> {
    self.charge_place()?;
    self.places.push((narrow(at), place));
    Ok(())
  }

  fn charge_place(&mut self) -> Result<(), RewriteError> {
    self.charges.places += 1;
    self.budget.charge(CODE, budget::PLACE)
  }
}

/// Modules are no longer than [`sizes::MAX_MODULE`].
fn narrow(offset: usize) -> u32 {
  u32::try_from(offset).unwrap_or(u32::MAX)
}
