//! Names: what they may look like, and which one was meant.

/// The one of `known` that somebody who wrote `name` may have meant.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
  let plain = |name: &str| name.to_lowercase().replace(['-', '_'], "");
  let asked = plain(name);
  known
    .into_iter()
    .map(|one| (one, plain(one)))
    .map(|(one, plain)| (strsim::osa_distance(&asked, &plain), one, asked.len().max(plain.len())))
    .filter(|(distance, _, length)| *distance <= 1.max(length / 3))
    .min_by_key(|(distance, ..)| *distance)
    .map(|(_, one, _)| one)
}

/// Names in a message: `` `a`, `b` and `c` ``.
pub(crate) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
  let quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
  match quoted.split_last() {
    None => String::new(),
    Some((last, [])) => last.clone(),
    Some((last, before)) => format!("{} and {last}", before.join(", ")),
  }
}

/// Why no component can have this name, if none can: words of small or of capital letters and digits, with `-` between
/// them. Spin has each of them begin with a letter by now; the apps of its first years have `fileserver-2`.
pub(crate) fn refused_id(name: &str) -> Option<&'static str> {
  if name.is_empty() {
    return Some("it is empty");
  }
  if name.contains('_') {
    return Some("its words are separated by `-`, not `_`");
  }
  if !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
    return Some("it begins with a letter");
  }
  for word in name.split('-') {
    if word.is_empty() {
      return Some("a `-` stands between two words");
    }
    if !word.chars().all(|letter| letter.is_ascii_alphanumeric()) {
      return Some("its words are of letters and digits");
    }
    let small = word.contains(|letter: char| letter.is_ascii_lowercase());
    if small && word.contains(|letter: char| letter.is_ascii_uppercase()) {
      return Some("its letters are small");
    }
  }
  None
}

/// Why no store can have this name, if none can: like a component's, or with `_` in place of each `-`.
pub(crate) fn refused_store(name: &str) -> Option<&'static str> {
  if name.contains('-') { refused_id(name) } else { refused_id(&name.replace('_', "-")) }
}

/// Why no variable can have this name, if none can: it must survive as an environment variable, whatever the case.
pub(crate) fn refused_variable(name: &str) -> Option<&'static str> {
  let of_variables = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
  if name.is_empty() {
    Some("it is empty")
  } else if !name.chars().all(of_variables) {
    Some("it is of small letters, digits and `_`")
  } else if !name.starts_with(|letter: char| letter.is_ascii_lowercase()) {
    Some("it begins with a letter")
  } else if name.ends_with('_') || name.contains("__") {
    Some("a `_` stands between two other characters")
  } else {
    None
  }
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn names_of_components_and_stores() {
    for name in ["a", "hello-world", "A-2", "fileserver-2", "x2-y"] {
      assert_eq!(refused_id(name), None, "{name}");
    }
    for name in ["", "2", "-a", "a-", "a--b", "a_b", "aB", "a.b", "é"] {
      assert!(refused_id(name).is_some(), "{name}");
    }
    for (name, is_one) in [("my_store", true), ("my-store", true), ("my_own-store", false), ("", false)] {
      assert_eq!(refused_store(name).is_none(), is_one, "{name}");
    }
  }

  #[test]
  fn names_of_variables() {
    for (name, is_one) in [
      ("a", true),
      ("a_1", true),
      ("a1b2", true),
      ("A", false),
      ("1a", false),
      ("_a", false),
      ("a__b", false),
      ("a-b", false),
    ] {
      assert_eq!(refused_variable(name).is_none(), is_one, "{name}");
    }
  }

  #[test]
  fn the_name_that_was_meant() {
    let known = ["route", "component", "allowed_outbound_hosts"];
    for (name, meant) in [
      ("rout", Some("route")),
      ("Component", Some("component")),
      ("allowedOutboundHosts", Some("allowed_outbound_hosts")),
      ("colour", None),
      ("", None),
    ] {
      assert_eq!(nearest(name, known), meant, "{name}");
    }
    assert_eq!(listed(known), "`route`, `component` and `allowed_outbound_hosts`");
  }
}
