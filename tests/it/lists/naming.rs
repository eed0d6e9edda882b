//! How lists and their columns are named.

use super::*;

/// Lists with names that a careless program stumbles over.
fn odd_tenant() -> Tenant {
    let list = |name: &str, id: &str| List::new(name).id(id).items([name]);
    let model = Model::new("M")
        .export(counting("Goods", 5))
        .export(counting("Lists.Goods", 7).id("116000000055"))
        .list(list("Goods", "101000000001"))
        .list(list(" a.b \"c\" / 🎯", "101000000002"))
        .list(list("101000000001", "101000000003"))
        .list(list("Twice", "101000000004"))
        .list(list("Twice", "101000000005"))
        .list(list("Sales", "101000000006"))
        .list(list("SALES", "101000000007"));
    users().workspace(Workspace::new("W").model(model).model(Model::new("Lists")))
}

/// The name of the only item.
async fn item(session: &Session, table: &str) -> String {
    match cells(&query(session, &format!("SELECT name FROM {table}")).await).as_slice() {
        [row] => row[0].to_string(),
        other => panic!("{table}: {other:?}"),
    }
}

#[tokio::test]
async fn lists_are_found_by_name_by_id_in_other_cases_and_without_quotes() {
    let simulator = start(odd_tenant()).await;
    let session = connect_to_model(&simulator).await;
    for (table, expected) in [
        (r#""Lists.Goods""#, "Goods"),
        (r#""lists.goods""#, "Goods"),
        ("\"M\".Lists.Goods", "Goods"),
        ("W.M.lists.GOODS", "Goods"),
        (r#"W.M."Lists.Goods""#, "Goods"),
        (r#""101000000001""#, "Goods"),
        (r#""Lists. a.b ""c"" / 🎯""#, " a.b \"c\" / 🎯"),
        (r#"M."LISTS. A.B ""C"" / 🎯""#, " a.b \"c\" / 🎯"),
        (r#""101000000002""#, " a.b \"c\" / 🎯"),
        (r#""Lists.101000000002""#, " a.b \"c\" / 🎯"),
        // A name comes before an id.
        (r#""Lists.101000000001""#, "101000000001"),
        (r#""Lists.101000000003""#, "101000000001"),
        (r#""Lists.Twice (101000000005)""#, "Twice"),
        (r#""101000000004""#, "Twice"),
        (r#""Lists.SALES""#, "SALES"),
    ] {
        assert_eq!(item(&session, table).await, expected, "{table}");
    }
    for sql in ["DESCRIBE lists.goods", "SHOW COLUMNS FROM M.Lists.Goods"] {
        assert_eq!(count_rows(&session, sql).await, 5, "{sql}");
    }
    // An export keeps its name, unless that looks like a list's.
    assert_eq!(count_rows(&session, r#"SELECT * FROM "Goods""#).await, 5);
    let export = r#"SELECT * FROM "Lists.Goods (116000000055)""#;
    assert_eq!(count_rows(&session, export).await, 7);
    assert_eq!(simulator.count("GET", LISTS), 1);
    // A model may be called so.
    let session = crate::support::connect(&simulator).await;
    query(&session, "USE \"W\".\"M\"").await;
    assert_eq!(item(&session, "M.Lists.Goods").await, "Goods");
    let error = fail(&session, "SELECT * FROM Lists.Goods").await;
    assert_eq!(error.to_string(), "there is no table \"Goods\" in \"Lists\"");
}

#[tokio::test]
async fn names_that_fit_no_list_or_several_are_answered_with_near_ones() {
    let simulator = start(odd_tenant()).await;
    let session = connect_to_model(&simulator).await;
    let mut all = Vec::new();
    for table in ["Lists.Twice", "Lists.sales", "Lists.Godos", "101000000099", "lists.zzz"] {
        let error = fail(&session, &format!("SELECT * FROM \"{table}\"")).await;
        assert_eq!(error.kind(), ErrorKind::NotFound);
        all.push(format!("{table}\n{error:?}"));
    }
    insta::assert_snapshot!(all.join("\n\n"), @r#"
    Lists.Twice
    NotFound: there are several lists named "Twice"
      hint: name one of them: "Lists.Twice (101000000004)", "Lists.Twice (101000000005)"

    Lists.sales
    NotFound: there are several lists named "sales"
      hint: name one of them: "Lists.Sales", "Lists.SALES"

    Lists.Godos
    NotFound: there is no table "Lists.Godos" in "M"
      hint: did you mean "Lists.Goods", "Lists.Goods (116000000055)", "Lists.Sales", "Lists.SALES"?

    101000000099
    NotFound: there is no table "101000000099" in "M"
      hint: did you mean "Lists.101000000001"?

    lists.zzz
    NotFound: there is no table "lists.zzz" in "M"
      hint: did you mean "Lists.Goods", "Lists.Sales", "Lists.SALES"?
    "#);
}

#[tokio::test]
async fn lists_stand_among_the_tables_of_a_model() {
    let simulator = start(odd_tenant()).await;
    let session = connect_to_model(&simulator).await;
    simulator.clear_requests();
    let sql = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'M'";
    let names: Vec<String> =
        cells(&query(&session, sql).await).iter().map(|row| row[0].to_string()).collect();
    insta::assert_snapshot!(names.join("\n"), @r#"
    Goods
    Lists.Goods (116000000055)
    Lists.Goods
    Lists. a.b "c" / 🎯
    Lists.101000000001
    Lists.Twice (101000000004)
    Lists.Twice (101000000005)
    Lists.Sales
    Lists.SALES
    "#);
    assert_eq!(simulator.count("GET", EXPORTS), 1);
    assert_eq!(simulator.count("GET", LISTS), 1);
    // Exports, lists, modules, views, and again views with those of line items.
    assert_eq!(simulator.requests().len(), 5, "no columns are read for a list of tables");
    for table in names {
        let table = table.replace('"', "\"\"");
        query(&session, &format!("DESCRIBE \"{table}\"")).await;
    }
}

#[tokio::test]
async fn a_user_who_may_not_list_the_lists_still_sees_the_exports() {
    let simulator = start(odd_tenant()).await;
    let session = connect_to_model(&simulator).await;
    simulator.inject(Fault::on("GET", LISTS).forever().status(403));
    let sql = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'M'";
    assert_eq!(count_rows(&session, sql).await, 2);
    let error = fail(&session, r#"SELECT * FROM "Lists.Goods""#).await;
    assert_eq!(error.kind(), ErrorKind::Denied);
    assert_eq!(error.to_string(), "the lists of model \"M\" can't be listed");
}

#[tokio::test]
async fn names_of_columns_may_be_written_in_other_cases() {
    let simulator = demo().await;
    let session = connect_to(&simulator, "Finance", "Sales Planning").await;
    let sql = r#"
        WITH big AS (
            SELECT CUSTOMERS.region, max("customer since") AS Newest FROM customers
            WHERE ACTIVE GROUP BY region
        )
        SELECT r.NAME, r.currency, newest FROM Lists.regions r JOIN BIG b ON b.REGION = r.Name
        ORDER BY r.CODE LIMIT 2"#;
    insta::assert_snapshot!(show(&session, sql).await, @r"
    +--------+----------+------------+
    | name   | Currency | Newest     |
    +--------+----------+------------+
    | DACH   | EUR      | 2025-12-17 |
    | France | EUR      | 2025-12-24 |
    +--------+----------+------------+
    ");
    let error = fail(&session, r#"SELECT "regoin" FROM "Customers""#).await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
}
