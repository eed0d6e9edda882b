//! Which models are in memory: opened on request or by the first access, closed on request or after an idle hour.

use std::collections::HashMap;

/// How long a model that nobody uses stays in memory.
const IDLE_MS: i64 = 60 * 60 * 1000;

/// The models in memory, and those on their way in or out.
#[derive(Debug)]
pub(crate) struct Loaded {
    phases: HashMap<String, Phase>,
    takes_ms: i64,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    Opening { since: i64 },
    Open { used: i64 },
    Closing { since: i64 },
}

/// Where a model is, with how much of the way it has gone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Step {
    Closed,
    Opening(f64),
    Open,
    Closing(f64),
}

impl Loaded {
    /// Starts with every model closed; opening and closing take `takes_ms` each.
    pub(crate) fn new(takes_ms: i64) -> Self {
        Self { phases: HashMap::new(), takes_ms }
    }

    /// Sets how long opening and closing take.
    pub(crate) fn set_time(&mut self, takes_ms: i64) {
        self.takes_ms = takes_ms;
    }

    /// Notes that a model's content was used. What is answered must have been loaded, so a closed one is open then.
    pub(crate) fn touch(&mut self, model_id: &str, now: i64) {
        if !matches!(self.step(model_id, now), Step::Opening(_)) {
            self.set(model_id, Phase::Open { used: now });
        }
    }

    /// Begins to open a model, unless it is open.
    pub(crate) fn open(&mut self, model_id: &str, now: i64) {
        match self.step(model_id, now) {
            Step::Closed | Step::Closing(_) => self.set(model_id, Phase::Opening { since: now }),
            Step::Open => self.set(model_id, Phase::Open { used: now }),
            Step::Opening(_) => {}
        }
    }

    /// Begins to close a model, unless it is closed.
    pub(crate) fn close(&mut self, model_id: &str, now: i64) {
        if matches!(self.step(model_id, now), Step::Open | Step::Opening(_)) {
            self.set(model_id, Phase::Closing { since: now });
        }
    }

    /// Takes a model out of memory at once.
    pub(crate) fn drop_now(&mut self, model_id: &str) {
        self.phases.remove(model_id);
    }

    /// Brings a model up to now and tells where it is.
    pub(crate) fn step(&mut self, model_id: &str, now: i64) -> Step {
        let takes = self.takes_ms;
        let share = |since: i64| {
            let passed = now.saturating_sub(since).max(0);
            (passed < takes).then(|| passed as f64 / takes.max(1) as f64)
        };
        while let Some(phase) = self.phases.get(model_id).copied() {
            match phase {
                Phase::Opening { since } => match share(since) {
                    Some(share) => return Step::Opening(share),
                    None => self.set(model_id, Phase::Open { used: since.saturating_add(takes) }),
                },
                Phase::Closing { since } => match share(since) {
                    Some(share) => return Step::Closing(share),
                    None => self.drop_now(model_id),
                },
                Phase::Open { used } if now.saturating_sub(used) < IDLE_MS => return Step::Open,
                Phase::Open { .. } => self.drop_now(model_id),
            }
        }
        Step::Closed
    }

    fn set(&mut self, model_id: &str, phase: Phase) {
        if let Some(known) = self.phases.get_mut(model_id) {
            *known = phase;
        } else {
            self.phases.insert(model_id.to_owned(), phase);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_opens_idles_and_closes() {
        let mut loaded = Loaded::new(1000);
        assert_eq!(loaded.step("M", 0), Step::Closed);
        loaded.open("M", 0);
        assert_eq!(loaded.step("M", 250), Step::Opening(0.25));
        loaded.touch("M", 300);
        assert_eq!(loaded.step("M", 500), Step::Opening(0.5), "a listing doesn't hurry it");
        assert_eq!(loaded.step("M", 1000), Step::Open);
        loaded.close("M", 2000);
        assert_eq!(loaded.step("M", 2500), Step::Closing(0.5));
        assert_eq!(loaded.step("M", 3000), Step::Closed);
        loaded.touch("M", 4000);
        assert_eq!(loaded.step("M", 4000 + IDLE_MS - 1), Step::Open);
        assert_eq!(loaded.step("M", 4000 + IDLE_MS), Step::Closed);
        loaded.open("M", 0);
        assert_eq!(loaded.step("M", i64::MAX), Step::Closed, "a jump over all of it");
        assert_eq!(loaded.step("other", 0), Step::Closed);
    }
}
