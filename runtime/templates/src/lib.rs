//! Templates of apps and of components, in Spin's format: a folder with `metadata/spin-template.toml`, which says what
//! is asked for, and `content/`, whose files are written with what was answered. [`new_app`] writes a folder, whole or
//! not at all; [`add_component`] writes one and names it in the manifest of an app that is there.

#![forbid(unsafe_code)]

mod add;
mod authors;
mod error;
mod filters;
mod library;
mod metadata;
mod new;
mod place;
mod render;
mod template;
mod toml_text;
mod values;

pub use add::Added;
pub use add::add_component;
pub use error::TemplateError;
pub use library::Library;
pub use library::Listed;
pub use new::Order;
pub use new::Written;
pub use new::check_name;
pub use new::has_components;
pub use new::new_app;
pub use place::Content;
pub use place::Place;
pub use place::PlaceError;
pub use template::Template;
pub use values::Ask;
