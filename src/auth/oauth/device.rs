//! The device grant (RFC 8628): the person types a short code into a page, on any machine.

use std::fmt::Write as _;
use std::time::Duration;

use serde::Deserialize;
use tokio::time::Instant;
use url::Url;

use super::refusal::Refusal;
use super::{Grant, OAuthService, Person};
use crate::config::OAuthSettings;
use crate::error::{Error, ErrorKind, Result};
use crate::http::Response;
use crate::secret::Secret;

const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// The pause between polls when the service names none.
const INTERVAL: Duration = Duration::from_secs(5);

/// What each `slow_down` adds to it.
const SLOWER: Duration = Duration::from_secs(5);

/// The longest pause: a person doesn't wait for longer than that after the answer.
const LONGEST: Duration = Duration::from_secs(60);

/// The longest life of a code that is believed, in seconds.
const LONGEST_LIFE: u64 = 24 * 60 * 60;

/// A device grant that waits for a person.
#[derive(Debug, Clone)]
pub struct DeviceAuthorization {
    /// What the program polls with.
    pub device_code: Secret,
    /// What the person types, if the address doesn't hold it.
    pub user_code: String,
    /// The page for that.
    pub verification_uri: String,
    /// The page with the code filled in.
    pub verification_uri_complete: Option<String>,
    /// How long both codes live.
    pub expires_in: Duration,
    /// The pause between two polls.
    pub interval: Duration,
}

/// What one poll gave.
#[derive(Debug)]
pub enum Poll {
    /// The person has not answered yet.
    Pending,
    /// The same, and polls come too fast.
    SlowDown,
    /// The person has allowed it.
    Granted(Grant),
}

impl OAuthService {
    /// Starts the device grant. A code more that nobody uses harms nothing.
    ///
    /// # Errors
    /// Kind [`SignIn`](ErrorKind::SignIn) when the service refuses the client.
    pub async fn start_device(&self, scope: &str) -> Result<DeviceAuthorization> {
        let fields = self.fields([("scope", scope.to_owned())]);
        let answer = self.post("device/code", fields).await?;
        if let Some(refusal) = Refusal::parse(answer.status, &answer.body) {
            return Err(refusal.of_device());
        }
        let device = serde_json::from_slice::<Answer>(&answer.body).ok();
        match device.filter(|_| answer.status.is_success()) {
            Some(device) => Ok(device.into()),
            None => Err(unexpected(&answer)),
        }
    }

    /// Asks whether the person has answered.
    ///
    /// # Errors
    /// Kind [`SignIn`](ErrorKind::SignIn) when the person has denied, or the code has expired.
    pub async fn poll_device(&self, code: &Secret) -> Result<Poll> {
        let fields = self.fields([
            ("grant_type", GRANT_TYPE.to_owned()),
            ("device_code", code.expose().to_owned()),
        ]);
        let answer = self.post("token", fields).await?;
        match Refusal::parse(answer.status, &answer.body) {
            // The status is not settled: the name of the error decides.
            Some(refusal) => match refusal.name() {
                "authorization_pending" => Ok(Poll::Pending),
                "slow_down" => Ok(Poll::SlowDown),
                _ => Err(refusal.of_device()),
            },
            None => match Grant::parse(&answer.body).filter(|_| answer.status.is_success()) {
                Some(grant) => Ok(Poll::Granted(grant)),
                None => Err(unexpected(&answer)),
            },
        }
    }
}

/// The answer to the start (RFC 8628, 3.2).
#[derive(Deserialize)]
struct Answer {
    device_code: String,
    user_code: String,
    #[serde(alias = "verification_url")]
    verification_uri: String,
    verification_uri_complete: Option<String>,
    expires_in: u64,
    interval: Option<u64>,
}

impl From<Answer> for DeviceAuthorization {
    fn from(answer: Answer) -> Self {
        let interval = answer.interval.map_or(INTERVAL, Duration::from_secs);
        Self {
            device_code: Secret::new(answer.device_code),
            user_code: answer.user_code,
            verification_uri: answer.verification_uri,
            verification_uri_complete: answer.verification_uri_complete,
            expires_in: Duration::from_secs(answer.expires_in.min(LONGEST_LIFE)),
            interval: interval.clamp(Duration::from_secs(1), LONGEST),
        }
    }
}

fn unexpected(answer: &Response) -> Error {
    // The body may hold a token: nothing of it is shown.
    let status = answer.status.as_u16();
    Error::new(ErrorKind::Service, format!("the OAuth service answered with status {status}"))
        .with_hint("if it lasts, check Region, OAuthUrl and Endpoint")
}

/// Signs in with a code that the person types elsewhere.
pub(super) async fn sign_in(
    service: &OAuthService,
    settings: &OAuthSettings,
    person: &dyn Person,
) -> Result<Grant> {
    let asked = Instant::now();
    let device = service.start_device(&settings.scope).await?;
    person.tell(&instructions(&device));
    let page = device.verification_uri_complete.as_deref().unwrap_or(&device.verification_uri);
    // Only what a browser can show, whatever the service answers.
    if let Some(url) = Url::parse(page).ok().filter(|url| matches!(url.scheme(), "https" | "http"))
    {
        person.open(&url).await;
    }
    wait(service, &device, asked).await
}

fn instructions(device: &DeviceAuthorization) -> String {
    let mut text = String::from("To sign in, open this page in a browser, on any machine:\n\n");
    // Writing to a String can't fail.
    let _ = match &device.verification_uri_complete {
        Some(page) => writeln!(
            text,
            "{page}\n\nand check that it shows the code {} (or enter it at {}).",
            device.user_code, device.verification_uri
        ),
        None => writeln!(
            text,
            "{}\n\nand enter the code {} there.",
            device.verification_uri, device.user_code
        ),
    };
    let minutes = device.expires_in.as_secs().div_ceil(60);
    let _ = write!(text, "The code is good for {minutes} minutes. Waiting.");
    text
}

/// Polls until the person has answered.
async fn wait(
    service: &OAuthService,
    device: &DeviceAuthorization,
    asked: Instant,
) -> Result<Grant> {
    let mut interval = device.interval;
    let mut unheard = false;
    loop {
        tokio::time::sleep(interval).await;
        match service.poll_device(&device.device_code).await {
            Ok(Poll::Granted(grant)) => return Ok(grant),
            Ok(Poll::Pending) => unheard = false,
            Ok(Poll::SlowDown) => {
                interval = (interval + SLOWER).min(LONGEST);
                unheard = false;
            }
            // The network may be back for the next poll.
            Err(error) if is_passing(&error) && asked.elapsed() < device.expires_in => {
                tracing::warn!(%error, "asking whether somebody has signed in failed; asking again");
                unheard = true;
            }
            // The answer with the tokens may be the one that was lost.
            Err(error) if unheard && error.kind() == ErrorKind::SignIn => {
                return Err(error.context("the answer to the sign-in was lost on its way"));
            }
            Err(error) => return Err(error),
        }
        if asked.elapsed() >= device.expires_in + interval {
            return Err(expired());
        }
    }
}

fn is_passing(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Connection | ErrorKind::Timeout | ErrorKind::Service)
}

/// The error of a code that nobody has used in time.
pub(super) fn expired() -> Error {
    Error::new(ErrorKind::SignIn, "the code has expired before anybody allowed the sign-in")
        .with_hint("start anew: `anaplan-sql auth login`")
}

#[cfg(test)]
#[path = "device_tests.rs"]
mod tests;
