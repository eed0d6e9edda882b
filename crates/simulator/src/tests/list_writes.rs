//! Adding and updating items of lists.

use serde_json::{Value, json};

use super::client::{Answer, Session, send};
use super::plan::{EMPTY, ORDERS, PEOPLE, REGIONS, ann, both, item, ok, path, refusal, start};

async fn add(session: &Session<'_>, path: &str, list: &str, items: Value) -> Answer {
    let body = json!({"items": items}).to_string();
    session.call("POST", &format!("{path}/lists/{list}/items?action=add"), &body).await
}

async fn update(session: &Session<'_>, path: &str, list: &str, items: Value) -> Answer {
    let body = json!({"items": items}).to_string();
    session.call("PUT", &format!("{path}/lists/{list}/items"), &body).await
}

/// The answer without what stands around it.
fn result(answer: &Answer) -> Value {
    let mut body = ok(answer);
    let object = body.as_object_mut().expect("an object");
    assert!(object.remove("meta").is_some_and(|meta| meta["schema"].is_string()));
    assert_eq!(object.remove("status"), Some(json!({"code": 200, "message": "Success"})));
    body
}

fn failure(index: usize, kind: &str, details: &str) -> Value {
    json!({"requestIndex": index, "failureType": kind, "failureMessageDetails": details})
}

#[tokio::test]
async fn an_added_item_has_what_was_given() {
    let simulator = start().await;
    let ann = ann(&simulator).await;
    for (number, path) in both(&simulator).into_iter().enumerate() {
        let id = 202_000_000_004 + number;
        let items = json!([{
            "name": format!("new {number}"), "code": number, "parent": "west",
            "properties": {
                "p-text": "hello world", "p-number": "123456", "p-boolean": "true", "p-list": "EAST",
                "p-period": "Sep 26", "p-boss": "mike",
            },
            "subsets": {"s2": true},
        }]);
        let answer = result(&add(&ann, &path, PEOPLE, items).await);
        assert_eq!(answer, json!({"added": 1, "ignored": 0, "total": 1}), "no key of failures");
        let read = ok(&ann.get(&format!("{path}/lists/{PEOPLE}/items?includeAll=true")).await);
        assert_eq!(
            read["listItems"][3 + number],
            json!({
                "id": id.to_string(), "name": format!("new {number}"), "code": number.to_string(),
                "parent": "West", "parentId": "201000000002", "listId": REGIONS, "listName": "Regions",
                "subsets": {"s1": false, "s2": true},
                "properties": {
                    "p-text": "hello world", "p-number": "123456.0", "p-boolean": "true",
                    "p-list": "East", "p-period": "Sep 26", "p-boss": "mike", "p-sum": "",
                },
                "read": [], "write": [],
            })
        );
    }
}

#[tokio::test]
async fn adding_fails_item_by_item() {
    let simulator = start().await;
    let ann = ann(&simulator).await;
    let path = path(&simulator, "Plan");
    let items = json!([
        {"name": "one", "properties": {"p-number": "abc"}},
        {"name": "two", "code": "c2"},
        {"code": "c3"},
        {"name": "Mike", "code": "c4"},
        {"name": "five", "code": "ID1"},
        {"name": "six", "parent": "Mars"},
        {"name": "seven", "properties": {"p-sum": "3"}},
        {"name": "eight", "properties": {"nothing": "3"}},
        {"name": "nine", "properties": {"p-boolean": "perhaps"}},
        {"name": "ten", "properties": {"p-list": "World"}},
        {"name": "eleven", "properties": {"p-period": "FY26"}},
        {"name": "twelve", "subsets": {"s3": true}},
        {"name": "thirteen", "subsets": {"s1": "perhaps"}},
        {"name": "TWO"},
        {"name": "fifteen", "parent": "two"},
        {"name": ""},
    ]);
    let answer = result(&add(&ann, &path, PEOPLE, items).await);
    let format = |column: &str, value: &str| {
        format!("incorrect format -- column name:{column}, value:{value}")
    };
    assert_eq!(
        answer,
        json!({
            "added": 2, "ignored": 14, "total": 16,
            "failures": [
                failure(0, "INCORRECT_FORMAT", &format("p-number", "abc")),
                failure(2, "INCOMPLETE_DATA", "incomplete data -- name is required"),
                failure(3, "DUPLICATE_NAME", "duplicate name -- Mike"),
                failure(4, "DUPLICATE_CODE", "duplicate code -- ID1"),
                failure(5, "INCORRECT_FORMAT", &format("parent", "Mars")),
                failure(6, "INCORRECT_FORMAT", &format("p-sum", "3")),
                failure(7, "INCORRECT_FORMAT", &format("nothing", "3")),
                failure(8, "INCORRECT_FORMAT", &format("p-boolean", "perhaps")),
                failure(9, "INCORRECT_FORMAT", &format("p-list", "World")),
                failure(10, "INCORRECT_FORMAT", &format("p-period", "FY26")),
                failure(11, "INCORRECT_FORMAT", &format("s3", "true")),
                failure(12, "INCORRECT_FORMAT", &format("s1", "perhaps")),
                failure(13, "DUPLICATE_NAME", "duplicate name -- TWO"),
                failure(15, "INCOMPLETE_DATA", "incomplete data -- name is required"),
            ],
        })
    );
    let fifteen = item(&simulator, PEOPLE, "202000000005").expect("the second that was added");
    assert_eq!(fifteen.name, "fifteen");
    assert_eq!(fifteen.parent.as_deref(), Some("202000000004"), "an item of the same request");
}

#[tokio::test]
async fn numbered_lists_name_their_items() {
    let simulator = start().await;
    let ann = ann(&simulator).await;
    let path = path(&simulator, "Plan");
    let items = json!([{"name": "n1", "code": "o9"}, {"code": "o1"}, {"code": "o3"}, {}]);
    assert_eq!(
        result(&add(&ann, &path, ORDERS, items).await),
        json!({
            "added": 2, "ignored": 2, "total": 4,
            "failures": [
                failure(0, "INCORRECT_FORMAT", "incorrect format -- column name:name, value:n1"),
                failure(1, "DUPLICATE_CODE", "duplicate code -- o1"),
            ],
        })
    );
    let read = ok(&ann.get(&format!("{path}/lists/{ORDERS}/items")).await);
    assert_eq!(
        read["listItems"],
        json!([
            {"id": "203000000001", "name": "#1", "code": "o1"},
            {"id": "203000000002", "name": "#2"},
            {"id": "203000000003", "name": "#3", "code": "o3"},
            {"id": "203000000004", "name": "#4"},
        ])
    );
    let items = json!([
        {"code": "o3", "parent": "#1"},
        {"id": "203000000004", "code": "o4"},
        {"name": "#1"},
        {"id": "203000000001", "name": "First"},
        {"id": "203000000001", "name": "#1", "code": "o1"},
        {},
    ]);
    assert_eq!(
        result(&update(&ann, &path, ORDERS, items).await),
        json!({
            "updated": 3, "ignored": 3, "total": 6,
            "failures": [
                failure(2, "INCOMPLETE_DATA", "incomplete data -- id or code is required"),
                failure(3, "INCORRECT_FORMAT", "incorrect format -- column name:name, value:First"),
                failure(5, "INCOMPLETE_DATA", "incomplete data -- id or code is required"),
            ],
        })
    );
    assert_eq!(
        item(&simulator, ORDERS, "203000000003").expect("#3").parent.as_deref(),
        Some("203000000001")
    );
    let read = ok(&ann.get(&format!("{path}/lists/{ORDERS}/items")).await);
    assert_eq!(
        read["listItems"][2],
        json!({
            "id": "203000000003", "name": "#3", "code": "o3",
            "parent": "#1", "parentId": "203000000001",
        }),
        "no list above"
    );
    assert_eq!(item(&simulator, ORDERS, "203000000004").expect("#4").code.as_deref(), Some("o4"));
}

/// A list with one item of this name, and perhaps code, is updated by one input.
async fn updated(name: &str, code: Option<&str>, mut input: Value) -> (Option<String>, Value) {
    let simulator = start().await;
    let ann = ann(&simulator).await;
    let path = path(&simulator, "Plan");
    let mut existing = json!({"name": name});
    if let Some(code) = code {
        existing["code"] = code.into();
    }
    assert_eq!(result(&add(&ann, &path, EMPTY, json!([existing])).await)["added"], 1);
    if input.get("id").is_some() {
        input["id"] = "204000000001".into();
    }
    let answer = result(&update(&ann, &path, EMPTY, json!([input])).await);
    let failure = answer["failures"][0]["failureType"].as_str().map(str::to_owned);
    assert_eq!(answer["updated"].as_u64(), Some(u64::from(failure.is_none())), "{answer}");
    let item = item(&simulator, EMPTY, "204000000001").expect("the item");
    (failure, json!({"name": item.name, "code": item.code}))
}

#[tokio::test]
async fn identifiers_of_updates_follow_the_table() {
    let (n1, c1) = ("n1", Some("c1"));
    let incomplete = Some("INCOMPLETE_DATA".to_owned());
    for (code, input, failure, after) in [
        (c1, json!({"name": "n1", "code": "c1"}), None, json!({"name": "n1", "code": "c1"})),
        (c1, json!({"name": "n2", "code": "c1"}), None, json!({"name": "n2", "code": "c1"})),
        (c1, json!({"code": "c1"}), None, json!({"name": "n1", "code": "c1"})),
        (
            c1,
            json!({"id": "", "name": "n1", "code": "c2"}),
            None,
            json!({"name": "n1", "code": "c2"}),
        ),
        (None, json!({"name": "n1"}), None, json!({"name": "n1", "code": null})),
        (None, json!({"name": "n1", "code": "c1"}), None, json!({"name": "n1", "code": "c1"})),
        (
            None,
            json!({"id": "", "name": "n1", "code": "c1"}),
            None,
            json!({"name": "n1", "code": "c1"}),
        ),
        (c1, json!({"name": "n1"}), incomplete.clone(), json!({"name": "n1", "code": "c1"})),
        (
            c1,
            json!({"name": "n1", "code": "c2"}),
            incomplete.clone(),
            json!({"name": "n1", "code": "c1"}),
        ),
        (
            c1,
            json!({"id": "", "name": "n1", "code": ""}),
            incomplete.clone(),
            json!({"name": "n1", "code": "c1"}),
        ),
        // Beyond the table.
        (c1, json!({"id": ""}), None, json!({"name": "n1", "code": "c1"})),
        (c1, json!({"id": "", "name": "n2"}), None, json!({"name": "n2", "code": "c1"})),
        (c1, json!({"name": "n9"}), incomplete.clone(), json!({"name": "n1", "code": "c1"})),
        (c1, json!({"code": "c9"}), incomplete.clone(), json!({"name": "n1", "code": "c1"})),
        (c1, json!({}), incomplete.clone(), json!({"name": "n1", "code": "c1"})),
    ] {
        let text = format!("{n1} {code:?} {input}");
        assert_eq!(updated(n1, code, input).await, (failure, after), "{text}");
    }
}

#[tokio::test]
async fn updates_change_only_what_is_given() {
    let simulator = start().await;
    let ann = ann(&simulator).await;
    let path = path(&simulator, "Plan");
    let items = json!([
        {"code": "id1", "properties": {"p-number": 13.5, "p-list": ""}, "subsets": {"s2": "true"}},
        {"name": "cindy", "parent": "East", "properties": {"p-text": null}},
        {"code": "id3", "parent": ""},
        {"id": "202000000001", "name": "CINDY"},
        {"id": "202000000001", "code": "id3"},
        {"id": "202999999999", "name": "x"},
        {"id": "202000000001", "parent": "mike"},
        {"code": "id3", "name": "Thomas"},
        {"code": "id1", "name": "tom"},
    ]);
    assert_eq!(
        result(&update(&ann, &path, PEOPLE, items).await),
        json!({
            "updated": 5, "ignored": 4, "total": 9,
            "failures": [
                failure(3, "DUPLICATE_NAME", "duplicate name -- CINDY"),
                failure(4, "DUPLICATE_CODE", "duplicate code -- id3"),
                failure(5, "INCOMPLETE_DATA", "incomplete data -- no item has the id 202999999999"),
                failure(6, "INCORRECT_FORMAT", "incorrect format -- column name:parent, value:mike"),
            ],
        })
    );
    let read = ok(&ann.get(&format!("{path}/lists/{PEOPLE}/items?includeAll=true")).await);
    let items = &read["listItems"];
    assert_eq!(items[0]["name"], "tom", "the name that another one had before");
    assert_eq!(items[0]["parent"], "West");
    assert_eq!(items[0]["subsets"], json!({"s1": true, "s2": true}));
    assert_eq!(
        items[0]["properties"],
        json!({
            "p-text": "a,\"b\"", "p-number": "13.5", "p-boolean": "true", "p-list": "",
            "p-period": "", "p-boss": "", "p-sum": "",
        })
    );
    assert_eq!(items[1]["parent"], "East");
    assert_eq!(items[2]["name"], "Thomas");
    assert!(items[2].get("parent").is_none());
}

#[tokio::test]
async fn nothing_hangs_from_itself() {
    let simulator = start().await;
    let ann = ann(&simulator).await;
    let path = path(&simulator, "Plan");
    let items = json!([
        {"code": "id1", "parent": "tom"},
        {"code": "id1", "parent": "World"},
        {"name": "cindy", "parent": "tom"},
        {"code": "id3", "parent": "cindy"},
    ]);
    let answer = result(&update(&ann, &path, PEOPLE, items).await);
    let failed: Vec<_> = answer["failures"]
        .as_array()
        .expect("failures")
        .iter()
        .map(|failure| failure["requestIndex"].as_u64().expect("an index"))
        .collect();
    assert_eq!(failed, [0, 3]);
    assert_eq!(item(&simulator, PEOPLE, "202000000001").expect("mike").parent, None);
}

#[tokio::test]
async fn bodies_are_checked_as_a_whole() {
    let simulator = start().await;
    let ann = ann(&simulator).await;
    let path = path(&simulator, "Plan");
    let items = format!("{path}/lists/{PEOPLE}/items");
    for body in [
        "",
        "[]",
        "{}",
        r#"{"items":{}}"#,
        r#"{"items":["x"]}"#,
        r#"{"items":[{"name":["x"]}]}"#,
        r#"{"items":[{"name":"x","properties":[]}]}"#,
        r#"{"items":[{"name":"x","properties":{"p-text":{}}}]}"#,
        r#"{"items":[{"name":"x","subsets":"s1"}]}"#,
    ] {
        for (method, query) in [("POST", "?action=add"), ("POST", "?action=delete"), ("PUT", "")] {
            let answer = ann.call(method, &format!("{items}{query}"), body).await;
            assert_eq!(
                refusal(&answer),
                (400, "Malformed JSON request".to_owned()),
                "{method} {body}"
            );
        }
    }
    let none = r#"{"items":[]}"#;
    assert_eq!(
        refusal(&ann.call("POST", &items, none).await),
        (400, "Required parameter 'action' is not present".to_owned())
    );
    assert_eq!(
        refusal(&ann.call("POST", &format!("{items}?action=Add"), none).await),
        (400, "Invalid value for parameter 'action': Add".to_owned())
    );
    let answer = ann.call("POST", &format!("{items}?action=add"), none).await;
    assert_eq!(result(&answer), json!({"added": 0, "ignored": 0, "total": 0}));
    let header = format!("AnaplanAuthToken {}", ann.token);
    let headers = [("Authorization", header.as_str()), ("Content-Type", "text/plain")];
    for (method, query) in [("POST", "?action=add"), ("PUT", "")] {
        let path = format!("{items}{query}");
        let answer = send(&simulator, method, &path, &headers, none).await.expect("an answer");
        assert_eq!(answer.status, 415, "{method}");
    }
    assert_eq!(simulator.tenant().find_model("Plan").expect("model").lists[1].items.len(), 3);
}

#[tokio::test]
async fn a_request_holds_a_hundred_thousand_items() {
    let simulator = start().await;
    let ann = ann(&simulator).await;
    let path = path(&simulator, "Plan");
    let many = |count: usize| -> Value {
        (0..count).map(|number| json!({"name": format!("item {number}")})).collect()
    };
    let (status, message) = refusal(&add(&ann, &path, EMPTY, many(100_001)).await);
    assert_eq!((status, message.as_str()), (400, "A request may hold at most 100000 items"));
    assert_eq!(update(&ann, &path, EMPTY, many(100_001)).await.status, 400);
    let answer = result(&add(&ann, &path, EMPTY, many(100_000)).await);
    assert_eq!(answer, json!({"added": 100_000, "ignored": 0, "total": 100_000}));
    let read = ok(&ann.get(&format!("{path}/lists/{EMPTY}")).await);
    assert_eq!(read["metadata"]["itemCount"], 100_001);
}

#[tokio::test]
async fn states_of_the_model_refuse_writes() {
    let simulator = start().await;
    let session = ann(&simulator).await;
    let items = || json!([{"code": "new"}]);
    for (model, list, status) in [
        ("Plan", ORDERS, 200),
        ("Live", ORDERS, 200),
        ("Live", PEOPLE, 425),
        ("Locked", ORDERS, 423),
        ("Archived", ORDERS, 422),
        ("Offline", ORDERS, 424),
        ("Secret", ORDERS, 404),
        ("Plan", "101999999999", 404),
    ] {
        let path = path(&simulator, model);
        let answer = add(&session, &path, list, items()).await;
        assert_eq!(answer.status, status, "{model} {list} {}", answer.text());
        assert_eq!(update(&session, &path, list, items()).await.status, status, "{model} {list}");
        let delete = format!("{path}/lists/{list}/items?action=delete");
        let body = json!({"items": items()}).to_string();
        assert_eq!(session.call("POST", &delete, &body).await.status, status, "{model} {list}");
    }
    let bob = Session::new(&simulator, "bob@example.com", "concealed").await;
    let answer = add(&bob, &path(&simulator, "Plan"), ORDERS, items()).await;
    assert_eq!(answer.status, 200, "standard users may write");
}
