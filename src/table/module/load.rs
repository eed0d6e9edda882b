//! Reading what tells sums from what they sum: the items of dimensions, and whose parents they are.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use futures::TryStreamExt;

use super::members::{Items, Member, Members, Node};
use super::period::Length;
use super::shape::{DimensionColumn, ModuleShape};
use crate::client::model::{Dimension, DimensionId, DimensionItem, DimensionKind, ItemId, ListId};
use crate::client::{ReadSource, TooLarge};
use crate::error::{Error, ErrorKind, Result};
use crate::http::Observer;
use crate::table::csv::{Decoder, Encoding, Record, RecordReader};
use crate::table::sheet::SheetSource;

/// How many lists may stand above each other.
const MAX_LEVELS: usize = 20;

/// What is known of a dimension's items.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) members: Members,
    /// The items of lists, as far as they were read.
    pub(super) items: Vec<Member>,
}

/// Reads the items of dimensions.
pub(super) struct Loader<'a> {
    pub(super) source: &'a SheetSource,
    pub(super) shape: &'a ModuleShape,
    pub(super) observer: Arc<dyn Observer>,
}

/// The items of a list.
#[derive(Debug, Default)]
struct ListNodes {
    nodes: Vec<Node>,
    /// The lists that parents are of.
    above: HashSet<String>,
}

impl Loader<'_> {
    /// How sums are told in a dimension.
    pub(super) async fn load(&self, column: &DimensionColumn) -> Result<Loaded> {
        let members = match column.dimension.kind() {
            DimensionKind::List | DimensionKind::ListSubset | DimensionKind::Other => {
                return self.items(column).await;
            }
            DimensionKind::Time => {
                let scale = self.shape.time_scale.as_deref().and_then(Length::of_scale);
                Members::Periods(scale.unwrap_or(Length::Month))
            }
            _ => Members::Flat,
        };
        Ok(Loaded { members, items: Vec::new() })
    }

    /// How many items of a dimension the view shows.
    pub(super) async fn size(&self, dimension: &Dimension) -> Result<usize> {
        Ok(self.shown(dimension).await?.len())
    }

    /// The items of a dimension that the view shows.
    pub(super) async fn shown(&self, dimension: &Dimension) -> Result<Vec<DimensionItem>> {
        let SheetSource { connection, model, detail, .. } = self.source;
        let observer = Arc::clone(&self.observer);
        connection
            .client
            .view_dimension_items(model, &detail.view_id, &dimension.id, observer)
            .await
            .map_err(|error| self.context(error, dimension))
    }

    /// The items of a dimension that have one of these names: those by which pages are selected.
    pub(super) async fn look_up(
        &self,
        dimension: &Dimension,
        names: &[&str],
    ) -> Result<HashMap<String, Vec<ItemId>>> {
        let SheetSource { connection, model, .. } = self.source;
        let observer = Arc::clone(&self.observer);
        let found = connection
            .client
            .lookup_items(model, &dimension.id, names, &[], observer)
            .await
            .map_err(|error| self.context(error, dimension))?;
        let mut by_name: HashMap<String, Vec<ItemId>> = HashMap::new();
        for item in found {
            by_name.entry(item.name).or_default().push(item.id);
        }
        Ok(by_name)
    }

    async fn items(&self, column: &DimensionColumn) -> Result<Loaded> {
        let dimension = &column.dimension;
        let Some(list) = self.list_of(dimension).await? else {
            let members = Members::Flat;
            return Ok(Loaded { members, items: Vec::new() });
        };
        let (shown, own) = tokio::try_join!(self.shown(dimension), self.nodes(&list))?;
        let ids: HashSet<&str> = own.nodes.iter().map(|node| node.id.as_str()).collect();
        let shown_ids: HashSet<&str> = shown.iter().map(|item| item.id.as_str()).collect();
        // In a subset, an item whose children are not in it sums nothing.
        let is_subset = dimension.kind() == DimensionKind::ListSubset;
        let parents: HashSet<&str> = own
            .nodes
            .iter()
            .filter(|node| !is_subset || shown_ids.contains(node.id.as_str()))
            .filter_map(|node| node.parent.as_deref())
            .collect();
        // Items of the lists above are sums even if nothing is below them.
        let is_sum = |id: &str| !ids.contains(id) || parents.contains(id);
        let members: Vec<Member> = shown
            .iter()
            .map(|item| Member {
                id: item.id.to_string(),
                label: item.name.clone(),
                is_sum: is_sum(item.id.as_str()),
            })
            .collect();
        if !members.is_empty() && !ids.is_empty() && shown_ids.is_disjoint(&ids) {
            return Err(Error::new(
                ErrorKind::Service,
                format!(
                    "the items of dimension \"{}\" go by other ids than those of its list, so \
                     that sums can't be told",
                    column.name
                ),
            )
            .with_hint("Summaries=Include reads all rows alike"));
        }
        let mut items = Items::new(&members);
        if !items.shared.is_empty() {
            let nodes = self.nodes_above(own).await?;
            items.order(&members, &nodes);
        }
        Ok(Loaded { members: Members::Items(items), items: members })
    }

    /// The list that a dimension's items are of. For a subset the service doesn't tell, so that
    /// all lists are asked.
    async fn list_of(&self, dimension: &Dimension) -> Result<Option<ListId>> {
        if dimension.kind() == DimensionKind::List {
            return Ok(Some(dimension.id.as_str().into()));
        }
        let SheetSource { connection, model, .. } = self.source;
        let key = (model.clone(), dimension.id.clone());
        let read = self.search_subset(&dimension.id);
        connection.sheets.subsets.get(&key, read).await.map(|list| list.as_ref().clone())
    }

    async fn search_subset(&self, subset: &DimensionId) -> Result<Option<ListId>> {
        let SheetSource { connection, model, .. } = self.source;
        let client = &connection.client;
        for list in client.lists(model, Arc::clone(&self.observer)).await? {
            if list.id.as_str() == subset.as_str() {
                return Ok(Some(list.id));
            }
            let metadata = client.list(model, &list.id, Arc::clone(&self.observer)).await?;
            if metadata.subsets.iter().any(|it| it.id == subset.as_str()) {
                return Ok(Some(list.id));
            }
        }
        Ok(None)
    }

    /// The items of a list and of those above it.
    async fn nodes_above(&self, own: ListNodes) -> Result<Vec<Node>> {
        let ListNodes { mut nodes, mut above } = own;
        let mut known = HashSet::new();
        for _ in 0..MAX_LEVELS {
            let next: Vec<String> =
                above.drain().filter(|list| known.insert(list.clone())).collect();
            for list in next {
                let more = self.nodes(&ListId::from(list)).await?;
                above.extend(more.above);
                // A list may be above itself.
                let seen: HashSet<String> = nodes.iter().map(|node| node.id.clone()).collect();
                nodes.extend(more.nodes.into_iter().filter(|node| !seen.contains(&node.id)));
            }
        }
        Ok(nodes)
    }

    /// The items of a list and their parents.
    async fn nodes(&self, list: &ListId) -> Result<ListNodes> {
        let SheetSource { connection, workspace, model, .. } = self.source;
        let client = &connection.client;
        let mut reader = NodeReader::default();
        match client.list_items_csv(model, list, self.observer.as_ref()).await? {
            Ok(text) => reader.push(&text)?,
            Err(TooLarge(_)) => {
                let what = format!("list {list}");
                let source = ReadSource::List(list.clone());
                let observer = Arc::clone(&self.observer);
                let read = client.start_read((workspace, model), &source, &what, observer).await?;
                let mut pages = read.pages(2, Arc::clone(&self.observer), |_| {});
                while let Some(page) = pages.try_next().await? {
                    reader.push(&page)?;
                }
            }
        }
        Ok(reader.list)
    }

    fn context(&self, error: Error, dimension: &Dimension) -> Error {
        error.context(format!(
            "the items of dimension \"{}\" of {} can't be read",
            dimension.name, self.source.what
        ))
    }
}

/// Reads the items of a list from its CSV.
#[derive(Debug, Default)]
struct NodeReader {
    /// Where id, parent and parent's list stand.
    columns: Option<[Option<usize>; 3]>,
    list: ListNodes,
}

impl NodeReader {
    /// Takes a text of whole lines.
    fn push(&mut self, text: &[u8]) -> Result<()> {
        let mut decoder = Decoder::new(Encoding::Utf8);
        let mut records = RecordReader::new(b',', Some(b'"'));
        let mut each = |record: Record<'_>| {
            self.take(&record);
            Ok(ControlFlow::Continue(()))
        };
        let text = decoder.decode(text, true);
        let _ = records.push(&text, &mut each)?;
        let _ = records.finish(&mut each)?;
        Ok(())
    }

    fn take(&mut self, record: &Record<'_>) {
        let text = |place: Option<usize>| {
            let field = record.field(place?);
            (!field.is_empty()).then(|| String::from_utf8_lossy(field).into_owned())
        };
        let Some([id, parent, list]) = self.columns else {
            let place = |name: &[u8]| record.fields().position(|field| field == name);
            self.columns = Some([place(b"id"), place(b"parentId"), place(b"listId")]);
            return;
        };
        // A header that comes again has no number for an id.
        let Some(id) = text(id).filter(|id| id != "id") else { return };
        self.list.above.extend(text(list));
        self.list.nodes.push(Node { id, parent: text(parent) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_read_from_whichever_columns_they_stand_in() {
        let mut reader = NodeReader::default();
        reader.push(b"name,id,parentId,listId\n\"a,\n\",1,9,101\nb,2,,\n").expect("CSV");
        reader.push(b"name,id,parentId,listId\nc,3,1,101\n").expect("CSV");
        let node = |id: &str, parent: &str| Node {
            id: id.to_owned(),
            parent: (!parent.is_empty()).then(|| parent.to_owned()),
        };
        assert_eq!(reader.list.nodes, [node("1", "9"), node("2", ""), node("3", "1")]);
        assert_eq!(reader.list.above, HashSet::from(["101".to_owned()]));
    }
}
