//! A simulated Anaplan tenant: authentication, OAuth, Integration, Audit and SCIM API on a local port.
//!
//! It is a program of its own that happens to live in this crate: it uses no type of the client, so
//! that a mistake can't agree with itself. Tests build a [`Tenant`], start a [`Simulator`] on it,
//! point a client at [`Simulator::url`], and then look at the request log, move the [`Clock`] or
//! inject a [`Fault`]. A [`Scenario`] describes all of that in a file. [`Tenant::demo`] is what a
//! person sees without an Anaplan account.
//!
//! What it answers follows Anaplan's API guide and what others measured at the live service; where
//! no one knows, it answers what a careful client must cope with.

mod audit;
mod clock;
mod content;
mod control;
mod counters;
mod cube;
mod demo;
mod dress;
mod fault;
mod file;
mod ids;
mod limit;
mod limits;
mod listener;
mod listing;
mod loaded;
mod log;
mod nasty;
mod oauth;
mod page;
mod path;
mod random;
mod read;
mod reply;
mod route;
mod scenario;
mod secret;
mod server;
mod sheet;
mod sign_ins;
mod state;
mod task;
mod tenant;
mod tokens;
mod upload;
mod work;
mod write;

#[cfg(test)]
mod tests;

pub use clock::Clock;
pub use counters::Counters;
pub use demo::demo_help;
pub use fault::Fault;
pub use limits::Limits;
pub use log::RequestRecord;
pub use nasty::{ChunkEdges, Nasty};
pub use oauth::OAuthCounts;
pub use scenario::{Scenario, ScenarioError, ScenarioProblem, scenario_help, scenario_reference};
pub use server::{Simulator, SimulatorBuilder};
pub use sign_ins::SignInCounts;
pub use task::TaskRecord;
pub use tenant::{
    Action, ActionKind, Axis, Calendar, CalendarKind, CellFn, Certificate, ClientGrant, Column,
    Dashboard, Data, Detail, Dim, Export, Fill, Format, Grid, Import, ImportSource, ImportTarget,
    InvalidCertificate, Item, Items, LINE_ITEMS, LineItem, LineItemSubset, List, ListColumn, Model,
    Module, ModuleColumn, NumberFormat, OAuthClient, Outcome, Password, Period, Place, PlaceFn,
    Process, Property, Role, Row, RowFn, Scale, SourceFile, Subset, Summary, Tenant, TextKind,
    User, Version, View, WeekFormat, WeekGrouping, Workspace,
};
