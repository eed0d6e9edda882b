//! Clock, limits and nasty switches.

use super::super::super::clock::Clock;
use super::super::super::limits::Limits;
use super::super::super::nasty::{ChunkEdges, Nasty};
use super::super::check;
use super::super::fields::Fields;
use super::super::problem::Problems;

/// The clock at the start.
pub(super) fn clock(fields: Option<Fields<'_>>, problems: &mut Problems) -> Clock {
    let clock = Clock::new();
    let Some(fields) = fields else { return clock };
    if let Some(start) = fields.moment("start") {
        clock.set_ms(start);
    }
    if let Some(speed) = fields.number("speed") {
        if speed < 0.0 {
            problems.add(fields.place("speed"), "`speed` in [clock] must not be negative");
        }
        clock.run_at(speed);
    }
    if fields.flag("frozen") == Some(true) {
        clock.freeze();
        // What passed since the line above.
        if let Some(start) = fields.moment("start") {
            clock.set_ms(start);
        }
    }
    clock
}

/// The limits at the start.
pub(super) fn limits(fields: Option<Fields<'_>>) -> Limits {
    let mut limits = Limits::default();
    if let Some(fields) = fields {
        change_limits(fields, &mut limits);
    }
    limits
}

/// Changes those limits that are given.
pub(crate) fn change_limits(fields: Fields<'_>, limits: &mut Limits) {
    if let Some(count) = fields.whole::<u32>("requests_per_minute") {
        limits.requests_per_minute = Some(count).filter(|count| *count > 0);
    }
    limits.page_cap = fields.whole("page_cap").unwrap_or(limits.page_cap);
    limits.chunk_size = fields.whole("chunk_size").unwrap_or(limits.chunk_size);
    limits.token_lifetime = fields.duration("token_lifetime").unwrap_or(limits.token_lifetime);
    limits.model_opening = fields.duration("model_opening").unwrap_or(limits.model_opening);
    limits.task_queued = fields.duration("task_queued").unwrap_or(limits.task_queued);
    limits.task_running = fields.duration("task_running").unwrap_or(limits.task_running);
    limits.cells = fields.whole("cells").unwrap_or(limits.cells);
    limits.items = fields.whole("items").unwrap_or(limits.items);
    limits.read_page_rows = fields.whole("read_page_rows").unwrap_or(limits.read_page_rows);
}

/// The switches that work while the simulator runs.
pub(super) fn nasty(fields: Option<Fields<'_>>) -> Nasty {
    let mut nasty = Nasty::default();
    let Some(fields) = fields else { return nasty };
    nasty.chunk_edges = match fields.text("chunk_edges") {
        Some("worst") => ChunkEdges::Worst,
        Some(_) => ChunkEdges::Even,
        None if fields.has("chunk_edges") => {
            let edges = fields.array("chunk_edges").iter().filter_map(check::whole);
            ChunkEdges::At(edges.filter_map(|edge| u64::try_from(edge).ok()).collect())
        }
        None => ChunkEdges::Even,
    };
    nasty.empty = fields.flag("empty").unwrap_or(false);
    nasty.spurious_next = fields.flag("spurious_next").unwrap_or(true);
    nasty.unknown_fields = fields.flag("unknown_fields").unwrap_or(false);
    nasty.repeat_read_header = fields.flag("repeat_read_header").unwrap_or(false);
    nasty.refuse_plain_csv = fields.flag("refuse_plain_csv").unwrap_or(false);
    nasty.no_hidden_views = fields.flag("no_hidden_views").unwrap_or(false);
    nasty.list_item_paging = fields.flag("list_item_paging").unwrap_or(false);
    nasty.odd_spellings = fields.flag("odd_spellings").unwrap_or(false);
    nasty.fail_workspace_views = fields.flag("fail_workspace_views").unwrap_or(false);
    nasty
}
