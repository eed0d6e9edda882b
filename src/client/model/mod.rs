//! The shapes of the service's answers.
//!
//! Fields that the service may leave out are `Option`s; fields that this library has no use for
//! are not listed, and unknown ones are ignored. Names out of a closed set keep what they don't
//! know, because Anaplan adds to its sets.

mod actions;
mod audit;
mod calendar;
mod cells;
mod dimensions;
mod exports;
mod files;
mod id;
mod imports;
mod line_items;
mod list_items;
mod lists;
mod models;
mod modules;
mod processes;
mod read_requests;
mod scim;
mod tasks;
mod users;
mod versions;
mod views;
mod workspaces;
mod write_failure;

pub use actions::Action;
pub use audit::AuditEvent;
pub use calendar::{CurrentPeriod, FiscalYear, ModelCalendar, TotalsSelection};
pub use cells::CellsWritten;
pub use dimensions::{Dimension, DimensionItem, DimensionKind};
pub use exports::{DataType, Export, ExportMetadata, ExportType};
pub use files::{Chunk, File};
pub use id::{
    ActionId, DimensionId, ExportId, FileId, ImportId, ItemId, LineItemId, ListId, ModelId,
    ModuleId, ProcessId, ReadRequestId, TaskId, UserId, VersionId, ViewId, WorkspaceId,
};
pub use imports::{Import, ImportMetadata, ImportSource, ImportType};
pub use line_items::{CellFormat, FormatMetadata, LineItem, PeriodType};
pub use list_items::ItemsWritten;
pub use lists::{List, ListMetadata, ListProperty};
pub use models::{ActiveState, Model};
pub use modules::Module;
pub(in crate::client) use processes::ProcessMetadata;
pub use processes::{Process, ProcessStep};
pub use read_requests::ReadRequest;
pub use scim::{ScimEntitlement, ScimMeta, ScimName, ScimUser};
pub use tasks::{RowCounts, Task, TaskDetail, TaskResult, TaskState};
pub use users::User;
pub use versions::{Version, VersionPeriod};
pub use views::{View, ViewDetail};
pub use workspaces::Workspace;
pub use write_failure::WriteFailure;

/// Another object, as answers refer to it.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(default)]
pub struct Reference {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// Defines an enum over the service's words that keeps those it doesn't know.
macro_rules! open_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$doc])* $variant,)+
            /// A word that this version doesn't know.
            Other(String),
        }

        impl $name {
            /// The service's word.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(text) => text,
                }
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                match text.as_str() {
                    $($text => Self::$variant,)+
                    _ => Self::Other(text),
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                <String as serde::Deserialize>::deserialize(d).map(Self::from)
            }
        }
    };
}
use open_enum;

/// Reads a text or a number as text: the service isn't always sure which it is.
fn text_or_number<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Option<String>, D::Error> {
    #[derive(serde::Deserialize)]
    #[serde(untagged)]
    enum Either {
        Text(String),
        Number(serde_json::Number),
    }
    Ok(<Option<Either> as serde::Deserialize>::deserialize(d)?.map(|either| match either {
        Either::Text(text) => text,
        Either::Number(number) => number.to_string(),
    }))
}

/// Reads `null` like a value that is left out.
fn or_default<'de, D, T>(d: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: serde::Deserialize<'de> + Default,
{
    Ok(<Option<T> as serde::Deserialize>::deserialize(d)?.unwrap_or_default())
}

/// Reads a value of which nobody is sure what it looks like; in another form it is left out. A
/// detail that few ask for must not keep a whole listing from being read.
fn if_it_fits<'de, D, T>(d: D) -> Result<Option<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: serde::de::DeserializeOwned,
{
    let value = <serde_json::Value as serde::Deserialize>::deserialize(d)?;
    Ok(serde_json::from_value(value).ok())
}

#[cfg(test)]
mod tests;
