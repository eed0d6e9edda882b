//! The demo tenant.

use super::super::{Data, Simulator, Tenant, demo_help};
use super::client::Session;
use super::{file_of, path_of};

#[test]
fn it_is_the_same_every_time_and_needs_no_memory() {
    let (one, two) = (Tenant::demo(), Tenant::demo());
    for (left, right) in one.workspaces.iter().zip(&two.workspaces) {
        assert_eq!(left.id, right.id);
        for (left, right) in left.models.iter().zip(&right.models) {
            assert_eq!(left.id, right.id);
            for (left, right) in left.exports.iter().zip(&right.exports) {
                assert_eq!(left.id, right.id);
                assert!(!matches!(&*left.data, Data::Rows(rows) if rows.len() > 100));
                assert!(left.rows().take(2000).eq(right.rows().take(2000)), "{}", left.name);
            }
        }
    }
}

#[test]
fn rows_fit_their_columns() {
    let tenant = Tenant::demo();
    let models = tenant.workspaces.iter().flat_map(|workspace| &workspace.models);
    for export in
        models.flat_map(|model| &model.exports).filter(|export| !export.columns.is_empty())
    {
        for row in export.rows() {
            assert_eq!(row.len(), export.columns.len(), "{}", export.name);
            for (cell, column) in
                row.iter().zip(&export.columns).filter(|(cell, _)| !cell.is_empty())
            {
                let fits = match column.data_type.as_str() {
                    "NUMBER" => cell.parse::<f64>().is_ok(),
                    "BOOLEAN" => cell == "true" || cell == "false",
                    "DATE" => chrono::NaiveDate::parse_from_str(cell, "%Y-%m-%d").is_ok(),
                    _ => true,
                };
                assert!(fits, "{}.{}: {cell}", export.name, column.name);
            }
        }
    }
}

#[test]
fn transactions_join_with_customers() {
    let tenant = Tenant::demo();
    let rows = |name: &str| tenant.export("Sales Planning", name).expect("an export").rows();
    let codes: std::collections::HashSet<String> =
        rows("Customers").map(|row| row[1].clone()).collect();
    assert_eq!(codes.len(), 1200);
    assert_eq!(rows("Transactions").count(), 100_000);
    assert!(rows("Transactions").all(|row| codes.contains(&row[1])));
    let names: String = rows("Customers").map(|row| row[0].clone()).collect();
    assert!([',', '"', 'ü', '\n'].into_iter().all(|letter| names.contains(letter)));
}

#[test]
fn profit_and_loss_adds_up() {
    let export = Tenant::demo().export("FP&A Hub", "P&L all pages").expect("an export").clone();
    let rows: Vec<Vec<String>> = export.rows().collect();
    for page in rows.chunks(9) {
        for month in 1..=12 {
            let cents =
                |row: usize| page.get(row)?.get(month)?.replace('.', "").parse::<i64>().ok();
            let Some(revenue) = cents(0) else { continue };
            assert_eq!(cents(2), cents(1).map(|goods| revenue - goods));
            let costs: i64 = (3..8).filter_map(cents).sum();
            assert_eq!(cents(8), cents(2).map(|margin| margin - costs));
        }
    }
}

#[test]
fn help_names_everything() {
    let tenant = Tenant::demo();
    let help = demo_help();
    assert!(help.contains("demo@anaplan-sql.example (password: demo)"));
    assert!(help.contains("sees Operations only"));
    assert!(tenant.oauth_clients.iter().all(|client| help.contains(&client.id)));
    assert!(help.contains("secret: demo-secret"));
    for workspace in &tenant.workspaces {
        assert!(help.contains(&workspace.name));
        for model in &workspace.models {
            assert!(help.contains(&model.name));
            assert!(model.exports.iter().all(|export| help.contains(&export.name)));
        }
    }
}

#[tokio::test]
async fn every_export_runs() {
    let simulator =
        Simulator::builder(Tenant::demo()).requests_per_minute(None).start().await.expect("start");
    let demo = Session::new(&simulator, "demo@anaplan-sql.example", "demo").await;
    let tenant = simulator.tenant();
    let mut made = 0;
    for model in tenant.workspaces.iter().flat_map(|workspace| &workspace.models) {
        for export in &model.exports {
            let path = path_of(&simulator, &model.id, &export.id);
            let metadata = demo.get(&path).await.json();
            assert_eq!(metadata["exportMetadata"]["exportFormat"], export.format.as_str());
            let task = demo.run(&path).await;
            let file = demo.get(&file_of(&simulator, &model.id, &export.id)).await;
            if task["result"]["successful"] == true {
                assert!(file.complete && !file.body.is_empty(), "{}", export.name);
                made += 1;
            } else {
                assert_eq!((export.name.as_str(), file.status), ("Rejected forecast", 404));
            }
        }
    }
    assert_eq!(made, 24);
    let viewer = Session::new(&simulator, "viewer@anaplan-sql.example", "viewer").await;
    let seen = viewer.get("/2/0/workspaces").await.json();
    assert_eq!(seen["workspaces"].as_array().expect("workspaces").len(), 1);
}

#[tokio::test]
async fn what_is_written_shows_in_the_exports_of_views() {
    let simulator = Simulator::start(Tenant::demo()).await.expect("start");
    let demo = Session::new(&simulator, "demo@anaplan-sql.example", "demo").await;
    let export = path_of(&simulator, "Sales Planning", "Price Book");
    let file = file_of(&simulator, "Sales Planning", "Price Book");
    demo.run(&export).await;
    assert!(!demo.get(&file).await.text().contains("called the supplier"));
    let cells = {
        let tenant = simulator.tenant();
        let model = tenant.find_model("Sales Planning").expect("a model");
        let module = model.find_module("REV01 Price Book").expect("a module");
        format!("/2/0/models/{}/modules/{}/data", model.id, module.id)
    };
    let cell = r#"[{"lineItemName": "Comment", "value": "called the supplier",
        "dimensions": [{"dimensionName": "Products", "itemCode": "SKU-100"}]}]"#;
    assert_eq!(demo.call("POST", &cells, cell).await.json()["numberOfCellsChanged"], 1);
    demo.run(&export).await;
    assert!(demo.get(&file).await.text().contains("called the supplier"));
}
