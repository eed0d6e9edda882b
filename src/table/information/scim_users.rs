//! `information.scim_users`

use std::collections::BTreeSet;

use futures::stream::{self, StreamExt, TryStreamExt};

use super::{Asks, Cell, ColumnDefinition as Column, KeyFilters, Row, TableDefinition};
use crate::client::model::{ScimEntitlement, ScimUser};

/// The key columns and what SCIM calls them.
const ATTRIBUTES: &[(&str, &str)] =
    &[("id", "id"), ("user_name", "userName"), ("external_id", "externalId")];
/// More values than these make an address too long; they are then compared here.
const MANY: usize = 20;

pub(super) static TABLE: TableDefinition = TableDefinition {
    name: "scim_users",
    doc: "The users of the tenant and the workspaces that they may use, for those who administer \
          users (role User Administrator).",
    cost: "One request for each 100 users; filters on id, user_name and external_id travel to the \
           service, up to 20 values of each.",
    asks: Asks::Tenant(None),
    example: "SELECT user_name, active, workspace_names FROM information.scim_users \
              WHERE user_name = 'demo@anaplan-sql.example'",
    columns: &[
        Column::key("id", "The user's id."),
        Column::key("user_name", "What the user signs in with."),
        Column::key("external_id", "The id that the company's own directory gave."),
        Column::text("given_name", "The first name."),
        Column::text("family_name", "The last name."),
        Column::text("display_name", "The whole name."),
        Column::boolean("active", "Whether the user can sign in."),
        Column::text("workspace_ids", "The ids of the workspaces that the user may use."),
        Column::text("workspace_names", "Their names."),
        Column::moment("created", "When the user was made."),
        Column::moment("last_modified", "When the user was changed last."),
    ],
    rows: |request| match Selection::of(&request.filters) {
        Selection::Nobody => stream::empty().boxed(),
        Selection::All => request.client().scim_users(None, request.observer()).map_ok(row).boxed(),
        Selection::Some(filter) => {
            request.client().scim_users(Some(filter), request.observer()).map_ok(row).boxed()
        }
    },
};

/// Which users are asked for.
#[derive(Debug, PartialEq, Eq)]
enum Selection {
    All,
    Nobody,
    /// Those that a SCIM filter selects.
    Some(String),
}

impl Selection {
    fn of(filters: &KeyFilters) -> Self {
        let bound = ATTRIBUTES
            .iter()
            .filter_map(|(column, attribute)| Some((*attribute, filters.among(column)?)));
        let bound: Vec<(&str, &BTreeSet<String>)> = bound.collect();
        if bound.iter().any(|(_, values)| values.is_empty()) {
            return Self::Nobody;
        }
        let texts: Vec<String> = bound
            .into_iter()
            .filter(|(_, values)| values.len() <= MANY)
            .map(|(attribute, values)| any(attribute, values))
            .collect();
        if texts.is_empty() { Self::All } else { Self::Some(texts.join(" and ")) }
    }
}

/// A filter for any of these values. SCIM writes texts as JSON does.
fn any(attribute: &str, values: &BTreeSet<String>) -> String {
    let each = |value: &String| format!("{attribute} eq {}", serde_json::json!(value));
    let each: Vec<String> = values.iter().map(each).collect();
    match each.as_slice() {
        [one] => one.clone(),
        several => format!("({})", several.join(" or ")),
    }
}

fn row(user: ScimUser) -> Row {
    let workspaces: Vec<ScimEntitlement> = user
        .entitlements
        .into_iter()
        .filter(|entitlement| entitlement.r#type.as_deref() == Some("WORKSPACE"))
        .collect();
    let joined = |part: fn(&ScimEntitlement) -> Option<&str>| {
        let parts: Vec<&str> = workspaces.iter().filter_map(part).collect();
        Cell::filled(Some(&parts.join(", ")))
    };
    vec![
        user.id.as_str().into(),
        user.user_name.into(),
        Cell::filled(user.external_id.as_deref()),
        user.name.given_name.into(),
        user.name.family_name.into(),
        user.display_name.into(),
        user.active.into(),
        joined(|workspace| workspace.value.as_deref()),
        joined(|workspace| workspace.display.as_deref()),
        Cell::moment_of(user.meta.created.as_deref()),
        Cell::moment_of(user.meta.last_modified.as_deref()),
    ]
}

#[cfg(test)]
mod tests {
    use datafusion::prelude::{Expr, col, lit};

    use super::*;

    fn selection(filters: &[Expr]) -> Selection {
        Selection::of(&KeyFilters::new(TABLE.columns, filters))
    }

    #[test]
    fn filters_are_said_as_scim_does() {
        let some = |text: &str| Selection::Some(text.to_owned());
        let name = col("user_name").eq(lit(r#"a"b\c@x"#));
        assert_eq!(selection(&[name]), some(r#"userName eq "a\"b\\c@x""#));
        let ids = col("id").in_list(vec![lit("1"), lit("2")], false);
        let external = col("external_id").eq(lit("e"));
        assert_eq!(
            selection(&[ids.clone(), external]),
            some(r#"(id eq "1" or id eq "2") and externalId eq "e""#)
        );
        assert_eq!(selection(&[ids, col("id").eq(lit("3"))]), Selection::Nobody);
        let many = (0..=MANY).map(|i| lit(i.to_string())).collect();
        assert_eq!(selection(&[col("id").in_list(many, false)]), Selection::All);
        assert_eq!(selection(&[col("active").eq(lit(true))]), Selection::All);
    }
}
