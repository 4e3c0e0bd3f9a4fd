//! Reads the lines of V8's stacks that are frames of WebAssembly functions.

/// What every such line has before the function's index.
const FUNCTION: &str = "wasm-function[";
/// What a module's URL starts with.
const URL: &str = "wasm://wasm/";

/// A frame of a WebAssembly function. Names in a stack hold what a module's author put there, newlines and whole lines
/// of stacks too, so a frame can be invented: its numbers have to be looked up with care.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
  /// What V8 calls the module, after `wasm://wasm/`: `1a2b3c4d`, or a name and the hash as in `crate-1a2b3c4d`. The
  /// hash tells the frames of several modules in one stack apart.
  pub module: Option<String>,
  /// The function's index as the text has it, imported functions counted. `Symbols::function_at` tells it from the
  /// offset, which is to be preferred.
  pub function_index: u32,
  /// Where in the module that V8 compiled the function was.
  pub offset: usize,
}

/// The frames of WebAssembly functions in the text of a stack, the innermost first. What does not read is left out.
#[must_use]
pub fn frames(stack: &str) -> Vec<Frame> {
  // A name with a newline splits its line. The part that counts is the end of the line, where a name cannot reach.
  stack.split('\n').filter_map(frame).collect()
}

fn frame(line: &str) -> Option<Frame> {
  let (before, place) = line.rsplit_once(FUNCTION)?;
  let place = place.trim_end_matches('\r');
  let (index, offset) = place.strip_suffix(')').unwrap_or(place).split_once("]:0x")?;
  let digits = |text: &str, radix| !text.is_empty() && text.chars().all(|digit| digit.is_digit(radix));
  if !digits(index, 10) || !digits(offset, 16) {
    return None;
  }
  let module = before.rsplit_once(URL).and_then(|(_, module)| module.strip_suffix(':')).map(str::to_owned);
  Some(Frame { module, function_index: index.parse().ok()?, offset: usize::from_str_radix(offset, 16).ok()? })
}

#[cfg(test)]
mod tests {
  use super::frames;

  fn numbers(stack: &str) -> Vec<(u32, usize)> {
    frames(stack).into_iter().map(|frame| (frame.function_index, frame.offset)).collect()
  }

  #[test]
  fn every_shape_of_a_line_is_read() {
    let stack = "RuntimeError: unreachable\n    \
      at panic (wasm://wasm/crate-1a2b3c4d:wasm-function[12]:0x1f3)\n    \
      at wasm://wasm/1a2b3c4d:wasm-function[13]:0x2F4\n    \
      at wasm-function[3]:0x05\r\n    \
      at Object.run (file:///plugin.js:3:14)\n    \
      at async file:///plugin.js:9:1";
    assert_eq!(numbers(stack), [(12, 0x1f3), (13, 0x2f4), (3, 5)]);
    let modules: Vec<_> = frames(stack).into_iter().map(|frame| frame.module).collect();
    assert_eq!(modules, [Some("crate-1a2b3c4d".to_owned()), Some("1a2b3c4d".to_owned()), None]);
  }

  #[test]
  fn names_may_hold_anything() {
    let stack = "    at a (b) wasm-function[7]:0x1 \u{1F980} (wasm://wasm/x y-00ff00ff:wasm-function[2]:0x10)\n    \
      at first\nsecond) (wasm://wasm/00ff00ff:wasm-function[4]:0x20)\n    \
      at <core::fmt::Formatter as X<'_>>::f::{{closure}} (wasm://wasm/a:wasm-function[5]:0x30)";
    assert_eq!(numbers(stack), [(2, 0x10), (4, 0x20), (5, 0x30)]);
    assert_eq!(frames(stack)[0].module.as_deref(), Some("x y-00ff00ff"));
  }

  #[test]
  fn what_does_not_read_is_left_out() {
    for line in [
      "",
      "wasm-function[",
      "wasm-function[]:0x1",
      "wasm-function[1]",
      "wasm-function[1]:0x",
      "wasm-function[1]:0x)",
      "wasm-function[+1]:0x1",
      "wasm-function[1]:0x+1",
      "wasm-function[4294967296]:0x1",
      "wasm-function[1]:0x10000000000000000",
      "wasm-function[1]:0x1))",
      "wasm-function[1]:0x1 and more",
      "wasm-function[\u{661}]:0x1",
    ] {
      assert_eq!(frames(line), [], "{line}");
    }
  }
}
