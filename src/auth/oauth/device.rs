//! The device grant (RFC 8628): the person types a short code into a page, on any machine.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use chrono::Utc;
use oauth2::{
    AsyncHttpClient, HttpRequest, HttpResponse, RequestTokenError, Scope,
    StandardDeviceAuthorizationResponse,
};
use serde_json::Value;
use tokio::time::Instant;
use url::Url;

use super::refusal::Refusal;
use super::service::{Answering, Failure, answer_of, passes, unexpected};
use super::tokens::Answer;
use super::{Grant, OAuthService, Person};
use crate::config::OAuthSettings;
use crate::error::{Error, ErrorKind, Result};
use crate::http::Response;

/// The longest pause between two polls: a person doesn't wait for longer than that after the answer.
const LONGEST: Duration = Duration::from_secs(60);

/// The longest life of a code that is believed.
const LONGEST_LIFE: Duration = Duration::from_secs(24 * 60 * 60);

const PENDING: &str = "authorization_pending";
const SLOW_DOWN: &str = "slow_down";

/// The errors of this grant (RFC 8628, 3.5, and RFC 6749, 5.2). No gateway has these names.
const NAMES: [&str; 9] = [
    PENDING,
    SLOW_DOWN,
    "access_denied",
    "expired_token",
    "invalid_client",
    "invalid_grant",
    "invalid_request",
    "unauthorized_client",
    "unsupported_grant_type",
];

/// A device grant that waits for a person. `Debug` shows none of its codes.
#[derive(Debug, Clone)]
pub struct DeviceAuthorization {
    answer: StandardDeviceAuthorizationResponse,
    asked: Instant,
}

impl DeviceAuthorization {
    /// What the person types, if the address doesn't hold it.
    pub fn user_code(&self) -> &str {
        self.answer.user_code().secret()
    }

    /// The page for that.
    pub fn verification_uri(&self) -> &Url {
        self.answer.verification_uri().url()
    }

    /// The page with the code filled in.
    pub fn verification_uri_complete(&self) -> Option<&str> {
        self.answer.verification_uri_complete().map(|uri| uri.secret().as_str())
    }

    /// How long both codes live.
    pub fn expires_in(&self) -> Duration {
        self.answer.expires_in().min(LONGEST_LIFE)
    }

    /// The pause between two polls.
    pub fn interval(&self) -> Duration {
        self.answer.interval().clamp(Duration::from_secs(1), LONGEST)
    }
}

impl OAuthService {
    /// Starts the device grant. A code more that nobody uses harms nothing.
    ///
    /// # Errors
    /// Kind [`SignIn`](ErrorKind::SignIn) when the service refuses the client.
    pub async fn start_device(&self, scope: &str) -> Result<DeviceAuthorization> {
        let asked = Instant::now();
        let request = self.client.exchange_device_code().add_scope(Scope::new(scope.to_owned()));
        let http = self.begins();
        let answer: StandardDeviceAuthorizationResponse =
            request.request_async(&http).await.map_err(|error| match error {
                RequestTokenError::Request(Failure::Refused(refusal)) => refusal.of_device(),
                RequestTokenError::Request(Failure::NotSent(error) | Failure::Unknown(error)) => {
                    error
                }
                // The body may hold the device's code: neither it nor a parser's words are shown.
                _ => Error::new(
                    ErrorKind::Service,
                    "the OAuth service's answer holds no code for a device",
                )
                .with_hint("check OAuthUrl or Endpoint: something else may have answered"),
            })?;
        Ok(DeviceAuthorization { answer, asked })
    }

    /// What the crate asks for a code with.
    fn begins(&self) -> impl Fn(HttpRequest) -> Answering + Send + Sync + use<> {
        let service = self.clone();
        move |request| {
            let service = service.clone();
            Box::pin(async move { service.begin(request).await })
        }
    }

    /// Asks for a code.
    async fn begin(&self, request: HttpRequest) -> Result<HttpResponse, Failure> {
        let mut answer = self.post(request).await?;
        if answer.status.is_success() {
            answer.body = with_numbers(answer.body);
            return Ok(answer_of(answer));
        }
        Err(match refusal(&answer) {
            Some(refusal) => Failure::Refused(refusal),
            None => Failure::NotSent(unexpected(&answer)),
        })
    }

    /// Polls until the person has answered, or the code has expired. A network that goes away for a
    /// while is waited for.
    ///
    /// # Errors
    /// Kind [`SignIn`](ErrorKind::SignIn) when the person has denied, or the code has expired.
    pub async fn wait_for_device(&self, device: &DeviceAuthorization) -> Result<Grant> {
        let interval = device.interval();
        // What the last poll brought that the crate isn't told of.
        let last: Arc<Mutex<Last>> = Arc::default();
        let http = Polls { service: self.clone(), last: Arc::clone(&last) };
        // The crate's clock, made of one that tests can move.
        let (now, asked) = (Utc::now(), device.asked);
        let clock = move || now + asked.elapsed();
        tokio::time::sleep(interval).await;
        let polled = self
            .client
            .exchange_device_access_token(&device.answer)
            .set_time_fn(clock)
            .set_max_backoff_interval(interval)
            .request_async(
                &http,
                // What the service names is bounded here.
                |pause| tokio::time::sleep(pause.clamp(interval, LONGEST)),
                Some(device.expires_in().saturating_sub(asked.elapsed())),
            )
            .await;
        let error = match polled {
            Ok(answer) => return answer.grant().map_err(|_| expired()),
            Err(error) => error,
        };
        let Last { unheard, refusal } =
            std::mem::take(&mut *last.lock().unwrap_or_else(PoisonError::into_inner));
        match (refusal, error) {
            (Some(refusal), _) => {
                let error = refusal.of_poll();
                // The answer with the tokens may be the one that was lost.
                Err(if unheard {
                    error.context("the answer to the sign-in was lost on its way")
                } else {
                    error
                })
            }
            (None, RequestTokenError::ServerResponse(_)) => Err(expired()),
            (None, error) => Err(match Failure::from(error) {
                Failure::Refused(refusal) => refusal.of_poll(),
                Failure::NotSent(error) | Failure::Unknown(error) => error,
            }),
        }
    }

    /// One poll. What may be better the next time is an error, which the crate waits out.
    async fn poll(
        &self,
        request: HttpRequest,
        last: &Mutex<Last>,
    ) -> Result<HttpResponse, Failure> {
        let answer = self.post(request).await;
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = answer.inspect_err(|_| last.unheard = true)?;
        let refusal = refusal(&answer);
        let granted = || serde_json::from_slice::<Answer>(&answer.body).is_ok();
        if refusal.is_none() && !(answer.status.is_success() && granted()) {
            last.unheard = true;
            return Err(Failure::Unknown(unexpected(&answer)));
        }
        last.refusal = refusal.filter(|it| ![PENDING, SLOW_DOWN].contains(&it.name()));
        if last.refusal.is_none() {
            last.unheard = false;
        }
        Ok(answer_of(answer))
    }
}

/// What the service says against a device. The status is not settled: the name of the error decides.
fn refusal(answer: &Response) -> Option<Refusal> {
    let refusal = Refusal::parse(answer.status, &answer.body)?;
    // A gateway's error isn't the service's.
    (!passes(answer.status) || NAMES.contains(&refusal.name())).then_some(refusal)
}

/// The answer with numbers where they stand as texts, which the crate doesn't take.
fn with_numbers(body: Bytes) -> Bytes {
    let Ok(Value::Object(mut fields)) = serde_json::from_slice(&body) else { return body };
    let mut is_changed = false;
    for key in ["expires_in", "interval"] {
        if let Some(field) = fields.get_mut(key)
            && let Some(number) = field.as_str().and_then(|text| text.trim().parse::<u64>().ok())
        {
            *field = number.into();
            is_changed = true;
        }
    }
    if is_changed { Value::Object(fields).to_string().into() } else { body }
}

/// Sends the polls that the crate decides on.
struct Polls {
    service: OAuthService,
    last: Arc<Mutex<Last>>,
}

impl AsyncHttpClient<'_> for Polls {
    type Error = Failure;
    type Future = Answering;

    fn call(&self, request: HttpRequest) -> Answering {
        let (service, last) = (self.service.clone(), Arc::clone(&self.last));
        Box::pin(async move { service.poll(request, &last).await })
    }
}

/// What polls for a device have brought.
#[derive(Debug, Default)]
struct Last {
    /// Whether the answer to the one before is lost.
    unheard: bool,
    /// Why the service goes no further.
    refusal: Option<Refusal>,
}

/// Signs in with a code that the person types elsewhere.
pub(super) async fn sign_in(
    service: &OAuthService,
    settings: &OAuthSettings,
    person: &dyn Person,
) -> Result<Grant> {
    let device = service.start_device(&settings.scope).await?;
    person.tell(&instructions(&device));
    let page = match device.verification_uri_complete() {
        Some(page) => Url::parse(page).ok(),
        None => Some(device.verification_uri().clone()),
    };
    // Only what a browser can show, whatever the service answers.
    if let Some(url) = page.filter(|url| matches!(url.scheme(), "https" | "http")) {
        person.open(&url).await;
    }
    service.wait_for_device(&device).await
}

fn instructions(device: &DeviceAuthorization) -> String {
    let mut text = String::from("To sign in, open this page in a browser, on any machine:\n\n");
    // Writing to a String can't fail.
    let _ = match device.verification_uri_complete() {
        Some(page) => writeln!(
            text,
            "{page}\n\nand check that it shows the code {} (or enter it at {}).",
            device.user_code(),
            device.verification_uri()
        ),
        None => writeln!(
            text,
            "{}\n\nand enter the code {} there.",
            device.verification_uri(),
            device.user_code()
        ),
    };
    let minutes = device.expires_in().as_secs().div_ceil(60);
    let _ = write!(text, "The code is good for {minutes} minutes. Waiting.");
    text
}

/// The error of a code that nobody has used in time.
pub(super) fn expired() -> Error {
    Error::new(ErrorKind::SignIn, "the code has expired before anybody allowed the sign-in")
        .with_hint("start anew: `anaplan-sql auth login`")
}

#[cfg(test)]
#[path = "device_tests.rs"]
mod tests;
