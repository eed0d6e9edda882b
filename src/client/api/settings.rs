//! What changes a model as a whole: `…/open`, `…/close`, `…/currentPeriod`.

use http::Method;
use serde_json::json;

use crate::client::model::ModelId;
use crate::client::{Client, error};
use crate::error::Result;
use crate::http::{Observer, Request};

impl Client {
    /// Begins to load a model into memory.
    ///
    /// # Errors
    /// As every call; kind [`NotFound`](crate::ErrorKind::NotFound) also when the user may not.
    pub async fn open_model(&self, model: &ModelId, observer: &dyn Observer) -> Result<()> {
        let url = self.url(&["models", model.as_str(), "open"]);
        // An open model is opened to no effect.
        self.order(&Request::post(url).idempotent(), observer).await
    }

    /// Begins to take a model out of memory.
    ///
    /// # Errors
    /// As every call.
    pub async fn close_model(&self, model: &ModelId, observer: &dyn Observer) -> Result<()> {
        let url = self.url(&["models", model.as_str(), "close"]);
        // Sent twice, it might close what somebody has opened in between.
        self.order(&Request::post(url), observer).await
    }

    /// Makes the period of a day, `YYYY-MM-DD`, the current one.
    ///
    /// # Errors
    /// As every call; the service says so when the day is none, or not in the model's calendar.
    pub async fn set_current_period(
        &self,
        model: &ModelId,
        day: &str,
        observer: &dyn Observer,
    ) -> Result<()> {
        let url = self.url(&["models", model.as_str(), "currentPeriod"]);
        let request = Request::new(Method::PUT, url).idempotent().json(&json!({ "date": day }));
        self.order(&request, observer).await
    }

    /// Sends what is answered with nothing worth reading.
    async fn order(&self, request: &Request, observer: &dyn Observer) -> Result<()> {
        let answer = self.send(request, observer).await?;
        error::check(request, &answer)
    }
}
