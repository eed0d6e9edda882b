//! Which items of a dimension are sums of others.
//!
//! Cells come with labels, not with ids. Where all items of a label are alike, it tells. Where an
//! item and a sum share one ("Other" below "Other"), their place in the grid does, checked against
//! the labels that stand there.

use std::collections::{HashMap, HashSet};

use super::period::Length;
use crate::error::{Error, ErrorKind};

/// The items of a dimension, as far as telling sums takes.
#[derive(Debug)]
pub(super) enum Members {
    /// No item sums others: versions, users.
    Flat,
    /// Longer periods than these are sums.
    Periods(Length),
    /// Items of a list, of those above it, and at the top.
    Items(Items),
}

/// Items of lists.
#[derive(Debug, Default)]
pub(super) struct Items {
    /// How many there are, if they have been counted.
    pub(super) count: Option<usize>,
    /// The labels that only sums have.
    sums: HashSet<Box<[u8]>>,
    /// The labels that sums and others have.
    pub(super) shared: HashSet<Box<[u8]>>,
    /// The orders that they may stand in, if that is needed: labels, and whether each is a sum.
    orders: Vec<Vec<(String, bool)>>,
}

/// An item of the dimension.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) id: String,
    pub(super) label: String,
    pub(super) is_sum: bool,
}

/// An item of a list, in the list's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) id: String,
    pub(super) name: String,
    /// The id of its parent.
    pub(super) parent: Option<String>,
    /// The list that the parent is of.
    pub(super) list: Option<String>,
}

/// It can't be told whether an item is a sum.
#[derive(Debug)]
pub(super) struct Unclear;

impl Unclear {
    pub(super) fn error(&self, dimension: &str) -> Error {
        Error::new(
            ErrorKind::Data,
            format!(
                "dimension \"{dimension}\" has items and sums of the same name, and nothing tells \
                 which is which"
            ),
        )
        .with_hint("Summaries=Include reads all rows alike; or rename one of them in Anaplan")
    }
}

impl Members {
    /// Whether the item of this label is a sum. `place` is its place among the dimension's items,
    /// if that is known.
    pub(super) fn is_sum(
        &mut self,
        label: &[u8],
        place: impl FnOnce() -> Option<usize>,
    ) -> Result<bool, Unclear> {
        match self {
            Self::Flat => Ok(false),
            Self::Periods(_) => Ok(self.is_longer(label)),
            Self::Items(items) => items.is_sum(label, place),
        }
    }

    /// Whether this is a period that sums others.
    pub(super) fn is_longer(&self, label: &[u8]) -> bool {
        let Self::Periods(leaf) = self else { return false };
        Length::of(&String::from_utf8_lossy(label)).is_some_and(|it| it > *leaf)
    }
}

impl Items {
    pub(super) fn new(members: &[Member]) -> Self {
        let mut sums = HashSet::new();
        let mut others = HashSet::new();
        for member in members {
            let kind = if member.is_sum { &mut sums } else { &mut others };
            kind.insert(member.label.as_bytes());
        }
        let shared = sums.intersection(&others).map(|&label| label.into()).collect();
        let sums = sums.difference(&others).map(|&label| label.into()).collect();
        Self { count: Some(members.len()), sums, shared, orders: Vec::new() }
    }

    /// By names alone: those of sums, and those of them that others have too.
    pub(super) fn of_names(sums: HashSet<String>, shared: HashSet<String>) -> Self {
        let text = |name: String| -> Box<[u8]> { name.into_bytes().into() };
        let sums = sums.into_iter().filter(|name| !shared.contains(name)).map(text).collect();
        let shared = shared.into_iter().map(text).collect();
        Self { count: None, sums, shared, orders: Vec::new() }
    }

    /// Works out in which orders the items may stand: each below or above what it sums.
    pub(super) fn order(&mut self, members: &[Member], nodes: &[Node]) {
        let known: HashMap<&str, &Member> =
            members.iter().map(|member| (member.id.as_str(), member)).collect();
        // What is on no list is at the top of all.
        let listed: HashSet<&str> = nodes.iter().map(|node| node.id.as_str()).collect();
        let top: Vec<&str> =
            members.iter().map(|it| it.id.as_str()).filter(|id| !listed.contains(id)).collect();
        let shown = |ids: Vec<&str>| -> Vec<(String, bool)> {
            let members = ids.iter().filter_map(|id| known.get(id));
            members.map(|member| (member.label.clone(), member.is_sum)).collect()
        };
        let nodes: Vec<&Node> =
            nodes.iter().filter(|node| known.contains_key(node.id.as_str())).collect();
        let (below, above) = (walk(&nodes, false), walk(&nodes, true));
        self.orders = vec![shown([below, top.clone()].concat()), shown([top, above].concat())];
    }

    fn is_sum(
        &mut self,
        label: &[u8],
        place: impl FnOnce() -> Option<usize>,
    ) -> Result<bool, Unclear> {
        if !self.orders.is_empty() {
            // Every label tells which order it is, and that it is one of them.
            if let Some(place) = place() {
                let at = |order: &Vec<(String, bool)>| {
                    order.get(place).filter(|(it, _)| it.as_bytes() == label).map(|it| it.1)
                };
                self.orders.retain(|order| at(order).is_some());
                let mut found = self.orders.iter().filter_map(at);
                if let Some(first) = found.next()
                    && found.all(|other| other == first)
                {
                    return Ok(first);
                }
            }
        }
        if self.shared.contains(label) {
            return Err(Unclear);
        }
        Ok(self.sums.contains(label))
    }
}

/// Walks a forest whose nodes name their parents, children in the order of the nodes.
fn walk<'a>(nodes: &[&'a Node], parents_first: bool) -> Vec<&'a str> {
    let known: HashSet<&str> = nodes.iter().map(|node| node.id.as_str()).collect();
    let mut below: HashMap<&str, Vec<&'a str>> = HashMap::new();
    let mut roots = Vec::new();
    for node in nodes {
        match node.parent.as_deref().filter(|parent| known.contains(parent) && *parent != node.id) {
            Some(parent) => below.entry(parent).or_default().push(&node.id),
            None => roots.push(node.id.as_str()),
        }
    }
    let mut order = Vec::with_capacity(nodes.len());
    let mut stack: Vec<(&str, bool)> = roots.into_iter().rev().map(|id| (id, false)).collect();
    while let Some((id, walked)) = stack.pop() {
        if walked || parents_first {
            order.push(id);
        }
        if walked {
            continue;
        }
        if !parents_first {
            stack.push((id, true));
        }
        // Taken out, so that nothing is walked twice.
        let children = below.remove(id).unwrap_or_default();
        stack.extend(children.into_iter().rev().map(|child| (child, false)));
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(id: &str, label: &str, is_sum: bool) -> Member {
        Member { id: id.to_owned(), label: label.to_owned(), is_sum }
    }

    fn node(id: &str, parent: &str) -> Node {
        let parent = (!parent.is_empty()).then(|| parent.to_owned());
        Node { id: id.to_owned(), name: String::new(), parent, list: None }
    }

    /// Sites below countries; the country Singapore has a site of its name.
    fn members() -> Vec<Member> {
        vec![
            member("1", "Hamburg", false),
            member("2", "Singapore", false),
            member("8", "Germany", true),
            member("9", "Singapore", true),
            member("0", "World", true),
        ]
    }

    fn nodes() -> Vec<Node> {
        vec![node("1", "8"), node("2", "9"), node("8", ""), node("9", "")]
    }

    fn told(items: &mut Items, labels: &[&str]) -> Vec<Option<bool>> {
        let each = labels.iter().enumerate();
        each.map(|(place, label)| items.is_sum(label.as_bytes(), || Some(place)).ok()).collect()
    }

    #[test]
    fn labels_tell_where_they_are_not_shared() {
        let mut items = Items::new(&members());
        let sum = |items: &mut Items, label: &str| items.is_sum(label.as_bytes(), || None).ok();
        assert_eq!(sum(&mut items, "Hamburg"), Some(false));
        assert_eq!(sum(&mut items, "Germany"), Some(true));
        assert_eq!(sum(&mut items, "World"), Some(true));
        assert_eq!(sum(&mut items, "Singapore"), None);
        // What has come since is most likely an item.
        assert_eq!(sum(&mut items, "Oslo"), Some(false));
    }

    #[test]
    fn places_tell_where_labels_are_shared_whichever_comes_first() {
        let mut items = Items::new(&members());
        items.order(&members(), &nodes());
        let below = ["Hamburg", "Germany", "Singapore", "Singapore", "World"];
        let sums = [false, true, false, true, true].map(Some);
        assert_eq!(told(&mut items, &below), sums);
        assert_eq!(told(&mut items, &below), sums, "again");

        let mut items = Items::new(&members());
        items.order(&members(), &nodes());
        let above = ["World", "Germany", "Hamburg", "Singapore", "Singapore"];
        assert_eq!(told(&mut items, &above), [true, true, false, true, false].map(Some));
    }

    #[test]
    fn nothing_is_guessed() {
        let mut items = Items::new(&members());
        items.order(&members(), &nodes());
        let other = ["Singapore", "Hamburg", "Singapore", "World", "Germany"];
        let found = told(&mut items, &other);
        assert_eq!(found, [None, Some(false), None, Some(true), Some(true)]);
    }

    #[test]
    fn circles_end() {
        let nodes = [node("1", "2"), node("2", "1"), node("3", "3")];
        let nodes: Vec<&Node> = nodes.iter().collect();
        assert_eq!(walk(&nodes, true), ["3"]);
    }
}
