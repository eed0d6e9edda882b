//! Values that nobody can guess: tokens, codes, cookies.

use std::hash::{BuildHasher, Hasher, RandomState};

/// Returns 64 bits that differ in every process and at every call.
pub(crate) fn unguessable() -> u64 {
    // A keyed hash of nothing, with a key that the system's random numbers gave.
    RandomState::new().build_hasher().finish()
}

/// Returns 16 hex digits for each of `words`, that nobody can guess.
pub(crate) fn unguessable_hex(words: usize) -> String {
    (0..words).map(|_| format!("{:016x}", unguessable())).collect()
}
