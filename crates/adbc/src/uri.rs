//! What the option `uri` may hold.
//!
//! - `anaplan://demo`: the built-in simulated tenant.
//! - `anaplan://USER:PASSWORD@REGION/WORKSPACE/MODEL?Key=value&Key=value`, any part left out, every
//!   part percent-encoded.
//! - `anaplan:` and a connection string, or a connection string alone.

use anaplan_sql::Key;
use anaplan_sql::Secret;
use percent_encoding::percent_decode_str;

use crate::error::invalid;

/// What driver managers find the driver by.
const SCHEME: &str = "anaplan:";

/// The host, or the word, of the simulated tenant.
const DEMO: &str = "demo";

/// What a URI says.
#[derive(Debug, Default)]
pub(crate) struct Parsed {
    /// Whether the simulated tenant is meant.
    pub(crate) demo: bool,
    /// A connection string.
    pub(crate) connection_string: Option<Secret>,
    /// Values of single keys.
    pub(crate) values: Vec<(Key, Secret)>,
}

/// Takes a URI apart.
///
/// # Errors
/// Naming the part that is wrong, and never a value.
pub(crate) fn parse(text: &str) -> adbc_core::error::Result<Parsed> {
    let rest = match text.get(..SCHEME.len()) {
        Some(scheme) if scheme.eq_ignore_ascii_case(SCHEME) => &text[SCHEME.len()..],
        // A scheme of somebody else's; a connection string's first `=` comes before any `:`.
        _ if text.split('=').next().is_some_and(|start| start.contains("://")) => {
            return Err(invalid("the uri begins with another scheme than anaplan:"));
        }
        _ => text,
    };
    match rest.strip_prefix("//") {
        Some(rest) => url(rest),
        None if rest.eq_ignore_ascii_case(DEMO) => Ok(Parsed { demo: true, ..Parsed::default() }),
        None => Ok(Parsed { connection_string: Some(Secret::new(rest)), ..Parsed::default() }),
    }
}

fn url(text: &str) -> adbc_core::error::Result<Parsed> {
    if text.contains('#') {
        return Err(invalid("the uri has a #: write it as %23"));
    }
    let (place, query) = text.split_once('?').unwrap_or((text, ""));
    let (authority, path) = place.split_once('/').unwrap_or((place, ""));
    // A password may hold an @ that nobody has encoded.
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, authority),
    };
    let mut parsed = Parsed::default();
    if let Some(user) = user {
        let (user, password) = user.split_once(':').unwrap_or((user, ""));
        parsed.add(Key::User, user, "user")?;
        parsed.add(Key::Password, password, "password")?;
    }
    if host.eq_ignore_ascii_case(DEMO) {
        parsed.demo = true;
    } else {
        parsed.add(Key::Region, host, "host")?;
    }
    let mut names = path.split('/');
    parsed.add(Key::Workspace, names.next().unwrap_or_default(), "workspace")?;
    parsed.add(Key::Model, names.next().unwrap_or_default(), "model")?;
    if names.any(|more| !more.is_empty()) {
        return Err(invalid(
            "the uri's path is /workspace/model: a slash in a name is written as %2F",
        ));
    }
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let key: Key = key.parse().map_err(|error: anaplan_sql::Error| {
            invalid(format!("the uri's query: {}", crate::error::text(&error)))
        })?;
        if parsed.values.iter().any(|(other, _)| *other == key) {
            return Err(invalid(format!("the uri gives {key} twice")));
        }
        parsed.add(key, value, key.name())?;
    }
    Ok(parsed)
}

impl Parsed {
    fn add(&mut self, key: Key, encoded: &str, part: &str) -> adbc_core::error::Result<()> {
        let decoded = percent_decode_str(encoded).decode_utf8().map_err(|_| {
            invalid(format!("the uri's {part} is not UTF-8 once it is percent-decoded"))
        })?;
        if !decoded.is_empty() {
            self.values.push((key, Secret::new(decoded)));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(parsed: &Parsed) -> Vec<(Key, &str)> {
        parsed.values.iter().map(|(key, value)| (*key, value.expose())).collect()
    }

    #[test]
    fn every_part_of_a_url_is_a_key() {
        let text = "anaplan://me%40example.com:p%3As;s%25@EU1/Händler%2FEU/Sales%20Planning\
                    ?Timeout=30&readonly=true";
        let parsed = parse(text).expect("valid");
        assert!(!parsed.demo);
        assert_eq!(
            values(&parsed),
            [
                (Key::User, "me@example.com"),
                (Key::Password, "p:s;s%"),
                (Key::Region, "EU1"),
                (Key::Workspace, "Händler/EU"),
                (Key::Model, "Sales Planning"),
                (Key::Timeout, "30"),
                (Key::ReadOnly, "true"),
            ]
        );
        let parsed = parse("anaplan:///W").expect("valid");
        assert_eq!(values(&parsed), [(Key::Workspace, "W")]);
        assert!(values(&parse("ANAPLAN://").expect("valid")).is_empty());
        let parsed = parse("anaplan://a@b:c@d@").expect("valid");
        assert_eq!(values(&parsed), [(Key::User, "a@b"), (Key::Password, "c@d")]);
    }

    #[test]
    fn the_demo_is_a_host_or_a_word() {
        for text in ["anaplan://demo", "anaplan:demo", "Anaplan://DEMO/", "demo"] {
            assert!(parse(text).expect("valid").demo, "{text}");
        }
        let parsed = parse("anaplan://demo/Finance/Sales%20Planning").expect("valid");
        assert_eq!(values(&parsed), [(Key::Workspace, "Finance"), (Key::Model, "Sales Planning")]);
    }

    #[test]
    fn anything_else_is_a_connection_string() {
        for text in ["anaplan:User=x;Password=a://b", "User=x;Password=a://b"] {
            let parsed = parse(text).expect("valid");
            let string = parsed.connection_string.expect("a string");
            assert_eq!(string.expose(), "User=x;Password=a://b");
        }
    }

    #[test]
    fn errors_name_parts_and_no_values() {
        for (text, part) in [
            ("postgresql://marker@x", "scheme"),
            ("anaplan://EU1/W/M/marker", "%2F"),
            ("anaplan://marker%FF@EU1", "user"),
            ("anaplan://EU1?Timeut=marker", "Timeout"),
            ("anaplan://EU1?Timeout=1&timeout=marker", "twice"),
            ("anaplan://marker#x", "#"),
        ] {
            let error = parse(text).expect_err("invalid").message;
            assert!(error.contains(part), "{error}");
            assert!(!error.contains("marker"), "{error}");
        }
    }
}
