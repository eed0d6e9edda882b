//! OAuth: the service's calls, and the provider that keeps a session in tokens.
//!
//! [`OAuthService`] sends one call and says what came of it; [`OAuthProvider`] decides when, and
//! keeps what it is granted in a [`SettingsStore`](super::store::SettingsStore) that processes share.

mod desktop;
mod device;
mod listener;
mod page;
mod person;
mod provider;
mod redirect;
mod refusal;
mod renewal;
mod revoke;
mod service;
mod steps;
mod tokens;

pub use device::DeviceAuthorization;
pub use person::{Person, sign_in};
pub use provider::{OAuthProvider, SignInPrompt, keep};
pub use renewal::settle;
pub use service::OAuthService;
pub use steps::{SignInPage, SignInSteps};
pub use tokens::Grant;
