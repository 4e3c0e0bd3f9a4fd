//! A route: which paths it takes, and what of them it names.

use std::cmp::Ordering;

/// A route, taken apart. A path is compared as it is sent, percent signs and all; slashes at its beginning and end do
/// not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoutePattern {
  segments: Vec<Segment>,
  /// Whether anything may follow.
  wildcard: bool,
}

/// What stands between two slashes: never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Segment {
  pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
  /// Text, with the dots beside it.
  Literal(String),
  /// Whatever is there, as far as the next dot if a literal follows.
  Parameter(String),
}

impl RoutePattern {
  /// Takes every path.
  pub(crate) const ANY: Self = Self { segments: Vec::new(), wildcard: true };

  /// Reads a route: `/shop/:id`, `/shop/:name.:kind`, or with `/...` (once `/*`) at its end for all that may follow.
  ///
  /// # Errors
  ///
  /// What is wrong with it.
  pub fn parse(route: &str) -> Result<Self, String> {
    let path = route.strip_prefix('/').unwrap_or(route);
    let (path, wildcard) = match wildcard_of(path) {
      Some(prefix) => (prefix, true),
      None => (path, false),
    };
    let segments =
      path.split('/').filter(|text| !text.is_empty()).map(Segment::parse).collect::<Result<Vec<_>, _>>()?;
    let names: Vec<&str> = segments.iter().flat_map(Segment::names).collect();
    if let Some(twice) = names.iter().enumerate().find(|(index, name)| names[..*index].contains(name)) {
      return Err(format!("it has two parameters `{}`", twice.1));
    }
    Ok(Self { segments, wildcard })
  }

  /// Whether it takes one path alone.
  pub(crate) fn is_literal(&self) -> bool {
    !self.wildcard && self.segments.iter().all(|segment| segment.names().next().is_none())
  }

  /// Whether both take the same paths.
  pub(crate) fn same_shape(&self, other: &Self) -> bool {
    let same = |one: (&Segment, &Segment)| one.0.same_shape(one.1);
    self.wildcard == other.wildcard
      && self.segments.len() == other.segments.len()
      && self.segments.iter().zip(&other.segments).all(same)
  }

  /// Which of two that take the same path is asked first: text before parameters before what may follow.
  pub(crate) fn before(&self, other: &Self) -> Ordering {
    let segments = self.segments.iter().zip(&other.segments);
    let first = segments.map(|(one, other)| other.rank().cmp(&one.rank())).find(|order| order.is_ne());
    first.unwrap_or_else(|| match self.segments.len().cmp(&other.segments.len()) {
      Ordering::Equal => self.wildcard.cmp(&other.wildcard),
      // The shorter one goes on with a wildcard, or the two never take the same path.
      shorter => shorter.reverse(),
    })
  }

  /// What follows the route in a path that it takes; empty without a wildcard.
  pub(crate) fn takes<'p>(&self, path: &'p str) -> Option<&'p str> {
    let mut rest = path.trim_start_matches('/');
    // All that is before the slash that the rest begins with.
    let mut done = (path.len() - rest.len()).saturating_sub(1);
    let mut first = true;
    for segment in &self.segments {
      if !first {
        rest = rest.strip_prefix('/')?;
      }
      first = false;
      if rest.is_empty() {
        return None;
      }
      let text = &rest[..rest.find('/').unwrap_or(rest.len())];
      if !segment.takes(text) {
        return None;
      }
      rest = &rest[text.len()..];
      done = path.len() - rest.len();
    }
    match self.wildcard {
      true => Some(&path[done..]),
      false => rest.trim_end_matches('/').is_empty().then_some(""),
    }
  }

  /// The parameters of a path that it takes, in the order of the route.
  pub(crate) fn parameters<'r, 'p>(&'r self, path: &'p str) -> impl Iterator<Item = (&'r str, &'p str)> {
    let segments = self.segments.iter().zip(path.trim_start_matches('/').split('/'));
    segments.flat_map(|(segment, text)| {
      segment.split(text).filter_map(|(piece, value)| match piece {
        Piece::Parameter(name) => Some((name.as_str(), value?)),
        Piece::Literal(_) => None,
      })
    })
  }
}

/// What is before a wildcard, without the slash at the beginning of the route.
fn wildcard_of(path: &str) -> Option<&str> {
  if matches!(path, "..." | "*") { Some("") } else { path.strip_suffix("/...").or_else(|| path.strip_suffix("/*")) }
}

/// A route without the wildcard at its end, as a component is told of it.
pub(crate) fn prefix_of(route: &str) -> &str {
  route.strip_suffix("/...").unwrap_or(route)
}

impl Segment {
  fn parse(text: &str) -> Result<Self, String> {
    if text == "..." || text.starts_with('*') {
      return Err(format!("`{text}` stands only at the end"));
    }
    let mut pieces: Vec<Piece> = Vec::new();
    for (index, part) in text.split('.').enumerate() {
      let dot = if index > 0 { "." } else { "" };
      match part.strip_prefix(':') {
        None => match pieces.last_mut() {
          Some(Piece::Literal(literal)) => literal.extend([dot, part]),
          _ => pieces.push(Piece::Literal(format!("{dot}{part}"))),
        },
        Some("") => return Err("a `:` has no name after it".to_owned()),
        Some(name) => {
          if let Some(wrong) =
            name.chars().find(|letter| !letter.is_ascii_alphanumeric() && !matches!(letter, '-' | '_'))
          {
            return Err(format!("the parameter `{name}` has `{wrong}` in its name"));
          }
          match pieces.last_mut() {
            Some(Piece::Literal(literal)) => literal.push_str(dot),
            _ if index > 0 => pieces.push(Piece::Literal(dot.to_owned())),
            _ => {}
          }
          pieces.push(Piece::Parameter(name.to_owned()));
        }
      }
    }
    Ok(Self { pieces })
  }

  fn names(&self) -> impl Iterator<Item = &str> {
    self.pieces.iter().filter_map(|piece| match piece {
      Piece::Parameter(name) => Some(name.as_str()),
      Piece::Literal(_) => None,
    })
  }

  /// The higher the more exact.
  fn rank(&self) -> usize {
    match self.pieces.as_slice() {
      [Piece::Literal(_)] => usize::MAX,
      pieces => pieces.len(),
    }
  }

  fn same_shape(&self, other: &Self) -> bool {
    let same = |pieces: (&Piece, &Piece)| match pieces {
      (Piece::Literal(one), Piece::Literal(other)) => one == other,
      (Piece::Parameter(_), Piece::Parameter(_)) => true,
      _ => false,
    };
    self.pieces.len() == other.pieces.len() && self.pieces.iter().zip(&other.pieces).all(same)
  }

  fn takes(&self, text: &str) -> bool {
    let mut length = 0;
    for (_, value) in self.split(text) {
      match value {
        Some(value) => length += value.len(),
        None => return false,
      }
    }
    length == text.len()
  }

  /// Each piece and what of the text is its; None where it does not fit.
  fn split<'s, 'p>(&'s self, text: &'p str) -> impl Iterator<Item = (&'s Piece, Option<&'p str>)> {
    let mut rest = Some(text);
    self.pieces.iter().enumerate().map(move |(index, piece)| {
      let value = rest.and_then(|text| match piece {
        Piece::Literal(literal) => text.starts_with(literal.as_str()).then(|| &text[..literal.len()]),
        // Whatever follows a parameter begins with a dot.
        Piece::Parameter(_) if index + 1 < self.pieces.len() => text.find('.').map(|dot| &text[..dot]),
        Piece::Parameter(_) => Some(text),
      });
      rest = rest.zip(value).map(|(text, value)| &text[value.len()..]);
      (piece, value)
    })
  }
}
