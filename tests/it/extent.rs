//! How much is read where little is wanted: few rows behind a filter, few line items.

use std::time::Duration;

use anaplan_sql::simulator::{
    Calendar, CalendarKind, Dim, Format, Item, LINE_ITEMS, LineItem, List, Model, Module, Scale,
    Simulator, View, Workspace,
};
use anaplan_sql::{Key, Session};

use crate::support::{builder, cells, count_rows, query, users};

const DATA: &str = "/2/0/models/*/views/*/data";
const LIST_READ: &str = "/2/0/models/*/lists/*/readRequests/*";
const LIST_PAGE: &str = "/2/0/models/*/lists/*/readRequests/*/pages/*";
const VIEW_READ: &str = "/2/0/models/*/views/*/readRequests/*";
const VIEW_PAGE: &str = "/2/0/models/*/views/*/readRequests/*/pages/*";

/// A list of 3,000 items, and a module and a view of 36,000 rows, in pages of so many rows.
async fn wide(page_rows: u64) -> Simulator {
    let list = (0..3000).fold(List::new("Long").property("Number", Format::number()), |list, n| {
        list.item(Item::new(&format!("Item {n}")).properties(&[(n % 10).to_string()]))
    });
    let module = Module::new("Wide", vec![Dim::list("Long"), Dim::Time(Scale::Month)])
        .line_item(LineItem::number("One").fill_with(|at| (at[0].position % 10).to_string()))
        .line_item(LineItem::number("Two").fill_with(|at| (at[0].position * 7).to_string()))
        .line_item(
            LineItem::number("Own")
                .dimensions(vec![Dim::list("Long")])
                .fill_with(|at| at[0].position.to_string()),
        )
        .view(View::new("Grid", &[LINE_ITEMS], &["Long"], &["Time"]));
    let model = Model::new("M")
        .calendar(Calendar::new(CalendarKind::Months).years(2026, 0, 0))
        .list(list)
        .module(module);
    Simulator::builder(users().workspace(Workspace::new("W").model(model)))
        .task_time(Duration::ZERO, Duration::ZERO)
        .item_limit(100)
        .cell_limit(5000)
        .read_page_rows(page_rows)
        // So that sizes can be compared.
        .gzip(false)
        .start()
        .await
        .expect("a free port")
}

/// Batches are of the size of pages, so that nothing waits for more of them.
async fn session(simulator: &Simulator) -> Session {
    builder(simulator)
        .set(Key::Workspace, "W")
        .set(Key::Model, "M")
        .set(Key::BatchSize, "50")
        .connect()
        .await
        .expect("the model is there")
}

#[tokio::test]
async fn a_limit_behind_a_filter_that_stays_here_ends_the_read_soon() {
    // 60 pages of the list, more of the others.
    let simulator = wide(50).await;
    let session = session(&simulator).await;
    // The parents of items, and what a module sums, are read before: a list of its own.
    for (sql, page, read, reads) in [
        (r#"SELECT name FROM "Lists.Long" WHERE "Number" = 3 LIMIT 7"#, LIST_PAGE, LIST_READ, 1),
        (
            r#"SELECT "Long" FROM "Views.Wide.Grid" WHERE "Jan 26" = 3 LIMIT 7"#,
            VIEW_PAGE,
            VIEW_READ,
            1,
        ),
        (r#"SELECT "Long" FROM "Modules.Wide" WHERE "One" = 3 LIMIT 7"#, VIEW_PAGE, VIEW_READ, 1),
    ] {
        simulator.clear_requests();
        assert_eq!(count_rows(&session, sql).await, 7, "{sql}");
        session.settle(Duration::from_secs(20)).await;
        // The rows stand on the first two pages; others are under way, or wait in the plan.
        let pages = simulator.count("GET", page);
        assert!((1..=15).contains(&pages), "{pages} of 60 or more: {sql}");
        assert_eq!(simulator.count("DELETE", read), reads, "{sql}");
    }
}

#[tokio::test]
async fn a_line_item_with_a_view_of_its_own_is_read_alone_and_others_together() {
    // Few enough pages for what the service allows in a minute.
    let simulator = wide(1000).await;
    let session = session(&simulator).await;
    let mut sizes = Vec::new();
    for sql in [
        r#"SELECT count("Own") FROM "Modules.Wide.Own""#,
        r#"SELECT count("Two") FROM "Modules.Wide""#,
        r#"SELECT count("One"), count("Two") FROM "Modules.Wide""#,
    ] {
        query(&session, sql).await;
        simulator.clear_requests();
        cells(&query(&session, sql).await);
        let asked = simulator.requests().into_iter();
        let asked = asked.filter(|it| it.path.ends_with("/data") || it.path.contains("/pages/"));
        // Pages that aren't ready yet are asked for again.
        let of_views = asked.filter(|it| it.path.contains("/views/") && it.status == 200);
        sizes.push(of_views.map(|it| it.body_bytes_sent).sum::<u64>());
        assert!(simulator.count("GET", DATA) == 1, "{sql}");
    }
    assert!(sizes[0] * 5 < sizes[1], "{sizes:?}");
    // The module's default view has all of its line items.
    assert_eq!(sizes[1], sizes[2]);
}
