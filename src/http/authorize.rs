//! The seam between sending requests and proving who sends them.

use async_trait::async_trait;
use http::HeaderValue;

use crate::error::Result;

/// Gives the `Authorization` header of a request, asked anew for **every attempt**, so that a
/// retry after a pause never carries a token that expired meanwhile.
#[async_trait]
pub trait Authorize: Send + Sync + std::fmt::Debug {
    /// The header's value for the next attempt.
    ///
    /// # Errors
    /// Kind [`SignIn`](crate::ErrorKind::SignIn) when there is no valid credential; network kinds
    /// when asking for one failed.
    async fn authorization(&self) -> Result<HeaderValue>;

    /// Hears that the service answered 401 to `used`, and says whether another credential may be
    /// had. The loop then asks for it and tries once more, no oftener.
    async fn refused(&self, used: &HeaderValue) -> bool;
}
