//! Deleting items of lists, and resetting their index.

use serde_json::{Value, json};

use super::client::{Answer, Session, send};
use super::plan::{
    EMPTY, ORDERS, PEOPLE, REGIONS, ann, both, cell, item, ok, path, refusal, start,
};

async fn delete(session: &Session<'_>, path: &str, list: &str, items: Value) -> Value {
    let body = json!({"items": items}).to_string();
    let path = format!("{path}/lists/{list}/items?action=delete");
    let answer = ok(&session.call("POST", &path, &body).await);
    let mut answer = answer.as_object().expect("an object").clone();
    answer.remove("meta");
    answer.remove("status");
    Value::Object(answer)
}

async fn write(session: &Session<'_>, path: &str, cells: Value) {
    let module = "102000000001";
    let body = cells.to_string();
    let answer = ok(&session.call("POST", &format!("{path}/modules/{module}/data"), &body).await);
    assert!(answer.get("failures").is_none(), "{answer}");
}

async fn reset(session: &Session<'_>, path: &str, list: &str) -> Answer {
    let header = format!("AnaplanAuthToken {}", session.token);
    let path = format!("{path}/lists/{list}/resetIndex");
    let headers = [("Authorization", header.as_str())];
    send(session.simulator, "POST", &path, &headers, "").await.expect("an answer")
}

#[tokio::test]
async fn items_are_deleted_by_id_code_or_name() {
    let simulator = start().await;
    let ann = ann(&simulator).await;
    let [short, long] = both(&simulator);
    let items = json!([
        {"id": 202_000_000_001_u64},
        {"code": "Region 1"},
        {"id": "202000000002", "code": "i1"},
        {"code": "ID3"},
        {"name": "nobody"},
        {"id": "202000000001"},
        {},
    ]);
    let failure = |index: usize, kind: &str, details: &str| json!({"requestIndex": index, "failureType": kind, "failureMessageDetails": details});
    assert_eq!(
        delete(&ann, &short, PEOPLE, items).await,
        json!({
            "deleted": 2, "ignored": 5, "total": 7,
            "failures": [
                failure(1, "Not found", "Code 'Region 1' not found"),
                failure(2, "Ambiguous criteria", "Specifying both ID and code not supported (202000000002:i1)"),
                failure(4, "Not found", "Name 'nobody' not found"),
                failure(5, "Not found", "ID '202000000001' not found"),
                failure(6, "Missing criteria", "Neither ID nor code specified"),
            ],
        })
    );
    let answer = delete(&ann, &long, PEOPLE, json!([{"name": "Cindy"}])).await;
    assert_eq!(answer, json!({"deleted": 1, "ignored": 0, "total": 1}));
    let answer = delete(&ann, &long, ORDERS, json!([{"name": "#2"}])).await;
    assert_eq!(answer, json!({"deleted": 1, "ignored": 0, "total": 1}));
    let read = ok(&ann.get(&format!("{short}/lists/{PEOPLE}/items")).await);
    assert!(read.get("listItems").is_none());
}

#[tokio::test]
async fn what_mentions_a_deleted_item_forgets_it() {
    let simulator = start().await;
    let ann = ann(&simulator).await;
    let path = path(&simulator, "Plan");
    let by_name =
        |dimension: &str, item: &str| json!({"dimensionName": dimension, "itemName": item});
    write(&ann, &path, json!([
        {"lineItemName": "Units", "value": 7, "dimensions": [by_name("Regions", "West"), by_name("Time", "May 26"), by_name("Versions", "Actual")]},
        {"lineItemName": "Units", "value": 8, "dimensions": [by_name("Regions", "East"), by_name("Time", "May 26"), by_name("Versions", "Actual")]},
        {"lineItemName": "Owner", "value": "mike", "dimensions": [by_name("Versions", "Actual")]},
        {"lineItemName": "Heads", "value": 3, "dimensions": [by_name("People", "tom")]},
        {"lineItemName": "Core", "value": 4, "dimensions": [by_name("s1", "mike")]},
    ])).await;
    let update =
        json!({"items": [{"name": "cindy", "properties": {"p-boss": "mike", "p-list": "West"}}]});
    ok(&ann.call("PUT", &format!("{path}/lists/{PEOPLE}/items"), &update.to_string()).await);
    assert_eq!(cell(&simulator, "Owner", &["Actual"]), "mike");
    assert_eq!(cell(&simulator, "Units", &["World", "May 26", "Actual"]), "17");

    assert_eq!(delete(&ann, &path, PEOPLE, json!([{"name": "mike"}])).await["deleted"], 1);
    assert_eq!(delete(&ann, &path, REGIONS, json!([{"code": "W"}])).await["deleted"], 1);
    let tom = item(&simulator, PEOPLE, "202000000003").expect("what hung from it stays");
    assert_eq!(tom.parent, None);
    let cindy = item(&simulator, PEOPLE, "202000000002").expect("cindy");
    assert_eq!(cindy.properties[3..], ["", "", ""]);
    assert_eq!(cell(&simulator, "Owner", &["Actual"]), "");
    assert_eq!(cell(&simulator, "Heads", &["tom"]), "3");
    assert_eq!(cell(&simulator, "Units", &["World", "May 26", "Actual"]), "10");
    let tenant = simulator.tenant();
    let module = tenant.find_model("Plan").expect("model").find_module("Sales").expect("module");
    assert_eq!(module.find_line_item("Units").expect("line item").cells.len(), 1);
    assert_eq!(module.find_line_item("Core").expect("line item").cells.len(), 0);
}

#[tokio::test]
async fn the_index_of_an_empty_list_starts_anew() {
    let simulator = start().await;
    let session = ann(&simulator).await;
    let [short, long] = both(&simulator);
    let message = "We can't reset the list item index of a list that contains data. Select an empty list that doesn't contain any list items.";
    assert_eq!(refusal(&reset(&session, &short, ORDERS).await), (400, message.to_owned()));
    let both = json!([{"code": "o1"}, {"name": "#2"}]);
    assert_eq!(delete(&session, &short, ORDERS, both).await["deleted"], 2);
    let index = async || {
        let read = ok(&session.get(&format!("{short}/lists/{ORDERS}")).await);
        read["metadata"]["nextItemIndex"].as_u64()
    };
    assert_eq!(index().await, Some(3));
    for path in [&short, &long] {
        let answer = reset(&session, path, ORDERS).await;
        assert_eq!((answer.status, answer.body.len()), (200, 0));
        assert_eq!(answer.header("content-length"), Some("0"));
    }
    assert_eq!(index().await, Some(1));
    assert_eq!(
        reset(&session, &short, EMPTY).await.status,
        200,
        "the top-level item doesn't count"
    );
    assert_eq!(reset(&session, &short, "101999999999").await.status, 404);
    assert_eq!(session.get(&format!("{short}/lists/{ORDERS}/resetIndex")).await.status, 405);

    let live = path(&simulator, "Live");
    let message = "We cannot reset a list if the list is not production data and the model is in deployed mode.";
    assert_eq!(refusal(&reset(&session, &live, EMPTY).await), (400, message.to_owned()));
    let locked = path(&simulator, "Locked");
    assert_eq!(reset(&session, &locked, EMPTY).await.status, 423);
    let bob = Session::new(&simulator, "bob@example.com", "concealed").await;
    assert_eq!(reset(&bob, &short, EMPTY).await.status, 404, "for administrators only");
}

#[tokio::test]
async fn ids_are_never_given_twice() {
    let simulator = start().await;
    let ann = ann(&simulator).await;
    let path = path(&simulator, "Plan");
    let mut seen = std::collections::HashSet::new();
    for round in 0..3 {
        let items = json!({"items": [{"name": format!("round {round}")}]}).to_string();
        let add = format!("{path}/lists/{EMPTY}/items?action=add");
        assert_eq!(ok(&ann.call("POST", &add, &items).await)["added"], 1);
        let tenant = simulator.tenant();
        let list = tenant.find_model("Plan").expect("model").find_list("Empty").expect("list");
        assert!(seen.insert(list.items[0].id.clone()), "{seen:?}");
        let id = json!([{"id": list.items[0].id}]);
        assert_eq!(delete(&ann, &path, EMPTY, id).await["deleted"], 1);
        // Ids are filled in after each change of the tenant.
        simulator.edit(|_| {});
    }
}
