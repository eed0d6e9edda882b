//! Everything that can be wrong is said, with its place.

use super::super::{Body, FAULTS, Scenario, fault};
use super::{complaint, in_model};

#[test]
fn a_mistake_names_line_column_key_and_a_near_name() {
    let text = "[[users]]\nemail = \"a@b.c\"\n  pasword = \"hidden\"\n";
    assert_eq!(
        complaint(text),
        "the scenario, line 3, column 3: unknown key `pasword` in [[users]]; did you mean `password`?"
    );
}

#[test]
fn all_mistakes_are_told_at_once() {
    let text = r#"
base = "demmo"
colour = "red"

[limits]
page_cap = 0
task_running = "soon"

[clock]
start = "yesterday"

[[users]]
password = 12345

[[faults]]
on = "GET /"
status = 99
"#;
    insta::assert_snapshot!(complaint(text));
}

#[test]
fn names_that_lead_nowhere_are_found() {
    let text = r#"
[[users]]
email = "a@b.c"
workspaces = ["Finanz"]

[[workspaces]]
name = "Finance"

[[models]]
name = "Plan"
workspace = "Finanze"

[[models]]
name = "Plan"
no_access_for = ["x@b.c"]

[[lists]]
name = "Products"
parent = "Familys"
properties = [{ name = "P", format = "list", list = "Product" }, { name = "Q", format = "list" }]
subsets = ["Core"]
items = [
    { name = "Tea", parent = "Hot", subsets = ["Cor"], properties = { R = 1 } },
    { name = "Coffee", code = "C", properties = { P = "Milk" } },
    { name = "Coffee", code = "C" },
]

[[modules]]
name = "Sales"
model = "Plam"
line_items = []

[[modules]]
name = "Sales"
dimensions = ["Product", "Time"]
line_items = [
    { name = "Units", cells = [["Tea", "Jan 26", 1]] },
    { name = "Flag", format = "boolean", dimensions = ["Products"], cells = [["Tea", "perhaps"], ["Milk", true], [true]] },
    { name = "Sum", formula = "1 +", list = "Products", random = [1, 2], value = 3 },
]
views = [{ name = "V", rows = ["Products"], columns = ["Tim"], only = { Time = ["Jan 66"], X = [] } }]

[[exports]]
name = "E"
columns = [{ name = "A", type = "ENTITY", list = "Prods" }, { name = "B", words = ["x"], range = [2, 1] }]
generate = { rows = 3 }

[[exports]]
name = "F"
columns = [{ name = "A", decimals = 1 }]
rows = [["1", 2], [3]]
csv = "f.csv"

[[exports]]
name = "G"
type = "AUDIT_LOG"
columns = []
of_view = { module = "Sales", view = "U" }

[[exports]]
name = "H"
type = "GRID_ALL_PAGES"
columns = [{ name = "A" }]
rows = []

[[imports]]
name = "I"
file = "i.csv"
list = "Prodcts"

[[imports]]
name = "J"
view = { module = "Sales", view = "W" }
module = "Sales"
columns = { A = "Units", B = "Unit" }

[[actions]]
name = "A"
kind = "delete_by_selection"
list = "Products"
property = "P"

[[actions]]
name = "B"
kind = "bulk_copy"
from = "Actual"

[[processes]]
name = "P"
steps = ["F", "I"]

[[faults]]
on = "GET"
status = 500

[[faults]]
on = "GET /2/0/models"
reset = true
html = true
body = "x"
"#;
    insta::assert_snapshot!(complaint(text));
}

#[test]
fn copies_need_names_of_their_own() {
    let text = "[[workspaces]]\nname = \"W\"\n\n[[models]]\nname = \"M\"\n\
                id = \"0123456789ABCDEF0123456789ABCDEF\"\ncopies = 2\n";
    let said = complaint(text);
    assert!(
        said.contains("line 5") && said.contains("with `copies`, `name` must hold `#`"),
        "{said}"
    );
    assert!(said.contains("line 6") && said.contains("`id` can't go with `copies`"), "{said}");
    let text = "[[workspaces]]\nname = \"W\"\n[[models]]\nname = \"Plan ##\"\ncopies = 12\n";
    let scenario = Scenario::parse(text).unwrap_or_else(|error| panic!("{error}"));
    let models = &scenario.tenant.workspaces[0].models;
    assert_eq!(
        (models.len(), &models[0].name[..], &models[11].name[..]),
        (12, "Plan 01", "Plan 12")
    );
    assert_ne!(models[0].id, models[11].id);
}

#[test]
fn the_form_of_the_file_is_judged_first() {
    let mut said = String::new();
    for text in [
        "[[users]\nemail = \"a\"",
        "a = 1\na = 2\n",
        "[limits]\npage_cap = \n\n[clock]\nstart = 99:99\n",
        "x = \"open\n",
    ] {
        said.push_str(&format!("{}\n", complaint(text)));
    }
    insta::assert_snapshot!(said);
}

#[test]
fn json_has_places_too() {
    let file = tempfile::Builder::new().suffix(".json").tempfile().expect("a file");
    let mut said = String::new();
    for text in [
        "{\n  \"users\": [{\"email\": \"ä\", \"pasword\": \"hidden\"}]}",
        "{\"limits\": {\"page_cap\": -1,\n \"chunk_size\": 2.5}}",
        "{\"base\": \"demo\", \"base\": null}",
        "{\"base\": }",
        "[1]",
        "",
    ] {
        std::fs::write(file.path(), text).expect("a file");
        let error = Scenario::read(file.path()).expect_err("wrong").to_string();
        said.push_str(&format!(
            "{}\n",
            error.replace(&file.path().display().to_string(), "a.json")
        ));
    }
    insta::assert_snapshot!(said);
}

#[test]
fn csv_files_are_named_with_their_lines() {
    let folder = tempfile::tempdir().expect("a folder");
    let write =
        |name: &str, text: &[u8]| std::fs::write(folder.path().join(name), text).expect("a file");
    write("list.csv", b"Name,Colr,Parent\nTea,red,\nCoffee,brown,Hot\n");
    write("short.csv", b"A,B\n1,2\n3\n");
    write("latin.csv", b"A\nK\xFCche\n");
    write("cells.csv", b"Products,Units,Prices\nTea,1,\nMilk,2,\nTea,many,\n");
    let text = in_model(
        r#"
[[lists]]
name = "Products"
properties = [{ name = "Color" }]
csv = "list.csv"

[[modules]]
name = "Sales"
dimensions = ["Products"]
line_items = [{ name = "Units" }]
csv = "cells.csv"

[[exports]]
name = "A"
csv = "short.csv"

[[exports]]
name = "B"
csv = "latin.csv"

[[exports]]
name = "C"
csv = "nowhere.csv"
"#,
    );
    let path = folder.path().join("s.toml");
    std::fs::write(&path, text).expect("a file");
    let error = Scenario::read(&path).expect_err("wrong").to_string();
    insta::assert_snapshot!(error.replace(&path.display().to_string(), "s.toml"));
    let error = Scenario::read(folder.path().join("none.toml")).expect_err("absent").to_string();
    assert!(error.contains("none.toml: can't be read"), "{error}");
}

#[test]
fn passwords_are_never_repeated() {
    for text in [
        "[[users]]\nemail = \"a\"\npassword = marker\n",
        "[[users]]\nemail = \"a\"\npassword = 'marker\n",
        "[[users]]\nemail = \"a\"\npassword = [\"marker\"]\n",
        "[[users]]\nemail = \"a\"\npassword = \"marker\" \"marker\"\n",
        "[[users]]\npassword = \"marker\"\n",
        "[[users]]\nemail = \"a\"\npasswort = \"marker\"\n",
        "[[users]]\nemail = \"a\"\npassword = \"\\mmarker\"\n",
        "[[users]]\nemail = \"a\"\nadmin = \"marker\"\n",
        "[limits]\ntask_running = \"marker\"\n",
    ] {
        let said = complaint(text);
        assert!(!said.contains("marker"), "{said}");
    }
    let scenario = super::read("[[users]]\nemail = \"a\"\npassword = \"marker\"\n");
    assert!(!format!("{scenario:?}").contains("marker"));
}

#[test]
fn control_requests_are_read_alike() {
    let said = |body: &str| {
        let read = Body::read(body).and_then(|body| body.make(&FAULTS, fault));
        read.expect_err("wrong").to_string()
    };
    assert_eq!(
        said(r#"{"on": "GET /", "stauts": 503}"#),
        "the body, line 1, column 17: unknown key `stauts` in [[faults]]; did you mean `status`?"
    );
    assert!(said(r#"{"on": "GET /"}"#).contains("a fault needs one of `status`"));
}
