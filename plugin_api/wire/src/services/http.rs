//! HTTP requests and their answers.

use serde::Deserialize;
use serde::Serialize;

use super::bytes;
use super::bytes::Bytes;

/// A request to another server. What is for the connection to say is left out of its headers, and so is the length of
/// a body that is whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpRequest {
  /// The method, such as `GET`.
  pub method: String,
  /// The absolute URI.
  pub uri: String,
  /// Names, each with a value.
  pub headers: Vec<(String, Bytes)>,
  /// The body.
  pub body: HttpBody,
  /// How many redirects are followed.
  pub redirects: u32,
}

/// The body of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HttpBody {
  /// All of it.
  Whole(#[serde(with = "bytes")] Vec<u8>),
  /// It is written by [`Request::HttpWrite`](super::Request::HttpWrite) while it is sent.
  Written {
    /// How many bytes, if that is known.
    length: Option<u64>,
  },
}

/// What comes next of an answer's body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HttpPiece {
  /// Bytes of it.
  Bytes(#[serde(with = "bytes")] Vec<u8>),
  /// Nothing more but what follows the body: names, each with a value.
  End(Vec<(String, Bytes)>),
}

/// What a server answers, up to the body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpAnswer {
  /// The status, 200 to 999.
  pub status: u16,
  /// Names in lower case, each with a value.
  pub headers: Vec<(String, Bytes)>,
  /// How many bytes the body has, if that is known.
  pub length: Option<u64>,
}
