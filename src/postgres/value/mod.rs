//! Values: from Arrow to what PostgreSQL's clients read, and back for parameters.

mod binary;
mod column;
mod kind;
mod parameter;
mod text;

pub(super) use column::{Column, columns};
pub(super) use kind::{KIND, Kind, TYPES, TypeRow, type_named};
pub(super) use parameter::{literal, placeholder};
