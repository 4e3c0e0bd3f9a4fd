//! Objects that the host makes for JavaScript.

use deno_core::v8;

use super::reports::set;

/// An object on which no code of the script runs when a property is set or read.
pub fn without_prototype<'s>(scope: &mut v8::PinScope<'s, '_>) -> v8::Local<'s, v8::Object> {
  let null = v8::null(scope).into();
  v8::Object::with_prototype_and_properties(scope, null, &[], &[])
}

/// Makes a JavaScript object for the host's own JavaScript, property by property.
pub struct ObjectBuilder<'p, 's, 'i> {
  scope: &'p mut v8::PinScope<'s, 'i>,
  object: v8::Local<'s, v8::Object>,
}

impl<'p, 's, 'i> ObjectBuilder<'p, 's, 'i> {
  /// A new object, without a prototype.
  pub fn new(scope: &'p mut v8::PinScope<'s, 'i>) -> Self {
    let object = without_prototype(scope);
    Self { scope, object }
  }

  /// Adds to an object that there is.
  pub fn of(scope: &'p mut v8::PinScope<'s, 'i>, object: v8::Local<'s, v8::Object>) -> Self {
    Self { scope, object }
  }

  /// Sets a property.
  pub fn value(&mut self, key: &str, value: v8::Local<'s, v8::Value>) -> &mut Self {
    set(self.scope, self.object, key, value);
    self
  }

  /// Sets a property to text. Text that is longer than V8 takes is left out.
  pub fn text(&mut self, key: &str, text: &str) -> &mut Self {
    if let Some(text) = v8::String::new(self.scope, text) {
      self.value(key, text.into());
    }
    self
  }

  /// Sets a property to a number.
  pub fn number(&mut self, key: &str, number: impl Into<f64>) -> &mut Self {
    let number = v8::Number::new(self.scope, number.into());
    self.value(key, number.into())
  }

  /// Sets a property to a boolean.
  pub fn boolean(&mut self, key: &str, boolean: bool) -> &mut Self {
    let boolean = v8::Boolean::new(self.scope, boolean);
    self.value(key, boolean.into())
  }

  /// Sets a property to an array.
  pub fn values(&mut self, key: &str, values: &[v8::Local<'s, v8::Value>]) -> &mut Self {
    let values = v8::Array::new_with_elements(self.scope, values);
    self.value(key, values.into())
  }

  /// Sets a property to an array of strings.
  pub fn texts(&mut self, key: &str, texts: &[String]) -> &mut Self {
    let texts = texts.iter().filter_map(|text| Some(v8::String::new(self.scope, text)?.into()));
    let texts = texts.collect::<Vec<_>>();
    self.values(key, &texts)
  }

  /// The object.
  pub fn build(&self) -> v8::Local<'s, v8::Object> {
    self.object
  }
}
