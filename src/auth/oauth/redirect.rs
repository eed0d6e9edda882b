//! What a browser brings back from the sign-in page (RFC 6749, 4.1.2).

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use url::{Url, form_urlencoded};

use crate::error::{Error, ErrorKind};
use crate::secret::Secret;

/// The most that is repeated of words that somebody else has put into an address.
const MOST_WORDS: usize = 300;

/// What services put into the query of a redirect (RFC 6749, RFC 9207, OpenID Connect).
const ADDED: [&str; 8] =
    ["code", "state", "error", "error_description", "error_uri", "session_state", "iss", "scope"];

/// The query of the address that the sign-in page sent a browser to.
pub(super) struct Redirect {
    code: Option<Secret>,
    state: Option<Secret>,
    error: Option<String>,
    description: Option<String>,
    /// A person copied the code out of the address, and left the state behind.
    is_bare_code: bool,
}

/// What a redirect is worth to the sign-in that waits for it.
#[derive(Debug)]
pub(super) enum Verdict {
    /// The code to exchange.
    Code(Secret),
    /// The sign-in was refused, and why.
    Refused(Error),
    /// It belongs to another sign-in, or to none.
    Foreign,
}

impl fmt::Debug for Redirect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redirect").field("error", &self.error).finish_non_exhaustive()
    }
}

impl Redirect {
    /// Reads a query. None if it brings neither a code nor an error.
    pub(super) fn from_query(query: &str) -> Option<Self> {
        let mut redirect =
            Self { code: None, state: None, error: None, description: None, is_bare_code: false };
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*key {
                "code" if !value.is_empty() => redirect.code = Some(Secret::new(value)),
                "state" => redirect.state = Some(Secret::new(value)),
                "error" if !value.is_empty() => redirect.error = Some(shortened(&value)),
                "error_description" => redirect.description = Some(shortened(&value)),
                _ => {}
            }
        }
        (redirect.code.is_some() || redirect.error.is_some()).then_some(redirect)
    }

    /// Reads what a person has pasted: the whole address, its query, or only the code.
    ///
    /// # Errors
    /// Kind [`SignIn`](ErrorKind::SignIn) when it is nothing of these.
    pub(super) fn from_pasted(text: &str) -> Result<Self, Error> {
        let text = unquoted(text);
        let query = match Url::parse(text) {
            Ok(url) if url.has_host() => Some(url.query().unwrap_or_default().to_owned()),
            _ if text.contains("code=") || text.contains("error=") => {
                Some(text.rsplit_once('?').map_or(text, |(_, query)| query).to_owned())
            }
            _ => None,
        };
        let unusable = |message: &'static str| Err(Error::new(ErrorKind::SignIn, message));
        match query {
            Some(query) => match Self::from_query(&query) {
                Some(redirect) => Ok(redirect),
                None if query.contains("response_type=") => unusable(
                    "this is the address to open; paste the one that the browser ends at \
                     after you have signed in",
                ),
                None => unusable("there is no code in this address"),
            },
            None if text.is_empty() => unusable("nothing was pasted"),
            None if text.contains(char::is_whitespace) => {
                unusable("this is neither an address nor a code")
            }
            None => {
                // Copied from an address it may be escaped; a plus is one all the same.
                let escaped = format!("code={}", text.replace('+', "%2B"));
                match Self::from_query(&escaped) {
                    Some(redirect) => Ok(Self { is_bare_code: true, ..redirect }),
                    None => unusable("this is neither an address nor a code"),
                }
            }
        }
    }

    /// Whether it tells which sign-in it belongs to.
    pub(super) fn has_state(&self) -> bool {
        self.state.is_some()
    }

    /// Reads what a connection string has as OAuthVerifier: the code, and the redirect URI that it
    /// was sent to if the whole address is given. Which sign-in it belongs to nobody knows.
    ///
    /// # Errors
    /// Kind [`SignIn`](ErrorKind::SignIn) when there is no code in it, with the page's own error if
    /// that is there instead.
    pub(super) fn verifier(text: &Secret) -> Result<(Secret, Option<String>), Error> {
        let hint = "give the code of a sign-in, or the whole address at which the browser has ended; \
                    or unset OAuthVerifier";
        let redirect = Self::from_pasted(text.expose())
            .map_err(|error| error.context("OAuthVerifier is of no use").with_hint(hint))?;
        let address = unquoted(text.expose());
        let address = address.contains("://").then(|| registered(address));
        match (redirect.error, redirect.code) {
            (Some(error), _) => Err(refusal(&error, redirect.description.as_deref())),
            (None, Some(code)) => Ok((code, address)),
            (None, None) => {
                let text = "there is no code in OAuthVerifier";
                Err(Error::new(ErrorKind::SignIn, text).with_hint(hint))
            }
        }
    }

    /// Decides whether the redirect belongs to the sign-in with this state, and what it brings.
    pub(super) fn judge(self, state: &Secret) -> Verdict {
        let is_ours = match &self.state {
            Some(given) => {
                // In a time that doesn't tell where the first difference is.
                verify_slices_are_equal(given.expose().as_bytes(), state.expose().as_bytes())
                    .is_ok()
            }
            // Some services leave the state out of an error (it is required by RFC 6749, 4.1.2.1).
            // Nothing is gained by a forged one.
            None => self.is_bare_code || self.error.is_some(),
        };
        match (is_ours, self.error, self.code) {
            (true, Some(error), _) => {
                Verdict::Refused(refusal(&error, self.description.as_deref()))
            }
            (true, None, Some(code)) => Verdict::Code(code),
            _ => Verdict::Foreign,
        }
    }
}

/// A text without the blanks and quotes that copying may put around it.
fn unquoted(text: &str) -> &str {
    let quotes: &[_] = &['"', '\'', '<', '>'];
    text.trim().trim_matches(quotes).trim()
}

/// The redirect URI in an address that the browser has ended at: with the query that it is
/// registered with, without what the service has added.
fn registered(address: &str) -> String {
    let address = address.split('#').next().unwrap_or_default();
    let Some((path, query)) = address.split_once('?') else { return address.to_owned() };
    let is_own = |pair: &&str| !ADDED.contains(&pair.split('=').next().unwrap_or_default());
    let own: Vec<_> = query.split('&').filter(|pair| !pair.is_empty()).filter(is_own).collect();
    if own.is_empty() { path.to_owned() } else { format!("{path}?{}", own.join("&")) }
}

/// Words for an error. A line end in them would begin a line of this program's own.
fn shortened(text: &str) -> String {
    let plain = |letter: char| if letter.is_control() { ' ' } else { letter };
    text.chars().take(MOST_WORDS).map(plain).collect()
}

/// The error that a redirect tells of.
fn refusal(error: &str, description: Option<&str>) -> Error {
    let words = match description.map(str::trim).filter(|words| !words.is_empty()) {
        Some(words) => format!("{words} ({error})"),
        None => error.to_owned(),
    };
    let hint = match error {
        "access_denied" => "sign in again and allow access, as a user whom the OAuth client admits",
        "unauthorized_client" | "invalid_client" => {
            "check OAuthClientId: the client must be registered for the authorization code grant"
        }
        "invalid_scope" => "check Scope",
        _ => "sign in again; if it lasts, check OAuthClientId, CallbackURL and Scope",
    };
    Error::new(ErrorKind::SignIn, format!("Anaplan's sign-in page refused: {words}"))
        .with_hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pasted(text: &str) -> String {
        match Redirect::from_pasted(text).map(|redirect| redirect.judge(&Secret::new("s t"))) {
            Ok(Verdict::Code(code)) => format!("code {}", code.expose()),
            Ok(Verdict::Refused(error)) => format!("refused: {error}"),
            Ok(Verdict::Foreign) => "foreign".to_owned(),
            Err(error) => format!("unusable: {error}"),
        }
    }

    #[test]
    fn address_query_and_code_can_be_pasted() {
        for text in [
            "https://planner.example/cb?code=a%2Fb%2B1&state=s%20t",
            "  \"http://localhost:8721/cb?x=1&state=s+t&code=a/b%2B1#top\" \n",
            "code=a%2Fb%2B1&state=s+t",
            "?code=a%2Fb%2B1&state=s+t",
            "localhost:8721/cb?code=a%2Fb%2B1&state=s+t",
            "a/b+1",
            "a%2Fb%2B1",
        ] {
            assert_eq!(pasted(text), "code a/b+1", "{text}");
        }
    }

    #[test]
    fn a_verifier_is_a_code_or_the_whole_address() {
        let verifier = |text: &str| {
            let (code, address) = Redirect::verifier(&Secret::new(text)).expect("a code");
            (code.expose().to_owned(), address)
        };
        assert_eq!(verifier("a/b+1"), ("a/b+1".to_owned(), None));
        let address = "https://planner.example/cb?code=a%2Fb&state=s";
        let redirect = Some("https://planner.example/cb".to_owned());
        assert_eq!(verifier(address), ("a/b".to_owned(), redirect.clone()));
        assert_eq!(verifier(&format!(" '{address}' \n")), ("a/b".to_owned(), redirect));
        // Its own query is part of what is registered.
        let address =
            "https://planner.example/cb?to=a%2Fb&code=c&state=s&iss=https%3A%2F%2Fx&x#top";
        let redirect = Some("https://planner.example/cb?to=a%2Fb&x".to_owned());
        assert_eq!(verifier(address), ("c".to_owned(), redirect));
        let denied = "https://planner.example/cb?error=access_denied&code=marker";
        let error = Redirect::verifier(&Secret::new(denied)).expect_err("denied");
        assert!(error.to_string().contains("access_denied"), "{error:?}");
    }

    #[test]
    fn another_state_or_none_is_foreign() {
        for text in [
            "https://planner.example/cb?code=c&state=s",
            "https://planner.example/cb?code=c&state=s%20t%20",
            "https://planner.example/cb?code=c&state=S%20t",
            "https://planner.example/cb?code=c",
            "code=c",
            "https://planner.example/cb?error=access_denied&state=s",
        ] {
            assert_eq!(pasted(text), "foreign", "{text}");
        }
    }

    #[test]
    fn what_is_no_redirect_is_said() {
        insta::assert_snapshot!(
            [
                "",
                "hello there",
                "https://planner.example/cb",
                "https://us1a.app.anaplan.com/auth/prelogin?response_type=code&client_id=1",
                "https://planner.example/cb?error=access_denied&error_description=No+way&state=s+t",
                "https://planner.example/cb?error=server_error&code=c&state=s+t",
                "https://planner.example/cb?error=access_denied&error_description=No+way",
                "https://planner.example/cb?error=server_error&code=c",
            ]
            .map(pasted)
            .join("\n"),
            @r"
        unusable: nothing was pasted
        unusable: this is neither an address nor a code
        unusable: there is no code in this address
        unusable: this is the address to open; paste the one that the browser ends at after you have signed in
        refused: Anaplan's sign-in page refused: No way (access_denied)
        refused: Anaplan's sign-in page refused: server_error
        refused: Anaplan's sign-in page refused: No way (access_denied)
        refused: Anaplan's sign-in page refused: server_error
        "
        );
    }

    #[test]
    fn long_words_are_cut_and_debug_shows_no_code() {
        let query =
            format!("error=e&error_description=%0Ahint:{}&state=s+t&code=marker", "w".repeat(9999));
        let redirect = Redirect::from_query(&query).expect("an error");
        assert!(!format!("{redirect:?}").contains("marker"));
        let Verdict::Refused(error) = redirect.judge(&Secret::new("s t")) else {
            panic!("refused")
        };
        assert!(error.to_string().len() < 400 && !error.to_string().contains('\n'));
    }
}
