//! The shapes of the service's answers.
//!
//! Fields that the service may leave out are `Option`s; fields that this library has no use for
//! are not listed, and unknown ones are ignored. Names out of a closed set keep what they don't
//! know, because Anaplan adds to its sets.

mod exports;
mod files;
mod id;
mod models;
mod read_requests;
mod tasks;
mod workspaces;

pub use exports::{DataType, Export, ExportMetadata, ExportType};
pub use files::Chunk;
pub use id::{ExportId, ListId, ModelId, ReadRequestId, TaskId, UserId, ViewId, WorkspaceId};
pub use models::{ActiveState, Model};
pub use read_requests::ReadRequest;
pub use tasks::{Task, TaskDetail, TaskResult, TaskState};
pub use workspaces::Workspace;

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
