//! The search patterns of metadata calls: those of LIKE.

/// A pattern, or none: then everything fits.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pattern(Option<String>);

impl Pattern {
    /// The pattern that a caller gives.
    pub(crate) fn new(text: Option<&str>) -> Self {
        Self(text.map(str::to_owned))
    }

    /// Whether a name fits.
    pub(crate) fn fits(&self, name: &str) -> bool {
        match &self.0 {
            None => true,
            Some(pattern) => fits(pattern, name),
        }
    }

    /// Whether it names something instead of searching. `_` is no sign of a search: many names have
    /// it.
    pub(crate) fn names_one(&self) -> bool {
        self.name().is_some()
    }

    /// The one name that it may be.
    pub(crate) fn name(&self) -> Option<&str> {
        self.0.as_deref().filter(|pattern| !pattern.contains('%'))
    }
}

/// LIKE without an escape, in time that grows with the product of the lengths at most.
fn fits(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    let (mut at, mut from) = (0, 0);
    // Where to go on when what followed the last % doesn't fit.
    let mut retry: Option<(usize, usize)> = None;
    while from < name.len() {
        match pattern.get(at) {
            Some('%') => {
                at += 1;
                retry = Some((at, from));
            }
            Some(&wanted) if wanted == '_' || wanted == name[from] => {
                at += 1;
                from += 1;
            }
            _ => match retry {
                Some((after, start)) => {
                    at = after;
                    from = start + 1;
                    retry = Some((after, from));
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|rest| *rest == '%')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_those_of_like() {
        for (pattern, name, expected) in [
            ("", "", true),
            ("", "a", false),
            ("%", "", true),
            ("%", "anything", true),
            ("a_c", "abc", true),
            ("a_c", "aéc", true),
            ("a_c", "ac", false),
            ("A%", "abc", false),
            ("%b%", "abc", true),
            ("%ab", "aab", true),
            ("a%b%c", "aXbXbXc", true),
            ("a%b%c", "aXbXbX", false),
            ("Lists.%", "Lists.Products", true),
            ("100%", "100%", true),
        ] {
            assert_eq!(Pattern::new(Some(pattern)).fits(name), expected, "{pattern} {name}");
        }
        assert!(Pattern::new(None).fits("x"));
    }

    #[test]
    fn long_patterns_end() {
        let pattern = "%a".repeat(1000);
        assert!(!Pattern::new(Some(&pattern)).fits(&"b".repeat(10_000)));
    }

    #[test]
    fn a_name_is_no_search() {
        assert!(Pattern::new(Some("REV_01")).names_one());
        assert!(!Pattern::new(Some("REV%")).names_one());
        assert!(!Pattern::new(None).names_one());
    }
}
