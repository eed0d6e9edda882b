//! `/models/{m}/lineItems`

use std::sync::Arc;

use crate::client::Client;
use crate::client::model::{Dimension, LineItem, LineItemId, ModelId, ModuleId};
use crate::error::Result;
use crate::http::Observer;

impl Client {
    /// The line items of a model or of one of its modules, in their order: ids and names only, or
    /// with all that is known of them.
    ///
    /// # Errors
    /// As every call; kind [`NotFound`](crate::ErrorKind::NotFound) when the module is gone, also
    /// when the user has no access to the model.
    pub async fn line_items(
        &self,
        model: &ModelId,
        module: Option<&ModuleId>,
        include_all: bool,
        observer: Arc<dyn Observer>,
    ) -> Result<Vec<LineItem>> {
        let mut url = match module {
            Some(module) => {
                self.url(&["models", model.as_str(), "modules", module.as_str(), "lineItems"])
            }
            None => self.url(&["models", model.as_str(), "lineItems"]),
        };
        if include_all {
            url.query_pairs_mut().append_pair("includeAll", "true");
        }
        self.list_whole(url, observer).await
    }

    /// What a line item extends over, time and versions included.
    ///
    /// # Errors
    /// As every call; kind [`NotFound`](crate::ErrorKind::NotFound) when the line item is gone.
    pub async fn line_item_dimensions(
        &self,
        model: &ModelId,
        line_item: &LineItemId,
        observer: Arc<dyn Observer>,
    ) -> Result<Vec<Dimension>> {
        let path = ["models", model.as_str(), "lineItems", line_item.as_str(), "dimensions"];
        self.list_whole(self.url(&path), observer).await
    }
}
