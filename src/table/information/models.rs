//! `information.models`

use super::{Asks, ColumnDefinition as Column, Row, TableDefinition, at_once};
use crate::client::model::{ActiveState, Model};

pub(super) static TABLE: TableDefinition = TableDefinition {
    name: "models",
    doc: "The models that the signed-in user sees; each that is not archived is a schema in its \
          workspace's catalog.",
    cost: "One request for each 5,000 models.",
    asks: Asks::Tenant(Some(|names| names.models().count())),
    example: "SELECT workspace_name, name, active_state, memory_usage FROM information.models \
              ORDER BY memory_usage DESC",
    columns: &[
        Column::text("id", "The model's id."),
        Column::text("name", "Its name; not always unique."),
        Column::text("workspace_id", "The id of the workspace that it is in."),
        Column::text("workspace_name", "That workspace's name."),
        Column::text("active_state", "UNLOCKED, LOCKED, ARCHIVED, MAINTENANCE, PRODUCTION, …"),
        Column::text("url", "Its address in the browser."),
        Column::integer("memory_usage", "Bytes of memory that it takes."),
        Column::text("last_saved_serial_number", "A number that grows with each change."),
        Column::text("last_modified", "When it was changed, as the service words it."),
        Column::text("last_modified_by_id", "The id of the user who changed it last."),
        Column::text("created", "When it was made, as the service words it."),
    ],
    rows: |request| {
        at_once(async move {
            let scope = request.scope;
            let only = scope.directory.only_model().await?;
            let workspace = match &scope.workspace {
                Some(workspace) => Some(workspace.clone()),
                None => scope.directory.only_workspace().await?,
            };
            let all =
                scope.connection.client.models(workspace.as_ref(), scope.observer.clone()).await?;
            let covered = |model: &&Model| only.as_ref().is_none_or(|id| *id == model.id);
            Ok(all.iter().filter(covered).map(row).collect())
        })
    },
};

fn row(model: &Model) -> Row {
    vec![
        model.id.as_str().into(),
        model.name.as_str().into(),
        model.current_workspace_id.as_str().into(),
        model.current_workspace_name.clone().into(),
        model.active_state.as_ref().map(ActiveState::as_str).into(),
        model.model_url.clone().into(),
        model.memory_usage.into(),
        model.last_saved_serial_number.clone().into(),
        model.last_modified.clone().into(),
        model.last_modified_by_user_guid.clone().into(),
        model.iso_creation_date.clone().into(),
    ]
}
