//! How large a reply of Redis is, while it comes: RESP 2 and 3, as the crate redis reads them. What that would read
//! otherwise is refused, so that both see the same replies.

use redis::Value;

use crate::servers::Framing;
use crate::servers::Unread;

/// What a value takes besides its bytes.
const VALUE: usize = size_of::<Value>();
/// Bytes of a line: whoever reads it looks for its end from its beginning, each time that more of it is there.
const LINE: usize = 64 << 10;
/// Bytes of a line that says how much follows.
const NUMBER: usize = 24;

/// The replies of a connection, of which each may take so much memory.
pub(crate) struct Replies {
  most: usize,
  /// What is left of that.
  left: usize,
  /// Values of the reply that have not ended.
  values: usize,
  part: Part,
}

/// What comes next.
enum Part {
  /// The kind of a value.
  Kind,
  /// The rest of the line that a value begins with, of which the beginning is kept.
  Line { kind: u8, length: usize, beginning: Vec<u8>, last: u8 },
  /// So many bytes of a value.
  Bytes(usize),
}

impl Replies {
  pub(crate) fn new(most: usize) -> Self {
    Self { most, left: most, values: 0, part: Part::Kind }
  }

  fn charge(&mut self, bytes: usize) -> Result<(), Unread> {
    self.left = self.left.checked_sub(bytes).ok_or(Unread::TooLarge(self.most))?;
    Ok(())
  }

  /// So many values are a part of the reply.
  fn begin(&mut self, count: usize) -> Result<(), Unread> {
    self.charge(count.checked_mul(VALUE).ok_or(Unread::TooLarge(self.most))?)?;
    self.values += count;
    Ok(())
  }

  /// The line that a value begins with is there: gives what follows.
  fn after_line(&mut self, kind: u8, line: &[u8]) -> Result<Part, Unread> {
    let several = match kind {
      b'$' | b'!' | b'=' => {
        let Some(length) = number(line)? else {
          // Only a string may be none.
          return if kind == b'$' { self.end_value() } else { Err(Unread::Malformed) };
        };
        self.charge(length)?;
        // The line break behind it.
        return Ok(Part::Bytes(length + 2));
      }
      b'*' | b'~' | b'>' => number(line)?.unwrap_or_default(),
      b'%' => number(line)?.ok_or(Unread::Malformed)?.saturating_mul(2),
      // What it says something of follows.
      b'|' => number(line)?.ok_or(Unread::Malformed)?.saturating_mul(2).saturating_add(1),
      _ => 0,
    };
    self.begin(several)?;
    self.end_value()
  }

  fn end_value(&mut self) -> Result<Part, Unread> {
    self.values -= 1;
    Ok(Part::Kind)
  }
}

impl Framing for Replies {
  fn take(&mut self, mut bytes: &[u8]) -> Result<(), Unread> {
    while let Some((&first, rest)) = bytes.split_first() {
      match &mut self.part {
        Part::Kind => {
          if self.values == 0 {
            self.left = self.most;
            self.begin(1)?;
          }
          if !b"+-:_,#($!=*~>%|".contains(&first) {
            return Err(Unread::Malformed);
          }
          self.part = Part::Line { kind: first, length: 0, beginning: Vec::new(), last: 0 };
          bytes = rest;
        }
        Part::Line { kind, length, beginning, last } => {
          if *length == LINE {
            return Err(Unread::TooLarge(LINE));
          }
          *length += 1;
          if *last == b'\r' && first == b'\n' {
            let (kind, line) = (*kind, std::mem::take(beginning));
            self.part = self.after_line(kind, &line)?;
          } else {
            *last = first;
            if beginning.len() < NUMBER {
              beginning.push(first);
            }
            self.charge(1)?;
          }
          bytes = rest;
        }
        Part::Bytes(left) => {
          let length = (*left).min(bytes.len());
          *left -= length;
          bytes = &bytes[length..];
          if *left == 0 {
            self.part = self.end_value()?;
          }
        }
      }
    }
    Ok(())
  }
}

/// How much follows; nothing where a negative number says that there is none.
fn number(line: &[u8]) -> Result<Option<usize>, Unread> {
  // One that is too long has no end here.
  let line = line.strip_suffix(b"\r").ok_or(Unread::Malformed)?;
  let (is_negative, digits) = line.strip_prefix(b"-").map_or((false, line), |digits| (true, digits));
  let digits = std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
  let number = digits.and_then(|digits| digits.parse::<i64>().ok()).ok_or(Unread::Malformed)?;
  match is_negative {
    true if number == 0 => Err(Unread::Malformed),
    true => Ok(None),
    false => Ok(usize::try_from(number).ok()),
  }
}

#[cfg(test)]
mod tests {
  use super::*;

  const MOST: usize = 1 << 20;

  /// What is made of something that comes in pieces of this length.
  fn taken(bytes: &[u8], piece: usize) -> Result<Replies, Unread> {
    let mut replies = Replies::new(MOST);
    bytes.chunks(piece).try_for_each(|piece| replies.take(piece)).map(|()| replies)
  }

  #[test]
  fn replies_end_where_the_crate_has_them_end() {
    for reply in [
      &b"+OK\r\n"[..],
      b"-ERR no\r\n",
      b":1\r\n",
      b"$3\r\na\r\n\r\n",
      b"$0\r\n\r\n",
      b"$-1\r\n",
      b"*-1\r\n",
      b"*0\r\n",
      b"*2\r\n*1\r\n:1\r\n$1\r\nx\r\n",
      b"%1\r\n+a\r\n*1\r\n_\r\n",
      b"|1\r\n+a\r\n+b\r\n:7\r\n",
      b"~2\r\n#t\r\n,1.5\r\n",
      b">2\r\n+message\r\n(12345678901234567890\r\n",
      b"=6\r\ntxt:ab\r\n",
      b"!5\r\nERR a\r\n",
      b"+a\rb\r\n",
    ] {
      assert!(redis::parse_redis_value(reply).is_ok(), "{}", reply.escape_ascii());
      for piece in [1, 3, 100] {
        for end in 1..reply.len() {
          let replies = taken(&reply[..end], piece).expect("it is none yet");
          assert!(replies.values > 0, "{}", reply[..end].escape_ascii());
        }
        let replies = taken(&reply.repeat(3), piece).expect("they are replies");
        assert_eq!(replies.values, 0, "{}", reply.escape_ascii());
      }
    }
  }

  #[test]
  fn what_is_announced_is_refused_before_it_comes() {
    for beginning in [
      &b"$1048577\r\n"[..],
      b"$9223372036854775807\r\n",
      b"!1048577\r\n",
      b"*1048577\r\n",
      b"*9223372036854775807\r\n",
      b"%9223372036854775807\r\n",
      b"|9223372036854775807\r\n",
      b">1000000\r\n",
      b"*2\r\n$600000\r\n",
    ] {
      let mut bytes = beginning.to_vec();
      if beginning.starts_with(b"*2") {
        bytes.resize(bytes.len() + 600_000, b'x');
        bytes.extend(b"\r\n$600000\r\n");
      }
      assert_eq!(taken(&bytes, 1000).err(), Some(Unread::TooLarge(MOST)), "{}", beginning.escape_ascii());
    }
    assert_eq!(taken(&b"+".repeat(100_000), 1000).err(), Some(Unread::TooLarge(LINE)));
    let deep = b"*1\r\n".repeat(100_000);
    assert_eq!(taken(&deep, 1000).err(), Some(Unread::TooLarge(MOST)));
    // Of replies that follow one another each has as much.
    let replies = [b"$600000\r\n".to_vec(), vec![b'x'; 600_000], b"\r\n".to_vec()].concat().repeat(5);
    assert!(taken(&replies, 4096).is_ok());
  }

  #[test]
  fn what_the_crate_might_read_otherwise_is_refused() {
    for bytes in
      [&b"\xff"[..], b"$+5\r\n", b"$ 5\r\n", b"$\r\n", b"*1e3\r\n", b"$?\r\n", b"%-1\r\n", b"!-1\r\n", b"$-0\r\n"]
    {
      assert_eq!(taken(bytes, 1).err(), Some(Unread::Malformed), "{}", bytes.escape_ascii());
    }
    let long = [b"$".to_vec(), b"0".repeat(100), b"5\r\n".to_vec()].concat();
    assert_eq!(taken(&long, 7).err(), Some(Unread::Malformed));
  }
}
