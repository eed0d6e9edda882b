//! What the service rejected of what it was given, though it took the rest.
//!
//! A statement that loads a thousand rows of which ten are rejected has not failed: the others are
//! in the model. But whoever ran it must hear of the ten, and a script must be able to tell.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// Reports that are kept until somebody takes them; older ones are dropped then.
const KEPT: usize = 100;

/// What was rejected since a session began. Shared by all that write.
#[derive(Debug, Default)]
pub struct Rejections(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    total: u64,
    untold: VecDeque<Rejection>,
}

/// What was rejected of one thing that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rejection {
    /// How much was rejected.
    pub count: u64,
    /// A word for one of it: `row`, `item`, `cell`.
    pub unit: &'static str,
    /// Where it should have gone: `import "Load Products"`.
    pub of: String,
    /// The statement that shows what was rejected and why, if there is one.
    pub look: Option<String>,
    /// The reasons in the service's words, with the first rows of each, as far as they are known.
    pub reasons: Option<String>,
}

impl Rejections {
    /// Reports that something was rejected; nothing if the count is 0.
    pub(crate) fn add(&self, rejection: Rejection) {
        if rejection.count == 0 {
            return;
        }
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.total = state.total.saturating_add(rejection.count);
        if state.untold.len() == KEPT {
            state.untold.pop_front();
        }
        state.untold.push_back(rejection);
    }

    /// How much was rejected in all.
    pub fn total(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).total
    }

    /// What was rejected since the last time that this was asked.
    pub fn take(&self) -> Vec<Rejection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).untold.drain(..).collect()
    }
}

impl Rejection {
    /// So many of what `unit` is a word for were rejected by `of`.
    pub(crate) fn new(count: u64, unit: &'static str, of: impl Into<String>) -> Self {
        Self { count, unit, of: of.into(), look: None, reasons: None }
    }

    /// Says why, in words that may stand in a log.
    pub(crate) fn because(mut self, reasons: impl Into<String>) -> Self {
        self.reasons = Some(reasons.into());
        self
    }

    /// Names the statement that shows them.
    pub(crate) fn shown_by(mut self, statement: impl Into<String>) -> Self {
        self.look = Some(statement.into());
        self
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { count, unit, of, look, reasons } = self;
        let (ending, verb, them) =
            if *count == 1 { ("", "was", "it") } else { ("s", "were", "them") };
        write!(f, "{count} {unit}{ending} of {of} {verb} rejected")?;
        if let Some(reasons) = reasons {
            write!(f, ": {reasons}")?;
        }
        match look {
            Some(statement) => write!(f, "; {statement} shows {them}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejections_are_summed_up_and_told_once() {
        let rejections = Rejections::default();
        rejections.add(Rejection::new(0, "row", "import \"A\""));
        assert!(rejections.take().is_empty());
        rejections.add(Rejection::new(2, "row", "import \"A\"").shown_by("CALL Look()"));
        rejections.add(Rejection::new(1, "cell", "module \"B\"").because("1 odd (row 7)"));
        let lines: Vec<String> = rejections.take().iter().map(ToString::to_string).collect();
        assert_eq!(
            lines,
            [
                "2 rows of import \"A\" were rejected; CALL Look() shows them",
                "1 cell of module \"B\" was rejected: 1 odd (row 7)"
            ]
        );
        assert_eq!((rejections.total(), rejections.take().len()), (3, 0));
    }

    #[test]
    fn what_nobody_takes_is_not_kept_for_ever() {
        let rejections = Rejections::default();
        for _ in 0..KEPT * 3 {
            rejections.add(Rejection::new(1, "row", "import \"A\""));
        }
        assert_eq!((rejections.total(), rejections.take().len()), (300, KEPT));
    }
}
