//! Who grants a program what it lacks: errors say how.

/// Who says what a program may do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum GrantedBy {
  /// Flags of `plugbay run`.
  #[default]
  Flags,
  /// The manifest of an app, whose component the program is.
  Manifest {
    /// What the component is called.
    component: String,
  },
}

/// What a program lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
  /// An environment variable.
  Environment,
  /// What belongs to the system, and goes with no single grant.
  Everything,
  /// A host, for a plugin that it opens.
  Network,
  /// To run native code.
  Plugin,
  /// To read a file.
  Read,
  /// To write a file.
  Write,
}

impl Need {
  fn flag(self) -> &'static str {
    match self {
      Self::Environment => "--allow-env",
      Self::Everything => "--allow-all",
      Self::Network => "--allow-net",
      Self::Plugin => "--allow-plugin",
      Self::Read => "--allow-read",
      Self::Write => "--allow-write",
    }
  }
}

impl GrantedBy {
  /// What to do about something that a program lacks: one of several, if several would do. `what` is the path, name or
  /// host that it is about, if there is one.
  pub fn advice(&self, needs: &[Need], what: &str) -> String {
    match self {
      Self::Flags => {
        let flags = needs.iter().map(|need| match *need {
          Need::Everything => need.flag().to_string(),
          need if what.is_empty() => need.flag().to_string(),
          need => format!("{}={what}", need.flag()),
        });
        format!("run plugbay with {}", flags.collect::<Vec<_>>().join(" or "))
      }
      Self::Manifest { component } => {
        let ways = needs.iter().map(|need| in_manifest(*need, component));
        ways.collect::<Vec<_>>().join("; ")
      }
    }
  }
}

fn in_manifest(need: Need, component: &str) -> String {
  match need {
    Need::Environment => format!("add it to environment of component {component} in the manifest"),
    Need::Everything => "no component of an app has it".to_string(),
    Need::Network => format!(
      "what component {component} opens reaches no servers by itself: it is passed what fetch gives, by \
       allowed_outbound_hosts"
    ),
    Need::Plugin => {
      "in an app a native plugin is a component of its own: kind = \"native\" in the manifest".to_string()
    }
    Need::Read => format!("add the file, or its folder, to files of component {component} in the manifest"),
    Need::Write => format!(
      "run plugbay up with --allow-transient-write, and add its folder to files of component {component} in the \
       manifest"
    ),
  }
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn whoever_grants_it_is_named() {
    let both = [Need::Plugin, Need::Read];
    assert_eq!(GrantedBy::Flags.advice(&both, "a.so"), "run plugbay with --allow-plugin=a.so or --allow-read=a.so");
    assert_eq!(GrantedBy::Flags.advice(&[Need::Everything], "/proc"), "run plugbay with --allow-all");
    let manifest = GrantedBy::Manifest { component: "shop".to_string() };
    for need in [Need::Environment, Need::Everything, Need::Network, Need::Plugin, Need::Read] {
      assert!(!manifest.advice(&[need], "a").contains("--"), "{need:?}");
    }
    assert!(manifest.advice(&both, "a").contains("files of component shop"));
  }
}
