//! Loading data: running imports and processes, and what becomes of rejected rows.

mod failures;
mod insert;
mod program;
mod run;
mod stopped;
mod tenant;
