//! The HTTP trigger: sockets, and what becomes of a request.

mod answer;
mod fixed;
pub(crate) mod server;
pub(crate) mod site;
pub(crate) mod tls;
mod wagi;
