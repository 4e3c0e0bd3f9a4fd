//! The usual mistakes in an app: each is a [`Check`], which looks at the app and says what is wrong and what would mend
//! it. [`examine`] goes through all of them.

#![forbid(unsafe_code)]

mod check;
mod checks;
mod error;
mod examine;
mod finding;
mod imports;
pub mod machine;
mod module_exports;
mod patient;

pub use check::Check;
pub use error::DoctorError;
pub use examine::Examined;
pub use examine::Keeper;
pub use examine::examine;
pub use finding::Finding;
pub use finding::Remedy;
pub use machine::Machine;
