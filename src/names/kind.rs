//! The kinds of objects whose tables carry their kind before their name.

/// A kind of object: its tables are named `Lists.Products`, beside an export's plain `Products`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `Lists.<list>`
    List,
    /// `Modules.<module>`
    Module,
    /// `Views.<module>.<view>`
    View,
    /// `Imports.<import>`, which is only written.
    Import,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::List, Self::Module, Self::View, Self::Import];

    /// The word before the dot.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::List => "Lists",
            Self::Module => "Modules",
            Self::View => "Views",
            Self::Import => "Imports",
        }
    }

    /// How many names stand behind the prefix.
    pub fn parts(self) -> usize {
        match self {
            Self::List | Self::Module | Self::Import => 1,
            Self::View => 2,
        }
    }

    /// One of them, in messages.
    pub fn word(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Module => "module",
            Self::View => "view",
            Self::Import => "import",
        }
    }

    /// The name of the table of an object of this name.
    pub fn table(self, name: &str) -> String {
        format!("{}.{name}", self.prefix())
    }

    /// The kind that the name of a table tells, and the object's own name.
    pub fn split(table: &str) -> Option<(Self, &str)> {
        let (prefix, name) = table.split_once('.')?;
        let kind = Self::ALL.into_iter().find(|kind| kind.prefix().eq_ignore_ascii_case(prefix))?;
        Some((kind, name))
    }

    /// The kinds that an object with this id may be of.
    pub fn with_id(id: &str) -> Vec<Self> {
        let is_id = id.len() >= 9 && id.bytes().all(|byte| byte.is_ascii_digit());
        let may_be = |kind: &Self| match kind {
            Self::List => id.starts_with("101"),
            Self::Module => id.starts_with("102"),
            Self::Import => id.starts_with("112"),
            // Their ids are unlike each other.
            Self::View => !["101", "102", "112"].iter().any(|prefix| id.starts_with(prefix)),
        };
        Self::ALL.into_iter().filter(|kind| is_id && may_be(kind)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_tells_the_kind_in_any_case() {
        for (table, expected) in [
            ("Lists.Products", Some((Kind::List, "Products"))),
            ("lists. Odd.name", Some((Kind::List, " Odd.name"))),
            ("MODULES.REV01", Some((Kind::Module, "REV01"))),
            ("Views.A.B", Some((Kind::View, "A.B"))),
            ("Lists", None),
            ("Händler.Übersicht", None),
            (".Lists.x", None),
        ] {
            assert_eq!(Kind::split(table), expected, "{table}");
        }
    }

    #[test]
    fn an_id_tells_the_kind_as_far_as_it_can() {
        let kinds = Kind::with_id;
        assert_eq!(kinds("101000000001"), [Kind::List]);
        assert_eq!(kinds("102000000001"), [Kind::Module]);
        assert_eq!(kinds("207000000000"), [Kind::View]);
        assert_eq!(kinds("112000000000"), [Kind::Import]);
        assert_eq!(kinds("Products"), [Kind::List; 0]);
        assert_eq!(kinds("101"), [Kind::List; 0]);
    }
}
