//! What a scenario builds.

use super::super::super::tenant::{Data, Fill, Format, ImportTarget, ListColumn, ModuleColumn};
use super::{in_model, read};

#[test]
fn a_small_scenario_has_a_user_and_ids() {
    let scenario = read(&in_model(""));
    let tenant = scenario.tenant;
    assert_eq!(tenant.users[0].email, "demo@anaplan-sql.example");
    assert!(tenant.users[0].password.is("demo"));
    assert_eq!(tenant.find_model("M").expect("is there").id.len(), 32);
    assert_eq!(tenant.customer_id.len(), 32);
}

#[test]
fn the_demo_tenant_can_be_the_base() {
    let scenario = read(
        "base = \"demo\"\n[[exports]]\nmodel = \"Sales Planning\"\nname = \"Mine\"\ncolumns = [{ name = \"A\" }]\nrows = [[1.50]]\n",
    );
    let own = scenario.tenant.export("Sales Planning", "Mine").expect("is there");
    assert_eq!(own.rows().next().expect("is there"), ["1.50"], "as it was written");
    assert!(scenario.tenant.export("Sales Planning", "Customers").is_some());
    assert_ne!(own.id, scenario.tenant.export("Sales Planning", "Customers").expect("is there").id);
}

#[test]
fn items_come_inline_from_csv_and_from_a_seed() {
    let folder = tempfile::tempdir().expect("a folder");
    let csv = "code,Name,Parent,Launched,Core\nC,Coffee,Hot,2024-02-29,true\nI,Ice tea,Cold,,\n";
    std::fs::write(folder.path().join("items.csv"), csv).expect("a file");
    let text = in_model(
        r#"
[[lists]]
name = "Products"
parent = "Families"
properties = [
    { name = "Launched", format = "date" },
    { name = "Weight", format = "number", decimal_places = 2 },
    { name = "Rival", format = "list", list = "Families" },
]
subsets = ["Core"]
items = [{ name = "Tea", code = "T", parent = "Hot", subsets = ["Core"], properties = { Weight = 1.50, Rival = "cold" } }]
csv = "items.csv"
generate = { count = 20, seed = 3, name = "Blend ##", code = "B###" }

[[lists]]
name = "Families"
items = [{ name = "Hot" }, { name = "Cold" }]

[[lists]]
name = "Orders"
numbered = true
generate = { count = 3, name = "Order ####" }
"#,
    );
    let path = folder.path().join("s.toml");
    std::fs::write(&path, text).expect("a file");
    let scenario = super::Scenario::read(&path).unwrap_or_else(|error| panic!("{error}"));
    let model = scenario.tenant.find_model("M").expect("is there");
    let (products, families) = (&model.lists[0], &model.lists[1]);
    assert_eq!(products.items.len(), 23);
    let [tea, coffee, ice, blend] = [0, 1, 2, 3].map(|at| &products.items[at]);
    assert_eq!(tea.properties, ["", "1.5", families.items[1].id.as_str()], "kept by id");
    assert_eq!(tea.parent.as_deref(), Some(families.items[0].id.as_str()));
    assert_eq!((coffee.code.as_deref(), coffee.properties[0].as_str()), (Some("C"), "2024-02-29"));
    assert_eq!((coffee.subsets[0], ice.subsets[0]), (true, false));
    assert_eq!(ice.parent.as_deref(), Some(families.items[1].id.as_str()));
    assert_eq!((blend.name.as_str(), blend.code.as_deref()), ("Blend 01", Some("B001")));
    assert!(families.items.iter().any(|item| Some(&item.id) == blend.parent.as_ref()));
    assert!(!blend.properties[0].is_empty());
    let orders = &model.lists[2].items;
    assert_eq!((orders[1].name.as_str(), orders[1].label()), ("#2", "Order 0002"));
}

#[test]
fn cells_are_written_and_filled() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("cells.csv"), "Products,Time,Units\ntea,Feb 26,7\n")
        .expect("a file");
    let text = in_model(
        r#"
[[lists]]
name = "Products"
top_level = "All"
items = [{ name = "Tea", code = "T" }, { name = "Coffee" }]

[[modules]]
name = "Sales"
dimensions = ["Products", "Time"]
csv = "cells.csv"
line_items = [
    { name = "Units", cells = [["T", "Jan 26", 5]], random = [1, 2], seed = 4, blanks = 10 },
    { name = "Best", format = "list", list = "Products", dimensions = [], value = "Coffee" },
]
"#,
    );
    let path = folder.path().join("s.toml");
    std::fs::write(&path, text).expect("a file");
    let scenario = super::Scenario::read(&path).unwrap_or_else(|error| panic!("{error}"));
    let model = scenario.tenant.find_model("M").expect("is there");
    let [units, best] = model.modules[0].line_items.as_slice() else { panic!() };
    let mut written: Vec<&str> = units.cells.values().map(String::as_str).collect();
    written.sort_unstable();
    assert_eq!(written, ["5", "7"]);
    assert!(matches!(units.fill, Fill::Random { seed: 4, low: 100, high: 200, blank_percent: 10 }));
    let coffee = &model.lists[0].items[1].id;
    assert!(matches!(&best.fill, Fill::Value(id) if id == coffee), "kept by id");
    let cube = super::super::super::cube::Cube::new(model, &[]);
    let cells = cube.cells(&model.modules[0], units);
    let at: Vec<usize> = ["Tea", "Feb 26"]
        .iter()
        .zip(cells.dimensions.iter())
        .map(|(name, dimension)| dimension.find_name(name).expect("is there"))
        .collect();
    assert_eq!(cells.show(&at), "7");
}

#[test]
fn generated_exports_hold_what_their_columns_say() {
    let scenario = read(&in_model(
        r#"
[[lists]]
name = "Products"
items = [{ name = "Tea" }, { name = "Coffee" }]

[[exports]]
name = "E"
generate = { rows = 400, seed = 5 }
columns = [
    { name = "Key", sequence = "K-####/#" },
    { name = "Product", type = "ENTITY", list = "Products" },
    { name = "Month", type = "TIME_ENTITY" },
    { name = "Amount", type = "NUMBER", range = [-1, 1], decimals = 3 },
    { name = "Count", type = "NUMBER", range = [5, 6], decimals = 0, blanks = 50 },
    { name = "Day", type = "DATE", days = [2026-02-27, 2026-03-01] },
    { name = "Sure", type = "BOOLEAN", true_percent = 100 },
    { name = "Text", nasty = true },
    { name = "Word", words = ["a", "b"] },
    { name = "Any" },
]
"#,
    ));
    let export = scenario.tenant.export("M", "E").expect("is there");
    let rows: Vec<Vec<String>> = export.rows().collect();
    assert_eq!(rows.len(), 400);
    assert_eq!(rows[11][0], "K-0012/12");
    let column = |at: usize| rows.iter().map(move |row| row[at].as_str());
    assert!(column(1).all(|cell| ["Tea", "Coffee"].contains(&cell)));
    assert!(column(2).any(|cell| cell == "Dec 26"));
    assert!(column(3).any(|cell| cell.starts_with('-')));
    assert!(column(3).all(|cell| (-1.0..=1.0).contains(&cell.parse::<f64>().expect("is there"))));
    assert!(column(3).all(|cell| cell.split_once('.').expect("is there").1.len() == 3));
    let blanks = column(4).filter(|cell| cell.is_empty()).count();
    assert!((120..280).contains(&blanks), "{blanks}");
    assert!(column(4).all(|cell| ["", "5", "6"].contains(&cell)));
    assert!(column(5).all(|cell| ["2026-02-27", "2026-02-28", "2026-03-01"].contains(&cell)));
    assert!(column(6).all(|cell| cell == "true"));
    for nasty in ["\"", "\n", "\r", ",", "東", "  "] {
        let found = column(7).any(|cell| cell.contains(nasty.trim_start_matches("  ")));
        assert!(found, "{nasty:?}");
    }
    assert_eq!(export.rows().collect::<Vec<_>>(), rows, "the same every time");
}

#[test]
fn imports_know_their_columns() {
    let scenario = read(&in_model(
        r#"
[[lists]]
name = "Products"
properties = [{ name = "Launched", format = "date" }]
subsets = ["Core"]

[[modules]]
name = "Sales"
dimensions = ["Products"]
line_items = [{ name = "Units" }]

[[files]]
name = "p.csv"
content = "Name,Key,Launched,Other\nTea,T,2024-01-01,x\n"

[[imports]]
name = "By itself"
file = "p.csv"
list = "Products"

[[imports]]
name = "Named"
file = "p.csv"
list = "Products"
columns = { Name = "name", Key = "code", Launched = "Launched", Other = "Core" }

[[imports]]
name = "Cells"
file = "p.csv"
module = "Sales"
columns = { Name = "Products", Key = "line item", Launched = "value", Other = "Units" }
outcome = "failure"
message = "no"
"#,
    ));
    let model = scenario.tenant.find_model("M").expect("is there");
    assert_eq!(model.files[0].headers, ["Name", "Key", "Launched", "Other"]);
    let columns = |at: usize| match &model.imports[at].target {
        ImportTarget::List { columns, .. } => columns.clone(),
        _ => panic!(),
    };
    let launched = ListColumn::Property("Launched".to_owned());
    assert_eq!(
        columns(0),
        [("Name".to_owned(), ListColumn::Name), ("Launched".to_owned(), launched.clone())]
    );
    assert_eq!(columns(1)[3].1, ListColumn::Subset("Core".to_owned()));
    let ImportTarget::Module { columns, .. } = &model.imports[2].target else { panic!() };
    let kinds: Vec<_> = columns.iter().map(|(_, column)| column.clone()).collect();
    assert_eq!(
        kinds,
        [
            ModuleColumn::Dimension("Products".to_owned()),
            ModuleColumn::LineItemName,
            ModuleColumn::Value,
            ModuleColumn::LineItem("Units".to_owned())
        ]
    );
}

#[test]
fn nasty_switches_change_exports() {
    let scenario = read(
        "base = \"demo\"\n[nasty]\nodd_names = true\nencoding = \"UTF-16LE\"\nbom = true\nline_ending = \"CRLF\"\n",
    );
    let models = scenario.tenant.workspaces.iter().flat_map(|it| &it.models);
    let exports: Vec<_> = models.flat_map(|model| &model.exports).collect();
    assert!(
        exports.iter().any(|export| export.name == "slash/back\\slash" && !export.id.is_empty())
    );
    assert!(exports.iter().filter(|export| export.name == "same name").count() == 2);
    let odd = scenario.tenant.find_model("Model: \"odd\" / 100% 'names'").expect("is there");
    for name in ["slash/back\\slash", "116000000001", " blank at both ends "] {
        let list = odd.find_list(name).expect("a list");
        assert!(list.items.iter().any(|item| item.name == name));
        let module = odd.find_module(name).expect("a module");
        assert_eq!((&module.line_items[0].name[..], &module.views[0].name[..]), (name, name));
    }
    for export in exports {
        let is_text = !matches!(*export.data, Data::Bytes(_));
        assert_eq!(export.bom, is_text, "{}", export.name);
        assert_eq!(export.encoding == "UTF-16LE", is_text, "{}", export.name);
        assert_eq!(export.line_ending == "\r\n", is_text, "{}", export.name);
    }
}

#[test]
fn json_says_the_same_as_toml() {
    let toml = r#"
[[workspaces]]
name = "W"
[[models]]
name = "M"
[models.calendar]
current_period = 2026-03-05
[[lists]]
name = "L"
items = [{ name = "a \"b\" \\ ü" }]
[[exports]]
name = "E"
columns = [{ name = "A" }]
rows = [[1.50], [true], ["x"]]
metadata = { columnCount = 1, headerNames = ["A"] }
"#;
    let json = r#"{"workspaces": [{"name": "W"}], "models": [{"name": "M",
        "calendar": {"current_period": "2026-03-05"}}],
        "lists": [{"name": "L", "category": null, "items": [{"name": "a \"b\" \\ \u00fc"}]}],
        "exports": [{"name": "E", "columns": [{"name": "A"}], "rows": [[1.50], [true], ["x"]],
            "metadata": {"columnCount": 1, "headerNames": ["A"]}}]}"#;
    let file = tempfile::Builder::new().suffix(".json").tempfile().expect("a file");
    std::fs::write(file.path(), json).expect("a file");
    let (left, right) = (read(toml), super::Scenario::read(file.path()).expect("is there"));
    let format = |tenant| format!("{tenant:?}");
    assert_eq!(format(&left.tenant), format(&right.tenant));
    assert_eq!(
        left.tenant.find_model("M").expect("is there").lists[0].items[0].name,
        "a \"b\" \\ ü"
    );
    let export = right.tenant.export("M", "E").expect("is there");
    assert_eq!(export.rows().collect::<Vec<_>>(), [["1.50"], ["true"], ["x"]]);
    assert_eq!(export.metadata.as_ref().expect("is there")["columnCount"], 1);
}

#[test]
fn formats_have_their_companions() {
    let scenario = read(&in_model(
        r#"
[[modules]]
name = "Sales"
line_items = [
    { name = "A" },
    { name = "B", format = "number", decimal_places = 2, units = "CURRENCY", custom_units = "EUR" },
    { name = "C", format = "time", period = "quarter" },
    { name = "D", format = "list", list = "Users" },
]
"#,
    ));
    let items = &scenario.tenant.find_model("M").expect("is there").modules[0].line_items;
    let names: Vec<&str> = items.iter().map(|item| item.format.name()).collect();
    assert_eq!(names, ["NUMBER", "NUMBER", "TIME PERIOD", "LIST"]);
    let Format::Number(number) = &items[1].format else { panic!() };
    assert_eq!((number.decimal_places, number.custom_units.as_deref()), (2, Some("EUR")));
}

#[test]
fn clients_and_certificates_sign_in() {
    use rcgen::{CertificateParams, Issuer, KeyPair, PKCS_RSA_SHA512, RsaKeySize};

    let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA512, RsaKeySize::_2048).expect("is there");
    let authority = Issuer::new(CertificateParams::default(), &key);
    let mut subject = CertificateParams::new(Vec::new()).expect("is there");
    subject.distinguished_name.push(rcgen::DnType::OrganizationName, "job");
    let signed = subject.signed_by(&key, &authority).expect("is there");
    let own = subject.self_signed(&key).expect("is there");
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("job.pem"), signed.pem()).expect("a file");
    std::fs::write(folder.path().join("own.pem"), own.pem()).expect("a file");
    let text = |pem: &str| {
        format!(
            "[[users]]\nemail = \"a\"\ncertificates = [\"{pem}\"]\n[[oauth_clients]]\nid = \"c\"\nsecret = \"marker\"\nredirect_uris = [\"http://x/\"]\nrotatable = false\n[[oauth_clients]]\nid = \"d\"\nrefresh_lifetime = \"10s\"\n"
        )
    };
    let path = folder.path().join("s.toml");
    std::fs::write(&path, text("job.pem")).expect("a file");
    let scenario = super::Scenario::read(&path).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(scenario.tenant.users[0].certificates.len(), 1);
    let client = scenario.tenant.find_oauth_client("c").expect("is there");
    assert!(client.may_redirect_to("http://x/") && !client.rotatable);
    let device = scenario.tenant.find_oauth_client("d").expect("is there");
    assert_eq!(device.refresh_lifetime.as_secs(), 10);
    assert!(!format!("{scenario:?}").contains("marker"));
    std::fs::write(&path, text("own.pem")).expect("a file");
    let error = super::Scenario::read(&path).expect_err("wrong").to_string();
    assert!(
        error.ends_with("line 3, column 17: own.pem: the certificate is self-signed"),
        "{error}"
    );
}

#[test]
fn calendars_of_weeks_can_be_had() {
    let scenario = read(&in_model("calendar").replace(
        "{ name = \"M\" }",
        "{ name = \"M\", calendar = { kind = \"4-5-4\", last_weekday = \"friday\", week_format = \"ending\", extra_week_month = 3 } }",
    ).replace("\ncalendar", "\n"));
    let calendar = &scenario.tenant.find_model("M").expect("is there").calendar;
    assert_eq!(calendar.last_weekday, chrono::Weekday::Fri);
    assert_eq!(calendar.week_format.name(), "Week Ending");
    assert_eq!(
        (calendar.kind.name(), calendar.extra_week_month),
        ("Weeks: 4-4-5, 4-5-4 or 5-4-4", 3)
    );
}
