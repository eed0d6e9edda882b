//! A model to load data into: two lists, a module, files, imports, actions, processes.

use std::sync::Arc;

use serde_json::Value;

use super::super::cube::{Cube, Dimension};
use super::super::{
    Action, ActionKind, Calendar, Column, Dim, Export, Format, Import, ImportTarget, Item,
    LineItem, List, ListColumn, Model, Module, ModuleColumn, Outcome, Process, Scale, Simulator,
    SourceFile, Tenant, User, Version, View, Workspace,
};
use super::client::Session;

/// Regions above products; sales by product, month and version.
pub(super) fn model() -> Model {
    let regions = List::new("Regions")
        .top_level("All Regions")
        .item(Item::new("North").code("N"))
        .item(Item::new("South").code("S"));
    let products = List::new("Products")
        .parent("Regions")
        .property("Price", Format::number())
        .property("Launched", Format::Date)
        .property("Old", Format::Boolean)
        .subset("Core")
        .item(Item::new("Tea").code("T").parent("North").properties(&[
            "1.5",
            "2020-01-31",
            "false",
        ]))
        .item(Item::new("Ice").code("I").parent("South").properties(&["2", "", "true"]));
    let dimensions = vec![Dim::list("Products"), Dim::Time(Scale::Month), Dim::Versions];
    let sales = Module::new("Sales", dimensions)
        .line_item(LineItem::number("Units"))
        .line_item(LineItem::new("Remark", Format::text()))
        .line_item(LineItem::new("Promoted", Format::Boolean))
        .line_item(LineItem::number("Revenue").formula("Units * 2"))
        .view(
            View::new("Units only", &["Versions"], &["Products"], &["Time", "Line Items"])
                .leaves_only(),
        );
    Model::new("Plan")
        .list(regions)
        .list(products)
        .list(List::numbered("Deals").property("Amount", Format::number()))
        .calendar(Calendar::default().years(2026, 0, 0))
        .version(Version::new("Actual").actual())
        .version(Version::new("Forecast").current())
        .version(Version::new("Gap").formula("Forecast - Actual"))
        .module(sales)
        .module(Module::new("Empty", vec![Dim::list("Regions")]))
}

/// The model with everything that runs on it.
pub(super) fn tenant() -> Tenant {
    let products = ImportTarget::list(
        "Products",
        &[
            ("Code", ListColumn::Code),
            ("Name", ListColumn::Name),
            ("Region", ListColumn::Parent),
            ("Price", ListColumn::property("Price")),
            ("Core", ListColumn::subset("Core")),
        ],
    );
    let sales = ImportTarget::module(
        "Sales",
        &[
            ("Product", ModuleColumn::dimension("Products")),
            ("Month", ModuleColumn::dimension("Time")),
            ("Units", ModuleColumn::line_item("Units")),
            ("Remark", ModuleColumn::line_item("Remark")),
        ],
    );
    let facts = ImportTarget::module(
        "Sales",
        &[
            ("Product", ModuleColumn::dimension("Products")),
            ("Month", ModuleColumn::dimension("Time")),
            ("Version", ModuleColumn::dimension("Versions")),
            ("Item", ModuleColumn::LineItemName),
            ("Value", ModuleColumn::Value),
        ],
    );
    let delete =
        ActionKind::DeleteBySelection { list: "Products".to_owned(), property: "Old".to_owned() };
    let copy = ActionKind::BulkCopy { from: "Actual".to_owned(), to: "Forecast".to_owned() };
    let model = model()
        .export(
            Export::tabular("Products out", vec![Column::new("Name", "TEXT")]).with_rows([["Tea"]]),
        )
        .file(SourceFile::new("products.csv", &["Code", "Name", "Region", "Price", "Core"]))
        .file(
            SourceFile::new("sales.txt", &["Product", "Month", "Units", "Remark"])
                .separator("\t", "'")
                .encoding("ISO-8859-1")
                .decimal_separator(","),
        )
        .file(
            SourceFile::new("facts.csv", &["Product", "Month", "Version", "Item", "Value"])
                .encoding("UTF-16LE")
                .rows(2, 4),
        )
        .file(SourceFile::new("regions.csv", &["Name"]).rows(0, 1).default_file("East\nWest\n"))
        .import(Import::from_file("Load products", "products.csv", products))
        .import(Import::from_file("Load sales", "sales.txt", sales).prompt("Version"))
        .import(Import::from_file("Load facts", "facts.csv", facts))
        .import(Import::from_file(
            "Load regions",
            "regions.csv",
            ImportTarget::list("Regions", &[("Name", ListColumn::Name)]),
        ))
        .action(Action::new("Drop old products", delete))
        .action(Action::new(
            "Sort regions",
            ActionKind::OrderHierarchy { list: "Regions".to_owned() },
        ))
        .action(Action::new("Next month", ActionKind::UpdateCurrentPeriod))
        .action(Action::new("Actual to Forecast", copy))
        .action(Action::new("Optimize", ActionKind::Optimizer))
        .action(
            Action::new("Break", ActionKind::UpdateCurrentPeriod)
                .outcome(Outcome::failure("It broke.")),
        )
        .process(Process::new(
            "Nightly",
            &["Load regions", "Sort regions", "Products out", "Load products"],
        ))
        .process(Process::new("Broken", &["Load regions", "Break", "Sort regions"]))
        .process(Process::new("Nothing", &[]))
        .process(Process::new("Solve", &["Optimize"]));
    Tenant::new()
        .user(User::new("ann.lee@example.com", "secret"))
        .user(User::new("bob@example.com", "concealed").standard())
        .workspace(Workspace::new("First").model(model))
        .workspace(Workspace::new("Second").model(Model::new("Other")))
}

/// Starts a simulator on the tenant.
pub(super) async fn start() -> Simulator {
    Simulator::builder(tenant()).requests_per_minute(None).start().await.expect("start")
}

/// The path of the model.
pub(super) fn plan(simulator: &Simulator) -> String {
    format!("/2/0/models/{}", model_of(simulator).id)
}

/// The model as it is now.
pub(super) fn model_of(simulator: &Simulator) -> Model {
    simulator.tenant().find_model("Plan").expect("model").clone()
}

/// The path of something in the model, by its name.
pub(super) fn path(simulator: &Simulator, name: &str) -> String {
    let model = model_of(simulator);
    let found = [
        ("imports", model.imports.iter().find(|it| it.name == name).map(|it| it.id.clone())),
        ("exports", model.exports.iter().find(|it| it.name == name).map(|it| it.id.clone())),
        ("actions", model.actions.iter().find(|it| it.name == name).map(|it| it.id.clone())),
        ("processes", model.processes.iter().find(|it| it.name == name).map(|it| it.id.clone())),
        ("files", model.files.iter().find(|it| it.name == name).map(|it| it.id.clone())),
    ];
    let (kind, id) =
        found.into_iter().find_map(|(kind, id)| Some((kind, id?))).expect("something of the name");
    format!("/2/0/models/{}/{kind}/{id}", model.id)
}

/// The id of something in the model, by its name.
pub(super) fn id(simulator: &Simulator, name: &str) -> String {
    path(simulator, name).rsplit('/').next().expect("an id").to_owned()
}

/// The items of a list: names, codes, names of parents, and properties.
pub(super) fn items(simulator: &Simulator, list: &str) -> Vec<String> {
    let model = model_of(simulator);
    let list = model.find_list(list).expect("list");
    let name_of = |id: &String| {
        let mut items = model.lists.iter().flat_map(|list| &list.items);
        items.find(|item| item.id == *id).expect("a parent").name.clone()
    };
    list.items
        .iter()
        .map(|item| {
            let parent = item.parent.as_ref().map(name_of).unwrap_or_default();
            let code = item.code.as_deref().unwrap_or_default();
            let subsets = item.subsets.iter().map(|it| if *it { "+" } else { "-" });
            format!(
                "{}|{code}|{parent}|{}|{}",
                item.label(),
                item.properties.join("|"),
                subsets.collect::<String>()
            )
        })
        .collect()
}

/// The cells of a line item that were written, by labels of their members.
pub(super) fn cells(simulator: &Simulator, item: &str) -> Vec<String> {
    let model = model_of(simulator);
    let cube = Cube::new(&model, &[]);
    let module = model.find_module("Sales").expect("module");
    let item = module.find_line_item(item).expect("line item");
    let dimensions = cube.dimensions(module, item);
    let mut cells: Vec<String> = item
        .cells
        .iter()
        .map(|(key, value)| {
            let label = |(dimension, key): (&Arc<Dimension>, &u64)| {
                dimension.members[dimension.place(*key).expect("a member")].label.clone()
            };
            let labels: Vec<String> = dimensions.iter().zip(key).map(label).collect();
            format!("{}={value}", labels.join("|"))
        })
        .collect();
    cells.sort();
    cells
}

/// Type and text of a result's first detail.
pub(super) fn kind(result: &Value) -> (&str, &str) {
    let detail = &result["details"][0];
    (detail["type"].as_str().expect("a type"), detail["localMessageText"].as_str().expect("a text"))
}

impl Session<'_> {
    /// Uploads a file as a whole.
    pub(super) async fn upload(&self, file: &str, bytes: impl AsRef<[u8]>) {
        let path = path(self.simulator, file);
        let answer = self.put(&path, "application/octet-stream", bytes.as_ref()).await;
        assert_eq!(answer.status, 204, "{}", answer.text());
    }

    /// Uploads a file, runs an import and returns its result.
    pub(super) async fn load(&self, file: &str, bytes: impl AsRef<[u8]>, import: &str) -> Value {
        self.upload(file, bytes).await;
        self.run(&path(self.simulator, import)).await["result"].clone()
    }

    /// Runs something to its end with a body of its own.
    pub(super) async fn run_with(&self, path: &str, body: &Value) -> Value {
        let answer = self.call("POST", &format!("{path}/tasks"), &body.to_string()).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let task = answer.json()["task"]["taskId"].as_str().expect("a task id").to_owned();
        self.simulator.clock().advance(super::LONG_ENOUGH);
        self.wait_for(&format!("{path}/tasks/{task}")).await
    }
}
