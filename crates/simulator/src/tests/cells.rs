//! Writing cells.

use serde_json::{Value, json};

use super::client::{Answer, Session};
use super::plan::{ann, both, cell, ok, path, refusal, start};

const SALES: &str = "102000000001";

async fn post(session: &Session<'_>, path: &str, cells: &Value) -> Answer {
    session.call("POST", &format!("{path}/modules/{SALES}/data"), &cells.to_string()).await
}

/// How many cells changed, and the failures as index and type.
async fn write(session: &Session<'_>, path: &str, cells: Value) -> (u64, Vec<(u64, String)>) {
    let answer = ok(&post(session, path, &cells).await);
    let failures = answer["failures"].as_array().cloned().unwrap_or_default();
    let failures = failures.iter().map(|failure| {
        let kind = failure["failureType"].as_str().expect("a type").to_owned();
        (failure["requestIndex"].as_u64().expect("an index"), kind)
    });
    (answer["numberOfCellsChanged"].as_u64().expect("a number"), failures.collect())
}

fn units(region: &str, month: &str, version: &str, value: Value) -> Value {
    json!({
        "lineItemName": "Units",
        "dimensions": [
            {"dimensionName": "Regions", "itemName": region},
            {"dimensionName": "Time", "itemName": month},
            {"dimensionName": "Versions", "itemName": version},
        ],
        "value": value,
    })
}

fn single(line_item: &str, value: Value) -> Value {
    json!({"lineItemName": line_item, "value": value})
}

#[tokio::test]
async fn a_written_cell_is_read_again() {
    let simulator = start().await;
    let ann = ann(&simulator).await;
    for (value, path) in (1111..).zip(both(&simulator)) {
        let answer =
            post(&ann, &path, &json!([units("East", "Jan 26", "Actual", value.into())])).await;
        assert_eq!(
            ok(&answer),
            json!({
                "meta": {"schema": "https://api.anaplan.com/2/0/objects/writeCellDataResponse"},
                "status": {"code": 200, "message": "Success"},
                "numberOfCellsChanged": 1,
            }),
            "no key of failures"
        );
        assert_eq!(cell(&simulator, "Units", &["East", "Jan 26", "Actual"]), value.to_string());
    }
    let view = format!("{}/views/{SALES}/data", path(&simulator, "Plan"));
    let grid = ann.get_as(&view, "text/csv").await.text();
    assert!(grid.lines().any(|line| line.split(',').any(|cell| cell == "1112")), "{grid}");
    assert_eq!(cell(&simulator, "Double", &["East", "Jan 26", "Actual"]), "2224");
    assert_eq!(cell(&simulator, "Units", &["World", "Q1 FY26", "Actual"]), "1128");
    assert_eq!(cell(&simulator, "Units", &["East", "Jan 26", "Forecast"]), "1112", "switchover");
}

#[tokio::test]
async fn members_are_named_in_every_way() {
    let simulator = start().await;
    let ann = ann(&simulator).await;
    let path = path(&simulator, "Plan");
    let tenant = simulator.tenant();
    let model = tenant.find_model("Plan").expect("model");
    let line_item = &model.modules[0].line_items[0].id;
    let month =
        model.calendar.periods().into_iter().find(|it| it.name == "Jul 26").expect("a month");
    let regions = [
        json!({"dimensionId": "101000000001", "itemId": "201000000002"}),
        json!({"dimensionId": "101000000001", "itemName": "west"}),
        json!({"dimensionId": "101000000001", "itemCode": "w"}),
        json!({"dimensionName": "Regions", "itemId": 201_000_000_002_u64}),
        json!({"dimensionName": "regions", "itemName": "West", "itemCode": ""}),
        json!({"dimensionName": "Regions", "itemCode": "W"}),
        json!({"dimensionId": "101000000001", "dimensionName": "Regions", "itemId": "201000000002", "itemName": "West", "itemCode": "W"}),
    ];
    let times = [
        json!({"dimensionId": "20000000003", "itemId": month.id}),
        json!({"dimensionName": "Time", "itemName": "jul 26"}),
        json!({"dimensionId": 20_000_000_003_u64, "itemName": "Jul 26"}),
        json!({"dimensionName": "Time", "itemId": month.id}),
    ];
    let versions = [
        json!({"dimensionId": "20000000020", "itemId": model.versions[0].id}),
        json!({"dimensionName": "Versions", "itemName": "Actual"}),
        json!({"dimensionName": "Version", "itemName": "Actual"}),
    ];
    let items = [
        json!({"lineItemId": line_item}),
        json!({"lineItemName": "Units"}),
        json!({"lineItemId": line_item, "lineItemName": "Units"}),
    ];
    let mut cells = Vec::new();
    let turns = items.iter().flat_map(|item| regions.iter().map(move |region| (item, region)));
    for (item, region) in turns {
        for (time, version) in
            times.iter().flat_map(|time| versions.iter().map(move |it| (time, it)))
        {
            let mut cell = item.clone();
            // In any order.
            cell["dimensions"] = match cells.len() % 3 {
                0 => json!([region, time, version]),
                1 => json!([version, region, time]),
                _ => json!([time, version, region]),
            };
            cell["value"] = (cells.len() + 10).into();
            cells.push(cell);
        }
    }
    let count = cells.len();
    assert_eq!(count, 3 * 7 * 4 * 3);
    let (changed, failures) = write(&ann, &path, cells.into()).await;
    assert_eq!(failures, []);
    assert_eq!(changed, count as u64, "each has another value than the one before");
    assert_eq!(cell(&simulator, "Units", &["West", "Jul 26", "Actual"]), (count + 9).to_string());
}

#[tokio::test]
async fn a_cell_that_is_not_found_fails_alone() {
    let simulator = start().await;
    let ann = ann(&simulator).await;
    let path = path(&simulator, "Plan");
    let with =
        |dimensions: Value| json!({"lineItemName": "Units", "dimensions": dimensions, "value": 5});
    let region = json!({"dimensionName": "Regions", "itemName": "East"});
    let time = json!({"dimensionName": "Time", "itemName": "Jan 26"});
    let version = json!({"dimensionName": "Versions", "itemName": "Actual"});
    let cells = json!([
        {"lineItemName": "Nothing", "value": 5},
        {"lineItemId": "299999999999", "value": 5},
        {"lineItemId": "299999999999", "lineItemName": "Units", "value": 5},
        with(json!([])),
        with(json!([region, time])),
        with(json!([region, time, version, version])),
        with(json!([region, region, version])),
        with(json!([region, time, {"dimensionName": "Users", "itemName": "Actual"}])),
        with(json!([{"dimensionName": "Regions", "itemName": "Mars"}, time, version])),
        with(json!([{"dimensionName": "Regions", "itemId": "5"}, time, version])),
        with(json!([{"dimensionName": "Regions", "itemCode": "east"}, time, version])),
        with(json!([{"dimensionName": "Regions", "itemName": "East", "itemCode": "W"}, time, version])),
        with(json!([region, {"dimensionName": "Time", "itemName": "Jan 31"}, version])),
        with(json!([region, time, version])),
        {"lineItemName": "Rate", "dimensions": [version], "value": 5},
    ]);
    let answer = ok(&post(&ann, &path, &cells).await);
    assert_eq!(answer["numberOfCellsChanged"], 1);
    let failures = answer["failures"].as_array().expect("failures");
    assert_eq!(failures.len(), 14);
    for (at, failure) in failures.iter().enumerate() {
        assert_eq!(
            *failure,
            json!({
                "requestIndex": if at == 13 { 14 } else { at },
                "failureType": "cellIsInvalid",
                "failureMessageDetails": "the cell could not be found or resolved",
            })
        );
    }
    assert_eq!(cell(&simulator, "Units", &["East", "Jan 26", "Actual"]), "5");
}

#[tokio::test]
async fn calculated_cells_are_refused() {
    let simulator = start().await;
    let ann = ann(&simulator).await;
    let path = path(&simulator, "Plan");
    let mut double = units("East", "Jan 26", "Actual", 1.into());
    double["lineItemName"] = "Double".into();
    let heads = |name: &str| json!({"lineItemName": "Heads", "dimensions": [{"dimensionName": "People", "itemName": name}], "value": 1});
    let cells = json!([
        double,
        units("World", "Jan 26", "Actual", 1.into()),
        units("East", "Q1 FY26", "Actual", 1.into()),
        units("East", "Jan 26", "Forecast", 1.into()),
        units("East", "Mar 26", "Gap", 1.into()),
        heads("mike"),
        heads("East"),
        units("East", "Mar 26", "Forecast", 1.into()),
        heads("tom"),
    ]);
    let answer = ok(&post(&ann, &path, &cells).await);
    assert_eq!(answer["numberOfCellsChanged"], 2);
    let failures = answer["failures"].as_array().expect("failures");
    assert_eq!(failures.len(), 7);
    for (index, failure) in failures.iter().enumerate() {
        assert_eq!(
            *failure,
            json!({
                "requestIndex": index,
                "failureType": "cellIsCalculated",
                "failureMessageDetails": "the cell is a calculated/aggregate cell and is not writeable",
            })
        );
    }
}

#[tokio::test]
async fn values_fit_their_format() {
    let simulator = start().await;
    let ann = ann(&simulator).await;
    let path = path(&simulator, "Plan");
    let at = |line_item: &str, value: Value| {
        let mut cell = units("East", "Jan 26", "Actual", value);
        cell["lineItemName"] = line_item.into();
        cell
    };
    let owner = |value: Value| json!({"lineItemName": "Owner", "dimensions": [{"dimensionName": "Versions", "itemName": "Actual"}], "value": value});
    for (line_item, given, shown) in [
        ("Units", json!(12.50), "12.5"),
        ("Units", json!("-3e2"), "-300"),
        ("Units", json!(""), ""),
        ("Note", json!("a, \"b\""), "a, \"b\""),
        ("Note", json!(""), ""),
        ("Firm", json!(true), "true"),
        ("Firm", json!("FALSE"), "false"),
        ("Firm", json!(true), "true"),
        ("Firm", json!(""), "false"),
        ("Due", json!("2026-12-31"), "2026-12-31"),
        ("Due", json!(""), ""),
        ("Start", json!("dec 26"), "Dec 26"),
        ("Start", json!(""), ""),
        ("Owner", json!("Mike"), "mike"),
        ("Owner", json!("id3"), "tom"),
        ("Owner", json!(""), ""),
    ] {
        let (cells, members): (Value, &[&str]) = match line_item {
            "Owner" => (json!([owner(given.clone())]), &["Actual"]),
            "Start" => (json!([single("Start", given.clone())]), &[]),
            _ => (json!([at(line_item, given.clone())]), &["East", "Jan 26", "Actual"]),
        };
        assert_eq!(write(&ann, &path, cells).await, (1, vec![]), "{line_item} {given}");
        assert_eq!(cell(&simulator, line_item, members), shown, "{line_item} {given}");
    }
    let bad = [
        at("Units", json!("abc")),
        at("Units", json!(true)),
        at("Units", json!("Infinity")),
        at("Note", json!(5)),
        at("Note", json!(false)),
        at("Firm", json!(1)),
        at("Firm", json!("yes")),
        at("Due", json!("31.12.2026")),
        at("Due", json!("2026-02-30")),
        at("Due", json!(20260101)),
        owner(json!("nobody")),
        owner(json!("West")),
        single("Start", json!("Q1 FY26")),
        single("Start", json!("Jan 31")),
    ];
    let count = bad.len() as u64;
    let (changed, failures) = write(&ann, &path, bad.to_vec().into()).await;
    let expected: Vec<_> = (0..count).map(|index| (index, "valueIsInvalid".to_owned())).collect();
    assert_eq!((changed, failures), (0, expected));
}

#[tokio::test]
async fn unchanged_values_are_not_counted() {
    let simulator = start().await;
    let ann = ann(&simulator).await;
    let path = path(&simulator, "Plan");
    let east = |value: Value| units("East", "Jan 26", "Actual", value);
    assert_eq!(write(&ann, &path, json!([east(2.into())])).await, (0, vec![]), "as it is filled");
    assert_eq!(
        write(&ann, &path, json!([east(3.into()), east("3.0".into()), east(4.into())])).await,
        (2, vec![])
    );
    assert_eq!(
        cell(&simulator, "Units", &["East", "Jan 26", "Actual"]),
        "4",
        "the last one counts"
    );
    assert_eq!(write(&ann, &path, json!([east(4.into()), east(4.into())])).await, (0, vec![]));
    assert_eq!(write(&ann, &path, json!([east(5.into()), east(4.into())])).await, (2, vec![]));
    assert_eq!(cell(&simulator, "Units", &["East", "Jan 26", "Actual"]), "4");
    assert_eq!(write(&ann, &path, json!([])).await, (0, vec![]));
}

#[tokio::test]
async fn incomplete_requests_write_nothing() {
    let simulator = start().await;
    let ann = ann(&simulator).await;
    let path = path(&simulator, "Plan");
    let good = units("East", "Jan 26", "Actual", 77.into());
    for (bad, message) in [
        (json!({"lineItemName": "Rate"}), "value must be provided"),
        (json!({"lineItemName": "Rate", "value": null}), "value must be provided"),
        (
            json!({"lineItemName": "Rate", "value": [1]}),
            "value must be a string, a number or a boolean",
        ),
        (json!({"value": 1}), "lineItemId or lineItemName must be provided"),
        (json!({"lineItemName": {}, "value": 1}), "lineItemName must be a string"),
        (
            json!({"lineItemName": "Units", "dimensions": {}, "value": 1}),
            "dimensions must be an array",
        ),
        (
            json!({"lineItemName": "Units", "dimensions": [{"itemName": "East"}], "value": 1}),
            "dimensionId or dimensionName must be provided",
        ),
        (
            json!({"lineItemName": "Units", "dimensions": [{"dimensionName": "Regions"}], "value": 1}),
            "itemId, itemName or itemCode must be provided",
        ),
        (json!("x"), "a cell must be an object"),
    ] {
        let answer = post(&ann, &path, &json!([good, bad])).await;
        assert_eq!(refusal(&answer), (400, format!("Cell 1: {message}")));
    }
    let data = format!("{path}/modules/{SALES}/data");
    for body in ["", "{}", "[", "null"] {
        let answer = ann.call("POST", &data, body).await;
        assert_eq!(refusal(&answer), (400, "Malformed JSON request".to_owned()), "{body}");
    }
    assert_eq!(cell(&simulator, "Units", &["East", "Jan 26", "Actual"]), "2");
}

#[tokio::test]
async fn a_request_holds_so_many_cells_and_bytes() {
    let simulator = start().await;
    let ann = ann(&simulator).await;
    let path = path(&simulator, "Plan");
    let many = |count: usize| -> Value { (0..count).map(|at| single("Rate", at.into())).collect() };
    assert_eq!(
        refusal(&post(&ann, &path, &many(100_001)).await),
        (400, "A request may hold at most 100000 cells".to_owned())
    );
    assert_eq!(write(&ann, &path, many(100_000)).await, (100_000, vec![]));
    assert_eq!(cell(&simulator, "Rate", &[]), "99999");
    let data = format!("{path}/modules/{SALES}/data");
    let body = format!("[]{}", " ".repeat(15_000_000 - 2));
    assert_eq!(ann.call("POST", &data, &body).await.status, 200);
    let (status, message) = refusal(&ann.call("POST", &data, &format!("{body} ")).await);
    assert_eq!((status, message.as_str()), (413, "A request may hold at most 15000000 bytes"));
}

#[tokio::test]
async fn who_may_not_enter_writes_no_cell() {
    let simulator = start().await;
    let session = ann(&simulator).await;
    let cells = json!([single("Rate", 1.into())]);
    for (model, status) in [
        ("Plan", 200),
        ("Live", 200),
        ("Locked", 423),
        ("Archived", 422),
        ("Offline", 424),
        ("Secret", 404),
    ] {
        let answer = post(&session, &path(&simulator, model), &cells).await;
        assert_eq!(answer.status, status, "{model} {}", answer.text());
    }
    let path = path(&simulator, "Plan");
    let absent = format!("{path}/modules/102999999999/data");
    assert_eq!(session.call("POST", &absent, &cells.to_string()).await.status, 404);
    let answer = session.get(&format!("{path}/modules/{SALES}/data")).await;
    assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")));
    let bob = Session::new(&simulator, "bob@example.com", "concealed").await;
    assert_eq!(post(&bob, &path, &cells).await.status, 200, "standard users may write");
}
