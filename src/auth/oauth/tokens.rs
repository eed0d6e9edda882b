//! What the OAuth service grants.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use crate::secret::Secret;

/// What the OAuth service granted.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Grant {
    /// The token that requests carry.
    pub access_token: Secret,
    /// What buys the next access token. None if the grant is without `offline_access`, or if the
    /// token that was used stays valid.
    pub refresh_token: Option<Secret>,
    /// The life of the access token.
    pub expires_in: Option<Duration>,
    /// The scopes granted, separated by blanks.
    pub scope: Option<String>,
    /// The e-mail address of the user who signed in, if the service names it. Nobody has checked
    /// the signature under it: it is for people to read.
    pub user: Option<String>,
}

impl Grant {
    /// A grant of an access token, and nothing else.
    pub fn new(access_token: Secret) -> Self {
        Self { access_token, refresh_token: None, expires_in: None, scope: None, user: None }
    }

    /// Reads the answer of the token endpoint. None if there is no access token in it.
    pub(super) fn parse(body: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Answer {
            access_token: String,
            refresh_token: Option<String>,
            expires_in: Option<u64>,
            scope: Option<String>,
            id_token: Option<String>,
        }
        let answer: Answer = serde_json::from_slice(body).ok()?;
        let given = |text: String| (!text.is_empty()).then(|| Secret::new(text));
        Some(Self {
            access_token: given(answer.access_token)?,
            refresh_token: answer.refresh_token.and_then(given),
            expires_in: answer.expires_in.map(Duration::from_secs),
            scope: answer.scope,
            user: answer.id_token.and_then(|token| email(&token)),
        })
    }
}

/// The e-mail address in an identity token (a JWT: three parts in base64url, JSON in the second).
fn email(id_token: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Claims {
        email: String,
    }
    let claims = URL_SAFE_NO_PAD.decode(id_token.split('.').nth(1)?).ok()?;
    let Claims { email } = serde_json::from_slice(&claims).ok()?;
    (!email.is_empty()).then_some(email)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<Grant> {
        Grant::parse(text.as_bytes())
    }

    #[test]
    fn an_answer_is_read_with_all_and_with_the_least() {
        let claims = URL_SAFE_NO_PAD.encode(r#"{"email":"me@example.com"}"#);
        let grant = parse(&format!(
            r#"{{"access_token":"a","refresh_token":"r","expires_in":2100,"scope":"openid",
                "id_token":"h.{claims}.s","token_type":"Bearer","more":[1]}}"#
        ))
        .expect("a grant");
        assert_eq!(grant.access_token.expose(), "a");
        assert_eq!(grant.refresh_token.as_ref().map(Secret::expose), Some("r"));
        assert_eq!(grant.expires_in, Some(Duration::from_secs(2100)));
        assert_eq!(grant.user.as_deref(), Some("me@example.com"));

        let grant = parse(r#"{"access_token":"a","refresh_token":""}"#).expect("a grant");
        assert!(grant.refresh_token.is_none() && grant.expires_in.is_none());
    }

    #[test]
    fn what_is_no_grant_is_none() {
        for text in ["", "<html>", "{}", "[]", r#"{"access_token":""}"#, r#"{"access_token":1}"#] {
            assert!(parse(text).is_none(), "{text}");
        }
        for token in ["", "a", "a.b.c", "a.e30.c"] {
            assert_eq!(email(token), None, "{token}");
        }
    }
}
