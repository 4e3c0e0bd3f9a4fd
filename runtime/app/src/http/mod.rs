//! The HTTP trigger: sockets, and what becomes of a request.

pub(crate) mod answer;
mod body;
pub(crate) mod connections;
mod fixed;
mod request_id;
pub(crate) mod server;
pub(crate) mod site;
pub(crate) mod tls;
mod wagi;
