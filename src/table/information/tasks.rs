//! `information.tasks`

use std::sync::Arc;

use futures::stream::{self, StreamExt, TryStreamExt};

use super::{
    Asks, Cell, ColumnDefinition as Column, MODEL_ID, MODEL_NAME, Request, Row, TableDefinition,
    WORKSPACE_ID, row,
};
use crate::client::model::{Model, Task, TaskResult, TaskState};
use crate::client::{Runnable, Runs};
use crate::error::Result;

/// The columns that cost a request for each task stand behind this many.
const SHORT: usize = 9;

/// How many tasks of one object are asked at a time.
const AT_ONCE: usize = 4;

/// Something that can be run.
struct Object {
    kind: Runs,
    id: String,
    name: String,
}

pub(super) static TABLE: TableDefinition = TableDefinition {
    name: "tasks",
    doc: "The runs of imports, exports, actions and processes that the service remembers, \
          whoever started them.",
    cost: "For each model one request for each kind of object and one for each object; the \
           columns from progress on cost one more for each task. Filters on workspace_id, \
           model_id, model_name, kind, object_id and id read only those.",
    asks: Asks::objects(1, 0, 100),
    example: "SELECT kind, object_name, state, created FROM information.tasks WHERE model_name \
              = 'Sales Planning' AND kind = 'export'",
    columns: &[
        WORKSPACE_ID,
        MODEL_ID,
        MODEL_NAME,
        Column::key("kind", "What was run: import, export, action, process."),
        Column::key("object_id", "The id of that."),
        Column::text("object_name", "Its name."),
        Column::key("id", "The task's id."),
        Column::text("state", "NOT_STARTED, IN_PROGRESS, COMPLETE, CANCELLING, CANCELLED."),
        Column::moment("created", "When it was started."),
        Column::float("progress", "How far it is, from 0 to 1."),
        Column::text("current_step", "What it is doing."),
        Column::boolean("successful", "Whether it did what it should, NULL before its end."),
        Column::boolean(
            "failure_dump_available",
            "Whether there were rows that an import rejected.",
        ),
        Column::text("cancelled_by", "Who cancelled it."),
        Column::text("details", "What came of it, in the words of the service."),
    ],
    rows: |request| {
        let objects = request.clone().each_model(|request, model| async move {
            let all = objects(&request, &model).await?;
            Ok(all.into_iter().map(|object| (Arc::clone(&model), object)).collect())
        });
        request.each(objects, |request, (model, object)| async move {
            rows(&request, &model, &object).await
        })
    },
};

/// The ids and names of a listing.
macro_rules! pairs {
    ($listing:expr) => {
        $listing.into_iter().map(|it| (it.id.to_string(), it.name)).collect()
    };
}

/// What can be run in a model, as far as filters allow.
async fn objects(request: &Request, model: &Model) -> Result<Vec<Object>> {
    let mut objects = Vec::new();
    for kind in Runs::ALL {
        if !request.filters.allows("kind", kind.word()) {
            continue;
        }
        let (client, observer) = (request.client(), request.observer());
        let found: Vec<(String, String)> = match kind {
            Runs::Import => pairs!(client.imports(&model.id, observer).await?),
            Runs::Action => pairs!(client.actions(&model.id, observer).await?),
            Runs::Process => pairs!(client.processes(&model.id, observer).await?),
            Runs::Export => {
                let exports = request.scope.directory.read_exports(model, observer).await?;
                exports.entries().map(|(it, _)| (it.id.to_string(), it.name.clone())).collect()
            }
        };
        objects.extend(
            found
                .into_iter()
                .filter(|(id, _)| request.filters.allows("object_id", id))
                .map(|(id, name)| Object { kind, id, name }),
        );
    }
    Ok(objects)
}

async fn rows(request: &Request, model: &Model, object: &Object) -> Result<Vec<Row>> {
    let client = request.client();
    let what = Runnable { runs: object.kind, model: &model.id, id: &object.id, name: &object.name };
    let tasks = client.tasks(what, request.observer()).await?;
    let wanted = |task: &Task| request.filters.allows("id", task.task_id.as_str());
    let details = TABLE.columns[SHORT..].iter().any(|column| request.wants(&[column.name]));
    stream::iter(tasks.into_iter().filter(wanted))
        .map(|task| async move {
            let task = if details {
                client.task(what, &task.task_id, request.observer().as_ref()).await?
            } else {
                task
            };
            Ok(row(model, cells(object, task)))
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await
}

fn cells(object: &Object, task: Task) -> Row {
    let result = task.result.as_ref();
    let words = result.map(TaskResult::words);
    vec![
        object.kind.word().into(),
        object.id.as_str().into(),
        object.name.as_str().into(),
        task.task_id.as_str().into(),
        task.task_state.as_ref().map(TaskState::as_str).into(),
        Cell::moment(task.creation_time),
        task.progress.into(),
        task.current_step.into(),
        result.map(TaskResult::is_successful).into(),
        result.map(|result| result.failure_dump_available).into(),
        task.cancelled_by.into(),
        Cell::filled(words.as_deref()),
    ]
}
