//! A plugin for plugbay. `main.js` opens it and calls each of its ops.

use std::cell::Cell;

use plugin_api::error::AnyError;
use plugin_api::{
    Interface, Op, OpError, ResourceId, ZeroCopyBuf, json_op, resources, spawn_blocking,
};
use serde::{Deserialize, Serialize};

// Scripts see the name and version of this crate as `plugin.name` and `plugin.version`.
plugin_api::plugin!();

/// Registers the ops. The host calls it by its name: keep name and signature as they are.
// SAFETY: nothing else in this library has this name.
#[unsafe(no_mangle)]
pub fn deno_plugin_init(interface: &mut dyn Interface) {
    interface.register_op("rot13", op_rot13);
    interface.register_op("summarize", op_summarize);
    interface.register_op("countPrimes", op_count_primes);
    interface.register_op("counterOpen", op_counter_open);
    interface.register_op("counterNext", op_counter_next);
}

/// A zero-copy op, `rot13(bytes)`: it works on the script's own bytes and changes them in place.
fn op_rot13(interface: &mut dyn Interface, buffers: &mut [ZeroCopyBuf]) -> Op {
    match buffers.first_mut() {
        Some(text) => rot13(text),
        None => interface.fail(OpError::new("TypeError", "rot13 takes a buffer, got none")),
    }
    // No bytes are `undefined` in the script; `Op::Sync(vec.into())` would be a Uint8Array.
    Op::Sync(Box::default())
}

fn rot13(text: &mut [u8]) {
    for byte in text {
        *byte = match *byte {
            b'a'..=b'z' => (*byte - b'a' + 13) % 26 + b'a',
            b'A'..=b'Z' => (*byte - b'A' + 13) % 26 + b'A',
            other => other,
        };
    }
}

#[derive(Deserialize)]
struct Numbers {
    values: Vec<f64>,
}

#[derive(Debug, PartialEq, Serialize)]
struct Summary {
    min: f64,
    max: f64,
    mean: f64,
}

/// A JSON op, `summarize({ values: [1, 2, 3] })`: any serde types in and out. An error is thrown
/// in the script, an `OpError` with the class and the code that it carries.
#[json_op]
fn op_summarize(numbers: Numbers) -> Result<Summary, OpError> {
    summarize(&numbers.values)
}

fn summarize(values: &[f64]) -> Result<Summary, OpError> {
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

/// An async JSON op, `await countPrimes(100)`. An async op runs on the script's thread, so what
/// takes long or blocks goes to another with `spawn_blocking`.
#[json_op]
async fn op_count_primes(below: u64) -> Result<usize, AnyError> {
    Ok(spawn_blocking(move || count_primes(below)).await?)
}

fn count_primes(below: u64) -> usize {
    (2..below).filter(|n| is_prime(*n)).count()
}

fn is_prime(n: u64) -> bool {
    (2..n)
        .take_while(|d| d * d <= n)
        .all(|d| !n.is_multiple_of(d))
}

/// Puts a value among the resources and gives the script its number. It is dropped when the script
/// calls `Deno.close(number)` or closes the plugin.
#[json_op]
fn op_counter_open(start: u32) -> Result<ResourceId, OpError> {
    resources().add("counter", Cell::new(start))
}

/// Counts on, from 0 again after the largest number.
#[json_op]
fn op_counter_next(id: ResourceId) -> Result<u32, OpError> {
    let counter = resources().get::<Cell<u32>>(id)?;
    Ok(counter.replace(counter.get().wrapping_add(1)))
}

// An op needs a host to run in; keep its work in a plain function and test that.
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rot13_twice_changes_nothing() {
        let mut text = ZeroCopyBuf::from(b"Hello, world!".to_vec());
        rot13(&mut text);
        assert_eq!(&text[..], b"Uryyb, jbeyq!");
        rot13(&mut text);
        assert_eq!(&text[..], b"Hello, world!");
    }

    #[test]
    fn numbers_are_summarized() {
        let summary = Summary {
            min: 1.0,
            max: 6.0,
            mean: 3.0,
        };
        assert_eq!(summarize(&[2.0, 1.0, 6.0]), Ok(summary));
    }

    #[test]
    fn no_numbers_are_an_error_with_class_and_code() {
        let error = summarize(&[]).unwrap_err();
        assert_eq!(error.class(), "RangeError");
        assert_eq!(error.code(), Some("ERR_NO_VALUES"));
    }

    #[test]
    fn primes_are_counted() {
        assert_eq!(count_primes(2), 0);
        assert_eq!(count_primes(3), 1);
        assert_eq!(count_primes(100), 25);
    }
}
