//! Reading what tells sums from what they sum: the items of dimensions, and whose parents they are.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::ops::ControlFlow;
use std::sync::Arc;

use futures::TryStreamExt;

use super::members::{Items, Member, Members, Node};
use super::period::Length;
use super::shape::{DimensionColumn, ModuleShape};
use crate::client::ReadSource;
use crate::client::model::{Dimension, DimensionId, DimensionKind, ListId};
use crate::error::{Error, ErrorKind, Result};
use crate::table::csv::{Decoder, Encoding, Record, RecordReader};
use crate::table::sheet::{ItemReader, SheetSource};

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
    pub(super) items: ItemReader<'a>,
    pub(super) shape: &'a ModuleShape,
}

/// The items of a list.
#[derive(Debug, Default)]
struct ListNodes {
    nodes: Vec<Node>,
    /// The lists that parents are of.
    above: HashSet<String>,
    /// What is kept instead of the items, if they are too many for one answer.
    many: Option<ManyItems>,
}

/// What is kept of a list that has too many items for one answer.
#[derive(Debug, Default)]
struct ManyItems {
    /// The hashes of the names of all items.
    names: HashSet<u64>,
    hasher: RandomState,
    /// The names of parents, by their lists.
    parents: HashMap<String, HashSet<String>>,
}

impl Loader<'_> {
    /// How sums are told in a dimension.
    pub(super) async fn load(&self, column: &DimensionColumn) -> Result<Loaded> {
        let members = match column.dimension.kind() {
            DimensionKind::List | DimensionKind::ListSubset | DimensionKind::Other => {
                return self.list(column).await;
            }
            DimensionKind::Time => {
                let scale = self.shape.time_scale.as_deref().and_then(Length::of_scale);
                Members::Periods(scale.unwrap_or(Length::Month))
            }
            _ => Members::Flat,
        };
        Ok(Loaded { members, items: Vec::new() })
    }

    async fn list(&self, column: &DimensionColumn) -> Result<Loaded> {
        let dimension = &column.dimension;
        let Some(list) = self.list_of(dimension).await? else {
            let members = Members::Flat;
            return Ok(Loaded { members, items: Vec::new() });
        };
        let own = async { self.nodes(&list).await.map_err(|error| without_sums(error, column)) };
        let (shown, own) = tokio::try_join!(self.items.shown(dimension), own)?;
        let Some(shown) = shown.filter(|_| own.many.is_none()) else {
            let sums = self.sums_of_many(&list, own).await;
            let sums = sums.map_err(|error| without_sums(error, column))?;
            return Ok(Loaded { members: Members::Items(sums), items: Vec::new() });
        };
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
            let nodes = self.nodes_above(&list, own).await;
            let nodes = nodes.map_err(|error| without_sums(error, column))?;
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
        let SheetSource { connection, model, .. } = self.items.source;
        let key = (model.clone(), dimension.id.clone());
        let read = self.search_subset(&dimension.id);
        connection.sheets.subsets.get(&key, read).await.map(|list| list.as_ref().clone())
    }

    async fn search_subset(&self, subset: &DimensionId) -> Result<Option<ListId>> {
        let SheetSource { connection, model, .. } = self.items.source;
        let client = &connection.client;
        for list in client.lists(model, Arc::clone(&self.items.observer)).await? {
            if list.id.as_str() == subset.as_str() {
                return Ok(Some(list.id));
            }
            let metadata =
                client.list_metadata(model, &list.id, Arc::clone(&self.items.observer)).await?;
            if metadata.subsets.iter().any(|it| it.id == subset.as_str()) {
                return Ok(Some(list.id));
            }
        }
        Ok(None)
    }

    /// The items of a list and of those above it.
    async fn nodes_above(&self, list: &ListId, own: ListNodes) -> Result<Vec<Node>> {
        let ListNodes { mut nodes, mut above, .. } = own;
        let mut known = HashSet::from([list.to_string()]);
        for _ in 0..MAX_LEVELS {
            let next: Vec<String> =
                above.drain().filter(|list| known.insert(list.clone())).collect();
            for list in next {
                let more = self.nodes(&ListId::from(list)).await?;
                above.extend(more.above);
                nodes.extend(more.nodes);
            }
        }
        Ok(nodes)
    }

    /// The sums of a dimension that has too many items for one answer, by the names of list items
    /// alone: nothing is kept of most.
    async fn sums_of_many(&self, list: &ListId, own: ListNodes) -> Result<Items> {
        let SheetSource { connection, model, .. } = self.items.source;
        let mut sums: HashSet<String> = HashSet::new();
        let mut next = Some(list.clone());
        let mut known = HashSet::new();
        // The lists above are those that the metadata names, whoever has a parent there.
        while let Some(list) = next.take().filter(|list| known.insert(list.clone())) {
            let observer = Arc::clone(&self.items.observer);
            let metadata = connection.client.list_metadata(model, &list, observer).await?;
            sums.extend(metadata.top_level_item.as_ref().map(|item| item.name.clone()));
            next = metadata.list_above().map(|parent| ListId::from(parent.id.as_str()));
            if let Some(above) = &next {
                sums.extend(self.nodes(above).await?.nodes.into_iter().map(|node| node.name));
            }
        }
        let many = own.many.unwrap_or_else(|| ManyItems::of(&own.nodes));
        let shared = sums.iter().filter(|name| many.has(name)).cloned().collect();
        let own_parents = many.parents.get(list.as_str()).into_iter().flatten().cloned();
        sums.extend(own_parents);
        Ok(Items::of_names(sums, shared))
    }

    /// The items of a list and their parents.
    async fn nodes(&self, list: &ListId) -> Result<ListNodes> {
        let SheetSource { connection, workspace, model, .. } = self.items.source;
        let client = &connection.client;
        let mut reader = NodeReader::default();
        let observer = Arc::clone(&self.items.observer);
        match client.list_items(model, list, false, observer).await? {
            Some(mut body) => {
                while let Some(piece) = body.try_next().await? {
                    reader.push(&piece)?;
                }
                reader.end()?;
            }
            None => {
                let what = format!("list {list}");
                let source = ReadSource::List(list.clone());
                let observer = Arc::clone(&self.items.observer);
                let read = client.start_read((workspace, model), &source, &what, observer).await?;
                let mut pages = read.pages(2, Arc::clone(&self.items.observer), |_| {});
                reader.take.list.many = Some(ManyItems::default());
                while let Some(page) = pages.try_next().await? {
                    reader.push(&page)?;
                    reader.end()?;
                }
            }
        }
        Ok(reader.take.list)
    }
}

/// The error of reading what tells sums apart, with a way around where it is not to be had.
fn without_sums(error: Error, column: &DimensionColumn) -> Error {
    let is_refused = matches!(error.kind(), ErrorKind::Denied | ErrorKind::NotFound);
    let hint = error.hint().map(|hint| format!("{hint}; or ")).unwrap_or_default();
    let error = error.context(format!(
        "the lists that tell the sums of dimension \"{}\" can't be read",
        column.name
    ));
    match is_refused {
        true => error.with_hint(format!(
            "{hint}connect with Summaries=Include and leave out is_summary: then all rows are read \
             alike"
        )),
        false => error,
    }
}

/// Reads the items of a list from its CSV.
struct NodeReader {
    decoder: Decoder,
    records: RecordReader,
    take: TakeNodes,
}

#[derive(Debug, Default)]
struct TakeNodes {
    /// Where id, name, parent's id, parent's name and parent's list stand.
    columns: Option<[Option<usize>; 5]>,
    list: ListNodes,
}

impl Default for NodeReader {
    fn default() -> Self {
        Self {
            decoder: Decoder::new(Encoding::Utf8),
            records: RecordReader::new(b',', Some(b'"')),
            take: TakeNodes::default(),
        }
    }
}

impl NodeReader {
    fn push(&mut self, piece: &[u8]) -> Result<()> {
        let Self { decoder, records, take } = self;
        let _ =
            records.push(&decoder.decode(piece, false), &mut |record| Ok(take.take(&record)))?;
        Ok(())
    }

    /// Ends a text, or a page of it.
    fn end(&mut self) -> Result<()> {
        let Self { decoder, records, take } = self;
        let mut each = |record: Record<'_>| Ok(take.take(&record));
        let _ = records.push(&decoder.decode(&[], true), &mut each)?;
        let _ = records.finish(&mut each)?;
        self.decoder = Decoder::new(Encoding::Utf8);
        Ok(())
    }
}

impl TakeNodes {
    fn take(&mut self, record: &Record<'_>) -> ControlFlow<()> {
        let text = |place: Option<usize>| {
            let field = record.field(place?);
            (!field.is_empty()).then(|| String::from_utf8_lossy(field).into_owned())
        };
        let Some([id, name, parent_id, parent, list]) = self.columns else {
            let place = |name: &str| record.fields().position(|field| field == name.as_bytes());
            self.columns = Some(["id", "name", "parentId", "parent", "listId"].map(place));
            return ControlFlow::Continue(());
        };
        // A header that comes again has no number for an id.
        let Some(id) = text(id).filter(|id| id != "id") else {
            return ControlFlow::Continue(());
        };
        let (name, list) = (text(name).unwrap_or_default(), text(list));
        match &mut self.list.many {
            Some(many) => many.take(&name, list, text(parent)),
            None => {
                self.list.above.extend(list.clone());
                self.list.nodes.push(Node { id, name, parent: text(parent_id), list });
            }
        }
        ControlFlow::Continue(())
    }
}

impl ManyItems {
    /// The same of items that have been read.
    fn of(nodes: &[Node]) -> Self {
        let mut many = Self::default();
        let names: HashMap<&str, &str> =
            nodes.iter().map(|node| (node.id.as_str(), node.name.as_str())).collect();
        for node in nodes {
            let parent = node.parent.as_deref().and_then(|id| names.get(id));
            many.take(&node.name, node.list.clone(), parent.map(|&name| name.to_owned()));
        }
        many
    }

    fn take(&mut self, name: &str, list: Option<String>, parent: Option<String>) {
        self.names.insert(self.hasher.hash_one(name));
        if let (Some(list), Some(parent)) = (list, parent) {
            self.parents.entry(list).or_default().insert(parent);
        }
    }

    fn has(&self, name: &str) -> bool {
        self.names.contains(&self.hasher.hash_one(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_read_from_whichever_columns_they_stand_in() {
        let mut reader = NodeReader::default();
        for piece in b"name,id,parentId,listId\n\"a,\n\",1,9,101\nb,2,,".chunks(3) {
            reader.push(piece).expect("CSV");
        }
        reader.end().expect("CSV");
        reader.push(b"name,id,parentId,listId\nc,3,1,101\n").expect("CSV");
        reader.end().expect("CSV");
        let nodes = reader.take.list.nodes.iter();
        let found: Vec<_> =
            nodes.map(|it| (it.id.as_str(), it.name.as_str(), it.parent.as_deref())).collect();
        assert_eq!(found, [("1", "a,\n", Some("9")), ("2", "b", None), ("3", "c", Some("1"))]);
        assert_eq!(reader.take.list.above, HashSet::from(["101".to_owned()]));
    }
}
