//! Models that builders change while a session goes on: before it looks again, and after.

use anaplan_sql::simulator::{
    Calendar, CalendarKind, Dim, Item, LINE_ITEMS, LineItem, List, Model, Module, Scale, Simulator,
    View, Workspace,
};
use anaplan_sql::{ErrorKind, Session};

use crate::support::{Cell, cells, connect_to_model, count_rows, fail, query, start, users};

const METADATA: &str = "/2/0/models/*/modules/*/lineItems";

/// A module with its line items across, one with them down, and a view.
fn model() -> Model {
    let line_item = |name: &str, value: &'static str| {
        LineItem::number(name).fill_with(move |_| value.to_owned())
    };
    Model::new("M")
        .calendar(Calendar::new(CalendarKind::Months).years(2026, 0, 0))
        .list(List::new("Sites").items(["a", "b"]))
        .list(List::new("Kinds").items(["k", "l"]))
        .module(
            Module::new("Across", vec![Dim::list("Sites")])
                .line_item(line_item("One", "1"))
                .line_item(line_item("Two", "2"))
                .view(View::new("Saved", &[], &["Sites"], &[LINE_ITEMS])),
        )
        .module(
            Module::new("Down", vec![Dim::list("Sites"), Dim::Time(Scale::Month)])
                .line_item(line_item("One", "1"))
                .line_item(line_item("Two", "2")),
        )
}

async fn session() -> (Simulator, Session) {
    let simulator = start(users().workspace(Workspace::new("W").model(model()))).await;
    let session = connect_to_model(&simulator).await;
    (simulator, session)
}

fn edit(simulator: &Simulator, change: impl FnOnce(&mut Model)) {
    simulator.edit(|tenant| change(tenant.model_mut("M").expect("the model")));
}

async fn sum(session: &Session, sql: &str) -> Cell {
    cells(&query(session, sql).await)[0][0].clone()
}

#[tokio::test]
async fn items_that_come_are_rows_at_once_and_those_that_go_are_none() {
    let (simulator, session) = session().await;
    for (table, rows) in [("Modules.Across", 2), ("Modules.Down", 24), ("Views.Across.Saved", 2)] {
        assert_eq!(count_rows(&session, &format!(r#"SELECT * FROM "{table}""#)).await, rows);
    }
    simulator.clear_requests();
    edit(&simulator, |model| {
        let list = std::mem::take(&mut model.lists[0]);
        model.lists[0] = list.item(Item::new("c")).item(Item::new("d"));
    });
    for (table, rows) in [("Modules.Across", 4), ("Modules.Down", 48), ("Views.Across.Saved", 4)] {
        assert_eq!(count_rows(&session, &format!(r#"SELECT * FROM "{table}""#)).await, rows);
    }
    let new = r#"SELECT "One" FROM "Modules.Down" WHERE "Sites" = 'c'"#;
    assert_eq!(count_rows(&session, new).await, 12);
    assert_eq!(simulator.count("GET", METADATA), 0, "what tables are made of is known");
    edit(&simulator, |model| {
        let id = model.lists[0].id.clone();
        model.lists[0] = List::new("Sites").id(&id).items(["b"]);
    });
    assert_eq!(count_rows(&session, r#"SELECT * FROM "Modules.Across""#).await, 1);
    assert_eq!(count_rows(&session, new).await, 0);
}

#[tokio::test]
async fn a_line_item_that_was_renamed_is_an_error_until_the_session_looks_again() {
    for table in ["Across", "Down"] {
        let (simulator, session) = session().await;
        let one = format!(r#"SELECT sum("One") FROM "Modules.{table}""#);
        let two = format!(r#"SELECT sum("Two") FROM "Modules.{table}""#);
        let expected = (sum(&session, &one).await, sum(&session, &two).await);
        edit(&simulator, |model| {
            for module in &mut model.modules {
                module.line_items[0].name = "Uno".into();
            }
        });
        let error = fail(&session, &one).await;
        assert_eq!(error.kind(), ErrorKind::Data, "{error:?}");
        assert!(error.to_string().contains("no line item \"One\" any more"), "{error:?}");
        assert!(error.hint().is_some_and(|hint| hint.contains("REFRESH METADATA")), "{error:?}");
        assert_eq!(sum(&session, &two).await, expected.1, "others are as they were");
        query(&session, "REFRESH METADATA").await;
        assert_eq!(fail(&session, &one).await.kind(), ErrorKind::NotFound);
        assert_eq!(sum(&session, &one.replace("One", "Uno")).await, expected.0);
    }
}

#[tokio::test]
async fn line_items_that_come_or_go_are_seen_when_the_session_looks_again() {
    for table in ["Across", "Down"] {
        let (simulator, session) = session().await;
        let all = format!(r#"SELECT * FROM "Modules.{table}""#);
        let columns = query(&session, &all).await[0].num_columns();
        edit(&simulator, |model| {
            for module in &mut model.modules {
                let new = LineItem::number("Three").fill_with(|_| "3".to_owned());
                module.line_items.insert(0, new);
            }
        });
        let found = query(&session, &all).await;
        assert_eq!(found[0].num_columns(), columns);
        let one = format!(r#"SELECT max("One"), min("Two") FROM "Modules.{table}""#);
        assert_eq!(cells(&query(&session, &one).await), [[Cell::Number(1.0), Cell::Number(2.0)]]);
        query(&session, "REFRESH METADATA").await;
        let three = format!(r#"SELECT max("Three") FROM "Modules.{table}""#);
        assert_eq!(sum(&session, &three).await, Cell::Number(3.0));
        edit(&simulator, |model| {
            for module in &mut model.modules {
                module.line_items.retain(|item| item.name != "Two");
            }
        });
        assert_eq!(fail(&session, &all).await.kind(), ErrorKind::Data);
        query(&session, "REFRESH METADATA").await;
        assert_eq!(query(&session, &all).await[0].num_columns(), columns);
    }
}

#[tokio::test]
async fn a_dimension_that_comes_never_mixes_up_rows() {
    for table in ["Across", "Down"] {
        let (simulator, session) = session().await;
        let sql = format!(r#"SELECT sum("One"), count(*) FROM "Modules.{table}""#);
        let [Cell::Number(sum), Cell::Number(count)] = cells(&query(&session, &sql).await)[0][..]
        else {
            panic!("numbers")
        };
        edit(&simulator, |model| {
            for module in &mut model.modules {
                module.dimensions.insert(0, Dim::list("Kinds"));
            }
        });
        let error = fail(&session, &sql).await;
        assert_eq!(error.kind(), ErrorKind::Data, "{error:?}");
        query(&session, "REFRESH METADATA").await;
        let twice = [[Cell::Number(sum * 2.0), Cell::Number(count * 2.0)]];
        assert_eq!(cells(&query(&session, &sql).await), twice, "there are two kinds");
    }
}

/// Items of a numbered list share labels, and are rows of their own all the same.
#[tokio::test]
async fn items_of_a_numbered_list_are_rows_each_before_and_after_one_comes() {
    let numbered = |labels: &[&str]| {
        let items = labels.iter().enumerate();
        items.fold(List::numbered("Posts"), |list, (number, label)| {
            list.item(Item::new("").code(&format!("P{number}")).display(label))
        })
    };
    let model = Model::new("M").list(numbered(&["Clerk", "Chief", "Clerk"])).module(
        Module::new("Pay", vec![Dim::list("Posts")]).line_item(
            LineItem::number("Gross").fill_with(|at| format!("{}", 10 * (at[0].position + 1))),
        ),
    );
    let simulator = start(users().workspace(Workspace::new("W").model(model))).await;
    let session = connect_to_model(&simulator).await;
    let sql = r#"SELECT "Posts", count(*), sum("Gross") FROM "Modules.Pay" GROUP BY 1 ORDER BY 1"#;
    let row = |label: &str, count: f64, sum: f64| {
        vec![Cell::text(label), Cell::Number(count), Cell::Number(sum)]
    };
    let found = cells(&query(&session, sql).await);
    assert_eq!(found, [row("Chief", 1.0, 20.0), row("Clerk", 2.0, 40.0)]);
    edit(&simulator, |model| model.lists[0] = numbered(&["Clerk", "Chief", "Clerk", "Clerk"]));
    let found = cells(&query(&session, sql).await);
    assert_eq!(found, [row("Chief", 1.0, 20.0), row("Clerk", 3.0, 80.0)]);
    let clerks = r#"SELECT "Gross" FROM "Modules.Pay" WHERE "Posts" = 'Clerk'"#;
    assert_eq!(count_rows(&session, clerks).await, 3);
}
