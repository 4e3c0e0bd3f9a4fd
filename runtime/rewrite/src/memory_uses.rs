//! Which memories an instruction uses.

use wasmparser::Operator;

/// Takes the index of a memory from an argument of an instruction, by the argument's name.
macro_rules! take_memory {
  ($largest:ident memarg $value:ident) => {
    $largest = $largest.max(Some($value.memory));
  };
  ($largest:ident mem $value:ident) => {
    $largest = $largest.max(Some(*$value));
  };
  ($largest:ident dst_mem $value:ident) => {
    $largest = $largest.max(Some(*$value));
  };
  ($largest:ident src_mem $value:ident) => {
    $largest = $largest.max(Some(*$value));
  };
  ($largest:ident $name:ident $value:ident) => {
    let _ = $value;
  };
}

macro_rules! define_largest_memory {
  ($(@$proposal:ident $operator:ident $({ $($argument:ident: $ty:ty),* })? => $visit:ident ($($rest:tt)*))*) => {
    /// The largest index of a memory that `operator` names, if it names one.
    #[allow(unused_mut)]
    #[inline]
    pub(crate) fn largest_memory(operator: &Operator<'_>) -> Option<u32> {
      match operator {
        $(Operator::$operator $({ $($argument),* })? => {
          let mut largest: Option<u32> = None;
          $($(take_memory!(largest $argument $argument);)*)?
          largest
        })*
        // None of the release that this is built with.
        _ => None,
      }
    }
  };
}

wasmparser::for_each_operator!(define_largest_memory);

#[cfg(test)]
mod tests {
  use wasmparser::MemArg;
  use wasmparser::Operator;

  use super::largest_memory;

  #[test]
  fn every_name_of_an_argument_that_is_a_memory_is_known() {
    // A release with other names needs them in `take_memory`.
    macro_rules! list_names {
      ($(@$proposal:ident $operator:ident $({ $($argument:ident: $ty:ty),* })? => $visit:ident ($($rest:tt)*))*) => {
        [$($((stringify!($operator), &[$(stringify!($argument)),*][..]),)?)*]
      };
    }
    for (operator, arguments) in wasmparser::for_each_operator!(list_names) {
      let memories = arguments.iter().filter(|name| name.contains("mem")).copied();
      assert!(memories.clone().all(|name| ["memarg", "mem", "dst_mem", "src_mem"].contains(&name)), "{operator}");
      let uses = ["Load", "Store", "Memory", "AtomicRmw"].iter().any(|part| operator.contains(part));
      let of_objects = ["Struct", "Array", "Global", "Table"].iter().any(|part| operator.starts_with(part));
      assert_eq!(uses && !of_objects, memories.count() > 0, "{operator}");
    }
  }

  #[test]
  fn the_largest_index_counts() {
    let memarg = MemArg { align: 0, max_align: 0, offset: 0, memory: 7 };
    assert_eq!(largest_memory(&Operator::V128Load8Lane { memarg, lane: 0 }), Some(7));
    assert_eq!(largest_memory(&Operator::MemoryCopy { dst_mem: 2, src_mem: 5 }), Some(5));
    assert_eq!(largest_memory(&Operator::MemoryInit { data_index: 9, mem: 1 }), Some(1));
    assert_eq!(largest_memory(&Operator::LocalGet { local_index: 3 }), None);
  }
}
