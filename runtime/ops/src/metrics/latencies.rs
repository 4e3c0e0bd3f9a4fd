//! How long the calls of one op took, counted by the isolate's thread and read by any.
//!
//! Buckets and statistics are those of hdrhistogram. Its own histograms are one thread's, and its shared ones lock the
//! bus in each call: so the counts are here, in the buckets that it would use, and a histogram is made of them when
//! somebody asks.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::clock::TickScale;

/// How long calls took, in nanoseconds, from the table's point of view: the op's own time, and for an async op the time
/// until the event loop saw that it was done. Two significant digits. Of the sync calls of a typed op that are done
/// within about a microsecond, one in 1024 is timed; all are counted elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Latency {
  /// Number of calls that were timed.
  pub count: u64,
  /// The fastest.
  pub min: f64,
  /// The average.
  pub mean: f64,
  /// Half of the calls were at least as fast.
  pub p50: f64,
  /// 90 % were.
  pub p90: f64,
  /// 99 % were.
  pub p99: f64,
  /// 99.9 % were.
  pub p999: f64,
  /// The slowest.
  pub max: f64,
}

/// Values from here on share buckets, so that two significant digits are left of each.
const SUB_BUCKETS: u64 = 256;
/// About an hour of ticks. Whatever is longer counts as that.
const MAX_TICKS: u64 = 1 << 44;

/// Two significant digits from one tick to about an hour of them: 39 KB an op.
pub(super) struct Latencies(Box<[AtomicU64]>);

/// Where a value is counted.
fn bucket(ticks: u64) -> usize {
  // Of a larger value so many bits are left out that it lies in the upper half of the sub-buckets.
  let shift = (SUB_BUCKETS.leading_zeros() + 1).saturating_sub(ticks.leading_zeros());
  (u64::from(shift) * SUB_BUCKETS / 2 + (ticks >> shift)) as usize
}

/// The least value of a bucket.
fn least(bucket: usize) -> u64 {
  let half = SUB_BUCKETS / 2;
  let shift = (bucket as u64 / half).saturating_sub(1);
  (bucket as u64 - shift * half) << shift
}

impl Latencies {
  pub(super) fn new() -> Self {
    Self((0..=bucket(MAX_TICKS)).map(|_| AtomicU64::new(0)).collect())
  }

  /// A call took so long. Only the isolate's thread counts.
  #[inline]
  pub(super) fn record(&self, ticks: u64) {
    let count = &self.0[bucket(ticks.clamp(1, MAX_TICKS))];
    count.store(count.load(Relaxed).saturating_add(1), Relaxed);
  }

  pub(super) fn report(&self, scale: &TickScale) -> Latency {
    let mut ticks = Histogram::<u64>::new_with_bounds(1, MAX_TICKS, 2).expect("the bounds are valid");
    for (index, count) in self.0.iter().enumerate() {
      let count = count.load(Relaxed);
      if count > 0 {
        ticks.saturating_record_n(least(index), count);
      }
    }
    let tick = scale.nanoseconds();
    let quantile = |q| (ticks.value_at_quantile(q) as f64 * tick).round();
    Latency {
      count: ticks.len(),
      min: (ticks.min() as f64 * tick).round(),
      mean: (ticks.mean() * tick).round(),
      p50: quantile(0.5),
      p90: quantile(0.9),
      p99: quantile(0.99),
      p999: quantile(0.999),
      max: (ticks.max() as f64 * tick).round(),
    }
  }
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn the_buckets_are_those_of_hdrhistogram() {
    let theirs = Histogram::<u64>::new_with_bounds(1, MAX_TICKS, 2).expect("the bounds are valid");
    let mut last = 0;
    let powers =
      (0..=44).flat_map(|power| [(1_u64 << power).saturating_sub(1), 1 << power, (1 << power) + 1, 3 << power >> 1]);
    let mut values = (1..2000).chain(powers).filter(|value| (1..=MAX_TICKS).contains(value)).collect::<Vec<_>>();
    values.sort_unstable();
    for value in values {
      let bucket = bucket(value);
      assert!(bucket >= last, "{value}");
      assert_eq!(least(bucket), theirs.lowest_equivalent(value), "{value}");
      last = bucket;
    }
  }
}
