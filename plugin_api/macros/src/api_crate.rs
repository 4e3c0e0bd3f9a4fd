//! The path of plugin_api in the crate that is compiled.

use proc_macro_crate::FoundCrate;
use proc_macro_crate::crate_name;
use proc_macro2::Span;
use proc_macro2::TokenStream;
use quote::quote;
use syn::Error;
use syn::Ident;
use syn::Result;

/// The path for the expansion of `attribute`; the crate that is compiled may call plugin_api otherwise.
pub fn api_crate(attribute: &str) -> Result<TokenStream> {
  match crate_name("plugin_api") {
    // Doc tests, tests and examples of plugin_api itself see it under its own name too.
    Ok(FoundCrate::Itself) => Ok(quote!(::plugin_api)),
    Ok(FoundCrate::Name(name)) => {
      let name = Ident::new(&name, Span::call_site());
      Ok(quote!(::#name))
    }
    Err(error) => Err(Error::new(Span::call_site(), format!("{attribute} needs the crate plugin_api: {error}"))),
  }
}
