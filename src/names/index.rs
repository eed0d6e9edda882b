//! The rule by which a name finds its object.

use std::collections::{HashMap, HashSet};

/// Names of objects of one kind, in one place.
///
/// - Objects that share a name are all listed as `<name> (<id>)`, as is one whose name is taken
///   by this program (`information`).
/// - A text means the object that is listed so; else the one with that id; else the only one that
///   is called so in other cases (upper, lower).
#[derive(Debug, Default)]
pub struct NameIndex {
    listed: Vec<String>,
    exact: HashMap<String, usize>,
    ids: HashMap<String, usize>,
    /// Names that several objects share.
    shared: HashMap<String, Vec<usize>>,
    folded: HashMap<String, Vec<usize>>,
}

/// What a text means.
#[derive(Debug, PartialEq, Eq)]
pub enum Lookup {
    /// This object.
    Found(usize),
    /// One of these, nobody knows which.
    Ambiguous(Vec<usize>),
    /// None.
    Missing,
}

impl NameIndex {
    /// Indexes objects by id and name; `reserved` names are left to others.
    pub fn new<'a>(
        objects: impl Iterator<Item = (&'a str, &'a str)> + Clone,
        reserved: &[&str],
    ) -> Self {
        Self::keeping(objects, |name| reserved.iter().any(|word| word.eq_ignore_ascii_case(name)))
    }

    /// The same, with names left to others by any rule.
    pub(super) fn keeping<'a>(
        objects: impl Iterator<Item = (&'a str, &'a str)> + Clone,
        is_reserved: impl Fn(&str) -> bool,
    ) -> Self {
        let mut seen = HashSet::new();
        let repeated: HashSet<&str> =
            objects.clone().map(|(_, name)| name).filter(|name| !seen.insert(*name)).collect();
        let mut index = Self::default();
        for (i, (id, name)) in objects.enumerate() {
            let listed = if is_reserved(name) || repeated.contains(name) {
                index.shared.entry(name.to_owned()).or_default().push(i);
                format!("{name} ({id})")
            } else {
                name.to_owned()
            };
            index.exact.entry(listed.clone()).or_insert(i);
            index.ids.entry(id.to_owned()).or_insert(i);
            index.folded.entry(listed.to_lowercase()).or_default().push(i);
            // In other cases a shared name may mean each that has it.
            if repeated.contains(name) {
                index.folded.entry(name.to_lowercase()).or_default().push(i);
            }
            index.listed.push(listed);
        }
        index
    }

    /// The names, in the order of the objects.
    pub fn listed(&self) -> &[String] {
        &self.listed
    }

    /// What a text means.
    pub fn find(&self, text: &str) -> Lookup {
        if let Some(&i) = self.exact.get(text).or_else(|| self.ids.get(text)) {
            return Lookup::Found(i);
        }
        if let Some(all) = self.shared.get(text) {
            return Lookup::Ambiguous(all.clone());
        }
        match self.folded.get(&text.to_lowercase()).map(Vec::as_slice) {
            Some([i]) => Lookup::Found(*i),
            Some(all) => Lookup::Ambiguous(all.to_vec()),
            None => Lookup::Missing,
        }
    }

    /// The object with this id, whatever others are named.
    pub(super) fn find_id(&self, id: &str) -> Option<usize> {
        self.ids.get(id).copied()
    }

    /// The names that a text was most likely meant for, best first: those that are spelt much like
    /// it, else all if they are few.
    pub fn near(&self, text: &str) -> Vec<&str> {
        near(text, self.listed.iter().map(String::as_str))
    }
}

/// The candidates that a text was most likely meant for: those that are spelt much like it, else
/// all if they are few.
pub(crate) fn near<'a>(
    text: &str,
    candidates: impl Iterator<Item = &'a str> + Clone,
) -> Vec<&'a str> {
    const FEW: usize = 12;
    let alike = alike(text, candidates.clone());
    if alike.is_empty() && candidates.clone().count() <= FEW {
        return candidates.collect();
    }
    alike
}

/// The candidates that are spelt much like a text, best first.
pub(crate) fn alike<'a>(text: &str, candidates: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    const LIKE: f64 = 0.75;
    const MOST: usize = 5;
    let wanted = text.to_lowercase();
    let mut scored: Vec<(f64, &str)> = candidates
        .map(|name| {
            let folded = name.to_lowercase();
            let contained = !wanted.is_empty() && folded.contains(&wanted);
            let score = strsim::jaro_winkler(&wanted, &folded);
            (if contained { score.max(0.9) } else { score }, name)
        })
        .filter(|(score, _)| *score >= LIKE)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    scored.into_iter().take(MOST).map(|(_, name)| name).collect()
}

/// Names for a message, as SQL writes them: `"a", "b ""c"""`.
pub fn quoted<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> =
        names.into_iter().map(|name| format!("\"{}\"", name.replace('"', "\"\""))).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(objects: &[(&str, &str)]) -> NameIndex {
        NameIndex::new(objects.iter().copied(), &["information"])
    }

    #[test]
    fn shared_and_reserved_names_carry_their_id() {
        let index = index(&[("1", "Plan"), ("2", "Plan"), ("3", "plan"), ("4", "Information")]);
        assert_eq!(index.listed(), ["Plan (1)", "Plan (2)", "plan", "Information (4)"]);
        assert_eq!(index.find("Plan"), Lookup::Ambiguous(vec![0, 1]));
        assert_eq!(index.find("Plan (2)"), Lookup::Found(1));
        assert_eq!(index.find("plan (2)"), Lookup::Found(1));
        assert_eq!(index.find("PLAN"), Lookup::Ambiguous(vec![0, 1, 2]));
        assert_eq!(index.find("Information"), Lookup::Ambiguous(vec![3]));
    }

    #[test]
    fn exact_names_come_before_ids_before_other_cases() {
        let index = index(&[("1", "Sales"), ("2", "SALES"), ("3", "1"), ("ab", "x"), ("5", "AB")]);
        assert_eq!(index.find("Sales"), Lookup::Found(0));
        assert_eq!(index.find("sales"), Lookup::Ambiguous(vec![0, 1]));
        assert_eq!(index.find("1"), Lookup::Found(2));
        assert_eq!(index.find("ab"), Lookup::Found(3));
        assert_eq!(index.find("X"), Lookup::Found(3));
        assert_eq!(index.find("Größe"), Lookup::Missing);
    }

    #[test]
    fn near_names_are_the_ones_that_look_alike() {
        let many: Vec<String> = (0..40).map(|i| format!("Export number {i:02}")).collect();
        let objects: Vec<(&str, &str)> = many
            .iter()
            .map(|name| (name.as_str(), name.as_str()))
            .chain([("r", "Revenue by Region"), ("c", "Revenue by Customer")])
            .collect();
        let index = index(&objects);
        assert_eq!(index.near("revenue by regoin")[0], "Revenue by Region");
        assert_eq!(index.near("Revenue")[..2], ["Revenue by Region", "Revenue by Customer"]);
        assert!(index.near("zzz").is_empty());
    }
}
