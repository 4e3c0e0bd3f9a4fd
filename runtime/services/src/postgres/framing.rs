//! How large a message of a PostgreSQL server is, while it comes.

use crate::servers::Framing;
use crate::servers::Unread;

/// Of a message: its kind, and how long it is without that.
const HEADER: usize = 5;
/// The kind of a message that says a setting of the server's, which the crate tokio-postgres keeps.
const SETTING: u8 = b'S';
/// Bytes of all settings.
const SETTINGS: usize = 1 << 20;
/// What a setting takes besides its bytes.
const ENTRY: usize = 128;

/// The messages of a connection, of which each may have so many bytes.
pub(crate) struct Messages {
  most: usize,
  settings: usize,
  part: Part,
}

/// What comes next.
enum Part {
  /// Whether the server speaks TLS.
  Agreement,
  /// TLS, which somebody else speaks.
  Tls,
  Header {
    bytes: [u8; HEADER],
    length: usize,
  },
  /// So many bytes of a message.
  Rest(usize),
}

const BEGINNING: Part = Part::Header { bytes: [0; HEADER], length: 0 };

impl Messages {
  pub(crate) fn new(most: usize) -> Self {
    Self { most, settings: 0, part: BEGINNING }
  }

  /// Where the server is asked first whether it speaks TLS.
  pub(crate) fn after_agreement(most: usize) -> Self {
    Self { part: Part::Agreement, ..Self::new(most) }
  }

  /// Where TLS is spoken at once.
  pub(crate) fn by_tls(most: usize) -> Self {
    Self { part: Part::Tls, ..Self::new(most) }
  }

  fn begin(&mut self, [kind, length @ ..]: [u8; HEADER]) -> Result<Part, Unread> {
    let length = usize::try_from(i32::from_be_bytes(length)).map_err(|_| Unread::Malformed)?;
    let rest = length.checked_sub(HEADER - 1).ok_or(Unread::Malformed)?;
    if length > self.most {
      return Err(Unread::TooLarge(self.most));
    }
    if kind == SETTING {
      self.settings += length + ENTRY;
      if self.settings > SETTINGS {
        return Err(Unread::TooLarge(SETTINGS));
      }
    }
    Ok(if rest == 0 { BEGINNING } else { Part::Rest(rest) })
  }
}

impl Framing for Messages {
  fn take(&mut self, mut bytes: &[u8]) -> Result<(), Unread> {
    while let Some((&first, rest)) = bytes.split_first() {
      match &mut self.part {
        Part::Tls => return Ok(()),
        Part::Agreement => {
          self.part = if first == b'S' { Part::Tls } else { BEGINNING };
          bytes = rest;
        }
        Part::Header { bytes: header, length } => {
          header[*length] = first;
          *length += 1;
          bytes = rest;
          if *length == HEADER {
            let header = *header;
            self.part = self.begin(header)?;
          }
        }
        Part::Rest(left) => {
          let length = (*left).min(bytes.len());
          *left -= length;
          bytes = &bytes[length..];
          if *left == 0 {
            self.part = BEGINNING;
          }
        }
      }
    }
    Ok(())
  }
}

#[cfg(test)]
mod tests {
  use super::*;

  fn message(kind: u8, length: usize) -> Vec<u8> {
    let mut message = vec![kind];
    message.extend((length as u32 + 4).to_be_bytes());
    message.extend(vec![b'x'; length]);
    message
  }

  fn take(mut messages: Messages, bytes: &[u8], piece: usize) -> Result<(), Unread> {
    bytes.chunks(piece).try_for_each(|piece| messages.take(piece))
  }

  #[test]
  fn messages_follow_one_another() {
    let bytes = [message(b'D', 900), message(b'Z', 0), message(b'C', 996)].concat().repeat(10);
    for piece in [1, 4, 10_000] {
      assert_eq!(take(Messages::new(1000), &bytes, piece), Ok(()));
      assert_eq!(take(Messages::after_agreement(1000), &[b"N", &*bytes].concat(), piece), Ok(()));
    }
  }

  #[test]
  fn what_is_announced_is_refused_before_it_comes() {
    for (header, why) in [
      (&b"D\0\0\x03\xe9"[..], Unread::TooLarge(1000)),
      (b"D\x7f\xff\xff\xff", Unread::TooLarge(1000)),
      (b"D\xff\xff\xff\xff", Unread::Malformed),
      (b"D\0\0\0\x03", Unread::Malformed),
    ] {
      assert_eq!(take(Messages::new(1000), header, 2), Err(why), "{header:?}");
      // What is TLS is measured by who speaks it.
      assert_eq!(take(Messages::after_agreement(1000), &[b"S", header].concat(), 2), Ok(()));
      assert_eq!(take(Messages::by_tls(1000), header, 2), Ok(()));
    }
  }

  #[test]
  fn settings_have_an_end() {
    let settings = message(b'S', 900).repeat(1000);
    assert_eq!(take(Messages::new(1000), &settings, 1000), Ok(()));
    assert_eq!(take(Messages::new(1000), &settings.repeat(2), 1000), Err(Unread::TooLarge(SETTINGS)));
  }
}
