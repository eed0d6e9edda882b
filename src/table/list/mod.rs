//! A list as a table: a row for each item.
//!
//! Planning needs the list's metadata, which gives its [`ListShape`]. The rows come by whichever
//! way costs least:
//!
//! | When | Way | Requests |
//! |---|---|---|
//! | only id, name and code are wanted, of items that are named, or whose codes are | lookup | 1 for each 1,000 of them |
//! | no more than 1,000 rows are wanted of more than that | preview | 1 |
//! | the list has no more than 1,000,000 items | items | 1 |
//! | else, and when the service says that they are too many | large read | 4 and more |
//! | the same, of items that are named, or whose codes are | lookup, then a large read up to the last of them | 1 if there are none, 5 and more |

mod lookup;
mod provider;
mod read;
mod scan;
mod shape;
mod way;

pub use provider::ListTable;
pub use shape::{ListColumn, ListShape, ListSource};
