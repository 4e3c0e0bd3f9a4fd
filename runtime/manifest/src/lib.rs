//! What an app is: its components, what calls them and what they may use, read from spin.toml (versions 1 and 2), a
//! locked app, plugbay.toml or a single guest.
//!
//! [`load`] reads an [`App`] and tells all that is wrong with it at once, each [`Fault`] with its line and column.
//! Everything here is a pure function of texts and paths: nothing listens, nothing connects, nothing runs.

#![forbid(unsafe_code)]

mod app;
mod check;
mod component;
mod fault;
mod guest;
mod legacy_hosts;
mod load;
mod locked;
mod names;
mod node;
mod options;
mod outbound;
mod read;
mod report;
mod request;
mod route_pattern;
mod router;
mod runtime_config;
mod secret;
mod settings_file;
mod table;
mod template;
mod trigger;
mod wagi;

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
pub use ipnet::IpNet;
pub use load::load;
pub use load::load_text;
pub use load::manifest_of;
pub use locked::LockedApp;
pub use locked::LockedComponent;
pub use locked::LockedContent;
pub use locked::LockedFile;
pub use locked::LockedSource;
pub use locked::LockedTrigger;
pub use locked::LockedVariable;
pub use names::nearest;
pub use options::LoadOptions;
pub use outbound::CHAINING_SUFFIX;
pub use outbound::OutboundFault;
pub use outbound::OutboundHost;
pub use outbound::OutboundHosts;
pub use outbound::chained_component;
pub use outbound::is_own_host;
pub use request::RequestOrigin;
pub use request::set_spin_headers;
pub use route_pattern::RoutePattern;
pub use router::HiddenRoute;
pub use router::RouteFault;
pub use router::RouteMatch;
pub use router::Router;
pub use router::WELL_KNOWN_PREFIX;
pub use runtime_config::Database;
pub use runtime_config::KeyValueStore;
pub use runtime_config::RuntimeConfig;
pub use runtime_config::VariablesProvider;
pub use secret::Secret;
pub use settings_file::load_runtime_config;
pub use settings_file::load_values;
pub use template::Template;
pub use template::TemplateFault;
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
pub use wagi::CgiFault;
pub use wagi::CgiResponse;
pub use wagi::parse_cgi_response;
pub use wagi::wagi_arguments;
pub use wagi::wagi_variables;
