//! Opening and closing a model, and its settings of time.

use std::sync::Arc;

use futures::FutureExt;

use super::definition::{Parameter, ProcedureDefinition, ProcedureScope, Work};
use super::target::place;
use crate::client::model::Model;
use crate::error::Result;
use crate::table::information::{ColumnDefinition as Column, Row};

/// The column of procedures that answer with nothing but that they have worked.
pub(super) const SUCCESSFUL: &[Column] =
    &[Column::boolean("Successful", "true: what fails is an error.")];

pub(super) static OPEN_MODEL: ProcedureDefinition = ProcedureDefinition {
    name: "OpenModel",
    doc: "Asks Anaplan to load a model into memory, which it goes on with by itself.",
    scope: ProcedureScope::Model,
    changes: true,
    own: &[],
    columns: SUCCESSFUL,
    work: Work::Rows(|call| {
        async move {
            let model = call.model().await?;
            let opened = call.connection.client.open_model(&model.id, call.observer.as_ref()).await;
            opened.map_err(|error| error.context(format!("{} can't be opened", label(&model))))?;
            successful()
        }
        .boxed()
    }),
};

pub(super) static CLOSE_MODEL: ProcedureDefinition = ProcedureDefinition {
    name: "CloseModel",
    doc: "Asks Anaplan to take a model out of memory, which it goes on with by itself.",
    scope: ProcedureScope::Model,
    changes: true,
    own: &[],
    columns: SUCCESSFUL,
    work: Work::Rows(|call| {
        async move {
            let model = call.model().await?;
            let closed =
                call.connection.client.close_model(&model.id, call.observer.as_ref()).await;
            closed.map_err(|error| error.context(format!("{} can't be closed", label(&model))))?;
            successful()
        }
        .boxed()
    }),
};

pub(super) static SET_CURRENT_PERIOD: ProcedureDefinition = ProcedureDefinition {
    name: "SetCurrentPeriod",
    doc: "Makes the period of a day the model's current one. Data of periods that this moves out of \
          the calendar is lost.",
    scope: ProcedureScope::Model,
    changes: true,
    own: &[Parameter::date("Date", "A day of the period.").required()],
    columns: SUCCESSFUL,
    work: Work::Rows(|call| {
        async move {
            let model = call.model().await?;
            let day = call.arguments.required("Date")?;
            let client = &call.connection.client;
            let set = client.set_current_period(&model.id, day, call.observer.as_ref()).await;
            set.map_err(|error| {
                error.context(format!("the current period of {} can't be set", label(&model)))
            })?;
            successful()
        }
        .boxed()
    }),
};

pub(super) static SET_VERSION_SWITCHOVER: ProcedureDefinition = ProcedureDefinition {
    name: "SetVersionSwitchover",
    doc: "Makes a version take its figures from the actual version before the period of a day.",
    scope: ProcedureScope::Model,
    changes: true,
    own: &[
        Parameter::text("Version", "Name or id of the version.").required(),
        Parameter::date("Date", "A day of the first period with figures of its own.").required(),
    ],
    columns: SUCCESSFUL,
    work: Work::Rows(|call| {
        async move {
            let model = call.model().await?;
            let client = &call.connection.client;
            let all = client.versions(&model.id, Arc::clone(&call.observer)).await?;
            let (text, day) =
                (call.arguments.required("Version")?, call.arguments.required("Date")?);
            let found = place("version", text, &all, |it| (it.id.as_str(), it.name.as_str()))?;
            let version = &all[found];
            let set = client.set_switchover(&model.id, &version.id, day, call.observer.as_ref());
            set.await.map_err(|error| {
                let name = &version.name;
                error.context(format!("the switchover of version \"{name}\" can't be set"))
            })?;
            successful()
        }
        .boxed()
    }),
};

pub(super) static RESET_LIST_INDEX: ProcedureDefinition = ProcedureDefinition {
    name: "ResetListIndex",
    doc: "Begins to number the items of a list from 1 again. The list must be empty.",
    scope: ProcedureScope::Model,
    changes: true,
    own: &[Parameter::text("List", "Name or id of the list.").required()],
    columns: SUCCESSFUL,
    work: Work::Rows(|call| {
        async move {
            let model = call.model().await?;
            let client = &call.connection.client;
            let all = client.lists(&model.id, Arc::clone(&call.observer)).await?;
            let text = call.arguments.required("List")?;
            let found = place("list", text, &all, |it| (it.id.as_str(), it.name.as_str()))?;
            let list = &all[found];
            let reset = client.reset_list_index(&model.id, &list.id, call.observer.as_ref());
            reset.await.map_err(|error| {
                error.context(format!("the index of list \"{}\" can't be reset", list.name))
            })?;
            successful()
        }
        .boxed()
    }),
};

/// For messages: `model "Sales Planning"`.
fn label(model: &Model) -> String {
    format!("model \"{}\"", model.name)
}

/// The result of what has worked.
pub(super) fn successful() -> Result<Vec<Row>> {
    Ok(vec![vec![true.into()]])
}
