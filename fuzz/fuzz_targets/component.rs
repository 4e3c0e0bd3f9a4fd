//! `component_plan::plan` and `wit`: bytes that may be a component, or nearly one. Whatever they are, there is a plan
//! or an error, and a plan is the same when it has been kept as JSON.
#![no_main]

use component_plan::Limits;
use component_plan::Plan;
use libfuzzer_sys::fuzz_mutator;
use libfuzzer_sys::fuzz_target;
use plugbay_fuzz::mutate_component;

fuzz_target!(|input: &[u8]| {
  let mut limits = Limits::default();
  limits.steps = 20_000;
  limits.plan_bytes = 4 << 20;
  if let Ok(planned) = component_plan::plan(input, &limits) {
    assert_eq!(planned.plan.modules.len(), planned.modules.len());
    assert_eq!(Plan::from_json(&planned.plan.to_json()).as_ref(), Some(&planned.plan));
  }
  let _ = component_plan::wit(input, &limits);
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
  mutate_component(data, size, max_size, seed)
});
