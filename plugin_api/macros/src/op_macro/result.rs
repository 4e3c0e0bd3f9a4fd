//! What an op's function returns, by its written type.

use proc_macro2::Span;
use proc_macro2::TokenStream;
use quote::format_ident;
use quote::quote;
use quote::quote_spanned;
use syn::Error;
use syn::Result;
use syn::ReturnType;
use syn::Type;
use syn::spanned::Spanned;

use crate::types::is_path;
use crate::types::is_scalar;
use crate::types::last_segment;
use crate::types::single_argument;
use crate::types::type_arguments;

/// What an op gives.
pub struct OpResult {
  /// It is the value of a `Result`.
  pub can_fail: bool,
  pub kind: Kind,
  /// The value's type as the author wrote it; `None` for `()`.
  pub ty: Option<Type>,
  /// Where the author wrote it.
  span: Span,
}

/// What the value is.
pub enum Kind {
  Void,
  /// `bool`, an integer, a float or the number of a resource.
  Scalar,
  /// `String`, `&'static str` and `Option<String>`.
  Text,
  /// `Vec<u8>`, `Box<[u8]>`, `ZeroCopyBuf` and `Option<Vec<u8>>`.
  Bytes,
  /// Anything else that serde knows.
  Value,
}

impl OpResult {
  /// # Errors
  ///
  /// When no script can have a value of the type.
  pub fn new(output: &ReturnType) -> Result<Self> {
    let ReturnType::Type(_, ty) = output else {
      return Ok(Self { can_fail: false, kind: Kind::Void, ty: None, span: Span::call_site() });
    };
    let span = ty.span();
    let Some(result) = last_segment(ty).filter(|segment| segment.ident == "Result") else {
      return Ok(Self { can_fail: false, kind: Kind::of(ty)?, ty: Some((**ty).clone()), span });
    };
    match type_arguments(result).first() {
      Some(value) => Ok(Self { can_fail: true, kind: Kind::of(value)?, ty: Some((*value).clone()), span }),
      None => Err(Error::new_spanned(ty, "write what the Result is of: `Result<T, E>`")),
    }
  }

  /// Its `abi::kind`.
  pub fn abi_kind(&self) -> TokenStream {
    let ty = &self.ty;
    let kind = match &self.kind {
      Kind::Scalar => return quote!(<#ty as __api::Scalar>::KIND),
      Kind::Void => format_ident!("VOID"),
      Kind::Text => format_ident!("STRING"),
      Kind::Bytes => format_ident!("BYTES"),
      Kind::Value => format_ident!("VALUE"),
    };
    quote!(__api::kind::#kind)
  }

  /// The C type that the fast function returns.
  pub fn c_type(&self) -> TokenStream {
    let ty = &self.ty;
    match &self.kind {
      Kind::Void => quote!(()),
      Kind::Scalar => quote!(<#ty as __api::Scalar>::C),
      Kind::Text | Kind::Bytes | Kind::Value => quote!(u32),
    }
  }

  /// What the op gives, of what the author's function returned.
  pub fn unwrap(&self, returned: TokenStream) -> TokenStream {
    // What the compiler has to say of it, it says at the type.
    let span = self.span;
    let value = if self.can_fail { quote_spanned!(span=> __api::unwrap(#returned)?) } else { returned };
    if let Kind::Value = self.kind { quote_spanned!(span=> __api::value(#value)) } else { value }
  }
}

impl Kind {
  fn of(ty: &Type) -> Result<Self> {
    match ty {
      Type::Tuple(tuple) if tuple.elems.is_empty() => return Ok(Self::Void),
      Type::Reference(reference) => {
        return match is_path(&reference.elem, "str") {
          true => Ok(Self::Text),
          false => Err(Error::new_spanned(ty, "an op gives what it owns, or text as `&str`")),
        };
      }
      Type::ImplTrait(_) => {
        return Err(Error::new_spanned(ty, "name the type that the op gives, instead of `impl Trait`"));
      }
      _ => {}
    }
    let Some(segment) = last_segment(ty) else { return Ok(Self::Value) };
    if is_scalar(ty) {
      return Ok(Self::Scalar);
    }
    let inner = match (segment.ident == "Option", single_argument(segment)) {
      (true, Some(inner)) => inner,
      _ => ty,
    };
    Ok(match last_segment(inner).map(|segment| segment.ident.to_string()).as_deref() {
      Some("String") => Self::Text,
      Some("Vec") if is_bytes(inner) => Self::Bytes,
      Some("Box") if is_bytes(inner) => Self::Bytes,
      Some("ZeroCopyBuf") => Self::Bytes,
      _ => Self::Value,
    })
  }
}

/// Whether this is `Vec<u8>` or `Box<[u8]>`.
fn is_bytes(ty: &Type) -> bool {
  let element = last_segment(ty).and_then(single_argument);
  element.is_some_and(|element| match element {
    Type::Slice(slice) => is_path(&slice.elem, "u8"),
    element => is_path(element, "u8") && last_segment(ty).is_some_and(|segment| segment.ident == "Vec"),
  })
}
