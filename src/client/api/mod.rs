//! The calls, one file for each kind of object.

mod exports;
mod files;
mod models;
pub(super) mod read_requests;
mod settings;
pub(super) mod tasks;
mod users;
mod workspaces;
