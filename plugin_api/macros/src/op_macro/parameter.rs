//! What a parameter of an op's function is, by its written type, and the code that makes its argument on either path.

use proc_macro2::TokenStream;
use quote::format_ident;
use quote::quote;
use syn::Error;
use syn::FnArg;
use syn::Ident;
use syn::Pat;
use syn::Result;
use syn::Token;
use syn::Type;
use syn::TypeReference;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::mode::Mode;
use crate::types::is_element;
use crate::types::is_path;
use crate::types::is_scalar;
use crate::types::last_segment;
use crate::types::single_argument;

/// A parameter of the author's function.
pub struct Parameter {
  /// What the script's author reads.
  pub name: String,
  /// What the expansion calls the argument.
  pub variable: Ident,
  pub kind: Kind,
  /// As the author wrote it.
  pub ty: Type,
}

/// What a parameter is.
pub enum Kind {
  /// `bool`, an integer, a float or the number of a resource.
  Scalar,
  /// `&str`
  Str,
  /// `String`
  String,
  /// `&[u8]`, and slices of the other numbers that JavaScript has typed arrays of.
  Slice(Type),
  /// `Vec<u8>`
  ByteVec,
  /// The same, to be written.
  SliceMut(Type),
  /// `ZeroCopyBuf`
  Buffer,
  /// `&mut [ZeroCopyBuf]`
  Buffers,
  /// `&mut dyn Interface`
  Interface,
  /// `&mut T`: the plugin's state of type `T`.
  State(Type),
  /// `&T`: a resource of type `T`.
  Resource(Type),
  /// Anything else that serde knows.
  Value { is_optional: bool },
}

impl Parameter {
  /// The parameter at `index`.
  ///
  /// # Errors
  ///
  /// When its pattern or its type cannot be an op's.
  pub fn new(index: usize, input: &FnArg) -> Result<Self> {
    let FnArg::Typed(input) = input else {
      return Err(Error::new_spanned(input, "a #[op] function has no self"));
    };
    let name = match &*input.pat {
      Pat::Ident(pattern) if pattern.by_ref.is_none() && pattern.subpat.is_none() => {
        pattern.ident.unraw().to_string().trim_start_matches('_').to_string()
      }
      Pat::Tuple(_) | Pat::Wild(_) => String::new(),
      pattern => {
        return Err(Error::new_spanned(pattern, "a parameter of a #[op] function is a name or a tuple of names"));
      }
    };
    let name = if name.is_empty() { format!("arg{index}") } else { name };
    let kind = Kind::of(&input.ty)?;
    Ok(Self { name, variable: format_ident!("argument{index}"), kind, ty: (*input.ty).clone() })
  }

  /// Whether JavaScript passes something for it.
  pub fn is_passed(&self) -> bool {
    !matches!(self.kind, Kind::Interface | Kind::State(_))
  }

  /// Its `abi::kind`.
  pub fn abi_kind(&self, mode: Mode) -> TokenStream {
    let ty = &self.ty;
    let kind = match &self.kind {
      Kind::Scalar => return quote!(<#ty as __api::Scalar>::KIND),
      Kind::Str | Kind::String => format_ident!("STRING"),
      Kind::Slice(element) => return quote!(<#element as __api::Element>::SLICE),
      Kind::SliceMut(element) if mode == Mode::Sync => return quote!(<#element as __api::Element>::SLICE_MUT),
      Kind::ByteVec => format_ident!("BYTES"),
      Kind::SliceMut(_) | Kind::Buffer => format_ident!("BUFFER"),
      Kind::Buffers => format_ident!("BUFFERS"),
      Kind::Resource(_) => format_ident!("RESOURCE"),
      Kind::Value { .. } => format_ident!("VALUE"),
      Kind::Interface | Kind::State(_) => format_ident!("VOID"),
    };
    quote!(__api::kind::#kind)
  }

  /// Whether an op that takes it can have a fast function.
  pub fn can_be_fast(&self) -> bool {
    // With the Interface an op registers others, which the host shows to JavaScript when a call is done: not on that
    // path.
    !matches!(self.kind, Kind::Buffer | Kind::Buffers | Kind::Interface)
  }

  /// The C parameters of the fast function that stand for it.
  pub fn c_parameters(&self) -> TokenStream {
    let Self { variable, ty, .. } = self;
    match &self.kind {
      Kind::Scalar => quote!(#variable: <#ty as __api::Scalar>::C,),
      Kind::Str | Kind::String => quote!(#variable: *const __api::OneByteString,),
      Kind::Slice(_) | Kind::ByteVec | Kind::SliceMut(_) => {
        let (at, length) = self.bytes_variables();
        quote!(#variable: __api::Local, #at: __api::Address, #length: u32,)
      }
      Kind::Resource(_) | Kind::Value { .. } => quote!(#variable: u32,),
      Kind::Interface | Kind::State(_) | Kind::Buffer | Kind::Buffers => quote!(),
    }
  }

  fn bytes_variables(&self) -> (Ident, Ident) {
    (format_ident!("{}_at", self.variable), format_ident!("{}_length", self.variable))
  }

  /// Makes `variable` of the C parameters.
  pub fn take_from_c(&self) -> TokenStream {
    let Self { name, variable, ty, .. } = self;
    let taken = match &self.kind {
      Kind::Scalar => quote!(<#ty as __api::Scalar>::from_c(#variable)),
      Kind::Str => quote!(call.text(#variable)),
      Kind::String => quote!(call.text(#variable).into_owned()),
      Kind::Slice(element) | Kind::SliceMut(element) => {
        let (at, length) = self.bytes_variables();
        quote!(call.lent::<#element>(#variable, #at, #length)?)
      }
      Kind::ByteVec => {
        let (at, length) = self.bytes_variables();
        quote!(call.lent::<u8>(#variable, #at, #length)?.to_vec())
      }
      Kind::Resource(ty) => quote!(call.resource::<#ty>(#variable)?),
      Kind::Value { .. } => {
        let value = value_method(ty, "value");
        quote!(call.#value(#name, #variable)?)
      }
      Kind::State(_) | Kind::Interface | Kind::Buffer | Kind::Buffers => return quote!(),
    };
    let mutability = self.mutability(Mode::Sync);
    quote!(let #mutability #variable = #taken;)
  }

  /// `mut`, if the op gets its argument to write.
  fn mutability(&self, mode: Mode) -> Option<Token![mut]> {
    let is_mut = match self.kind {
      Kind::SliceMut(_) => true,
      Kind::Buffers => mode != Mode::Sync,
      _ => false,
    };
    is_mut.then(Default::default)
  }

  /// Makes `variable` of the next of the slow path's arguments.
  pub fn take_from_arguments(&self, mode: Mode) -> TokenStream {
    let Self { name, variable, ty, .. } = self;
    let is_sync = mode == Mode::Sync;
    let taken = match &self.kind {
      Kind::Scalar => quote!(arguments.scalar::<#ty>()),
      Kind::Str if is_sync => quote!(arguments.text()),
      Kind::Str | Kind::String => quote!(arguments.text().into_owned()),
      Kind::Slice(element) | Kind::SliceMut(element) if is_sync => quote!(arguments.lent::<#element>()),
      Kind::Slice(element) => quote!(arguments.lent::<#element>().to_vec()),
      Kind::ByteVec => quote!(arguments.lent::<u8>().to_vec()),
      Kind::SliceMut(_) | Kind::Buffer => quote!(arguments.buffer()),
      Kind::Buffers if is_sync => quote!(arguments.buffers()),
      Kind::Buffers => quote!(arguments.buffers().to_vec()),
      Kind::Resource(ty) => quote!(call.resource::<#ty>(arguments.scalar())?),
      Kind::Value { .. } => {
        let value = value_method(ty, if is_sync { "value" } else { "owned_value" });
        quote!(arguments.#value(#name)?)
      }
      Kind::State(_) | Kind::Interface => return quote!(),
    };
    let mutability = self.mutability(mode);
    quote!(let #mutability #variable = #taken;)
  }

  /// What both paths do to give the op what is not the script's.
  pub fn take_from_host(&self) -> TokenStream {
    let variable = &self.variable;
    match &self.kind {
      Kind::Interface => quote!(let mut #variable = call.host();),
      Kind::State(ty) => quote! {
        let #variable = call.state::<#ty>()?;
        let mut #variable = __api::borrow_state(&#variable)?;
      },
      _ => quote!(),
    }
  }

  /// The argument for the author's function.
  // Its unsafe blocks: two arguments that are the same memory have been refused before, see `span`.
  pub fn pass(&self, mode: Mode) -> TokenStream {
    let variable = &self.variable;
    let is_sync = mode == Mode::Sync;
    match &self.kind {
      Kind::Scalar | Kind::String | Kind::ByteVec | Kind::Buffer | Kind::Value { .. } => quote!(#variable),
      Kind::Str | Kind::Resource(_) => quote!(&#variable),
      Kind::Slice(_) if is_sync => quote!(unsafe { #variable.as_slice() }),
      Kind::Slice(_) => quote!(&#variable),
      Kind::SliceMut(_) if is_sync => quote!(unsafe { #variable.as_mut_slice() }),
      Kind::Buffers if is_sync => quote!(#variable),
      Kind::SliceMut(_) | Kind::Buffers | Kind::Interface | Kind::State(_) => quote!(&mut #variable),
    }
  }

  /// Its bytes, as the script holds them, for the check that nobody writes what another reads.
  pub fn span(&self, mode: Mode) -> Option<TokenStream> {
    let Self { name, variable, .. } = self;
    match &self.kind {
      Kind::Slice(_) if mode == Mode::Sync => Some(quote!(__api::Span::read(#name, #variable.as_ptr_range()))),
      Kind::SliceMut(_) => Some(quote!(__api::Span::write(#name, #variable.as_ptr_range()))),
      Kind::Buffer => Some(quote!(__api::Span::read(#name, #variable.as_ptr_range()))),
      _ => None,
    }
  }
}

/// The method that makes a value; what the compiler has to say of it, it says at the type.
fn value_method(ty: &Type, name: &str) -> TokenStream {
  let method = Ident::new(name, ty.span());
  quote!(#method::<#ty>)
}

impl Kind {
  fn of(ty: &Type) -> Result<Self> {
    match ty {
      Type::Reference(reference) => Self::of_reference(reference),
      Type::Path(_) => Ok(Self::of_path(ty)),
      // What a macro has passed on.
      Type::Group(group) => Self::of(&group.elem),
      Type::Paren(paren) => Self::of(&paren.elem),
      Type::ImplTrait(_) => {
        Err(Error::new_spanned(ty, "a #[op] function has no generic parameters, and so no `impl Trait`; name a type"))
      }
      Type::Ptr(_) | Type::FnPtr(_) | Type::Never(_) | Type::TraitObject(_) | Type::Slice(_) => {
        Err(Error::new_spanned(ty, "a script has no value for a parameter of this type"))
      }
      _ => Ok(Self::Value { is_optional: false }),
    }
  }

  fn of_path(ty: &Type) -> Self {
    let Some(segment) = last_segment(ty) else { return Self::Value { is_optional: false } };
    match segment.ident.to_string().as_str() {
      _ if is_scalar(ty) => Self::Scalar,
      "String" if segment.arguments.is_none() => Self::String,
      "ZeroCopyBuf" => Self::Buffer,
      "Vec" if single_argument(segment).is_some_and(|element| is_path(element, "u8")) => Self::ByteVec,
      name => Self::Value { is_optional: name == "Option" },
    }
  }

  fn of_reference(reference: &TypeReference) -> Result<Self> {
    let is_mut = reference.mutability.is_some();
    if let Some(lifetime) = reference.lifetime.as_ref().filter(|lifetime| lifetime.ident == "static") {
      return Err(Error::new_spanned(
        lifetime,
        "an argument lives until the op returns, and no longer; leave `'static` out",
      ));
    }
    let unknown = |what: &str| Err(Error::new_spanned(reference, what));
    match &*reference.elem {
      Type::TraitObject(object) if is_interface(object) => match is_mut {
        true => Ok(Self::Interface),
        false => unknown("an op takes the interface as `&mut dyn Interface`"),
      },
      Type::TraitObject(_) => unknown("of the trait objects an op takes `&mut dyn Interface` only"),
      Type::Slice(slice) if is_element(&slice.elem) && is_mut => Ok(Self::SliceMut((*slice.elem).clone())),
      Type::Slice(slice) if is_element(&slice.elem) => Ok(Self::Slice((*slice.elem).clone())),
      Type::Slice(slice) if is_path(&slice.elem, "ZeroCopyBuf") && is_mut => Ok(Self::Buffers),
      Type::Slice(slice) if is_path(&slice.elem, "ZeroCopyBuf") => {
        unknown("an op takes buffers as `&mut [ZeroCopyBuf]`")
      }
      Type::Slice(_) => unknown(
        "of slices an op takes those of numbers that JavaScript has typed arrays of, such as `&[u8]` and `&mut [f64]`, and \
         `&mut [ZeroCopyBuf]`; take a Vec",
      ),
      elem if is_path(elem, "str") => match is_mut {
        true => unknown("a script's string cannot be written; take `&str` or `String`"),
        false => Ok(Self::Str),
      },
      elem if is_scalar(elem) && !is_mut => unknown("an op takes numbers and booleans by value"),
      elem if is_path(elem, "String") && !is_mut => unknown("an op takes a script's string as `&str` or `String`"),
      elem if is_path(elem, "ZeroCopyBuf") => unknown("an op takes a buffer as `ZeroCopyBuf`, `&[u8]` or `&mut [u8]`"),
      Type::Path(_) | Type::Tuple(_) if is_mut => Ok(Self::State((*reference.elem).clone())),
      Type::Path(_) => Ok(Self::Resource((*reference.elem).clone())),
      _ => unknown(
        "an op takes no reference of this type; `&T` is a resource of type T, `&mut T` is the plugin's state of type T, \
         anything else is taken by value",
      ),
    }
  }
}

fn is_interface(object: &syn::TypeTraitObject) -> bool {
  object.bounds.iter().any(|bound| match bound {
    syn::TypeParamBound::Trait(bound) => bound.path.segments.last().is_some_and(|segment| segment.ident == "Interface"),
    _ => false,
  })
}
