//! Key-value stores. A store has no state of its own: it is named in each call.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use deno_core::JsBuffer;
use deno_core::OpState;
use deno_core::ResourceId;
use deno_core::ToJsBuffer;
use deno_core::error::ResourceError;
use deno_core::op2;

use crate::Failure;
use crate::KeyValue;
use crate::key_value::PAGE;
use crate::key_value::all_keys;
use crate::ops::BigInteger;
use crate::ops::Given;
use crate::ops::big_integer;
use crate::ops::granted;

/// Does something with a store, if the component may use it.
async fn with<T>(
  state: Rc<RefCell<OpState>>,
  rid: ResourceId,
  name: &str,
  work: impl AsyncFnOnce(Arc<dyn KeyValue>) -> Result<T, Failure>,
) -> Result<Given<T>, ResourceError> {
  let granted = granted(&state.borrow(), rid)?;
  let done = match granted.store(name) {
    Ok(store) => work(store).await,
    Err(failure) => Err(failure),
  };
  Ok(done.into())
}

/// Whether the component may use a store.
#[op2]
#[serde]
pub(crate) fn op_kv_open(
  state: &mut OpState,
  #[smi] rid: ResourceId,
  #[string] name: &str,
) -> Result<Given<()>, ResourceError> {
  let opened = granted(state, rid)?.store(name).map(drop);
  if let Err(failure) = &opened {
    tracing::warn!("{failure}");
  }
  Ok(opened.into())
}

#[op2]
#[serde]
pub(crate) async fn op_kv_get(
  state: Rc<RefCell<OpState>>,
  #[smi] rid: ResourceId,
  #[string] name: String,
  #[string] key: String,
) -> Result<Given<Option<ToJsBuffer>>, ResourceError> {
  with(state, rid, &name, async |store| Ok(store.get(key).await?.map(ToJsBuffer::from))).await
}

#[op2]
#[serde]
pub(crate) async fn op_kv_set(
  state: Rc<RefCell<OpState>>,
  #[smi] rid: ResourceId,
  #[string] name: String,
  #[string] key: String,
  #[buffer] value: JsBuffer,
) -> Result<Given<()>, ResourceError> {
  with(state, rid, &name, async |store| store.set(key, value.to_vec()).await).await
}

#[op2]
#[serde]
pub(crate) async fn op_kv_delete(
  state: Rc<RefCell<OpState>>,
  #[smi] rid: ResourceId,
  #[string] name: String,
  #[string] key: String,
) -> Result<Given<()>, ResourceError> {
  with(state, rid, &name, async |store| store.delete(key).await).await
}

#[op2]
#[serde]
pub(crate) async fn op_kv_exists(
  state: Rc<RefCell<OpState>>,
  #[smi] rid: ResourceId,
  #[string] name: String,
  #[string] key: String,
) -> Result<Given<bool>, ResourceError> {
  with(state, rid, &name, async |store| store.exists(key).await).await
}

/// Some keys after one, or the first ones, and whether there may be more.
#[op2]
#[serde]
pub(crate) async fn op_kv_keys(
  state: Rc<RefCell<OpState>>,
  #[smi] rid: ResourceId,
  #[string] name: String,
  #[string] after: Option<String>,
) -> Result<Given<(Vec<String>, bool)>, ResourceError> {
  with(state, rid, &name, async |store| {
    let keys = store.keys(after, PAGE).await?;
    let may_have_more = keys.len() == PAGE;
    Ok((keys, may_have_more))
  })
  .await
}

/// All keys, if they are not too many.
#[op2]
#[serde]
pub(crate) async fn op_kv_all_keys(
  state: Rc<RefCell<OpState>>,
  #[smi] rid: ResourceId,
  #[string] name: String,
) -> Result<Given<Vec<String>>, ResourceError> {
  let most = granted(&state.borrow(), rid)?.limits().result_bytes;
  with(state, rid, &name, async |store| all_keys(&*store, most).await).await
}

#[op2]
#[serde]
pub(crate) async fn op_kv_increment(
  state: Rc<RefCell<OpState>>,
  #[smi] rid: ResourceId,
  #[string] name: String,
  #[string] key: String,
  #[bigint] delta: i64,
) -> Result<Given<BigInteger>, ResourceError> {
  with(state, rid, &name, async |store| store.increment(key, delta).await.map(big_integer)).await
}

/// Gives a key a value if it has what is expected, and says whether it did.
#[op2]
#[serde]
pub(crate) async fn op_kv_swap(
  state: Rc<RefCell<OpState>>,
  #[smi] rid: ResourceId,
  #[string] name: String,
  #[string] key: String,
  #[buffer] expected: Option<JsBuffer>,
  #[buffer] value: JsBuffer,
) -> Result<Given<bool>, ResourceError> {
  let expected = expected.map(|expected| expected.to_vec());
  with(state, rid, &name, async |store| store.compare_and_swap(key, expected, value.to_vec()).await).await
}

/// Each key with what it has.
#[op2]
#[serde]
pub(crate) async fn op_kv_get_many(
  state: Rc<RefCell<OpState>>,
  #[smi] rid: ResourceId,
  #[string] name: String,
  #[serde] keys: Vec<String>,
) -> Result<Given<Vec<(String, Option<ToJsBuffer>)>>, ResourceError> {
  with(state, rid, &name, async |store| {
    let values = store.get_many(keys.clone()).await?;
    Ok(keys.into_iter().zip(values.into_iter().map(|value| value.map(ToJsBuffer::from))).collect())
  })
  .await
}

#[op2]
#[serde]
pub(crate) async fn op_kv_set_many(
  state: Rc<RefCell<OpState>>,
  #[smi] rid: ResourceId,
  #[string] name: String,
  #[serde] pairs: Vec<(String, JsBuffer)>,
) -> Result<Given<()>, ResourceError> {
  let pairs = pairs.into_iter().map(|(key, value)| (key, value.to_vec())).collect();
  with(state, rid, &name, async |store| store.set_many(pairs).await).await
}

#[op2]
#[serde]
pub(crate) async fn op_kv_delete_many(
  state: Rc<RefCell<OpState>>,
  #[smi] rid: ResourceId,
  #[string] name: String,
  #[serde] keys: Vec<String>,
) -> Result<Given<()>, ResourceError> {
  with(state, rid, &name, async |store| store.delete_many(keys).await).await
}
