//! Holds the documentation to the code: the reference pages are generated from tables in it, the
//! SQL and the commands of the guides run on the demo tenant, links lead to files.
#![cfg(feature = "cli")]

#[cfg(unix)]
mod shell;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anaplan_sql::Key;
use anaplan_sql::simulator::{Scenario, Simulator, Tenant};
use anaplan_sql::table::information;

/// Set, it makes the test write the reference pages instead of comparing them.
const WRITE: &str = "ANAPLAN_SQL_WRITE_DOCS";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The reference pages: path and text.
fn pages() -> Vec<(&'static str, String)> {
    vec![
        ("docs/reference/connection-string.md", connection_string()),
        ("docs/reference/tables.md", tables()),
        ("docs/reference/commands.md", commands()),
        ("docs/reference/procedures.md", anaplan_sql::procedure::reference()),
        ("docs/reference/scenario.md", anaplan_sql::simulator::scenario_reference()),
    ]
}

/// What the table of keys already holds, though nothing acts on it so far.
fn connection_string() -> String {
    anaplan_sql::config::reference()
}

fn tables() -> String {
    let mut page = String::from(
        "# Metadata tables\n\n\
         <!-- Generated from the definitions in src/table/information/. Do not edit. -->\n\n\
         The schema `information` exists in the catalog `anaplan`, where its tables cover the \
         whole tenant, and in the catalog of every workspace, where they cover that workspace. It \
         is the default schema unless a connection names a model.\n\n\
         `=` and `IN` on a column marked as key save requests: only the workspaces, models and \
         objects named are read. On `event_date` it is `=`, `<`, `>` and their like. Whatever else a \
         filter says of `workspace_id`, `model_id` and `model_name` alone, as \
         `model_name LIKE 'Sales%'`, is worked out over the names of models before any is asked; \
         so is what a join finds on its other side, and with it `model_id IN (SELECT …)`. Any other \
         filter works too, and is applied to the rows. Without a filter, a table about the insides \
         of models asks every model that the user sees: `MaxConnections` at a time, and no more \
         than the 600 requests a minute that Anaplan grants a tenant. `EXPLAIN` tells how many \
         `models` and `requests` it is going to be: a `+` where objects in the models cost more, \
         `joins_tell` where a join may leave fewer. What a session has read before costs nothing.\n\n\
         Archived models are left out, and models that the user may not look into are passed over \
         (a warning in the log names them). Any other failure ends the query: a model under \
         maintenance, for example. A filter on `model_id` reads around it.\n\n\
         Names of exports, lists, modules and views, and what lists are made of, are read once in \
         a session: the tables that they are must stay what a query took them for. `REFRESH METADATA`, \
         or `\\refresh` at the prompt, reads them anew; plans that were made before keep what they \
         were made with. Until then a new object isn't there, a renamed one answers to its old name, \
         and a deleted one fails the query that reads it. All else is read anew by every query.\n\n\
         Every column may be NULL.\n",
    );
    for table in information::TABLES {
        let _ = write!(
            page,
            "\n## information.{}\n\n{}\n\nCost: {}\n\n```sql\n{};\n```\n\n\
             | Column | Type | Key | Meaning |\n|---|---|---|---|\n",
            table.name,
            escape(table.doc),
            escape(table.cost),
            table.example.replace(" FROM ", "\nFROM ").replace(" WHERE ", "\nWHERE ")
        );
        for column in table.columns {
            let key = if column.key { "key" } else { "" };
            let (name, kind) = (column.name, column.kind.sql());
            let _ = writeln!(page, "| `{name}` | {kind} | {key} | {} |", escape(column.doc));
        }
    }
    page
}

fn commands() -> String {
    format!(
        "# Commands, formats, exit codes\n\n\
         <!-- Generated from the program's own help. Do not edit. -->\n\n\
         ## Backslash commands\n\n```text\n{}```\n\n\
         ## Sign-in\n\n```text\n{}```\n\n\
         ## Formats\n\n```text\n{}```\n\n\
         ## Exit codes\n\n```text\n{}```\n",
        help("commands"),
        help("auth"),
        help("formats"),
        help("exit-codes")
    )
}

/// What `anaplan-sql help TOPIC` prints.
fn help(topic: &str) -> String {
    let run = std::process::Command::new(env!("CARGO_BIN_EXE_anaplan-sql"))
        .args(["help", topic])
        .output()
        .expect("the program runs");
    assert!(run.status.success(), "help {topic}");
    String::from_utf8(run.stdout).expect("UTF-8")
}

/// Keeps Markdown from giving a meaning to characters of plain text.
fn escape(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            matches!(c, '\\' | '`' | '*' | '_' | '|' | '<').then_some('\\').into_iter().chain([c])
        })
        .collect()
}

#[test]
fn the_reference_pages_are_current() {
    for (path, text) in pages() {
        let file = root().join(path);
        if std::env::var_os(WRITE).is_some() {
            fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
            fs::write(&file, &text).expect("the page can be written");
            continue;
        }
        let found = fs::read_to_string(&file).unwrap_or_default();
        if found == text {
            continue;
        }
        let line = found.lines().zip(text.lines()).take_while(|(a, b)| a == b).count();
        panic!(
            "{path} is not current, from line {} on. Write it anew:\n\n    \
             {WRITE}=1 cargo test --test docs\n\n   is: {}\nmust be: {}",
            line + 1,
            found.lines().nth(line).unwrap_or("(the end)"),
            text.lines().nth(line).unwrap_or("(the end)"),
        );
    }
}

/// Every page that people wrote or had generated.
fn markdown() -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> =
        ["README.md", "CHANGELOG.md", "CONTRIBUTING.md"].map(|name| root().join(name)).into();
    let mut folders = vec![root().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                all.push(path);
            }
        }
    }
    all.sort();
    all
}

#[test]
fn links_lead_to_files() {
    let mut broken = Vec::new();
    for page in markdown() {
        let text = fs::read_to_string(&page).expect("UTF-8");
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap_or_default();
            let elsewhere = link.contains("://") || file.is_empty();
            if !elsewhere && !page.parent().expect("a folder").join(file).exists() {
                broken.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// The blocks of a page that are fenced as this language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(found) = line.strip_prefix("```") else { continue };
        let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        if found == language {
            blocks.push(body.join("\n"));
        }
    }
    blocks
}

#[tokio::test]
async fn the_scenarios_of_the_pages_start() {
    let mut count = 0;
    for page in markdown() {
        let text = fs::read_to_string(&page).expect("UTF-8");
        // Cargo's manifests are TOML too.
        for block in blocks(&text, "toml").iter().filter(|it| !it.contains("dependencies]")) {
            let started = match Scenario::parse(block) {
                Ok(scenario) => scenario.builder().start().await,
                Err(error) => panic!("{}: {error}\n{block}", page.display()),
            };
            drop(started.expect("a free port"));
            count += 1;
        }
    }
    assert!(count > 15, "only {count} scenarios were found");
}

#[tokio::test]
async fn the_sql_of_the_pages_runs_on_the_demo_tenant() {
    // Statements write and read files of their own.
    let folder = tempfile::tempdir().expect("a folder");
    std::env::set_current_dir(folder.path()).expect("a folder");
    let demo = Simulator::start(Tenant::demo()).await.expect("a free port");
    let mut count = 0;
    for page in markdown() {
        let session = anaplan_sql::builder()
            .no_environment()
            .set(Key::User, "demo@anaplan-sql.example")
            .set(Key::Password, "demo")
            .set(Key::Endpoint, demo.url())
            .connect()
            .await
            .expect("the demo user may sign in");
        let text = fs::read_to_string(&page).expect("UTF-8");
        for statement in
            blocks(&text, "sql").iter().flat_map(|block| anaplan_sql::session::split(block))
        {
            let run = async { Ok(session.sql(&statement.text).await?.collect().await?) };
            if let Err(error) = run.await as anaplan_sql::Result<Vec<_>> {
                panic!("{}:\n{}\n{error:?}", page.display(), statement.text);
            }
            count += 1;
        }
    }
    assert!(count > 10, "only {count} statements were found");
}
