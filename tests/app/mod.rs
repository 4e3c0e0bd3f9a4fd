//! The app host: `plugbay up` as its users run it.

mod build;
mod host;
mod http;
mod life;
mod plugins;
mod redis;
mod refused;
mod spin;
