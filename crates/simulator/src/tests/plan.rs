//! A small model with lists, a module and versions, for the tests of what can be read and written in it.

use chrono::NaiveDate;
use serde_json::Value;

use super::super::cube::Cube;
use super::super::{
    Calendar, Dim, Fill, Format, Item, LineItem, List, Model, Module, Property, Scale, Simulator,
    SimulatorBuilder, Summary, Tenant, User, Version, Workspace,
};
use super::client::{Answer, Session};

pub(super) const REGIONS: &str = "101000000001";
pub(super) const PEOPLE: &str = "101000000002";
pub(super) const ORDERS: &str = "101000000003";
pub(super) const EMPTY: &str = "101000000004";

/// Regions under the world; people under regions and under each other; numbered orders.
pub(super) fn plan(name: &str) -> Model {
    let regions = List::new("Regions")
        .top_level("World")
        .item(Item::new("East"))
        .item(Item::new("West").code("W"))
        .item(Item::new("Moon"))
        .category("Sales");
    let mut people = List::new("People")
        .parent("Regions")
        .property("p-text", Format::text())
        .property("p-number", Format::number())
        .property("p-boolean", Format::Boolean)
        .property("p-list", Format::list("Regions"))
        .property("p-period", Format::Time(Scale::Month))
        .property("p-boss", Format::list("People"))
        .subset("s1")
        .subset("s2")
        .selective_access()
        .item(
            Item::new("mike")
                .code("id1")
                .parent("West")
                .properties(&["a,\"b\"", "12", "true", "201000000001"])
                .subsets(&[true])
                .access(&["bob@example.com"], &["ann.lee@example.com"]),
        )
        .item(Item::new("cindy"))
        .item(Item::new("tom").code("id3").parent("mike"));
    people.properties.push(Property {
        name: "p-sum".to_owned(),
        format: Format::number(),
        formula: Some("1 + 1".to_owned()),
        notes: Some("two".to_owned()),
    });
    let orders = List::numbered("Orders")
        .item(Item::default().code("o1").display("First order"))
        .item(Item::default())
        .production_data();
    let dimensions = vec![Dim::list("Regions"), Dim::Time(Scale::Month), Dim::Versions];
    let sales = Module::new("Sales", dimensions)
        .line_item(LineItem::number("Units").fill(Fill::Value("2".to_owned())))
        .line_item(LineItem::number("Double").formula("Units * 2"))
        .line_item(LineItem::new("Note", Format::text()))
        .line_item(LineItem::new("Firm", Format::Boolean).summary(Summary::None))
        .line_item(LineItem::new("Due", Format::Date))
        .line_item(LineItem::new("Owner", Format::list("People")).dimensions(vec![Dim::Versions]))
        .line_item(LineItem::new("Start", Format::Time(Scale::Month)).dimensions(vec![]))
        .line_item(LineItem::number("Rate").dimensions(vec![]))
        .line_item(LineItem::number("Heads").dimensions(vec![Dim::list("People")]))
        .line_item(LineItem::number("Core").dimensions(vec![Dim::subset("s1")]));
    Model::new(name)
        .list(regions)
        .list(people)
        .list(orders)
        .list(List::new("Empty").top_level("Nothing"))
        .module(sales)
        .module(Module::new("Other", vec![]))
        .calendar(Calendar::default().years(2026, 0, 0))
        .version(Version::new("Actual").actual())
        .version(
            Version::new("Forecast")
                .current()
                .switchover(NaiveDate::from_ymd_opt(2026, 3, 1).expect("a day")),
        )
        .version(Version::new("Gap").formula("Forecast - Actual"))
        .dashboard("Overview")
}

pub(super) fn builder() -> SimulatorBuilder {
    let tenant = Tenant::new()
        .user(User::new("ann.lee@example.com", "secret"))
        .user(User::new("bob@example.com", "concealed").standard())
        .workspace(
            Workspace::new("First")
                .model(plan("Plan"))
                .model(plan("Live").state("PRODUCTION"))
                .model(plan("Locked").state("LOCKED"))
                .model(plan("Archived").state("ARCHIVED"))
                .model(plan("Offline").state("MAINTENANCE"))
                .model(plan("Secret").no_access()),
        );
    Simulator::builder(tenant)
}

pub(super) async fn start() -> Simulator {
    builder().start().await.expect("start")
}

/// The path of a model.
pub(super) fn path(simulator: &Simulator, model: &str) -> String {
    format!("/2/0/models/{}", simulator.tenant().find_model(model).expect("model").id)
}

/// Both forms of the path of the model `Plan`.
pub(super) fn both(simulator: &Simulator) -> [String; 2] {
    let short = path(simulator, "Plan");
    let workspace = simulator.tenant().find_workspace("First").expect("workspace").id.clone();
    let long = short.replace("/2/0/", &format!("/2/0/workspaces/{workspace}/"));
    [short, long]
}

/// The answer's body, which must have this status.
pub(super) fn ok(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// Status and message of a refusal.
pub(super) fn refusal(answer: &Answer) -> (u16, String) {
    let body = answer.json();
    assert_eq!(body["status"]["code"], answer.status, "{body}");
    assert!(body["path"].is_string() && body["timestamp"].is_string(), "{body}");
    (answer.status, body["status"]["message"].as_str().expect("a message").to_owned())
}

/// What a cell of the model `Plan` shows now.
pub(super) fn cell(simulator: &Simulator, line_item: &str, members: &[&str]) -> String {
    let tenant = simulator.tenant();
    let model = tenant.find_model("Plan").expect("model");
    let cube = Cube::new(model, &tenant.users);
    let module = model.find_module("Sales").expect("module");
    let cells = cube.cells(module, module.find_line_item(line_item).expect("line item"));
    let at = cells.dimensions.iter().zip(members);
    let at: Vec<usize> = at.map(|(it, name)| it.find_name(name).expect("a member")).collect();
    assert_eq!(at.len(), cells.dimensions.len(), "members of {line_item}");
    cells.show(&at)
}

/// An item of a list of the model `Plan`, if it is there.
pub(super) fn item(simulator: &Simulator, list: &str, id: &str) -> Option<Item> {
    let tenant = simulator.tenant();
    let list = tenant.find_model("Plan").expect("model").find_list(list).expect("list");
    list.items.iter().find(|item| item.id == id).cloned()
}

pub(super) async fn ann(simulator: &Simulator) -> Session<'_> {
    Session::ann(simulator).await
}
