//! Why a library is refused.

/// What is wrong with a library, as what follows "it is an ELF file that is damaged: ".
pub(crate) type Fault = String;
