//! The wire format of typed ops: whatever words an argument is, they are an error or a value, which crosses again as it
//! is.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| plugin_wire::fuzzing::wire(input));
