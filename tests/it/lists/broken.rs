//! Answers that break off or don't fit.

use super::*;

#[tokio::test]
async fn an_answer_that_breaks_off_or_does_not_fit_is_an_error() {
    let simulator = start(tenant([goods()])).await;
    let session = connect_to_model(&simulator).await;
    let sql = r#"SELECT * FROM "Lists.Goods""#;
    query(&session, sql).await;
    let header = "id,name,code,parent,parentId,listId,listName,Own,\"In, \"\"stock\"\"\",\
                  Price,Since,On,Note,code,own\n";
    let body =
        |row: &str| Fault::on("GET", ITEMS).status(200).body("text/csv", format!("{header}{row}"));
    let mut all = Vec::new();
    for fault in [
        body("1,secret,,,,,,true,false,12 apples,,,,,\n"),
        body("1,secret,,,,,,true\n"),
        Fault::on("GET", ITEMS).status(200).body("text/csv", "id,name,code,parent,parentId\n"),
        Fault::on("GET", ITEMS).forever().status(404),
    ] {
        simulator.inject(fault);
        let error = fail(&session, sql).await;
        assert!(!format!("{error:?}").contains("apples"));
        all.push(format!("{error:?}"));
        simulator.clear_faults();
    }
    let model = simulator.tenant().find_model("M").expect("M").id.clone();
    insta::assert_snapshot!(all.join("\n\n").replace(&model, "M"), @r#"
    Data: list "Goods": line 2, column "Price": a number was expected
      hint: read every column as text with ColumnTypes=Text

    Data: list "Goods": line 2 has 8 cells where the header has 15
      hint: the answer is cut short or damaged: run the query again

    Data: list "Goods": the answer has no column "Own", which the metadata announces
      hint: the list was changed in the meantime: connect again to read its new form

    NotFound: the items of list "Goods" can't be read
      caused by: GET /2/0/models/M/lists/101000000001/items answered 404: Not Found
      hint: it was deleted, or the signed-in user has no access: Anaplan answers 404 for both
    "#);
}

#[tokio::test]
async fn a_page_for_people_is_no_list() {
    let simulator = start(tenant([goods()])).await;
    let session = connect_to_model(&simulator).await;
    for sql in [r#"SELECT * FROM "Lists.Goods""#, r#"SELECT count(*) FROM "Lists.Goods""#] {
        simulator.inject(Fault::on("GET", ITEMS).html());
        let error = format!("{:?}", fail(&session, sql).await);
        assert!(error.contains("is not a file but text/html"), "{error}");
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_read_on_where_it_did() {
    let list = many("Long", 900);
    let simulator = start(tenant([list])).await;
    let session = connect_to_model(&simulator).await;
    let sql = r#"SELECT * FROM "Lists.Long""#;
    let expected = cells(&query(&session, sql).await);
    let broken = |bytes: u64| Fault::on("GET", ITEMS).truncate_body(bytes);
    simulator.clear_requests();
    for bytes in [0, 10_000, 3] {
        simulator.inject(broken(bytes));
    }
    assert_rows(&cells(&query(&session, sql).await), &expected, "Long");
    assert_eq!(simulator.count("GET", ITEMS), 4);

    simulator.clear_requests();
    simulator.inject(broken(10_000).forever());
    let error = fail(&session, sql).await;
    assert_eq!(error.kind(), ErrorKind::Connection, "{error:?}");
    assert_eq!(simulator.count("GET", ITEMS), 4);
    simulator.clear_faults();

    let other =
        "id,name,code,parent,parentId,listId,listName,Number\n".to_owned() + &"x".repeat(20_000);
    for answer in [other.as_str(), "id,name"] {
        simulator.inject(broken(10_000));
        simulator.inject(Fault::on("GET", ITEMS).status(200).body("text/csv", answer.to_owned()));
        let error = fail(&session, sql).await;
        let cause = format!("{error:?}");
        assert!(cause.contains("the answer has changed since"), "{cause}");
    }
}

#[tokio::test]
async fn a_list_that_has_grown_columns_since_is_still_read() {
    let simulator = start(tenant([goods()])).await;
    let session = connect_to_model(&simulator).await;
    let sql = r#"SELECT "Own", "Price", "Note" FROM "Lists.Goods" WHERE code = 'M-1'"#;
    let before = cells(&query(&session, sql).await);
    simulator.edit(|tenant| {
        let model = tenant.model_mut("M").expect("M");
        let list = model.list_mut("Goods").expect("it");
        *list = std::mem::take(list).property("New", Format::text());
    });
    assert_eq!(cells(&query(&session, sql).await), before);
}
