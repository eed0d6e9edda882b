//! The jobs, and the model that they work on.

use std::time::Duration;

use anaplan_sql::simulator::{
    Dim, Format, Import, ImportTarget, Item, LINE_ITEMS, LineItem, List, ListColumn, Model, Module,
    ModuleColumn, Process, Simulator, SourceFile, Version, View, Workspace,
};

use crate::process::{Program, Run, connection};
use crate::support::{USER, counting, users};

/// A job: a line in somebody's schedule.
pub(super) struct Job {
    pub(super) name: &'static str,
    /// The statement; `{in}` and `{out}` stand for local files.
    sql: &'static str,
    /// Whether its rows go to `{out}`.
    writes: bool,
    /// What must be so when it has ended with 0.
    pub(super) right: fn(&World) -> Result<(), String>,
    /// What must be so when it has ended with an error.
    pub(super) harmless: fn(&World) -> Result<(), String>,
}

/// A model, and a folder with files.
pub(super) struct World {
    pub(super) simulator: Simulator,
    folder: tempfile::TempDir,
}

/// The file `{in}`.
const INPUT: &str = "Product,Code\n\"Press, small\",P1\n\"Press\nlarge\",P2\n";
/// The items that the list has then.
const LOADED: &[&str] = &["Press, small|P1", "Press\nlarge|P2"];
/// What the file `{out}` holds before.
const OLD: &str = "old";
/// What other users see in the file `prices.csv`.
const PRICES: &str = "Code,Price\nP1,10\nP2,20\nP3,30\n";
/// The view `Across`.
const ACROSS: &str = "Sites,Amount,Limit\nLyon,1.0,10.0\nReno,2.0,20.0\n";

pub(super) static JOBS: &[Job] = &[
    Job {
        name: "upload",
        sql: "CALL UploadFile(File => 'products.csv', InputFile => '{in}')",
        writes: false,
        right: |world| world.has_uploaded(Some(INPUT)),
        harmless: |world| world.has_uploaded(None).or_else(|_| world.has_uploaded(Some(INPUT))),
    },
    Job {
        name: "export",
        sql: "CALL RunExport(Export => 'Figures', OutputFile => '{out}')",
        writes: false,
        right: |world| world.has_run(1, 1).and_then(|()| world.has_written(&figures())),
        harmless: |world| world.has_run(0, 1).and_then(|()| world.has_written(OLD)),
    },
    Job {
        name: "download",
        sql: "CALL DownloadFile(File => 'prices.csv', OutputFile => '{out}')",
        writes: false,
        right: |world| world.has_written(PRICES),
        harmless: |world| world.has_written(OLD),
    },
    Job {
        name: "view",
        sql: r#"SELECT * FROM "Views.Plan.Across""#,
        writes: true,
        right: |world| world.has_written(ACROSS),
        harmless: |world| world.has_written(OLD),
    },
    Job {
        name: "query",
        sql: r#"SELECT * FROM "Figures""#,
        writes: true,
        right: |world| world.has_run(1, 1).and_then(|()| world.has_written(&rows_of_figures())),
        harmless: |world| world.has_run(0, 1).and_then(|()| world.has_written(OLD)),
    },
    Job {
        name: "import",
        sql: "CALL RunImport(Import => 'Load products', InputFile => '{in}')",
        writes: false,
        right: |world| world.has_run(1, 1).and_then(|()| world.has_loaded(LOADED)),
        harmless: |world| world.has_run(0, 1).and_then(|()| world.has_loaded_all_or_nothing()),
    },
    Job {
        name: "process",
        sql: "CALL RunProcess(Process => 'Nightly', Mapping => 'Version:Actual')",
        writes: false,
        right: |world| world.has_run(1, 1).and_then(|()| world.has_planned("7")),
        harmless: |world| {
            let planned = world.has_planned("7").or_else(|_| world.has_planned(""));
            world.has_run(0, 1).and(planned)
        },
    },
    Job {
        name: "feed",
        sql: "CREATE EXTERNAL TABLE source STORED AS CSV LOCATION '{in}' \
              OPTIONS ('has_header' 'true', 'newlines_in_values' 'true'); \
              INSERT INTO \"Imports.Load products\" SELECT * FROM source",
        writes: false,
        right: |world| world.has_run(1, 1).and_then(|()| world.has_loaded(LOADED)),
        harmless: |world| world.has_run(0, 1).and_then(|()| world.has_loaded_all_or_nothing()),
    },
    Job {
        name: "items",
        sql: "INSERT INTO \"Lists.Products\" (\"Name\", \"Code\") \
              VALUES ('Press, small', 'P1'), ('Press\nlarge', 'P2')",
        writes: false,
        right: |world| world.has_loaded(LOADED),
        harmless: World::has_loaded_all_or_nothing,
    },
    Job {
        name: "cells",
        sql: "UPDATE \"Modules.Plan\" SET \"Amount\" = \"Amount\" + 5",
        writes: false,
        right: |world| world.has_set(&["6", "7"]),
        harmless: |world| world.has_set(&["6", "7"]).or_else(|_| world.has_set(&[])),
    },
    Job {
        name: "upsert",
        sql: "INSERT INTO \"Lists.Stock\" (name, code, \"Count\") \
              VALUES ('One', 'S1', 5), ('Two', 'S2', 7) \
              ON CONFLICT (code) DO UPDATE SET \"Count\" = excluded.\"Count\"",
        writes: false,
        right: |world| world.has_stocked(&[&["One|S1|5", "Two|S2|7"]]),
        // What is there is updated after what is new was added.
        harmless: |world| {
            let (before, added) = (["One|S1|1"], ["One|S1|1", "Two|S2|7"]);
            world.has_stocked(&[&before, &added, &["One|S1|5", "Two|S2|7"]])
        },
    },
];

/// The file of the export `Figures`.
fn figures() -> String {
    let rows = counting("Figures", 40).rows().map(|row| row.join(",") + "\n");
    std::iter::once("Code,Number\n".to_owned()).chain(rows).collect()
}

/// The same as the program writes its rows: numbers have a decimal point.
fn rows_of_figures() -> String {
    let rows = counting("Figures", 40).rows().map(|row| row.join(",") + ".0\n");
    std::iter::once("Code,Number\n".to_owned()).chain(rows).collect()
}

impl World {
    pub(super) async fn new() -> Self {
        let dims = vec![Dim::list("Sites")];
        let value = |site: &str| if site == "Lyon" { 1 } else { 2 };
        let module = Module::new("Plan", dims)
            .line_item(
                LineItem::number("Amount")
                    .fill_with(move |place| value(place[0].label).to_string()),
            )
            .line_item(
                LineItem::number("Limit")
                    .fill_with(move |place| (10 * value(place[0].label)).to_string()),
            )
            .view(View::new("Across", &[], &["Sites"], &[LINE_ITEMS]).leaves_only());
        let planned = Module::new("Targets", vec![Dim::list("Sites"), Dim::Versions])
            .line_item(LineItem::number("Target"));
        let products = [("Product", ListColumn::Name), ("Code", ListColumn::Code)];
        let targets = [
            ("Site", ModuleColumn::dimension("Sites")),
            ("Target", ModuleColumn::line_item("Target")),
        ];
        let model = Model::new("M")
            .version(Version::new("Actual").actual().current())
            .version(Version::new("Plan"))
            .list(List::new("Products"))
            .list(
                List::new("Stock")
                    .property("Count", Format::number())
                    .item(Item::new("One").code("S1").properties(&["1"])),
            )
            .module(planned)
            .file(
                SourceFile::new("targets.csv", &["Site", "Target"])
                    .default_file("Site,Target\nLyon,7\n"),
            )
            .import(Import::from_file(
                "Load products",
                "products.csv",
                ImportTarget::list("Products", &products),
            ))
            .import(
                Import::from_file(
                    "Load targets",
                    "targets.csv",
                    ImportTarget::module("Targets", &targets),
                )
                .prompt("Version"),
            )
            .process(Process::new("Nightly", &["Load targets"]))
            .list(List::new("Sites").top_level("World").items(["Lyon", "Reno"]))
            .module(module)
            .file(SourceFile::new("products.csv", &["Product", "Code"]))
            .file(SourceFile::new("prices.csv", &["Code", "Price"]).default_file(PRICES))
            .export(counting("Figures", 40));
        let simulator = Simulator::builder(users().workspace(Workspace::new("W").model(model)))
            .task_time(Duration::ZERO, Duration::ZERO)
            .chunk_size(150)
            .start()
            .await
            .expect("a free port");
        let folder = tempfile::tempdir().expect("a directory");
        std::fs::write(folder.path().join("in.csv"), INPUT).expect("written");
        std::fs::write(folder.path().join("out.csv"), OLD).expect("written");
        Self { simulator, folder }
    }

    /// Runs a job as a process, away from the threads that serve it. The time-out is in seconds.
    pub(super) async fn run(&self, job: &Job, timeout: u32) -> Run {
        let connection = format!(
            "{};Workspace=W;Model=M;Timeout={timeout};MaxRetries=2;BulkPollingInterval=10",
            connection(&self.simulator)
        );
        let file = |name: &str| self.folder.path().join(name).display().to_string();
        let sql = job.sql.replace("{in}", &file("in.csv")).replace("{out}", &file("out.csv"));
        let program = Program::new().args(["--connect", &connection, "-c", &sql]);
        let program = match job.writes {
            true => program.args(["--output", &file("out.csv")]),
            false => program.args(["--format", "json"]),
        };
        tokio::task::spawn_blocking(|| program.run()).await.expect("an end")
    }

    /// The local file `{out}` holds this, and nothing is left beside it.
    fn has_written(&self, expected: &str) -> Result<(), String> {
        let found = std::fs::read_to_string(self.folder.path().join("out.csv"))
            .map_err(|error| error.to_string())?;
        if found != expected {
            return Err(format!("the file has {} of {} bytes", found.len(), expected.len()));
        }
        let files = std::fs::read_dir(self.folder.path()).expect("a directory").count();
        if files == 2 { Ok(()) } else { Err("something is left beside the file".to_owned()) }
    }

    /// So many tasks were started in all.
    fn has_run(&self, least: usize, most: usize) -> Result<(), String> {
        let started = self.simulator.tasks().len();
        let expected = least..=most;
        if expected.contains(&started) { Ok(()) } else { Err(format!("{started} tasks")) }
    }

    /// The service has this as the user's content of `products.csv`, if it is whole.
    fn has_uploaded(&self, expected: Option<&str>) -> Result<(), String> {
        let found = self.simulator.uploaded("M", "products.csv", USER).map(|it| it.concat());
        if found.as_deref() == expected.map(str::as_bytes) {
            Ok(())
        } else {
            Err(format!("{:?} bytes have been uploaded", found.map(|it| it.len())))
        }
    }

    /// The list has these items, each once: names and codes.
    fn has_loaded(&self, expected: &[&str]) -> Result<(), String> {
        let tenant = self.simulator.tenant();
        let items =
            &tenant.find_model("M").and_then(|it| it.find_list("Products")).expect("it").items;
        let found: Vec<String> = (0..items.len())
            .filter_map(|at| items.at(at))
            .map(|item| format!("{}|{}", item.name, item.code.as_deref().unwrap_or_default()))
            .collect();
        if found == expected { Ok(()) } else { Err(format!("the list has {found:?}")) }
    }

    /// Somebody has written these values into the cells of the one line item.
    fn has_set(&self, expected: &[&str]) -> Result<(), String> {
        let tenant = self.simulator.tenant();
        let module = tenant.find_model("M").and_then(|it| it.find_module("Plan")).expect("it");
        let cells = &module.find_line_item("Amount").expect("it").cells;
        let mut found: Vec<&str> = cells.values().map(String::as_str).collect();
        found.sort_unstable();
        if found == expected { Ok(()) } else { Err(format!("the cells are {found:?}")) }
    }

    /// The other list has one of these: names, codes and counts.
    fn has_stocked(&self, expected: &[&[&str]]) -> Result<(), String> {
        let tenant = self.simulator.tenant();
        let items = &tenant.find_model("M").and_then(|it| it.find_list("Stock")).expect("it").items;
        let told = |item: &Item| {
            let code = item.code.as_deref().unwrap_or_default();
            format!("{}|{code}|{}", item.name, item.properties.concat())
        };
        let found: Vec<String> = items.iter().map(told).collect();
        if expected.iter().any(|expected| found == *expected) {
            Ok(())
        } else {
            Err(format!("the list has {found:?}"))
        }
    }

    fn has_loaded_all_or_nothing(&self) -> Result<(), String> {
        self.has_loaded(LOADED).or_else(|_| self.has_loaded(&[]))
    }

    /// The one cell has this value.
    fn has_planned(&self, expected: &str) -> Result<(), String> {
        let tenant = self.simulator.tenant();
        let module = tenant.find_model("M").and_then(|it| it.find_module("Targets")).expect("it");
        let cells = &module.find_line_item("Target").expect("it").cells;
        let found: Vec<&str> = cells.values().map(String::as_str).collect();
        if found.concat() == expected { Ok(()) } else { Err(format!("the cells are {found:?}")) }
    }
}
