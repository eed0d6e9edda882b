//! `auth status`: what is known without asking anybody.

use std::io::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use super::super::report;
use super::StatusFormat;
use crate::auth::CertificateSummary;
use crate::auth::oauth::{given_beside, why_refused};
use crate::auth::store::{SettingsStore, Stored};
use crate::config::{AuthSettings, CertificateSettings, Key, OAuthSettings, Settings};
use crate::error::{Error, ErrorKind, Result};

const SIGN_IN: &str = "sign in: `anaplan-sql auth login`";

/// What programs are told. All keys are always there; null is what nobody knows, or what another
/// scheme has.
const KEYS: [&str; 23] = [
    "scheme",
    "region",
    "signed_in",
    "used_instead",
    "user",
    "grant_type",
    "client_id",
    "location",
    "protection",
    "host",
    "scope",
    "access_token_obtained_at",
    "access_token_expires_at",
    "refresh_token",
    "refresh_token_obtained_at",
    "refresh_token_rotates",
    "refresh_token_refused",
    "refresh_token_refusal",
    "generation",
    "pending",
    "certificate_subject",
    "certificate_valid_from",
    "certificate_expires_at",
];

/// What is known: keys for programs, and lines for people.
#[derive(Debug)]
struct Known {
    object: Map<String, Value>,
    lines: Vec<(&'static str, String)>,
}

impl Known {
    fn nothing() -> Self {
        let object = KEYS.iter().map(|key| ((*key).to_owned(), Value::Null)).collect();
        Self { object, lines: Vec::new() }
    }

    /// Adds something that people read as programs do.
    fn add(&mut self, key: &str, title: &'static str, text: Option<impl Into<String>>) {
        let text = text.map(Into::into);
        self.lines.push((title, text.clone().unwrap_or_else(|| "unknown".to_owned())));
        self.set(key, text);
    }

    /// Adds something for programs.
    fn set(&mut self, key: &str, value: impl Into<Value>) {
        debug_assert!(self.object.contains_key(key), "{key} is not in KEYS");
        self.object.insert(key.to_owned(), value.into());
    }

    /// Adds something for people.
    fn say(&mut self, title: &'static str, words: impl Into<String>) {
        self.lines.push((title, words.into()));
    }
}

/// Shows what is stored, and sends no request for it.
///
/// # Errors
/// Kind [`SignIn`](ErrorKind::SignIn) when a sign-in is needed, or what is stored can't be read.
pub(super) async fn run(settings: &Settings, format: StatusFormat) -> Result<()> {
    let mut known = Known::nothing();
    known.add("scheme", "Scheme", Some(settings.auth.scheme().to_string()));
    known.add("region", "Region", Some(settings.region.to_string()));
    let mut needed = None;
    match &settings.auth {
        AuthSettings::OAuth(oauth) => {
            let store = SettingsStore::new(oauth);
            place(oauth, &store, &mut known);
            needed = match store.read().await {
                Ok(stored) => {
                    let needed = sign_in(stored.as_ref(), &mut known);
                    used_instead(oauth, stored.as_ref(), &mut known);
                    needed
                }
                Err(error) => {
                    known.say("Signed in", "unknown: what is stored can't be read");
                    Some(error)
                }
            };
        }
        AuthSettings::Basic { user, .. } => known.add("user", "User", Some(user)),
        AuthSettings::Certificate(settings) => needed = certificate(settings, &mut known).await?,
        AuthSettings::Token { .. } => {}
    }
    let text = match format {
        StatusFormat::Json => format!("{:#}\n", Value::Object(known.object)),
        StatusFormat::Text => {
            known.lines.iter().map(|(title, text)| format!("{title:15}{text}\n")).collect()
        }
    };
    // Nobody reads it, then.
    let _ = std::io::stdout().write_all(text.as_bytes());
    needed.map_or(Ok(()), Err)
}

/// Adds the certificate that signs in. Gives an error if it can't now.
async fn certificate(settings: &CertificateSettings, known: &mut Known) -> Result<Option<Error>> {
    let settings = settings.clone();
    // Deriving a key from a password takes a while.
    let read = tokio::task::spawn_blocking(move || CertificateSummary::read(&settings));
    let read = read.await.map_err(|e| {
        Error::new(ErrorKind::Internal, "reading the certificate was given up").with_source(e)
    })?;
    let certificate = match read {
        Ok(certificate) => certificate,
        Err(error) => {
            known.say("Certificate", "unknown: it can't be read");
            return Ok(Some(error));
        }
    };
    let (from, until) = (shown(certificate.from.into()), shown(certificate.until.into()));
    known.say("Certificate", report::printable(&certificate.subject));
    known.say("Valid", format!("from {from} until {until}"));
    known.set("certificate_subject", certificate.subject);
    known.set("certificate_valid_from", from);
    known.set("certificate_expires_at", until);
    Ok(certificate.unusable)
}

/// Adds the client, and where its tokens are kept.
fn place(settings: &OAuthSettings, store: &SettingsStore, known: &mut Known) {
    let description = store.describe();
    known.add("grant_type", "Grant type", Some(settings.grant_type.to_string()));
    known.add("client_id", "Client", Some(&settings.client_id));
    known.add("location", "Stored in", Some(description.location));
    let protection = description.protection.map(|protection| protection.describe());
    known.set("protection", protection);
    known.say(
        "Protected by",
        protection.unwrap_or("nothing: it is in the memory of one process, and ends with it"),
    );
}

/// Adds what sessions use instead of what is stored.
fn used_instead(settings: &OAuthSettings, stored: Option<&Stored>, known: &mut Known) {
    if stored.is_some_and(|stored| given_beside(settings, stored).is_some()) {
        let key = Key::OAuthAccessToken.to_string();
        let words = format!("{key} of the settings, as long as it lives; its user is not known");
        known.say("Used instead", words);
        known.set("used_instead", key);
    }
}

/// Adds what is stored. Gives an error if somebody has to sign in.
fn sign_in(stored: Option<&Stored>, known: &mut Known) -> Option<Error> {
    let Some(stored) = stored.filter(|stored| stored.holds_tokens()) else {
        known.set("signed_in", false);
        known.say("Signed in", "no");
        unfinished(stored, known);
        return Some(Error::new(ErrorKind::SignIn, "nobody is signed in").with_hint(SIGN_IN));
    };
    let left = stored.life_left(None);
    let is_valid = stored.access_token.is_some() && left.is_none_or(|left| !left.is_zero());
    let refusal = why_refused(stored);
    let is_refused = refusal.is_some();
    let is_signed_in = is_valid || (stored.refresh_token.is_some() && !is_refused);
    known.set("signed_in", is_signed_in);
    known.say("Signed in", if is_signed_in { "yes" } else { "no longer" });
    known.add("user", "User", stored.user.as_deref());
    known.add("host", "Host", Some(&stored.host));
    known.add("scope", "Scope", stored.scope.as_deref());

    let expires_at = stored.expires_at.and_then(timestamp);
    known.say(
        "Access token",
        match (&stored.access_token, &expires_at, left) {
            (None, ..) => "none".to_owned(),
            (Some(_), Some(end), Some(left)) if is_valid => {
                format!("valid until {end}, for {} minutes", left.as_secs() / 60)
            }
            (Some(_), Some(end), _) => format!("expired at {end}"),
            (Some(_), None, _) => "its end is unknown".to_owned(),
        },
    );
    known.set("access_token_obtained_at", timestamp(stored.obtained_at));
    known.set("access_token_expires_at", expires_at);
    known.set("refresh_token", stored.refresh_token.is_some());
    known.set("refresh_token_refused", is_refused);
    known.set("refresh_token_refusal", refusal.as_ref().map(ToString::to_string));
    known.set("refresh_token_rotates", stored.rotates);
    let obtained = stored.refresh_token.as_ref().and(timestamp(stored.refresh_obtained_at));
    known.say(
        "Refresh token",
        match &refusal {
            Some(error) => format!("refused: {error}"),
            None => refresh_token(stored, obtained.as_deref()),
        },
    );
    known.set("refresh_token_obtained_at", obtained);

    known.set("generation", stored.generation);
    known.say("Generation", stored.generation.to_string());
    unfinished(Some(stored), known);
    (!is_signed_in).then(|| {
        refusal.unwrap_or_else(|| {
            let text = "the access token has expired, and there is no refresh token";
            Error::new(ErrorKind::SignIn, text).with_hint(SIGN_IN)
        })
    })
}

/// Adds what was begun, and whose end nobody has noted.
fn unfinished(stored: Option<&Stored>, known: &mut Known) {
    let pending = stored.and_then(|it| it.pending.as_ref().or(it.pending_given.as_ref()));
    if let Some(intent) = pending {
        known.say("Unfinished", intent.describe());
    }
    let pending = pending.map(|intent| {
        json!({
            "generation": intent.generation,
            "at": timestamp(intent.at),
            "machine": intent.machine,
            "process": intent.process,
            "answer_lost": intent.answer_lost,
        })
    });
    known.set("pending", pending);
}

/// The refresh token in words. How long it lives is nothing that the service tells.
fn refresh_token(stored: &Stored, obtained: Option<&str>) -> String {
    let Some(obtained) = obtained else {
        return "none: the sign-in ends with the access token".to_owned();
    };
    let life = match stored.rotates {
        Some(true) => {
            "works once, each refresh brings the next; lives as long as is set for the client"
        }
        Some(false) => "stays the same, and has no end",
        None => "lives as long as is set for the client",
    };
    format!("obtained {obtained}; {life}")
}

/// A moment, given in milliseconds since 1970.
fn timestamp(millis: u64) -> Option<String> {
    let time = DateTime::<Utc>::from_timestamp_millis(i64::try_from(millis).ok()?)?;
    Some(shown(time))
}

fn shown(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}
