//! What a module of JavaScript exports, as far as its text tells: nothing of it runs.

/// A piece of a module's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'t> {
  Word(&'t str),
  Mark(char),
}

/// Whether a module may export a function of that name, by itself or as a part of its default export. Only where it
/// surely does not, the answer is no.
pub(crate) fn may_export(source: &str, name: &str) -> bool {
  let tokens = tokens(source);
  let pairs = || tokens.windows(2).map(|pair| [pair[0], pair[1]]);
  // What other modules have is theirs to say.
  let has_others = pairs().any(|pair| pair == [Token::Word("export"), Token::Mark('*')])
    || tokens.windows(3).any(|three| three == [Token::Mark('.'); 3])
    || pairs().any(|[one, other]| one == Token::Word("export") && other == Token::Word("default"))
      && !makes_default(&tokens);
  has_others || (0..tokens.len()).any(|at| tokens[at] == Token::Word(name) && names(&tokens, at))
}

/// Whether the default export is made of what stands there: an object, a class or a name of this module's own.
fn makes_default(tokens: &[Token<'_>]) -> bool {
  let at = tokens.windows(2).position(|pair| pair == [Token::Word("export"), Token::Word("default")]);
  match at.and_then(|at| tokens.get(at + 2)) {
    Some(Token::Mark('{')) => true,
    Some(Token::Word(word)) => {
      let declares =
        |pair: &[Token<'_>]| matches!(pair[0], Token::Word("const" | "let" | "var")) && pair[1] == Token::Word(word);
      tokens.windows(2).any(declares)
        && tokens.windows(4).any(|four| declares(four) && four[2] == Token::Mark('=') && four[3] == Token::Mark('{'))
    }
    _ => false,
  }
}

/// Whether the word at that place may name a function or a key, and not only use one.
fn names(tokens: &[Token<'_>], at: usize) -> bool {
  let before = at.checked_sub(1).and_then(|at| tokens.get(at)).copied();
  let is_named = matches!(
    before,
    None
      | Some(
        Token::Word("async" | "function" | "const" | "let" | "var" | "as" | "get")
          | Token::Mark('{' | ',' | '*' | '}' | ';' | '[')
      )
  );
  is_named && matches!(tokens.get(at + 1), Some(Token::Mark('(' | ':' | '=' | ',' | '}' | ']')))
}

/// Words and marks; nothing of comments and of texts but the names in quotes that keys may be.
fn tokens(source: &str) -> Vec<Token<'_>> {
  let mut tokens = Vec::new();
  let mut rest = source;
  while let Some(first) = rest.chars().next() {
    let is_of_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
    let length = match first {
      '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
      '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
      '"' | '\'' => {
        let length = quoted(rest, first);
        let text = rest.get(1..length.saturating_sub(1)).unwrap_or_default();
        if !text.is_empty() && text.chars().all(is_of_word) {
          tokens.push(Token::Word(text));
        }
        length
      }
      _ if is_of_word(first) => {
        let length = rest.find(|c| !is_of_word(c)).unwrap_or(rest.len());
        tokens.push(Token::Word(&rest[..length]));
        length
      }
      _ => {
        if !first.is_whitespace() {
          tokens.push(Token::Mark(first));
        }
        first.len_utf8()
      }
    };
    rest = &rest[length..];
  }
  tokens
}

/// The length of a text with its quotes, on one line.
fn quoted(text: &str, quote: char) -> usize {
  let mut is_escaped = false;
  for (at, c) in text.char_indices().skip(1) {
    match c {
      '\n' => return at,
      _ if is_escaped => is_escaped = false,
      '\\' => is_escaped = true,
      _ if c == quote => return at + 1,
      _ => {}
    }
  }
  text.len()
}

#[cfg(test)]
mod tests {
  use super::may_export;

  #[test]
  fn what_may_be_exported_is_not_denied() {
    for source in [
      "export default { async fetch(request) {} }",
      "export default { fetch: (request) => 1 }",
      "export default { \"fetch\"(request) {} }",
      "export default { fetch }; import { fetch } from './a.js';",
      "export async function fetch(request) {}",
      "export const fetch = () => {};",
      "const handler = { redis() {}, fetch() {} }; export default handler;",
      "function answer() {} export { answer as fetch };",
      "export * from './handler.js';",
      "import handler from './handler.js'; export default handler;",
      "export default make();",
      "export default { ...others };",
      "const a = { ['fetch'](r) {} }; export default a;",
      "function f() {} f.fetch = f; export default f;",
    ] {
      assert!(may_export(source, "fetch"), "{source}");
    }
  }

  #[test]
  fn what_is_not_there_is_denied() {
    for source in [
      "export default { async redis(message) { await fetch('http://a'); } }",
      "export default { /* fetch(request) {} */ redis() {} } // fetch() {}",
      "const text = 'fetch(request) {}'; export function redis() { return fetch(text); }",
      "const handler = { redis() {} }; export default handler;",
      "",
      "'unterminated",
      "/* unterminated",
    ] {
      assert!(!may_export(source, "fetch"), "{source}");
    }
  }
}
