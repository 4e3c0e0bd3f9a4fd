use std::collections::HashMap;
use std::fs;
use std::sync::Arc;

use super::App;
use super::execute;
use super::grants;
use super::row;
use super::text;
use crate::Failure;
use crate::Granted;
use crate::Services;
use crate::StaticVariables;
use crate::Variable;
use crate::VariableFailure;

fn grant(app: &App, stores: &[&str], databases: &[&str]) -> Granted {
  app.services.grant(grants("shop", stores, databases, &[])).unwrap()
}

#[tokio::test]
async fn a_component_may_use_what_it_was_granted_and_nothing_else() {
  let app = App::new();
  let granted = grant(&app, &["default"], &["orders"]);
  granted.store("default").unwrap().set("a".to_owned(), vec![1]).await.unwrap();
  execute(&granted.database("orders").unwrap().connect(), "SELECT 1", &[]).await.unwrap();
  let refused = |failure: Option<Failure>| match failure {
    Some(Failure::Refused(message)) => message,
    other => panic!("{other:?}"),
  };
  assert_eq!(
    refused(granted.store("other").err()),
    "component shop may not use the key-value store \"other\"; \
     add to [component.shop] in the manifest: key_value_stores = [\"default\", \"other\"]",
  );
  assert_eq!(
    refused(granted.database("default").err()),
    "component shop may not use the database \"default\"; \
     add to [component.shop] in the manifest: sqlite_databases = [\"orders\", \"default\"]",
  );
}

#[tokio::test]
async fn names_are_no_paths() {
  let app = App::new();
  let names = ["../../outside", "/outside", "a/b", "..", "file:x?mode=memory", "CON", "con", "ä", ""];
  let granted = grant(&app, &names, &names);
  for (number, name) in names.into_iter().enumerate() {
    granted.store(name).unwrap().set("k".to_owned(), name.into()).await.unwrap();
    let session = granted.database(name).unwrap().connect();
    execute(&session, "CREATE TABLE of (name TEXT)", &[]).await.unwrap_or_else(|error| panic!("{name}: {error}"));
    execute(&session, "INSERT INTO of VALUES (?)", &[text(name)]).await.unwrap();
    let files = fs::read_dir(app.folder.path().join("databases")).unwrap();
    let databases = files.filter(|file| file.as_ref().unwrap().path().extension().is_some_and(|it| it == "db"));
    assert_eq!(databases.count(), number + 1, "{name}");
  }
  for name in names {
    let session = granted.database(name).unwrap().connect();
    assert_eq!(row(&session, "SELECT name FROM of").await, [text(name)]);
    let value = granted.store(name).unwrap().get("k".to_owned()).await.unwrap();
    assert_eq!(value.as_deref(), Some(name.as_bytes()));
  }
  let mut files: Vec<_> =
    fs::read_dir(app.folder.path()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
  files.retain(|file| !file.ends_with("-wal") && !file.ends_with("-shm"));
  files.sort();
  assert_eq!(files, ["databases", "sqlite_key_value.db"]);
}

fn variables() -> Services {
  let first = StaticVariables::new(HashMap::from([("host".to_owned(), "first".to_owned())]));
  let second = [("host", "second"), ("token", "hush")].map(|(name, value)| (name.to_owned(), value.to_owned()));
  let value = |default: &str| Variable { default: Some(default.to_owned()) };
  Services::builder("unused")
    .variable("host", value("by default"))
    .variable("port", value("80"))
    .variable("token", Variable::default())
    .variable("missing", Variable::default())
    .provider(Arc::new(first))
    .provider(Arc::new(StaticVariables::new(HashMap::from(second))))
    .build()
    .unwrap()
}

#[tokio::test]
async fn variables_are_resolved_in_order() {
  let templates = [("url", "https://{{ host }}:{{port}}"), ("key", "{{ token }}"), ("plain", "as it is")];
  let granted = variables().grant(grants("shop", &[], &[], &templates)).unwrap();
  assert_eq!(granted.variable("url").await.unwrap(), "https://first:80");
  assert_eq!(granted.variable("key").await.unwrap(), "hush");
  let all = granted.variables().await.unwrap();
  assert_eq!(all.into_iter().map(|(name, _)| name).collect::<Vec<_>>(), ["key", "plain", "url"]);
}

#[tokio::test]
async fn variables_of_the_app_are_not_the_components() {
  let granted = variables().grant(grants("shop", &[], &[], &[("own", "{{ missing }}")])).unwrap();
  let undefined = granted.variable("token").await.unwrap_err();
  let message = "component shop has no variable token; add to [component.shop.variables]: token = \"…\"";
  assert_eq!(undefined, VariableFailure::Undefined(message.to_owned()));
  assert!(matches!(granted.variable("Token").await, Err(VariableFailure::InvalidName(_))));
  let Err(VariableFailure::Provider(message)) = granted.variable("own").await else { panic!() };
  assert!(message.contains("SPIN_VARIABLE_MISSING"), "{message}");
}

#[tokio::test]
async fn everything_that_is_wrong_is_said_at_once() {
  let services = variables();
  let templates = [("A", ""), ("b", "{{ nobody }}"), ("c", "{{"), ("d", "{{ host }}")];
  let faults = services.grant(grants("shop", &[], &[], &templates)).err().unwrap();
  assert_eq!(faults.len(), 3, "{faults:?}");
  assert!(services.variable("missing").await.unwrap_err().to_string().contains("missing"));
  assert_eq!(Services::builder("x").variable("No", Variable::default()).build().err().unwrap().len(), 1);
}
