//! Files of a model: nothing is lost on the way up or down, and nothing counts that isn't whole.

mod download;
mod memory;
mod program;
mod upload;

use std::path::{Path, PathBuf};

use anaplan_sql::Session;
use anaplan_sql::simulator::{Export, Fault, Model, Simulator, SourceFile, Workspace};

use crate::support::{Cell, USER, cells, counting, query, users};

const FILES: &str = "/2/0/models/*/files";
const FILE: &str = "/2/0/models/*/files/*";
const COMPLETE: &str = "/2/0/models/*/files/*/complete";

/// The model `M` with files for imports, an export of seven chunks, and one that is no text.
async fn serve() -> Simulator {
    let model = Model::new("M")
        .file(SourceFile::new("items.csv", &["Code", "Text"]))
        .file(
            SourceFile::new("wide.txt", &["Code", "Text"])
                .separator("\t", "'")
                .encoding("UTF-16LE"),
        )
        .export(counting("Big", 400))
        .export(Export::binary("Plan", "application/pdf", b"%PDF\n1\n2\n".to_vec()));
    Simulator::builder(users().workspace(Workspace::new("W").model(model)))
        .task_time(std::time::Duration::ZERO, std::time::Duration::ZERO)
        .requests_per_minute(None)
        .chunk_size(500)
        .start()
        .await
        .expect("a free port")
}

/// A folder for local files.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a directory"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file, and names it as a statement does.
    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        std::fs::write(self.path(name), content).expect("written");
        self.literal(name)
    }

    fn literal(&self, name: &str) -> String {
        format!("'{}'", self.path(name).display())
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).expect("it is there")
    }

    /// The names of what is there.
    fn list(&self) -> Vec<String> {
        list(self.0.path())
    }
}

fn list(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a directory");
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Some records, each with a line break in quotes; about so many bytes.
fn records(bytes: usize) -> Vec<u8> {
    let mut text = b"Code,Text\n".to_vec();
    let mut number = 0;
    while text.len() < bytes {
        text.extend_from_slice(
            format!("c{number},\"line one\nsays \"\"{number}\"\"\"\n").as_bytes(),
        );
        number += 1;
    }
    text
}

/// What the service has of the user's upload, if it is whole.
fn uploaded(simulator: &Simulator, file: &str) -> Option<Vec<u8>> {
    simulator.uploaded("M", file, USER).map(|chunks| chunks.concat())
}

/// The one row of a call.
async fn run(session: &Session, sql: &str) -> Vec<Cell> {
    let mut rows = cells(&query(session, sql).await);
    assert_eq!(rows.len(), 1, "{sql}");
    rows.remove(0)
}

/// What goes wrong once and must not be seen, with its name.
fn passing(method: &str, path: &str) -> Vec<(&'static str, Fault)> {
    let on = || Fault::on(method, path);
    vec![
        ("reset", on().reset()),
        ("answer lost", on().lose_answer()),
        ("429", on().status(429).header("Retry-After", "0")),
        ("401", on().expired_token()),
        ("500", on().status(500)),
        ("502", on().status(502).body("text/html", "<html>Bad Gateway</html>")),
        ("503", on().status(503).header("Retry-After", "0")),
        ("504", on().status(504)),
    ]
}

/// What goes wrong in a way that nobody mends by sending it again.
fn lasting(method: &str, path: &str) -> Vec<(&'static str, Fault)> {
    let on = || Fault::on(method, path).forever();
    vec![
        ("400", on().status(400)),
        ("401", on().status(401)),
        ("403", on().status(403)),
        ("404", on().status(404)),
        ("409", on().status(409)),
        ("423", on().status(423)),
        ("500 for ever", on().status(500)),
        ("reset for ever", on().reset()),
        ("a page", on().html()),
        ("half an answer", on().bad_json()),
    ]
}
