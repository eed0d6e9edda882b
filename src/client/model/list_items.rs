//! What became of items that were written.

use serde::Deserialize;

use super::{WriteFailure, or_default};

/// The answer to items that were added, updated or deleted. Those that failed keep no other from
/// being written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Answer")]
pub struct ItemsWritten {
    /// How many were written.
    pub written: usize,
    /// The items that were not written.
    pub failures: Vec<WriteFailure>,
}

/// The answer as it comes. What is 0 may be left out.
#[derive(Deserialize)]
struct Answer {
    #[serde(alias = "added", alias = "updated", alias = "deleted")]
    written: Option<usize>,
    ignored: Option<usize>,
    total: Option<usize>,
    #[serde(default, deserialize_with = "or_default")]
    failures: Vec<WriteFailure>,
}

impl TryFrom<Answer> for ItemsWritten {
    type Error = &'static str;

    fn try_from(answer: Answer) -> Result<Self, Self::Error> {
        let Answer { written, ignored, total, failures } = answer;
        let rest = || Some(total?.saturating_sub(ignored?));
        let written = written.or_else(rest).ok_or("it doesn't say how many items were written")?;
        Ok(Self { written, failures })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_in_several_forms() {
        for (text, written, failures) in [
            (r#"{"added":1,"ignored":1,"total":2,"failures":[{"requestIndex":1}]}"#, 1, 1),
            (r#"{"updated":2,"ignored":0,"total":2}"#, 2, 0),
            (r#"{"deleted":2,"failures":null}"#, 2, 0),
            (r#"{"ignored":1,"total":1,"failures":[{"requestIndex":0,"reason":"x"}]}"#, 0, 1),
        ] {
            let answer: ItemsWritten = serde_json::from_str(text).expect(text);
            assert_eq!((answer.written, answer.failures.len()), (written, failures), "{text}");
        }
        assert!(serde_json::from_str::<ItemsWritten>(r#"{"status":{"code":200}}"#).is_err());
    }
}
