//! The formatter of the JavaScript, which `deno fmt` has too: packages of the npm registry with a binary for each
//! system and with the rules of the language, kept in the target directory. How it formats is in dprint.json.

use std::env::consts::ARCH;
use std::env::consts::EXE_SUFFIX;
use std::env::consts::OS;
use std::process::Command;
use std::process::ExitStatus;

use anyhow::Result;

use crate::npm;
use crate::npm::Package;
use crate::workspace;

/// The last version that the registry has for all these systems.
const VERSION: &str = "0.54.0";
/// The binaries, by system and processor.
const PACKAGES: [(&str, &str, Package); 5] = [
  (
    "linux",
    "x86_64",
    Package {
      name: "@dprint/linux-x64-glibc",
      version: VERSION,
      sha512: "cd9aa3df04042ce5fc9fa41f4f6bae5a831feb85afd253173726a6ddbb66f8f2a48343fa6b9e133cbd3d06cf57b1588e77181371a9ac890ec7944aedfcb12320",
      exclude: None,
    },
  ),
  (
    "linux",
    "aarch64",
    Package {
      name: "@dprint/linux-arm64-glibc",
      version: VERSION,
      sha512: "56133ba7bd1516e36ac5931d8afd5efa731ba0f8ff84c1654c8056ad1697efee954e1b3d989afdfbde30ad479781f9dfb326842926d115afddaeed4f20da1237",
      exclude: None,
    },
  ),
  (
    "macos",
    "aarch64",
    Package {
      name: "@dprint/darwin-arm64",
      version: VERSION,
      sha512: "caa448e1e9c7f810e9fb8f99b0f55d64ce61f3bdc92b594dee58bd97d039bb80b872f875a04b2205603310f71c46427672d17c2e06a2cc14b13b7f2ca845586f",
      exclude: None,
    },
  ),
  (
    "macos",
    "x86_64",
    Package {
      name: "@dprint/darwin-x64",
      version: VERSION,
      sha512: "5bd040469807ca9710c1ab60e669c7682a57ea92d7e5d071c62bfeb592abba13a6abc30a60eac06035e571e32e1d2a309964447d4179c8be124605c3188e9643",
      exclude: None,
    },
  ),
  (
    "windows",
    "x86_64",
    Package {
      name: "@dprint/win32-x64",
      version: VERSION,
      sha512: "000af6c9efc3b606170e9951a0f4bee54fbec7b4fa5b86b723d16f4c5585c73885994a6dbc08391b673815c5e801db92aee858649be30d9acbb1e4767372305e",
      exclude: None,
    },
  ),
];
const LANGUAGE: Package = Package {
  name: "@dprint/typescript",
  version: "0.96.1",
  sha512: "9b3fe720d485421d51e62d90cbdd1258e0822b84a03464643610996daecb626524138662f3fe39a7c97ca6a73dc8dd5f6f85d8e4cba1af3761e50de316c6229b",
  exclude: None,
};

/// Formats the JavaScript of the repository, or with `check` tells what is not formatted; `None` where there is no
/// formatter for this system.
///
/// # Errors
///
/// When it cannot be downloaded, and when it is not what it should be.
pub(crate) fn run(check: bool) -> Result<Option<ExitStatus>> {
  let Some(package) = npm::of_this_system(&PACKAGES) else {
    eprintln!("there is no dprint for {OS} on {ARCH}: the JavaScript is not formatted");
    return Ok(None);
  };
  let target = workspace::target_dir()?;
  let binary = format!("dprint{EXE_SUFFIX}");
  let directory = package.place(&target.join("dprint"), &binary)?;
  let language = LANGUAGE.place(&target.join("dprint/typescript"), "plugin.wasm")?;
  let mut dprint = Command::new(directory.join(binary));
  // It keeps what it compiled, and asks the network for no newer version.
  dprint.env("DPRINT_CACHE_DIR", target.join("dprint/cache")).env("DPRINT_NO_UPDATE_CHECK", "1");
  dprint.arg(if check { "check" } else { "fmt" }).arg("--plugins").arg(language.join("plugin.wasm"));
  workspace::status(dprint.current_dir(workspace::root())).map(Some)
}
