//! `/models/{m}/views/{v}/data`: cells, as CSV.

use std::sync::atomic::Ordering;

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use url::Url;

use crate::client::model::{DimensionId, ItemId, ModelId, ModuleId, ViewId};
use crate::client::{Client, error};
use crate::error::Result;
use crate::http::{Observer, Request, Response};

/// What of a view is read, and how it is laid out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CellQuery {
    /// The item that is shown of each of these page dimensions.
    pub pages: Vec<(DimensionId, ItemId)>,
    /// With the view's module: all pages, in rows that begin with a label for each dimension but
    /// the innermost of the columns. Without: the one page that is selected, as a grid.
    pub tabular: Option<ModuleId>,
    /// How many rows are enough.
    pub max_rows: Option<usize>,
}

/// The two forms of CSV. Some tenants refuse the first.
const PLAIN: HeaderValue = HeaderValue::from_static("text/csv");
const ESCAPED: HeaderValue = HeaderValue::from_static("text/csv;escaped=true");

impl Client {
    /// The cells of a view; a module's id is that of its default view, a line item's that of the
    /// view of it alone. The service refuses more than 1,000,000 cells with 400: see
    /// [`start_read`](Self::start_read) for those.
    ///
    /// # Errors
    /// As every call; kind [`NotFound`](crate::ErrorKind::NotFound) when the view is gone.
    pub async fn cells(
        &self,
        model: &ModelId,
        view: &ViewId,
        query: &CellQuery,
        observer: &dyn Observer,
    ) -> Result<Result<Bytes, TooLarge>> {
        let mut url = self.url(&["models", model.as_str(), "views", view.as_str(), "data"]);
        query.append_to(&mut url);
        let escaped = self.0.escaped_csv.load(Ordering::Relaxed);
        let form = if escaped { ESCAPED } else { PLAIN };
        let request = Request::get(url.clone()).header(header::ACCEPT, form);
        let mut answer = self.send(&request, observer).await?;
        if !escaped && is_about_csv(&answer) {
            let request = Request::get(url).header(header::ACCEPT, ESCAPED);
            answer = self.send(&request, observer).await?;
            // Asked for once, the answer is the same for the tenant's other views.
            self.0.escaped_csv.store(answer.status.is_success(), Ordering::Relaxed);
        }
        match error::check_file(&request, &answer) {
            Ok(()) => Ok(Ok(answer.body)),
            Err(error) if error::is_about_size(&answer) => Ok(Err(TooLarge(error))),
            Err(error) => Err(error),
        }
    }
}

/// The service's refusal of a view that has too many cells.
#[derive(Debug)]
pub struct TooLarge(pub crate::error::Error);

impl CellQuery {
    fn append_to(&self, url: &mut Url) {
        if self.pages.is_empty() && self.tabular.is_none() && self.max_rows.is_none() {
            return;
        }
        let mut pairs = url.query_pairs_mut();
        if !self.pages.is_empty() {
            let pages: Vec<String> =
                self.pages.iter().map(|(dimension, item)| format!("{dimension}:{item}")).collect();
            pairs.append_pair("pages", &pages.join(","));
        }
        if let Some(module) = &self.tabular {
            pairs.append_pair("exportType", "TABULAR_MULTI_COLUMN");
            pairs.append_pair("moduleId", module.as_str());
        }
        if let Some(rows) = self.max_rows {
            pairs.append_pair("maxRows", &rows.to_string());
        }
    }
}

/// Whether a refusal is one of plain CSV.
fn is_about_csv(answer: &Response) -> bool {
    match answer.status {
        StatusCode::NOT_ACCEPTABLE | StatusCode::UNSUPPORTED_MEDIA_TYPE => true,
        StatusCode::BAD_REQUEST | StatusCode::FORBIDDEN => {
            let text = String::from_utf8_lossy(&answer.body).to_ascii_lowercase();
            text.contains("csv") || text.contains("escaped")
        }
        _ => false,
    }
}
