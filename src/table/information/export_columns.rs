//! `information.export_columns`

use futures::stream::{self, StreamExt, TryStreamExt};

use super::{Asks, ColumnDefinition as Column, Row, TableDefinition};
use crate::client::model::{DataType, Export, Model};
use crate::table::export::ExportShape;

pub(super) static TABLE: TableDefinition = TableDefinition {
    name: "export_columns",
    doc: "The columns of the tables that exports are; those of a grid that only its file names are \
          numbered until a query has read it.",
    cost: "One request for each model and one for each export that is a table; filters on \
           workspace_id, model_id and export_id read only those.",
    asks: Asks::objects(1, 0, 200),
    example: "SELECT position, name, sql_type FROM information.export_columns WHERE export_name \
              = 'Customers' ORDER BY position",
    columns: &[
        Column::key("workspace_id", "The id of the model's workspace."),
        Column::key("model_id", "The id of the model."),
        Column::key("export_id", "The id of the export."),
        Column::text("export_name", "The export's name."),
        Column::text("table_name", "The name of its table."),
        Column::integer("position", "The column's place in the table, from 1."),
        Column::text("name", "The column's name."),
        Column::text("sql_type", "Its type in SQL."),
        Column::text("data_type", "The type that the export's metadata gives, if it fits."),
        Column::text("list_name", "The list that its items are of, if it is one."),
    ],
    rows: |request| {
        request.each_model(|request, model| async move {
            let (scope, filters) = (&request.scope, &request.filters);
            let exports = scope.directory.read_exports(&model, request.observer()).await?;
            let wanted: Vec<(Export, String)> = exports
                .entries()
                .filter(|(export, _)| filters.allows("export_id", export.id.as_str()))
                .filter_map(|(export, table)| Some((export.clone(), table?.to_owned())))
                .collect();
            let rows: Vec<Vec<Row>> = stream::iter(wanted)
                .map(|(export, table)| {
                    let (scope, model) = (scope.clone(), &model);
                    async move {
                        let observer = scope.observer.clone();
                        let metadata = scope
                            .directory
                            .export_metadata(&model.id, &export.id, observer)
                            .await?;
                        match scope.connection.shape(&model.id, &export, &metadata) {
                            Ok(shape) => Ok(rows(model, &export, &table, &shape)),
                            Err(error) => {
                                // One odd export must not hide the columns of all others.
                                tracing::warn!(export = export.name, %error, "passed over");
                                Ok(Vec::new())
                            }
                        }
                    }
                })
                .buffered(scope.connection.settings.max_connections)
                .try_collect::<Vec<_>>()
                .await
                .map_err(|error: crate::Error| error)?;
            Ok(rows.into_iter().flatten().collect())
        })
    },
};

fn rows(model: &Model, export: &Export, table: &str, shape: &ExportShape) -> Vec<Row> {
    let row = |(i, column): (usize, &crate::table::export::ExportColumn)| {
        vec![
            model.current_workspace_id.as_str().into(),
            model.id.as_str().into(),
            export.id.as_str().into(),
            export.name.as_str().into(),
            table.into(),
            i64::try_from(i + 1).unwrap_or(i64::MAX).into(),
            column.name.as_str().into(),
            column.kind.sql().into(),
            column.data_type.as_ref().map(DataType::as_str).into(),
            column.list.clone().into(),
        ]
    };
    shape.columns.iter().enumerate().map(row).collect()
}
