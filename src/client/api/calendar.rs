//! `/models/{m}/modelCalendar`

use std::sync::Arc;

use serde::Deserialize;

use crate::client::Client;
use crate::client::model::{ModelCalendar, ModelId};
use crate::error::Result;
use crate::http::Observer;

impl Client {
    /// The calendar of a model, the current period included; for workspace administrators.
    ///
    /// # Errors
    /// As every call; kind [`NotFound`](crate::ErrorKind::NotFound) also when the user has no
    /// access to the model.
    pub async fn calendar(
        &self,
        model: &ModelId,
        observer: Arc<dyn Observer>,
    ) -> Result<ModelCalendar> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Answer {
            model_calendar: ModelCalendar,
        }
        let url = self.url(&["models", model.as_str(), "modelCalendar"]);
        let answer: Answer = self.read(url, observer.as_ref()).await?;
        Ok(answer.model_calendar)
    }
}
