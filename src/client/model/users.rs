//! Users.

use serde::Deserialize;

use super::UserId;
use crate::client::Listed;

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// The user's id.
    pub id: UserId,
    /// What the user signs in with.
    pub email: Option<String>,
    /// The first name.
    pub first_name: Option<String>,
    /// The last name.
    pub last_name: Option<String>,
    /// Whether the user can sign in.
    pub active: Option<bool>,
    /// Whether Anaplan may write to the user.
    pub email_opt_in: Option<bool>,
    /// The id of the tenant.
    pub customer_id: Option<String>,
    /// The last time that the user signed in, such as `2018-12-04T18:18:48.000+0000`.
    pub last_login_date: Option<String>,
}

impl User {
    /// The name as people say it, if there is one.
    pub fn full_name(&self) -> Option<String> {
        let names = [&self.first_name, &self.last_name].into_iter().flatten();
        let names: Vec<&str> = names.map(|name| name.trim()).filter(|it| !it.is_empty()).collect();
        match names.is_empty() {
            true => self.email.clone().filter(|email| !email.is_empty()),
            false => Some(names.join(" ")),
        }
    }
}

impl Listed for User {
    const KEY: &'static str = "users";
}
