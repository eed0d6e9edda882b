//! Every table and key of a scenario.

mod action;
mod export;
mod list;
mod model;
mod module;
mod server;
mod tenant;

pub(crate) use action::{ACTIONS, FILES, IMPORTS, PROCESSES};
pub(crate) use export::EXPORTS;
pub(crate) use list::LISTS;
pub(crate) use model::MODELS;
pub(crate) use module::MODULES;
pub(crate) use server::{CLOCK, FAULTS, LIMITS, NASTY};
pub(crate) use tenant::{OAUTH_CLIENTS, USERS, WORKSPACES};

use super::schema::{Kind, Section, key, section};

/// The whole file.
pub(crate) static SCENARIO: Section = section(
    "",
    "",
    &[
        key(
            "base",
            Kind::Word(&["demo"]),
            "`demo` starts from the demo tenant, to which the file adds.",
        )
        .or("an empty tenant"),
        key("customer_id", Kind::Text, "The customer's id: 32 lower-case hex digits.")
            .or("made up"),
        key(
            "history_days",
            Kind::Whole(0, 3650),
            "For how many days before the start audit events are made up.",
        )
        .or("0"),
        key("keep_requests", Kind::Whole(1, 1_000_000_000), "How many requests the log keeps.")
            .or("100000"),
        key("users", Kind::Tables(&USERS), "The users."),
        key("oauth_clients", Kind::Tables(&OAUTH_CLIENTS), "The programs that may sign users in."),
        key("workspaces", Kind::Tables(&WORKSPACES), "The workspaces."),
        key("models", Kind::Tables(&MODELS), "The models."),
        key("lists", Kind::Tables(&LISTS), "The lists of models."),
        key("modules", Kind::Tables(&MODULES), "The modules of models."),
        key("exports", Kind::Tables(&EXPORTS), "The exports of models."),
        key("files", Kind::Tables(&FILES), "The files that imports read."),
        key("imports", Kind::Tables(&IMPORTS), "The imports of models."),
        key("actions", Kind::Tables(&ACTIONS), "The other actions of models."),
        key("processes", Kind::Tables(&PROCESSES), "The processes of models."),
        key("faults", Kind::Tables(&FAULTS), "What goes wrong."),
        key("clock", Kind::Table(&CLOCK), "What the clock shows."),
        key("limits", Kind::Table(&LIMITS), "What is allowed, and how long things take."),
        key("nasty", Kind::Table(&NASTY), "What is legal, and nasty."),
    ],
);

/// The largest whole number that counts something.
const MANY: i64 = i64::MAX;
