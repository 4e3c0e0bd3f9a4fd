//! A plugin for plugbay. `main.js` opens it and calls each of its ops.

use std::cell::Cell;

use plugin_api::{Interface, OpError, ResourceId, TS, op, resources};
use serde::{Deserialize, Serialize};

// Scripts see the name and version of this crate as `plugin.name` and `plugin.version`.
plugin_api::plugin!();

/// Registers the ops. The host calls it by its name: keep name and signature as they are.
// SAFETY: nothing else in this library has this name.
#[unsafe(no_mangle)]
pub fn deno_plugin_init(interface: &mut dyn Interface) {
    interface.register_op("rot13", rot13);
    interface.register_op("summarize", summarize);
    interface.register_op("countPrimes", count_primes);
    interface.register_op("counterOpen", counter_open);
    interface.register_op("counterNext", counter_next);
}

/// Changes each letter to the one thirteen places on, in place.
// `&mut [u8]` is the script's own bytes; `&[u8]` would be the same to read, `&str` its text.
#[op]
fn rot13(text: &mut [u8]) {
    for byte in text {
        *byte = match *byte {
            b'a'..=b'z' => (*byte - b'a' + 13) % 26 + b'a',
            b'A'..=b'Z' => (*byte - b'A' + 13) % 26 + b'A',
            other => other,
        };
    }
}

/// What `summarize` takes.
// `TS` is for the types that `plugbay types` prints, with their comments.
#[derive(Deserialize, TS)]
#[ts(crate = "plugin_api::ts_rs")]
struct Numbers {
    values: Vec<f64>,
}

/// The least, the greatest and the mean of some numbers.
#[derive(Debug, PartialEq, Serialize, TS)]
#[ts(crate = "plugin_api::ts_rs")]
struct Summary {
    min: f64,
    max: f64,
    mean: f64,
}

/// Sums up some numbers, of which there must be one.
// Any serde types in and out. An error is thrown in the script, an `OpError` with the class and
// the code that it carries.
#[op]
fn summarize(numbers: Numbers) -> Result<Summary, OpError> {
    let values = numbers.values;
    if values.is_empty() {
        let message = "cannot summarize no numbers: pass at least one in `values`";
        return Err(OpError::new("RangeError", message).with_code("ERR_NO_VALUES"));
    }
    Ok(Summary {
        min: values.iter().copied().fold(f64::INFINITY, f64::min),
        max: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        mean: values.iter().sum::<f64>() / values.len() as f64,
    })
}

/// How many primes there are below a number.
// The script gets a Promise and goes on: this runs on a thread of its own, which may take its time
// and block. An `async fn` is an op too, and runs on the script's thread.
#[op(blocking)]
fn count_primes(below: u32) -> u32 {
    (2..below).filter(|n| is_prime(*n)).count() as u32
}

fn is_prime(n: u32) -> bool {
    (2..n)
        .take_while(|d| *d <= n / d)
        .all(|d| !n.is_multiple_of(d))
}

/// A new counter, which `Deno.close` and the plugin's end close.
// Puts a value among the resources and gives the script its number.
#[op]
fn counter_open(start: u32) -> Result<ResourceId, OpError> {
    resources().add("counter", Cell::new(start))
}

/// Where the counter is, before it counts on.
// A reference is a resource: the script passes its number.
#[op]
fn counter_next(counter: &Cell<u32>) -> u32 {
    counter.replace(counter.get().wrapping_add(1))
}

// `#[op]` keeps the function as it is written, as `call`. One that adds a resource or asks for one
// needs a host, and is tested by a script.
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rot13_twice_changes_nothing() {
        let mut text = b"Hello, world!".to_vec();
        rot13::call(&mut text);
        assert_eq!(text, b"Uryyb, jbeyq!");
        rot13::call(&mut text);
        assert_eq!(text, b"Hello, world!");
    }

    #[test]
    fn numbers_are_summarized() {
        let values = vec![2.0, 1.0, 6.0];
        let summary = Summary {
            min: 1.0,
            max: 6.0,
            mean: 3.0,
        };
        assert_eq!(summarize::call(Numbers { values }), Ok(summary));
    }

    #[test]
    fn no_numbers_are_an_error_with_class_and_code() {
        let error = summarize::call(Numbers { values: Vec::new() }).unwrap_err();
        assert_eq!(error.class(), "RangeError");
        assert_eq!(error.code(), Some("ERR_NO_VALUES"));
    }

    #[test]
    fn primes_are_counted() {
        assert_eq!(count_primes::call(2), 0);
        assert_eq!(count_primes::call(3), 1);
        assert_eq!(count_primes::call(100), 25);
    }

    #[test]
    fn a_counter_starts_again_after_the_largest_number() {
        let counter = Cell::new(u32::MAX);
        assert_eq!(counter_next::call(&counter), u32::MAX);
        assert_eq!(counter_next::call(&counter), 0);
    }
}
