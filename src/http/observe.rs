//! Counting what requests do, for EXPLAIN ANALYZE and progress displays.

/// Hears of every attempt of a request while it runs.
pub trait Observer: Send + Sync {
    /// A request (or its repetition) is about to be sent.
    fn sending(&self) {}
    /// A request will be sent again.
    fn retrying(&self) {}
    /// This many bytes of a body arrived. Bytes of an attempt that failed count too.
    fn received(&self, _bytes: usize) {}
}

/// Watches nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unobserved;

impl Observer for Unobserved {}
