//! Words such as `NAME=VALUE`.

/// A name and a value.
pub(crate) fn pair(text: &str) -> Result<(String, String), String> {
  let pair = text.split_once('=').filter(|(name, _)| !name.is_empty());
  let (name, value) = pair.ok_or_else(|| format!("{text:?} is no NAME=VALUE"))?;
  Ok((name.to_string(), value.to_string()))
}
