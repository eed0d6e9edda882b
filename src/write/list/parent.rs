//! Parents, which the service takes by name only.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::known::Existing;
use super::send::{Refused, Sending, text};
use crate::client::model::DimensionId;
use crate::client::{ItemAction, ItemCall};
use crate::error::Result;
use crate::table::list::ListTable;
use crate::write::Work;

/// The names of the items that a list's items can hang from, by their ids.
#[derive(Debug, Default)]
pub(super) struct Parents(HashMap<String, String>);

impl Parents {
    /// Reads them: one request for the list above, and one for the list itself.
    ///
    /// # Errors
    /// As every call.
    pub(super) async fn read(table: &ListTable, work: &Work) -> Result<Self> {
        let above = table.metadata().parent.as_ref().map(|list| DimensionId::from(&*list.id));
        let lists = above.into_iter().chain([DimensionId::from(table.list())]);
        let mut names = HashMap::new();
        for list in lists {
            let client = &table.connection().client;
            let observer = work.observer.clone();
            let items = client.dimension_items(&table.model().id, &list, observer).await?;
            names.extend(items.into_iter().map(|item| (item.id.to_string(), item.name)));
        }
        Ok(Self(names))
    }

    pub(super) fn name(&self, id: &str) -> Option<&str> {
        self.0.get(id).map(String::as_str)
    }
}

impl Sending<'_> {
    /// Sends items that were refused again if what they say of their parents are codes.
    ///
    /// # Errors
    /// As every call that writes.
    pub(super) async fn name_parents(
        &self,
        action: ItemAction,
        call: &ItemCall,
        refused: &mut Refused,
    ) -> Result<()> {
        let Some(above) = &self.table.metadata().parent else { return Ok(()) };
        let mut items = refused.items(call);
        let codes: HashSet<&str> =
            items.iter().filter_map(|(_, item)| text(item, "parent")).collect();
        if codes.is_empty() {
            return Ok(());
        }
        let above = DimensionId::from(&*above.id);
        let found = match Existing::read_from(self, &above, HashSet::new(), codes).await {
            Ok(found) => found,
            // They stay refused, with the service's reasons.
            Err(error) => {
                let list = self.table.name();
                tracing::warn!(%error, list, "the codes of parents can't be looked up");
                return Ok(());
            }
        };
        items.retain_mut(|(_, item)| {
            let code = text(item, "parent").unwrap_or_default();
            let name = found.code(code).map(|parent| parent.name.clone());
            match name.filter(|name| !name.eq_ignore_ascii_case(code)) {
                Some(name) => {
                    item["parent"] = Value::from(name);
                    true
                }
                None => false,
            }
        });
        if items.is_empty() {
            return Ok(());
        }
        let places: Vec<usize> = items.iter().map(|(place, _)| *place).collect();
        let again = self.run(action, &ItemCall::of(items.iter().map(|(_, item)| item))?).await?;
        refused.replace(&places, again);
        Ok(())
    }
}
