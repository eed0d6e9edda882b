//! The reference page of scenario files, made from the description of their language.

use std::fmt::Write as _;

use super::keys::SCENARIO;
use super::schema::{Kind, Section};

/// Returns the page docs/reference/scenario.md.
pub fn scenario_reference() -> String {
    let mut page = String::from(
        "# Scenario files\n\n\
         <!-- Generated from src/simulator/scenario/keys/. Do not edit. -->\n\n\
         A scenario is what a simulator serves: a tenant, what goes wrong in it, its clock and its \
         limits.\n\n\
         ```sh\nanaplan-sql simulator --scenario plan.toml\n```\n\n\
         It is a TOML file, or a JSON file with the same keys if its name ends in `.json`. Every \
         mistake is reported before the simulator starts, all of them at once, each with line and \
         column: unknown keys, values of the wrong kind, names that lead nowhere. The exit code is 2 \
         then. Passwords are never repeated.\n\n\
         The tables may stand in any order, except that a list whose items are to be parents of \
         generated ones stands before these. Objects are named by their names, or by their ids. \
         Paths start at the folder of the scenario. Dates and numbers may stand as such or as text \
         where a cell is meant.\n\n\
         Ids that aren't given are made up, the same ones in every run.\n\n\
         Two scenarios to start from: [a small one](../../examples/scenarios/small.toml) and \
         [a nasty one](../../examples/scenarios/nasty.toml).\n\n\
         ## The file\n",
    );
    table(&mut page, &SCENARIO);
    for key in SCENARIO.keys {
        if let Kind::Table(section) | Kind::Tables(section) = key.kind {
            describe(&mut page, section, 2);
        }
    }
    page
}

fn describe(page: &mut String, section: &'static Section, level: usize) {
    let hashes = "#".repeat(level);
    // Writing to a String can't fail.
    let _ = write!(page, "\n{hashes} `{}`\n\n{}\n", section.heading, section.doc);
    table(page, section);
    for key in section.keys {
        if let Kind::Table(part) | Kind::Tables(part) = key.kind {
            describe(page, part, level + 1);
        }
    }
    if !section.example.is_empty() {
        let _ = write!(page, "\n```toml\n{}```\n", section.example);
    }
}

fn table(page: &mut String, section: &Section) {
    page.push_str("\n| Key | Value | Default | Meaning |\n|---|---|---|---|\n");
    for key in section.keys {
        let default = if key.is_required { "(required)" } else { key.default };
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {} |",
            key.name,
            cell(&key.kind.expected()),
            cell(default),
            cell(key.doc)
        );
    }
}

/// A bar would end a cell of the table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
