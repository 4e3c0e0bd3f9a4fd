//! The plugins in `plugins/`: each has a script that checks known answers, and one that shows its use.

use crate::harness::library;
use crate::harness::plugbay;
use crate::harness::root;
use crate::harness::succeed;

/// Runs a script of a plugin, in an empty folder, with the path of the plugin's library as its argument.
fn run(plugin: &str, script: &str) -> String {
  let temp = tempfile::tempdir().expect("a folder can be made");
  let library = library(plugin);
  let script = root().join("plugins").join(plugin).join(script);
  let mut command = plugbay();
  command.args(["run", "--allow-plugin", "--allow-read", "--allow-write"]).arg(script).arg(library);
  succeed(command.current_dir(temp.path()))
}

macro_rules! plugins {
  ($($plugin:ident),*) => {
    $(
      mod $plugin {
        #[test]
        fn gives_known_answers() {
          let printed = super::run(stringify!($plugin), "test.js");
          assert!(printed.ends_with("ok\n"), "it printed {printed:?}");
        }

        #[test]
        fn example_runs() {
          assert_ne!(super::run(stringify!($plugin), "example.js"), "");
        }
      }
    )*
  };
}

plugins!(hash, hello, markdown, sqlite);
