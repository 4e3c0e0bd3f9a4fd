//! The apps of `examples/`: each is built and served by the one command of its README, from a copy of its folder.

use std::path::Path;
use std::path::PathBuf;

use tempfile::TempDir;

use super::host::Host;
use crate::harness::builds_for;
use crate::harness::plugbay;
use crate::harness::root;
use crate::harness::wasm_tools;

/// An app that is served from a folder of its own.
struct Example {
  host: Host,
  _copy: TempDir,
}

/// Serves a copy of an example; nothing where Rust for its target is not to be had. What cargo builds in folders of it
/// lies in others in `target/` of the repository, for the next time.
fn serve(name: &str, target: &str, built: &[(&str, &str)]) -> Option<Example> {
  if !builds_for(target) {
    return None;
  }
  let example = root().join("examples").join(name);
  let temp = tempfile::tempdir().expect("a folder can be made");
  let copy = temp.path().join(name);
  copy_to(&example, &copy);
  for (built, kept) in built {
    let kept = root().join("target").join(kept);
    std::fs::create_dir_all(&kept).expect("a folder can be made");
    std::os::unix::fs::symlink(kept, copy.join(built)).expect("a link can be made");
  }
  let command = command_of(&example.join("README.md"));
  let arguments = command.split(' ').map(|argument| match argument == format!("examples/{name}") {
    true => copy.clone(),
    false => PathBuf::from(argument),
  });
  let mut up = plugbay();
  up.args(arguments).args(["--listen", "127.0.0.1:0"]).env("PLUGBAY_LOG", "info");
  // What cargo builds must lie where the manifest looks for it.
  up.envs(wasm_tools()).env_remove("CARGO_TARGET_DIR").env_remove("OUT_DIR");
  Some(Example { host: Host::start(up), _copy: temp })
}

/// The command that stands alone in a README, without the name of the program.
fn command_of(readme: &Path) -> String {
  let text = std::fs::read_to_string(readme).expect("there is a README");
  let (_, block) = text.split_once("```sh\n").expect("it has a block with the command");
  let (command, _) = block.split_once("\n```").expect("the block ends");
  let command = command.strip_prefix("plugbay ").expect("it is a command of plugbay");
  assert!(!command.contains('\n'), "it is one command: {command}");
  command.to_string()
}

/// Copies a folder without what cargo builds and apps keep.
fn copy_to(from: &Path, to: &Path) {
  std::fs::create_dir_all(to).expect("a folder can be made");
  for entry in std::fs::read_dir(from).expect("the folder can be read") {
    let entry = entry.expect("the folder can be read");
    let (path, name) = (entry.path(), entry.file_name());
    match entry.file_type().expect("it has a type").is_dir() {
      true if name == "target" || name == ".spin" => {}
      true => copy_to(&path, &to.join(name)),
      // What it says of plugbay's own crates is told from its own place.
      false if name == "Cargo.toml" => {
        let manifest = std::fs::read_to_string(&path).expect("a file can be read");
        let manifest = manifest.replace("../../../plugin_api", &root().join("plugin_api").to_string_lossy());
        std::fs::write(to.join(name), manifest).expect("a file can be written");
      }
      false => drop(std::fs::copy(&path, to.join(name)).expect("a file can be copied")),
    }
  }
}

#[test]
fn the_spin_app() {
  let Some(Example { host, _copy }) = serve("spin-app", "wasm32-wasip1", &[("target", "spin")]) else { return };
  let add = |title: &str| {
    let answer = host.ask("POST", "/books", &[], title.as_bytes());
    (answer.status, answer.text())
  };
  assert_eq!(add("Solaris"), (201, r#"{"id":1,"title":"Solaris"}"#.to_string()));
  assert_eq!(add("Roadside Picnic"), (201, r#"{"id":2,"title":"Roadside Picnic"}"#.to_string()));
  assert_eq!((add("Solaris").0, add(" ").0), (409, 400));
  assert_eq!(host.get("/books/2").text(), r#"{"id":2,"title":"Roadside Picnic"}"#);
  assert_eq!(host.get("/books/3").status, 404);
  let books = r#"[{"id":1,"title":"Solaris"},{"id":2,"title":"Roadside Picnic"}]"#;
  for visit in 1..3 {
    assert_eq!(host.get("/").text(), format!("The bookshelf\nvisit {visit}\nbooks {books}\n"));
  }
  assert!(host.stop().success());
}

#[test]
fn the_mixed_app() {
  let built = [("words/target", "examples/words"), ("totals/target", "examples/native")];
  let Some(Example { host, _copy }) = serve("mixed-app", "wasm32-wasip2", &built) else { return };
  let page = host.get("/");
  assert!(page.status == 200 && page.header("content-type") == Some("text/html"), "{page:?}");
  let counted = host.ask("POST", "/words", &[], b"The cat and the dog");
  assert_eq!((counted.status, counted.text()), (200, "2 the\n1 and\n1 cat\n1 dog\n".to_string()));
  let add = |text: &[u8]| host.ask("POST", "/totals", &[], text).text();
  assert_eq!(add(b"The cat and the dog"), "2 the\n1 and\n1 cat\n1 dog\n");
  assert_eq!(add(b"A dog"), "2 dog\n2 the\n1 a\n1 and\n1 cat\n");
  assert_eq!(host.get("/totals").text(), add(b""));
  assert_eq!(host.get("/nothing").status, 404);
  assert!(host.stop().success());
}
