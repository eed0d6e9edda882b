//! Scheduled jobs, each run as a process with something going wrong at every request in turn: the
//! model then holds the right data once, or the program has said that it failed.
//!
//! A job is run once without faults to learn its requests. Then every fault strikes every request,
//! on a simulator of its own. Whether the outcome is right is read from the simulator's state and
//! from the files that the job has left, never from what the program says about itself. What all
//! jobs begin with, signing in and reading the names of workspaces and models, is struck in the
//! first job only.

mod faults;
mod world;

use std::collections::BTreeMap;

use futures::StreamExt;

use self::faults::{FAULTS, Kind, PATIENT};
use self::world::{JOBS, Job, World};

/// Processes that run at the same time: most of their time they wait.
const PARALLEL: usize = 12;

/// What every job asks for.
const COMMON: &[&str] = &["/token/authenticate", "/2/0/workspaces", "/2/0/models"];

/// A request of a job: method, path, and how many alike come before it.
type Place = (String, String, u64);

/// A fault at a request of a job.
#[derive(Clone)]
struct Case {
    job: &'static Job,
    place: Place,
    fault: &'static Kind,
}

/// What came of it.
struct Outcome {
    code: i32,
    /// What is wrong, if anything.
    problem: Option<String>,
}

/// The requests that a job sends when nothing goes wrong.
async fn places(job: &'static Job) -> Vec<Place> {
    let world = World::new().await;
    let run = world.run(job, PATIENT).await;
    assert_eq!(run.code, 0, "{}: {}", job.name, run.stderr);
    assert_eq!((job.right)(&world), Ok(()), "{}", job.name);
    let mut seen: BTreeMap<(String, String), u64> = BTreeMap::new();
    let requests = world.simulator.requests();
    requests
        .iter()
        .filter(|request| job.name == JOBS[0].name || !COMMON.contains(&request.path.as_str()))
        .map(|request| {
            let key = (request.method.clone(), pattern(&request.path));
            let before = seen.entry(key.clone()).or_default();
            let place = (key.0, key.1, *before);
            *before += 1;
            place
        })
        .collect()
}

/// The path, with `*` for the ids that differ from run to run.
fn pattern(path: &str) -> String {
    let mut segments: Vec<&str> = path.split('/').collect();
    for at in 1..segments.len() {
        if ["tasks", "readRequests"].contains(&segments[at - 1]) {
            segments[at] = "*";
        }
    }
    segments.join("/")
}

impl Case {
    /// Runs the job with the fault.
    async fn run(self) -> Outcome {
        let world = World::new().await;
        let (method, path, before) = &self.place;
        world.simulator.inject((self.fault.fault)(method, path).skip(*before));
        let run = world.run(self.job, self.fault.timeout).await;
        // What is still on its way there has arrived when the tasks are looked at.
        let problem = match run.code {
            0 => (self.job.right)(&world).err(),
            1 | 3 | 4 if !run.stderr.contains("error: ") => Some("it doesn't say why".to_owned()),
            1 | 3 => (self.job.harmless)(&world).err(),
            code => Some(format!("it ended with {code}")),
        };
        let problem = problem.map(|problem| {
            format!("{self}: {problem}, code {}\n{}{}", run.code, run.stdout, run.stderr)
        });
        Outcome { code: run.code, problem }
    }
}

impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (method, path, before) = &self.place;
        write!(f, "{}: {} at {method} {path} number {before}", self.job.name, self.fault.name)
    }
}

/// Runs a job with every fault at every request, and shows which of them it survived.
async fn sweep(name: &str) -> String {
    let job = JOBS.iter().find(|job| job.name == name).expect("a job");
    let places = places(job).await;
    let cases = places
        .iter()
        .flat_map(|place| FAULTS.iter().map(|fault| Case { job, place: place.clone(), fault }));
    let cases: Vec<Case> = cases.collect();
    let outcomes: Vec<(Case, Outcome)> = futures::stream::iter(cases)
        .map(|case| async {
            let outcome = tokio::spawn(case.clone().run()).await.expect("no panic");
            (case, outcome)
        })
        .buffered(PARALLEL)
        .collect()
        .await;
    let problems: Vec<&str> =
        outcomes.iter().filter_map(|(_, outcome)| outcome.problem.as_deref()).collect();
    assert!(
        problems.is_empty(),
        "{} of {}:\n{}",
        problems.len(),
        outcomes.len(),
        problems.join("\n")
    );
    table(&places, &outcomes)
}

/// A line for each request, a sign for each fault: `.` for done, else the exit code.
fn table(places: &[Place], outcomes: &[(Case, Outcome)]) -> String {
    let names: Vec<&str> = FAULTS.iter().map(|fault| fault.name).collect();
    let mut text = format!("{}\n", names.join(", "));
    for (line, (method, path, _)) in outcomes.chunks(FAULTS.len()).zip(places) {
        let signs: Vec<String> = line
            .iter()
            .map(|(_, outcome)| match outcome.code {
                0 => ".".to_owned(),
                code => code.to_string(),
            })
            .collect();
        let short: Vec<&str> = path
            .split('/')
            .filter(|it| !it.chars().all(|c| c.is_ascii_digit() || c.is_ascii_uppercase()))
            .collect();
        text.push_str(&format!("{} {method} {}\n", signs.concat(), short.join("/")));
    }
    text
}

/// How many requests and faults there are, so that a job that sends nothing isn't tested in vain.
fn survived(table: &str) -> (usize, usize) {
    let lines: Vec<&str> = table.lines().skip(1).collect();
    let done = |line: &str| line.split(' ').next().unwrap_or_default().matches('.').count();
    (lines.iter().map(|line| done(line)).sum(), lines.len() * FAULTS.len())
}

macro_rules! jobs {
    ($($test:ident: $name:literal,)*) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $test() {
            let table = sweep($name).await;
            let (done, all) = survived(&table);
            // Statuses that say no end the job; all else is survived almost everywhere.
            assert!(done * 2 > all, "{done} of {all}\n{table}");
        }
    )*};
}

jobs! {
    an_upload: "upload",
    an_export_to_a_file: "export",
    a_download: "download",
    a_view_in_a_file: "view",
    an_export_as_rows: "query",
    a_file_into_an_import: "import",
    a_process: "process",
    rows_into_an_import: "feed",
    items_of_a_list: "items",
    items_that_may_be_there: "upsert",
    cells_of_a_module: "cells",
}
