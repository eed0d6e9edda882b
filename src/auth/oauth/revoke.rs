//! The end of an access token.

use http::{StatusCode, header};

use super::OAuthService;
use crate::auth::token::{self, AccessToken};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Request, Unobserved};
use crate::secret::Secret;

impl OAuthService {
    /// Ends an access token: from then on nobody can use it. Anaplan has no call that ends a
    /// refresh token.
    ///
    /// # Errors
    /// When the service can't be reached, or answers something else than that it is done.
    pub async fn revoke(&self, access_token: &Secret) -> Result<()> {
        let authorization = token::header(&AccessToken::new(access_token.clone()))?;
        // A token that has ended already stays so.
        let request = Request::post(self.logout.clone())
            .idempotent()
            .header(header::AUTHORIZATION, authorization);
        let answer = self.transport.send(&request, None, &Unobserved).await?;
        match answer.status {
            // The token is not valid any more, or never was.
            StatusCode::UNAUTHORIZED => Ok(()),
            status if status.is_success() => Ok(()),
            status => Err(Error::new(
                ErrorKind::Service,
                format!("the authentication service answered with status {}", status.as_u16()),
            )
            .with_hint("if it lasts, check Region, AuthUrl and Endpoint")),
        }
    }
}
