//! UPDATE of modules: which cells have which values afterwards, by the simulator's own account, and
//! what that cost in requests.

mod faults;
mod plans;
mod program;
mod refusals;
mod values;

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use anaplan_sql::simulator::{
    Calendar, CalendarKind, Dim, Fill, Format, Item, LineItem, List, Model, Module, Scale,
    Simulator, Version, Workspace,
};
use anaplan_sql::{Key, Session};

use crate::support::{Cell, builder, cells, query, users};

pub(super) const WRITES: &str = "/2/0/models/*/modules/*/data";
pub(super) const DATA: &str = "/2/0/models/*/views/*/data";
pub(super) const VIEW_ITEMS: &str = "/2/0/models/*/views/*/dimensions/*/items";

/// Sites below countries (Singapore is both), numbered products, employees of whom two share a name,
/// and a version that is calculated from the others.
fn model() -> Model {
    let sites =
        ["Hamburg", "Lyon, \"Sud\"", "Singapore"].iter().zip(["Germany", "France", "Singapore"]);
    let sites = sites.fold(List::new("Sites").parent("Countries"), |list, (site, country)| {
        list.item(Item::new(site).parent(country))
    });
    let numbered = |name: &str, labels: &[&str]| {
        labels.iter().enumerate().fold(List::numbered(name), |list, (number, label)| {
            list.item(Item::new("").code(&format!("{name} {number}")).display(label))
        })
    };
    let number =
        |name: &str, value: &str| LineItem::number(name).fill(Fill::Value(value.to_owned()));
    let dims =
        vec![Dim::list("Sites"), Dim::list("Products"), Dim::Time(Scale::Month), Dim::Versions];
    Model::new("M")
        .calendar(Calendar::new(CalendarKind::Months).years(2026, 0, 0))
        .version(Version::new("Actual").actual())
        .version(Version::new("Budget").current())
        .version(Version::new("Mix").formula("Actual + Budget"))
        .list(List::new("Countries").top_level("World").items(["Germany", "France", "Singapore"]))
        .list(sites)
        .list(numbered("Products", &["Beans", "Mug", "A.b/'c' 😀"]))
        .list(numbered("Employees", &["Smith", "Jones", "Smith"]))
        .module(
            Module::new("Plan", dims)
                .line_item(number("Amount", "10"))
                .line_item(number("Price", "2.5"))
                .line_item(LineItem::number("Total").formula("Amount * Price"))
                .line_item(LineItem::new("Done", Format::Boolean))
                .line_item(LineItem::new("Due", Format::Date))
                .line_item(LineItem::new("Note", Format::text()))
                .line_item(LineItem::new("Source", Format::list("Sites")))
                .line_item(LineItem::new("Start", Format::Time(Scale::Quarter)))
                .line_item(LineItem::new("Heading", Format::None))
                .line_item(
                    number("Target", "7")
                        .dimensions(vec![Dim::list("Sites"), Dim::Time(Scale::Quarter)]),
                ),
        )
        .module(
            Module::new("Odd.name \"x\"/😀", vec![Dim::list("Products")])
                .line_item(number("Price, \"net\".", "1")),
        )
        .module(
            Module::new("Facts", vec![])
                .line_item(number("Rate", "4.5"))
                .line_item(LineItem::new("Locked", Format::Boolean)),
        )
        .module(
            Module::new("Staff", vec![Dim::list("Employees")]).line_item(number("Bonus", "100")),
        )
}

pub(super) async fn start() -> Simulator {
    serve(model()).await
}

pub(super) async fn serve(model: Model) -> Simulator {
    Simulator::builder(users().workspace(Workspace::new("W").model(model)))
        .task_time(Duration::ZERO, Duration::ZERO)
        .start()
        .await
        .expect("a free port")
}

/// A session on the model, with another key set.
pub(super) async fn connect_with(simulator: &Simulator, key: Key, value: &str) -> Session {
    builder(simulator)
        .set(Key::Workspace, "W")
        .set(Key::Model, "M")
        .set(key, value)
        .connect()
        .await
        .expect("the model is there")
}

/// What UPDATE answers: changed, unchanged, rejected, sums, details.
pub(super) async fn update(session: &Session, sql: &str) -> ([u64; 4], Option<String>) {
    let mut rows = cells(&query(session, sql).await);
    assert_eq!(rows.len(), 1, "{sql}");
    let row = rows.remove(0);
    let counts = [0, 1, 2, 3].map(|place: usize| match &row[place] {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
        Cell::Number(number) => *number as u64,
        other => panic!("{sql}: {other}"),
    });
    match &row[4] {
        Cell::Null => (counts, None),
        Cell::Text(details) => (counts, Some(details.clone())),
        other => panic!("{sql}: {other}"),
    }
}

/// How many cells of each line item somebody has written, by the simulator's account.
pub(super) fn written(simulator: &Simulator, module: &str) -> BTreeMap<String, usize> {
    let tenant = simulator.tenant();
    let module = tenant.find_model("M").and_then(|model| model.find_module(module));
    let items = module.expect("a module").line_items.iter();
    items.filter(|it| !it.cells.is_empty()).map(|it| (it.name.clone(), it.cells.len())).collect()
}

/// The cells of a line item over one list that somebody has written, by the items' labels.
pub(super) fn written_by_item(
    simulator: &Simulator,
    (module, line_item): (&str, &str),
    list: &str,
) -> BTreeMap<String, String> {
    let tenant = simulator.tenant();
    let model = tenant.find_model("M").expect("a model");
    let items = &model.find_list(list).expect("a list").items;
    let items: HashMap<u64, &Item> =
        items.iter().map(|item| (item.id.parse().expect("a number"), item)).collect();
    let label = |key: u64| {
        let item = items.get(&key).expect("an item");
        item.display.clone().unwrap_or_else(|| item.name.clone())
    };
    let module = model.find_module(module).expect("a module");
    let item = module.find_line_item(line_item).expect("a line item");
    item.cells.iter().map(|(at, value)| (label(at[0]), value.clone())).collect()
}

/// The values that were written into a line item, sorted.
pub(super) fn values(simulator: &Simulator, module: &str, line_item: &str) -> Vec<String> {
    let tenant = simulator.tenant();
    let module = tenant.find_model("M").and_then(|model| model.find_module(module));
    let item = module.and_then(|module| module.find_line_item(line_item)).expect("a line item");
    let mut values: Vec<String> = item.cells.values().cloned().collect();
    values.sort();
    values
}
