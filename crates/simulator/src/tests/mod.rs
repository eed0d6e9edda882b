//! What the simulator promises, checked over real connections.

mod actions;
mod audit;
mod auth;
mod busy;
mod calendar;
mod cells;
mod certificates;
mod client;
mod control;
mod demo;
mod dumps;
mod errors;
mod faults;
mod files;
mod import_work;
mod imports;
mod large;
mod list_deletes;
mod list_writes;
mod listings;
mod lists;
mod loading;
mod modules;
mod nasty;
mod oauth;
mod pages;
mod plan;
mod planning;
mod processes;
mod reads;
mod reply;
mod scenario;
mod scim;
mod scim_writes;
mod status;
mod tasks;
mod uploads;
mod view_exports;
mod views;
mod workspaces;

use std::time::Duration;

use super::{Column, Export, Model, Simulator, Tenant, User, Workspace};

/// Time on the clock in which a task of the usual length ends.
const LONG_ENOUGH: Duration = Duration::from_secs(1);

/// A tenant with a model in each state and three users.
fn tenant() -> Tenant {
    let columns = || vec![Column::new("Name", "TEXT"), Column::new("Amount", "NUMBER")];
    let export =
        |name: &str| Export::tabular(name, columns()).with_rows([["a", "1"], ["b,c", "2.5"]]);
    Tenant::new()
        .user(User::new("ann.lee@example.com", "secret"))
        .user(User::new("bob@example.com", "concealed").standard())
        .user(User::new("eve@example.com", "gone").inactive())
        .user(User::new("zoe@example.com", "partial").only(&["Second"]))
        .workspace(
            Workspace::new("First")
                .model(Model::new("Open").export(export("Sales")).export(export("Costs")))
                .model(Model::new("Locked").state("LOCKED").export(export("Sales")))
                .model(Model::new("Archived").state("ARCHIVED").export(export("Sales")))
                .model(Model::new("Offline").state("MAINTENANCE").export(export("Sales")))
                .model(Model::new("Secret").no_access().export(export("Sales")))
                .model(Model::new("Empty")),
        )
        .workspace(Workspace::new("Second").model(Model::new("Other").export(export("Sales"))))
}

/// The path of an export of the tenant above.
fn path_of(simulator: &Simulator, model: &str, export: &str) -> String {
    let tenant = simulator.tenant();
    let model_id = &tenant.find_model(model).expect("model").id;
    let export_id = &tenant.export(model, export).expect("export").id;
    format!("/2/0/models/{model_id}/exports/{export_id}")
}

/// The path of the file of an export.
fn file_of(simulator: &Simulator, model: &str, export: &str) -> String {
    path_of(simulator, model, export).replace("/exports/", "/files/")
}
