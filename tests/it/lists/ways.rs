//! The ways to the items of a list, as plans show them.

use super::*;

#[tokio::test]
async fn a_few_rows_of_a_long_list_are_a_preview() {
    let simulator = start(tenant([many("Long", 1500), many("Short", 1000)])).await;
    let session = connect_to_model(&simulator).await;
    let sql = r#"SELECT "Number" FROM "Lists.Long" LIMIT 1000"#;
    assert_eq!(count_rows(&session, sql).await, 1000);
    assert_eq!((simulator.count("GET", PREVIEW), simulator.count("GET", ITEMS)), (1, 0));
    assert_eq!(count_rows(&session, r#"SELECT * FROM "Lists.Long" LIMIT 1200"#).await, 1200);
    assert_eq!(count_rows(&session, r#"SELECT * FROM "Lists.Short" LIMIT 5"#).await, 5);
    assert_eq!((simulator.count("GET", PREVIEW), simulator.count("GET", ITEMS)), (1, 2));
}

#[tokio::test]
async fn names_and_codes_are_looked_up_where_that_is_enough() {
    let long = many("Long", 1500).top_level("All");
    let twins = long.item(Item::new("Twin").code("t")).item(Item::new("Other").code("T"));
    let simulator = start(tenant([twins])).await;
    let session = connect_to_model(&simulator).await;
    let read = async |condition: &str| {
        simulator.clear_requests();
        let sql = format!(r#"SELECT code, name FROM "Lists.Long" WHERE {condition}"#);
        let mut rows: Vec<String> = cells(&query(&session, &sql).await)
            .iter()
            .map(|row| format!("{} {}", row[0], row[1]))
            .collect();
        rows.sort();
        (rows, simulator.count("POST", LOOKUP), simulator.count("GET", ITEMS))
    };
    let rows = |rows: &[&str]| rows.iter().map(|&row| row.to_owned()).collect::<Vec<_>>();
    assert_eq!(read("code = 'c7'").await, (rows(&["c7 Item 7"]), 1, 0));
    let several = "code IN ('c1', 'c2', 'c3', 'c4', 'c5', 'none')";
    let found = rows(&["c1 Item 1", "c2 Item 2", "c3 Item 3", "c4 Item 4", "c5 Item 5"]);
    assert_eq!(read(several).await, (found, 1, 0));
    assert_eq!(read("name = 'Item 9' AND code = 'c9'").await, (rows(&["c9 Item 9"]), 1, 0));
    assert_eq!(read("name = 'Item 9' AND code = 'c8'").await, (rows(&[]), 1, 0));
    // The service takes the item above all for one of the dimension.
    assert_eq!(read("name = 'All'").await, (rows(&[]), 1, 0));
    // What it finds in another case may not be all that there is.
    assert_eq!(read("code = 'C7'").await, (rows(&[]), 1, 1));
    assert_eq!(read("code = 't'").await.0, rows(&["t Twin"]));
    assert_eq!(read("code = 'T'").await.0, rows(&["T Other"]));
    assert_eq!(read("code = ''").await, (rows(&[]), 0, 0));
    let sql = r#"SELECT "Number" FROM "Lists.Long" WHERE code = 'c7'"#;
    assert_eq!(cells(&query(&session, sql).await), [[Cell::Number(7.0)]]);
    assert_eq!(simulator.count("GET", ITEMS), 1, "a lookup doesn't tell properties");
}

#[tokio::test]
async fn plans_tell_the_way_the_requests_and_the_size() {
    let simulator = start(tenant([many("Long", 1500), goods()])).await;
    let session = connect_to_model(&simulator).await;
    query(&session, "SET datafusion.execution.target_partitions = 1").await;
    let mut all = Vec::new();
    for sql in [
        r#"SELECT name, "Price" FROM "Lists.Goods""#,
        r#"SELECT name FROM "Lists.Long" WHERE code IN ('c1', 'c2')"#,
        r#"SELECT "Number" FROM "Lists.Long" WHERE code = 'c1'"#,
        r#"SELECT * FROM "Lists.Long" LIMIT 10"#,
    ] {
        let plan = query(&session, &format!("EXPLAIN {sql}")).await;
        let physical = cells(&plan)[1][1].to_string();
        all.push(format!("{sql}\n{physical}"));
    }
    insta::assert_snapshot!(all.join("\n"), @r#"
    SELECT name, "Price" FROM "Lists.Goods"
    CooperativeExec
      ListExec: list="Goods", model="M", projection=[name, Price], read=items, requests=1, items=3, locks_model=false

    SELECT name FROM "Lists.Long" WHERE code IN ('c1', 'c2')
    FilterExec: code@1 = c1 OR code@1 = c2, projection=[name@0]
      CooperativeExec
        ListExec: list="Long", model="M", projection=[name, code], filters=[code=[c1, c2]], read=lookup, requests=1, items=2, locks_model=false

    SELECT "Number" FROM "Lists.Long" WHERE code = 'c1'
    FilterExec: code@0 = c1, projection=[Number@1]
      CooperativeExec
        ListExec: list="Long", model="M", projection=[code, Number], filters=[code=[c1]], read=items, requests=1, items=1, locks_model=false

    SELECT * FROM "Lists.Long" LIMIT 10
    CooperativeExec
      ListExec: list="Long", model="M", projection=[id, name, code, parent, parent_id, Number], limit=10, read=preview, requests=1, items=1000, locks_model=false
    "#);
    assert_eq!(simulator.count("GET", ITEMS), 0);
}

#[tokio::test]
async fn the_planner_knows_how_long_lists_are() {
    let simulator = start(tenant([many("Long", 1500), goods()])).await;
    let session = connect_to_model(&simulator).await;
    query(&session, "SET datafusion.execution.target_partitions = 1").await;
    for sql in [
        r#"SELECT l.name FROM "Lists.Long" l JOIN "Lists.Goods" g ON l.code = g.code"#,
        r#"SELECT l.name FROM "Lists.Goods" g JOIN "Lists.Long" l ON l.code = g.code"#,
    ] {
        let plan = cells(&query(&session, &format!("EXPLAIN {sql}")).await)[1][1].to_string();
        let place = |list: &str| plan.find(&format!("list=\"{list}\"")).expect("a scan");
        assert!(place("Goods") < place("Long"), "the shorter one is held:\n{plan}");
    }
}

#[tokio::test]
async fn items_that_a_join_finds_are_looked_up() {
    let numbered = (0..1500).fold(List::numbered("Numbered"), |list, number| {
        list.item(Item::new("").code(&format!("N{number}")).display("Same"))
    });
    let simulator = start(tenant([many("Long", 1500), many("Short", 20), numbered])).await;
    let session = connect_to_model(&simulator).await;
    // The statement, its rows, how many lookups there are, and answers with all items.
    for (sql, rows, lookups, items) in [
        (
            r#"SELECT l.id FROM (VALUES ('c7'), ('c8'), ('none')) w(c)
               JOIN "Lists.Long" l ON l.code = w.c"#,
            2,
            1,
            0,
        ),
        (
            r#"SELECT id FROM "Lists.Long" WHERE name IN
               (SELECT name FROM "Lists.Short" WHERE code LIKE 'c1%')"#,
            11,
            1,
            1,
        ),
        // With a property all are read, and those that aren't wanted left out.
        (
            r#"SELECT l."Number" FROM (VALUES ('c7')) w(c) JOIN "Lists.Long" l ON l.code = w.c"#,
            1,
            0,
            1,
        ),
        // Another case is another code, which a lookup doesn't tell for certain.
        (r#"SELECT l.id FROM (VALUES ('C7')) w(c) JOIN "Lists.Long" l ON l.code = w.c"#, 0, 1, 1),
        // Not a name that the service looks up as it is shown.
        (
            r#"SELECT n.id FROM (VALUES ('Same')) w(c) JOIN "Lists.Numbered" n ON n.name = w.c"#,
            0,
            0,
            1,
        ),
        (
            r#"SELECT l.id FROM "Lists.Long" l WHERE code NOT IN (SELECT code FROM "Lists.Short")"#,
            1480,
            0,
            2,
        ),
    ] {
        simulator.clear_requests();
        assert_eq!(count_rows(&session, sql).await, rows, "{sql}");
        let asked = (simulator.count("POST", LOOKUP), simulator.count("GET", ITEMS));
        assert_eq!(asked, (lookups, items), "{sql}");
    }
}

#[tokio::test]
async fn a_list_may_be_above_itself() {
    let simulator = start(tenant([many("Ragged", 1500).parent("Ragged")])).await;
    let session = connect_to_model(&simulator).await;
    let sql = r#"SELECT id FROM "Lists.Ragged" WHERE name IN ('Item 7', 'Item 8', 'none')"#;
    simulator.clear_requests();
    assert_eq!(count_rows(&session, sql).await, 2);
    assert_eq!(simulator.count("POST", LOOKUP), 1);
}

#[tokio::test]
async fn items_of_the_list_above_are_none_of_the_list() {
    let above = List::new("Above")
        .top_level("World")
        .item(Item::new("North").code("n"))
        .item(Item::new("Item 7").code("c9"));
    let long = many("Long", 1500).parent("Above");
    let below = many("Below", 1500).parent("Long").item(Item::new("North").code("n"));
    let simulator = start(tenant([above, long, below])).await;
    let session = connect_to_model(&simulator).await;
    // The condition, the rows, the lookups, and how often all items are read.
    for (condition, rows, lookups, items) in [
        ("l.name = 'Item 8'", 1, 2, 0),
        // The service tells one of those that are alike: another one may be of the list.
        ("l.name = 'North'", 0, 2, 1),
        ("l.name IN ('North', 'World', 'Item 8')", 1, 2, 1),
        // Both have it.
        ("l.name = 'Item 7'", 1, 2, 1),
        ("l.code IN ('n', 'c9')", 1, 2, 1),
        // Nothing was found that could be one of the other list.
        ("l.name = 'none'", 0, 1, 0),
        // The list above is read too.
        ("l.name IN (SELECT name FROM \"Lists.Above\")", 1, 2, 2),
    ] {
        simulator.clear_requests();
        let sql = format!(r#"SELECT l.id, l.name FROM "Lists.Long" l WHERE {condition}"#);
        assert_eq!(count_rows(&session, &sql).await, rows, "{sql}");
        let asked = (simulator.count("POST", LOOKUP), simulator.count("GET", ITEMS));
        assert_eq!(asked, (lookups, items), "{sql}");
        let whole = format!(r#"SELECT l.parent FROM "Lists.Long" l WHERE {condition}"#);
        assert_eq!(count_rows(&session, &whole).await, rows, "{whole}");
    }
    // An item that has the name of one of the list above the list above, and the code.
    for (condition, rows) in
        [("name = 'North'", 1), ("code = 'n'", 1), ("name IN ('Item 3', 'North', 'World')", 2)]
    {
        for column in ["id", "parent"] {
            let sql = format!(r#"SELECT {column} FROM "Lists.Below" WHERE {condition}"#);
            assert_eq!(count_rows(&session, &sql).await, rows, "{sql}");
        }
    }
    let plan =
        cells(&query(&session, r#"EXPLAIN SELECT id FROM "Lists.Long" WHERE code = 'n'"#).await);
    assert!(plan[1][1].to_string().contains("read=lookup, requests=2"), "{}", plan[1][1]);
}

#[tokio::test]
async fn a_limit_keeps_its_rows_whatever_a_join_tells() {
    let simulator = start(tenant([many("Long", 1500)])).await;
    let session = connect_to_model(&simulator).await;
    let sql = r#"SELECT count(*) FROM (SELECT code FROM "Lists.Long" LIMIT 1100) l
                 JOIN (VALUES ('c1400'), ('c7')) w(c) ON l.code = w.c"#;
    assert_eq!(cells(&query(&session, sql).await), [[Cell::Number(1.0)]]);
}

#[tokio::test]
async fn an_export_beside_a_list_joins_it() {
    let model = Model::new("M")
        .export(
            Export::tabular(
                "Sales",
                vec![
                    anaplan_sql::simulator::Column::new("Code", "TEXT"),
                    anaplan_sql::simulator::Column::new("Amount", "NUMBER"),
                ],
            )
            .with_rows([["c1", "5"], ["c3", "6"], ["c1", "7"]]),
        )
        .list(many("Items", 10));
    let simulator = start(users().workspace(Workspace::new("W").model(model))).await;
    let session = connect_to_model(&simulator).await;
    let sql = r#"SELECT i.name, sum(s."Amount") FROM "Sales" s JOIN "Lists.Items" i
                 ON i.code = s."Code" GROUP BY i.name ORDER BY i.name"#;
    let expected =
        [[Cell::text("Item 1"), Cell::Number(12.0)], [Cell::text("Item 3"), Cell::Number(6.0)]];
    assert_eq!(cells(&query(&session, sql).await), expected);
}
