//! Markdown to HTML for scripts: CommonMark by pulldown-cmark, with tables and footnotes.

use plugin_api::Interface;
use plugin_api::Op;
use plugin_api::OpError;
use plugin_api::ZeroCopyBuf;
use plugin_api::op;

use crate::document::Document;
use crate::document::Extensions;

mod document;

plugin_api::plugin!();

/// Registers the ops.
// SAFETY: plugbay's name for the init function of a plugin.
#[unsafe(no_mangle)]
pub fn deno_plugin_init(interface: &mut dyn Interface) {
  interface.register_op("render", render);
  interface.register_op("renderBytes", op_render_bytes);
}

/// The HTML of a text: `render("# Title")` is `"<h1>Title</h1>\n"`. `render({ text, strikethrough: true })` chooses
/// what to read beyond CommonMark.
#[op]
fn render(document: Document) -> String {
  document::to_html(document.text(), document.extensions())
}

/// `renderBytes(utf8)` is the HTML as UTF-8, with the extensions that `render` has unless told otherwise.
fn op_render_bytes(interface: &mut dyn Interface, buffers: &mut [ZeroCopyBuf]) -> Op {
  match render_bytes(buffers) {
    Ok(html) => Op::Sync(html.into_bytes().into()),
    Err(error) => {
      interface.fail(error);
      Op::Sync(Box::default())
    }
  }
}

/// # Errors
///
/// A `TypeError` unless there is exactly one buffer, and when its bytes are not UTF-8.
fn render_bytes<T: AsRef<[u8]>>(buffers: &[T]) -> Result<String, OpError> {
  let [buffer] = buffers else {
    let message = format!("renderBytes wants one buffer with the text, got {}", buffers.len());
    return Err(OpError::new("TypeError", message).with_code("ERR_MARKDOWN_BUFFERS"));
  };
  let text = str::from_utf8(buffer.as_ref()).map_err(|error| {
    let message = format!("the text is not UTF-8: the byte at index {} begins no character", error.valid_up_to());
    OpError::new("TypeError", message).with_code("ERR_MARKDOWN_UTF8")
  })?;
  Ok(document::to_html(text, Extensions::default()))
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn bytes_render_as_text_does() {
    assert_eq!(render_bytes(&["## Café ☕"]).unwrap(), "<h2>Café ☕</h2>\n");
    assert_eq!(render_bytes(&[""]).unwrap(), "");
  }

  #[test]
  fn bytes_that_are_not_utf_8_are_refused_with_their_place() {
    let error = render_bytes(&[b"ok \xff\xfe"]).unwrap_err();
    assert_eq!((error.class(), error.code()), ("TypeError", Some("ERR_MARKDOWN_UTF8")));
    assert_eq!(error.to_string(), "the text is not UTF-8: the byte at index 3 begins no character");
  }

  #[test]
  fn any_other_number_of_buffers_than_one_is_refused() {
    for buffers in [&[][..], &["a", "b"]] {
      let error = render_bytes(buffers).unwrap_err();
      assert_eq!((error.class(), error.code()), ("TypeError", Some("ERR_MARKDOWN_BUFFERS")));
    }
  }
}
