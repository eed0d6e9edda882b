//! The calls, one file for each kind of object.

mod exports;
mod files;
mod models;
pub(super) mod tasks;
mod uploads;
mod users;
mod workspaces;
