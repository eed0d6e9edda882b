//! A small plan: every format, hierarchies, a subset, versions, odd names, and its figures by hand.

use chrono::NaiveDate;

use super::super::{
    Calendar, Dim, Export, Fill, Format, Item, LINE_ITEMS, LineItem, LineItemSubset, List, Model,
    Module, NumberFormat, Place, Scale, Summary, Tenant, TextKind, User, Version, View, Workspace,
};
use super::client::Session;

pub(super) const TIME: &str = "20000000003";
pub(super) const VERSIONS: &str = "20000000020";
pub(super) const LINES: &str = "101999999999";

pub(super) const MONTHS: [&str; 12] = [
    "Jan 26", "Feb 26", "Mar 26", "Apr 26", "May 26", "Jun 26", "Jul 26", "Aug 26", "Sep 26",
    "Oct 26", "Nov 26", "Dec 26",
];

/// The units of a leaf, worked out without the cube. The forecast starts in March.
pub(super) fn units(product: &str, month: usize, version: &str) -> f64 {
    let weight = match product {
        "Tea" => 1.0,
        "Ice, \"cold\"" => 2.0,
        "Coffee" => 3.0,
        other => panic!("{other} is no product"),
    };
    let more = if version == "Forecast" && month >= 2 { 0.5 } else { 0.0 };
    weight * 100.0 + (month + 1) as f64 + more
}

fn unit_cell(places: &[Place<'_>]) -> String {
    let month = MONTHS.iter().position(|month| *month == places[1].label).expect("a month");
    // What the switchover hides must not be asked for.
    assert!(places[2].label != "Forecast" || month >= 2, "before the switchover");
    units(places[0].label, month, places[2].label).to_string()
}

fn lists() -> [List; 3] {
    let families = List::new("Families").top_level("All products").items(["Hot", "Cold"]);
    let products = List::new("Products")
        .parent("Families")
        .subset("Core")
        .property("Weight", Format::number())
        .property("Sold", Format::Boolean)
        .item(Item::new("Tea").parent("Hot").code("T").subsets(&[true]).properties(&["1", "true"]))
        .item(Item::new("Ice, \"cold\"").parent("Cold").code("I").properties(&["2.5", "false"]))
        .item(Item::new("Coffee").parent("Hot").code("C").subsets(&[true]));
    let orders = List::numbered("Orders")
        .item(Item::default().display("Rush").code("R1"))
        .item(Item::default().display("Rush").code("R2"))
        .item(Item::default().display("Slow"));
    [families, products, orders]
}

fn sales() -> Module {
    let text = |name: &str, value: &str| {
        LineItem::new(name, Format::text()).fill(Fill::Value(value.to_owned()))
    };
    let kept = |name: &str, format, value: &str| {
        LineItem::new(name, format).fill(Fill::Value(value.to_owned()))
    };
    let cents = NumberFormat {
        decimal_places: 2,
        units_type: "CUSTOM".to_owned(),
        custom_units: Some("EUR".to_owned()),
        ..NumberFormat::default()
    };
    let mut revenue = LineItem::number("Revenue").formula("Units * Price").notes("money");
    revenue.data_tag = Some("Published".to_owned());
    Module::new("Sales", vec![Dim::list("Products"), Dim::Time(Scale::Month), Dim::Versions])
        .line_item(LineItem::number("Units").fill_with(unit_cell))
        .line_item(
            LineItem::new("Price", Format::Number(cents))
                .fill(Fill::Value("1.50".to_owned()))
                .summary(Summary::Average),
        )
        .line_item(revenue.code("rev"))
        .line_item(LineItem::new("Details", Format::None))
        .line_item(text("Comment", "a \"quoted\", long\nnote"))
        .line_item(kept("Contact", Format::Text(TextKind::Email), "=me@example.com"))
        .line_item(LineItem::new("Many", Format::Boolean).formula("Units > 300"))
        .line_item(LineItem::new("Checked", Format::Boolean))
        .line_item(kept("Due", Format::Date, "2026-03-31"))
        .line_item(LineItem::new("Best", Format::list("Products")))
        .line_item(LineItem::new("Quarter", Format::Time(Scale::Quarter)))
        .line_item(
            LineItem::number("Staff")
                .dimensions(vec![Dim::Time(Scale::Quarter)])
                .fill_with(|places| (places[0].position + 1).to_string()),
        )
        .line_item(
            LineItem::number("Core units")
                .dimensions(vec![Dim::Versions, Dim::subset("Core"), Dim::Time(Scale::Month)])
                .formula("Units"),
        )
        .view(
            View::new("By product", &["Versions"], &["Products"], &["Time"])
                .only("Time", &["Jan 26", "Feb 26", "Q1 FY26"])
                .only(LINE_ITEMS, &["Revenue", "Units"]),
        )
        .view(
            View::new("Rev/2026 \"A\", B", &[], &["Products", LINE_ITEMS], &["Versions", "Time"])
                .only("Time", &["Mar 26", "Apr 26"])
                .only("Products", &["C", "Tea"])
                .only(LINE_ITEMS, &["Units", "Comment", "Many", "Staff", "Core units"])
                .leaves_only(),
        )
        .view(
            View::new("Formats", &["Products", "Versions"], &["Time"], &[LINE_ITEMS])
                .only("Time", &["Jan 26", "FY26"]),
        )
}

/// A tenant with the plan, and its users Ann and Bob.
pub(super) fn tenant() -> Tenant {
    let day = |month, day| NaiveDate::from_ymd_opt(2026, month, day).expect("a day");
    let [families, products, orders] = lists();
    let report = Module::new("P&L.Report", vec![Dim::list("Orders")])
        .line_item(LineItem::number("Amount").fill_with(|at| at[0].position.to_string()))
        .line_item(LineItem::new("Say \"hi\", ok", Format::Boolean));
    let settings = Module::new("Settings", Vec::new())
        .line_item(LineItem::number("Rate").fill(Fill::Value("-0.25".to_owned())))
        .line_item(LineItem::new("Owner", Format::list("Users")));
    let access = Module::new("Access", vec![Dim::Users, Dim::Versions])
        .line_item(LineItem::new("Allowed", Format::Boolean));
    let export = |name: &str, view: &str, kind: &str| Export::of_view(name, "Sales", view, kind);
    let mut model = Model::new("Plan")
        .list(families)
        .list(products)
        .list(orders)
        .calendar(Calendar::default().years(2026, 0, 0))
        .version(Version::new("Actual").actual())
        .version(Version::new("Forecast").switchover(day(3, 1)))
        .version(Version::new("Gap").formula("Forecast - Actual"))
        .module(sales())
        .module(report)
        .module(settings)
        .module(access)
        .export(export("Table", "By product", "TABULAR_MULTI_COLUMN"))
        .export(export("Items", "Formats", "TABULAR_MULTI_COLUMN"))
        .export(export("Cells", "By product", "TABULAR_SINGLE_COLUMN"))
        .export(export("Grid", "By product", "GRID_CURRENT_PAGE"))
        .export(export("Grids", "By product", "GRID_ALL_PAGES"))
        .export(export("Gone view", "Nothing", "TABULAR_MULTI_COLUMN"))
        .export(Export::of_view("Gone module", "Nothing", "", "TABULAR_MULTI_COLUMN"));
    model.line_item_subsets.push(LineItemSubset {
        id: String::new(),
        name: "Figures".to_owned(),
        line_items: vec![
            ("Sales".to_owned(), "Revenue".to_owned()),
            ("Settings".to_owned(), "Rate".to_owned()),
        ],
    });
    let mut tenant = Tenant::new()
        .user(User::new("ann.lee@example.com", "secret"))
        .user(User::new("bob@example.com", "concealed").standard())
        .workspace(Workspace::new("First").model(model).model(Model::new("Secret").no_access()));
    // Ids are known now, and cells hold ids.
    let model = tenant.model_mut("Plan").expect("the plan");
    let tea = model.lists[1].items[0].id.clone();
    let quarter = model.calendar.periods()[3].id.clone();
    for item in &mut model.modules[0].line_items {
        match item.name.as_str() {
            "Best" => item.fill = Fill::Value(tea.clone()),
            "Quarter" => item.fill = Fill::Value(quarter.clone()),
            _ => {}
        }
    }
    tenant
}

/// Ids of things in the plan, by name.
pub(super) struct Ids {
    model: Model,
}

impl Ids {
    pub(super) fn of(session: &Session<'_>) -> Self {
        Self { model: session.simulator.tenant().find_model("Plan").expect("the plan").clone() }
    }

    /// The path of the model and what is behind it.
    pub(super) fn path(&self, tail: &str) -> String {
        format!("/2/0/models/{}/{tail}", self.model.id)
    }

    pub(super) fn module(&self, name: &str) -> String {
        self.model.find_module(name).expect("a module").id.clone()
    }

    pub(super) fn line_item(&self, name: &str) -> String {
        let mut items = self.model.modules.iter().flat_map(|module| &module.line_items);
        items.find(|item| item.name == name).expect("a line item").id.clone()
    }

    pub(super) fn view(&self, name: &str) -> String {
        let mut views = self.model.modules.iter().flat_map(|module| &module.views);
        views.find(|view| view.name == name).expect("a view").id.clone()
    }

    pub(super) fn list(&self, name: &str) -> String {
        self.model.find_list(name).expect("a list").id.clone()
    }

    pub(super) fn subset(&self, name: &str) -> String {
        let mut subsets = self.model.lists.iter().flat_map(|list| &list.subsets);
        subsets.find(|subset| subset.name == name).expect("a subset").id.clone()
    }

    pub(super) fn item(&self, list: &str, name: &str) -> String {
        self.model.find_list(list).expect("a list").find_item(name).expect("an item").id.clone()
    }

    pub(super) fn top(&self, list: &str) -> String {
        self.model.find_list(list).expect("a list").top_level_id.clone()
    }

    pub(super) fn version(&self, name: &str) -> String {
        let mut versions = self.model.versions.iter();
        versions.find(|version| version.name == name).expect("a version").id.clone()
    }

    pub(super) fn period(&self, name: &str) -> String {
        let mut periods = self.model.calendar.periods().into_iter();
        periods.find(|period| period.name == name).expect("a period").id
    }

    pub(super) fn line_item_subset(&self) -> String {
        self.model.line_item_subsets[0].id.clone()
    }
}
