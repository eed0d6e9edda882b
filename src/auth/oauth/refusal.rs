//! What the OAuth service's refusals mean, and what mends them.

use std::time::Duration;

use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::auth::store::{Intent, Spent, Stored, moment};
use crate::error::{Error, ErrorKind};
use crate::secret::Secret;

/// A clock this far off is worth a word.
const CLOCK_TOLERANCE: i64 = 5 * 60 * 1000;

pub(super) const SIGN_IN_AGAIN: &str = "sign in again: `anaplan-sql auth login`";

/// The most that is kept of the service's words.
const MOST_WORDS: usize = 300;

/// An error answer of the OAuth service (RFC 6749, 5.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refusal {
    status: u16,
    error: String,
    description: Option<String>,
    /// When it came, by the service's clock, if that was in an earlier run.
    then: Option<u64>,
}

/// What the service has refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// The client: unknown, disabled, with a wrong secret, or registered for another grant.
    Client,
    /// The user, such as one who was deactivated.
    User,
    Password,
    Expired,
    Spent,
    Revoked,
    /// The code or token, without saying more.
    Grant,
    /// Something else, such as a malformed request.
    Other,
}

impl Refusal {
    /// Reads an error answer. None if it isn't one of the OAuth service.
    pub(in crate::auth) fn parse(status: StatusCode, body: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Answer {
            error: String,
            error_description: Option<String>,
        }
        let Answer { error, error_description } = serde_json::from_slice(body).ok()?;
        // A line end in them would begin a line of this program's own.
        let plain = |letter: char| if letter.is_control() { ' ' } else { letter };
        let shortened = |text: String| text.chars().take(MOST_WORDS).map(plain).collect();
        Some(Self {
            status: status.as_u16(),
            error: shortened(error),
            description: error_description.map(shortened),
            then: None,
        })
    }

    /// The same without a description that repeats the secret that was sent.
    pub(super) fn without(mut self, secret: &Secret) -> Self {
        self.description = self.description.filter(|words| !words.contains(secret.expose()));
        self
    }

    /// The same for a later run to tell.
    pub(in crate::auth) fn of_then(self, at: u64) -> Self {
        Self { then: Some(at), ..self }
    }

    /// The length of its words.
    pub(in crate::auth) fn room(&self) -> usize {
        self.error.len() + self.description.as_ref().map_or(0, String::len)
    }

    fn cause(&self) -> Cause {
        let text = self.description.as_deref().unwrap_or_default().to_ascii_lowercase();
        let said = text.split(|letter: char| !letter.is_alphanumeric());
        let says = |words: &[&str]| said.clone().any(|word| words.contains(&word));
        // Too many requests, or trouble of the service's own: that passes.
        if self.status == 429 || self.status >= 500 {
            return Cause::Other;
        }
        match self.error.as_str() {
            "invalid_client" | "unauthorized_client" => Cause::Client,
            // Auth0's way to say invalid_client.
            "access_denied" if self.status == 401 => Cause::Client,
            "invalid_grant" if says(&["used", "reuse", "reused", "spent", "consumed"]) => {
                Cause::Spent
            }
            "invalid_grant" if says(&["revoked"]) => Cause::Revoked,
            "invalid_grant" | "access_denied" if says(&["password"]) => Cause::Password,
            "invalid_grant" | "access_denied" if says(&["user"]) => Cause::User,
            "invalid_grant" if says(&["expired"]) => Cause::Expired,
            "invalid_grant" => Cause::Grant,
            _ => Cause::Other,
        }
    }

    /// Whether it is the code or token that was refused: it will never be taken.
    pub(in crate::auth) fn is_of_grant(&self) -> bool {
        matches!(self.cause(), Cause::Expired | Cause::Spent | Cause::Revoked | Cause::Grant)
    }

    /// Whether what was refused may be something that an earlier exchange has spent.
    pub(super) fn may_be_spent(&self) -> bool {
        matches!(self.cause(), Cause::Spent | Cause::Grant)
    }

    /// Whether it is the user who was refused.
    pub(super) fn is_of_user(&self) -> bool {
        matches!(self.cause(), Cause::User | Cause::Password)
    }

    /// The service's own words.
    fn said(&self) -> String {
        let words = match &self.description {
            Some(description) => format!("{}: {description}", self.error),
            None => self.error.clone(),
        };
        match self.then {
            None => format!("the service says {words}"),
            Some(then) => {
                format!("the service said {words} (at {}; it is not asked again)", moment(then))
            }
        }
    }

    fn error(&self, message: impl Into<String>, hint: impl Into<String>) -> Error {
        Error::new(ErrorKind::SignIn, message.into())
            .with_source(self.said())
            .with_hint(hint.into())
    }

    /// The name of the error.
    pub(super) fn name(&self) -> &str {
        &self.error
    }

    /// The name, if it has the form of one: nothing that was sent is repeated in it.
    pub(super) fn plain_name(&self) -> Option<&str> {
        let is_plain = |letter| matches!(letter, 'a'..='z' | '_');
        Some(self.name()).filter(|name| name.len() < 40 && name.chars().all(is_plain))
    }

    /// The error when the service gives no code for a device.
    pub(super) fn of_device(&self) -> Error {
        match (self.error.as_str(), self.cause()) {
            ("invalid_client" | "unauthorized_client", _) | (_, Cause::Client) => self.of_client(),
            _ => self.of_poll(),
        }
    }

    /// The error when a device that waits is refused. The status says nothing: the name decides.
    pub(super) fn of_poll(&self) -> Error {
        match (self.error.as_str(), self.cause()) {
            ("access_denied", _) => self.error(
                "the sign-in was denied on the page",
                "sign in again and allow access; the device grant is for users who sign in with a \
                 password",
            ),
            ("invalid_client" | "unauthorized_client", _) => self.of_client(),
            ("expired_token", _) | (_, Cause::Expired) => self.error(
                "the code of the sign-in has expired before anybody allowed it",
                SIGN_IN_AGAIN,
            ),
            _ => self.error("the OAuth service refused the sign-in", SIGN_IN_AGAIN),
        }
    }

    /// The error when a code from a redirect was refused.
    pub(super) fn of_code(&self) -> Error {
        match self.cause() {
            Cause::Client => self.of_client(),
            Cause::User => self.of_user(),
            Cause::Password => self.of_password(),
            Cause::Other => self.of_request(),
            Cause::Expired | Cause::Spent | Cause::Revoked | Cause::Grant => self.error(
                "the OAuth service refused the code of the sign-in",
                "a code works once, for some minutes, and with the CallbackURL it was asked for: \
                 sign in again for a new one",
            ),
        }
    }

    /// The error when a refresh token was refused. `stored` is what was known of it, `ahead` how far
    /// the service's clock is ahead of this machine's.
    pub(super) fn of_refresh_token(&self, stored: Option<&Stored>, ahead: Option<i64>) -> Error {
        let since = stored.map(|stored| {
            let obtained = stored.refresh_obtained_at;
            format!(" (obtained {}{})", moment(obtained), age(obtained, ahead))
        });
        let since = since.unwrap_or_default();
        match self.cause() {
            Cause::Client => self.of_client(),
            Cause::User => self.of_user(),
            Cause::Password => self.of_password(),
            Cause::Other => self.of_request(),
            Cause::Expired => self.error(
                format!("the refresh token has expired{since}{}", clocks(ahead)),
                format!(
                    "{SIGN_IN_AGAIN}; how long a refresh token lives is set for the client in \
                     Anaplan's administration"
                ),
            ),
            Cause::Spent => self.error(
                format!("the refresh token was spent elsewhere{since}"),
                format!(
                    "{SIGN_IN_AGAIN}; a refresh token that rotates works once, so copies of it must \
                     not be used side by side: let all programs share one OAuthSettingsLocation"
                ),
            ),
            Cause::Revoked => {
                self.error(format!("the refresh token was revoked{since}"), SIGN_IN_AGAIN)
            }
            Cause::Grant => self.error(
                format!(
                    "the OAuth service no longer accepts the refresh token{since}: it was revoked, \
                     has expired, or was spent elsewhere{}",
                    clocks(ahead)
                ),
                SIGN_IN_AGAIN,
            ),
        }
    }

    /// The error when something was refused that an earlier exchange has spent, by its note.
    pub(super) fn of_lost_answer(&self, earlier: &Intent) -> Error {
        let hint = match earlier.spent {
            Spent::Stored => SIGN_IN_AGAIN.to_owned(),
            Spent::Token(_) | Spent::Code(_) => format!("{SIGN_IN_AGAIN}; unset what is spent"),
        };
        self.error(earlier.loss(), hint)
    }

    fn of_client(&self) -> Error {
        self.error(
            "the OAuth service refused the client",
            "check OAuthClientId, OAuthClientSecret, OAuthGrantType and Region; the client may be \
             disabled, or its secret renewed, in Anaplan's administration",
        )
    }

    fn of_request(&self) -> Error {
        self.error(
            "the OAuth service refused the request",
            "try again; if it lasts, check Region, OAuthUrl, OAuthClientId and OAuthGrantType",
        )
    }

    fn of_user(&self) -> Error {
        self.error(
            "the OAuth service refused the user",
            "the user may be deactivated: ask the tenant's administrator",
        )
    }

    fn of_password(&self) -> Error {
        self.error(
            "the user's password has expired",
            "sign in to Anaplan in a browser and set a new one, then `anaplan-sql auth login`",
        )
    }
}

/// A word about clocks that differ, because lives of tokens look wrong then.
fn clocks(ahead: Option<i64>) -> String {
    match ahead {
        Some(ahead) if ahead.abs() > CLOCK_TOLERANCE => {
            let minutes = ahead.abs() / 60_000;
            let side = if ahead > 0 { "slow" } else { "fast" };
            format!("; by the service's answer this machine's clock was {minutes} minutes {side}")
        }
        _ => String::new(),
    }
}

/// `, 3 days ago`, by the service's clock.
fn age(at: u64, ahead: Option<i64>) -> String {
    let now = crate::auth::store::now_millis().saturating_add_signed(ahead.unwrap_or(0));
    let seconds = Duration::from_millis(now.saturating_sub(at)).as_secs();
    match seconds {
        0..120 => String::new(),
        120..7_200 => format!(", {} minutes ago", seconds / 60),
        7_200..172_800 => format!(", {} hours ago", seconds / 3_600),
        _ => format!(", {} days ago", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status: u16, body: &str) -> Refusal {
        let status = StatusCode::from_u16(status).expect("a status");
        Refusal::parse(status, body.as_bytes()).expect("an error answer")
    }

    #[test]
    fn every_refusal_has_its_cause() {
        for (status, error, description, cause) in [
            (401, "access_denied", "Unauthorized", Cause::Client),
            (401, "invalid_client", "", Cause::Client),
            (403, "unauthorized_client", "Grant type not allowed", Cause::Client),
            (403, "invalid_grant", "The user may not sign in.", Cause::User),
            (403, "invalid_grant", "The password has expired.", Cause::Password),
            (403, "invalid_grant", "The refresh token has expired.", Cause::Expired),
            (403, "invalid_grant", "The refresh token was used before.", Cause::Spent),
            (400, "invalid_grant", "token was revoked", Cause::Revoked),
            (403, "invalid_grant", "Unknown or invalid refresh token.", Cause::Grant),
            (400, "invalid_request", "Missing required parameter", Cause::Other),
            (429, "invalid_grant", "Too many requests", Cause::Other),
            (503, "invalid_grant", "The token store is away", Cause::Other),
        ] {
            let body = serde_json::json!({"error": error, "error_description": description});
            assert_eq!(refusal(status, &body.to_string()).cause(), cause, "{description}");
        }
        assert!(Refusal::parse(StatusCode::BAD_GATEWAY, b"<html>").is_none());
    }

    #[test]
    fn words_are_kept_short_and_without_what_was_sent() {
        let long = serde_json::json!({"error": "e", "error_description": "w".repeat(9999)});
        assert!(refusal(400, &long.to_string()).said().len() < 400);
        let lines = serde_json::json!({"error": "e\n", "error_description": "a\nhint: b\u{1b}[2J"});
        let said = refusal(400, &lines.to_string()).said();
        assert_eq!(said, "the service says e : a hint: b [2J");
        let echo = serde_json::json!({"error": "e", "error_description": "no such token: marker"});
        let refusal = refusal(400, &echo.to_string());
        assert!(refusal.said().contains("marker"));
        assert_eq!(refusal.without(&Secret::new("marker")).said(), "the service says e");
    }

    #[test]
    fn a_clock_far_off_is_named() {
        assert_eq!(clocks(Some(60_000)), "");
        let far = |ahead| clocks(Some(ahead)).split_off("; by the service's answer ".len());
        assert_eq!(far(11 * 60_000), "this machine's clock was 11 minutes slow");
        assert_eq!(far(-3_600_000), "this machine's clock was 60 minutes fast");
    }
}
