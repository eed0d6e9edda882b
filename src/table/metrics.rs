//! What EXPLAIN ANALYZE shows of requests.

use datafusion::physical_plan::metrics::{Count, ExecutionPlanMetricsSet, MetricBuilder};

use crate::http::Observer;

/// Counts requests, repetitions and bytes of one partition of a plan.
#[derive(Debug, Clone)]
pub(crate) struct RequestMetrics {
    requests: Count,
    retries: Count,
    bytes: Count,
}

impl RequestMetrics {
    pub(crate) fn new(metrics: &ExecutionPlanMetricsSet, partition: usize) -> Self {
        let counter = |name: &'static str| MetricBuilder::new(metrics).counter(name, partition);
        Self {
            requests: counter("requests"),
            retries: counter("retries"),
            bytes: counter("bytes_received"),
        }
    }
}

impl Observer for RequestMetrics {
    fn sending(&self) {
        self.requests.add(1);
    }

    fn retrying(&self) {
        self.retries.add(1);
    }

    fn received(&self, bytes: usize) {
        self.bytes.add(bytes);
    }
}
