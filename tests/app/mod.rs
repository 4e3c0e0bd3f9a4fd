//! The app host: `plugbay up` as its users run it.

mod admin;
mod build;
mod connections;
mod deadlines;
mod host;
mod http;
mod ids;
mod life;
mod native;
mod outbound;
mod plugins;
mod redis;
mod refused;
mod scripts;
mod settings;
mod spin;
