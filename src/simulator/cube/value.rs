//! The value of a cell.

use std::sync::Arc;

use super::super::random::{Random, cents, mix};
use super::super::tenant::{Fill, Format, LineItem, Module, Place, Summary, Version, number_text};
use super::formula::Formula;
use super::{Cube, Dimension, TIME, VERSIONS};

/// The longest chain of formulas: a circle gives blank cells.
const MAX_CHAIN: usize = 40;

/// A line item with its dimensions.
pub(crate) struct Cells<'c> {
    cube: &'c Cube<'c>,
    module: &'c Module,
    item: &'c LineItem,
    pub(crate) dimensions: Vec<Arc<Dimension>>,
}

impl<'a> Cube<'a> {
    /// Gets ready to read a line item's cells.
    pub(crate) fn cells<'c>(&'c self, module: &'c Module, item: &'c LineItem) -> Cells<'c> {
        Cells { cube: self, module, item, dimensions: self.dimensions(module, item) }
    }

    fn formula(&self, id: &str, text: &str) -> Option<Arc<Formula>> {
        if let Some(known) = self.formulas.borrow().get(id) {
            return known.clone();
        }
        let made = Formula::parse(text).map(Arc::new);
        self.formulas.borrow_mut().insert(id.to_owned(), made.clone());
        made
    }
}

impl Cells<'_> {
    /// The cell as grids and files show it; `at` holds a position in each dimension.
    pub(crate) fn show(&self, at: &[usize]) -> String {
        self.cube.show(&self.item.format, &self.kept(at, 0))
    }

    /// The keys of a cell, by which it is written.
    pub(crate) fn key(&self, at: &[usize]) -> Vec<u64> {
        let members = self.dimensions.iter().zip(at);
        members
            .map(|(dimension, at)| dimension.members.get(*at).map_or(0, |member| member.key))
            .collect()
    }

    /// Tells whether the cell can be written: neither calculated, nor a total, nor before a switchover.
    pub(crate) fn is_writable(&self, at: &[usize]) -> bool {
        self.item.formula.is_none()
            && self.item.format != Format::None
            && self.is_leaf(at)
            && self.version(at).is_none_or(|version| version.formula.is_none())
            && self.before_switchover(at).is_none()
    }

    fn is_leaf(&self, at: &[usize]) -> bool {
        self.dimensions
            .iter()
            .zip(at)
            .all(|(dimension, at)| dimension.members.get(*at).is_some_and(|member| member.is_leaf))
    }

    fn kept(&self, at: &[usize], chain: usize) -> String {
        if chain > MAX_CHAIN {
            return String::new();
        }
        if !self.is_leaf(at) {
            return self.total(at, chain);
        }
        if let Some(formula) = self.version(at).and_then(|version| version.formula.as_deref()) {
            return self.over_versions(formula, at, chain);
        }
        if let Some(actual) = self.before_switchover(at) {
            return self.kept(&actual, chain + 1);
        }
        if self.item.formula.is_some() {
            return self.calculated(at, chain);
        }
        if let Some(written) = self.item.cells.get(&self.key(at)) {
            return written.clone();
        }
        let filled = self.filled(at);
        match self.item.format {
            // Those who fill cells know items and periods by name.
            Format::List(_) | Format::Time(_) => {
                self.cube.read(&self.item.format, &filled).unwrap_or_default()
            }
            _ => filled,
        }
    }

    fn filled(&self, at: &[usize]) -> String {
        match &self.item.fill {
            Fill::Blank => String::new(),
            Fill::Value(value) => value.clone(),
            Fill::Random { seed, low, high, blank_percent } => {
                let key = self.key(at).iter().fold(*seed, |sum, key| mix(sum ^ mix(*key)));
                let mut random = Random::at(*seed, key);
                if random.below(100) < *blank_percent {
                    return String::new();
                }
                cents(random.between(*low, (*high).max(*low)))
            }
            Fill::Function(function) => {
                let places: Vec<Place<'_>> = self
                    .dimensions
                    .iter()
                    .zip(at)
                    .filter_map(|(dimension, at)| {
                        let member = dimension.members.get(*at)?;
                        Some(Place { key: member.key, position: *at, label: &member.label })
                    })
                    .collect();
                function(&places)
            }
        }
    }

    /// Sums up the leaves below a cell.
    fn total(&self, at: &[usize], chain: usize) -> String {
        match self.item.summary {
            Summary::None => return String::new(),
            Summary::Formula if self.item.formula.is_some() => return self.calculated(at, chain),
            _ => {}
        }
        if !matches!(self.item.format, Format::Number(_)) {
            return String::new();
        }
        let mut leaves: Vec<&[usize]> = Vec::with_capacity(at.len());
        for (dimension, at) in self.dimensions.iter().zip(at) {
            let Some(member) = dimension.members.get(*at) else { return String::new() };
            let all = member.leaves.as_slice();
            let is_last = self.item.summary == Summary::ClosingBalance && dimension.id == TIME;
            leaves.push(if is_last {
                all.get(all.len().saturating_sub(1)..).unwrap_or(all)
            } else {
                all
            });
        }
        let mut numbers = Vec::new();
        let mut turn = vec![0_usize; leaves.len()];
        loop {
            let place: Vec<usize> = leaves
                .iter()
                .zip(&turn)
                .filter_map(|(leaves, turn)| leaves.get(*turn).copied())
                .collect();
            if place.len() == leaves.len()
                && let Ok(number) = self.kept(&place, chain + 1).parse::<f64>()
            {
                numbers.push(number);
            }
            // Counts up like the wheels of an odometer, the last dimension fastest.
            let wheel = turn.iter_mut().zip(&leaves).rev().find_map(|(turn, leaves)| {
                *turn += 1;
                if *turn < leaves.len() {
                    return Some(());
                }
                *turn = 0;
                None
            });
            if wheel.is_none() {
                break;
            }
        }
        if numbers.is_empty() {
            return String::new();
        }
        let sum: f64 = numbers.iter().sum();
        number_text(match self.item.summary {
            Summary::Average => sum / numbers.len() as f64,
            Summary::Min => numbers.iter().copied().fold(f64::INFINITY, f64::min),
            Summary::Max => numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            Summary::None | Summary::Sum | Summary::Formula | Summary::ClosingBalance => sum,
        })
    }

    fn calculated(&self, at: &[usize], chain: usize) -> String {
        let text = self.item.formula.as_deref().unwrap_or_default();
        let Some(formula) = self.cube.formula(&self.item.id, text) else { return String::new() };
        let number = formula.evaluate(&|module, name| self.other(module, name, at, chain));
        if matches!(self.item.format, Format::Boolean) {
            return (number != 0.0).to_string();
        }
        number_text(number)
    }

    /// The number of another line item at the same members; blank counts as zero.
    fn other(&self, module: Option<&str>, name: &str, at: &[usize], chain: usize) -> f64 {
        let module = match module {
            None => Some(self.module),
            Some(name) => self.cube.model.find_module(name),
        };
        let Some((module, item)) =
            module.and_then(|module| Some((module, module.find_line_item(name)?)))
        else {
            return 0.0;
        };
        let other = self.cube.cells(module, item);
        let place: Option<Vec<usize>> = other
            .dimensions
            .iter()
            .map(|wanted| {
                let own = self.dimensions.iter().zip(at).find_map(|(own, at)| {
                    let key = own.members.get(*at)?.key;
                    // A subset's members are those of its list.
                    (own.id == wanted.id)
                        .then(|| wanted.place(key))
                        .flatten()
                        .or_else(|| wanted.place(key))
                });
                own.or_else(|| wanted.whole())
            })
            .collect();
        place.and_then(|place| other.kept(&place, chain + 1).parse().ok()).unwrap_or(0.0)
    }

    /// Works out a calculated version from others.
    fn over_versions(&self, formula: &str, at: &[usize], chain: usize) -> String {
        if !matches!(self.item.format, Format::Number(_)) {
            return String::new();
        }
        let Some(formula) = Formula::parse(formula) else { return String::new() };
        let number = formula.evaluate(&|_, name| {
            let place = self.at_version(at, |version| version.name == name);
            place.and_then(|place| self.kept(&place, chain + 1).parse().ok()).unwrap_or(0.0)
        });
        number_text(number)
    }

    fn version(&self, at: &[usize]) -> Option<&Version> {
        let place = self.dimensions.iter().position(|dimension| dimension.id == VERSIONS)?;
        self.cube.model.versions.get(*at.get(place)?)
    }

    /// The same cell in another version.
    fn at_version(&self, at: &[usize], is: impl Fn(&Version) -> bool) -> Option<Vec<usize>> {
        let place = self.dimensions.iter().position(|dimension| dimension.id == VERSIONS)?;
        let version = self.cube.model.versions.iter().position(is)?;
        let mut at = at.to_vec();
        *at.get_mut(place)? = version;
        Some(at)
    }

    /// The cell of the actual version that is shown in place of one before its version's switchover.
    fn before_switchover(&self, at: &[usize]) -> Option<Vec<usize>> {
        let switchover = self.version(at).filter(|it| !it.is_actual)?.switchover?;
        let place = self.dimensions.iter().position(|dimension| dimension.id == TIME)?;
        let id = &self.dimensions.get(place)?.members.get(*at.get(place)?)?.id;
        let period = self.cube.periods.iter().find(|period| period.id == *id)?;
        if !self.item.use_switchover || period.last >= switchover {
            return None;
        }
        self.at_version(at, |version| version.is_actual)
    }
}
