//! Remembers which keys were asked for, so that no key is described that nothing acts on.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::super::schema::Section;

thread_local! {
    static ASKED: RefCell<BTreeSet<(&'static str, String)>> = const { RefCell::new(BTreeSet::new()) };
}

pub(crate) fn note(section: &'static Section, key: &str) {
    ASKED.with_borrow_mut(|asked| asked.insert((section.heading, key.to_owned())));
}

/// Returns what this thread asked for so far.
pub(crate) fn all() -> BTreeSet<(&'static str, String)> {
    ASKED.with_borrow(Clone::clone)
}
