//! `information.users`

use futures::stream::{StreamExt, TryStreamExt};

use super::{Asks, Cell, ColumnDefinition as Column, Row, TableDefinition};
use crate::client::model::User;

pub(super) static TABLE: TableDefinition = TableDefinition {
    name: "users",
    doc: "The users of the tenant, without visitors from others; in a workspace's catalog too.",
    cost: "One request for each 5,000 users.",
    asks: Asks::Tenant(None),
    example: "SELECT email, active, last_login FROM information.users ORDER BY last_login DESC \
              LIMIT 3",
    columns: &[
        Column::text("id", "The user's id."),
        Column::text("email", "What the user signs in with."),
        Column::text("first_name", "The first name."),
        Column::text("last_name", "The last name."),
        Column::boolean("active", "Whether the user can sign in."),
        Column::boolean("email_opt_in", "Whether Anaplan may write to the user."),
        Column::text("customer_id", "The id of the tenant."),
        Column::moment("last_login", "The last time that the user signed in."),
    ],
    rows: |request| {
        let users = request.client().users(request.observer());
        users.map_ok(row).boxed()
    },
};

pub(super) fn row(user: User) -> Row {
    vec![
        user.id.as_str().into(),
        user.email.into(),
        user.first_name.into(),
        user.last_name.into(),
        user.active.into(),
        user.email_opt_in.into(),
        user.customer_id.into(),
        Cell::moment_of(user.last_login_date.as_deref()),
    ]
}
