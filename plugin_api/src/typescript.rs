//! TypeScript types of the values that ops take and give, with the feature `ts`.
//!
//! `#[op]` asks `(&TypeOf::<T>::new()).write(&mut declarations)`. Of the two traits below the compiler takes the first
//! that fits: [`Known`] for a type that implements `TS`, else [`Unknown`], which is for all of them but needs one `&`
//! more.

use std::marker::PhantomData;

/// Asks for the TypeScript type of `T`.
pub struct TypeOf<T: ?Sized>(PhantomData<T>);

impl<T: ?Sized> TypeOf<T> {
  /// Of any type.
  #[expect(clippy::new_without_default, reason = "only macros make it")]
  pub const fn new() -> Self {
    Self(PhantomData)
  }
}

/// Types that implement `TS`.
pub trait Known {
  /// The type, whose declaration and those it refers to are added to `declarations`.
  fn write(&self, declarations: &mut Declarations) -> String;
}

/// All types.
pub trait Unknown {
  /// Nothing: the type is not known.
  fn write(&self, _: &mut Declarations) -> String {
    String::new()
  }
}

impl<T: ?Sized> Unknown for &TypeOf<T> {}

/// TypeScript declarations, each with the comment before it.
#[derive(Default)]
pub struct Declarations {
  written: Vec<String>,
  #[cfg(feature = "ts")]
  seen: std::collections::HashSet<std::any::TypeId>,
}

impl Declarations {
  /// Their text, in which an empty line ends one and nothing else is an empty line.
  pub fn finish(self) -> String {
    self.written.join("\n")
  }
}

#[cfg(feature = "ts")]
mod known {
  use std::any::TypeId;

  use ts_rs::Config;
  use ts_rs::TS;
  use ts_rs::TypeVisitor;

  use super::Declarations;
  use super::Known;
  use super::TypeOf;

  impl<T: TS + ?Sized + 'static> Known for TypeOf<T> {
    fn write(&self, declarations: &mut Declarations) -> String {
      declarations.visit::<T>();
      with_keys(&T::name(&config()))
    }
  }

  fn config() -> Config {
    Config::new().with_large_int("number | bigint")
  }

  /// With keys of maps as objects have them: no BigInts and no booleans.
  fn with_keys(text: &str) -> String {
    text
      .replace("[key in number | bigint]", "[key in string]")
      .replace("[key in boolean]:", "[key in \"true\" | \"false\"]?:")
  }

  /// Integers of a `serde_json::Value` that no number holds for certain are BigInts.
  fn with_big_numbers(declaration: String) -> String {
    declaration.replace("type JsonValue = number | string |", "type JsonValue = number | bigint | string |")
  }

  impl TypeVisitor for Declarations {
    fn visit<T: TS + ?Sized + 'static>(&mut self) {
      if !self.seen.insert(TypeId::of::<T>()) {
        return;
      }
      T::visit_dependencies(self);
      T::visit_generics(self);
      // Only what is derived has a place where it would be exported to, and with it a declaration.
      if T::output_path().is_none() {
        return;
      }
      let declaration = with_big_numbers(with_keys(&T::decl(&config())));
      let text = format!("{}export {declaration}", T::docs().unwrap_or_default());
      let lines = text.lines().filter(|line| !line.trim().is_empty()).map(|line| format!("{line}\n"));
      let text = lines.collect::<String>();
      // A generic type has the same one with all arguments.
      if !self.written.contains(&text) {
        self.written.push(text);
      }
    }
  }
}
