//! Answers to additions that are lost: nothing is added twice, and nothing is left out.

use anaplan_sql::simulator::{Fault, Simulator};
use anaplan_sql::{ErrorKind, Key};

use super::{DIMENSION, ITEMS, run, sent, serve, state, tell};
use crate::support::{builder, connect_to_model, fail};

const SQL: &str = r#"INSERT INTO "Lists.Products" (name, code, "Price")
    VALUES ('a', 'A', 1), ('b', 'B', 2), ('Arabica', 'P1', 3)"#;

#[tokio::test]
async fn what_came_is_not_added_again_and_what_did_not_is() {
    for (name, fault) in [
        // The call has run.
        ("lost", Fault::on("POST", ITEMS).lose_answer()),
        ("cut", Fault::on("POST", ITEMS).truncate_body(10)),
        // It has not.
        ("reset", Fault::on("POST", ITEMS).reset()),
        ("status", Fault::on("POST", ITEMS).status(500)),
        ("page", Fault::on("POST", ITEMS).html()),
    ] {
        let simulator = serve().await;
        let session = connect_to_model(&simulator).await;
        simulator.inject(fault);
        let (counts, details) = tell(&session, SQL).await;
        let after = state(&simulator, "Products");
        assert_eq!(after[4..], ["a|A|||1", "b|B|||2"], "{name}");
        assert_eq!(after[0], "Arabica|P1|Beans|+-|9.5,2026-01-31,true,a,F1", "{name}");
        // `Arabica` was there before, as its price tells: so the service is asked to add it again.
        assert_eq!(counts, [2.0, 1.0, 0.0], "{name}");
        let details = details.unwrap_or_default();
        assert_eq!(details, "1 item: DUPLICATE_NAME (row 3: duplicate name -- Arabica)", "{name}");
        // One lookup is in the list above.
        assert_eq!(sent(&simulator), [2, 0, 1, 2], "{name}");
    }
}

#[tokio::test]
async fn what_was_there_is_told_from_what_was_added_by_any_column() {
    let sql = |row: &str| {
        format!(
            r#"INSERT INTO "Lists.Products" (name, code, parent, "Own", "Family") VALUES {row}"#
        )
    };
    for (there, row, is_new) in [
        // What items hold comes by name, and was sent by code.
        (None, "('x', 'X', 'Beans', true, 'F1')", true),
        (None, "('x', 'X', NULL, NULL, 'Beans')", true),
        (Some("('x', 'X', 'Beans', true, 'F2')"), "('x', 'X', 'Beans', true, 'F1')", false),
        (Some("('x', 'X', 'Beans', true, 'F1')"), "('x', 'X', 'Beans', NULL, 'F1')", false),
        (Some("('x', 'X', 'Beans', true, 'F1')"), "('x', 'X', NULL, true, 'F1')", false),
        (Some("('x', 'X', 'Beans', true, 'F1')"), "('x', 'X', 'Beans', true, NULL)", false),
        (Some("('x', 'Y', 'Beans', true, 'F1')"), "('x', 'X', 'Beans', true, 'F1')", false),
    ] {
        let simulator = serve().await;
        tell_of_families(&simulator);
        let session = connect_to_model(&simulator).await;
        if let Some(there) = there {
            assert_eq!(run(&session, &sql(there)).await, [1.0, 0.0, 0.0], "{there}");
        }
        let before = state(&simulator, "Products");
        simulator.inject(Fault::on("POST", ITEMS).lose_answer());
        let expected = if is_new { [1.0, 0.0, 0.0] } else { [0.0, 1.0, 0.0] };
        assert_eq!(run(&session, &sql(row)).await, expected, "{there:?} {row}");
        if !is_new {
            assert_eq!(state(&simulator, "Products"), before, "{there:?} {row}");
        }
    }
}

/// Has the service say which list the items of the property `Family` are of, as some do.
fn tell_of_families(simulator: &Simulator) {
    let tenant = simulator.tenant();
    let model = tenant.find_model("M").expect("M");
    let id = |name: &str| model.find_list(name).expect("a list").id.clone();
    let (products, families) = (id("Products"), id("Families"));
    let number: u64 = families.parse().expect("a number");
    let body = serde_json::json!({
        "meta": {}, "status": { "code": 200, "message": "Success" },
        "metadata": {
            "id": products, "name": "Products", "itemCount": 4,
            "parent": { "id": families, "name": "Families" },
            "subsets": [
                { "id": "109000000001", "name": "Own" }, { "id": "109000000002", "name": "In stock" },
            ],
            "properties": [
                { "name": "Price", "format": "NUMBER" }, { "name": "Since", "format": "DATE" },
                { "name": "On", "format": "BOOLEAN" }, { "name": "Note", "format": "TEXT" },
                {
                    "name": "Family", "format": "LIST",
                    "formatMetadata": { "dataType": "ENTITY", "hierarchyEntityLongId": number },
                },
            ],
        },
    });
    let path = format!("/2/0/models/*/lists/{products}");
    let fault = Fault::on("GET", &path).forever().status(200);
    simulator.inject(fault.body("application/json", body.to_string()));
}

#[tokio::test]
async fn where_it_can_not_be_told_the_rows_are_named_that_nobody_knows_of() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    let sql = r#"INSERT INTO "Lists.Products" (name, code, "Family") VALUES ('x', 'X', 'F1')"#;
    simulator.inject(Fault::on("POST", ITEMS).lose_answer());
    // The list holds `Beans`, and nothing says what has the code F1.
    let error = fail(&session, sql).await;
    let cause = &error.causes()[0];
    assert_eq!(cause, "the answer was lost: nobody knows what became of row 1");
    assert_eq!((simulator.count("POST", ITEMS), state(&simulator, "Products").len()), (1, 5));
}

#[tokio::test]
async fn where_the_list_can_not_be_read_the_rows_are_named_that_nobody_knows_of() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    simulator.inject(Fault::on("POST", ITEMS).lose_answer());
    simulator.inject(Fault::on("GET", ITEMS).forever().status(403));
    let error = fail(&session, SQL).await;
    assert_eq!(error.to_string(), "can't add the items of list \"Products\"");
    let cause = &error.causes()[0];
    assert_eq!(cause, "the answer was lost: nobody knows what became of rows 1 to 3");
    assert_eq!(simulator.count("POST", ITEMS), 1);
}

#[tokio::test]
async fn what_is_there_is_updated_though_the_answer_to_the_addition_was_lost() {
    let sql = format!(r#"{SQL} ON CONFLICT (code) DO UPDATE SET "Price" = excluded."Price""#);
    let there = r#"INSERT INTO "Lists.Products" (name, code, "Price") VALUES ('Arabica', 'P1', 3)
        ON CONFLICT (code) DO UPDATE SET "Price" = excluded."Price""#;
    for (fault, sql, count) in [
        (Fault::on("POST", ITEMS).lose_answer(), sql.as_str(), 3.0),
        (Fault::on("POST", ITEMS).reset(), sql.as_str(), 3.0),
        (Fault::on("POST", ITEMS).reset(), there, 1.0),
    ] {
        let simulator = serve().await;
        let session = connect_to_model(&simulator).await;
        simulator.inject(fault);
        assert_eq!(run(&session, sql).await, [count, 0.0, 0.0]);
        let after = state(&simulator, "Products");
        assert_eq!(after[0], "Arabica|P1|Beans|+-|3,2026-01-31,true,a,F1");
        assert_eq!(after.len(), if count == 3.0 { 6 } else { 4 });
    }
}

#[tokio::test]
async fn what_the_service_refuses_before_looking_at_it_is_sent_again() {
    for fault in [
        Fault::on("POST", ITEMS).times(2).status(429).header("retry-after", "0"),
        Fault::on("POST", ITEMS).expired_token(),
    ] {
        let simulator = serve().await;
        let session = connect_to_model(&simulator).await;
        simulator.inject(fault);
        assert_eq!(run(&session, SQL).await, [2.0, 1.0, 0.0]);
        assert_eq!(simulator.count("POST", DIMENSION), 0);
        assert_eq!(state(&simulator, "Products").len(), 6);
    }
}

#[tokio::test]
async fn items_of_a_numbered_list_without_codes_are_never_sent_twice() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    simulator.inject(Fault::on("POST", ITEMS).lose_answer());
    let error = fail(&session, r#"INSERT INTO "Lists.Deals" ("Amount") VALUES (3), (4)"#).await;
    assert_eq!(error.to_string(), "can't add the items of list \"Deals\"");
    assert_eq!(error.causes()[0], "the answer was lost: nobody knows what became of rows 1 to 2");
    assert!(error.hint().is_some());
    assert_eq!(simulator.count("POST", ITEMS), 1);
    assert_eq!(state(&simulator, "Deals").len(), 4);
    // With codes they can be told.
    simulator.inject(Fault::on("POST", ITEMS).lose_answer());
    let sql = r#"INSERT INTO "Lists.Deals" (code, "Amount") VALUES ('D3', 3), ('D4', 4)"#;
    assert_eq!(run(&session, sql).await, [2.0, 0.0, 0.0]);
    assert_eq!(state(&simulator, "Deals").len(), 6);
}

#[tokio::test]
async fn updates_may_run_twice() {
    let sql = r#"UPDATE "Lists.Products" SET "Price" = "Price" + 1 WHERE code = 'P1'"#;
    for fault in [
        Fault::on("PUT", ITEMS).lose_answer(),
        Fault::on("PUT", ITEMS).reset(),
        Fault::on("PUT", ITEMS).status(503),
    ] {
        let simulator = serve().await;
        let session = connect_to_model(&simulator).await;
        simulator.inject(fault);
        assert_eq!(run(&session, sql).await, [1.0, 0.0, 0.0]);
        assert_eq!(simulator.count("PUT", ITEMS), 2);
        // What it is to be was computed before.
        assert!(state(&simulator, "Products")[0].contains("|10.5,"));
    }
}

#[tokio::test]
async fn that_a_repetition_is_refused_says_nothing_of_what_was_sent_before() {
    let update = r#"UPDATE "Lists.Products" SET "Price" = "Price" * 2 WHERE code = 'P1'"#;
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    simulator.inject(Fault::on("PUT", ITEMS).lose_answer());
    simulator.inject(Fault::on("PUT", ITEMS).status(423));
    let error = fail(&session, update).await;
    assert_eq!(error.causes()[0], "no answer came to the update of the next 1 items");
    assert!(error.hint().is_some_and(|hint| hint.starts_with("look at the list")), "{error:?}");
    assert!(state(&simulator, "Products")[0].contains("|19,"));

    // `Mill` is there: the call has nothing left to do but that, or had nothing to do with it.
    let insert = r#"INSERT INTO "Lists.Products" (name, code, "Price") VALUES
        ('Mill', 'P3', 9.5), ('Soy', 'P8', 1)"#;
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    simulator.inject(Fault::on("POST", ITEMS).lose_answer());
    simulator.inject(Fault::on("POST", ITEMS).status(423));
    let error = fail(&session, insert).await;
    assert_eq!(error.causes()[0], "the answer was lost: nobody knows what became of rows 1 to 2");
    assert_eq!(state(&simulator, "Products")[4], "Soy|P8|||1");

    // Where nothing came, nobody doubts it.
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    simulator.inject(Fault::on("POST", ITEMS).reset());
    simulator.inject(Fault::on("POST", ITEMS).status(423));
    let error = fail(&session, SQL).await;
    assert!(!format!("{error:?}").contains("nobody knows"), "{error:?}");
    assert!(error.hint().is_some_and(|hint| hint.contains("unlocked")), "{error:?}");
}

#[tokio::test]
async fn an_update_that_takes_too_long_is_not_sent_again_behind_itself() {
    let simulator = serve().await;
    let session = builder(&simulator)
        .set(Key::Workspace, "W")
        .set(Key::Model, "M")
        .set(Key::Timeout, "3")
        .connect()
        .await
        .expect("a session");
    simulator.inject(Fault::on("PUT", ITEMS).delay(std::time::Duration::from_secs(30)));
    let error = fail(&session, r#"UPDATE "Lists.Products" SET "Price" = 1"#).await;
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error:?}");
    assert!(error.hint().is_some_and(|hint| hint.contains("raise Timeout")), "{error:?}");
    assert_eq!(simulator.count("PUT", ITEMS), 1);
}

#[tokio::test]
async fn a_token_that_ends_between_two_calls_is_renewed() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    simulator.inject(Fault::on("POST", ITEMS).skip(1).expired_token());
    let sql = r#"INSERT INTO "Lists.Products" (name) SELECT 'n' || value FROM generate_series(1, 100001)"#;
    assert_eq!(run(&session, sql).await, [100_001.0, 0.0, 0.0]);
    assert_eq!(simulator.count("POST", ITEMS), 3);
    assert_eq!(state(&simulator, "Products").len(), 100_005);
}

#[tokio::test]
async fn a_refusal_of_the_whole_call_is_an_error_in_words() {
    let simulator = serve().await;
    let session = builder(&simulator)
        .set(Key::Workspace, "W")
        .set(Key::Model, "M")
        .set(Key::MaxRetries, "0")
        .connect()
        .await
        .expect("a session");
    for (status, kind, words) in [
        (403, ErrorKind::Denied, "role"),
        (423, ErrorKind::Service, "locked"),
        (425, ErrorKind::Service, "deployed"),
    ] {
        simulator.inject(Fault::on("POST", ITEMS).status(status));
        let error = fail(&session, SQL).await;
        assert_eq!(error.kind(), kind, "{error:?}");
        assert!(error.hint().is_some_and(|hint| hint.contains(words)), "{error:?}");
    }
    assert_eq!(state(&simulator, "Products").len(), 4);
}
