//! What native plugins ask for, in the wire format.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use futures::FutureExt;
use futures::executor::block_on;
use plugbay_core::ErrorCode;
use plugin_wire::services::Bytes;
use plugin_wire::services::Connect;
use plugin_wire::services::Executed;
use plugin_wire::services::KeyValue;
use plugin_wire::services::Request;
use plugin_wire::services::SqlValue;
use plugin_wire::services::read;
use plugin_wire::services::write;
use serde::de::DeserializeOwned;

use crate::PluginGrants;
use crate::PluginServices;
use crate::tests::App;
use crate::tests::grants;

/// Of a plugin that is granted the store and the database `default`.
fn services(app: &App) -> PluginServices {
  let granted = app.services.grant(grants("native", &["default"], &["default"], &[])).unwrap();
  PluginServices::new(Arc::new(PluginGrants { services: Some(granted), ..PluginGrants::default() }))
}

fn ask<T: DeserializeOwned>(services: &PluginServices, request: &Request) -> Result<T, (ErrorCode, String)> {
  // Nothing is asked of the thread that waits.
  let answer = block_on(services.begin(&write(request).unwrap()));
  let bytes = answer.map_err(|failure| (failure.error.unwrap(), failure.message.clone()))?;
  Ok(read(&bytes).unwrap())
}

fn of_store(request: KeyValue) -> Request {
  Request::KeyValue { store: "default".into(), request }
}

fn connect() -> Request {
  Request::Connect(Connect::Database("default".into()))
}

fn execute(connection: u32, statement: &str) -> Request {
  Request::Execute { connection, statement: statement.into(), parameters: Vec::new() }
}

#[test]
fn requests_are_answered_on_any_thread() {
  let app = App::new();
  let services = services(&app);
  let set = of_store(KeyValue::Set { key: "a".into(), value: Bytes(vec![0, 255]) });
  assert_eq!(ask::<()>(&services, &set), Ok(()));
  let get = of_store(KeyValue::Get { key: "a".into() });
  assert_eq!(ask::<Option<Bytes>>(&services, &get), Ok(Some(Bytes(vec![0, 255]))));
  let connection = ask::<u32>(&services, &connect()).unwrap();
  let executed = ask::<Executed>(&services, &execute(connection, "select 1")).unwrap();
  assert_eq!(executed.rows, [[SqlValue::Integer(1)]]);
  assert_eq!(ask::<()>(&services, &Request::Close { connection }), Ok(()));
  assert_eq!(ask::<()>(&services, &Request::Close { connection }), Ok(()));
  let (code, message) = ask::<Executed>(&services, &execute(connection, "select 1")).unwrap_err();
  assert!(code == ErrorCode::ServiceFailed && message.contains("there is no connection"), "{message}");
}

#[test]
fn what_is_no_request_is_told_so() {
  let app = App::new();
  let services = services(&app);
  let unknown = write(&BTreeMap::from([("send_mail", "to you")])).unwrap();
  for (request, told) in [(&unknown[..], "unknown variant `send_mail`"), (&[], "cut short"), (&[0xFF; 64], "")] {
    let failure = block_on(services.begin(request)).unwrap_err();
    assert_eq!(failure.error, Some(ErrorCode::ServiceFailed));
    assert!(failure.message.contains("does not know what the plugin asks for") && failure.message.contains(told));
  }
}

/// A connection whose number nobody has taken takes up no room.
#[test]
fn what_nobody_takes_is_given_up() {
  let app = App::new();
  let services = services(&app);
  let request = write(&connect()).unwrap();
  for _ in 0..600 {
    // It may be made by now, or not, or there are too many that are not given up yet.
    let mut answer = services.begin(&request);
    if let Some(Ok(taken)) = (&mut answer).now_or_never() {
      // Whoever has the number gives it up.
      let connection = read(&taken).unwrap();
      assert_eq!(ask::<()>(&services, &Request::Close { connection }), Ok(()));
    }
    std::thread::sleep(Duration::from_millis(1));
  }
  // What was aborted may still be at it.
  let end = Instant::now() + Duration::from_secs(60);
  while let Err(error) = ask::<u32>(&services, &connect()) {
    assert!(Instant::now() < end, "there is still no room: {error:?}");
    std::thread::sleep(Duration::from_millis(10));
  }
}

#[test]
fn what_is_under_way_ends_with_its_plugin() {
  let app = App::new();
  let services = services(&app);
  let connection = ask::<u32>(&services, &connect()).unwrap();
  let endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n";
  let mut answer = services.begin(&write(&execute(connection, endless)).unwrap());
  assert!((&mut answer).now_or_never().is_none());
  drop(services);
  let failure = block_on(answer).unwrap_err();
  assert!(failure.message.ends_with("the plugin is closed"), "{failure:?}");
}
