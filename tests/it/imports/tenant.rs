//! A model to load data into, and what it holds afterwards.

use anaplan_sql::simulator::{
    Calendar, Dim, Format, Import, ImportTarget, Item, LineItem, List, ListColumn, Model, Module,
    ModuleColumn, Outcome, Process, Scale, Simulator, SourceFile, Tenant, Version, Workspace,
};

use crate::support::{counting, start, users};

pub(super) const IMPORTS: &str = "/2/0/models/*/imports";
pub(super) const METADATA: &str = "/2/0/models/*/imports/*";
pub(super) const START: &str = "/2/0/models/*/imports/*/tasks";
pub(super) const TASK: &str = "/2/0/models/*/imports/*/tasks/*";
pub(super) const START_PROCESS: &str = "/2/0/models/*/processes/*/tasks";
pub(super) const ANNOUNCE: &str = "/2/0/models/*/files/*";
pub(super) const CHUNK: &str = "/2/0/models/*/files/*/chunks/*";
pub(super) const COMPLETE: &str = "/2/0/models/*/files/*/complete";

/// Two lists, a module, and imports from files of every form.
fn model() -> Model {
    let products = List::new("Products")
        .parent("Regions")
        .property("Price", Format::number())
        .property("Launched", Format::Date)
        .property("Old", Format::Boolean)
        .item(Item::new("Tea").code("T").parent("North").properties(&[
            "1.5",
            "2020-01-31",
            "false",
        ]));
    let sales =
        Module::new("Sales", vec![Dim::list("Products"), Dim::Time(Scale::Month), Dim::Versions])
            .line_item(LineItem::number("Units"))
            .line_item(LineItem::new("Remark", Format::text()));
    let columns = [
        ("Code", ListColumn::Code),
        ("Name", ListColumn::Name),
        ("Region", ListColumn::Parent),
        ("Price", ListColumn::property("Price")),
        ("Launched", ListColumn::property("Launched")),
        ("Old", ListColumn::property("Old")),
    ];
    let into_products = ImportTarget::list("Products", &columns);
    let into_sales = ImportTarget::module(
        "Sales",
        &[
            ("Product", ModuleColumn::dimension("Products")),
            ("Month", ModuleColumn::dimension("Time")),
            ("Units", ModuleColumn::line_item("Units")),
            ("Remark", ModuleColumn::line_item("Remark")),
        ],
    );
    let regions = ImportTarget::list("Regions", &[("Name", ListColumn::Name)]);
    let names = ["Code", "Name", "Region", "Price", "Launched", "Old"];
    Model::new("M")
        .list(List::new("Regions").items(["North", "South"]))
        .list(products)
        .calendar(Calendar::default().years(2026, 0, 0))
        .version(Version::new("Actual").actual())
        .version(Version::new("Forecast").current())
        .module(sales)
        .export(counting("Codes", 5))
        .file(SourceFile::new("products.csv", &names))
        .file(
            SourceFile::new("wide.txt", &names)
                .separator(";", "'")
                .encoding("UTF-16LE")
                .decimal_separator(",")
                .rows(2, 4),
        )
        .file(
            SourceFile::new("sales.txt", &["Product", "Month", "Units", "Remark"])
                .separator("\t", "")
                .encoding("ISO-8859-1"),
        )
        .file(SourceFile::new("regions.csv", &["Name"]).rows(0, 1).default_file("East\nWest\n"))
        .import(Import::from_file("Load products", "products.csv", into_products.clone()))
        .import(Import::from_file("It's \"odd\"/wide.v1", "wide.txt", into_products))
        .import(Import::from_file("Load sales", "sales.txt", into_sales).prompt("Versions"))
        .import(Import::from_file("Load regions", "regions.csv", regions.clone()))
        .import(
            Import::from_file("Break", "regions.csv", regions.clone())
                .outcome(Outcome::failure("The list is full.")),
        )
        .import(Import::from_file("Never", "regions.csv", regions.clone()).outcome(Outcome::Never))
        .import(
            Import::from_file("Stopped", "regions.csv", regions.clone())
                .outcome(Outcome::CancelledByOther),
        )
        .import(Import::from_view("From a view", "M", "Sales", "Sales", regions))
        .process(Process::new("Nightly", &["Load regions", "Load products", "Codes"]))
        .process(Process::new("Twice", &["Load products", "It's \"odd\"/wide.v1"]))
        .process(Process::new("Broken", &["Load regions", "Break", "Load products"]))
        .process(Process::new("Prompted", &["Load sales"]))
        .process(Process::new("Stopped", &["Load products", "Stopped"]))
        .process(Process::new("Endless", &["Load products", "Never"]))
        .process(Process::new("Nothing", &[]))
}

/// The tenant: the workspace `W` with the model `M`.
pub(super) fn tenant() -> Tenant {
    users().workspace(Workspace::new("W").model(model()))
}

/// The tenant, with tasks that take no time.
pub(super) async fn serve() -> Simulator {
    start(tenant()).await
}

/// The items of a list: names, codes, names of parents, and properties.
pub(super) fn items(simulator: &Simulator, list: &str) -> Vec<String> {
    let tenant = simulator.tenant();
    let model = tenant.find_model("M").expect("M");
    let all = |list: &List| -> Vec<Item> {
        (0..list.items.len()).filter_map(|at| list.items.at(at)).map(|it| it.into_owned()).collect()
    };
    let everywhere: Vec<Item> = model.lists.iter().flat_map(all).collect();
    let name_of = |id: &String| {
        everywhere.iter().find(|item| item.id == *id).map_or("?", |item| item.name.as_str())
    };
    all(model.find_list(list).expect("the list"))
        .iter()
        .map(|item| {
            let parent = item.parent.as_ref().map_or("", name_of);
            let code = item.code.as_deref().unwrap_or_default();
            format!("{}|{code}|{parent}|{}", item.name, item.properties.join("|"))
        })
        .collect()
}

/// The values of a line item that were written.
pub(super) fn cells(simulator: &Simulator, item: &str) -> Vec<String> {
    let tenant = simulator.tenant();
    let model = tenant.find_model("M").expect("M");
    let item = model.find_module("Sales").and_then(|it| it.find_line_item(item)).expect("it");
    let mut values: Vec<String> = item.cells.values().cloned().collect();
    values.sort();
    values
}

/// The states of all tasks, in order.
pub(super) fn states(simulator: &Simulator) -> Vec<String> {
    simulator.tasks().into_iter().map(|task| task.state).collect()
}
