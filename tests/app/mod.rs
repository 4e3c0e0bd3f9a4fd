//! The app host: `plugbay up` as its users run it.

mod admin;
mod build;
mod connections;
mod deadlines;
mod examples;
mod heads;
pub(crate) mod host;
mod http;
mod ids;
mod life;
mod native;
mod native_outbound;
mod native_redis;
mod native_services;
mod outbound;
mod page;
mod plugins;
mod postgres;
mod redis;
mod redis_tls;
mod refused;
mod scripts;
mod settings;
mod sources;
mod spin;
mod templates;
mod uncaught;
