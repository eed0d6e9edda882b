//! `/users`

use std::sync::Arc;

use futures::stream::BoxStream;
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

    /// The users of the tenant, without visitors from others. Pages are read as they are needed.
    ///
    /// # Errors
    /// As every call.
    pub fn users(&self, observer: Arc<dyn Observer>) -> BoxStream<'static, Result<User>> {
        self.list(self.url(&["users"]), observer)
    }
}
