//! Reading lists: listing, metadata, items.

use serde_json::json;

use super::super::{Simulator, Tenant, User, Workspace};
use super::client::{Answer, Session, send};
use super::plan::{EMPTY, ORDERS, PEOPLE, REGIONS, ann, both, builder, ok, path, refusal, start};

async fn get_as(session: &Session<'_>, path: &str, accept: &str) -> Answer {
    let header = format!("AnaplanAuthToken {}", session.token);
    let headers = [("Authorization", header.as_str()), ("Accept", accept)];
    send(session.simulator, "GET", path, &headers, "").await.expect("an answer")
}

#[tokio::test]
async fn lists_are_listed() {
    let simulator = start().await;
    let ann = ann(&simulator).await;
    for path in both(&simulator) {
        let answer = ok(&ann.get(&format!("{path}/lists?sort=-name&limit=2")).await);
        assert_eq!(
            answer["lists"],
            json!([{"id": REGIONS, "name": "Regions"}, {"id": PEOPLE, "name": "People"}])
        );
        assert_eq!(answer["meta"]["paging"]["totalSize"], 4);
        let schema = answer["meta"]["schema"].as_str().expect("text");
        assert!(schema.ends_with("/objects/list"), "{schema}");
    }
}

#[tokio::test]
async fn metadata_has_what_is_set() {
    let simulator = start().await;
    let ann = ann(&simulator).await;
    for path in both(&simulator) {
        let regions = ok(&ann.get(&format!("{path}/lists/{REGIONS}")).await);
        assert_eq!(
            regions["metadata"],
            json!({
                "id": REGIONS,
                "name": "Regions",
                "hasSelectiveAccess": false,
                "managedBy": "",
                "numberedList": false,
                "useTopLevelAsPageDefault": false,
                "itemCount": 4,
                "permittedItems": 999_999_995,
                "workflowEnabled": false,
                "productionData": false,
                "topLevelItem": {"id": "201000000000", "name": "World"},
                "category": "Sales",
                "usedInAppliesTo": "Sales",
            }),
            "the top-level item counts, and what isn't set is missing"
        );
    }
    let path = path(&simulator, "Plan");
    let people = ok(&ann.get(&format!("{path}/lists/{PEOPLE}")).await);
    let metadata = &people["metadata"];
    assert_eq!(metadata["parent"], json!({"id": REGIONS, "name": "Regions"}));
    assert_eq!(
        metadata["subsets"],
        json!([{"id": "109000000001", "name": "s1"}, {"id": "109000000002", "name": "s2"}])
    );
    assert_eq!(metadata["hasSelectiveAccess"], true);
    assert_eq!(
        metadata["properties"][3],
        json!({"name": "p-list", "format": "LIST", "notes": "", "referencedBy": ""})
    );
    assert_eq!(
        metadata["properties"][6],
        json!({"name": "p-sum", "format": "NUMBER", "notes": "two", "referencedBy": "", "formula": "1 + 1"})
    );
    let orders = ok(&ann.get(&format!("{path}/lists/{ORDERS}")).await);
    assert_eq!(orders["metadata"]["numberedList"], true);
    assert_eq!(orders["metadata"]["nextItemIndex"], 3);
    assert_eq!(orders["metadata"]["productionData"], true);
    assert_eq!(orders["metadata"]["itemCount"], 2);
}

#[tokio::test]
async fn keys_can_be_spelt_the_other_way() {
    let simulator = builder().odd_spellings(true).start().await.expect("start");
    let ann = ann(&simulator).await;
    let path = path(&simulator, "Plan");
    let orders = ok(&ann.get(&format!("{path}/lists/{ORDERS}")).await);
    assert_eq!(orders["metadata"]["nextitemIndex"], 3);
    assert!(orders["metadata"].get("nextItemIndex").is_none());
    let calendar = ok(&ann.get(&format!("{path}/modelCalendar")).await);
    assert_eq!(calendar["modelCalendar"]["totalsSelection"]["isQuarterTotals"], true);
}

#[tokio::test]
async fn items_show_their_place() {
    let simulator = start().await;
    let ann = ann(&simulator).await;
    for path in both(&simulator) {
        let people = ok(&ann.get(&format!("{path}/lists/{PEOPLE}/items")).await);
        assert_eq!(
            people["listItems"],
            json!([
                {
                    "id": "202000000001", "name": "mike", "code": "id1",
                    "parent": "West", "parentId": "201000000002",
                    "listId": REGIONS, "listName": "Regions",
                },
                {"id": "202000000002", "name": "cindy"},
                {
                    "id": "202000000003", "name": "tom", "code": "id3",
                    "parent": "mike", "parentId": "202000000001",
                    "listId": PEOPLE, "listName": "People",
                },
            ])
        );
        assert!(people["meta"].get("paging").is_none());
        let orders = ok(&ann.get(&format!("{path}/lists/{ORDERS}/items/")).await);
        assert_eq!(
            orders["listItems"],
            json!([
                {"id": "203000000001", "name": "#1", "code": "o1"},
                {"id": "203000000002", "name": "#2"},
            ])
        );
        let empty = ok(&ann.get(&format!("{path}/lists/{EMPTY}/items")).await);
        assert!(empty.get("listItems").is_none(), "no key without items");
    }
}

#[tokio::test]
async fn all_of_an_item_is_shown_on_request() {
    let simulator = start().await;
    let ann = ann(&simulator).await;
    let path = path(&simulator, "Plan");
    let people = ok(&ann.get(&format!("{path}/lists/{PEOPLE}/items?includeAll=true")).await);
    let mike = &people["listItems"][0];
    assert_eq!(mike["subsets"], json!({"s1": true, "s2": false}));
    assert_eq!(
        mike["properties"],
        json!({
            "p-text": "a,\"b\"", "p-number": "12.0", "p-boolean": "true", "p-list": "East",
            "p-period": "", "p-boss": "", "p-sum": "",
        })
    );
    assert_eq!(mike["read"], json!(["bob@example.com"]));
    assert_eq!(mike["write"], json!(["ann.lee@example.com"]));
    let orders = ok(&ann.get(&format!("{path}/lists/{ORDERS}/items?includeAll=true")).await);
    assert_eq!(
        orders["listItems"][0],
        json!({"id": "203000000001", "name": "#1", "code": "o1"}),
        "neither properties, subsets nor selective access"
    );
}

#[tokio::test]
async fn items_come_as_csv_too() {
    let simulator = start().await;
    let ann = ann(&simulator).await;
    for path in both(&simulator) {
        let items = format!("{path}/lists/{PEOPLE}/items");
        let answer = get_as(&ann, &items, "text/csv").await;
        assert_eq!(answer.status, 200);
        assert!(answer.header("content-type").expect("a type").starts_with("text/csv"));
        assert_eq!(
            answer.text(),
            "id,name,code,parent,parentId,listId,listName\n\
             202000000001,mike,id1,West,201000000002,101000000001,Regions\n\
             202000000002,cindy,,,,,\n\
             202000000003,tom,id3,mike,202000000001,101000000002,People\n"
        );
        let answer = get_as(&ann, &format!("{items}?includeAll=true"), "text/csv").await;
        let text = answer.text();
        let mut lines = text.lines();
        assert_eq!(
            lines.next(),
            Some(
                "id,name,code,parent,parentId,listId,listName,s1,s2,p-text,p-number,p-boolean,p-list,p-period,p-boss,p-sum"
            )
        );
        assert_eq!(
            lines.next(),
            Some(
                "202000000001,mike,id1,West,201000000002,101000000001,Regions,true,false,\"a,\"\"b\"\"\",12.0,true,East,,,"
            )
        );
    }
    let items = format!("{}/lists/{PEOPLE}/items", path(&simulator, "Plan"));
    for (accept, status, kind) in [
        ("*/*", 200, "application/json;charset=UTF-8"),
        ("application/json", 200, "application/json;charset=UTF-8"),
        ("text/csv;q=0, application/json", 200, "application/json;charset=UTF-8"),
        ("application/xml", 406, "application/json;charset=UTF-8"),
    ] {
        let answer = get_as(&ann, &items, accept).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (status, Some(kind)),
            "{accept}"
        );
    }
}

#[tokio::test]
async fn limit_and_offset_are_ignored_unless_switched_on() {
    let simulator = start().await;
    let session = ann(&simulator).await;
    let items = format!("{}/lists/{PEOPLE}/items?limit=1&offset=1", path(&simulator, "Plan"));
    let answer = ok(&session.get(&items).await);
    assert_eq!(answer["listItems"].as_array().expect("items").len(), 3);

    let simulator = builder().list_item_paging(true).page_cap(2).start().await.expect("start");
    let session = ann(&simulator).await;
    let answer = ok(&session.get(&items).await);
    assert_eq!(answer["listItems"], json!([{"id": "202000000002", "name": "cindy"}]));
    assert_eq!(answer["meta"]["paging"]["totalSize"], 3);
    let all = items.split_once('?').expect("a query").0;
    let answer = ok(&session.get(all).await);
    assert_eq!(answer["meta"]["paging"]["currentPageSize"], 2);
}

#[tokio::test]
async fn a_list_can_be_too_long_to_read() {
    let simulator = builder().item_limit(2).start().await.expect("start");
    let ann = ann(&simulator).await;
    let path = path(&simulator, "Plan");
    let (status, message) = refusal(&ann.get(&format!("{path}/lists/{PEOPLE}/items")).await);
    assert_eq!(status, 400);
    assert_eq!(message, "The list has more than 2 items. Use a large read request instead");
    assert_eq!(get_as(&ann, &format!("{path}/lists/{PEOPLE}/items"), "text/csv").await.status, 400);
    assert_eq!(ann.get(&format!("{path}/lists/{ORDERS}/items")).await.status, 200);
    assert_eq!(ann.get(&format!("{path}/lists/{PEOPLE}")).await.status, 200);
}

#[tokio::test]
async fn who_may_not_enter_reads_no_list() {
    let simulator = start().await;
    let ann = ann(&simulator).await;
    for (model, status) in
        [("Locked", 200), ("Live", 200), ("Archived", 422), ("Offline", 424), ("Secret", 404)]
    {
        let path = path(&simulator, model);
        for tail in ["lists", &format!("lists/{PEOPLE}"), &format!("lists/{PEOPLE}/items")] {
            assert_eq!(ann.get(&format!("{path}/{tail}")).await.status, status, "{model} {tail}");
        }
    }
    let path = path(&simulator, "Plan");
    for absent in ["lists/101999999999", "lists/101999999999/items", "lists/People"] {
        assert_eq!(ann.get(&format!("{path}/{absent}")).await.status, 404, "{absent}");
    }
    assert_eq!(
        ann.call("DELETE", &format!("{path}/lists/{PEOPLE}/items"), "").await.header("allow"),
        Some("GET, POST, PUT")
    );
}

#[tokio::test]
async fn lists_of_a_big_model_are_paged() {
    let lists = (0..30).map(|number| super::super::List::new(&format!("L{number:02}")));
    let model = lists.fold(super::super::Model::new("Big"), super::super::Model::list);
    let tenant = Tenant::new()
        .user(User::new("ann.lee@example.com", "secret"))
        .workspace(Workspace::new("W").model(model));
    let simulator = Simulator::builder(tenant).page_cap(12).start().await.expect("start");
    let ann = ann(&simulator).await;
    let path = path(&simulator, "Big");
    let mut seen = 0;
    for expected in [12, 12, 6] {
        let page = ok(&ann.get(&format!("{path}/lists?offset={seen}")).await);
        assert_eq!(page["lists"].as_array().expect("lists").len(), expected);
        seen += expected;
    }
}
