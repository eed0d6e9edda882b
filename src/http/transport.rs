//! The one loop through which every request goes.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt};
use http::{HeaderMap, StatusCode, header};
use tokio::time::Instant;

use super::buffer::Buffer;
use super::retry::{Outcome, Verdict, classify};
use super::{
    Authorize, BodyStream, HttpService, Limiter, Observer, Request, Response, RetryPolicy,
    TransportError, TransportErrorKind,
};
use crate::error::{Error, ErrorKind, Result};

/// Sends requests: limited, authorized, with time-outs, and again where that is safe.
///
/// Cheap to clone; clones share the limiter.
#[derive(Debug, Clone)]
pub struct Transport {
    service: Arc<dyn HttpService>,
    limiter: Arc<Limiter>,
    retry: RetryPolicy,
    timeout: Duration,
}

impl Transport {
    /// A transport over this service. `timeout` bounds the wait for an answer's beginning and
    /// then for each further piece of it: a large answer over a slow line isn't a fault, silence
    /// is.
    pub fn new(
        service: Arc<dyn HttpService>,
        limiter: Arc<Limiter>,
        retry: RetryPolicy,
        timeout: Duration,
    ) -> Self {
        Self { service, limiter, retry, timeout }
    }

    /// Sends a request until there is an answer to hand out, whatever its status.
    ///
    /// Without `authorize` the request carries only the headers it has.
    ///
    /// # Errors
    /// Kinds [`Connection`](ErrorKind::Connection) and [`Timeout`](ErrorKind::Timeout) when no
    /// (whole) answer came; whatever `authorize` answers.
    pub async fn send(
        &self,
        request: &Request,
        authorize: Option<&dyn Authorize>,
        observer: &dyn Observer,
    ) -> Result<Response> {
        Ok(self.exchange(request, authorize, observer, true).await?.0)
    }

    /// Sends a request as [`send`](Self::send) does, but hands out the body of a success while it
    /// comes; the answer itself then has none. Any other answer is whole.
    ///
    /// The request isn't repeated once its body has begun: whoever reads it has seen some of it.
    /// It no longer counts as one of those that run at once either, since nobody knows when the
    /// reader goes on.
    ///
    /// # Errors
    /// As [`send`](Self::send); in the stream, when the body breaks off or falls silent.
    pub async fn open(
        &self,
        request: &Request,
        authorize: Option<&dyn Authorize>,
        observer: Arc<dyn Observer>,
    ) -> Result<(Response, BoxStream<'static, Result<Bytes>>)> {
        let started = Instant::now();
        let (answer, rest) = self.exchange(request, authorize, observer.as_ref(), false).await?;
        let Some(rest) = rest else { return Ok((answer, stream::empty().boxed())) };
        let (transport, request) = (self.clone(), request.clone());
        let pieces = stream::try_unfold(rest, move |mut rest| {
            let (transport, request) = (transport.clone(), request.clone());
            let observer = Arc::clone(&observer);
            async move {
                let piece = tokio::time::timeout(transport.timeout, rest.next()).await;
                let piece = piece.unwrap_or_else(|_| {
                    Some(Err(TransportError::new(TransportErrorKind::Timeout)))
                });
                match piece {
                    None => Ok(None),
                    Some(Ok(piece)) => {
                        observer.received(piece.len());
                        Ok(Some((piece, rest)))
                    }
                    Some(Err(failure)) => {
                        transport.conclude(&request, Err(failure), 1, started).map(|_| None)
                    }
                }
            }
        });
        Ok((answer, pieces.boxed()))
    }

    /// Sends a request until there is an answer. Without `whole` the body of a success is left for
    /// the caller to read.
    async fn exchange(
        &self,
        request: &Request,
        authorize: Option<&dyn Authorize>,
        observer: &dyn Observer,
        whole: bool,
    ) -> Result<(Response, Option<BodyStream>)> {
        let started = Instant::now();
        let mut delays = self.retry.delays();
        let mut attempts = 0_usize;
        let mut authorized_anew = false;
        loop {
            // Before the permit: getting a token is a request too, and needs one of its own.
            let authorization = match authorize {
                Some(authorize) => Some(authorize.authorization().await?),
                None => None,
            };
            let permit = match request.urgent {
                true => None,
                false => Some(self.limiter.acquire().await),
            };
            let wire = request.build(authorization.as_ref())?;
            attempts += 1;
            observer.sending();
            let sent = Instant::now();
            let outcome = self.attempt(wire, request, observer, whole).await;
            drop(permit);
            let (outcome, rest) = match outcome {
                Ok((answer, rest)) => (Ok(answer), rest),
                Err(failure) => (Err(failure), None),
            };
            let elapsed = sent.elapsed();
            match &outcome {
                Ok(answer) => tracing::debug!(
                    request = request.label(),
                    status = answer.status.as_u16(),
                    ?elapsed,
                    attempts,
                    bytes = answer.body.len(),
                    "answered"
                ),
                Err(failure) => tracing::debug!(
                    request = request.label(), %failure, ?elapsed, attempts, "failed"
                ),
            }

            if let (Ok(answer), Some(authorize), Some(used)) = (&outcome, authorize, &authorization)
                && answer.status == StatusCode::UNAUTHORIZED
                && !authorized_anew
                && authorize.refused(used).await
            {
                authorized_anew = true;
                observer.retrying();
                continue;
            }

            let unsent =
                matches!(&outcome, Err(failure) if failure.kind() == TransportErrorKind::Connect);
            let verdict = classify(
                request.repeatable || (request.until_sent && unsent),
                match &outcome {
                    Ok(answer) => Outcome::Answer(answer.status, &answer.headers),
                    Err(failure) => Outcome::Failure(failure.kind()),
                },
                SystemTime::now(),
            );
            let asked = match verdict {
                Verdict::Final => {
                    let answer = self.conclude(request, outcome, attempts, started)?;
                    return Ok((answer, rest));
                }
                Verdict::Retry(asked) => asked,
                Verdict::RetryThrottled(asked) => {
                    // Nobody is made to wait for longer than a request is tried at all.
                    self.limiter.pause(asked.min(self.retry.budget));
                    Some(asked)
                }
            };
            let Some(delay) = delays.next() else {
                return Ok((self.conclude(request, outcome, attempts, started)?, rest));
            };
            let delay = asked.map_or(delay, |asked| asked.max(delay));
            if started.elapsed() + delay > self.retry.budget {
                return Ok((self.conclude(request, outcome, attempts, started)?, rest));
            }
            tracing::info!(request = request.label(), ?delay, "trying again");
            observer.retrying();
            tokio::time::sleep(delay).await;
        }
    }

    async fn attempt(
        &self,
        wire: http::Request<Bytes>,
        &Request { max_body, enough, secret, .. }: &Request,
        observer: &dyn Observer,
        whole: bool,
    ) -> Result<(Response, Option<BodyStream>), TransportError> {
        let late = || TransportError::new(TransportErrorKind::Timeout);
        let (head, mut stream) = tokio::time::timeout(self.timeout, self.service.call(wire))
            .await
            .map_err(|_| late())??
            .into_parts();
        if !whole && head.status.is_success() {
            let answer =
                Response { status: head.status, headers: head.headers, body: Bytes::new() };
            return Ok((answer, Some(stream)));
        }
        let room = expected_length(&head.headers).min(max_body).min(enough);
        let mut body = Buffer::new(room, secret);
        while let Some(piece) =
            tokio::time::timeout(self.timeout, stream.next()).await.map_err(|_| late())?
        {
            let piece = piece?;
            if body.len() + piece.len() > max_body {
                return Err(TransportError::with_source(
                    TransportErrorKind::Invalid,
                    format!("the answer is larger than {max_body} bytes"),
                ));
            }
            observer.received(piece.len());
            body.push(&piece);
            if body.len() >= enough {
                break;
            }
        }
        let answer = Response { status: head.status, headers: head.headers, body: body.freeze() };
        Ok((answer, None))
    }

    fn conclude(
        &self,
        request: &Request,
        outcome: Result<Response, TransportError>,
        attempts: usize,
        started: Instant,
    ) -> Result<Response> {
        let failure = match outcome {
            Ok(answer) => return Ok(answer),
            Err(failure) => failure,
        };
        let tries = if attempts > 1 {
            format!(" ({attempts} tries in {:.1} s)", started.elapsed().as_secs_f64())
        } else {
            String::new()
        };
        let host = request.host();
        let error = match failure.kind() {
            TransportErrorKind::Connect => Error::new(
                ErrorKind::Connection,
                format!("can't connect to {host}{tries}"),
            )
            .with_hint(
                "check the network, the Region (or Endpoint), and ProxyServer or HTTPS_PROXY",
            ),
            TransportErrorKind::Timeout => Error::new(
                ErrorKind::Timeout,
                format!(
                    "no answer from {host} within {} s to {}{tries}",
                    self.timeout.as_secs_f64(),
                    request.label()
                ),
            )
            .with_hint("a busy model answers late: raise Timeout, or try again later"),
            TransportErrorKind::Interrupted => Error::new(
                ErrorKind::Connection,
                format!("the connection to {host} broke during {}{tries}", request.label()),
            ),
            TransportErrorKind::Invalid => Error::new(
                ErrorKind::Service,
                format!("{} to {host} can't be done", request.label()),
            ),
        };
        Err(error.with_source(failure))
    }
}

/// How much room to make at first. The header may lie, so it only counts up to a point.
fn expected_length(headers: &HeaderMap) -> usize {
    const MOST: usize = 32 << 20;
    headers
        .get(header::CONTENT_LENGTH)
        .and_then(|v| v.to_str().ok()?.parse().ok())
        .unwrap_or(0)
        .min(MOST)
}

#[cfg(test)]
#[path = "transport_tests.rs"]
mod tests;
