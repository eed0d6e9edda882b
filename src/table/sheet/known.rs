//! What is known of views, for as long as a session knows its names.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use crate::client::model::{
    DimensionId, LineItem, LineItemId, ListId, ModelId, ModuleId, ViewDetail, ViewId,
};
use crate::error::Result;

/// What is known of the views of all models.
#[derive(Debug, Default)]
pub struct Sheets {
    /// What stands on the axes of a view.
    pub(in crate::table) details: Known<(ModelId, ViewId), ViewDetail>,
    /// All of a module's line items.
    pub(in crate::table) line_items: Known<(ModelId, ModuleId), Vec<LineItem>>,
    /// The lists that subsets are of.
    pub(in crate::table) subsets: Known<(ModelId, DimensionId), Option<ListId>>,
    /// Whether a dimension's items are those of a numbered list.
    pub(in crate::table) numbered: Known<(ModelId, DimensionId), bool>,
    /// The labels across a view.
    pub(in crate::table) headers: Known<(ModelId, ViewId), Vec<Vec<String>>>,
    /// The line items that a view shows which has them on rows or pages.
    pub(in crate::table) shown: Known<(ModelId, ViewId), Vec<String>>,
    /// The line items that a module's default view turned out to hide.
    pub(in crate::table) hidden: Known<(ModelId, ViewId), Vec<LineItemId>>,
}

impl Sheets {
    /// Forgets everything, so that it is read again when it is needed.
    pub fn clear(&self) {
        self.details.clear();
        self.line_items.clear();
        self.subsets.clear();
        self.numbered.clear();
        self.headers.clear();
        self.shown.clear();
        self.hidden.clear();
    }
}

/// Values that are read once for each key, and in one go however many ask at once.
pub(in crate::table) struct Known<K, V>(Mutex<HashMap<K, Arc<OnceCell<Arc<V>>>>>);

impl<K: Clone + Eq + Hash, V> Known<K, V> {
    /// The value of a key, read if it isn't known.
    pub(in crate::table) async fn get(
        &self,
        key: &K,
        read: impl Future<Output = Result<V>>,
    ) -> Result<Arc<V>> {
        let cell = {
            let mut cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(cells.entry(key.clone()).or_default())
        };
        let read = async { read.await.map(Arc::new) };
        cell.get_or_try_init(|| read).await.cloned()
    }

    /// The value of a key, if it is known.
    pub(in crate::table) fn peek(&self, key: &K) -> Option<Arc<V>> {
        let cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cells.get(key)?.get().cloned()
    }

    fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl<K, V> Default for Known<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K, V> fmt::Debug for Known<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.lock().unwrap_or_else(PoisonError::into_inner).len();
        write!(f, "{count} known")
    }
}
