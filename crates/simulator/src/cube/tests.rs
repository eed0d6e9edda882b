use chrono::NaiveDate;

use super::*;
use crate::tenant::{
    Calendar, Fill, Format, Item, List, Place, Scale, Summary, Tenant, Version, Workspace,
};

/// Products under families; months of 2026 with quarters; two versions and their difference.
fn model() -> Model {
    let families = List::new("Families").top_level("All").items(["Hot", "Cold"]);
    let products = List::new("Products")
        .parent("Families")
        .subset("Core")
        .item(Item::new("Tea").parent("Hot").code("T").subsets(&[true]))
        .item(Item::new("Ice").parent("Cold"))
        .item(Item::new("Coffee").parent("Hot").subsets(&[true]));
    let dimensions = vec![Dim::list("Products"), Dim::Time(Scale::Month), Dim::Versions];
    let sales = Module::new("Sales", dimensions)
        .line_item(LineItem::number("Units").fill(Fill::Value("2".to_owned())))
        .line_item(
            LineItem::number("Price").fill(Fill::Value("1.5".to_owned())).summary(Summary::Average),
        )
        .line_item(LineItem::number("Revenue").formula("Units * Price"))
        .line_item(LineItem::number("Mean").formula("Revenue / Units").summary(Summary::Formula))
        .line_item(LineItem::new("Many", Format::Boolean).formula("Units > 1"))
        .line_item(
            LineItem::number("Stock")
                .fill(Fill::Value("7".to_owned()))
                .summary(Summary::ClosingBalance),
        )
        .line_item(LineItem::number("Circle").formula("Circle + 1"))
        .line_item(LineItem::new("Best", Format::list("Products")).dimensions(vec![]));
    let workspace = Workspace::new("W").model(
        Model::new("M")
            .list(families)
            .list(products)
            .calendar(Calendar::default().years(2026, 0, 0))
            .version(Version::new("Actual").actual())
            .version(
                Version::new("Forecast")
                    .switchover(NaiveDate::from_ymd_opt(2026, 3, 1).expect("a day")),
            )
            .version(Version::new("Gap").formula("Forecast - Actual"))
            .module(sales),
    );
    Tenant::new().workspace(workspace).workspaces.remove(0).models.remove(0)
}

fn at(cells: &value::Cells<'_>, labels: &[&str]) -> Vec<usize> {
    let places = cells.dimensions.iter().zip(labels);
    places.map(|(dimension, label)| dimension.find_name(label).expect("a member")).collect()
}

fn show(model: &Model, item: &str, labels: &[&str]) -> String {
    let cube = Cube::new(model, &[]);
    let module = model.find_module("Sales").expect("a module");
    let cells = cube.cells(module, module.find_line_item(item).expect("to be there"));
    cells.show(&at(&cells, labels))
}

#[test]
fn members_come_before_their_totals() {
    let model = model();
    let cube = Cube::new(&model, &[]);
    let labels = |dim| {
        let dimension = cube.dimension(&dim).expect("to be there");
        dimension.members.iter().map(|member| member.label.clone()).collect::<Vec<_>>()
    };
    assert_eq!(labels(Dim::list("Products")), ["Tea", "Coffee", "Hot", "Ice", "Cold", "All"]);
    assert_eq!(labels(Dim::subset("Core")), ["Tea", "Coffee", "Hot", "Cold", "All"]);
    assert_eq!(
        labels(Dim::Time(Scale::Quarter)),
        ["Q1 FY26", "Q2 FY26", "Q3 FY26", "Q4 FY26", "FY26"]
    );
    assert!(cube.dimension(&Dim::list("Nothing")).is_none());
    let products = cube.dimension(&Dim::list("Products")).expect("to be there");
    assert_eq!(products.whole(), Some(5));
    assert_eq!(products.find_code("t"), Some(0));
    assert_eq!(products.leaves(&products.members[2]), [0, 1]);
    let ids: std::collections::HashSet<_> = products.members.iter().map(|it| &it.id).collect();
    assert_eq!(ids.len(), 6);
}

#[test]
fn totals_follow_their_summary() {
    let model = model();
    assert_eq!(show(&model, "Units", &["Hot", "Q1 FY26", "Actual"]), "12");
    assert_eq!(show(&model, "Price", &["Hot", "FY26", "Actual"]), "1.5");
    assert_eq!(show(&model, "Revenue", &["All", "FY26", "Actual"]), "108");
    assert_eq!(show(&model, "Mean", &["All", "FY26", "Actual"]), "1.5");
    assert_eq!(show(&model, "Stock", &["Hot", "FY26", "Actual"]), "14");
    assert_eq!(show(&model, "Many", &["Tea", "Jan 26", "Actual"]), "true");
    assert_eq!(show(&model, "Many", &["Hot", "Jan 26", "Actual"]), "");
    assert_eq!(
        show(&model, "Circle", &["Tea", "Jan 26", "Actual"]).parse::<f64>().expect("a number"),
        41.0
    );
}

#[test]
fn written_cells_reach_totals_formulas_and_versions() {
    let mut model = model();
    let key = {
        let cube = Cube::new(&model, &[]);
        let module = model.find_module("Sales").expect("a module");
        let cells = cube.cells(module, module.find_line_item("Units").expect("to be there"));
        let writable = |labels: &[&str]| cells.is_writable(&at(&cells, labels));
        assert!(writable(&["Tea", "Jan 26", "Actual"]));
        assert!(!writable(&["Hot", "Jan 26", "Actual"]));
        assert!(!writable(&["Tea", "Q1 FY26", "Actual"]));
        assert!(!writable(&["Tea", "Jan 26", "Forecast"]), "before the switchover");
        assert!(writable(&["Tea", "Mar 26", "Forecast"]));
        assert!(!writable(&["Tea", "Mar 26", "Gap"]));
        cells.key(&at(&cells, &["Tea", "Feb 26", "Actual"]))
    };
    let units = &mut model.module_mut("Sales").expect("a module").line_items[0];
    units.cells.insert(key, "10".to_owned());
    assert_eq!(show(&model, "Revenue", &["Tea", "Feb 26", "Actual"]), "15");
    assert_eq!(show(&model, "Units", &["All", "Q1 FY26", "Actual"]), "26");
    assert_eq!(show(&model, "Units", &["Tea", "Feb 26", "Forecast"]), "10");
    assert_eq!(show(&model, "Units", &["Tea", "Feb 26", "Gap"]), "0");
}

#[test]
fn values_are_kept_by_id() {
    let mut model = model();
    let kept = Cube::new(&model, &[]).read(&Format::list("Products"), "t").expect("to be there");
    assert_eq!(kept, model.lists[1].items[0].id);
    model.list_mut("Products").expect("a list").items[0].name = "Green tea".to_owned();
    let cube = Cube::new(&model, &[]);
    assert_eq!(cube.show(&Format::list("Products"), &kept), "Green tea");
    assert_eq!(cube.show(&Format::list("Products"), "1"), "");
    assert_eq!(cube.read(&Format::list("Products"), "Milk"), None);
    assert_eq!(cube.read(&Format::number(), "1.50").as_deref(), Some("1.5"));
    assert_eq!(cube.read(&Format::number(), "abc"), None);
    assert_eq!(cube.read(&Format::number(), "NaN"), None);
    assert_eq!(cube.read(&Format::Date, "2026-02-30"), None);
    let quarter = cube.read(&Format::Time(Scale::Quarter), "q1 fy26").expect("to be there");
    assert_eq!(cube.show(&Format::Time(Scale::Quarter), &quarter), "Q1 FY26");
}

#[test]
fn totals_of_totals_agree_with_their_leaves() {
    let mut model = model();
    let number = |places: &[Place<'_>]| places.iter().map(|it| it.key % 97).sum::<u64>();
    let items = &mut model.module_mut("Sales").expect("a module").line_items;
    for (name, summary) in
        [("Mean units", Summary::Average), ("Least", Summary::Min), ("Most", Summary::Max)]
    {
        let filled = LineItem::number(name).summary(summary);
        let mut item = filled.fill_with(move |places| match number(places) {
            // Some are blank, and don't count.
            number if number % 5 == 0 => String::new(),
            number => number.to_string(),
        });
        item.id = format!("9990000000{:02}", items.len());
        items.push(item);
    }
    let cube = Cube::new(&model, &[]);
    let products = cube.dimension(&Dim::list("Products")).expect("products");
    let time = cube.dimension(&Dim::Time(Scale::Month)).expect("time");
    let version = &cube.dimension(&Dim::Versions).expect("versions").members[0];
    for product in &products.members {
        for period in &time.members {
            let mut leaves = Vec::new();
            for part in products.leaves(product) {
                for month in time.leaves(period) {
                    let keys = [products.members[*part].key, time.members[*month].key, version.key];
                    leaves.push(keys.iter().map(|key| key % 97).sum::<u64>());
                }
            }
            leaves.retain(|leaf| leaf % 5 != 0);
            let labels = [product.label.as_str(), period.label.as_str(), "Actual"];
            let shown = |item: &str| show(&model, item, &labels);
            let text = |number: Option<f64>| number.map(|it| it.to_string()).unwrap_or_default();
            let sum = leaves.iter().sum::<u64>() as f64;
            let mean = (!leaves.is_empty()).then(|| sum / leaves.len() as f64);
            assert_eq!(shown("Mean units"), text(mean), "{labels:?}");
            assert_eq!(shown("Least"), text(leaves.iter().min().map(|it| *it as f64)));
            assert_eq!(shown("Most"), text(leaves.iter().max().map(|it| *it as f64)));
        }
    }
}

#[test]
fn a_state_is_copied_once_after_each_change() {
    let mut tenant = Tenant::new().workspace(Workspace::new("W").model(Model::new("M")));
    let snapshots = Snapshots::default();
    let (one, two) = {
        let model = tenant.find_model("M").expect("a model");
        (snapshots.of(&tenant, model), snapshots.of(&tenant, model))
    };
    assert!(Arc::ptr_eq(&one, &two));
    snapshots.expire();
    tenant.model_mut("M").expect("a model").lists.push(List::new("L"));
    let three = snapshots.of(&tenant, tenant.find_model("M").expect("a model"));
    assert_eq!((one.model.lists.len(), three.model.lists.len()), (0, 1));
}
