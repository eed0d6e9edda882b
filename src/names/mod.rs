//! What Anaplan's objects are called in SQL, and which object a name means.
//!
//! Names are read when they are first needed and kept for the life of a session. The whole tenant
//! costs two requests (workspaces; models, 5,000 to a page), a model's tables one, a table's
//! columns one.

mod directory;
mod exports;
mod index;

pub use directory::{Directory, Names, Workspace};
pub use exports::Exports;
pub use index::{Lookup, NameIndex, quoted};
pub(crate) use index::{alike, near};
