//! `/users`

use std::sync::Arc;

use serde::Deserialize;

use crate::client::Client;
use crate::client::model::User;
use crate::error::Result;
use crate::http::Observer;

impl Client {
    /// The signed-in user.
    ///
    /// # Errors
    /// As every call.
    pub async fn me(&self, observer: Arc<dyn Observer>) -> Result<User> {
        #[derive(Deserialize)]
        struct Answer {
            user: User,
        }
        let answer: Answer = self.read(self.url(&["users", "me"]), observer.as_ref()).await?;
        Ok(answer.user)
    }

    /// The users of the tenant, without visitors from others.
    ///
    /// # Errors
    /// As every call.
    pub async fn users(&self, observer: Arc<dyn Observer>) -> Result<Vec<User>> {
        self.list_all(self.url(&["users"]), observer).await
    }
}
