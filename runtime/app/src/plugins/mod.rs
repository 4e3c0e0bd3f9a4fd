//! Plugins: triggers that are programs of their own, which are installed by their manifests, in the format of Spin's.
//!
//! Each has a folder of its name in the folder of plugins, with its program, which has that name too, and its manifest.
//! Programs are run from there and from nowhere else.

mod archive;
mod install;
mod manifest;
mod store;

pub use install::install;
pub use manifest::Package;
pub use manifest::PluginManifest;
pub use store::PluginError;
pub use store::installed;
pub use store::serves;
pub(crate) use store::trigger_program;
pub use store::uninstall;
