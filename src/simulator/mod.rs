//! A simulated Anaplan tenant: the service's authentication and Integration API on a local port.
//!
//! It is a program of its own that happens to live in this crate: it uses no type of the client, so
//! that a mistake can't agree with itself. Tests build a [`Tenant`], start a [`Simulator`] on it,
//! point a client at [`Simulator::url`], and then look at the request log, move the [`Clock`] or
//! inject a [`Fault`]. [`Tenant::demo`] is what a person sees without an Anaplan account.
//!
//! What it answers follows Anaplan's API guide and what others measured at the live service; where
//! no one knows, it answers what a careful client must cope with.

mod clock;
mod content;
mod cube;
mod demo;
mod fault;
mod file;
mod ids;
mod limit;
mod listener;
mod log;
mod page;
mod path;
mod random;
mod reply;
mod route;
mod server;
mod state;
mod task;
mod tenant;
mod tokens;
mod upload;
mod work;

#[cfg(test)]
mod tests;

pub use clock::Clock;
pub use demo::demo_help;
pub use fault::Fault;
pub use log::RequestRecord;
pub use server::{Simulator, SimulatorBuilder};
pub use task::TaskRecord;
pub use tenant::{
    Action, ActionKind, Axis, Calendar, CalendarKind, CellFn, Column, Dashboard, Data, Detail, Dim,
    Export, Fill, Format, Grid, Import, ImportSource, ImportTarget, Item, LINE_ITEMS, LineItem,
    LineItemSubset, List, ListColumn, Model, Module, ModuleColumn, NumberFormat, Outcome, Password,
    Period, Place, PlaceFn, Process, Property, RowFn, Scale, SourceFile, Subset, Summary, Tenant,
    TextKind, User, Version, View, Workspace,
};
