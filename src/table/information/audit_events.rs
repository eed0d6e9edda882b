//! `information.audit_events`

use std::time::{SystemTime, UNIX_EPOCH};

use futures::stream::{self, StreamExt, TryStreamExt};

use super::filter::Span;
use super::{Asks, Cell, ColumnDefinition as Column, Row, TableDefinition};
use crate::client::model::AuditEvent;

/// The longest part of time that the service answers for: 30 days.
const WINDOW: i64 = 30 * 24 * 60 * 60 * 1000;
/// How far this machine's clock may be behind the service's.
const CLOCK_SLACK: i64 = 5 * 60 * 1000;

pub(super) static TABLE: TableDefinition = TableDefinition {
    name: "audit_events",
    doc: "What was done in the tenant, the latest 30 days first. Without a lower bound on event_date \
          it holds the 30 days before the upper bound, or before now. Only users with the role \
          Tenant Auditor see it; in a workspace's catalog too it covers the tenant.",
    cost: "For each 30 days one request for each page of events; bounds on event_date read only \
           what lies between them.",
    asks: Asks::Tenant(None),
    example: "SELECT event_date, message, success FROM information.audit_events \
              WHERE event_date >= now() - INTERVAL '2 days' ORDER BY event_date DESC LIMIT 5",
    columns: &[
        Column::text("id", "The event's id."),
        Column::bounded("event_date", "When it happened."),
        Column::text("event_type_id", "Its kind, such as USR-8."),
        Column::text("message", "The same for people."),
        Column::boolean("success", "Whether it was done."),
        Column::text("error_number", "What went wrong, if something did."),
        Column::text("user_id", "Who did it: a user's id, or INTERNAL_ and a number."),
        Column::text("object_id", "What it was done to; ids of models are in lower case here."),
        Column::text("object_type_id", "The kind of that."),
        Column::text("object_tenant_id", "The tenant of that."),
        Column::text("tenant_id", "The tenant."),
        Column::text("ip_address", "Where from."),
        Column::text("user_agent", "With which program."),
        Column::text("session_id", "The session it was done in, if the service tells."),
        Column::text("host_name", "The server that recorded it."),
        Column::text("service_version", "That server's version."),
        Column::moment("created_date", "When it was stored."),
        Column::text("event_time_zone", "The time zone that the service gives with event_date."),
        Column::text("created_time_zone", "The one that it gives with created_date."),
        Column::text("checksum", "A number over the event's content."),
        Column::text("additional_attributes", "What only events of this kind have, as JSON."),
    ],
    rows: |request| {
        let windows = windows(request.filters.span("event_date"), now());
        stream::iter(windows)
            .flat_map(move |(from, to)| request.client().audit_events(from, to, request.observer()))
            .map_ok(row)
            .boxed()
    },
};

/// Epoch milliseconds.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// The parts of time to ask for, the latest first; both ends of each are included.
fn windows(span: Span, now: i64) -> impl Iterator<Item = (i64, i64)> {
    let latest = now.saturating_add(CLOCK_SLACK);
    let to = span.to.map_or(latest, |to| to.min(latest));
    let from = span.from.unwrap_or_else(|| to.saturating_sub(WINDOW)).max(0);
    let mut next = Some(to);
    std::iter::from_fn(move || {
        let to = next.filter(|to| from <= *to)?;
        let start = to.saturating_sub(WINDOW).max(from);
        next = start.checked_sub(1);
        Some((start, to))
    })
}

fn row(event: AuditEvent) -> Row {
    vec![
        event.id.into(),
        Cell::moment(event.event_date),
        event.event_type_id.into(),
        event.message.into(),
        event.success.into(),
        Cell::filled(event.error_number.as_deref()),
        event.user_id.into(),
        Cell::filled(event.object_id.as_deref()),
        Cell::filled(event.object_type_id.as_deref()),
        Cell::filled(event.object_tenant_id.as_deref()),
        event.tenant_id.into(),
        event.ip_address.into(),
        event.user_agent.into(),
        Cell::filled(event.session_id.as_deref()),
        Cell::filled(event.host_name.as_deref()),
        Cell::filled(event.service_version.as_deref()),
        Cell::moment(event.created_date),
        event.event_time_zone.into(),
        event.created_time_zone.into(),
        event.checksum.into(),
        event.additional_attributes.map(|attributes| attributes.to_string()).into(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000_000;

    fn of(from: Option<i64>, to: Option<i64>) -> Vec<(i64, i64)> {
        windows(Span { from, to }, NOW).collect()
    }

    #[test]
    fn no_window_is_longer_than_the_service_allows_and_none_overlaps() {
        let from = NOW - 3 * WINDOW;
        let all = of(Some(from), Some(NOW));
        assert_eq!(all.len(), 3);
        assert_eq!((all[0].1, all[2].0), (NOW, from));
        assert!(all.iter().all(|(from, to)| from <= to && to - from <= WINDOW));
        assert!(all.windows(2).all(|pair| pair[1].1 + 1 == pair[0].0));
    }

    #[test]
    fn an_open_end_is_closed() {
        let latest = NOW + CLOCK_SLACK;
        assert_eq!(of(None, None), [(latest - WINDOW, latest)]);
        assert_eq!(of(None, Some(WINDOW + 5)), [(5, WINDOW + 5)]);
        assert_eq!(of(Some(NOW), None), [(NOW, latest)]);
        assert_eq!(of(Some(NOW), Some(i64::MAX)), [(NOW, latest)]);
    }

    #[test]
    fn where_nothing_can_be_nothing_is_asked() {
        assert_eq!(of(Some(10), Some(9)), []);
        assert_eq!(of(Some(NOW + WINDOW), None), []);
        assert_eq!(of(None, Some(-1)), []);
        assert_eq!(of(Some(i64::MIN), Some(5)), [(0, 5)]);
    }
}
