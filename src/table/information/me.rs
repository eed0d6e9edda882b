//! `information.me`

use super::{Asks, TableDefinition, at_once, users};

pub(super) static TABLE: TableDefinition = TableDefinition {
    name: "me",
    doc: "The signed-in user.",
    cost: "One request.",
    asks: Asks::Times(1),
    example: "SELECT email, first_name, last_name FROM information.me",
    columns: users::TABLE.columns,
    rows: |request| {
        at_once(async move {
            let me = request.client().me(request.observer()).await?;
            Ok(vec![users::row(me)])
        })
    },
};
