//! `information.workspaces`

use super::{Asks, ColumnDefinition as Column, Row, TableDefinition, at_once};
use crate::client::model::Workspace;

pub(super) static TABLE: TableDefinition = TableDefinition {
    name: "workspaces",
    doc: "The workspaces that the signed-in user sees; each is a catalog.",
    cost: "One request for each 5,000 workspaces.",
    asks: Asks::Tenant(Some(|names| names.workspaces().len())),
    example: "SELECT name, current_size / size_allowance AS part FROM information.workspaces \
              ORDER BY part DESC",
    columns: &[
        Column::text("id", "The workspace's id."),
        Column::text("name", "Its name; not always unique."),
        Column::boolean("active", "Whether it is in use."),
        Column::integer("size_allowance", "Bytes granted, if the service tells."),
        Column::integer("current_size", "Bytes used, if the service tells."),
    ],
    rows: |request| {
        at_once(async move {
            let scope = request.scope;
            let all = scope.connection.client.workspaces(scope.observer.clone()).await?;
            let only = scope.directory.only_workspace().await?;
            let covered = |workspace: &&Workspace| {
                scope.covers(&workspace.id) && only.as_ref().is_none_or(|id| *id == workspace.id)
            };
            Ok(all.iter().filter(covered).map(row).collect())
        })
    },
};

fn row(workspace: &Workspace) -> Row {
    vec![
        workspace.id.as_str().into(),
        workspace.name.as_str().into(),
        workspace.active.into(),
        workspace.size_allowance.into(),
        workspace.current_size.into(),
    ]
}
