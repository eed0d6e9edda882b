//! A scenario with every key, so that none is described that nothing acts on.

use super::asked;
use super::reference::sections;

/// Everything that can be said, apart from what needs files.
const EVERYTHING: &str = r##"
[[users]]
email = "a"

[[oauth_clients]]
id = "a"
secret = "b"
redirect_uris = ["http://c"]

[[workspaces]]
name = "W"

[[models]]
name = "M"
calendar = {}
versions = [{ name = "Actual" }, { name = "Budget" }]
line_item_subsets = [{ name = "S", line_items = [["Sales", "Units"]] }]

[[lists]]
name = "Products"
properties = [{ name = "P", format = "boolean" }, { name = "N", format = "number" }]
items = [{ name = "Tea" }]
generate = { count = 1 }

[[modules]]
name = "Sales"
dimensions = ["Products"]
line_items = [
    { name = "Units", random = [1, 2], cells = [["Tea", 1]] },
    { name = "T", format = "time", dimensions = ["Time"] },
    { name = "L", format = "list", list = "Products" },
]
views = [{ name = "V" }]

[[exports]]
name = "E"
generate = { rows = 1 }
columns = [
    { name = "A", words = ["a"] },
    { name = "B", sequence = "#" },
    { name = "C", range = [1, 2] },
    { name = "D", days = [2026-01-01, 2026-01-02] },
    { name = "F", true_percent = 1 },
    { name = "G", nasty = true },
    { name = "H", type = "ENTITY", list = "Products" },
]

[[exports]]
name = "F"
columns = [{ name = "A" }]
rows = [[1]]
task_queued = "1s"

[[exports]]
name = "G"
of_view = { module = "Sales", view = "V" }

[[files]]
name = "f"
headers = ["Name"]

[[imports]]
name = "I"
file = "f"
list = "Products"

[[imports]]
name = "J"
view = { module = "Sales", view = "V" }
into = "users"
outcome = "failure"

[[actions]]
name = "A"
kind = "delete_by_selection"
list = "Products"
property = "P"

[[actions]]
name = "B"
kind = "bulk_copy"
from = "Actual"
to = "Budget"

[[processes]]
name = "P"
steps = ["A"]

[[faults]]
on = "GET /a"
status = 500
body = "x"

[[faults]]
on = "GET /a"
delay = "1s"

[[faults]]
on = "GET /a"
truncate = 1

[clock]
[limits]
[nasty]
"##;

#[test]
fn every_key_is_acted_on() {
    super::read(EVERYTHING);
    let asked = asked::all();
    let mut idle = Vec::new();
    for section in sections() {
        for key in section.keys {
            if !asked.contains(&(section.heading, key.name.to_owned())) {
                idle.push(format!("`{}` in {}", key.name, section.heading));
            }
        }
    }
    assert!(idle.is_empty(), "nobody asks for {}", idle.join(", "));
}
