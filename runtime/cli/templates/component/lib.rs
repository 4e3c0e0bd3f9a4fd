//! A component for plugbay. `main.js` opens it and uses all that it has.

use std::cell::Cell;

use example::{{ library }}::host;
use exports::example::{{ library }}::numbers::{self, GuestCounter, Summary};

// A trait for each interface that the world exports, and one for its own functions; a module with
// functions to call for each that it imports.
wit_bindgen::generate!({ world: "plugin", path: "wit" });

struct Plugin;

export!(Plugin);

impl Guest for Plugin {
    fn rot13(text: String) -> String {
        let turned = |letter: char, first: u8| ((letter as u8 - first + 13) % 26 + first) as char;
        let turn = |letter| match letter {
            'a'..='z' => turned(letter, b'a'),
            'A'..='Z' => turned(letter, b'A'),
            other => other,
        };
        text.chars().map(turn).collect()
    }
}

impl numbers::Guest for Plugin {
    type Counter = Counter;

    // An error is thrown in the script.
    fn summarize(values: Vec<f64>) -> Result<Summary, String> {
        if values.is_empty() {
            return Err("cannot summarize no numbers: pass at least one".to_string());
        }
        Ok(Summary {
            min: values.iter().copied().fold(f64::INFINITY, f64::min),
            max: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            mean: values.iter().sum::<f64>() / values.len() as f64,
        })
    }
}

/// What is behind a `Counter` of the script's, until the script or the plugin's end disposes of it.
struct Counter(Cell<u32>);

impl GuestCounter for Counter {
    fn new(start: u32) -> Self {
        Self(Cell::new(start))
    }

    fn next(&self) -> u32 {
        let now = self.0.get();
        if now == u32::MAX {
            host::log("the counter starts again");
        }
        self.0.replace(now.wrapping_add(1))
    }
}

// What calls the host needs one, and is tested by a script.
#[cfg(test)]
mod tests {
    use super::*;
    use numbers::Guest as _;

    #[test]
    fn rot13_twice_changes_nothing() {
        let turned = Plugin::rot13("Hello, world!".to_string());
        assert_eq!(turned, "Uryyb, jbeyq!");
        assert_eq!(Plugin::rot13(turned), "Hello, world!");
    }

    #[test]
    fn numbers_are_summarized() {
        let Summary { min, max, mean } = Plugin::summarize(vec![2.0, 1.0, 6.0]).unwrap();
        assert_eq!((min, max, mean), (1.0, 6.0, 3.0));
        assert!(Plugin::summarize(Vec::new()).is_err());
    }

    #[test]
    fn a_counter_counts_on() {
        let counter = Counter::new(41);
        assert_eq!((counter.next(), counter.next()), (41, 42));
    }
}
