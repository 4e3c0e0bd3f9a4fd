//! Looks at types as they are written.

use syn::GenericArgument;
use syn::PathArguments;
use syn::PathSegment;
use syn::Type;

/// The last name of a path, with its generic arguments.
pub fn last_segment(ty: &Type) -> Option<&PathSegment> {
  match ty {
    Type::Path(path) if path.qself.is_none() => path.path.segments.last(),
    Type::Group(group) => last_segment(&group.elem),
    Type::Paren(paren) => last_segment(&paren.elem),
    _ => None,
  }
}

/// Whether the type is `name`, by whatever path and without generic arguments.
pub fn is_path(ty: &Type, name: &str) -> bool {
  last_segment(ty).is_some_and(|segment| segment.ident == name && segment.arguments.is_none())
}

/// Whether the type is an `Option`.
pub fn is_option(ty: &Type) -> bool {
  last_segment(ty).is_some_and(|segment| segment.ident == "Option")
}

/// Whether the type crosses in a register: `bool`, an integer, a float or the number of a resource.
pub fn is_scalar(ty: &Type) -> bool {
  const SCALARS: [&str; 14] =
    ["bool", "i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "isize", "usize", "f32", "f64", "ResourceId"];
  SCALARS.iter().any(|scalar| is_path(ty, scalar))
}

/// Whether JavaScript has typed arrays of it.
pub fn is_element(ty: &Type) -> bool {
  const ELEMENTS: [&str; 10] = ["i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "f32", "f64"];
  ELEMENTS.iter().any(|element| is_path(ty, element))
}

/// Whether there is an `impl Trait` in the type, which then cannot be named elsewhere.
pub fn has_impl_trait(ty: &Type) -> bool {
  match ty {
    Type::ImplTrait(_) => true,
    Type::Tuple(tuple) => tuple.elems.iter().any(has_impl_trait),
    Type::Array(array) => has_impl_trait(&array.elem),
    Type::Reference(reference) => has_impl_trait(&reference.elem),
    ty => last_segment(ty).is_some_and(|segment| type_arguments(segment).into_iter().any(has_impl_trait)),
  }
}

/// The type arguments of a path's last name.
pub fn type_arguments(segment: &PathSegment) -> Vec<&Type> {
  let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return Vec::new() };
  let types = arguments.args.iter().filter_map(|argument| match argument {
    GenericArgument::Type(ty) => Some(ty),
    _ => None,
  });
  types.collect()
}

/// The type argument, if there is one and no more.
pub fn single_argument(segment: &PathSegment) -> Option<&Type> {
  match type_arguments(segment).as_slice() {
    [ty] => Some(ty),
    _ => None,
  }
}
