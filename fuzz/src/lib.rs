//! What the fuzz targets share: modules to begin with, how they are changed, and a count of the memory that is taken.

mod counting;
mod made;
mod mutate;
#[path = "../../runtime/rewrite/src/odd_modules.rs"]
mod odd_modules;
mod random;
mod seeds;

pub use counting::Counting;
pub use counting::peak;
pub use mutate::mutate;
pub use mutate::mutate_component;
