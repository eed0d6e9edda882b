//! What the program is attached to.

use std::ffi::OsString;
use std::io::{self, IsTerminal};

/// Which standard streams are terminals, and what they can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Terminal {
    /// Standard input is a terminal.
    pub(super) stdin: bool,
    /// Standard output is one.
    pub(super) stdout: bool,
    /// Standard error is one.
    pub(super) stderr: bool,
    /// Colours are wanted where there is a terminal.
    pub(super) colour: bool,
    /// Boxes can be drawn where there is a terminal.
    pub(super) boxes: bool,
}

impl Terminal {
    /// Looks at the standard streams and the environment.
    pub(super) fn detect() -> Self {
        let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let (colour, boxes) = abilities(variable);
        Self {
            stdin: io::stdin().is_terminal(),
            stdout: io::stdout().is_terminal(),
            stderr: io::stderr().is_terminal(),
            colour,
            boxes,
        }
    }

    /// Whether a person is there who can be asked something. Nobody else is ever waited for.
    pub(super) fn is_attended(&self) -> bool {
        self.stdin && self.stderr
    }

    /// Whether text on standard error is coloured.
    pub(super) fn colour_errors(&self) -> bool {
        self.stderr && self.colour
    }
}

/// Whether colours are wanted and boxes can be shown, by the environment's variables that are set
/// and not empty. An unset locale says nothing: terminals without UTF-8 have become rare.
fn abilities(variable: impl Fn(&str) -> Option<OsString>) -> (bool, bool) {
    let dumb = variable("TERM").is_some_and(|term| term == "dumb");
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(&variable);
    let utf8 = locale.is_none_or(|locale| {
        let name = locale.to_string_lossy().to_ascii_lowercase();
        name.contains("utf-8") || name.contains("utf8")
    });
    (!dumb && variable("NO_COLOR").is_none(), !dumb && utf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_decides_colours_and_boxes() {
        let with = |set: &[(&str, &str)]| {
            abilities(|name| set.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).into()))
        };
        assert_eq!(with(&[]), (true, true));
        assert_eq!(with(&[("NO_COLOR", "1")]), (false, true));
        assert_eq!(with(&[("TERM", "dumb")]), (false, false));
        assert_eq!(with(&[("LANG", "de_DE.UTF-8")]), (true, true));
        assert_eq!(with(&[("LANG", "de_DE.UTF-8"), ("LC_ALL", "C")]), (true, false));
    }
}
