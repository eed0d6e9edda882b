//! What the OAuth service grants.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use oauth2::basic::BasicTokenType;
use oauth2::{AccessToken, RefreshToken, Scope, TokenResponse};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::service::Failure;
use crate::error::{Error, ErrorKind};
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
}

/// The answer of the token endpoint. What the service has granted isn't lost over what it left out,
/// nor over the form of what is there.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Answer {
    access_token: AccessToken,
    #[serde(default, deserialize_with = "seconds")]
    expires_in: Option<u64>,
    #[serde(default, deserialize_with = "refresh_token")]
    refresh_token: Option<RefreshToken>,
    #[serde(default, deserialize_with = "words")]
    scope: Option<String>,
    #[serde(default, deserialize_with = "id_token")]
    id_token: Option<IdToken>,
}

/// A number, or one in a text.
fn seconds<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    let number = match Value::deserialize(from)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    // What is negative, or longer than clocks go on, is no life.
    let life = number.filter(|life| *life < 1e12).map(Duration::try_from_secs_f64);
    Ok(life.and_then(Result::ok).map(|life| life.as_secs()))
}

fn refresh_token<'de, D: Deserializer<'de>>(from: D) -> Result<Option<RefreshToken>, D::Error> {
    Ok(text(from)?.map(RefreshToken::new))
}

fn id_token<'de, D: Deserializer<'de>>(from: D) -> Result<Option<IdToken>, D::Error> {
    Ok(text(from)?.map(IdToken))
}

fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(text) => Some(text),
        _ => None,
    })
}

/// Words in one text, or in a list.
fn words<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(text) => Some(text),
        Value::Array(list) => {
            let words: Vec<_> = list.iter().filter_map(Value::as_str).collect();
            (!words.is_empty()).then(|| words.join(" "))
        }
        _ => None,
    })
}

/// A token about the user, which no `Debug` shows.
#[derive(Serialize)]
#[serde(transparent)]
struct IdToken(String);

impl fmt::Debug for IdToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl TokenResponse for Answer {
    type TokenType = BasicTokenType;

    fn access_token(&self) -> &AccessToken {
        &self.access_token
    }

    fn token_type(&self) -> &BasicTokenType {
        &BasicTokenType::Bearer
    }

    fn expires_in(&self) -> Option<Duration> {
        self.expires_in.map(Duration::from_secs)
    }

    fn refresh_token(&self) -> Option<&RefreshToken> {
        self.refresh_token.as_ref().filter(|token| !token.secret().is_empty())
    }

    fn scopes(&self) -> Option<&Vec<Scope>> {
        None
    }
}

impl Answer {
    /// What is granted.
    pub(super) fn grant(self) -> Result<Grant, Failure> {
        if self.access_token.secret().is_empty() {
            return Err(Failure::Unknown(
                Error::new(ErrorKind::Service, "the OAuth service's answer holds an empty token")
                    .with_hint("check OAuthUrl or Endpoint: something else may have answered"),
            ));
        }
        Ok(Grant {
            access_token: Secret::new(self.access_token.secret().clone()),
            refresh_token: self.refresh_token().map(|token| Secret::new(token.secret().clone())),
            expires_in: self.expires_in(),
            scope: self.scope,
            user: self.id_token.and_then(|token| email(&token.0)),
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
        serde_json::from_str::<Answer>(text).ok()?.grant().ok()
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
    fn the_form_of_what_may_be_missing_costs_no_tokens() {
        for (expires_in, seconds) in [
            ("2100", Some(2100)),
            ("2100.0", Some(2100)),
            (r#""2100""#, Some(2100)),
            (r#"" 2100.0 ""#, Some(2100)),
            ("0", Some(0)),
            ("-1", None),
            (r#""soon""#, None),
            (r#""NaN""#, None),
            ("1e300", None),
            ("null", None),
            ("{}", None),
        ] {
            let text = format!(
                r#"{{"access_token":"a","refresh_token":"r","expires_in":{expires_in},
                    "token_type":1,"scope":["openid","email",1],"id_token":{{"email":"e"}}}}"#
            );
            let grant = parse(&text).expect(expires_in);
            assert_eq!(grant.refresh_token.as_ref().map(Secret::expose), Some("r"));
            assert_eq!(grant.expires_in, seconds.map(Duration::from_secs), "{expires_in}");
            assert_eq!((grant.scope.as_deref(), grant.user), (Some("openid email"), None));
        }
        let grant = parse(r#"{"access_token":"a","refresh_token":1,"scope":{}}"#).expect("a grant");
        assert!(grant.refresh_token.is_none() && grant.scope.is_none());
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
