//! Key-value stores.

use plugin_wire::services::Bytes;
use plugin_wire::services::KeyValue as Of;
use plugin_wire::services::Request;
use plugin_wire::services::read;
use serde::de::DeserializeOwned;

use super::asked::Asked;
use super::handle::Services;

/// A key-value store of the app's: keys are texts, values bytes.
#[derive(Clone, Debug)]
pub struct KeyValue {
  pub(super) services: Services,
  pub(super) name: String,
}

impl KeyValue {
  /// What a key has; `None` when it is not there.
  pub fn get(&self, key: &str) -> Asked<Option<Vec<u8>>> {
    let request = self.request(Of::Get { key: key.to_string() });
    self.services.ask_as(&request, |bytes, _| Ok(read::<Option<Bytes>>(bytes)?.map(|value| value.0)))
  }

  /// Gives a key a value.
  pub fn set(&self, key: &str, value: impl AsRef<[u8]>) -> Asked<()> {
    self.ask(Of::Set { key: key.to_string(), value: bytes(value) })
  }

  /// Takes a key out, if it is there.
  pub fn delete(&self, key: &str) -> Asked<()> {
    self.ask(Of::Delete { key: key.to_string() })
  }

  /// Whether a key has something.
  pub fn exists(&self, key: &str) -> Asked<bool> {
    self.ask(Of::Exists { key: key.to_string() })
  }

  /// All keys, in an order of the store's own.
  pub fn keys(&self) -> Asked<Vec<String>> {
    self.ask(Of::Keys)
  }

  /// Adds to the number that a key has, and gives the new one. It is kept as eight bytes, the lowest first; a key that
  /// is not there has 0.
  pub fn increment(&self, key: &str, delta: i64) -> Asked<i64> {
    self.ask(Of::Increment { key: key.to_string(), delta })
  }

  /// Gives a key a value if it has what is expected, `None` for nothing; gives whether it did.
  pub fn compare_and_swap(&self, key: &str, expected: Option<&[u8]>, value: impl AsRef<[u8]>) -> Asked<bool> {
    self.ask(Of::CompareAndSwap { key: key.to_string(), expected: expected.map(bytes), value: bytes(value) })
  }

  /// What each of some keys has, in their order.
  pub fn get_many(&self, keys: impl IntoIterator<Item = impl Into<String>>) -> Asked<Vec<Option<Vec<u8>>>> {
    let request = self.request(Of::GetMany { keys: texts(keys) });
    self.services.ask_as(&request, |bytes, _| {
      let values = read::<Vec<Option<Bytes>>>(bytes)?;
      Ok(values.into_iter().map(|value| value.map(|value| value.0)).collect())
    })
  }

  /// Gives each of some keys a value. It may be done with some of them when it fails.
  pub fn set_many(&self, pairs: impl IntoIterator<Item = (impl Into<String>, impl AsRef<[u8]>)>) -> Asked<()> {
    self.ask(Of::SetMany { pairs: pairs.into_iter().map(|(key, value)| (key.into(), bytes(value))).collect() })
  }

  /// Takes some keys out. It may be done with some of them when it fails.
  pub fn delete_many(&self, keys: impl IntoIterator<Item = impl Into<String>>) -> Asked<()> {
    self.ask(Of::DeleteMany { keys: texts(keys) })
  }

  fn request(&self, request: Of) -> Request {
    Request::KeyValue { store: self.name.clone(), request }
  }

  fn ask<T: DeserializeOwned>(&self, request: Of) -> Asked<T> {
    self.services.ask(&self.request(request))
  }
}

fn bytes(value: impl AsRef<[u8]>) -> Bytes {
  Bytes(value.as_ref().to_vec())
}

fn texts(keys: impl IntoIterator<Item = impl Into<String>>) -> Vec<String> {
  keys.into_iter().map(Into::into).collect()
}
