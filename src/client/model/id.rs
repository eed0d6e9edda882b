//! Ids: opaque texts of one kind each, so that a model's can't pass for a workspace's.

use std::fmt;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The id's text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

ids! {
    /// A workspace's: 32 lower-case hexadecimal digits.
    WorkspaceId,
    /// A model's: 32 upper-case hexadecimal digits.
    ModelId,
    /// An export's, and that of the file it writes: 12 digits or more, beginning with 116.
    ExportId,
    /// A task's: 32 upper-case hexadecimal digits, only known below what it runs.
    TaskId,
    /// A large read's: 32 upper-case hexadecimal digits, only known below what it reads.
    ReadRequestId,
    /// A user's: 32 lower-case hexadecimal digits.
    UserId,
    /// A module's, and that of its default view: 12 digits, beginning with 102.
    ModuleId,
    /// A view's: a module's id for its default view, a line item's for the view of that alone.
    ViewId,
    /// A line item's.
    LineItemId,
    /// A list's: 12 digits, beginning with 101.
    ListId,
    /// What a view or a line item extends over: a list's id, a subset's, or that of time, versions,
    /// users or line items.
    DimensionId,
    /// That of an item of a dimension.
    ItemId,
    /// A version's: 12 digits, beginning with 107.
    VersionId,
    /// An import's: 12 digits, beginning with 112.
    ImportId,
    /// A process's: 12 digits, beginning with 118.
    ProcessId,
    /// An action's: 12 digits, beginning with 117.
    ActionId,
    /// A file's: 12 digits, beginning with 113, or an export's id.
    FileId,
}

/// Ids of one kind that are also ids of another.
macro_rules! also {
    ($($from:ident => $into:ident),+ $(,)?) => {$(
        impl From<&$from> for $into {
            fn from(id: &$from) -> Self {
                Self(id.0.clone())
            }
        }
    )+};
}

also! {
    ModuleId => ViewId,
    LineItemId => ViewId,
    ListId => DimensionId,
    ExportId => FileId,
}
