//! Items of lists that are made from a seed.

use super::super::super::random::Random;
use super::super::super::tenant::{Format, Item, Items, List, TextKind};
use super::super::fields::Fields;
use super::list::numbered;
use super::{Build, Home};

/// How the items of a list are made. Each is made from its number alone.
struct Rule {
    seed: u64,
    /// The id of the first one, and the number that ids count from.
    first: u64,
    base: u64,
    is_numbered: bool,
    name: String,
    code: Option<String>,
    parents: Choice,
    properties: Vec<Value>,
    subsets: usize,
}

/// What the value of a property is.
enum Value {
    Number,
    Flag,
    Day,
    Address,
    Link,
    Note,
    /// An id.
    One(Choice),
    Blank,
}

/// Ids to choose from.
enum Choice {
    These(Vec<String>),
    /// So many, from this number on.
    Run(u64, u64),
}

impl Build<'_> {
    /// Makes the items that `generate` asks for. Other items and lists must have their ids.
    pub(super) fn make_items(&mut self, fields: Fields<'_>, home: Home, place: usize) {
        let Some(generate) = fields.inner("generate") else { return };
        for key in ["name", "code"] {
            if generate.text(key).is_some_and(|pattern| !pattern.contains('#')) {
                self.problems.add(generate.place(key), format!("`{key}` must hold `#`"));
            }
        }
        let Some(rule) = self.rule(generate, home, place) else { return };
        let count: u64 = generate.whole("count").unwrap_or(0);
        let Some(list) = self.model_mut(home).and_then(|model| model.lists.get_mut(place)) else {
            return;
        };
        list.next_index = rule.first.saturating_sub(rule.base).saturating_add(count);
        if list.items.is_empty() {
            let count = usize::try_from(count).unwrap_or(usize::MAX);
            list.items = Items::made(count, move |number| rule.item(number as u64));
        } else {
            list.items.extend((0..count).map(|number| rule.item(number)));
        }
    }

    fn rule(&self, generate: Fields<'_>, home: Home, place: usize) -> Option<Rule> {
        let model = self.model(home)?;
        let list = model.lists.get(place)?;
        let base: u64 = list.top_level_id.parse().unwrap_or(0);
        let above = list.parent.as_deref().and_then(|name| model.find_list(name));
        let values = list.properties.iter().map(|property| match &property.format {
            Format::Number(_) => Value::Number,
            Format::Boolean => Value::Flag,
            Format::Date => Value::Day,
            Format::Text(TextKind::Email) => Value::Address,
            Format::Text(TextKind::Link) => Value::Link,
            Format::Text(TextKind::General) => Value::Note,
            Format::List(name) if name == "Users" => Value::One(Choice::These(
                self.tenant.users.iter().map(|it| it.id.clone()).collect(),
            )),
            Format::List(name) => Value::One(Choice::of(model.find_list(name))),
            Format::Time(scale) => {
                let mut periods = model.calendar.periods();
                periods.retain(|period| period.scale == *scale);
                Value::One(Choice::These(periods.into_iter().map(|it| it.id).collect()))
            }
            Format::None => Value::Blank,
        });
        let own = |key: &str| generate.text(key).map(str::to_owned);
        Some(Rule {
            seed: generate.whole("seed").unwrap_or(1),
            first: base.saturating_add(list.next_index.max(1)),
            base,
            is_numbered: list.numbered,
            name: own("name").unwrap_or_else(|| format!("{} ####", list.name)),
            code: own("code"),
            parents: Choice::of(above),
            properties: values.collect(),
            subsets: list.subsets.len(),
        })
    }
}

impl Rule {
    fn item(&self, number: u64) -> Item {
        let mut random = Random::at(self.seed, number);
        let id = self.first.saturating_add(number);
        let name = numbered(&self.name, number.saturating_add(1));
        let (name, display) = if self.is_numbered {
            (format!("#{}", id.saturating_sub(self.base)), Some(name))
        } else {
            (name, None)
        };
        Item {
            id: id.to_string(),
            name,
            display,
            code: self.code.as_deref().map(|code| numbered(code, number.saturating_add(1))),
            parent: self.parents.pick(&mut random),
            properties: self.properties.iter().map(|it| it.make(&mut random)).collect(),
            subsets: (0..self.subsets).map(|_| random.chance(30)).collect(),
            ..Item::default()
        }
    }
}

impl Value {
    /// Makes a value as it is kept.
    fn make(&self, random: &mut Random) -> String {
        match self {
            Self::Number => random.between(0, 1000).to_string(),
            Self::Flag => random.chance(50).to_string(),
            Self::Day => super::column::some_day(random).to_string(),
            Self::Address => format!("user{}@example.com", random.below(1000)),
            Self::Link => format!("https://example.com/{}", random.below(1000)),
            Self::Note => format!("Note {}", random.below(1000)),
            Self::One(choice) => choice.pick(random).unwrap_or_default(),
            Self::Blank => String::new(),
        }
    }
}

impl Choice {
    /// The items that a list has so far.
    fn of(list: Option<&List>) -> Self {
        let Some(list) = list else { return Self::These(Vec::new()) };
        if list.items.are_made() {
            let first = list.items.at(0).and_then(|item| item.id.parse().ok());
            return first.map_or(Self::These(Vec::new()), |first| {
                Self::Run(first, list.items.len() as u64)
            });
        }
        Self::These(list.items.iter().map(|item| item.id.clone()).collect())
    }

    fn pick(&self, random: &mut Random) -> Option<String> {
        match self {
            Self::These(ids) => random.pick(ids).cloned(),
            Self::Run(first, count) => Some((first + random.below(*count)).to_string()),
        }
    }
}
