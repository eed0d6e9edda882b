//! Paths: splitting, patterns of the request log and of faults, and query strings.

/// Splits a path into its segments; a trailing slash is tolerated.
///
/// Returns `None` for a path with an empty segment in the middle, which no route has.
pub(crate) fn segments(path: &str) -> Option<Vec<String>> {
    let path = path.strip_prefix('/')?;
    let path = path.strip_suffix('/').unwrap_or(path);
    path.split('/').map(|part| (!part.is_empty()).then(|| decode(part, false))).collect()
}

/// Tells whether a path matches a pattern: `*` stands for one segment, `**` for any tail.
///
/// A pattern for `/2/0/models/{m}/…` also matches the form with the workspace in front.
pub(crate) fn matches(pattern: &str, path: &str) -> bool {
    let (Some(pattern), Some(path)) = (segments(pattern), segments(path)) else {
        return pattern == path;
    };
    if matches_segments(&pattern, &path) {
        return true;
    }
    match path.as_slice() {
        // Only what is inside a model has both forms; `workspaces/{w}/models` is its own listing.
        [two, zero, workspaces, _, models, model, tail @ ..]
            if two == "2"
                && zero == "0"
                && workspaces == "workspaces"
                && models == "models"
                && !tail.is_empty() =>
        {
            let mut short = vec![two.clone(), zero.clone(), models.clone(), model.clone()];
            short.extend_from_slice(tail);
            matches_segments(&pattern, &short)
        }
        _ => false,
    }
}

fn matches_segments(pattern: &[String], path: &[String]) -> bool {
    match (pattern.split_first(), path.split_first()) {
        (None, None) => true,
        (Some((first, rest)), _) if first == "**" && rest.is_empty() => true,
        (Some((want, pattern)), Some((have, path))) => {
            (want == "*" || want == have) && matches_segments(pattern, path)
        }
        _ => false,
    }
}

/// The parameters of a query string, decoded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query {
    pairs: Vec<(String, String)>,
}

impl Query {
    /// Parses what stands after the `?`.
    pub(crate) fn parse(text: Option<&str>) -> Self {
        let pairs = text
            .unwrap_or_default()
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                (decode(key, true), decode(value, true))
            })
            .collect();
        Self { pairs }
    }

    /// Returns a parameter's first value.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.pairs.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// Returns every value of a parameter.
    pub(crate) fn all(&self, key: &str) -> impl Iterator<Item = &str> {
        self.pairs.iter().filter(move |(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// Tells whether a parameter is `true`.
    pub(crate) fn is_true(&self, key: &str) -> bool {
        self.get(key).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }
}

impl FromIterator<(String, String)> for Query {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self { pairs: pairs.into_iter().collect() }
    }
}

/// Decodes `%XX`, and `+` as a blank in query strings. What is no escape stays as it is.
fn decode(text: &str, plus_is_blank: bool) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' if plus_is_blank => out.push(b' '),
            b'%' => {
                let mut ahead = bytes.clone();
                let pair = ahead.next().and_then(hex).zip(ahead.next().and_then(hex));
                if let Some((high, low)) = pair {
                    out.push(high * 16 + low);
                    bytes = ahead;
                } else {
                    out.push(byte);
                }
            }
            _ => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_both_path_forms() {
        let tasks = "/2/0/models/*/exports/*/tasks";
        assert!(matches(tasks, "/2/0/models/M/exports/1/tasks"));
        assert!(matches(tasks, "/2/0/models/M/exports/1/tasks/"));
        assert!(matches(tasks, "/2/0/workspaces/w/models/M/exports/1/tasks"));
        assert!(!matches(tasks, "/2/0/models/M/exports/1/tasks/T"));
        assert!(matches("/2/0/models/**", "/2/0/models/M/exports/1/tasks/T"));
        assert!(matches("/2/0/models/**", "/2/0/models"));
        assert!(!matches("/2/0/models", "/2/0/workspaces/w/models"));
        assert!(!matches("/2/0/models/*", "/2/0/workspaces/w/models/M"));
        assert!(matches("/**", "/token/authenticate"));
    }

    #[test]
    fn query_is_decoded() {
        let query = Query::parse(Some("sort=%2Bname&s=a+b%&limit=5"));
        assert_eq!(query.get("sort"), Some("+name"));
        assert_eq!(query.get("s"), Some("a b%"));
        assert_eq!(query.get("limit"), Some("5"));
        assert_eq!(query.get("offset"), None);
    }
}
