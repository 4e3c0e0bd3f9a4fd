//! `plugbay new` and `plugbay add`: what they write is built and served at once.

use std::env::consts::DLL_PREFIX;
use std::env::consts::DLL_SUFFIX;
use std::io::Write;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;

use tempfile::TempDir;

use super::host::App;
use super::host::Host;
use crate::harness::builds_wasi_guests;
use crate::harness::plugbay;
use crate::harness::root;
use crate::harness::succeed;
use crate::harness::wasm_tools;

fn folder() -> TempDir {
  tempfile::tempdir().expect("a folder can be made")
}

fn command(folder: &TempDir, arguments: &[&str]) -> Command {
  let mut command = plugbay();
  command.args(arguments).current_dir(folder.path());
  command
}

/// With this at standard input.
fn answered(mut command: Command, input: &str) -> Output {
  let mut child =
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("plugbay runs");
  let mut stdin = child.stdin.take().expect("it is piped");
  // It may end before it has read all.
  let _ = stdin.write_all(input.as_bytes());
  drop(stdin);
  child.wait_with_output().expect("it ends")
}

fn told(output: &Output) -> String {
  String::from_utf8_lossy(&output.stderr).into_owned()
}

fn up(app: &std::path::Path) -> Host {
  Host::start(build_and_up(app))
}

fn build_and_up(app: &std::path::Path) -> Command {
  let mut up = plugbay();
  up.args(["up", "--build", "--listen", "127.0.0.1:0", "--lanes", "1", "--from"]).arg(app);
  up.env("PLUGBAY_LOG", "info").envs(wasm_tools()).env_remove("CARGO_TARGET_DIR").env_remove("OUT_DIR");
  up
}

#[test]
fn an_app_in_javascript_is_served_and_takes_another_component() {
  let temp = folder();
  let printed = succeed(&mut command(&temp, &["new", "front", "-t", "http-javascript", "-a"]));
  assert!(printed.contains("handler.js") && printed.contains("plugbay up --build -f front"), "{printed}");
  let arguments = ["add", "back-end", "-t", "http-javascript", "-a", "-v", "http-path=/back", "-f", "front"];
  let added = succeed(&mut command(&temp, &arguments));
  assert!(added.contains("Added to") && added.contains("plugbay.toml"), "{added}");
  let app = temp.path().join("front");
  let host = up(&app);
  assert_eq!([host.get("/").text(), host.get("/back").text()], ["Hello from front!\n", "Hello from back-end!\n"]);
  assert!(host.stop().success());
  // The same name again changes nothing.
  let before = std::fs::read(app.join("plugbay.toml")).expect("it is there");
  let again =
    command(&temp, &["add", "back-end", "-t", "http-javascript", "-a", "-o", "other", "-f", "front"]).output();
  assert!(!again.expect("plugbay runs").status.success());
  assert!(std::fs::read(app.join("plugbay.toml")).expect("it is there") == before && !app.join("other").exists());
}

/// JavaScript is plugbay.toml's alone.
#[test]
fn an_app_for_spin_takes_no_component_in_javascript() {
  let temp = folder();
  let printed = succeed(&mut command(&temp, &["new", "shop", "-t", "http-empty", "-a"]));
  assert!(printed.contains("plugbay add NAME -f shop") && !printed.contains("plugbay up"), "{printed}");
  let manifest = temp.path().join("shop/spin.toml");
  let before = std::fs::read(&manifest).expect("it is there");
  let added = command(&temp, &["add", "cart", "-t", "http-javascript", "-a", "-f", "shop"]).output();
  let added = added.expect("plugbay runs");
  assert!(!added.status.success() && told(&added).contains("name the manifest plugbay.toml"), "{}", told(&added));
  assert!(std::fs::read(&manifest).expect("it is there") == before && !temp.path().join("shop/cart").exists());
}

#[test]
fn an_app_in_rust_is_built_and_served() {
  if !builds_wasi_guests() {
    return;
  }
  let temp = folder();
  succeed(&mut command(&temp, &["new", "greeter", "-t", "http-rust", "-a", "-v", "http-path=/hello"]));
  // Its crates were built for other tests.
  let app = temp.path().join("greeter");
  let kept = root().join("target/spin");
  std::fs::create_dir_all(&kept).expect("a folder can be made");
  std::os::unix::fs::symlink(kept, app.join("target")).expect("a link can be made");
  std::fs::copy(root().join("examples/spin-app/Cargo.lock"), app.join("Cargo.lock")).expect("a file can be copied");
  let host = up(&app);
  assert_eq!(host.get("/hello").text(), "Hello from greeter!\n");
  assert!(host.stop().success());
}

#[test]
fn a_native_plugin_is_built_and_served() {
  let temp = folder();
  let printed = succeed(&mut command(&temp, &["new", "fast-one", "-t", "http-native", "-a"]));
  assert!(printed.contains("plugbay up --build --allow-plugin -f fast-one"), "{printed}");
  let app = temp.path().join("fast-one");
  let arguments = ["add", "back-end", "-t", "http-native", "-a", "-v", "http-path=/back", "-f", "fast-one"];
  succeed(&mut command(&temp, &arguments));
  let manifest = std::fs::read_to_string(app.join("plugbay.toml")).expect("it is there");
  let library = format!("back-end/target/release/{DLL_PREFIX}back_end{DLL_SUFFIX}");
  assert!(manifest.contains(&library) && manifest.contains("workdir = \"back-end\""), "{manifest}");
  // Their crates were built for other tests.
  let kept = root().join("target/examples/native");
  std::fs::create_dir_all(&kept).expect("a folder can be made");
  for package in [&app, &app.join("back-end")] {
    std::os::unix::fs::symlink(&kept, package.join("target")).expect("a link can be made");
    let lock = root().join("examples/mixed-app/totals/Cargo.lock");
    std::fs::copy(lock, package.join("Cargo.lock")).expect("a file can be copied");
  }
  let mut up = build_and_up(&app);
  up.arg("--allow-plugin");
  let host = Host::start(up);
  for visit in 1..3 {
    assert_eq!(host.get("/").text(), format!("Hello from fast-one! Visit {visit}\n"));
  }
  // The store is the app's.
  assert_eq!(host.get("/back").text(), "Hello from back-end! Visit 1\n");
  assert!(host.stop().success());
}

/// What is asked for, asked again until it is right.
#[test]
fn parameters_are_asked_for() {
  let temp = folder();
  let output = answered(command(&temp, &["new", "site", "-t", "http-javascript"]), "A site\nno path\n/site\n");
  assert!(output.status.success(), "{output:?}");
  let asked = told(&output);
  assert!(asked.contains("Description []: HTTP path [/...]: \"no path\" does not match ^/"), "{asked}");
  let manifest = std::fs::read_to_string(temp.path().join("site/plugbay.toml")).expect("it was written");
  assert!(manifest.contains("description = \"A site\"") && manifest.contains("route = \"/site\""), "{manifest}");
  let output = answered(command(&temp, &["new", "other", "-t", "http-javascript"]), "");
  assert!(!output.status.success() && told(&output).contains("--accept-defaults"), "{output:?}");
  assert!(!temp.path().join("other").exists());
  // So is what it is and what it is called, until that is right.
  let output = answered(command(&temp, &["new", "-a"]), "nope\nhttp-javascript\nmy shop\n\nshop\n");
  let asked = told(&output);
  assert!(output.status.success() && temp.path().join("shop/handler.js").is_file(), "{asked}");
  for text in ["there is no template \"nope\"", "cannot call it \"my shop\"", "try \"my-shop\""] {
    assert!(asked.contains(text), "{text}: {asked}");
  }
  let output = answered(command(&temp, &["new"]), "nope\n");
  assert!(!output.status.success() && told(&output).ends_with("http-native, http-rust\n"), "{}", told(&output));
}

/// A template as people write them for Spin.
#[test]
fn a_folder_of_templates_goes_before_what_plugbay_has() {
  let metadata = r#"
    manifest_version = "1"
    id = "cache"
    description = "Keeps things"
    tags = ["http"]
    [add_component]
    skip_files = ["spin.toml"]
    [add_component.snippets]
    component = "component.txt"
    variables = "variables.txt"
    [add_component.conditions.has_server]
    condition = { manifest_entry_exists = "variables.server" }
    skip_parameters = ["server"]
    skip_snippets = ["variables"]
    [parameters]
    store = { type = "string", prompt = "Store", allowed_values = ["default", "other"], default = "default" }
    server = { type = "string", prompt = "Server" }
    [outputs]
    assets = { action = "create_dir", path = "{{project-name}}-assets", at = "manifest" }
  "#;
  let snippet = "[[trigger.http]]\nroute = \"{{ 'cache' | http_wildcard }}\"\ncomponent = \"{{project-name | kebab_case}}\"\n\
    [component.{{project-name | kebab_case}}]\nsource = \"{{output-path}}/{{project-name | snake_case}}.wasm\"\n\
    key_value_stores = [\"{{store}}\"]\n";
  let templates = App::new(&[
    ("templates/cache/metadata/spin-template.toml", metadata),
    ("templates/cache/metadata/snippets/component.txt", &snippet.replace("'cache'", "'/cache'")),
    ("templates/cache/metadata/snippets/variables.txt", "server = { default = \"{{server}}\" }\n"),
    (
      "templates/cache/content/notes.txt.tmpl",
      "{% if store == 'other' %}odd{% else %}{{project-name | pascal_case}}{% endif %}",
    ),
    ("templates/cache/content/spin.toml", "# of an app"),
    ("templates/cache/content/plain.bin", "{{ this is no template"),
  ]);
  let app = App::new(&[("spin.toml", "spin_manifest_version = 2\n[application]\nname = \"shop\"\n")]);
  let add = |arguments: &[&str]| {
    let mut command = command(&app.folder, &["add", "--template-dir"]);
    command.arg(templates.path()).args(["-t", "cache", "-a"]).args(arguments);
    command.output().expect("plugbay runs")
  };
  let refused = told(&add(&["my-cache", "-v", "store=none", "-v", "colour=red"]));
  assert!(
    refused.contains("\"none\" is none of default, other") && refused.contains("no parameter colour"),
    "{refused}"
  );
  let refused = told(&add(&["1 cache"]));
  assert!(refused.contains("try \"cache\""), "{refused}");
  assert!(add(&["my-cache", "-v", "server=a.example"]).status.success());
  let read = |name: &str| std::fs::read_to_string(app.path().join(name)).expect("it was written");
  assert_eq!(
    (read("my-cache/notes.txt"), read("my-cache/plain.bin")),
    ("MyCache".into(), "{{ this is no template".into())
  );
  assert!(app.path().join("my-cache-assets").is_dir() && !app.path().join("my-cache/spin.toml").exists());
  let manifest = read("spin.toml");
  for text in ["route = \"/cache/...\"", "my-cache/my_cache.wasm", "server = { default = \"a.example\" }"] {
    assert!(manifest.contains(text), "{text}: {manifest}");
  }
  // It is there now, and is not asked for.
  assert!(add(&["second"]).status.success());
  assert_eq!(read("spin.toml").matches("a.example").count(), 1);
  let list = answered(command(&app.folder, &["new"]), "");
  assert!(told(&list).contains("http-rust"), "{list:?}");
}
