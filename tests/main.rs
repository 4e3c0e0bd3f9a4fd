//! The integration tests, all in one binary: each that links V8 is large.
//!
//! Most of them are scripts, in `scripts/`, that the command runs against the plugins in `fixtures/`.

mod bad_wasm;
mod c_plugin;
mod cache;
mod command;
mod create_plugin;
mod embedding;
mod guests;
mod harness;
mod plugins;
mod scripts;
mod types;
mod web;
