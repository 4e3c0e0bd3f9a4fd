//! What is counted for every op, and the report that scripts and embedders read.
//!
//! Only the isolate's thread counts, without a lock; any thread may read ([`MetricsReader`]). The first call of an op
//! allocates its histogram; after that a call allocates nothing.

mod counters;
mod flow;
mod lanes;
mod latencies;
mod op_metrics;
mod report;
mod shard;

pub use flow::Flow;
pub use lanes::Counting;
pub use lanes::LaneCount;
pub use lanes::LaneCounts;
pub use latencies::Latency;
pub use op_metrics::OpMetrics;
pub use op_metrics::Started;
pub use report::LaneReport;
pub use report::Metrics;
pub use report::OpReport;
pub use report::Totals;
pub use shard::MetricsReader;
pub(crate) use shard::PluginRow;
pub(crate) use shard::Shard;
