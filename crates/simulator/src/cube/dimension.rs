//! The members of a dimension and how they nest.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::OnceLock;

use super::super::random::hash;
use super::super::tenant::{Dim, List, Model, Scale, Subset};
use super::{Cube, TIME, USERS, VERSIONS};

/// How many lists may stand above each other.
const MAX_LEVELS: usize = 20;

/// A dimension: its members in the order of a grid, totals after what they add up.
#[derive(Debug)]
pub(crate) struct Dimension {
    pub(crate) id: String,
    pub(crate) name: String,
    /// The id of the list that the members come from; its own where there is none.
    pub(crate) list: String,
    pub(crate) members: Vec<Member>,
    /// The positions of all leaves.
    leaves: Vec<usize>,
    places: HashMap<u64, usize>,
    names: OnceLock<HashMap<String, usize>>,
    codes: OnceLock<HashMap<String, usize>>,
}

/// A member of a dimension.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) id: String,
    /// The number in its id, or one made from it.
    pub(crate) key: u64,
    /// What grids show.
    pub(crate) label: String,
    /// The name, which differs from the label in numbered lists.
    pub(crate) name: String,
    pub(crate) code: Option<String>,
    pub(crate) parent: Option<usize>,
    /// Which of the dimension's leaves it adds up; itself for a leaf.
    leaves: Range<usize>,
    pub(crate) is_leaf: bool,
    /// Whether it belongs to the dimension itself, and not to a list above or to the top.
    pub(crate) is_own: bool,
}

/// A member before it has a position.
struct Node<'a> {
    id: &'a str,
    label: &'a str,
    name: &'a str,
    code: Option<&'a str>,
    parent: Option<&'a str>,
    is_own: bool,
}

impl Dimension {
    /// Makes a dimension of a model; nothing for a list that isn't there.
    pub(super) fn of(dim: &Dim, cube: &Cube<'_>) -> Option<Self> {
        let model = cube.model;
        Some(match dim {
            Dim::List(name) => {
                let list = model.find_list(name)?;
                Self::nest([&list.id, &list.name, &list.id], &nodes(list, model, |_| true))
            }
            Dim::Subset(name) => {
                let (list, place) = find_subset(model, name)?;
                let subset = list.subsets.get(place)?;
                let inside = |number: usize| {
                    let item = list.items.get(number);
                    item.and_then(|item| item.subsets.get(place)).copied().unwrap_or(false)
                };
                Self::nest([&subset.id, &subset.name, &list.id], &nodes(list, model, inside))
            }
            Dim::Time(scale) => Self::time(cube, *scale),
            Dim::Versions => Self::flat(
                VERSIONS,
                "Versions",
                model.versions.iter().map(|version| (version.id.clone(), version.name.clone())),
            ),
            Dim::Users => Self::flat(
                USERS,
                "Users",
                cube.users.iter().map(|user| (user.id.clone(), user.email.clone())),
            ),
        })
    }

    /// The position of a member by its key.
    pub(crate) fn place(&self, key: u64) -> Option<usize> {
        self.places.get(&key).copied()
    }

    /// The position of a member by its id.
    pub(crate) fn find_id(&self, id: &str) -> Option<usize> {
        self.place(key(id))
            .filter(|place| self.members.get(*place).is_some_and(|member| member.id == id))
    }

    /// The position of a member by its name or label, whatever their case.
    pub(crate) fn find_name(&self, name: &str) -> Option<usize> {
        let names = self.names.get_or_init(|| {
            first_of_each(&self.members, |member| [Some(&member.name), Some(&member.label)])
        });
        names.get(&name.to_lowercase()).copied()
    }

    /// The position of a member by its code, whatever its case.
    pub(crate) fn find_code(&self, code: &str) -> Option<usize> {
        let codes = self
            .codes
            .get_or_init(|| first_of_each(&self.members, |member| [member.code.as_ref(), None]));
        codes.get(&code.to_lowercase()).copied()
    }

    /// The positions of the leaves that a member adds up; its own for a leaf.
    pub(crate) fn leaves(&self, member: &Member) -> &[usize] {
        self.leaves.get(member.leaves.clone()).unwrap_or_default()
    }

    /// The member that adds up all others, if there is one.
    pub(crate) fn whole(&self) -> Option<usize> {
        let mut roots = self.members.iter().enumerate().filter(|(_, it)| it.parent.is_none());
        let (place, _) = roots.next()?;
        roots.next().is_none().then_some(place)
    }

    fn time(cube: &Cube<'_>, scale: Scale) -> Self {
        let periods = &cube.periods;
        let leaf = scale.max(cube.model.calendar.leaf());
        let nodes: Vec<Node<'_>> = periods
            .iter()
            .filter(|period| period.scale >= leaf)
            .map(|period| Node {
                id: &period.id,
                label: &period.name,
                name: &period.name,
                code: None,
                parent: period.parent.and_then(|at| periods.get(at)).map(|it| it.id.as_str()),
                is_own: true,
            })
            .collect();
        Self::nest([TIME, "Time", TIME], &nodes)
    }

    fn flat(id: &str, name: &str, members: impl Iterator<Item = (String, String)>) -> Self {
        let members: Vec<(String, String)> = members.collect();
        let nodes: Vec<Node<'_>> = members
            .iter()
            .map(|(id, name)| Node {
                id,
                label: name,
                name,
                code: None,
                parent: None,
                is_own: true,
            })
            .collect();
        Self::nest([id, name, id], &nodes)
    }

    /// Puts members into the order of a grid: each after those below it.
    fn nest([id, name, list]: [&str; 3], nodes: &[Node<'_>]) -> Self {
        let known: HashSet<&str> = nodes.iter().map(|node| node.id).collect();
        let mut below: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut roots = Vec::new();
        for (number, node) in nodes.iter().enumerate() {
            match node.parent.filter(|parent| known.contains(parent) && *parent != node.id) {
                Some(parent) => below.entry(parent).or_default().push(number),
                None => roots.push(number),
            }
        }
        let mut order = Vec::with_capacity(nodes.len());
        let mut seen = vec![false; nodes.len()];
        // Items whose parents run in a circle hang from no root: each is its own then.
        for root in roots.into_iter().chain(0..nodes.len()) {
            let mut stack = vec![(root, false)];
            while let Some((number, is_done)) = stack.pop() {
                let (Some(node), Some(was_seen)) = (nodes.get(number), seen.get_mut(number)) else {
                    continue;
                };
                if is_done {
                    order.push(number);
                } else if !*was_seen {
                    *was_seen = true;
                    stack.push((number, true));
                    let children = below.get(node.id).map(Vec::as_slice).unwrap_or_default();
                    stack.extend(children.iter().rev().map(|child| (*child, false)));
                }
            }
        }
        let mut places: HashMap<&str, usize> = HashMap::new();
        for (place, node) in order.iter().filter_map(|number| nodes.get(*number)).enumerate() {
            places.insert(node.id, place);
        }
        let mut members: Vec<Member> = Vec::with_capacity(order.len());
        for (place, node) in order.iter().filter_map(|number| nodes.get(*number)).enumerate() {
            let above = node.parent.and_then(|parent| places.get(parent)).copied();
            members.push(Member {
                id: node.id.to_owned(),
                key: key(node.id),
                label: node.label.to_owned(),
                name: node.name.to_owned(),
                code: node.code.map(str::to_owned),
                parent: above.filter(|above| *above > place),
                // None yet: each part lowers the start.
                leaves: Range { start: usize::MAX, end: 0 },
                is_leaf: true,
                is_own: node.is_own,
            });
        }
        // Parents come right behind their parts, so one walk finds all leaves, side by side.
        let mut leaves = Vec::new();
        for place in 0..members.len() {
            let Some(member) = members.get_mut(place) else { continue };
            if member.is_leaf {
                member.leaves.start = leaves.len();
                leaves.push(place);
            }
            member.leaves.end = leaves.len();
            let (parent, start) = (member.parent, member.leaves.start);
            if let Some(parent) = parent.and_then(|parent| members.get_mut(parent)) {
                parent.is_leaf = false;
                parent.leaves.start = parent.leaves.start.min(start);
            }
        }
        let places = members.iter().enumerate().map(|(place, it)| (it.key, place)).collect();
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            list: list.to_owned(),
            members,
            leaves,
            places,
            names: OnceLock::new(),
            codes: OnceLock::new(),
        }
    }
}

/// The first member of each text that `texts` gives.
fn first_of_each(
    members: &[Member],
    texts: impl Fn(&Member) -> [Option<&String>; 2],
) -> HashMap<String, usize> {
    let mut first = HashMap::with_capacity(members.len());
    for (place, member) in members.iter().enumerate() {
        for text in texts(member).into_iter().flatten() {
            first.entry(text.to_lowercase()).or_insert(place);
        }
    }
    first
}

/// The number of a member: that of its id, or for a user one made from it.
pub(crate) fn key(id: &str) -> u64 {
    id.parse().unwrap_or_else(|_| hash(id))
}

/// Finds a subset by id or name, with its position in its list.
fn find_subset<'a>(model: &'a Model, name_or_id: &str) -> Option<(&'a List, usize)> {
    let find = |matches: &dyn Fn(&Subset) -> bool| {
        model.lists.iter().find_map(|list| Some((list, list.subsets.iter().position(matches)?)))
    };
    find(&|subset| subset.id == name_or_id).or_else(|| find(&|subset| subset.name == name_or_id))
}

/// The items of a list, those of the lists above, and their top-level items.
fn nodes<'a>(list: &'a List, model: &'a Model, inside: impl Fn(usize) -> bool) -> Vec<Node<'a>> {
    let mut chain = vec![list];
    while let Some(above) = chain.last().and_then(|last| model.find_list(last.parent.as_deref()?)) {
        if chain.len() >= MAX_LEVELS || chain.iter().any(|known| known.id == above.id) {
            break;
        }
        chain.push(above);
    }
    let mut nodes = Vec::new();
    for (level, list) in chain.iter().enumerate() {
        // What has no parent hangs from the nearest top-level item.
        let top = chain.iter().skip(level).find(|list| list.top_level.is_some());
        for (number, item) in list.items.iter().enumerate() {
            if level > 0 || inside(number) {
                nodes.push(Node {
                    id: &item.id,
                    label: item.label(),
                    name: &item.name,
                    code: item.code.as_deref(),
                    parent: item.parent.as_deref().or(top.map(|list| list.top_level_id.as_str())),
                    is_own: level == 0,
                });
            }
        }
        if let Some(name) = &list.top_level {
            let above = chain.iter().skip(level + 1).find(|list| list.top_level.is_some());
            nodes.push(Node {
                id: &list.top_level_id,
                label: name,
                name,
                code: None,
                parent: above.map(|list| list.top_level_id.as_str()),
                is_own: false,
            });
        }
    }
    nodes
}
