//! The name of this machine, for people who must find out who did something.

use std::sync::OnceLock;

/// The name of this machine, or words that say that it has none.
pub(super) fn name() -> String {
    static NAME: OnceLock<String> = OnceLock::new();
    NAME.get_or_init(|| find().unwrap_or_else(|| "an unnamed machine".to_owned())).clone()
}

fn find() -> Option<String> {
    let file = |path| std::fs::read_to_string(path).ok();
    let variable = |name| std::env::var(name).ok();
    // Linux says it in a file; Windows and most shells in a variable.
    [
        file("/proc/sys/kernel/hostname"),
        variable("COMPUTERNAME"),
        variable("HOSTNAME"),
        file("/etc/hostname"),
    ]
    .into_iter()
    .flatten()
    .map(|text| text.trim().to_owned())
    .find(|text| !text.is_empty())
}
