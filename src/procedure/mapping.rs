//! Answers to the prompts of imports, as `Mapping` takes them: `Version:Actual, Region:"North, West"`.
//!
//! A prompt is what a model builder leaves open in an import. In a process several imports may ask
//! for the same; the name of one, and a slash, in front of an answer limit it to that one.

use crate::error::{Error, ErrorKind, Result};

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    /// The import in a process that it is for, by name or id.
    pub(super) import: Option<String>,
    pub(super) entity_type: String,
    pub(super) entity_name: String,
}

/// Reads all answers.
///
/// # Errors
/// Kind [`Query`](ErrorKind::Query), with the place where the form ends. No value is in it.
pub(super) fn answers(text: &str) -> Result<Vec<Answer>> {
    let mut rest = text;
    let mut all = Vec::new();
    loop {
        let wrong = |rest: &str, what: &str| {
            let at = text[..text.len() - rest.len()].chars().count() + 1;
            Error::new(ErrorKind::Query, format!("Mapping: character {at}: {what}")).with_hint(
                "write Type:Name, separated by commas, such as 'Version:Actual, Region:\"A, B\"'; \
                 in a process an import's name and a slash may stand in front of an answer",
            )
        };
        let (first, after) = part(rest, "/:=,;").map_err(|at| wrong(at, "a quote has no end"))?;
        let (import, entity_type, after) = match after.strip_prefix('/') {
            Some(more) => {
                let (second, after) =
                    part(more, ":=,;").map_err(|at| wrong(at, "a quote has no end"))?;
                (Some(first), second, after)
            }
            None => (None, first, after),
        };
        let Some(more) = after.strip_prefix([':', '=']) else {
            return Err(wrong(after, "a colon was expected"));
        };
        let (entity_name, after) =
            part(more, ",;").map_err(|at| wrong(at, "a quote has no end"))?;
        if entity_type.is_empty() || entity_name.is_empty() || import.as_deref() == Some("") {
            return Err(wrong(more, "a name is missing"));
        }
        all.push(Answer { import, entity_type, entity_name });
        rest = match after.strip_prefix([',', ';']) {
            Some(more) => more.trim_start(),
            None if after.is_empty() => return Ok(all),
            None => return Err(wrong(after, "a comma was expected")),
        };
        if rest.is_empty() {
            return Ok(all);
        }
    }
}

/// Reads a name, quoted or up to one of these characters, and gives what follows it. In an error it
/// is where the quote began.
fn part<'a>(text: &'a str, ends: &str) -> std::result::Result<(String, &'a str), &'a str> {
    let text = text.trim_start();
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(|c| ends.contains(c)).unwrap_or(text.len());
        return Ok((text[..end].trim_end().to_owned(), &text[end..]));
    };
    let mut name = String::new();
    let mut characters = quoted.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        if character != '"' {
            name.push(character);
        } else if characters.next_if(|(_, next)| *next == '"').is_some() {
            name.push('"');
        } else {
            return Ok((name, quoted[at + 1..].trim_start()));
        }
    }
    Err(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(import: Option<&str>, entity_type: &str, entity_name: &str) -> Answer {
        Answer {
            import: import.map(str::to_owned),
            entity_type: entity_type.to_owned(),
            entity_name: entity_name.to_owned(),
        }
    }

    #[track_caller]
    fn check(text: &str, expected: &[Answer]) {
        assert_eq!(answers(text).expect("it is right"), expected, "{text}");
    }

    #[test]
    fn answers_are_read_plain_and_quoted() {
        check("Version:Actual", &[answer(None, "Version", "Actual")]);
        check(
            " Version = Actual ; Region : North/West ,",
            &[answer(None, "Version", "Actual"), answer(None, "Region", "North/West")],
        );
        check(
            r#"Load "A"/Version:"Plan: 1, ""draft""", "a/b"/"P:q":Ü"#,
            &[
                answer(Some("Load \"A\""), "Version", "Plan: 1, \"draft\""),
                answer(Some("a/b"), "P:q", "Ü"),
            ],
        );
    }

    #[test]
    fn what_is_wrong_is_told_by_its_place_and_not_shown() {
        for (text, at) in [
            ("marker", 7),
            ("", 1),
            ("Version:", 9),
            (":marker", 2),
            ("/Version:marker", 10),
            ("Version:\"marker", 9),
            ("Version:\"mar\" ker", 15),
            ("Vérsion:x, marker", 18),
        ] {
            let error = answers(text).expect_err(text);
            assert_eq!(error.kind(), ErrorKind::Query);
            let said = error.to_string();
            assert!(said.starts_with(&format!("Mapping: character {at}: ")), "{text}: {said}");
            assert!(!format!("{error:?}").contains("marker"), "{error:?}");
        }
    }
}
