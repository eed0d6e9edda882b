//! What is wrong with a scenario: all of it at once, each thing with its place.

use std::fmt;

/// What is wrong with a scenario file, or with the body of a control request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioError {
    source: String,
    problems: Vec<ScenarioProblem>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioProblem {
    /// The line, from 1; `None` for what has no place in the file.
    pub line: Option<usize>,
    /// The column, from 1, in characters.
    pub column: usize,
    /// What is wrong. It holds no password and no secret.
    pub message: String,
}

impl ScenarioError {
    /// Makes the error of a file that can't be read at all.
    pub(super) fn whole(source: &str, message: String) -> Self {
        let problem = ScenarioProblem { line: None, column: 1, message };
        Self { source: source.to_owned(), problems: vec![problem] }
    }

    /// Returns everything that is wrong, in the order of the file.
    pub fn problems(&self) -> &[ScenarioProblem] {
        &self.problems
    }
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = &self.source;
        if let [ScenarioProblem { line, column, message }] = self.problems.as_slice() {
            return match line {
                Some(line) => write!(f, "{source}, line {line}, column {column}: {message}"),
                None => write!(f, "{source}: {message}"),
            };
        }
        write!(f, "{} problems in {source}", self.problems.len())?;
        for ScenarioProblem { line, column, message } in &self.problems {
            match line {
                Some(line) => write!(f, "\n  line {line}, column {column}: {message}")?,
                None => write!(f, "\n  {message}")?,
            }
        }
        Ok(())
    }
}

impl std::error::Error for ScenarioError {}

/// Collects problems while a file is read.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    found: Vec<(usize, String)>,
}

impl Problems {
    /// Adds a problem with what starts at a byte of the file.
    pub(crate) fn add(&mut self, at: usize, message: impl Into<String>) {
        self.found.push((at, message.into()));
    }

    /// Adds a problem with a name that isn't known, and what it may have been meant to be.
    pub(crate) fn unknown<'a>(
        &mut self,
        at: usize,
        what: impl fmt::Display,
        name: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) {
        let advice = near(name, known)
            .map_or_else(String::new, |known| format!("; did you mean `{known}`?"));
        self.add(at, format!("{what}{advice}"));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Ends the collection.
    ///
    /// # Errors
    /// Fails if anything was found.
    pub(crate) fn end(mut self, source: &str, text: &str) -> Result<(), ScenarioError> {
        if self.found.is_empty() {
            return Ok(());
        }
        self.found.sort();
        self.found.dedup();
        let problems = self.found.into_iter().map(|(at, message)| {
            let before = text.get(..at).unwrap_or(text);
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            ScenarioProblem { line: Some(line), column, message }
        });
        Err(ScenarioError { source: source.to_owned(), problems: problems.collect() })
    }
}

/// Writes a number of things: `1 cell`, `2 cells`.
pub(super) fn count(number: usize, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

/// Returns the known name that is nearest to a name, if one is near.
fn near<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    // In short names every letter counts.
    let allowed = (name.chars().count() / 3).min(4);
    known
        .into_iter()
        .map(|known| (strsim::osa_distance(&name, &known.to_lowercase()), known))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let known = ["password", "page_cap", "Products"];
        assert_eq!(near("pasword", known), Some("password"));
        assert_eq!(near("products", known), Some("Products"));
        assert_eq!(near("colour", known), None);
        assert_eq!(near("x", ["y", "xy"]), None);
        assert_eq!(near("X", ["y", "x"]), Some("x"));
        assert_eq!(near("", known), None);
    }

    #[test]
    fn places_are_lines_and_characters() {
        let mut problems = Problems::default();
        problems.add("ä = 1\nö, ".len(), "second");
        problems.add(0, "first");
        problems.add(0, "first");
        let error = problems.end("a.toml", "ä = 1\nö, x").expect_err("problems");
        assert_eq!(
            error.to_string(),
            "2 problems in a.toml\n  line 1, column 1: first\n  line 2, column 4: second"
        );
    }
}
