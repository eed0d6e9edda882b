//! The calls, one file for each kind of object.

mod actions;
mod audit;
mod calendar;
pub(super) mod cell_writes;
pub(super) mod cells;
mod dimensions;
pub(super) mod dumps;
mod exports;
mod files;
mod imports;
mod line_items;
pub(super) mod list_item_writes;
mod list_items;
mod lists;
mod models;
mod modules;
mod processes;
pub(super) mod read_requests;
mod scim;
mod settings;
pub(super) mod tasks;
mod uploads;
mod users;
mod versions;
mod views;
mod workspaces;
pub(super) mod writes;
