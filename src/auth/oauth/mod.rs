//! OAuth: the service's calls, and the provider that keeps a session in tokens.
//!
//! [`OAuthService`] sends one call and says what came of it; [`Exchange`] keeps what is granted in a
//! [`SettingsStore`](super::store::SettingsStore) that processes share, and loses none of it;
//! [`OAuthProvider`] decides when.

mod credential;
mod desktop;
mod device;
mod exchange;
mod listener;
mod page;
mod person;
mod provider;
mod redirect;
mod refusal;
mod revoke;
mod service;
mod sign_out;
mod steps;
mod tokens;
mod under_way;

#[cfg(feature = "cli")]
pub(crate) use credential::{given_beside, outdate_given, why_refused};
pub use device::DeviceAuthorization;
pub use exchange::Exchange;
pub use person::{Person, sign_in};
pub use provider::{OAuthProvider, SignInPrompt};
pub(crate) use refusal::Refusal;
pub use service::OAuthService;
pub use sign_out::SignedOut;
pub use steps::{SignInPage, SignInSteps};
pub use tokens::Grant;
pub use under_way::settle;
