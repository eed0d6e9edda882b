//! `/users`

use std::sync::Arc;

use futures::stream::BoxStream;
use serde::Deserialize;

use crate::client::Client;
use crate::client::model::{User, UserId};
use crate::error::Result;
use crate::http::Observer;

impl Client {
    /// The signed-in user.
    ///
    /// # Errors
    /// As every call.
    pub async fn me(&self, observer: Arc<dyn Observer>) -> Result<User> {
        self.user(&UserId::from("me"), observer.as_ref()).await
    }

    /// A user of the tenant.
    ///
    /// # Errors
    /// As every call; kind [`NotFound`](crate::ErrorKind::NotFound) also when the signed-in user may
    /// not see others.
    pub async fn user(&self, id: &UserId, observer: &dyn Observer) -> Result<User> {
        #[derive(Deserialize)]
        struct Answer {
            user: User,
        }
        let answer: Answer = self.read(self.url(&["users", id.as_str()]), observer).await?;
        Ok(answer.user)
    }

    /// The users of the tenant, without visitors from others. Pages are read as they are needed.
    ///
    /// # Errors
    /// As every call.
    pub fn users(&self, observer: Arc<dyn Observer>) -> BoxStream<'static, Result<User>> {
        self.list(self.url(&["users"]), observer)
    }
}
