//! The runtime's scripts that are loaded on demand, as the build script embeds them: their texts and their code.

use std::borrow::Cow;

use deno_core::SourceCodeCacheInfo;

include!(concat!(env!("OUT_DIR"), "/residual_sources.rs"));

/// The code of a script, which V8 takes instead of the text with the flags it was made with.
pub(crate) fn code(specifier: &str) -> Option<SourceCodeCacheInfo> {
  let (_, code) = CODE_CACHE.iter().find(|(name, _)| *name == specifier)?;
  // The hash is for those who keep code elsewhere.
  Some(SourceCodeCacheInfo { hash: 0, data: Some(Cow::Borrowed(code)) })
}
