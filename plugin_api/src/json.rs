//! Ops that take and give JSON: what `#[json_op]` makes of a function.
//!
//! `Deno.core.dispatch` passes JSON text. `plugin.ops` passes the same values in the wire format, which is faster: for
//! that such an op has a signature, as the ops of [`typed`] have.

use std::future::Future;

use plugin_abi as abi;
use serde::Deserialize;
use serde::Serialize;

use crate::Interface;
use crate::OpError;
use crate::ZeroCopyBuf;
use crate::answer::Answer;
use crate::error::AnyError;
use crate::instance::Instance;
use crate::outcome::Done;
use crate::outcome::DoneFuture;
use crate::outcome::Started;
use crate::typed;
use crate::typed::Arguments;
use crate::typed::Call;
use crate::typed::FastCall;
use crate::typed::Parameter;
use crate::typed::Signature;
use crate::typed::Stopped;
use plugin_abi::errors;
use plugin_wire as wire;
use plugin_wire::Flavour;

/// A function under `#[json_op]` returns this in place of what it did, for
/// [`register_op`](trait.Interface.html#method.register_op) to take.
pub struct JsonOp {
  pub(crate) signature: Signature,
  /// What the function calls its argument.
  argument: &'static str,
  code: JsonCode,
  /// Whether the function takes the Interface.
  has_interface: bool,
}

enum JsonCode {
  Sync(Box<SyncCode>),
  Async(Box<AsyncCode>),
}

type SyncCode =
  dyn Fn(&mut dyn Interface, JsonArgument<'_>, &mut [ZeroCopyBuf], &mut Answered<'_>) -> Result<(), OpError>;
type AsyncCode = dyn Fn(OwnedArgument, Vec<ZeroCopyBuf>) -> DoneFuture;

impl JsonOp {
  /// For `#[json_op] fn`.
  #[doc(hidden)]
  pub fn new<U: Serialize>(
    argument: &'static str,
    function: impl Fn(&mut dyn Interface, JsonArgument<'_>, &mut [ZeroCopyBuf]) -> Result<U, AnyError> + 'static,
  ) -> Self {
    let code =
      move |interface: &mut dyn Interface,
            argument: JsonArgument<'_>,
            buffers: &mut [ZeroCopyBuf],
            answered: &mut Answered<'_>| answered.write(&function(interface, argument, buffers)?);
    Self { signature: signature(argument, false), argument, code: JsonCode::Sync(Box::new(code)), has_interface: false }
  }

  /// For `#[json_op] async fn`.
  #[doc(hidden)]
  pub fn new_async<U: Serialize, F: Future<Output = Result<U, AnyError>> + 'static>(
    argument: &'static str,
    function: impl Fn(OwnedArgument, Vec<ZeroCopyBuf>) -> F + 'static,
  ) -> Self {
    let code = move |argument: OwnedArgument, buffers: Vec<ZeroCopyBuf>| -> DoneFuture {
      let mut answered = argument.answered();
      let future = function(argument, buffers);
      Box::pin(async move {
        answered.write(&future.await?)?;
        Ok(Done::Bytes(answered.into()))
      })
    };
    Self { signature: signature(argument, true), argument, code: JsonCode::Async(Box::new(code)), has_interface: false }
  }

  /// With what people read of it, and whether the function takes the Interface.
  #[doc(hidden)]
  pub fn described(
    mut self,
    documentation: &'static str,
    argument_type: String,
    result_type: String,
    declarations: String,
    has_interface: bool,
  ) -> Self {
    self.has_interface = has_interface;
    self.signature.documentation = documentation;
    self.signature.parameters[0].type_ = argument_type;
    self.signature.result_type = result_type;
    self.signature.declarations = declarations;
    self
  }

  /// Whether V8 may call it directly. With the Interface an op registers others, which the host shows to JavaScript
  /// when a call is done: not on that path.
  pub(crate) fn has_fast_path(&self) -> bool {
    matches!(self.code, JsonCode::Sync(_)) && !self.has_interface
  }

  /// A call with JSON text in the first buffer.
  pub(crate) fn call_text(&self, interface: &mut dyn Interface, buffers: &mut [ZeroCopyBuf]) -> Answer {
    let (text, buffers) = match buffers.split_first_mut() {
      Some((text, rest)) => (&**text, rest),
      None => (&[][..], &mut [][..]),
    };
    match &self.code {
      JsonCode::Sync(code) => {
        let mut answered = Answered::Text(Vec::new());
        let result = code(interface, JsonArgument::Text(text), buffers, &mut answered);
        Answer::Sync(result.map(|()| answered.into_bytes()))
      }
      // A copy: the script can write its own buffer while the future borrows from the text.
      JsonCode::Async(code) => Answer::Async(code(OwnedArgument::Text(text.to_vec()), buffers.to_vec())),
    }
  }

  /// A call on the slow path of typed ops.
  pub(crate) fn call_typed(&self, call: &Call<'_>, arguments: &mut Arguments<'_>) -> Result<Started, OpError> {
    let (argument, buffers) = (JsonArgument::Wire(self.argument, arguments.wire()), arguments.buffers());
    match &self.code {
      JsonCode::Sync(code) => {
        let mut answered = Answered::Message(Vec::new(), Some(call.instance));
        code(&mut call.host(), argument, buffers, &mut answered)?;
        Ok(Started::Done(Done::Bytes(answered.into())))
      }
      JsonCode::Async(code) => Ok(Started::Future(code(argument.to_owned(), buffers.to_vec()))),
    }
  }

  /// A call on the fast path of typed ops, without buffers. `input` begins with the argument.
  #[inline]
  pub(crate) fn call_fast(&self, call: &FastCall<'_>, input: &[u8]) -> Result<u32, Stopped> {
    let JsonCode::Sync(code) = &self.code else { unreachable!("only sync ops have a fast path") };
    let mut answered = Answered::Message(call.instance.message.take(), Some(call.instance));
    code(&mut call.host(), JsonArgument::Wire(self.argument, input), &mut [], &mut answered)?;
    call.check()?;
    match answered {
      Answered::Message(message, _) => Ok(call.give_message(message)),
      Answered::Text(_) => unreachable!("it is a message from the beginning"),
    }
  }
}

fn signature(argument: &'static str, is_async: bool) -> Signature {
  let parameter = |name, kind, is_optional| Parameter { name, kind, is_optional, type_: String::new() };
  Signature {
    parameters: vec![parameter(argument, abi::kind::VALUE, true), parameter("buffers", abi::kind::BUFFERS, false)],
    result: abi::kind::VALUE,
    is_async,
    documentation: "",
    result_type: String::new(),
    declarations: String::new(),
  }
}

/// Where an answer goes, and then the answer.
enum Answered<'a> {
  /// JSON text.
  Text(Vec<u8>),
  /// A message in the wire format, with shapes that the instance knows if it is delivered at once.
  Message(Vec<u64>, Option<&'a Instance>),
}

impl Answered<'_> {
  fn write<U: Serialize>(&mut self, answer: &U) -> Result<(), OpError> {
    match self {
      Self::Text(text) => serde_json::to_writer(text, answer)
        .map_err(|error| OpError::of_host(errors::OP_RESULT, format!("the op's answer is no JSON: {error}"))),
      Self::Message(message, instance) => typed::encode(answer, message, *instance, Flavour::Json),
    }
  }

  fn into_bytes(self) -> crate::Buf {
    match self {
      Self::Text(text) => text.into(),
      Self::Message(message, _) => ZeroCopyBuf::from_words(message).to_vec().into(),
    }
  }
}

impl From<Answered<'_>> for ZeroCopyBuf {
  fn from(answered: Answered<'_>) -> Self {
    match answered {
      Answered::Text(text) => text.into(),
      Answered::Message(message, _) => Self::from_words(message),
    }
  }
}

/// The argument of a call.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub enum JsonArgument<'a> {
  /// As JSON text. No text at all is `null`: that is a call without arguments.
  Text(&'a [u8]),
  /// As the value at the beginning of words in the wire format, with the name of the argument.
  Wire(&'static str, &'a [u8]),
}

impl<'a> JsonArgument<'a> {
  /// The argument as the type that the function wants.
  pub fn parse<T: Deserialize<'a>>(self) -> Result<T, OpError> {
    match self {
      Self::Text(text) => serde_json::from_slice(if text.is_empty() { b"null" } else { text })
        .map_err(|error| OpError::of_host(errors::OP_ARGUMENT, format!("the argument does not fit: {error}"))),
      Self::Wire(name, input) => typed::decode(input, name),
    }
  }

  fn to_owned(self) -> OwnedArgument {
    match self {
      Self::Text(text) => OwnedArgument::Text(text.to_vec()),
      Self::Wire(name, input) => OwnedArgument::Wire(name, words_of_value(input)),
    }
  }
}

/// The argument of an async op, which its future holds.
#[doc(hidden)]
pub enum OwnedArgument {
  /// As JSON text.
  Text(Vec<u8>),
  /// In the wire format.
  Wire(&'static str, Vec<u64>),
}

impl OwnedArgument {
  /// For the function to borrow from.
  pub fn borrow(&self) -> JsonArgument<'_> {
    match self {
      Self::Text(text) => JsonArgument::Text(text),
      Self::Wire(name, words) => JsonArgument::Wire(name, typed::bytes_of(words)),
    }
  }

  /// Where the answer goes: in the form that the argument came in. Not with shapes: another answer may overtake it.
  fn answered(&self) -> Answered<'static> {
    match self {
      Self::Text(_) => Answered::Text(Vec::new()),
      Self::Wire(..) => Answered::Message(Vec::new(), None),
    }
  }
}

/// A copy of the value at the beginning of `input`.
fn words_of_value(input: &[u8]) -> Vec<u64> {
  let (words, _) = input.as_chunks();
  let words = &words[..wire::length_of_value(words)];
  words.iter().copied().map(u64::from_le_bytes).collect()
}
