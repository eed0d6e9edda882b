//! The value of a cell.

use std::sync::Arc;

use super::super::random::{Random, cents, mix};
use super::super::tenant::{Fill, Format, LineItem, Module, Place, Summary, Version, number_text};
use super::cache::ItemCache;
use super::formula::Formula;
use super::{Cube, Dimension, TIME, VERSIONS};

/// The longest chain of formulas: a circle gives blank cells.
const MAX_CHAIN: usize = 40;

/// A line item with its dimensions.
pub(crate) struct Cells<'c> {
    cube: &'c Cube<'c>,
    module: &'c Module,
    item: &'c LineItem,
    /// In the order of positions and keys.
    pub(crate) dimensions: Arc<[Arc<Dimension>]>,
    known: Arc<ItemCache>,
}

impl<'a> Cube<'a> {
    /// Gets ready to read a line item's cells.
    pub(crate) fn cells<'c>(&'c self, module: &'c Module, item: &'c LineItem) -> Cells<'c> {
        let known = self.cache.item(&item.id, || self.dimensions(module, item).into());
        Cells { cube: self, module, item, dimensions: Arc::clone(&known.dimensions), known }
    }

    pub(super) fn formula(&self, text: &str) -> Option<Arc<Formula>> {
        self.cache.formula(text)
    }
}

impl Cells<'_> {
    /// The cell as grids and files show it; `at` holds a position in each dimension.
    pub(crate) fn show(&self, at: &[usize]) -> String {
        self.cube.show(&self.item.format, &self.value(at))
    }

    /// The keys of a cell, by which it is written.
    pub(crate) fn key(&self, at: &[usize]) -> Vec<u64> {
        let members = self.dimensions.iter().zip(at);
        members
            .map(|(dimension, at)| dimension.members.get(*at).map_or(0, |member| member.key))
            .collect()
    }

    /// The cell's value as it is kept, see [`Format`].
    pub(crate) fn value(&self, at: &[usize]) -> String {
        if self.is_numeric() {
            return self.number(at, 0).map(number_text).unwrap_or_default();
        }
        self.kept(at, 0)
    }

    /// Tells whether the cell can be written: neither calculated, nor a total, nor before a switchover.
    pub(crate) fn is_writable(&self, at: &[usize]) -> bool {
        self.item.formula.is_none()
            && self.item.format != Format::None
            && self.is_own_leaf(at)
            && self.version(at).is_none_or(|version| version.formula.is_none())
            && self.before_switchover(at).is_none()
    }

    fn is_numeric(&self) -> bool {
        matches!(self.item.format, Format::Number(_))
    }

    fn is_leaf(&self, at: &[usize]) -> bool {
        self.dimensions
            .iter()
            .zip(at)
            .all(|(dimension, at)| dimension.members.get(*at).is_some_and(|member| member.is_leaf))
    }

    /// An item of a list above is none even if nothing hangs from it.
    fn is_own_leaf(&self, at: &[usize]) -> bool {
        self.dimensions.iter().zip(at).all(|(dimension, at)| {
            dimension.members.get(*at).is_some_and(|member| member.is_leaf && member.is_own)
        })
    }

    /// The number in a cell, from memory where it was worked out before.
    fn number(&self, at: &[usize], chain: usize) -> Option<f64> {
        let slot = self.known.slot(&self.cube.cache, at);
        if let Some(known) = slot.and_then(|slot| slot.known()) {
            return known;
        }
        let number = self.work_out(at, chain);
        if let Some(slot) = slot {
            slot.keep(number);
        }
        number
    }

    fn work_out(&self, at: &[usize], chain: usize) -> Option<f64> {
        if chain > MAX_CHAIN {
            return None;
        }
        if !self.is_leaf(at) {
            return self.total(at, chain);
        }
        if let Some(formula) = self.version(at).and_then(|version| version.formula.as_deref()) {
            return self.over_versions(formula, at, chain);
        }
        if let Some(actual) = self.before_switchover(at) {
            return self.number(&actual, chain + 1);
        }
        if self.item.formula.is_some() {
            return self.calculated(at, chain);
        }
        let number = match self.written(at) {
            Some(written) => written.parse(),
            None => self.filled(at).parse(),
        };
        number.ok().filter(|number: &f64| number.is_finite())
    }

    /// What a cell keeps that holds no number. Totals of such cells are blank.
    fn kept(&self, at: &[usize], chain: usize) -> String {
        if chain > MAX_CHAIN || !self.is_leaf(at) {
            return String::new();
        }
        if self.version(at).is_some_and(|version| version.formula.is_some()) {
            return String::new();
        }
        if let Some(actual) = self.before_switchover(at) {
            return self.kept(&actual, chain + 1);
        }
        let is_flag = self.item.format == Format::Boolean;
        if self.item.formula.is_some() {
            let number = self.calculated(at, chain);
            return number
                .filter(|_| is_flag)
                .map(|number| (number != 0.0).to_string())
                .unwrap_or_default();
        }
        let kept = match self.written(at) {
            Some(written) => written.clone(),
            None => {
                let filled = self.filled(at);
                match self.item.format {
                    // Those who fill cells know items and periods by name.
                    Format::List(_) | Format::Time(_) => {
                        self.cube.read(&self.item.format, &filled).unwrap_or_default()
                    }
                    _ => filled,
                }
            }
        };
        // A check box is never blank.
        if is_flag && kept.is_empty() { "false".to_owned() } else { kept }
    }

    fn written(&self, at: &[usize]) -> Option<&String> {
        // Most line items of a large module have none: millions of keys needn't be made then.
        if self.item.cells.is_empty() { None } else { self.item.cells.get(&self.key(at)) }
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

    /// Sums up what is below a total.
    fn total(&self, at: &[usize], chain: usize) -> Option<f64> {
        match self.item.summary {
            Summary::None => return None,
            Summary::Formula if self.item.formula.is_some() => return self.calculated(at, chain),
            _ => {}
        }
        let (place, leaves) =
            self.dimensions.iter().zip(at).enumerate().find_map(|(place, (dimension, at))| {
                let member = dimension.members.get(*at).filter(|member| !member.is_leaf)?;
                let all = dimension.leaves(member);
                let is_balance = self.item.summary == Summary::ClosingBalance;
                let shown = if is_balance && dimension.id == TIME {
                    all.get(all.len().saturating_sub(1)..).unwrap_or(all)
                } else {
                    all
                };
                Some((place, shown))
            })?;
        // One dimension at a time: the parts are totals of the others, and are remembered.
        let parts = leaves.iter().filter_map(|leaf| {
            let mut part = at.to_vec();
            *part.get_mut(place)? = *leaf;
            Some(part)
        });
        if self.item.summary == Summary::Average {
            let (sum, count) = parts.fold((0.0, 0.0), |(sum, count), part| {
                let (more, others) = self.sum_and_count(&part, chain);
                (sum + more, count + others)
            });
            return (count > 0.0).then_some(sum / count);
        }
        let combine = match self.item.summary {
            Summary::Min => f64::min,
            Summary::Max => f64::max,
            _ => |sum: f64, part: f64| sum + part,
        };
        parts.filter_map(|part| self.number(&part, chain)).reduce(combine)
    }

    /// The sum and the number of the leaves under a cell that hold one.
    fn sum_and_count(&self, at: &[usize], chain: usize) -> (f64, f64) {
        let total =
            self.dimensions.iter().zip(at).enumerate().find_map(|(place, (dimension, at))| {
                let member = dimension.members.get(*at)?;
                (!member.is_leaf).then(|| (place, dimension.leaves(member)))
            });
        let Some((place, leaves)) = total else {
            return self.number(at, chain).map_or((0.0, 0.0), |number| (number, 1.0));
        };
        let mut part = at.to_vec();
        leaves.iter().fold((0.0, 0.0), |(sum, count), leaf| {
            if let Some(place) = part.get_mut(place) {
                *place = *leaf;
            }
            let (more, others) = self.sum_and_count(&part, chain);
            (sum + more, count + others)
        })
    }

    fn calculated(&self, at: &[usize], chain: usize) -> Option<f64> {
        let formula = self.cube.formula(self.item.formula.as_deref()?)?;
        Some(formula.evaluate(&|module, name| self.other(module, name, at, chain)))
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
        let own: Vec<u64> = self.key(at);
        let place: Option<Vec<usize>> = other
            .dimensions
            .iter()
            // Keys are unique in a model: a member is found in the list, and in any subset of it.
            .map(|wanted| own.iter().find_map(|key| wanted.place(*key)).or_else(|| wanted.whole()))
            .collect();
        let Some(place) = place else { return 0.0 };
        if other.is_numeric() {
            return other.number(&place, chain + 1).unwrap_or(0.0);
        }
        if other.kept(&place, chain + 1) == "true" { 1.0 } else { 0.0 }
    }

    /// Works out a calculated version from others.
    fn over_versions(&self, formula: &str, at: &[usize], chain: usize) -> Option<f64> {
        let formula = self.cube.formula(formula)?;
        Some(formula.evaluate(&|_, name| {
            let place = self.at_version(at, |version| version.name == name);
            place.and_then(|place| self.number(&place, chain + 1)).unwrap_or(0.0)
        }))
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
