//! Ids in the service's forms, made from names so that every run gives the same ones.

use super::random::{hash, mix};

/// Returns 32 lower-case hex digits made from a text.
pub(crate) fn lower_hex(text: &str) -> String {
    let high = hash(text);
    format!("{high:016x}{:016x}", mix(high ^ 0x5851_F42D_4C95_7F2D))
}

/// Returns an id of a workspace, a user or a customer: 32 lower-case hex digits that start `8a`.
pub(crate) fn guid(text: &str) -> String {
    let hex = lower_hex(text);
    format!("8a{}", hex.get(2..).unwrap_or_default())
}

/// Returns an id of a model: 32 upper-case hex digits.
pub(crate) fn model(text: &str) -> String {
    lower_hex(text).to_uppercase()
}

/// Returns an id of a task: 32 upper-case hex digits, different for every number.
pub(crate) fn task(number: u64) -> String {
    // `mix` is one to one, so the first half alone never repeats.
    let high = mix(number.wrapping_add(0x7A5C));
    format!("{high:016X}{:016X}", mix(high ^ 0x51AB))
}

/// Returns a dashed id made from two numbers, as token ids are written.
pub(crate) fn dashed(high: u64, low: u64) -> String {
    let hex = format!("{:016x}{:016x}", mix(high), mix(low ^ high));
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}
