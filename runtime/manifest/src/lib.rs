//! What an app is: its components, what calls them and what they may use, read from spin.toml (versions 1 and 2), a
//! locked app, plugbay.toml or a single guest.
//!
//! [`load`] reads an [`App`] and tells all that is wrong with it at once, each [`Fault`] with its line and column.
//! Everything here is a pure function of texts and paths: nothing listens, nothing connects, nothing runs.

#![forbid(unsafe_code)]

mod app;
mod component;
mod fault;
mod load;
mod trigger;

pub use app::App;
pub use app::Format;
pub use app::Variable;
pub use component::Build;
pub use component::Component;
pub use component::ComponentKind;
pub use component::Hosting;
pub use component::Limits;
pub use component::Mount;
pub use component::Source;
pub use fault::Fault;
pub use fault::FaultCode;
pub use fault::Faults;
pub use fault::Position;
pub use load::LoadOptions;
pub use trigger::Executor;
pub use trigger::HttpTarget;
pub use trigger::HttpTrigger;
pub use trigger::OtherTrigger;
pub use trigger::RedisTrigger;
pub use trigger::Route;
pub use trigger::StaticResponse;
pub use trigger::Trigger;
pub use trigger::TriggerConfig;
pub use trigger::Wagi;
