//! Who writes this, as git knows it.

use std::process::Command;

/// `Name <address>`, as manifests have it, and the name alone. Empty where nobody knows.
pub(crate) fn authors() -> (String, String) {
  let name = of_environment(&["GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"])
    .or_else(|| of_git("user.name"))
    .or_else(|| of_environment(&["USER", "USERNAME", "NAME"]));
  let address = of_environment(&["GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"])
    .or_else(|| of_git("user.email"))
    .or_else(|| of_environment(&["EMAIL"]));
  let name = name.unwrap_or_default();
  let authors = match address {
    Some(address) if !name.is_empty() => format!("{name} <{}>", address.trim_matches(['<', '>'])),
    _ => name.clone(),
  };
  (authors, name)
}

fn of_environment(names: &[&str]) -> Option<String> {
  names.iter().find_map(|name| std::env::var(name).ok()).map(|value| value.trim().to_string())
}

/// Nothing where there is no git, or it says nothing.
fn of_git(key: &str) -> Option<String> {
  let output = Command::new("git").args(["config", "--get", key]).output().ok()?;
  let value = String::from_utf8(output.stdout).ok()?.trim().to_string();
  (output.status.success() && !value.is_empty()).then_some(value)
}
