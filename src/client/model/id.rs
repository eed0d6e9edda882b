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
    /// A view's: a module's id for its default view, a line item's for the view of that alone.
    ViewId,
    /// A list's: 12 digits, beginning with 101.
    ListId,
}
