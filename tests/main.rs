//! The integration tests, all in one binary: each that links V8 is large.
//!
//! Most of them are scripts, in `scripts/`, that the command runs against the plugins in `fixtures/`.

mod app;
mod bad_wasm;
mod c_plugin;
mod cache;
mod command;
mod component_languages;
mod component_spec;
mod components;
mod components_http;
mod components_sockets;
mod components_wasi;
mod create_plugin;
mod embedding;
mod guest_components;
#[cfg(target_os = "linux")]
mod guest_memory;
mod guests;
mod harness;
mod heap;
mod hostile_servers;
mod invoke;
mod kinds;
mod libraries;
mod lint;
mod metrics_reader;
mod objects;
mod on_demand;
mod plugins;
mod postgres_server;
mod redis_server;
mod scripts;
mod services;
mod services_postgres;
mod services_redis;
mod services_vault;
mod spec;
mod types;
#[cfg(unix)]
mod wasi_streams;
mod web;
mod wit;
mod worlds;
