//! Instructions that mean nothing for the checks: most of all code. They are gone past without being taken apart.

/// How the rest of an instruction is written, by its first byte.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
  /// It may mean something.
  Other,
  /// So many bytes follow.
  Fixed(u8),
  /// The index of a local follows.
  Local,
  /// A number of 32 bits follows.
  Number,
  /// One of 64 bits.
  LongNumber,
  /// An alignment and an offset follow.
  Memory,
}

/// Numbers with so few bytes have 32 bits, whatever the bytes are.
const SHORT_NUMBER: usize = 4;
/// And with so few they have 64.
const SHORT_LONG_NUMBER: usize = 9;
/// With a memory's index, and with an alignment that no instruction has, it would be larger.
const ALIGNMENTS: u8 = 0x20;

static FORMS: [Form; 256] = {
  let mut forms = [Form::Other; 256];
  // nop, drop, select, ref.is_null
  forms[0x01] = Form::Fixed(0);
  forms[0x1a] = Form::Fixed(0);
  forms[0x1b] = Form::Fixed(0);
  forms[0xd1] = Form::Fixed(0);
  // local.get, local.set, local.tee
  forms[0x20] = Form::Local;
  forms[0x21] = Form::Local;
  forms[0x22] = Form::Local;
  // Loads and stores.
  let mut first = 0x28;
  while first <= 0x3e {
    forms[first] = Form::Memory;
    first += 1;
  }
  // Constants.
  forms[0x41] = Form::Number;
  forms[0x42] = Form::LongNumber;
  forms[0x43] = Form::Fixed(4);
  forms[0x44] = Form::Fixed(8);
  // Comparisons, arithmetic, conversions.
  first = 0x45;
  while first <= 0xc4 {
    forms[first] = Form::Fixed(0);
    first += 1;
  }
  forms
};

/// Instructions of that kind that follow one another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Run {
  pub(crate) bytes: u32,
  pub(crate) instructions: u32,
  /// The largest index of a local, and where in the code the last instruction is that has it.
  pub(crate) largest_local: Option<(u32, u32)>,
}

impl Run {
  /// What code begins with, up to so many bytes of it. With an instruction that is not written in the usual way the run
  /// ends, whatever is the matter with it.
  #[inline]
  pub(crate) fn of(code: &[u8], most: u32, has_memory: bool) -> Self {
    let code = &code[..code.len().min(most as usize)];
    let mut run = Self::default();
    let mut rest = code;
    while let [first, after @ ..] = rest {
      let length = match FORMS[usize::from(*first)] {
        Form::Fixed(length) => usize::from(length),
        Form::Local => match index(after) {
          None => break,
          Some((local, length)) => {
            if run.largest_local.is_none_or(|(largest, _)| local >= largest) {
              run.largest_local = Some((local, (code.len() - rest.len()) as u32));
            }
            length
          }
        },
        Form::Number => match number(after, is_signed_end) {
          0 => break,
          length => length,
        },
        Form::LongNumber => match length_of(after, SHORT_LONG_NUMBER) {
          0 => break,
          length => length,
        },
        Form::Memory if has_memory => match after {
          [alignment, offset @ ..] if *alignment < ALIGNMENTS => match number(offset, is_unsigned_end) {
            0 => break,
            length => length + 1,
          },
          _ => break,
        },
        Form::Memory | Form::Other => break,
      };
      match after.get(length..) {
        Some(after) => rest = after,
        None => break,
      }
      run.instructions += 1;
    }
    run.bytes = (code.len() - rest.len()) as u32;
    run
  }
}

/// The length of the number of 32 bits that bytes begin with, or 0 when it is cut off or none. Linkers write numbers
/// with five bytes, of which not all may be the last one.
#[inline]
fn number(bytes: &[u8], may_end: impl FnOnce(u8) -> bool) -> usize {
  match bytes {
    [0..0x80, ..] => 1,
    [_, 0..0x80, ..] => 2,
    [a, b, c, d, last, ..] if a & b & c & d & 0x80 != 0 => {
      if may_end(*last) {
        5
      } else {
        0
      }
    }
    _ => length_of(bytes, SHORT_NUMBER),
  }
}

/// The last one of an index.
fn is_unsigned_end(byte: u8) -> bool {
  byte < 0x10
}

/// And of a number that may be negative, which the bits beyond the last of the number repeat.
fn is_signed_end(byte: u8) -> bool {
  matches!(byte, 0..0x08 | 0x78..0x80)
}

/// The length of the number that bytes begin with, or 0 when it has more bytes than `most` or is cut off.
fn length_of(bytes: &[u8], most: usize) -> usize {
  let end = bytes.iter().take(most).position(|byte| byte & 0x80 == 0);
  end.map_or(0, |last| last + 1)
}

/// The index that bytes begin with, and its length.
#[inline]
pub(crate) fn index(bytes: &[u8]) -> Option<(u32, usize)> {
  match bytes {
    [byte @ 0..0x80, ..] => Some(((*byte).into(), 1)),
    _ => longer_index(bytes),
  }
}

fn longer_index(bytes: &[u8]) -> Option<(u32, usize)> {
  let length = number(bytes, is_unsigned_end);
  let index = bytes[..length].iter().rev().fold(0, |index, byte| index << 7 | u32::from(byte & 0x7f));
  (length > 0).then_some((index, length))
}

#[cfg(test)]
mod tests {
  use wasmparser::BinaryReader;
  use wasmparser::OperatorsReader;

  use super::*;
  use crate::durations::Duration;
  use crate::meaning::Meanings;
  use crate::straight::Flow;
  use crate::summary::Effects;

  /// Ways in which the rest of an instruction may be written.
  const RESTS: [&[u8]; 16] = [
    &[0; 10],
    &[5; 10],
    &[0x1f, 0x83, 0x80, 0x00, 0, 0, 0, 0, 0, 0],
    &[0x80, 0x80, 0x80, 0x80, 0x00, 0, 0, 0, 0, 0],
    &[0xff; 10],
    &[0x83, 0x05, 0, 0, 0, 0, 0, 0, 0, 0],
    &[0x40, 0x01, 0x02, 0, 0, 0, 0, 0, 0, 0],
    &[0x2a],
    &[0x81, 0x80, 0x80, 0x80, 0x0f, 0, 0, 0, 0, 0],
    &[0x81, 0x80, 0x80, 0x80, 0x10, 0, 0, 0, 0, 0],
    &[0x81, 0x80, 0x80, 0x80, 0x07, 0, 0, 0, 0, 0],
    &[0x81, 0x80, 0x80, 0x80, 0x08, 0, 0, 0, 0, 0],
    &[0x81, 0x80, 0x80, 0x80, 0x77, 0, 0, 0, 0, 0],
    &[0x81, 0x80, 0x80, 0x80, 0x78, 0, 0, 0, 0, 0],
    &[0x02, 0x81, 0x80, 0x80, 0x80, 0x0f, 0, 0, 0, 0],
    &[0x02, 0x81, 0x80, 0x80, 0x80, 0x1f, 0, 0, 0, 0],
  ];

  #[test]
  fn what_is_gone_past_means_nothing() {
    let mut plain = 0;
    for first in 0..=255_u8 {
      for rest in RESTS {
        let code = [&[first][..], rest].concat();
        let run = Run::of(&code, u32::MAX, true);
        let mut operators = OperatorsReader::new(BinaryReader::new(&code, 0));
        for _ in 0..run.instructions {
          let at = operators.original_position() as u32;
          let mut meanings = Meanings::new(Effects::default(), 0);
          operators.visit_operator(&mut meanings).expect("it is an instruction");
          let meaning = meanings.last;
          assert_eq!((meaning.duration, meaning.flow), (Duration::Short, Flow::On), "{code:x?}");
          assert!(
            meaning.referenced.is_none() && meaning.moves.is_none() && meaning.uses.global.is_none(),
            "{code:x?}"
          );
          assert!(matches!(meaning.uses.memory, None | Some(0)), "{code:x?}");
          assert_eq!(meanings.effects, Effects::default(), "{code:x?}");
          assert!(meaning.uses.local.map(|local| (local, at)) <= run.largest_local, "{code:x?}");
          plain += 1;
        }
        assert_eq!(operators.original_position() as u32, run.bytes, "{code:x?}");
      }
    }
    assert!(plain > 500, "{plain}");
  }

  #[test]
  fn a_run_ends_where_something_else_begins() {
    let code = [0x20, 0x05, 0x41, 0xff, 0x00, 0x6a, 0x28, 0x02, 0x10, 0x21, 0x85, 0x80, 0x00, 0x0b];
    let run = Run { bytes: 13, instructions: 5, largest_local: Some((5, 9)) };
    assert_eq!(Run::of(&code, u32::MAX, true), run);
    // Before what is cut off, before more than may be, and where there is no memory.
    assert_eq!(Run::of(&code[..12], u32::MAX, true).bytes, 9);
    assert_eq!(Run::of(&code, 12, true).bytes, 9);
    assert_eq!(Run::of(&code, u32::MAX, false).bytes, 6);
    assert_eq!(Run::of(&[0x10, 0], u32::MAX, true), Run::default());
  }
}
