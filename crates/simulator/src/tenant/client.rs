//! OAuth clients: the programs that a tenant's administrator has registered.

use std::time::Duration;

use super::user::Password;

/// How long a refresh token of a rotatable client lives unless told otherwise: about 12 hours.
const REFRESH_LIFETIME: Duration = Duration::from_secs(43_000);

/// A program that is registered with the tenant to sign users in.
///
/// ```text
/// OAuthClient::code("5f6d…", "secret").redirect_uri("https://planner.example/callback").rotatable(false)
/// OAuthClient::device("77ab…")
/// ```
#[derive(Clone, Debug)]
pub struct OAuthClient {
    /// 32 lower-case hex digits.
    pub id: String,
    /// What the consent page calls it.
    pub name: String,
    /// The one grant that it is registered for.
    pub grant: ClientGrant,
    /// Whether a refresh spends the refresh token and gives a new one. Default: true.
    pub rotatable: bool,
    /// How long each refresh token lives, for a rotatable client. Default: 43,000 s.
    pub refresh_lifetime: Duration,
    /// Whether a refresh repeats the refresh token, for a client that isn't rotatable. Default: true.
    pub repeats_refresh_token: bool,
}

/// The grant that an OAuth client is registered for.
#[derive(Clone, Debug)]
pub enum ClientGrant {
    /// A person signs in with a browser, which is sent back to the program with a code.
    AuthorizationCode {
        /// What the program shows to prove that it is the client.
        secret: Password,
        /// Where the browser may be sent, each compared as it is written.
        redirect_uris: Vec<String>,
    },
    /// A person types a code of the program into a page, on any device.
    Device,
}

impl OAuthClient {
    /// Makes a client for the authorization code grant, with rotatable refresh tokens.
    pub fn code(id: &str, secret: &str) -> Self {
        let secret = secret.into();
        Self::new(id, ClientGrant::AuthorizationCode { secret, redirect_uris: Vec::new() })
    }

    /// Makes a client for the device grant, with rotatable refresh tokens.
    pub fn device(id: &str) -> Self {
        Self::new(id, ClientGrant::Device)
    }

    fn new(id: &str, grant: ClientGrant) -> Self {
        Self {
            id: id.to_owned(),
            name: format!("Client {id}"),
            grant,
            rotatable: true,
            refresh_lifetime: REFRESH_LIFETIME,
            repeats_refresh_token: true,
        }
    }

    /// Sets what the consent page calls the client.
    #[must_use]
    pub fn name(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// Allows one more redirect URI. A device client has none: nothing happens.
    #[must_use]
    pub fn redirect_uri(mut self, uri: &str) -> Self {
        if let ClientGrant::AuthorizationCode { redirect_uris, .. } = &mut self.grant {
            redirect_uris.push(uri.to_owned());
        }
        self
    }

    /// Sets whether a refresh spends the refresh token and gives a new one.
    #[must_use]
    pub fn rotatable(mut self, rotatable: bool) -> Self {
        self.rotatable = rotatable;
        self
    }

    /// Sets how long each refresh token lives; only those of rotatable clients end at all.
    #[must_use]
    pub fn refresh_lifetime(mut self, lifetime: Duration) -> Self {
        self.refresh_lifetime = lifetime;
        self
    }

    /// Sets whether the answer to a refresh repeats the refresh token where it stays the same.
    #[must_use]
    pub fn repeats_refresh_token(mut self, repeats: bool) -> Self {
        self.repeats_refresh_token = repeats;
        self
    }

    /// Tells whether the browser may be sent to a URI.
    pub(crate) fn may_redirect_to(&self, uri: &str) -> bool {
        match &self.grant {
            ClientGrant::AuthorizationCode { redirect_uris, .. } => {
                redirect_uris.iter().any(|registered| registered == uri)
            }
            ClientGrant::Device => false,
        }
    }
}
