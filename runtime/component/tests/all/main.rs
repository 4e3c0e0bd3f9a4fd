//! What is made of components, and what is refused.

mod documentation;
mod hostile;
mod inputs;
mod layout;
mod linked;
mod modules;
mod refused;
mod resources;
mod typescript;
