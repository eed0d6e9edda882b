//! Which texts hold secrets, and so are neither remembered nor repeated.

use crate::config::KEYS;
use crate::procedure::{PROCEDURES, ProcedureScope};

/// Whether the name of a secret key stands before an equals sign in a text.
pub(super) fn found_in(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    KEYS.iter().filter(|info| info.secret).any(|info| {
        let name = info.name.to_ascii_lowercase();
        text.match_indices(&name)
            .any(|(at, _)| text[at + name.len()..].trim_start().starts_with('='))
    })
}

/// Words that stand near secrets of other programs too, as in the options of a table over files.
const WORDS: &[&str] = &["secret", "password", "passwd", "token", "access_key", "apikey"];

/// Whether an input of the prompt must not get into its history: text with a secret, text that
/// speaks of one outside of a quoted name, a procedure for signing in, quoted or not, and `\c`, whose
/// argument may be anything, a mistyped connection string included.
pub(super) fn keep_out_of_history(input: &str) -> bool {
    let lower = input.to_ascii_lowercase();
    // Every second piece stands between double quotes: the name of a column, which is harmless.
    let mut outside = lower.split('"').step_by(2);
    lower.contains("\\c")
        || found_in(input)
        || signs_in(&lower)
        || outside.any(|piece| WORDS.iter().any(|word| piece.contains(word)))
}

/// Whether a text in lower case names a procedure that takes codes or tokens.
fn signs_in(lower: &str) -> bool {
    let mut names = PROCEDURES.iter().filter(|it| it.scope == ProcedureScope::SignIn);
    names.any(|procedure| lower.contains(&procedure.name.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_secret_key_is_recognized_in_any_case_and_spacing() {
        for info in KEYS.iter().filter(|info| info.secret) {
            for name in [info.name.to_owned(), info.name.to_lowercase(), info.name.to_uppercase()] {
                for text in [format!("{name}=x"), format!("EXEC P @{name} \t= 'x'")] {
                    assert!(found_in(&text), "{text}");
                    assert!(keep_out_of_history(&text), "{text}");
                }
            }
        }
    }

    #[test]
    fn a_reconnection_is_kept_out_whatever_it_says() {
        for text in ["\\c anything", "  \\c x", "SELECT 1;\n\\c x", "\\C x", "\\connect x"] {
            assert!(keep_out_of_history(text), "{text}");
        }
    }

    #[test]
    fn secrets_of_other_programs_are_kept_out_too() {
        for text in [
            "CREATE EXTERNAL TABLE t OPTIONS ('aws.secret_access_key' 'x')",
            "-- AuthToken x",
            "SELECT 'Password: x'",
        ] {
            assert!(keep_out_of_history(text), "{text}");
        }
    }

    #[test]
    fn sign_in_procedures_are_kept_out_even_with_quoted_names() {
        for text in [
            "EXEC \"RefreshOAuthAccessToken\" \"OAuthRefreshToken\" = 'x'",
            "CALL \"GetOAuthAccessToken\"('x')",
        ] {
            assert!(keep_out_of_history(text), "{text}");
        }
    }

    #[test]
    fn ordinary_statements_are_kept() {
        for text in ["SELECT \"Password\" FROM t", "\\dt", "SELECT 1 = 1", "User=x", ""] {
            assert!(!keep_out_of_history(text), "{text}");
        }
    }
}
