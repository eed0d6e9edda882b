//! A string that nothing prints.

use zeroize::Zeroizing;

/// Holds a password, token or client secret.
///
/// `Debug` shows only that there is something; there is no `Display`; the text is wiped from
/// memory when the last owner drops it. Reading it takes the word [`expose`](Self::expose), so
/// that every use can be found by searching for it.
///
/// ```
/// let password = anaplan_sql::Secret::new("open sesame");
/// assert_eq!(format!("{password:?}"), "Secret(***)");
/// assert_eq!(password.expose(), "open sesame");
/// ```
///
/// It can't be printed by accident:
///
/// ```compile_fail
/// let password = anaplan_sql::Secret::new("open sesame");
/// println!("{password}");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// Hands out the text, for the one place that must send it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(***)")
    }
}

/// Whether a word that stands where a name should may be a token: it is long, and letters and digits
/// take turns in it.
pub(crate) fn is_like_token(word: &str) -> bool {
    let letters = word.chars().filter(|it| it.is_alphanumeric()).map(char::is_numeric);
    let turns = letters.clone().zip(letters.skip(1)).filter(|(one, next)| one != next).count();
    word.len() >= 20 && turns >= 4
}
