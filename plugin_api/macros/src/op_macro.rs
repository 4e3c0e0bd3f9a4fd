//! The expansion of `#[op]`: a function that returns a `TypedOp`, and a type of the same name whose `call` is the
//! author's function.
//!
//! Of
//!
//! ```text
//! #[op]
//! fn add(a: i32, b: i32) -> i32 { a + b }
//! ```
//!
//! it makes, a little shortened:
//!
//! ```text
//! struct add {}
//! impl add {
//!   pub fn call(a: i32, b: i32) -> i32 { a + b }
//! }
//!
//! fn add() -> TypedOp {
//!   use plugin_api::__private as __api;
//!
//!   unsafe extern "C" fn fast(_: Local, context: Address, argument0: i32, argument1: i32) -> i32 {
//!     __api::call_fast(context, |call| {
//!       let argument0 = i32::from_c(argument0);
//!       let argument1 = i32::from_c(argument1);
//!       call.give(add::call(argument0, argument1))
//!     })
//!   }
//!
//!   __api::TypedOp::new(
//!     __api::Signature { parameters: vec![__api::Parameter { name: "a", kind: __api::kind::I32, … }, …], … },
//!     fast as *const (),
//!     |call, arguments| {
//!       let argument0 = arguments.scalar::<i32>();
//!       let argument1 = arguments.scalar::<i32>();
//!       call.give(add::call(argument0, argument1))
//!     },
//!   )
//! }
//! ```

mod mode;
mod parameter;
mod result;

use proc_macro2::Span;
use proc_macro2::TokenStream;
use quote::quote;
use syn::Attribute;
use syn::Error;
use syn::Expr;
use syn::Ident;
use syn::ItemFn;
use syn::Lit;
use syn::Meta;
use syn::Result;
use syn::Safety;
use syn::Type;
use syn::Visibility;

use self::mode::Mode;
use self::parameter::Kind;
use self::parameter::Parameter;
use self::result::OpResult;
use crate::api_crate::api_crate;
use crate::types;

pub fn expand(attribute: TokenStream, function: TokenStream) -> Result<TokenStream> {
  let is_blocking = parse_attribute(attribute)?;
  let mut function: ItemFn = syn::parse2(function)?;
  check_function(&function)?;
  let mode = match (is_blocking, function.sig.asyncness) {
    (false, None) => Mode::Sync,
    (false, Some(_)) => Mode::Async,
    (true, None) => Mode::Blocking,
    (true, Some(asyncness)) => {
      return Err(Error::new_spanned(asyncness, "a #[op(blocking)] function is not async: it may block its thread"));
    }
  };
  let inputs = function.sig.inputs.iter().enumerate();
  let parameters = inputs.map(|(index, input)| Parameter::new(index, input)).collect::<Result<Vec<_>>>()?;
  check_parameters(&parameters, mode)?;
  let result = OpResult::new(&function.sig.output)?;

  let api = api_crate("#[op]")?;
  let name = function.sig.ident.clone();
  let visibility = std::mem::replace(&mut function.vis, Visibility::Public(Default::default()));
  let documentation = function.attrs.extract_if(.., |attribute| attribute.path().is_ident("doc")).collect::<Vec<_>>();
  let of_what = format!("The function behind the op `{name}`.");
  function.sig.ident = Ident::new("call", Span::call_site());

  let signature = signature(&parameters, &result, mode, &documentation);
  let op = match mode {
    Mode::Sync => sync_op(&name, &signature, &parameters, &result),
    Mode::Async | Mode::Blocking => future_op(&name, &signature, &parameters, &result, mode),
  };
  Ok(quote! {
    #[doc = #of_what]
    #[allow(non_camel_case_types)]
    #visibility struct #name {}

    #[allow(clippy::needless_pass_by_value, clippy::needless_pass_by_ref_mut, clippy::ptr_arg)]
    impl #name {
      #(#documentation)*
      #function
    }

    #(#documentation)*
    #[allow(unused_unsafe, clippy::let_unit_value, clippy::unit_arg, clippy::useless_conversion)]
    #visibility fn #name() -> #api::TypedOp {
      use #api::__private as __api;
      #[allow(unused_imports)]
      use __api::{Known as _, Unknown as _};

      #[allow(unused_mut)]
      let mut declarations = __api::Declarations::default();
      #op
    }
  })
}

/// Whether it is `#[op(blocking)]`.
fn parse_attribute(attribute: TokenStream) -> Result<bool> {
  if attribute.is_empty() {
    return Ok(false);
  }
  match syn::parse2::<Ident>(attribute.clone()) {
    Ok(word) if word == "blocking" => Ok(true),
    _ => Err(Error::new_spanned(attribute, "#[op] takes `blocking` or no argument")),
  }
}

fn check_function(function: &ItemFn) -> Result<()> {
  let signature = &function.sig;
  if let Safety::Unsafe(token) = &signature.safety {
    return Err(Error::new_spanned(token, "a #[op] function is safe: scripts call it"));
  }
  if let Some(abi) = &signature.abi {
    return Err(Error::new_spanned(abi, "a #[op] function is a plain Rust function; the attribute makes the C one"));
  }
  if let Some(lifetime) = signature.generics.lifetimes().next() {
    return Err(Error::new_spanned(
      lifetime,
      "a #[op] function has no lifetime parameters; leave them out or write `'_`",
    ));
  }
  if !signature.generics.params.is_empty() {
    return Err(Error::new_spanned(&signature.generics, "a #[op] function has no generic parameters"));
  }
  Ok(())
}

fn check_parameters(parameters: &[Parameter], mode: Mode) -> Result<()> {
  let refuse = |parameter: &Parameter, message: &str| Err(Error::new_spanned(&parameter.ty, message));
  let mut has_state = false;
  let mut has_interface = false;
  for (index, parameter) in parameters.iter().enumerate() {
    match (&parameter.kind, mode) {
      (Kind::Interface, Mode::Async) => {
        return refuse(
          parameter,
          "an async op cannot hold the Interface; call plugin_api::resources() or plugin_api::spawn_blocking() in it instead",
        );
      }
      (Kind::State(_), Mode::Async) => {
        return refuse(
          parameter,
          "an async op cannot hold the plugin's state: other ops run before it is done; keep what it needs in a resource \
           and take that as `&T`",
        );
      }
      (Kind::Interface | Kind::State(_) | Kind::Resource(_), Mode::Blocking) => {
        return refuse(
          parameter,
          "a blocking op runs on another thread, and the Interface, the plugin's state and its resources stay on the \
           isolate's; use an async op that calls plugin_api::spawn_blocking() with what it needs of them",
        );
      }
      (Kind::SliceMut(element), Mode::Async | Mode::Blocking) if !types::is_path(element, "u8") => {
        return refuse(
          parameter,
          "an op that is done later can write the script's bytes, `&mut [u8]`, but no other elements; take a Vec and give it back",
        );
      }
      (Kind::Buffers, _) if parameters[index + 1..].iter().any(Parameter::is_passed) => {
        return refuse(parameter, "`&mut [ZeroCopyBuf]` takes all further buffers of a call: it is the last parameter");
      }
      (Kind::State(_), Mode::Sync) if std::mem::replace(&mut has_state, true) => {
        return refuse(parameter, "an op takes one state of the plugin; put what it needs into one struct");
      }
      (Kind::Interface, Mode::Sync) if std::mem::replace(&mut has_interface, true) => {
        return refuse(parameter, "an op takes the Interface once");
      }
      _ => {}
    }
  }
  Ok(())
}

/// What the op says of itself.
fn signature(parameters: &[Parameter], result: &OpResult, mode: Mode, documentation: &[Attribute]) -> TokenStream {
  let documentation = text_of(documentation);
  let is_async = mode != Mode::Sync;
  let result_kind = result.abi_kind();
  let described = parameters.iter().filter(|parameter| parameter.is_passed()).map(|parameter| {
    let (name, kind) = (&parameter.name, parameter.abi_kind(mode));
    let is_optional = matches!(parameter.kind, Kind::Value { is_optional: true });
    let type_ = match parameter.kind {
      Kind::Value { .. } => typescript_type(&parameter.ty),
      _ => quote!(::std::string::String::new()),
    };
    quote!(__api::Parameter { name: #name, kind: #kind, is_optional: #is_optional, type_: #type_ })
  });
  let result_type = match (&result.kind, &result.ty) {
    (result::Kind::Value, Some(ty)) => typescript_type(ty),
    (result::Kind::Text, Some(ty)) if types::is_option(ty) => quote!(::std::string::String::from("string | null")),
    (result::Kind::Bytes, Some(ty)) if types::is_option(ty) => {
      quote!(::std::string::String::from("Uint8Array<ArrayBuffer> | null"))
    }
    _ => quote!(::std::string::String::new()),
  };
  quote! {
    __api::Signature {
      parameters: ::std::vec![#(#described),*],
      result: #result_kind,
      is_async: #is_async,
      documentation: #documentation,
      result_type: #result_type,
      declarations: declarations.finish(),
    }
  }
}

/// The TypeScript type of `ty`, if it has one. Its declaration goes to the variable `declarations`.
pub fn typescript_type(ty: &Type) -> TokenStream {
  if types::has_impl_trait(ty) {
    return quote!(::std::string::String::new());
  }
  quote!((&__api::TypeOf::<#ty>::new()).write(&mut declarations))
}

/// The lines of documentation comments.
pub fn text_of(documentation: &[Attribute]) -> String {
  let lines = documentation.iter().filter_map(|attribute| match &attribute.meta {
    Meta::NameValue(pair) => match &pair.value {
      Expr::Lit(literal) => match &literal.lit {
        Lit::Str(line) => Some(line.value()),
        _ => None,
      },
      _ => None,
    },
    _ => None,
  });
  let lines = lines.map(|line| line.strip_prefix(' ').map(str::to_string).unwrap_or(line));
  lines.collect::<Vec<_>>().join("\n").trim().to_string()
}

/// A check that no two arguments are the same memory, if one of them is written.
fn overlap_check(parameters: &[Parameter], mode: Mode) -> TokenStream {
  let is_written = parameters.iter().any(|parameter| matches!(parameter.kind, Kind::SliceMut(_)));
  let spans = parameters.iter().filter_map(|parameter| parameter.span(mode)).collect::<Vec<_>>();
  let buffers = parameters.iter().find(|parameter| matches!(parameter.kind, Kind::Buffers));
  let others = buffers.map_or(quote!(&[]), |parameter| {
    let variable = &parameter.variable;
    quote!(&#variable)
  });
  match is_written && spans.len() + usize::from(buffers.is_some()) > 1 {
    true => quote!(__api::check_overlap(&[#(#spans),*], #others)?;),
    false => quote!(),
  }
}

fn sync_op(name: &Ident, signature: &TokenStream, parameters: &[Parameter], result: &OpResult) -> TokenStream {
  let mode = Mode::Sync;
  let overlap_check = overlap_check(parameters, mode);
  let from_host = parameters.iter().map(Parameter::take_from_host);
  let passed = parameters.iter().map(|parameter| parameter.pass(mode));
  let called = quote!(#name::call(#(#passed),*));
  let has_interface = parameters.iter().any(|parameter| matches!(parameter.kind, Kind::Interface));
  let give = match has_interface {
    // With it the op can fail and return all the same.
    true => {
      let value = result.unwrap(quote!(returned));
      quote! {
        let returned = #called;
        call.check()?;
        call.give(#value)
      }
    }
    false => {
      let value = result.unwrap(called);
      quote!(call.give(#value))
    }
  };
  let run = quote! {
    #overlap_check
    #(#from_host)*
    #give
  };
  let from_arguments = parameters.iter().map(|parameter| parameter.take_from_arguments(mode));
  let fast = match parameters.iter().all(Parameter::can_be_fast) {
    true => fast_function(parameters, result, &run),
    false => quote!(let fast = __api::NO_FAST_FUNCTION;),
  };
  quote! {
    #fast
    __api::TypedOp::new(#signature, fast, |call, arguments| {
      #(#from_arguments)*
      #run
    })
  }
}

/// The function that V8 calls directly.
fn fast_function(parameters: &[Parameter], result: &OpResult, run: &TokenStream) -> TokenStream {
  let c_parameters = parameters.iter().map(Parameter::c_parameters);
  let from_c = parameters.iter().map(Parameter::take_from_c);
  let c_type = result.c_type();
  quote! {
    unsafe extern "C" fn fast(_: __api::Local, context: __api::Address, #(#c_parameters)*) -> #c_type {
      // SAFETY: the host has it called as the signature says, with the context of this op.
      unsafe {
        __api::call_fast(context, |call| {
          #(#from_c)*
          #run
        })
      }
    }
    let fast = fast as *const ::core::ffi::c_void;
  }
}

fn future_op(
  name: &Ident,
  signature: &TokenStream,
  parameters: &[Parameter],
  result: &OpResult,
  mode: Mode,
) -> TokenStream {
  let overlap_check = overlap_check(parameters, mode);
  let from_arguments = parameters.iter().map(|parameter| parameter.take_from_arguments(mode));
  let passed = parameters.iter().map(|parameter| parameter.pass(mode));
  let called = quote!(#name::call(#(#passed),*));
  let started = match mode {
    Mode::Blocking => {
      let value = result.unwrap(called);
      quote!(__api::blocking(move || __api::give(#value)))
    }
    _ => {
      let value = result.unwrap(quote!(#called.await));
      quote!(__api::future(async move { __api::give(#value) }))
    }
  };
  quote! {
    #[allow(unused_mut)]
    let op = __api::TypedOp::new(#signature, __api::NO_FAST_FUNCTION, |call, arguments| {
      #(#from_arguments)*
      #overlap_check
      ::core::result::Result::Ok(#started)
    });
    op
  }
}
