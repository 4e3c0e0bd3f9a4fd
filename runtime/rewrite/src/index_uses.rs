//! Which memories, globals and locals an instruction uses.

/// The largest index of each kind that an instruction names, if it names one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct IndexUses {
  pub(crate) memory: Option<u32>,
  pub(crate) global: Option<u32>,
  pub(crate) local: Option<u32>,
}

/// Takes an index from an argument of an instruction, by the argument's name.
macro_rules! take_index {
  ($uses:ident memarg $value:ident) => {
    $uses.memory = $uses.memory.max(Some($value.memory));
  };
  ($uses:ident mem $value:ident) => {
    $uses.memory = $uses.memory.max(Some($value));
  };
  ($uses:ident dst_mem $value:ident) => {
    $uses.memory = $uses.memory.max(Some($value));
  };
  ($uses:ident src_mem $value:ident) => {
    $uses.memory = $uses.memory.max(Some($value));
  };
  ($uses:ident global_index $value:ident) => {
    $uses.global = $uses.global.max(Some($value));
  };
  ($uses:ident local_index $value:ident) => {
    $uses.local = $uses.local.max(Some($value));
  };
  ($uses:ident $name:ident $value:ident) => {
    let _ = &$value;
  };
}

pub(crate) use take_index;

#[cfg(test)]
mod tests {
  use wasmparser::MemArg;
  use wasmparser::Operator;
  use wasmparser::Ordering;
  use wasmparser::VisitOperator;

  use super::IndexUses;
  use crate::meaning::Meanings;
  use crate::summary::Effects;

  #[test]
  fn every_name_of_an_argument_that_is_an_index_is_known() {
    // A release with other names needs them in `take_index`.
    macro_rules! list_names {
      ($(@$proposal:ident $operator:ident $({ $($argument:ident: $ty:ty),* })? => $visit:ident ($($rest:tt)*))*) => {
        [$($((stringify!($operator), &[$(stringify!($argument)),*][..]),)?)*]
      };
    }
    for (operator, arguments) in wasmparser::for_each_operator!(list_names) {
      let named = |part: &'static str| arguments.iter().filter(move |name| name.contains(part)).copied();
      let memories = named("mem");
      assert!(memories.clone().all(|name| ["memarg", "mem", "dst_mem", "src_mem"].contains(&name)), "{operator}");
      let uses = ["Load", "Store", "Memory", "AtomicRmw"].iter().any(|part| operator.contains(part));
      let of_objects = ["Struct", "Array", "Global", "Table"].iter().any(|part| operator.starts_with(part));
      assert_eq!(uses && !of_objects, memories.count() > 0, "{operator}");
      for (of, part, known) in [("Global", "global", "global_index"), ("Local", "local", "local_index")] {
        assert!(named(part).all(|name| name == known), "{operator}");
        assert_eq!(operator.starts_with(of), named(part).count() > 0, "{operator}");
      }
    }
  }

  #[test]
  fn the_largest_index_counts() {
    let of = |operator| {
      let mut meanings = Meanings::new(Effects::default(), 0);
      meanings.visit_operator(&operator);
      meanings.last.uses
    };
    let memory = |operator| of(operator).memory;
    let memarg = MemArg { align: 0, max_align: 0, offset: 0, memory: 7 };
    assert_eq!(memory(Operator::V128Load8Lane { memarg, lane: 0 }), Some(7));
    assert_eq!(memory(Operator::MemoryCopy { dst_mem: 2, src_mem: 5 }), Some(5));
    assert_eq!(memory(Operator::MemoryInit { data_index: 9, mem: 1 }), Some(1));
    let (none, local) = (IndexUses::default(), of(Operator::LocalGet { local_index: 3 }));
    assert_eq!(local, IndexUses { local: Some(3), ..none });
    let ordering = Ordering::SeqCst;
    let global = of(Operator::GlobalAtomicRmwXchg { ordering, global_index: 4 });
    assert_eq!(global, IndexUses { global: Some(4), ..none });
    assert_eq!(of(Operator::Nop), none);
  }
}
