//! What the op table holds of a guest's op. Its code is a JavaScript function, which nothing but JavaScript calls and
//! which counts through the op's metrics.

use std::rc::Rc;
use std::sync::Arc;

use plugbay_ops::FunctionTarget;
use plugbay_ops::OpNames;
use plugbay_ops::OpSource;
use plugbay_ops::Signature;
use plugbay_ops::Target;

use crate::cache::Module;
use crate::loaded::Loaded;

/// An op of a guest.
pub(crate) struct GuestOp {
  pub(crate) signature: Option<Rc<Signature>>,
  pub(crate) declaration: Declaration,
}

/// Where [`FunctionTarget::declaration`] is from.
pub(crate) enum Declaration {
  None,
  Text(String),
  /// The type of a module's function, by its number.
  Type(Rc<Loaded>, u32),
}

impl FunctionTarget for GuestOp {
  fn signature(&self) -> Option<&Rc<Signature>> {
    self.signature.as_ref()
  }

  fn declaration(&self) -> Option<String> {
    match &self.declaration {
      Declaration::None => None,
      Declaration::Text(text) => Some(text.clone()),
      Declaration::Type(module, index) => Some(module.description().type_in_typescript(*index)),
    }
  }
}

/// The functions that a module exports, as ops.
pub(crate) struct Exports {
  loaded: Rc<Loaded>,
  names: Arc<ExportNames>,
}

/// What they are called.
struct ExportNames {
  module: Arc<Module>,
  /// Where they are among its exports.
  places: Vec<u32>,
}

impl Exports {
  /// All that have a name, but for the one called `exception`.
  pub(crate) fn new(loaded: Rc<Loaded>, exception: Option<&str>) -> Self {
    let functions = loaded.description().functions();
    let ops = functions.filter(|&(_, name, _)| !name.is_empty() && Some(name) != exception);
    let places = ops.map(|(place, ..)| place).collect();
    let names = Arc::new(ExportNames { module: loaded.module.clone(), places });
    Self { loaded, names }
  }
}

impl OpNames for ExportNames {
  fn len(&self) -> usize {
    self.places.len()
  }

  fn name(&self, index: usize) -> &str {
    self.module.description.export(self.places[index]).0
  }
}

impl OpSource for Exports {
  fn names(&self) -> Arc<dyn OpNames> {
    self.names.clone()
  }

  fn target(&self, index: usize) -> Target {
    let declaration = match self.loaded.description().export(self.names.places[index]).1 {
      Some(ty) => Declaration::Type(self.loaded.clone(), ty),
      None => Declaration::None,
    };
    Target::Function(Rc::new(GuestOp { signature: None, declaration }))
  }
}
