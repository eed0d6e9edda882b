//! One refresh of stored tokens, such that whatever happens, the next process knows it.
//!
//! The note that the token is about to be spent is on disk before the token is sent, and its
//! successor is on disk before anybody uses it. Between the two, only the death of this process or
//! a lost answer can lose tokens, and the note says so.

use std::sync::LazyLock;
use std::time::Duration;

use tokio::sync::watch;

use super::refusal::Refusal;
use super::service::{Failure, OAuthService};
use crate::auth::store::{Intent, Locked, Stored, blocking};
use crate::error::{Error, ErrorKind, Result};

/// Why there is no token.
#[derive(Debug)]
pub(super) enum Lack {
    /// Somebody must sign in.
    SignIn(Error),
    /// Signing in would not help.
    Other(Error),
}

impl From<Error> for Lack {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

/// How many refreshes of this process have spent a token and not stored its successor yet.
static UNDER_WAY: LazyLock<watch::Sender<usize>> = LazyLock::new(watch::Sender::default);

/// Counts a refresh until it is dropped.
pub(super) struct UnderWay;

impl UnderWay {
    pub(super) fn begin() -> Self {
        UNDER_WAY.send_modify(|count| *count += 1);
        Self
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        UNDER_WAY.send_modify(|count| *count -= 1);
    }
}

/// Waits until no refresh is under way in this process, but not longer than this. For programs that
/// end early: what the service answers then would be lost.
pub async fn settle(longest: Duration) {
    let mut count = UNDER_WAY.subscribe();
    let settled = count.wait_for(|count| *count == 0);
    if tokio::time::timeout(longest, settled).await.is_err() {
        tracing::warn!("ending in the middle of a refresh; its token may be lost");
    }
}

/// Spends the refresh token of an entry and stores what comes for it.
pub(super) async fn renew(
    service: &OAuthService,
    locked: Locked,
    stored: Stored,
) -> Result<Stored, Lack> {
    let Some(token) = &stored.refresh_token else {
        return Err(Lack::SignIn(
            Error::new(
                ErrorKind::SignIn,
                "the access token is no longer valid, and there is no refresh token",
            )
            .with_hint(
                "sign in again: `anaplan-sql auth login`; Scope must contain offline_access",
            ),
        ));
    };
    // A refresh whose end nobody has noted. If the token is spent, it was by that one.
    let earlier = stored.pending.clone().filter(|it| it.generation == stored.generation);
    let intent = earlier.clone().unwrap_or_else(|| Intent::now(stored.generation));
    let _under_way = UnderWay::begin();
    let locked = write(locked, Stored { pending: Some(intent.clone()), ..stored.clone() }).await?;
    match service.try_refresh(token).await {
        Ok(grant) => {
            let renewed = stored.refreshed(&grant, service.ahead());
            store(locked, renewed).await.map_err(Lack::Other)
        }
        Err(Failure::NotSent(error)) => {
            note(locked, Stored { pending: earlier, ..stored }).await;
            Err(Lack::Other(error))
        }
        Err(Failure::Unknown(error)) => {
            let pending = earlier.unwrap_or(Intent { answer_lost: true, ..intent });
            note(locked, Stored { pending: Some(pending), ..stored }).await;
            Err(Lack::Other(
                error.with_hint("try again: whether the refresh token is spent will show then"),
            ))
        }
        Err(Failure::Refused(refusal)) => {
            let error = explain(&refusal, &stored, earlier.as_ref(), service);
            note(locked, Stored { pending: earlier, ..stored }).await;
            Err(if refusal.is_of_client() { Lack::Other(error) } else { Lack::SignIn(error) })
        }
    }
}

/// Stores new tokens.
async fn store(mut locked: Locked, renewed: Stored) -> Result<Stored> {
    blocking(move || {
        // A second time into a new file, where the first time was into one that was kept ready.
        match locked.write(&renewed).or_else(|_| locked.write(&renewed)) {
            Ok(()) => Ok(renewed),
            Err(error) if renewed.rotates == Some(true) => Err(error.context(
                "the OAuth service has replaced the refresh token, and the new one can't be stored",
            )),
            Err(error) => {
                tracing::warn!(%error, "the access token can't be stored for other processes");
                Ok(renewed)
            }
        }
    })
    .await
}

async fn write(mut locked: Locked, stored: Stored) -> Result<Locked> {
    blocking(move || locked.write(&stored).map(|()| locked)).await
}

/// Notes how a refresh that brought nothing has ended. There is another error to tell already.
async fn note(locked: Locked, stored: Stored) {
    if let Err(error) = write(locked, stored).await {
        tracing::warn!(%error, "the end of the refresh can't be noted");
    }
}

fn explain(
    refusal: &Refusal,
    stored: &Stored,
    earlier: Option<&Intent>,
    service: &OAuthService,
) -> Error {
    let error = match earlier {
        Some(earlier) if refusal.may_be_spent() => refusal.of_lost_answer(&earlier.describe()),
        _ => refusal.of_refresh_token(Some(stored), service.ahead()),
    };
    let host = service.host();
    if stored.host == host {
        return error;
    }
    let hint = error.hint().unwrap_or_default().to_owned();
    let from = &stored.host;
    error.with_hint(format!("{hint}; the tokens came from {from}, and this connection uses {host}"))
}
