//! What Anaplan's objects are called in SQL, and which object a name means.
//!
//! Names are read when they are first needed and kept for the life of a session. The whole tenant
//! costs two requests (workspaces; models, 5,000 to a page), a model's exports, lists, modules and
//! views one each, a table's columns one or two.

mod directory;
mod exports;
mod index;
mod kind;
mod objects;
mod tenant;

pub use directory::Directory;
pub use exports::Exports;
pub use index::{Lookup, NameIndex, quoted};
pub(crate) use index::{alike, near};
pub use kind::Kind;
pub use objects::Objects;
pub use tenant::{Names, Workspace};
