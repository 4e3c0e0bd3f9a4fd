//! The usual mistakes in an app: each is a [`Check`], which looks at the app and says what is wrong and what would mend
//! it. [`examine`] goes through all of them.

#![forbid(unsafe_code)]

mod checks;
mod examine;
mod finding;
mod imports;
mod machine;
mod patient;

pub use checks::Check;
pub use examine::DoctorError;
pub use examine::Examined;
pub use examine::examine;
pub use finding::Finding;
pub use finding::Remedy;
pub use machine::Machine;
pub use machine::ThisMachine;
