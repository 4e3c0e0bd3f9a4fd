//! Shapes of objects that a reader knows: of those only the values are written.
//!
//! They are the nodes of a tree. From the root, which has no keys, each key leads to the node with that key added, as
//! in the hidden classes of JavaScript engines.

/// More are not remembered.
const MAX_NODES: usize = 1024;
/// Neither are shapes with longer keys.
const MAX_KEY_LENGTH: usize = 64;

/// Id of the shape without keys.
pub(super) const ROOT: u32 = 0;

/// The shapes of the objects that an open plugin has given.
pub struct Shapes {
  nodes: Vec<Node>,
  /// Shapes that the message under way uses and has to define.
  undefined: Vec<u32>,
}

struct Node {
  parent: u32,
  key: Box<str>,
  /// The node that was last gone to from here; 0 when there is none.
  last: u32,
  children: Vec<u32>,
  /// Number of keys.
  length: u32,
  /// Whether the reader knows it, or will by the message under way.
  is_known: bool,
}

impl Default for Shapes {
  fn default() -> Self {
    let root = Node { parent: ROOT, key: "".into(), last: 0, children: Vec::new(), length: 0, is_known: false };
    Self { nodes: vec![root], undefined: Vec::new() }
  }
}

impl Shapes {
  /// The shape with a key more; `None` when it is not to be remembered.
  #[inline]
  pub(crate) fn step(&mut self, from: u32, key: &str) -> Option<u32> {
    let last = self.nodes[from as usize].last;
    if last != 0 && *self.nodes[last as usize].key == *key {
      return Some(last);
    }
    self.find_or_add(from, key)
  }

  fn find_or_add(&mut self, from: u32, key: &str) -> Option<u32> {
    let Node { children, length, .. } = &self.nodes[from as usize];
    let found = children.iter().copied().find(|child| *self.nodes[*child as usize].key == *key);
    let length = length + 1;
    let child = match found {
      Some(child) => child,
      None if self.nodes.len() >= MAX_NODES || key.len() > MAX_KEY_LENGTH => return None,
      None => {
        let child = self.nodes.len() as u32;
        let node = Node { parent: from, key: key.into(), last: 0, children: Vec::new(), length, is_known: false };
        self.nodes.push(node);
        self.nodes[from as usize].children.push(child);
        child
      }
    };
    self.nodes[from as usize].last = child;
    Some(child)
  }

  /// An object of this shape is written.
  #[inline]
  pub(crate) fn use_shape(&mut self, shape: u32) {
    let node = &mut self.nodes[shape as usize];
    if !node.is_known {
      node.is_known = true;
      self.undefined.push(shape);
    }
  }

  /// The keys of a shape, in order.
  pub(crate) fn keys(&self, shape: u32) -> Vec<&str> {
    let mut keys = Vec::with_capacity(self.length(shape));
    let mut at = shape;
    while at != ROOT {
      let node = &self.nodes[at as usize];
      keys.push(&*node.key);
      at = node.parent;
    }
    keys.reverse();
    keys
  }

  pub(crate) fn length(&self, shape: u32) -> usize {
    self.nodes[shape as usize].length as usize
  }

  /// The shapes that the message under way has to define. They are taken for known from now on.
  pub(crate) fn take_undefined(&mut self) -> Vec<u32> {
    std::mem::take(&mut self.undefined)
  }

  #[inline]
  pub(crate) fn has_undefined(&self) -> bool {
    !self.undefined.is_empty()
  }

  /// The message under way will not be read.
  pub(crate) fn forget_undefined(&mut self) {
    for shape in self.take_undefined() {
      self.nodes[shape as usize].is_known = false;
    }
  }
}
