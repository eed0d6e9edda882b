//! The settings that clients look at and change. None of them is the server's.

use std::collections::BTreeMap;
use std::time::Duration;

use super::problem::{Outcome, Problem};

/// The version of PostgreSQL that this is taken for.
pub(super) const VERSION: &str = "16.6";

/// Names and what they are until somebody changes them, and whether clients are told at once.
const KNOWN: &[(&str, &str, bool)] = &[
    ("application_name", "", true),
    ("bytea_output", "hex", false),
    ("client_encoding", "UTF8", true),
    ("client_min_messages", "notice", false),
    ("DateStyle", "ISO, MDY", true),
    ("default_transaction_isolation", "read committed", false),
    ("default_transaction_read_only", "off", false),
    ("extra_float_digits", "1", false),
    ("geqo", "on", false),
    ("idle_in_transaction_session_timeout", "0", false),
    ("in_hot_standby", "off", true),
    ("integer_datetimes", "on", true),
    ("IntervalStyle", "postgres", true),
    ("is_superuser", "off", true),
    ("jit", "off", false),
    ("lc_collate", "C", false),
    ("lc_ctype", "C.UTF-8", false),
    ("lc_messages", "C", false),
    ("lc_monetary", "C", false),
    ("lock_timeout", "0", false),
    ("max_identifier_length", "63", false),
    ("max_index_keys", "32", false),
    ("role", "none", false),
    ("row_security", "on", false),
    ("search_path", "", false),
    ("server_encoding", "UTF8", true),
    ("server_version", VERSION, true),
    ("server_version_num", "160006", false),
    ("session_authorization", "", true),
    ("standard_conforming_strings", "on", true),
    ("statement_timeout", "0", false),
    ("synchronize_seqscans", "on", false),
    ("TimeZone", "UTC", true),
    ("transaction_isolation", "read committed", false),
    ("transaction_read_only", "off", false),
    ("wal_level", "replica", false),
    ("work_mem", "4MB", false),
];

/// What nobody can change.
const FIXED: &[&str] = &[
    "in_hot_standby",
    "integer_datetimes",
    "is_superuser",
    "max_identifier_length",
    "max_index_keys",
    "server_encoding",
    "server_version",
    "server_version_num",
    "wal_level",
];

/// How many settings of its own a client may have, and how long their values may be.
const OWN: usize = 100;
const LONGEST: usize = 10_000;

/// The settings of a connection.
#[derive(Debug, Clone, Default)]
pub(super) struct Settings {
    changed: BTreeMap<String, String>,
    /// What a connection begins with, and RESET goes back to.
    first: BTreeMap<String, String>,
}

fn known(name: &str) -> Option<&'static (&'static str, &'static str, bool)> {
    KNOWN.iter().find(|(known, ..)| known.eq_ignore_ascii_case(name))
}

impl Settings {
    /// Settings that a connection begins with.
    pub(super) fn start(&mut self) {
        self.first = self.changed.clone();
    }

    /// The value of a setting, by its name in any case.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        let changed = self.changed.get(&name.to_ascii_lowercase()).cloned();
        changed.or_else(|| known(name).map(|(_, value, _)| (*value).to_owned()))
    }

    /// All of PostgreSQL's.
    pub(super) fn all(&self) -> impl Iterator<Item = (&'static str, String)> {
        KNOWN.iter().map(|(name, ..)| (*name, self.get(name).unwrap_or_default()))
    }

    /// Those that clients are told.
    pub(super) fn told(&self) -> impl Iterator<Item = (&'static str, String)> {
        self.all().filter(|(name, _)| known(name).is_some_and(|it| it.2))
    }

    /// Sets what the server says of itself.
    pub(super) fn set_own(&mut self, name: &str, value: &str) {
        self.changed.insert(name.to_ascii_lowercase(), value.to_owned());
    }

    /// Sets a setting, and gives it as clients are to be told, if they are.
    ///
    /// # Errors
    /// When there is no such setting, or it can't have this value.
    pub(super) fn set(
        &mut self,
        name: &str,
        value: &str,
    ) -> Outcome<Option<(&'static str, String)>> {
        let lower = name.to_ascii_lowercase();
        if lower.starts_with("datafusion.") {
            return Err(Problem::forbidden("settings of the server can't be changed from here"));
        }
        if value.len() > LONGEST
            || (self.changed.len() >= OWN && !self.changed.contains_key(&lower))
        {
            return Err(Problem::new("54000", "there are too many settings"));
        }
        let Some((known, _, is_told)) = known(name) else {
            // Clients may have settings of their own, whose names have a dot.
            if lower.contains('.') {
                self.changed.insert(lower, value.to_owned());
                return Ok(None);
            }
            return Err(unknown(name));
        };
        if FIXED.contains(known) {
            return Err(Problem::new("55P02", format!("parameter \"{known}\" cannot be changed")));
        }
        let bad = || Problem::new("22023", format!("invalid value for parameter \"{known}\""));
        let value = match lower.as_str() {
            "client_encoding" => {
                // Some send it in quotes.
                let plain: String = value.chars().filter(char::is_ascii_alphanumeric).collect();
                if !["UTF8", "UNICODE"].contains(&plain.to_ascii_uppercase().as_str()) {
                    return Err(bad().with_hint("texts are in UTF8 here"));
                }
                "UTF8".to_owned()
            }
            "datestyle" => {
                let upper = value.to_ascii_uppercase();
                if ["SQL", "GERMAN", "POSTGRES"].iter().any(|it| upper.contains(it)) {
                    return Err(bad().with_hint("days are shown as ISO has them"));
                }
                let order = ["DMY", "YMD"].into_iter().find(|it| upper.contains(it));
                format!("ISO, {}", order.unwrap_or("MDY"))
            }
            "standard_conforming_strings" if !is_on(value) => return Err(bad()),
            "bytea_output" if !value.eq_ignore_ascii_case("hex") => return Err(bad()),
            "statement_timeout" => duration(value).ok_or_else(bad)?.as_millis().to_string(),
            _ => value.to_owned(),
        };
        self.changed.insert(lower, value.clone());
        Ok(is_told.then_some((*known, value)))
    }

    /// Sets a setting, or all, to what it was when the connection began.
    ///
    /// # Errors
    /// When there is no such setting.
    pub(super) fn reset(&mut self, name: Option<&str>) -> Outcome<()> {
        let Some(name) = name else {
            self.changed.clone_from(&self.first);
            return Ok(());
        };
        let lower = name.to_ascii_lowercase();
        if known(name).is_none() && !lower.contains('.') {
            return Err(unknown(name));
        }
        match self.first.get(&lower) {
            Some(first) => self.changed.insert(lower, first.clone()),
            None => self.changed.remove(&lower),
        };
        Ok(())
    }

    /// How long a statement may run, if the client says so.
    pub(super) fn statement_timeout(&self) -> Option<Duration> {
        let limit = duration(&self.get("statement_timeout")?)?;
        (!limit.is_zero()).then_some(limit)
    }
}

/// The error about a setting that isn't there.
pub(super) fn unknown(name: &str) -> Problem {
    Problem::new("42704", format!("unrecognized configuration parameter \"{name}\""))
}

fn is_on(value: &str) -> bool {
    ["on", "true", "yes", "1"].iter().any(|it| value.eq_ignore_ascii_case(it))
}

/// Milliseconds, or a number with its unit.
fn duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..end].parse().ok()?;
    let unit = match text[end..].trim() {
        "" | "ms" => 1,
        "s" => 1000,
        "min" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    Some(Duration::from_millis(number.checked_mul(unit)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_set_shown_and_reset() {
        let mut settings = Settings::default();
        let told = settings.set("application_NAME", "x").expect("known");
        assert_eq!(told, Some(("application_name", "x".to_owned())));
        settings.start();
        settings.set("Application_Name", "y").expect("known");
        assert_eq!(settings.get("application_name").as_deref(), Some("y"));
        settings.reset(None).expect("all");
        assert_eq!(settings.get("application_name").as_deref(), Some("x"));
        settings.set("my.own", "z").expect("a client's own");
        assert_eq!(settings.get("my.own").as_deref(), Some("z"));
        settings.set("statement_timeout", "2min").expect("a time");
        assert_eq!(settings.statement_timeout(), Some(Duration::from_secs(120)));
        assert_eq!(
            settings.set("datestyle", "iso").expect("ISO").map(|it| it.1).as_deref(),
            Some("ISO, MDY")
        );
    }

    #[test]
    fn what_can_not_be_is_refused() {
        let mut settings = Settings::default();
        for (name, value, sqlstate) in [
            ("nothing", "1", "42704"),
            ("server_version", "1", "55P02"),
            ("client_encoding", "LATIN1", "22023"),
            ("DateStyle", "German", "22023"),
            ("statement_timeout", "soon", "22023"),
            ("datafusion.execution.batch_size", "1", "42501"),
            ("DataFusion.runtime.memory_limit", "1", "42501"),
        ] {
            let problem = settings.set(name, value).expect_err(name);
            assert_eq!(problem.sqlstate, sqlstate, "{name}");
        }
    }
}
