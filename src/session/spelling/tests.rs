use datafusion::sql::parser::DFParser;

use super::*;

fn parse(sql: &str) -> Statement {
    DFParser::parse_sql(sql).expect("SQL").pop_front().expect("a statement")
}

/// A statement as it is after its names were looked up in two tables.
fn spelt(sql: &str) -> String {
    let tables: Tables = [
        ("Customers", vec!["Code", "Region", "Sales Person", "Sum", "SUM"]),
        ("Orders", vec!["Customer Code", "Code", "Amount", "amount"]),
    ]
    .into_iter()
    .map(|(name, columns)| {
        (TableReference::bare(name), columns.into_iter().map(str::to_owned).collect())
    })
    .chain([(
        TableReference::full("W", "M", "Lists.Products"),
        vec!["id".to_owned(), "List Price".to_owned()],
    )])
    .collect();
    let mut statement = parse(sql);
    columns(&mut statement, &tables);
    statement.to_string()
}

#[track_caller]
fn check(sql: &str, expected: &str) {
    assert_eq!(spelt(sql), expected);
    // Twice is once.
    assert_eq!(spelt(expected), expected);
}

#[track_caller]
fn unchanged(sql: &str) {
    assert_eq!(spelt(sql), sql);
}

#[test]
fn columns_are_spelt_as_the_table_does_in_every_clause() {
    check(
        r#"SELECT region, "SALES PERSON", max(code) FROM Customers WHERE REGION = 'x' GROUP BY region, "sales person" HAVING max(CODE) > 'a' ORDER BY region"#,
        r#"SELECT "Region", "Sales Person", max("Code") FROM Customers WHERE "Region" = 'x' GROUP BY "Region", "Sales Person" HAVING max("Code") > 'a' ORDER BY "Region""#,
    );
    check(
        "SELECT row_number() OVER (PARTITION BY region ORDER BY code) FROM Customers",
        r#"SELECT row_number() OVER (PARTITION BY "Region" ORDER BY "Code") FROM Customers"#,
    );
    check(
        "SELECT CASE WHEN region IN ('a') THEN code ELSE lower(region) END FROM Customers",
        r#"SELECT CASE WHEN "Region" IN ('a') THEN "Code" ELSE lower("Region") END FROM Customers"#,
    );
    check("EXPLAIN SELECT region FROM Customers", r#"EXPLAIN SELECT "Region" FROM Customers"#);
}

#[test]
fn what_fits_exactly_or_several_times_is_left_alone() {
    unchanged("SELECT Region, Sum, SUM, Amount FROM Customers, Orders");
    unchanged("SELECT sum, nothing FROM Customers");
    unchanged("SELECT AMOUNT FROM Orders");
    // Both are spelt so: which one is meant, DataFusion asks.
    check("SELECT code FROM Customers, Orders", r#"SELECT "Code" FROM Customers, Orders"#);
    unchanged("SELECT region FROM somewhere");
    // A table that nobody knows may have it.
    unchanged("SELECT region FROM Customers, somewhere");
    unchanged("SELECT @region FROM Customers");
}

#[test]
fn qualifiers_are_aliases_or_names_in_any_case() {
    check(
        r#"SELECT c.region, O.amount FROM Customers C JOIN Orders AS o ON c.CODE = o."customer code""#,
        r#"SELECT "C"."Region", "o".amount FROM Customers C JOIN Orders AS o ON "C"."Code" = o."Customer Code""#,
    );
    check(
        "SELECT customers.region, customers.* FROM Customers",
        r#"SELECT "Customers"."Region", "Customers".* FROM Customers"#,
    );
    // The alias hides the name.
    unchanged("SELECT customers.region FROM Customers c");
    check(
        r#"SELECT m."lists.products"."list price", Lists.Products.ID FROM W.M."Lists.Products""#,
        r#"SELECT "W"."M"."Lists.Products"."List Price", "W"."M"."Lists.Products"."id" FROM W.M."Lists.Products""#,
    );
    check(
        "SELECT a.code, A.region FROM Customers a, Customers A",
        r#"SELECT a."Code", A."Region" FROM Customers a, Customers A"#,
    );
}

#[test]
fn subqueries_and_named_ones_hand_their_spelling_on() {
    check(
        "SELECT t.REGION, total FROM (SELECT region, max(code) AS Total FROM Customers GROUP BY 1) t",
        r#"SELECT t."Region", "Total" FROM (SELECT "Region", max("Code") AS Total FROM Customers GROUP BY 1) t"#,
    );
    check(
        "WITH Totals AS (SELECT region AS R FROM Customers) SELECT r FROM totals ORDER BY R",
        r#"WITH Totals AS (SELECT "Region" AS R FROM Customers) SELECT "R" FROM "Totals" ORDER BY R"#,
    );
    check(
        "WITH t(A, B) AS (SELECT code, region FROM Customers) SELECT a, b, region FROM t",
        r#"WITH t (A, B) AS (SELECT "Code", "Region" FROM Customers) SELECT "A", "B", region FROM t"#,
    );
    check(
        "SELECT code FROM (SELECT * FROM Customers) AS t(Id)",
        "SELECT code FROM (SELECT * FROM Customers) AS t (Id)",
    );
    check(
        "SELECT id, region FROM (SELECT * FROM Customers) AS t (Id)",
        r#"SELECT "Id", "Region" FROM (SELECT * FROM Customers) AS t (Id)"#,
    );
    check(
        "SELECT region FROM Customers UNION ALL SELECT code FROM Customers ORDER BY REGION",
        r#"SELECT "Region" FROM Customers UNION ALL SELECT "Code" FROM Customers ORDER BY "Region""#,
    );
}

#[test]
fn inner_queries_see_the_outer_ones() {
    check(
        "SELECT region FROM Customers c WHERE EXISTS (SELECT 1 FROM Orders o WHERE o.\"customer code\" = C.code AND REGION = 'x')",
        r#"SELECT "Region" FROM Customers c WHERE EXISTS (SELECT 1 FROM Orders o WHERE o."Customer Code" = "c"."Code" AND "Region" = 'x')"#,
    );
    // Not lateral, a subquery doesn't see its neighbours.
    unchanged("SELECT 1 FROM Customers, (SELECT region FROM Orders) o");
    check(
        "SELECT 1 FROM Customers, LATERAL (SELECT region FROM Orders) o",
        r#"SELECT 1 FROM Customers, LATERAL (SELECT "Region" FROM Orders) o"#,
    );
}

#[test]
fn names_of_the_result_may_be_used_in_other_cases() {
    check(
        "SELECT count(*) AS Number FROM Customers ORDER BY number",
        r#"SELECT count(*) AS Number FROM Customers ORDER BY "Number""#,
    );
    check(
        "SELECT left(region, 1) AS Initial FROM Customers GROUP BY initial",
        r#"SELECT left("Region", 1) AS Initial FROM Customers GROUP BY "Initial""#,
    );
    check(
        "SELECT code FROM Customers ORDER BY region, lower(CODE)",
        r#"SELECT "Code" FROM Customers ORDER BY "Region", lower("Code")"#,
    );
}

#[test]
fn lists_of_columns_are_spelt_too() {
    check(
        r#"INSERT INTO Customers (code, "sales person") SELECT code, amount FROM Orders"#,
        r#"INSERT INTO Customers ("Code", "Sales Person") SELECT "Code", amount FROM Orders"#,
    );
    check(
        "UPDATE Customers SET region = code WHERE CODE = 'x'",
        r#"UPDATE Customers SET "Region" = "Code" WHERE "Code" = 'x'"#,
    );
    check("DELETE FROM Customers WHERE code = 'x'", r#"DELETE FROM Customers WHERE "Code" = 'x'"#);
    check(
        "SELECT * EXCLUDE (region) FROM Customers JOIN Orders USING (CODE)",
        r#"SELECT * EXCLUDE ("Region") FROM Customers JOIN Orders USING("Code")"#,
    );
    check(
        "CREATE VIEW v AS SELECT region FROM Customers",
        r#"CREATE VIEW v AS SELECT "Region" FROM Customers"#,
    );
}

#[test]
fn deeply_nested_subqueries_are_walked_through_once() {
    let mut sql = "SELECT region FROM Customers".to_owned();
    for depth in 0..15 {
        sql = format!("SELECT REGION FROM ({sql} ORDER BY region) t{depth}");
    }
    assert!(spelt(&sql).starts_with(r#"SELECT "Region" FROM (SELECT "Region" FROM ("#));
}

/// A statement's tables, where the only models are `Lists` and those of the catalog `Views`.
fn joined(sql: &str) -> String {
    let mut statement = parse(sql);
    join_prefixes(&mut statement, &|catalog, schema| match catalog {
        None => schema == "Lists",
        Some(catalog) => catalog == "Views",
    });
    statement.to_string()
}

#[test]
fn prefixes_are_a_part_of_the_name() {
    for (table, expected) in [
        ("lists.Products", r#""lists.Products""#),
        ("Modules.\"A.B\"", r#""Modules.A.B""#),
        ("M.Lists.Products", r#"M."Lists.Products""#),
        ("W.M.Lists.Products", r#"W.M."Lists.Products""#),
        ("W.M.views.A.B", r#"W.M."views.A.B""#),
        ("M.Views.A", r#"M."Views.A""#),
        // A model that is called so, a workspace that is.
        ("Lists.Products", "Lists.Products"),
        ("Views.M.Products", "Views.M.Products"),
        ("Views.Lists", r#""Views.Lists""#),
        ("Products", "Products"),
        ("Lists", "Lists"),
        ("\"Lists.Products\"", "\"Lists.Products\""),
        ("W.M.Lists.A.B", "W.M.Lists.A.B"),
    ] {
        let sql = |table: &str| format!("SELECT * FROM {table} WHERE a IN (SELECT b FROM {table})");
        assert_eq!(joined(&sql(table)), sql(expected), "{table}");
    }
    assert_eq!(
        joined("INSERT INTO lists.P (a) VALUES (1)"),
        "INSERT INTO \"lists.P\" (a) VALUES (1)"
    );
}
