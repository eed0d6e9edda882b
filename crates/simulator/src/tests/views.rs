//! The cells of views.

use serde_json::json;

use super::super::{Fault, Simulator};
use super::client::{Answer, Session};
use super::planning::{Ids, LINES, MONTHS, TIME, VERSIONS, tenant, units};

async fn data(session: &Session<'_>, view: &str, query: &str) -> Answer {
    session.get(&Ids::of(session).path(&format!("views/{view}/data{query}"))).await
}

/// The records of a CSV body.
pub(super) fn records(text: &str) -> Vec<Vec<String>> {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let records = reader.records().map(|record| record.expect("a record"));
    records.map(|record| record.iter().map(str::to_owned).collect()).collect()
}

#[tokio::test]
async fn a_grid_has_a_page_line_a_header_and_labels() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let ids = Ids::of(&ann);
    let view = ids.view("By product");
    let answer = data(&ann, &view, "").await;
    assert_eq!(answer.header("content-type"), Some("text/csv;charset=UTF-8"));
    assert!(answer.complete);
    assert_eq!(
        answer.text(),
        "Actual,Revenue\n\
         ,Jan 26,Feb 26,Q1 FY26\n\
         Tea,151.5,153,459\n\
         Coffee,451.5,453,1359\n\
         Hot,603,606,1818\n\
         \"Ice, \"\"cold\"\"\",301.5,303,909\n\
         Cold,301.5,303,909\n\
         All products,904.5,909,2727\n"
    );
    let settings = data(&ann, &ids.module("Settings"), "").await;
    assert_eq!(settings.text(), "Rate,-0.25\nOwner,\n");
    let report = data(&ann, &ids.module("P&L.Report"), "").await;
    assert_eq!(
        report.text(),
        ",Amount,\"Say \"\"hi\"\", ok\"\nRush,0,false\nRush,1,false\nSlow,2,false\n",
        "labels of numbered lists repeat"
    );
    let access = data(&ann, &ids.module("Access"), "").await;
    assert_eq!(
        access.text(),
        "Actual\n,Allowed\nann.lee@example.com,false\nbob@example.com,false\n"
    );
}

#[tokio::test]
async fn several_dimensions_on_an_axis_repeat_their_labels() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let view = Ids::of(&ann).view("Rev/2026 \"A\", B");
    let note = "\"a \"\"quoted\"\", long\nnote\"";
    let notes = [note; 4].join(",");
    // Calculated versions have figures only. Staff has no product here, its cells are blank.
    let wanted = format!(
        ",,Actual,Actual,Forecast,Forecast,Gap,Gap\n\
         ,,Mar 26,Apr 26,Mar 26,Apr 26,Mar 26,Apr 26\n\
         Coffee,Units,303,304,303.5,304.5,0.5,0.5\n\
         Coffee,Comment,{notes},,\n\
         Coffee,Many,true,true,true,true,,\n\
         Coffee,Staff,,,,,,\n\
         Coffee,Core units,303,304,303.5,304.5,0.5,0.5\n\
         Tea,Units,103,104,103.5,104.5,0.5,0.5\n\
         Tea,Comment,{notes},,\n\
         Tea,Many,false,false,false,false,,\n\
         Tea,Staff,,,,,,\n\
         Tea,Core units,103,104,103.5,104.5,0.5,0.5\n"
    );
    assert_eq!(data(&ann, &view, "").await.text(), wanted);
}

#[tokio::test]
async fn every_format_has_its_text() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let view = Ids::of(&ann).view("Formats");
    let rows = records(&data(&ann, &view, "").await.text());
    assert_eq!(rows[0], ["Tea", "Actual"]);
    assert_eq!(rows[1][..4], ["", "Units", "Price", "Revenue"]);
    assert_eq!(
        rows[2],
        [
            "Jan 26",
            "101",
            "1.5",
            "151.5",
            "",
            "a \"quoted\", long\nnote",
            "=me@example.com",
            "false",
            "false",
            "2026-03-31",
            "Tea",
            "Q1 FY26",
            "",
            "101"
        ]
    );
    let sum: f64 = (0..12).map(|month| units("Tea", month, "Actual")).sum();
    let mut year = vec!["FY26".to_owned(), sum.to_string(), "1.5".to_owned()];
    year.push((sum * 1.5).to_string());
    year.extend(vec![String::new(); 9]);
    year.push(sum.to_string());
    assert_eq!(rows[3], year);
}

#[tokio::test]
async fn totals_agree_with_sums_over_leaves() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let ids = Ids::of(&ann);
    let below = |product: &str| -> Vec<&'static str> {
        match product {
            "Hot" => vec!["Tea", "Coffee"],
            "Cold" | "Ice, \"cold\"" => vec!["Ice, \"cold\""],
            "All products" => vec!["Tea", "Coffee", "Ice, \"cold\""],
            "Tea" => vec!["Tea"],
            "Coffee" => vec!["Coffee"],
            other => panic!("{other}"),
        }
    };
    let months = |period: &str| -> Vec<usize> {
        match period.as_bytes() {
            [b'Q', quarter, ..] => {
                let first = usize::from(quarter - b'1') * 3;
                (first..first + 3).collect()
            }
            b"FY26" => (0..12).collect(),
            _ => vec![MONTHS.iter().position(|month| *month == period).expect("a month")],
        }
    };
    let mut compared = 0;
    for version in ["Actual", "Forecast"] {
        let products: Vec<String> =
            ["Tea", "Ice, \"cold\"", "Coffee"].map(|it| ids.item("Products", it)).to_vec();
        let above = ["Hot", "Cold"].map(|it| ids.item("Families", it)).to_vec();
        for id in [products, above, vec![ids.top("Families")]].concat() {
            let list = ids.list("Products");
            let query = format!("?pages={list}:{id},{VERSIONS}:{}", ids.version(version));
            let rows = records(&data(&ann, &ids.module("Sales"), &query).await.text());
            assert_eq!(rows[0][1], version);
            for (row, price) in [(&rows[2], 1.0), (&rows[4], 1.5)] {
                for (period, cell) in rows[1].iter().zip(row).skip(1) {
                    let mut sum = 0.0;
                    for product in below(&rows[0][0]) {
                        for month in months(period) {
                            sum += units(product, month, version) * price;
                        }
                    }
                    assert_eq!(cell.parse::<f64>().expect("a number"), sum, "{period}");
                    compared += 1;
                }
            }
        }
    }
    assert_eq!(compared, 2 * 6 * 2 * 17);
}

#[tokio::test]
async fn json_needs_both_the_header_and_the_format() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let ids = Ids::of(&ann);
    let path = ids.path(&format!("views/{}/data", ids.view("By product")));
    let json = ann.get_as(&format!("{path}?format=v1"), "application/json").await;
    assert_eq!(json.header("content-type"), Some("application/json;charset=UTF-8"));
    let row = |label: &str, cells: [&str; 3]| json!({"rowCoordinates": [label], "cells": cells});
    let wanted = json!({
        "pages": ["Actual", "Revenue"],
        "columnCoordinates": [["Jan 26"], ["Feb 26"], ["Q1 FY26"]],
        "rows": [
            row("Tea", ["151.5", "153", "459"]),
            row("Coffee", ["451.5", "453", "1359"]),
            row("Hot", ["603", "606", "1818"]),
            row("Ice, \"cold\"", ["301.5", "303", "909"]),
            row("Cold", ["301.5", "303", "909"]),
            row("All products", ["904.5", "909", "2727"]),
        ],
    });
    assert_eq!(json.json(), wanted);
    assert_eq!(ann.get_as(&path, "application/json").await.status, 406);
    assert_eq!(ann.get_as(&path, "application/pdf").await.status, 406);
    for accept in ["text/csv", "*/*", "text/*"] {
        let csv = ann.get_as(&format!("{path}?format=v1"), accept).await;
        assert!(csv.text().starts_with("Actual,Revenue\n,Jan 26,"), "{accept}");
    }
    let path = ids.path(&format!("views/{}/data?format=v1", ids.module("Settings")));
    let settings = ann.get_as(&path, "application/json").await.json();
    let wanted = json!({
        "columnCoordinates": [[]],
        "rows": [
            {"rowCoordinates": ["Rate"], "cells": ["-0.25"]},
            {"rowCoordinates": ["Owner"], "cells": [""]},
        ],
    });
    assert_eq!(settings, wanted);
}

#[tokio::test]
async fn escaped_csv_quotes_what_looks_like_a_formula() {
    let simulator =
        Simulator::builder(tenant()).refuse_plain_csv(true).start().await.expect("start");
    let ann = Session::ann(&simulator).await;
    let ids = Ids::of(&ann);
    let path = ids.path(&format!("views/{}/data", ids.view("Formats")));
    for accept in ["text/csv", "*/*"] {
        assert_eq!(ann.get_as(&path, accept).await.status, 400, "{accept}");
    }
    let escaped = ann.get_as(&path, "text/csv;escaped=true").await;
    assert_eq!(escaped.status, 200);
    assert!(escaped.text().contains(",\"=me@example.com\","));
    let settings = ids.path(&format!("views/{}/data", ids.module("Settings")));
    let escaped = ann.get_as(&settings, "text/csv; escaped=true").await;
    assert_eq!(escaped.text(), "Rate,\"-0.25\"\nOwner,\n");
    let json = ann.get_as(&format!("{settings}?format=v1"), "application/json").await;
    assert_eq!(json.status, 200, "only CSV is refused");
}

#[tokio::test]
async fn a_hidden_line_item_has_a_view_of_its_own_or_none() {
    for none in [false, true] {
        let mut tenant = tenant();
        let model = tenant.model_mut("Plan").expect("the plan");
        model.module_mut("Settings").expect("settings").line_items[0].hidden = true;
        let simulator = Simulator::builder(tenant).no_hidden_views(none).start().await;
        let simulator = simulator.expect("start");
        let ann = Session::ann(&simulator).await;
        let ids = Ids::of(&ann);
        let (rate, settings) = (ids.line_item("Rate"), ids.module("Settings"));
        assert_eq!(data(&ann, &settings, "").await.text(), "Owner,\n");
        let (text, leads_to) = if none { ("Owner,\n", &settings) } else { ("Rate,-0.25\n", &rate) };
        assert_eq!(data(&ann, &rate, "").await.text(), text);
        let view = ann.get(&ids.path(&format!("views/{rate}"))).await.json();
        assert_eq!(view["viewId"], json!(leads_to));
    }
}

#[tokio::test]
async fn pages_are_selected_in_both_forms() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let ids = Ids::of(&ann);
    let view = ids.view("By product");
    let (forecast, units) = (ids.version("Forecast"), ids.line_item("Units"));
    let first = async |query: String| {
        let answer = data(&ann, &view, &query).await.text();
        answer.lines().next().expect("a line").to_owned()
    };
    let both = format!("?pages={VERSIONS}:{forecast},{LINES}:{units}");
    assert_eq!(first(both).await, "Forecast,Units");
    let both = format!("?pages={LINES}:{units}&pages={VERSIONS}:{forecast}");
    assert_eq!(first(both).await, "Forecast,Units");
    assert_eq!(first(format!("?pages={LINES}%3A{units}")).await, "Actual,Units");
    assert_eq!(first("?pages=".to_owned()).await, "Actual,Revenue");
    let price = ids.line_item("Price");
    for (selector, named) in [
        (format!("{TIME}:{}", ids.period("Jan 26")), TIME.to_owned()),
        ("999:1".to_owned(), "999".to_owned()),
        (format!("{VERSIONS}:1"), "1".to_owned()),
        (format!("{LINES}:{price}"), price.clone()),
        (VERSIONS.to_owned(), VERSIONS.to_owned()),
    ] {
        let answer = data(&ann, &view, &format!("?pages={selector}")).await;
        let message = answer.json()["status"]["message"].clone();
        let wanted = format!("Invalid page selector [{named}]");
        assert_eq!((answer.status, message.as_str()), (400, Some(wanted.as_str())), "{selector}");
    }
}

#[tokio::test]
async fn tables_and_all_pages_are_for_files() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let ids = Ids::of(&ann);
    let (view, module) = (ids.view("By product"), ids.module("Sales"));
    let read = async |tail: &str| {
        let query = format!("?exportType={tail}&moduleId={module}");
        let answer = data(&ann, &view, &query).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        records(&answer.text())
    };
    let multi = read("TABULAR_MULTI_COLUMN").await;
    assert_eq!(multi[0], ["Versions", "Line Items", "Products", "Jan 26", "Feb 26", "Q1 FY26"]);
    assert_eq!(multi[1], ["Actual", "Revenue", "Tea", "151.5", "153", "459"]);
    assert_eq!(multi[12], ["Actual", "Units", "All products", "603", "606", "1818"]);
    assert_eq!(multi.len(), 1 + 3 * 2 * 6);
    let single = read("TABULAR_SINGLE_COLUMN").await;
    assert_eq!(single[0], ["Versions", "Line Items", "Products", "Time", "Value"]);
    assert_eq!(single[3], ["Actual", "Revenue", "Tea", "Q1 FY26", "459"]);
    assert_eq!(single.len(), 1 + 3 * 2 * 6 * 3);
    let cells = |row: &Vec<String>| row[3..].to_vec();
    let flat: Vec<String> = multi[1..].iter().flat_map(cells).collect();
    assert_eq!(flat, single[1..].iter().map(|row| row[4].clone()).collect::<Vec<_>>());

    let grids = read("GRID_ALL_PAGES").await;
    assert_eq!(grids.len(), 3 * 2 * (2 + 6));
    assert_eq!(grids[8], ["Actual", "Units"]);
    assert_eq!(grids[9], ["", "Jan 26", "Feb 26", "Q1 FY26"]);
    let selector = format!("&pages={VERSIONS}:{}", ids.version("Gap"));
    let one = read(&format!("GRID_ALL_PAGES{selector}")).await;
    assert_eq!((one.len(), one[0][0].as_str()), (16, "Gap"));
    let one = read(&format!("TABULAR_MULTI_COLUMN{selector}")).await;
    assert_eq!((one.len(), one[1][0].as_str()), (13, "Gap"));

    for (tail, rows) in [
        ("TABULAR_MULTI_COLUMN&maxRows=2", 3),
        ("TABULAR_SINGLE_COLUMN&maxRows=0", 1),
        ("GRID_CURRENT_PAGE&maxRows=4", 6),
        ("GRID_CURRENT_PAGE&maxRows=400", 8),
        ("GRID_ALL_PAGES&maxRows=6", 8),
        ("GRID_ALL_PAGES&maxRows=7", 11),
    ] {
        assert_eq!(read(tail).await.len(), rows, "{tail}");
    }
    for bad in [
        "?exportType=TABULAR_MULTI_COLUMN".to_owned(),
        format!("?exportType=PDF&moduleId={module}"),
        format!("?exportType=TABULAR_MULTI_COLUMN&moduleId={}", ids.module("Settings")),
        "?maxRows=x".to_owned(),
    ] {
        assert_eq!(data(&ann, &view, &bad).await.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn line_items_lead_to_their_own_views() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let ids = Ids::of(&ann);
    let staff = data(&ann, &ids.line_item("Staff"), "").await;
    // Positions in quarters, and their sum.
    assert_eq!(staff.text(), ",Q1 FY26,Q2 FY26,Q3 FY26,Q4 FY26,FY26\nStaff,1,2,3,4,10\n");
    let units = data(&ann, &ids.line_item("Units"), "").await.text();
    assert_eq!(units, data(&ann, &ids.module("Sales"), "").await.text());
    let core = ids.line_item("Core units");
    let query = format!("?pages={}:{}", ids.subset("Core"), ids.item("Families", "Hot"));
    let rows = records(&data(&ann, &core, &query).await.text());
    assert_eq!(rows[0], ["Actual", "Hot"]);
    assert_eq!(rows[2][..3], ["Core units", "402", "404"]);
}

#[tokio::test]
async fn a_view_with_too_many_cells_is_refused() {
    let simulator = Simulator::builder(tenant())
        .cell_limit(18)
        .fail_workspace_views(true)
        .start()
        .await
        .expect("start");
    let ann = Session::ann(&simulator).await;
    let ids = Ids::of(&ann);
    let view = ids.view("By product");
    assert_eq!(data(&ann, &view, "").await.status, 200, "a page has 18 cells");
    let all = format!("?exportType=GRID_ALL_PAGES&moduleId={}", ids.module("Sales"));
    assert_eq!(data(&ann, &view, &all).await.status, 400);
    assert_eq!(data(&ann, &ids.module("Sales"), "").await.status, 400);
    let path = ids.path(&format!("views/{view}/data"));
    let workspace = &simulator.tenant().workspaces[0].id;
    let long = path.replace("/2/0/", &format!("/2/0/workspaces/{workspace}/"));
    assert_eq!(ann.get(&long).await.status, 500, "only when asked for");
}

#[tokio::test]
async fn a_cell_that_changes_is_shown_by_the_next_read() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let ids = Ids::of(&ann);
    let view = ids.view("By product");
    let before = data(&ann, &view, "").await.text();
    assert_eq!(before, data(&ann, &view, "").await.text());
    let number = |id: String| id.parse::<u64>().expect("a number");
    let key = vec![
        number(ids.item("Products", "Tea")),
        number(ids.period("Jan 26")),
        number(ids.version("Actual")),
    ];
    simulator.edit(|tenant| {
        let module = tenant.model_mut("Plan").and_then(|it| it.module_mut("Sales")).expect("sales");
        module.line_items[0].cells.insert(key, "1000".to_owned());
    });
    let rows = records(&data(&ann, &view, "").await.text());
    assert_eq!(rows[2], ["Tea", "1500", "153", "1807.5"]);
    assert_eq!(rows[7], ["All products", "2253", "909", "4075.5"]);
}

#[tokio::test]
async fn large_views_arrive_whole() {
    use super::super::{Dim, Fill, LineItem, List, Model, Module, Tenant, User, Workspace};
    let names: Vec<String> = (0..20_000).map(|number| format!("Item {number}")).collect();
    let module = Module::new("Big", vec![Dim::list("Things")])
        .line_item(LineItem::number("One").fill(Fill::Value("1".to_owned())))
        .line_item(LineItem::number("Two").formula("One * 2"));
    let model =
        Model::new("Plan").list(List::new("Things").top_level("All").items(&names)).module(module);
    let tenant = Tenant::new()
        .user(User::new("ann.lee@example.com", "secret"))
        .workspace(Workspace::new("W").model(model));
    let simulator = Simulator::start(tenant).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let ids = Ids::of(&ann);
    let answer = data(&ann, &ids.module("Big"), "").await;
    assert_eq!(answer.header("transfer-encoding"), Some("chunked"));
    assert!(answer.complete && answer.header("content-length").is_none());
    let rows = records(&answer.text());
    assert_eq!(rows.len(), 20_002);
    assert_eq!(rows[20_000], ["Item 19999", "1", "2"]);
    assert_eq!(rows[20_001], ["All", "20000", "40000"]);
    let path = ids.path(&format!("views/{}/data", ids.module("Big")));
    let packed = ann.get_encoded(&path, "gzip").await;
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert!(packed.complete && packed.unpacked() == answer.body);
    simulator.inject(Fault::on("GET", "/2/0/models/*/views/*/data").truncate_body(100_000));
    let cut = ann.get(&path).await;
    assert!(!cut.complete && answer.body.starts_with(&cut.body) && cut.body.len() == 100_000);
    let path = ids.path(&format!("views/{}/data?format=v1", ids.module("Big")));
    let json = ann.get_as(&path, "application/json").await;
    assert_eq!(json.json()["rows"].as_array().expect("rows").len(), 20_001);
}
