//! What administers a model: `…/open`, `…/close`, `…/currentPeriod`, `…/switchover`,
//! `…/resetIndex`.

use http::Method;
use serde_json::json;

use crate::client::model::{ListId, ModelId, VersionId};
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

    /// Makes a version take its figures from the actual one before the period of a day.
    ///
    /// # Errors
    /// As every call.
    pub async fn set_switchover(
        &self,
        model: &ModelId,
        version: &VersionId,
        day: &str,
        observer: &dyn Observer,
    ) -> Result<()> {
        let path = ["models", model.as_str(), "versions", version.as_str(), "switchover"];
        let request = Request::new(Method::PUT, self.url(&path));
        self.order(&request.idempotent().json(&json!({ "date": day })), observer).await
    }

    /// Begins to count a numbered list's items from 1 again; the list must be empty.
    ///
    /// # Errors
    /// As every call; the service says so when the list is not empty.
    pub async fn reset_list_index(
        &self,
        model: &ModelId,
        list: &ListId,
        observer: &dyn Observer,
    ) -> Result<()> {
        let path = ["models", model.as_str(), "lists", list.as_str(), "resetIndex"];
        // Of a list that is still empty the index is reset to no effect; of another it is refused.
        self.order(&Request::post(self.url(&path)).idempotent(), observer).await
    }

    /// Sends what is answered with nothing worth reading.
    async fn order(&self, request: &Request, observer: &dyn Observer) -> Result<()> {
        let answer = self.send(request, observer).await?;
        error::check(request, &answer)
    }
}
