//! Modules, views, line items and dimensions: what there is.

use serde_json::{Value, json};

use super::super::Simulator;
use super::client::Session;
use super::planning::{Ids, LINES, TIME, VERSIONS, tenant};

fn texts(answer: &Value, key: &str, field: &str) -> Vec<String> {
    let entries = answer[key].as_array().map(Vec::as_slice).unwrap_or_default();
    entries.iter().map(|entry| entry[field].as_str().expect("a text").to_owned()).collect()
}

#[tokio::test]
async fn views_have_long_names_in_the_model_and_short_ones_in_the_module() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let ids = Ids::of(&ann);
    let modules = ann.get(&ids.path("modules")).await.json();
    assert_eq!(texts(&modules, "modules", "name"), ["Sales", "P&L.Report", "Settings", "Access"]);
    assert_eq!(modules["meta"]["paging"]["totalSize"], 4);
    assert!(texts(&modules, "modules", "id").iter().all(|id| id.starts_with("102")));

    let views = ann.get(&ids.path("views")).await.json();
    assert_eq!(
        texts(&views, "views", "name"),
        [
            "Sales",
            "Sales.By product",
            "Sales.'Rev/2026 \"A\", B'",
            "Sales.Formats",
            "P&L.Report",
            "Settings",
            "Access"
        ]
    );
    let default = json!({"code": "", "id": ids.module("Sales"), "name": "Sales", "moduleId": ids.module("Sales")});
    assert_eq!(views["views"][0], default);

    for (value, is_true) in [("true", true), ("True", true), ("yes", false), ("1", false)] {
        let path = ids.path(&format!("views?includesubsidiaryviews={value}"));
        let names = texts(&ann.get(&path).await.json(), "views", "name");
        assert_eq!(names.contains(&"Sales.Staff".to_owned()), is_true, "{value}");
        assert_eq!(names.contains(&"Sales.Core units".to_owned()), is_true, "{value}");
        assert!(!names.contains(&"Sales.Units".to_owned()));
    }
    let path = ids.path(&format!(
        "modules/{}/views?includesubsidiaryviews=true&sort=-name",
        ids.module("Sales")
    ));
    let views = ann.get(&path).await.json();
    assert_eq!(
        texts(&views, "views", "name"),
        ["default", "Staff", "Rev/2026 \"A\", B", "Formats", "Core units", "By product"]
    );
    assert_eq!(texts(&views, "views", "id")[1], ids.line_item("Staff"));
    assert_eq!(ann.get(&ids.path("modules/102999999999/views")).await.status, 404);
}

#[tokio::test]
async fn a_view_tells_its_axes_beside_the_envelope() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let ids = Ids::of(&ann);
    let view = async |id: &str| {
        let mut answer = ann.get(&ids.path(&format!("views/{id}"))).await.json();
        let object = answer.as_object_mut().expect("an object");
        assert!(object.remove("meta").is_some() && object.remove("status").is_some());
        answer
    };
    let axis = |id: &str, name: &str| json!({"id": id, "name": name});
    let (products, time) = (axis(&ids.list("Products"), "Products"), axis(TIME, "Time"));
    let (versions, lines) = (axis(VERSIONS, "Versions"), axis(LINES, "Line items"));
    let sales = ids.module("Sales");
    let default = json!({
        "viewName": "Sales", "viewId": sales,
        "pages": [products, versions], "rows": [lines], "columns": [time],
    });
    assert_eq!(view(&sales).await, default);
    assert_eq!(view(&ids.line_item("Units")).await, default, "no dimensions of its own");
    let staff = ids.line_item("Staff");
    let wanted = json!({"viewName": "Staff", "viewId": staff, "rows": [lines], "columns": [time]});
    assert_eq!(view(&staff).await, wanted);
    let core = view(&ids.line_item("Core units")).await;
    assert_eq!(core["pages"], json!([versions, axis(&ids.subset("Core"), "Core")]));
    let saved = ids.view("Rev/2026 \"A\", B");
    let wanted = json!({
        "viewName": "Rev/2026 \"A\", B", "viewId": saved,
        "rows": [products, lines], "columns": [versions, time],
    });
    assert_eq!(view(&saved).await, wanted);
    let by_product = view(&ids.view("By product")).await;
    assert_eq!(by_product["pages"], json!([versions, lines]), "a forgotten dimension is a page");
    let report = view(&ids.module("P&L.Report")).await;
    assert_eq!(report["rows"], json!([axis(&ids.list("Orders"), "Orders")]));
    assert_eq!((&report["columns"], report.get("pages")), (&json!([lines]), None));
    let settings = view(&ids.module("Settings")).await;
    assert_eq!((&settings["rows"], settings.get("columns")), (&json!([lines]), None));
    assert_eq!(ann.get(&ids.path("views/299999999999")).await.status, 404);
}

#[tokio::test]
async fn line_items_have_a_short_and_a_long_form() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let ids = Ids::of(&ann);
    let short = ann.get(&ids.path("lineItems")).await.json();
    let units = json!({"moduleId": ids.module("Sales"), "moduleName": "Sales", "id": ids.line_item("Units"), "name": "Units"});
    assert_eq!(short["items"][0], units);
    assert_eq!(short["items"].as_array().expect("items").len(), 18);
    assert!(short["meta"].get("paging").is_none(), "not paged");
    let path = ids.path(&format!("modules/{}/lineItems?includeAll=true", ids.module("Sales")));
    let long = ann.get(&path).await.json();
    let items = long["items"].as_array().expect("items");
    assert_eq!(items.len(), 13);
    let find = |name: &str| items.iter().find(|item| item["name"] == name).expect("an item");
    let named = |id: String, name: &str| json!({"id": id, "name": name});
    // 3 products, 2 families and the top; 12 months, 4 quarters and the year; 3 versions.
    let cells = 6 * 17 * 3;
    let revenue = json!({
        "moduleId": ids.module("Sales"), "moduleName": "Sales",
        "id": ids.line_item("Revenue"), "name": "Revenue",
        "isSummary": false, "startOfSection": false, "broughtForward": false,
        "useSwitchover": true, "breakback": false, "cellCount": cells,
        "version": {"name": "All", "id": "16000000000"},
        "appliesTo": [named(ids.list("Products"), "Products")],
        "dataTags": [{"id": "127000000001", "name": "Published"}],
        "formula": "Units * Price", "code": "rev", "notes": "money",
        "format": "NUMBER",
        "formatMetadata": {
            "dataType": "NUMBER", "minimumSignificantDigits": 4, "decimalPlaces": -1,
            "negativeNumberNotation": "MINUS_SIGN", "unitsType": "NONE",
            "unitsDisplayType": "NONE", "zeroFormat": "ZERO", "comparisonIncrease": "GOOD",
            "groupingSeparator": "COMMA", "decimalSeparator": "FULL_STOP",
        },
        "summary": "Sum", "timeScale": "Month", "timeRange": "Model Calendar",
        "formulaScope": "All Versions", "style": "Normal",
    });
    assert_eq!(find("Revenue"), &revenue);
    let formats: Vec<&str> = items.iter().map(|it| it["format"].as_str().expect("text")).collect();
    assert_eq!(
        formats,
        [
            "NUMBER",
            "NUMBER",
            "NUMBER",
            "NONE",
            "TEXT",
            "TEXT",
            "BOOLEAN",
            "BOOLEAN",
            "DATE",
            "LIST",
            "TIME PERIOD",
            "NUMBER",
            "NUMBER"
        ]
    );
    let metadata = |name: &str| &find(name)["formatMetadata"];
    assert_eq!(metadata("Price")["customUnits"], "EUR");
    assert_eq!(metadata("Price")["decimalPlaces"], 2);
    assert_eq!(*metadata("Details"), json!({"dataType": "NONE"}));
    assert_eq!(*metadata("Comment"), json!({"dataType": "TEXT", "textType": "GENERAL"}));
    assert_eq!(metadata("Contact")["textType"], "EMAIL_ADDRESS");
    assert_eq!(*metadata("Many"), json!({"dataType": "BOOLEAN"}));
    assert_eq!(*metadata("Due"), json!({"dataType": "DATE"}));
    let list: u64 = ids.list("Products").parse().expect("a number");
    let best = json!({"dataType": "ENTITY", "hierarchyEntityLongId": list, "selectiveAccessApplied": false, "showAll": true});
    assert_eq!(*metadata("Best"), best);
    let period = json!({"entityId": "QUARTER", "entityLabel": "Quarter", "entityIndex": 2});
    assert_eq!(*metadata("Quarter"), json!({"dataType": "TIME_ENTITY", "periodType": period}));
    let staff = find("Staff");
    assert_eq!((staff["timeScale"].as_str(), staff.get("appliesTo")), (Some("Quarter"), None));
    assert_eq!((staff["cellCount"].as_u64(), staff.get("code")), (Some(5), None));
    assert_eq!(staff["version"]["name"], "Not Applicable");
    let users = &find("Units")["referencedBy"];
    let wanted = ["Revenue", "Many", "Core units"].map(|name| named(ids.line_item(name), name));
    assert_eq!(*users, json!(wanted));
    assert_eq!(find("Core units")["appliesTo"], json!([named(ids.subset("Core"), "Core")]));
    assert_eq!(ann.get(&ids.path("modules/1/lineItems")).await.status, 404);
}

#[tokio::test]
async fn dimensions_of_line_items_include_time_and_versions() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let ids = Ids::of(&ann);
    let units = ids.line_item("Units");
    let path = ids.path(&format!("lineItems/{units}/dimensions"));
    let answer = ann.get(&path).await.json();
    assert_eq!(texts(&answer, "dimensions", "id"), [TIME, VERSIONS, &ids.list("Products")]);
    let items = ann.get(&format!("{path}/{VERSIONS}/items")).await.json();
    assert_eq!(texts(&items, "items", "name"), ["Actual", "Forecast", "Gap"]);
    let items = ann.get(&format!("{path}/{TIME}/items")).await.json();
    assert_eq!(texts(&items, "items", "name")[..4], ["Jan 26", "Feb 26", "Mar 26", "Q1 FY26"]);
    let rate = ids.line_item("Rate");
    let none = ann.get(&ids.path(&format!("lineItems/{rate}/dimensions"))).await.json();
    assert!(none.get("dimensions").is_none());
    for (tail, status) in [
        (format!("lineItems/{rate}/dimensions/{TIME}/items"), 404),
        (format!("lineItems/{units}/dimensions/x/items"), 400),
        ("lineItems/x/dimensions".to_owned(), 400),
        ("lineItems/999/dimensions".to_owned(), 404),
    ] {
        assert_eq!(ann.get(&ids.path(&tail)).await.status, status, "{tail}");
    }
}

#[tokio::test]
async fn items_of_dimensions_depend_on_where_one_asks() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let ids = Ids::of(&ann);
    let of_model = async |id: &str| ann.get(&ids.path(&format!("dimensions/{id}/items"))).await;
    let products = of_model(&ids.list("Products")).await.json();
    assert_eq!(
        texts(&products, "items", "name"),
        ["Tea", "Coffee", "Hot", "Ice, \"cold\"", "Cold", "All products"]
    );
    assert_eq!(
        products["items"][0],
        json!({"id": ids.item("Products", "Tea"), "name": "Tea", "code": "T"})
    );
    assert!(products["items"][2].get("code").is_none() && products["meta"].get("paging").is_none());
    let core = of_model(&ids.subset("Core")).await.json();
    assert_eq!(texts(&core, "items", "name"), ["Tea", "Coffee", "Hot", "Cold", "All products"]);
    let figures = of_model(&ids.line_item_subset()).await.json();
    assert_eq!(texts(&figures, "items", "id"), [ids.line_item("Revenue"), ids.line_item("Rate")]);
    let orders = of_model(&ids.list("Orders")).await.json();
    assert_eq!(texts(&orders, "items", "name"), ["#1", "#2", "#3"]);
    // The id that views give the line items means the users here.
    let users = of_model(LINES).await.json();
    assert_eq!(texts(&users, "items", "name"), ["ann.lee@example.com", "bob@example.com"]);
    assert_eq!(of_model(TIME).await.status, 400);
    assert_eq!(of_model(VERSIONS).await.status, 400);
    assert_eq!(of_model("101000009999").await.status, 404);

    let of_view = async |view: &str, id: &str| {
        ann.get(&ids.path(&format!("views/{view}/dimensions/{id}/items"))).await
    };
    let saved = ids.view("Rev/2026 \"A\", B");
    let months = of_view(&saved, TIME).await.json();
    assert_eq!(texts(&months, "items", "id"), [ids.period("Mar 26"), ids.period("Apr 26")]);
    let shown = of_view(&saved, &ids.list("Products")).await.json();
    assert_eq!(texts(&shown, "items", "name"), ["Tea", "Coffee"], "in another order than shown");
    let lines = of_view(&saved, LINES).await.json();
    assert_eq!(texts(&lines, "items", "name")[..2], ["Units", "Comment"]);
    let orders = of_view(&ids.module("P&L.Report"), &ids.list("Orders")).await.json();
    assert_eq!(texts(&orders, "items", "name"), ["Rush", "Rush", "Slow"]);
    assert_eq!(of_view(&ids.module("Settings"), TIME).await.status, 404);
    assert_eq!(of_view(&ids.line_item("Staff"), VERSIONS).await.status, 404);
}

#[tokio::test]
async fn items_are_looked_up_by_name_and_code() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let ids = Ids::of(&ann);
    let look_up = async |id: &str, body: Value| {
        ann.call("POST", &ids.path(&format!("dimensions/{id}/items")), &body.to_string()).await
    };
    let products = ids.list("Products");
    let found =
        look_up(&products, json!({"names": ["TEA", "nothing", "hot"], "codes": ["t", "c"]}));
    assert_eq!(texts(&found.await.json(), "items", "name"), ["Tea", "Coffee", "Hot"]);
    let found = look_up(TIME, json!({"names": ["q1 fy26", "Dec 26"]})).await.json();
    assert_eq!(texts(&found, "items", "id"), [ids.period("Q1 FY26"), ids.period("Dec 26")]);
    let found = look_up(VERSIONS, json!({"names": ["forecast"], "codes": null})).await.json();
    assert_eq!(texts(&found, "items", "id"), [ids.version("Forecast")]);
    let found = look_up(&products, json!({"codes": ["nobody"]})).await;
    assert_eq!((found.status, found.json().get("items")), (200, None));
    for (id, body) in [
        (products.as_str(), json!({"names": [], "codes": []})),
        (&products, json!({})),
        (&products, json!({"names": "Tea"})),
        (TIME, json!({"codes": ["1"]})),
        (VERSIONS, json!({"names": ["Actual"], "codes": ["1"]})),
    ] {
        assert_eq!(look_up(id, body.clone()).await.status, 400, "{id} {body}");
    }
    assert_eq!(look_up("101000009999", json!({"names": ["Tea"]})).await.status, 404);
}

#[tokio::test]
async fn too_many_items_are_refused() {
    let simulator = Simulator::builder(tenant()).item_limit(5).start().await.expect("start");
    let ann = Session::ann(&simulator).await;
    let ids = Ids::of(&ann);
    let products = ids.list("Products");
    for path in [
        format!("dimensions/{products}/items"),
        format!("views/{}/dimensions/{products}/items", ids.module("Sales")),
        format!("lineItems/{}/dimensions/{products}/items", ids.line_item("Units")),
    ] {
        assert_eq!(ann.get(&ids.path(&path)).await.status, 400, "{path}");
    }
    let core = ids.path(&format!("dimensions/{}/items", ids.subset("Core")));
    assert_eq!(ann.get(&core).await.status, 200, "five are allowed");
}

#[tokio::test]
async fn both_path_forms_and_every_role_are_checked() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let ids = Ids::of(&ann);
    let tenant = simulator.tenant();
    let workspace = &tenant.workspaces[0].id;
    let secret = format!("/2/0/models/{}/", tenant.find_model("Secret").expect("a model").id);
    let (sales, units, products) =
        (ids.module("Sales"), ids.line_item("Units"), ids.list("Products"));
    for tail in [
        "modules".to_owned(),
        "views".to_owned(),
        "lineItems".to_owned(),
        format!("modules/{sales}/views"),
        format!("modules/{sales}/lineItems"),
        format!("views/{sales}"),
        format!("views/{sales}/data"),
        format!("views/{sales}/dimensions/{TIME}/items"),
        format!("lineItems/{units}/dimensions"),
        format!("lineItems/{units}/dimensions/{TIME}/items"),
        format!("dimensions/{products}/items"),
        format!("lists/{products}/preview"),
    ] {
        let short = ids.path(&tail);
        let long = short.replace("/2/0/", &format!("/2/0/workspaces/{workspace}/"));
        let (one, two) = (ann.get(&short).await, ann.get(&format!("{long}/")).await);
        assert_eq!((one.status, two.status), (200, 200), "{tail}");
        let clean = |text: String| text.split("\"next\"").next().unwrap_or_default().to_owned();
        assert_eq!(clean(one.text()), clean(two.text()), "{tail}");
        assert_eq!(ann.get(&format!("{secret}{tail}")).await.status, 404, "{tail}");
        assert_eq!(ann.call("DELETE", &short, "").await.status, 405, "{tail}");
        let other = long.replace(workspace, "8a000000000000000000000000000000");
        assert_eq!(ann.get(&other).await.status, 404, "{tail}");
    }
    assert_eq!(ann.get(&ids.path(&format!("modules/{sales}/data"))).await.status, 405);
    simulator.edit(|tenant| {
        tenant.model_mut("Plan").expect("the plan").state = "ARCHIVED".to_owned();
    });
    assert_eq!(ann.get(&ids.path("modules")).await.status, 422);
}
