//! What calls have in common that change something, and are told for each of many whether it did.

use serde::de::DeserializeOwned;

use crate::client::{Client, error};
use crate::error::{Error, Result};
use crate::http::{Observer, Request};

/// What is known of a call that changes something, after it was sent.
#[derive(Debug)]
pub enum Written<T> {
    /// The service has answered.
    Done(T),
    /// Nobody knows whether the service has done it.
    Lost(Error),
}

impl Client {
    /// Sends a call that changes something.
    ///
    /// # Errors
    /// When the service certainly did nothing.
    pub(super) async fn write<T: DeserializeOwned>(
        &self,
        request: &Request,
        observer: &dyn Observer,
    ) -> Result<Written<T>> {
        let answer = match self.send(request, observer).await {
            Ok(answer) => answer,
            Err(error) => return error::lost(error).map(Written::Lost),
        };
        if let Err(error) = error::check(request, &answer) {
            return error::refused(&answer, error).map(Written::Lost);
        }
        Ok(error::parse(request, &answer).map_or_else(Written::Lost, Written::Done))
    }
}
