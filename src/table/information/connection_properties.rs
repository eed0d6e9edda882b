//! `information.connection_properties`

use super::{Asks, ColumnDefinition as Column, Row, TableDefinition, at_once};
use crate::config::Property;

pub(super) static TABLE: TableDefinition = TableDefinition {
    name: "connection_properties",
    doc: "Every key of the connection string, with what it is set to now. Secrets show as ***.",
    cost: "No request.",
    asks: Asks::Times(0),
    example: "SELECT name, value, source FROM information.connection_properties WHERE source <> \
              'default'",
    columns: &[
        Column::text("name", "The key."),
        Column::text("value", "What it is set to, if somebody set it."),
        Column::text("default_value", "What counts if nobody does."),
        Column::text("source", "code, connection string, environment, or default."),
        Column::text("allowed_values", "The values that it can have."),
        Column::boolean("secret", "Whether its value is never shown."),
        Column::text("description", "What it does."),
    ],
    rows: |request| {
        at_once(
            async move { Ok(request.scope.connection.settings.properties().map(row).collect()) },
        )
    },
};

fn row(property: Property) -> Row {
    vec![
        property.name.into(),
        property.value.into(),
        property.default.into(),
        property.source.to_string().into(),
        property.allowed.into(),
        property.secret.into(),
        property.description.into(),
    ]
}
