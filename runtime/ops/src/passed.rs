//! The arguments of a typed op.

use bytes::Bytes;
use plugin_abi as abi;
use plugin_abi::Argument;
use plugin_abi::OwnedBuffer;
use smallvec::SmallVec;

/// The buffers of a call; those of most calls fit here.
pub type Buffers = SmallVec<[OwnedBuffer; 4]>;

/// Arguments while they are collected, in their order, and what must stay until the call is done.
#[derive(Default)]
pub struct Passed {
  /// What [`buffers`](Self::buffers) passes on.
  pub buffers: Buffers,
  arguments: SmallVec<[Argument; 8]>,
  /// Which arguments are buffers, by the first and their number: they move until all are there.
  placed: SmallVec<[(usize, usize, usize); 4]>,
  /// Bytes that may be written, and text.
  texts: Vec<Vec<u8>>,
  /// Bytes that may not.
  shared: Vec<Bytes>,
  words: Vec<Vec<u64>>,
  /// Bytes that are lent.
  lent: usize,
}

impl Passed {
  /// A boolean, a float or an integer of at most 32 bits.
  pub fn number(&mut self, number: f64) {
    self.arguments.push(Argument { number });
  }

  /// The bits of an integer of 64.
  pub fn integer(&mut self, integer: u64) {
    self.arguments.push(Argument { integer });
  }

  /// Bytes or elements, which stay where they are until the call is done.
  pub fn lent(&mut self, bytes: abi::Slice) {
    self.lent += bytes.len;
    self.arguments.push(Argument { bytes });
  }

  /// Bytes, which the op may write.
  pub fn bytes(&mut self, mut bytes: Vec<u8>) {
    self.lent(abi::Slice { ptr: bytes.as_mut_ptr(), len: bytes.len() });
    self.texts.push(bytes);
  }

  /// Bytes that others may hold: the op reads them.
  pub fn shared(&mut self, bytes: Bytes) {
    self.lent(abi::Slice { ptr: bytes.as_ptr(), len: bytes.len() });
    self.shared.push(bytes);
  }

  /// Text, which is UTF-8.
  pub fn text(&mut self, text: Vec<u8>) {
    self.arguments.push(Argument { bytes: abi::Slice { ptr: text.as_ptr(), len: text.len() } });
    self.texts.push(text);
  }

  /// The words from the one on at which a value in the wire format begins; they stay until the call is done.
  pub fn value(&mut self, bytes: abi::Slice) {
    self.arguments.push(Argument { bytes });
  }

  /// A value, as a message in the wire format.
  pub fn message(&mut self, message: Vec<u64>) {
    let value = &message[1..];
    self.value(abi::Slice { ptr: value.as_ptr().cast(), len: size_of_val(value) });
    self.words.push(message);
  }

  /// Bytes that count as sent: not those of text and values.
  pub fn sent(&self) -> usize {
    self.lent + self.buffers.iter().map(|buffer| buffer.len()).sum::<usize>()
  }

  /// The buffers that were added from `first` on.
  pub fn buffers_from(&mut self, first: usize) {
    self.placed.push((self.arguments.len(), first, self.buffers.len() - first));
    self.arguments.push(Argument { buffers: abi::BufferSlice { ptr: std::ptr::null_mut(), len: 0 } });
  }

  /// All arguments, for one call.
  pub fn arguments(&mut self) -> &mut [Argument] {
    const _: () = assert!(size_of::<OwnedBuffer>() == size_of::<abi::Buffer>());
    let start = self.buffers.as_mut_ptr().cast::<abi::Buffer>();
    for &(index, first, len) in &self.placed {
      // OwnedBuffer is a transparent wrapper of Buffer.
      self.arguments[index] = Argument { buffers: abi::BufferSlice { ptr: start.wrapping_add(first), len } };
    }
    &mut self.arguments
  }
}
