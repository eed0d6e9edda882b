//! The reference page of scenario files, made from the description of their language.

use std::fmt::Write as _;

use super::keys::{EXPORTS, SCENARIO};
use super::schema::{Kind, Section};

/// Returns the page docs/reference/scenario.md.
pub fn scenario_reference() -> String {
    let mut page = String::from(
        "# Scenario files\n\n\
         <!-- Generated from crates/simulator/src/scenario/keys/. Do not edit. -->\n\n\
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
         Three scenarios to start from: [a small one](../../examples/scenarios/small.toml), \
         [a nasty one](../../examples/scenarios/nasty.toml) and \
         [a large one](../../examples/scenarios/large.toml).\n\n\
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

/// How wide the text of a terminal may be.
const WIDTH: usize = 96;

/// Returns the text of `anaplan-sql help scenario`: every table with its keys.
pub fn scenario_help() -> String {
    let mut text = String::from(
        "A scenario is a TOML file, or JSON if its name ends in .json, that describes what\n\
         `anaplan-sql simulator --scenario FILE` serves. Example:\n\n",
    );
    for line in EXPORTS.example.lines().take_while(|line| !line.contains("Journal")) {
        let _ = writeln!(text, "{}", format!("  {line}").trim_end());
    }
    // The last line begins the next example.
    text.truncate(text.trim_end().trim_end_matches("[[exports]]").trim_end().len());
    text.push_str("\n\nThe file\n");
    keys(&mut text, &SCENARIO);
    text
}

fn keys(text: &mut String, section: &'static Section) {
    for key in section.keys {
        let default = match (key.is_required, key.default) {
            (true, _) => "; required".to_owned(),
            (false, "") => String::new(),
            (false, default) => format!("; default: {default}"),
        };
        let line = format!("{}  ({}{default})  {}", key.name, key.kind.expected(), key.doc);
        wrap(text, &line.replace('`', ""));
    }
    for key in section.keys {
        if let Kind::Table(part) | Kind::Tables(part) = key.kind {
            let _ = write!(text, "\n{}\n", part.heading);
            keys(text, part);
        }
    }
}

/// Writes a text in lines that fit, the first one further left.
fn wrap(text: &mut String, line: &str) {
    let mut width = WIDTH;
    for word in line.split(' ') {
        if width + 1 + word.chars().count() > WIDTH {
            let indent = if text.ends_with('\n') { "  " } else { "\n      " };
            text.push_str(indent);
            width = indent.len() - indent.matches('\n').count();
        } else {
            text.push(' ');
            width += 1;
        }
        text.push_str(word);
        width += word.chars().count();
    }
    text.push('\n');
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
