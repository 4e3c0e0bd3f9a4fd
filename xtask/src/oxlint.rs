//! The linter of the JavaScript: a package of the npm registry with a binary for each system, kept in the target
//! directory. What it looks for is in .oxlintrc.json.

use std::env::consts::ARCH;
use std::env::consts::EXE_SUFFIX;
use std::env::consts::OS;
use std::process::Command;
use std::process::ExitStatus;

use anyhow::Result;

use crate::npm;
use crate::npm::Package;
use crate::workspace;

/// The last version that needs no Node.js.
const VERSION: &str = "1.12.0";
/// A language server, which is as large as the rest.
const EXCLUDE: Option<&str> = Some("package/oxc_language_server*");
/// The binaries, by system and processor.
const PACKAGES: [(&str, &str, Package); 5] = [
  (
    "linux",
    "x86_64",
    Package {
      name: "@oxlint/linux-x64-gnu",
      version: VERSION,
      sha512: "a892bdf038ffcfb35b9b4c68cf49c208c146cb45bf90b7b03f338ae5010dc6e528410eb29adeffef9ad73ae4f001927a2454daaea7d2b8c000d2991ae939b2b7",
      exclude: EXCLUDE,
    },
  ),
  (
    "linux",
    "aarch64",
    Package {
      name: "@oxlint/linux-arm64-gnu",
      version: VERSION,
      sha512: "53b3444ecd362b9e59c83960761c7895678561b91429c2fe61c1be024ef413212dfc1288215b7807ce15755d49cc2ef5144ad48a90d80303c99b1311117af84a",
      exclude: EXCLUDE,
    },
  ),
  (
    "macos",
    "aarch64",
    Package {
      name: "@oxlint/darwin-arm64",
      version: VERSION,
      sha512: "3eff87a35baada7cbc8363fa260429688505d451cf2f7d837ce95984aaa6cc34f73f276d16f669ffbccdc891370485de4ce38e1b5120d7686364730bb16c7237",
      exclude: EXCLUDE,
    },
  ),
  (
    "macos",
    "x86_64",
    Package {
      name: "@oxlint/darwin-x64",
      version: VERSION,
      sha512: "90d5cf1ffee35e35f8a5ac2b1165d01ce6ac39d3acad82a1b24035a98c0b61cbff08e552a31392125910b506be2b1379cf3b77174da405d5839dd2e98092db2d",
      exclude: EXCLUDE,
    },
  ),
  (
    "windows",
    "x86_64",
    Package {
      name: "@oxlint/win32-x64",
      version: VERSION,
      sha512: "d9e0b85d0d5230cdb3edb0831be21fae7e46aef3fa7e42f41468b86700c2af1e9fc1bd5bc85ad781250d20f8aa8a2a8106b15130a957cd4f730fa223b859543a",
      exclude: EXCLUDE,
    },
  ),
];

/// Lints the JavaScript of the repository; `None` where there is no linter for this system.
///
/// # Errors
///
/// When it cannot be downloaded, and when it is not what it should be.
pub(crate) fn run() -> Result<Option<ExitStatus>> {
  let Some(package) = npm::of_this_system(&PACKAGES) else {
    eprintln!("there is no oxlint for {OS} on {ARCH}: the JavaScript is not linted");
    return Ok(None);
  };
  let binary = format!("oxlint{EXE_SUFFIX}");
  let directory = package.place(&workspace::target_dir()?.join("oxlint"), &binary)?;
  let mut oxlint = Command::new(directory.join(binary));
  oxlint
    .args(["--deny-warnings", "examples", "js", "plugins", "runtime/worlds", "tests"])
    .current_dir(workspace::root());
  workspace::status(&mut oxlint).map(Some)
}
