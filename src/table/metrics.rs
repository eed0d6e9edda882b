//! What EXPLAIN ANALYZE shows of requests.

use std::sync::Arc;

use datafusion::physical_plan::metrics::{Count, ExecutionPlanMetricsSet, MetricBuilder};

use crate::http::Observer;
use crate::progress::ScanProgress;

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

/// Counts for EXPLAIN ANALYZE and for those who watch.
pub(super) struct ScanObserver {
    metrics: RequestMetrics,
    progress: Arc<ScanProgress>,
}

impl ScanObserver {
    pub(super) fn new(metrics: RequestMetrics, progress: Arc<ScanProgress>) -> Self {
        Self { metrics, progress }
    }
}

impl Observer for ScanObserver {
    fn sending(&self) {
        self.metrics.sending();
    }

    fn retrying(&self) {
        self.metrics.retrying();
    }

    fn received(&self, bytes: usize) {
        self.metrics.received(bytes);
        self.progress.bytes(bytes);
    }
}
