//! What a `FROM` brings in.

use datafusion::common::TableReference;
use datafusion::sql::planner::object_name_to_table_reference;
use datafusion::sql::sqlparser::ast::{
    JoinConstraint, JoinOperator, ObjectName, ObjectNamePart, TableFactor, TableWithJoins, VisitMut,
};

use super::scope::{Relation, Scope, Spelling, respell, spelling};
use super::walk::{Walk, column, columns};

impl Walk<'_> {
    /// Walks through the tables of a `FROM`, one after the other: a lateral one sees those before.
    pub(super) fn from(&mut self, from: &mut [TableWithJoins]) {
        for table in from {
            self.factor(&mut table.relation);
            for join in &mut table.joins {
                let before = self.relations().len();
                self.factor(&mut join.relation);
                self.using(&mut join.join_operator, before);
                let _ = join.join_operator.visit(self);
            }
        }
    }

    pub(super) fn relations(&mut self) -> &mut Vec<Relation> {
        if self.scopes.is_empty() {
            self.scopes.push(Scope::default());
        }
        let last = self.scopes.len() - 1;
        &mut self.scopes[last].relations
    }

    fn factor(&mut self, factor: &mut TableFactor) {
        match factor {
            TableFactor::Table { name, alias, args: None, .. } => {
                let found = self.table(name).named(alias.as_ref());
                self.relations().push(found);
            }
            TableFactor::Derived { lateral, subquery, alias, .. } => {
                let own = if *lateral { None } else { self.scopes.pop() };
                let _ = subquery.visit(self);
                self.scopes.extend(own);
                let columns = self.output.take();
                let found = Relation { path: Vec::new(), columns }.named(alias.as_ref());
                self.relations().push(found);
            }
            TableFactor::NestedJoin { table_with_joins, alias } => {
                let before = self.relations().len();
                self.from(std::slice::from_mut(table_with_joins));
                if let Some(alias) = alias {
                    let inner = self.relations().split_off(before);
                    let columns = columns(&inner);
                    let found = Relation { path: Vec::new(), columns }.named(Some(alias));
                    self.relations().push(found);
                }
            }
            other => {
                let alias = match other {
                    TableFactor::Table { alias, .. }
                    | TableFactor::TableFunction { alias, .. }
                    | TableFactor::Function { alias, .. }
                    | TableFactor::UNNEST { alias, .. } => alias.clone(),
                    _ => None,
                };
                let columns = match other {
                    TableFactor::Table { name, args: Some(args), .. } => {
                        let given: Vec<String> =
                            args.args.iter().map(ToString::to_string).collect();
                        let call = format!("{name}({})", given.join(", "));
                        self.tables.get(&TableReference::bare(call)).cloned()
                    }
                    _ => None,
                };
                // What it is made of may name columns of those before it.
                let _ = other.visit(self);
                let found = Relation { path: Vec::new(), columns }.named(alias.as_ref());
                self.relations().push(found);
            }
        }
    }

    /// The relation that the name of a table means.
    pub(super) fn table(&self, name: &mut ObjectName) -> Relation {
        if let [ObjectNamePart::Identifier(ident)] = name.0.as_mut_slice() {
            let known = self.ctes.iter().rev().find(|cte| cte.path[0] == ident.value);
            if let Some(cte) = known {
                return cte.clone();
            }
            let bare = TableReference::bare(ident.value.as_str());
            if !self.tables.contains_key(&bare) {
                let names = self.ctes.iter().map(|cte| cte.path[0].as_str());
                if let Spelling::Other(text) = spelling(&ident.value, names) {
                    respell(ident, text);
                    let found = self.ctes.iter().rev().find(|cte| cte.path[0] == ident.value);
                    return found.cloned().unwrap_or_default();
                }
            }
        }
        let reference = object_name_to_table_reference(name.clone(), false).ok();
        let columns = reference.and_then(|it| self.tables.get(&it).cloned());
        let path = name.0.iter().filter_map(|part| Some(part.as_ident()?.value.clone()));
        Relation { path: path.collect(), columns }
    }

    /// The columns of a `USING` must be there on both sides.
    fn using(&mut self, operator: &mut JoinOperator, before: usize) {
        let Some(JoinConstraint::Using(names)) = constraint(operator) else { return };
        let all = self.relations();
        let (left, right) = all.split_at(before.min(all.len()));
        let side = |side: &[Relation]| -> Vec<String> {
            side.iter().flat_map(Relation::columns).map(str::to_owned).collect()
        };
        let (left, right) = (side(left), side(right));
        let both: Vec<&str> =
            left.iter().filter(|name| right.contains(name)).map(String::as_str).collect();
        names.iter_mut().for_each(|name| column(name, &both));
    }
}

/// What a join is made on, where it can be `USING`.
fn constraint(operator: &mut JoinOperator) -> Option<&mut JoinConstraint> {
    match operator {
        JoinOperator::Join(it)
        | JoinOperator::Inner(it)
        | JoinOperator::Left(it)
        | JoinOperator::LeftOuter(it)
        | JoinOperator::Right(it)
        | JoinOperator::RightOuter(it)
        | JoinOperator::FullOuter(it)
        | JoinOperator::Semi(it)
        | JoinOperator::LeftSemi(it)
        | JoinOperator::RightSemi(it)
        | JoinOperator::Anti(it)
        | JoinOperator::LeftAnti(it)
        | JoinOperator::RightAnti(it) => Some(it),
        _ => None,
    }
}
