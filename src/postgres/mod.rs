//! A server for PostgreSQL's clients: psql, ODBC, JDBC, and what is built on them.
//!
//! A [`Server`] listens, and gives every client a session of its own beside the one that it was made
//! with: they share the sign-in, the names and metadata, and the limits. The workspace is the
//! database, a model is a schema.
//!
//! Sockets and statements are kept apart: statements run on the runtime that the session was made on,
//! so that one which computes keeps nobody from connecting, or from cancelling it. Rows come as they
//! are read, and no faster than the client takes them. What drops their stream, a client that goes
//! away among others, cancels the task in Anaplan.

mod cancels;
mod catalog;
mod client;
mod command;
mod guard;
mod local;
mod problem;
mod scram;
mod server;
mod setting;
mod startup;
mod tls;
mod value;
mod wire;

pub use server::{Limits, Server, ServerBuilder, Stopper};
