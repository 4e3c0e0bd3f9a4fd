//! Key-value stores.

use plugin_wire::services::Bytes;
use plugin_wire::services::KeyValue;

use crate::Granted;
use crate::key_value::all_keys;
use crate::requests::written::Written;
use crate::requests::written::written;

pub(super) async fn answer(granted: &Granted, store: &str, request: KeyValue) -> Written {
  let store = granted.store(store)?;
  match request {
    KeyValue::Get { key } => written(&store.get(key).await?.map(Bytes)),
    KeyValue::Set { key, value } => written(&store.set(key, value.0).await?),
    KeyValue::Delete { key } => written(&store.delete(key).await?),
    KeyValue::Exists { key } => written(&store.exists(key).await?),
    KeyValue::Keys => written(&all_keys(&*store, granted.limits().result_bytes).await?),
    KeyValue::Increment { key, delta } => written(&store.increment(key, delta).await?),
    KeyValue::CompareAndSwap { key, expected, value } => {
      let expected = expected.map(|expected| expected.0);
      written(&store.compare_and_swap(key, expected, value.0).await?)
    }
    KeyValue::GetMany { keys } => {
      let values = store.get_many(keys).await?;
      written(&values.into_iter().map(|value| value.map(Bytes)).collect::<Vec<_>>())
    }
    KeyValue::SetMany { pairs } => {
      let pairs = pairs.into_iter().map(|(key, value)| (key, value.0)).collect();
      written(&store.set_many(pairs).await?)
    }
    KeyValue::DeleteMany { keys } => written(&store.delete_many(keys).await?),
  }
}
