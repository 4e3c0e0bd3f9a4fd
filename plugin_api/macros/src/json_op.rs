//! The expansion of `#[json_op]`: a function that returns a `JsonOp` built around the author's.

use proc_macro_crate::FoundCrate;
use proc_macro_crate::crate_name;
use proc_macro2::Span;
use proc_macro2::TokenStream;
use quote::quote;
use syn::Error;
use syn::FnArg;
use syn::Ident;
use syn::ItemFn;
use syn::Result;
use syn::ReturnType;
use syn::Type;

/// What a parameter of the author's function is.
#[derive(PartialEq, PartialOrd)]
enum Parameter {
  Interface,
  Argument,
  Buffers,
}

pub fn expand(attribute: TokenStream, function: TokenStream) -> Result<TokenStream> {
  if !attribute.is_empty() {
    return Err(Error::new_spanned(attribute, "#[json_op] takes no arguments"));
  }
  let mut function: ItemFn = syn::parse2(function)?;
  let is_async = function.sig.asyncness.is_some();
  let parameters = classify(&function)?;
  if let ReturnType::Default = function.sig.output {
    return Err(Error::new_spanned(&function.sig, "a #[json_op] function returns a Result"));
  }
  if !function.sig.generics.params.is_empty() {
    return Err(Error::new_spanned(&function.sig.generics, "a #[json_op] function has no generic parameters"));
  }
  if is_async && parameters.contains(&Parameter::Interface) {
    let message = "an async #[json_op] function cannot hold the Interface; call plugin_api::resources() or \
                   plugin_api::spawn_blocking() in it instead";
    return Err(Error::new_spanned(&function.sig.inputs, message));
  }

  let api = api_crate()?;
  let name = function.sig.ident.clone();
  let visibility = std::mem::replace(&mut function.vis, syn::Visibility::Inherited);
  let documentation = function.attrs.extract_if(.., |attribute| attribute.path().is_ident("doc")).collect::<Vec<_>>();
  let arguments = parameters.iter().map(|parameter| match parameter {
    Parameter::Interface => quote!(interface),
    Parameter::Argument => quote!(text.parse()?),
    Parameter::Buffers => quote!(buffers),
  });
  let body = if is_async {
    quote! {
      #api::JsonOp::new_async(|text, mut buffers| async move {
        let text = #api::__private::Text(&text);
        let buffers = buffers.as_mut_slice();
        ::core::result::Result::Ok(#name(#(#arguments),*).await?)
      })
    }
  } else {
    quote! {
      #api::JsonOp::new(|interface, text, buffers| ::core::result::Result::Ok(#name(#(#arguments),*)?))
    }
  };
  Ok(quote! {
    #(#documentation)*
    #visibility fn #name() -> #api::JsonOp {
      #function
      #[allow(unused_variables, unused_mut, clippy::needless_question_mark)]
      let op = #body;
      op
    }
  })
}

/// The parameters in order; an error at the first that does not belong.
fn classify(function: &ItemFn) -> Result<Vec<Parameter>> {
  let mut found = Vec::new();
  for input in &function.sig.inputs {
    let FnArg::Typed(input) = input else {
      return Err(Error::new_spanned(input, "a #[json_op] function has no self"));
    };
    let parameter = match &*input.ty {
      Type::Reference(reference) if matches!(*reference.elem, Type::TraitObject(_)) => Parameter::Interface,
      Type::Reference(reference) if is_buffers(&reference.elem) => Parameter::Buffers,
      _ => Parameter::Argument,
    };
    if found.last().is_some_and(|last| *last >= parameter) {
      let message = "a #[json_op] function takes at most an Interface, one argument and buffers, in this order; take \
                     several arguments as a tuple or a struct";
      return Err(Error::new_spanned(input, message));
    }
    found.push(parameter);
  }
  Ok(found)
}

/// Whether this is `[ZeroCopyBuf]`, by whatever path.
fn is_buffers(ty: &Type) -> bool {
  let Type::Slice(slice) = ty else { return false };
  let Type::Path(path) = &*slice.elem else { return false };
  path.path.segments.last().is_some_and(|segment| segment.ident == "ZeroCopyBuf")
}

/// The path of plugin_api in the crate that is compiled, which may call it otherwise.
fn api_crate() -> Result<TokenStream> {
  match crate_name("plugin_api") {
    // Doc tests, tests and examples of plugin_api itself see it under its own name too.
    Ok(FoundCrate::Itself) => Ok(quote!(::plugin_api)),
    Ok(FoundCrate::Name(name)) => {
      let name = Ident::new(&name, Span::call_site());
      Ok(quote!(::#name))
    }
    Err(error) => Err(Error::new(Span::call_site(), format!("#[json_op] needs the crate plugin_api: {error}"))),
  }
}
