//! The expansion of `#[json_op]`: a function that returns a `JsonOp` built around the author's.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Error;
use syn::FnArg;
use syn::ItemFn;
use syn::Pat;
use syn::PatType;
use syn::Result;
use syn::ReturnType;
use syn::Type;
use syn::ext::IdentExt;

use crate::api_crate::api_crate;
use crate::op_macro::text_of;
use crate::op_macro::typescript_type;
use crate::types::last_segment;
use crate::types::type_arguments;

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

  let api = api_crate("#[json_op]")?;
  let name = function.sig.ident.clone();
  let visibility = std::mem::replace(&mut function.vis, syn::Visibility::Inherited);
  let documentation = function.attrs.extract_if(.., |attribute| attribute.path().is_ident("doc")).collect::<Vec<_>>();
  let argument = argument(&function, &parameters);
  let argument_name = argument.map_or_else(|| "value".to_string(), |argument| name_of(&argument.pat));
  let argument_type = argument.map_or(quote!(::std::string::String::new()), |argument| typescript_type(&argument.ty));
  let result_type = result_of(&function.sig.output).map_or(quote!(::std::string::String::new()), typescript_type);
  let text = text_of(&documentation);
  let arguments = parameters.iter().map(|parameter| match parameter {
    Parameter::Interface => quote!(interface),
    Parameter::Argument => quote!(argument.parse()?),
    Parameter::Buffers => quote!(buffers),
  });
  let op = if is_async {
    quote! {
      #api::JsonOp::new_async(#argument_name, |argument, mut buffers| async move {
        let argument = argument.borrow();
        let buffers = buffers.as_mut_slice();
        ::core::result::Result::Ok(#name(#(#arguments),*).await?)
      })
    }
  } else {
    quote! {
      #api::JsonOp::new(#argument_name, |interface, argument, buffers| ::core::result::Result::Ok(#name(#(#arguments),*)?))
    }
  };
  let has_interface = parameters.contains(&Parameter::Interface);
  Ok(quote! {
    #(#documentation)*
    #visibility fn #name() -> #api::JsonOp {
      #function
      use #api::__private as __api;
      #[allow(unused_imports)]
      use __api::{Known as _, Unknown as _};

      #[allow(unused_variables, unused_mut, clippy::needless_question_mark)]
      let op = #op;
      #[allow(unused_mut)]
      let mut declarations = __api::Declarations::default();
      let argument_type = #argument_type;
      let result_type = #result_type;
      op.described(#text, argument_type, result_type, declarations.finish(), #has_interface)
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

/// The parameter that takes the argument, if there is one.
fn argument<'a>(function: &'a ItemFn, parameters: &[Parameter]) -> Option<&'a PatType> {
  let index = parameters.iter().position(|parameter| *parameter == Parameter::Argument)?;
  match function.sig.inputs.get(index) {
    Some(FnArg::Typed(input)) => Some(input),
    _ => None,
  }
}

fn name_of(pattern: &Pat) -> String {
  match pattern {
    Pat::Ident(pattern) => pattern.ident.unraw().to_string(),
    _ => "value".to_string(),
  }
}

/// The `T` of a written `Result<T, E>`.
fn result_of(output: &ReturnType) -> Option<&Type> {
  match output {
    ReturnType::Type(_, ty) => last_segment(ty).and_then(|result| type_arguments(result).first().copied()),
    ReturnType::Default => None,
  }
}
