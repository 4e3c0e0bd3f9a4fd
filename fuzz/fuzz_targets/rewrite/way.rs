//! How much code runs without a check of the deadline, as branches go.

use wasmparser::Catch;
use wasmparser::Operator;

/// What a function does, in order.
pub(crate) enum Step<'a> {
  /// An operator of the original, of so many bytes, with what it calls.
  Own(Operator<'a>, u32),
  Check,
}

struct Block {
  /// The longest way to its end by a branch; none leads to a loop's.
  label: Option<u32>,
  /// What it was when the block began.
  entry: u32,
  /// The longest in the block: an exception may be thrown anywhere.
  longest: u32,
  catches: Vec<u32>,
}

/// The longest way without a check.
pub(crate) fn longest(steps: &[Step<'_>]) -> u32 {
  let (mut way, mut longest) = (0, 0);
  let mut blocks: Vec<Block> = Vec::new();
  for step in steps {
    let Step::Own(operator, bytes) = step else {
      way = 0;
      continue;
    };
    way += bytes;
    longest = longest.max(way);
    if let Some(block) = blocks.last_mut() {
      block.longest = block.longest.max(way);
    }
    for depth in branches(operator) {
      branch(&mut blocks, depth, way);
    }
    let block = |catches| Block { label: Some(0), entry: way, longest: way, catches };
    match operator {
      Operator::Block { .. } | Operator::If { .. } | Operator::Try { .. } => blocks.push(block(Vec::new())),
      Operator::TryTable { try_table } => blocks.push(block(try_table.catches.iter().map(caught).collect())),
      Operator::Loop { .. } => blocks.push(Block { label: None, ..block(Vec::new()) }),
      Operator::Else => {
        let block = blocks.last_mut().expect("it is in a block");
        block.label = block.label.max(Some(way));
        way = block.entry;
      }
      Operator::Catch { .. } | Operator::CatchAll => {
        let block = blocks.last_mut().expect("it is in a block");
        block.label = block.label.max(Some(way));
        way = block.longest;
      }
      Operator::End | Operator::Delegate { .. } => {
        // The function's own end is no block's.
        let Some(block) = blocks.pop() else { continue };
        for depth in block.catches {
          branch(&mut blocks, depth, block.longest);
        }
        if let Some(outer) = blocks.last_mut() {
          outer.longest = outer.longest.max(block.longest);
        }
        way = way.max(block.label.unwrap_or_default());
      }
      Operator::Br { .. } | Operator::BrTable { .. } | Operator::Return | Operator::Unreachable => way = 0,
      _ => {}
    }
  }
  longest
}

fn branch(blocks: &mut [Block], depth: u32, way: u32) {
  let at = blocks.len().checked_sub(1 + depth as usize);
  if let Some(label) = at.and_then(|at| blocks[at].label.as_mut()) {
    *label = (*label).max(way);
  }
}

fn branches(operator: &Operator<'_>) -> Vec<u32> {
  match operator {
    Operator::Br { relative_depth }
    | Operator::BrIf { relative_depth }
    | Operator::BrOnNull { relative_depth }
    | Operator::BrOnNonNull { relative_depth }
    | Operator::BrOnCast { relative_depth, .. }
    | Operator::BrOnCastFail { relative_depth, .. } => vec![*relative_depth],
    Operator::BrTable { targets } => {
      let depths = targets.targets().map(|depth| depth.expect("the module is valid"));
      depths.chain([targets.default()]).collect()
    }
    _ => Vec::new(),
  }
}

fn caught(catch: &Catch) -> u32 {
  match *catch {
    Catch::One { label, .. } | Catch::OneRef { label, .. } | Catch::All { label } | Catch::AllRef { label } => label,
  }
}
