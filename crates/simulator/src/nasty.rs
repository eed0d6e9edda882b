//! Switches for what the service may do, though it seldom does, and clients trip over.

/// Things that are no error, and that a client must cope with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Nasty {
    /// Where files are cut into chunks.
    pub chunk_edges: ChunkEdges,
    /// Whether every collection is empty.
    pub empty: bool,
    /// Whether pages name a next one where nothing follows.
    pub spurious_next: bool,
    /// Whether every object of an answer has a field more than is documented.
    pub unknown_fields: bool,
    /// Whether every page of a large read starts with the header, and not only the first.
    pub repeat_read_header: bool,
    /// Whether the cells of views are refused as `text/csv` unless it says `escaped=true`, as some
    /// tenants do.
    pub refuse_plain_csv: bool,
    /// Whether the cells of views are answered with 500 under paths with the workspace, as was seen
    /// once.
    pub fail_workspace_views: bool,
    /// Whether the id of a line item that the module's default view hides leads to that view, and not
    /// to one of the line item alone. Nobody has shown which.
    pub no_hidden_views: bool,
    /// Whether `limit` and `offset` work on the items of a list, which nobody has shown.
    pub list_item_paging: bool,
    /// Whether keys are spelt as other sources have them: `nextitemIndex`, `isQuarterTotals`.
    pub odd_spellings: bool,
}

impl Default for Nasty {
    /// The service's own habits: it names next pages that don't exist.
    fn default() -> Self {
        Self {
            chunk_edges: ChunkEdges::Even,
            empty: false,
            spurious_next: true,
            unknown_fields: false,
            repeat_read_header: false,
            refuse_plain_csv: false,
            fail_workspace_views: false,
            no_hidden_views: false,
            list_item_paging: false,
            odd_spellings: false,
        }
    }
}

/// Where files are cut into chunks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ChunkEdges {
    /// Every chunk but the last has the chunk size.
    #[default]
    Even,
    /// Chunks have the chunk size or somewhat more, and end in the worst place that comes: inside a
    /// quoted cell, between its doubled quotes, between CR and LF, inside a character.
    Worst,
    /// Chunks begin at these bytes of the file, beside 0. Those behind its end are ignored.
    At(Vec<u64>),
}
