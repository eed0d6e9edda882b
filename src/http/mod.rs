//! Requests over the network, repeated where that is safe.
//!
//! ```text
//! client ─► Transport ─► Limiter ─► Authorize ─► HttpService (reqwest, or the caller's own)
//!              ▲                                      │
//!              └────── retry::classify ◄──────────────┘
//! ```
//! This layer knows HTTP, not Anaplan: it neither reads bodies nor decides what a status means,
//! beyond whether the same request may be sent again.

mod authorize;
mod buffer;
mod gzip;
mod limit;
mod observe;
mod request;
mod reqwest;
pub mod retry;
mod service;
mod transport;

pub use authorize::Authorize;
pub(crate) use buffer::Buffer;
pub use limit::Limiter;
pub use observe::{Observer, Unobserved};
pub use request::{Request, Response};
pub use reqwest::{ProxyOptions, ReqwestOptions, ReqwestService};
pub use retry::RetryPolicy;
pub use service::{BodyStream, HttpService, TransportError, TransportErrorKind};
pub use transport::Transport;
