//! What names may mean at a place in a statement.

use datafusion::sql::sqlparser::ast::{Ident, TableAlias};

/// A table, a subquery or the like that a `FROM` brings in.
#[derive(Debug, Clone, Default)]
pub(super) struct Relation {
    /// Its alias, or the parts of its name.
    pub(super) path: Vec<String>,
    /// None where nobody knows.
    pub(super) columns: Option<Vec<String>>,
}

/// What one `SELECT` sees, beside what those around it see.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    pub(super) relations: Vec<Relation>,
    /// Names that the `SELECT` itself gives, which its other clauses may use.
    pub(super) aliases: Vec<String>,
}

/// What became of looking a name up.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Spelling {
    /// It is spelt so.
    Exact,
    /// It is the one that is spelt so.
    Other(String),
    /// None is, or several are.
    Unknown,
}

/// Looks a name up: exactly, else in other cases if all that fit are spelt alike.
pub(super) fn spelling<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Spelling {
    let folded = name.to_lowercase();
    let mut found = None;
    let mut several = false;
    for other in known {
        if other == name {
            return Spelling::Exact;
        }
        if other.to_lowercase() == folded {
            several |= found.is_some_and(|found| found != other);
            found = Some(other);
        }
    }
    match found {
        Some(found) if !several => Spelling::Other(found.to_owned()),
        _ => Spelling::Unknown,
    }
}

impl Relation {
    /// The relation under its alias, if it has one.
    pub(super) fn named(mut self, alias: Option<&TableAlias>) -> Self {
        let Some(alias) = alias else { return self };
        self.path = vec![alias.name.value.clone()];
        if let Some(columns) = &mut self.columns {
            for (column, renamed) in columns.iter_mut().zip(&alias.columns) {
                column.clone_from(&renamed.name.value);
            }
        }
        self
    }

    pub(super) fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().flatten().map(String::as_str)
    }

    /// How `qualifier` would have to be spelt to mean this relation.
    fn spelling(&self, qualifier: &[&str]) -> Spelling {
        let Some(last) = self.path.last() else { return Spelling::Unknown };
        // What is written `Lists.Products` is one name.
        let joined = (1..=qualifier.len()).find_map(|length| {
            let (front, name) = qualifier.split_at(qualifier.len() - length);
            let name = name.join(".");
            (name.to_lowercase() == last.to_lowercase()).then_some((front, length == 1, name))
        });
        let Some((front, is_one, name)) = joined else { return Spelling::Unknown };
        let own = &self.path[..self.path.len() - 1];
        let Some(skipped) = own.len().checked_sub(front.len()) else { return Spelling::Unknown };
        let mut pairs = front.iter().zip(&own[skipped..]);
        if is_one && name == *last && pairs.clone().all(|(one, other)| one == other) {
            return Spelling::Exact;
        }
        if pairs.all(|(one, other)| one.to_lowercase() == other.to_lowercase()) {
            return Spelling::Other(name);
        }
        Spelling::Unknown
    }
}

/// The relation that a qualifier means, seen from the innermost of these scopes.
pub(super) fn relation<'a>(
    qualifier: &[&str],
    scopes: &'a [Scope],
) -> Option<(&'a Relation, bool)> {
    let relations = || scopes.iter().rev().map(|scope| scope.relations.iter());
    let exact = relations().flatten().find(|it| it.spelling(qualifier) == Spelling::Exact);
    if let Some(exact) = exact {
        return Some((exact, true));
    }
    for relations in relations() {
        let mut alike = relations.filter(|it| matches!(it.spelling(qualifier), Spelling::Other(_)));
        match (alike.next(), alike.next()) {
            (Some(found), None) => return Some((found, false)),
            (Some(_), Some(_)) => return None,
            (None, _) => {}
        }
    }
    None
}

/// How a name without a qualifier is spelt, seen from the innermost of these scopes.
pub(super) fn unqualified(name: &str, scopes: &[Scope]) -> Spelling {
    let columns = |scope: &'_ Scope| -> Vec<String> {
        scope.relations.iter().flat_map(Relation::columns).map(str::to_owned).collect()
    };
    for scope in scopes {
        let opaque = scope.relations.iter().any(|relation| relation.columns.is_none());
        let known = scope.aliases.iter().map(String::as_str);
        // A table whose columns nobody knows may have just this one.
        if opaque
            || known.chain(scope.relations.iter().flat_map(Relation::columns)).any(|it| it == name)
        {
            return Spelling::Exact;
        }
    }
    for scope in scopes.iter().rev() {
        let columns = columns(scope);
        let found = spelling(name, columns.iter().map(String::as_str));
        if found != Spelling::Unknown {
            return found;
        }
        if columns.iter().any(|column| column.to_lowercase() == name.to_lowercase()) {
            return Spelling::Unknown;
        }
        let found = spelling(name, scope.aliases.iter().map(String::as_str));
        if found != Spelling::Unknown {
            return found;
        }
    }
    Spelling::Unknown
}

/// Gives an identifier another text, in quotes, so that it stays the whole name.
pub(super) fn respell(ident: &mut Ident, text: String) {
    ident.value = text;
    ident.quote_style = Some('"');
}
