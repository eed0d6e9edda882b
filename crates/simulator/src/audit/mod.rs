//! Audit events: what users did at the simulator, and before it started what a history makes up.

mod deed;
mod event;
mod history;
pub(crate) mod kind;

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

pub(crate) use self::deed::Deed;
pub(crate) use self::event::Event;
use super::tenant::Tenant;

/// How many events the log keeps; of more, the oldest go.
const KEEP: usize = 100_000;

/// The events since the start, and the past.
#[derive(Debug)]
pub(crate) struct AuditLog {
    started: i64,
    /// The people and models of the start: what happens to them later doesn't change the past.
    past: Tenant,
    events: Mutex<Recorded>,
}

#[derive(Debug, Default)]
struct Recorded {
    events: VecDeque<Event>,
    made: u64,
}

impl AuditLog {
    /// Starts an empty log.
    pub(crate) fn new(started: i64, tenant: &Tenant) -> Self {
        Self { started, past: history::past_of(tenant), events: Mutex::default() }
    }

    /// Enters an event and numbers it.
    pub(crate) fn record(&self, event: Event) {
        let mut recorded = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        recorded.made += 1;
        let number = recorded.made;
        recorded.events.push_back(event.numbered(number | event::LIVE));
        if recorded.events.len() > KEEP {
            recorded.events.pop_front();
        }
    }

    /// Returns the events from one moment to another, both included, whose code begins with `prefix`.
    ///
    /// The oldest come first; those before the start are made up.
    pub(crate) fn between(&self, from: i64, to: i64, prefix: &str) -> Vec<Event> {
        let mut events = history::between(&self.past, self.started, from, to);
        let recorded = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        events.extend(
            recorded.events.iter().filter(|event| (from..=to).contains(&event.at)).cloned(),
        );
        drop(recorded);
        events.retain(|event| event.kind.code.starts_with(prefix));
        events.sort_by_key(|event| (event.at, event.id));
        events
    }
}
