//! `/users`

use serde::Deserialize;

use crate::client::Client;
use crate::client::model::UserId;
use crate::error::Result;
use crate::http::Unobserved;

impl Client {
    /// The id of the signed-in user.
    ///
    /// # Errors
    /// As every call.
    pub async fn me(&self) -> Result<UserId> {
        #[derive(Deserialize)]
        struct Answer {
            user: User,
        }
        #[derive(Deserialize)]
        struct User {
            id: UserId,
        }
        let answer: Answer = self.read(self.url(&["users", "me"]), &Unobserved).await?;
        Ok(answer.user.id)
    }
}
