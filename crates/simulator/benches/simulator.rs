//! How fast the simulator serves a generated export, beside nginx with the same bytes in files.
//!
//! `scripts/bench-simulator [ROWS]`. The simulator runs in a process of its own, so that its memory can be
//! told from the client's. One client fetches all chunks over two connections, from both servers in turn.

#![allow(clippy::print_stdout)]

use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anaplan_sql_simulator::{Column, Export, Model, Row, Simulator, Tenant, User, Workspace};
use base64::Engine as _;
use chrono::{Days, NaiveDate};
use serde_json::Value;

const ROWS: u64 = 10_000_000;
const CONNECTIONS: usize = 2;
const ROUNDS: usize = 5;
const USER: &str = "bench@example.com";
const PASSWORD: &str = "bench";

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // Without `--bench`, cargo only wants to know whether it runs.
    let usual = if arguments.iter().any(|argument| argument == "--bench") { ROWS } else { 1000 };
    let rows = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(usual);
    let runtime = tokio::runtime::Runtime::new()?;
    if arguments.iter().any(|argument| argument == "serve") {
        runtime.block_on(serve(rows))
    } else {
        runtime.block_on(compare(rows))
    }
}

/// Serves the export until standard input ends.
async fn serve(rows: u64) -> Result<()> {
    let simulator = Simulator::builder(tenant(rows))
        .requests_per_minute(None)
        .task_time(Duration::ZERO, Duration::ZERO)
        .start()
        .await?;
    let tenant = simulator.tenant();
    let model = tenant.find_model("M").ok_or("no model")?;
    let export = tenant.export("M", "E").ok_or("no export")?;
    println!("{}/2/0/models/{} {}", simulator.url(), model.id, export.id);
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await??;
    Ok(())
}

/// Ten columns as they come out of a model: codes, names, periods, dates, figures, flags.
fn tenant(rows: u64) -> Tenant {
    const REGIONS: [&str; 8] =
        ["DACH", "France", "Iberia", "Nordics", "UK & Ireland", "US East", "US West", "APAC"];
    const PRODUCTS: [&str; 8] = [
        "Barista One",
        "Barista Pro, Twin",
        "Office 400 \"Quiet\"",
        "Moka Café",
        "Grinder L",
        "Filter 4-pack",
        "Beans House Blend",
        "Service Plan",
    ];
    const MONTHS: [&str; 4] = ["Jan 26", "Feb 26", "Mar 26", "Apr 26"];
    let columns = [
        ("Transaction", "TEXT"),
        ("Customer", "TEXT"),
        ("Region", "ENTITY"),
        ("Product", "ENTITY"),
        ("Month", "TIME_ENTITY"),
        ("Order Date", "DATE"),
        ("Quantity", "NUMBER"),
        ("Amount", "NUMBER"),
        ("Discount %", "NUMBER"),
        ("Returned", "BOOLEAN"),
    ];
    let columns = columns.iter().map(|(name, kind)| Column::new(name, kind)).collect();
    let start = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap_or_default();
    let export = Export::tabular("E", columns).generated(rows, move |number, row: &mut Row<'_>| {
        let (one, two) = (scramble(number), scramble(!number));
        let pick = |list: &[&'static str], at: u64| list[(at % list.len() as u64) as usize];
        row.code("T", number + 1, 8);
        row.code("C", one % 1200, 5);
        row.text(pick(&REGIONS, one >> 16));
        row.text(pick(&PRODUCTS, one >> 24));
        row.text(pick(&MONTHS, one >> 32));
        row.date(start + Days::new((one >> 40) % 120));
        row.number(two % 500);
        row.cents((two >> 16) as i64 % 100_000_000);
        if two >> 61 == 0 {
            row.blank();
        } else {
            row.cents((two >> 48) as i64 % 2500);
        }
        row.flag(one >> 60 == 0);
    });
    Tenant::new()
        .user(User::new(USER, PASSWORD))
        .workspace(Workspace::new("W").model(Model::new("M").export(export)))
}

/// Gives numbers that look like chance, the same ones each time (the end of splitmix64).
fn scramble(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}

/// Runs the export, then fetches it from both servers.
async fn compare(rows: u64) -> Result<()> {
    let mut simulator = Process::start(
        Command::new(std::env::current_exe()?)
            .args(["serve", &rows.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped()),
    )?;
    let mut line = String::new();
    BufReader::new(simulator.0.stdout.take().ok_or("no output")?).read_line(&mut line)?;
    let (model, export) = line.trim().split_once(' ').ok_or("the simulator didn't start")?;
    let client = Client::sign_in(model).await?;
    let started = Instant::now();
    client.run(&format!("{model}/exports/{export}/tasks")).await?;
    let took = started.elapsed();
    let list = client.json(client.http.get(format!("{model}/files/{export}/chunks"))).await?;
    let chunks = list["meta"]["paging"]["totalSize"].as_u64().ok_or("no chunks")?;
    let chunks = usize::try_from(chunks)?;
    let simulated = format!("{model}/files/{export}/chunks");

    let folder = tempfile::tempdir()?;
    let bytes = client.save(&simulated, chunks, folder.path()).await?;
    println!("{rows} rows, {} MB, {chunks} chunks, {CONNECTIONS} connections", bytes / 1_000_000);
    println!("export counted     {:8.2} s", took.as_secs_f64());
    let nginx = Nginx::start(folder.path())?;
    let (mut own, mut other, mut busy) = (Vec::new(), Vec::new(), 0.0);
    for _ in 0..ROUNDS {
        let before = simulator.cpu_seconds();
        own.push(rate(bytes, client.fetch(&simulated, chunks, None).await?));
        busy += simulator.cpu_seconds() - before;
        if let Some(nginx) = &nginx {
            other.push(rate(bytes, client.fetch(&nginx.url, chunks, None).await?));
        }
    }
    let memory = simulator.memory();
    let own = report("simulator", own);
    if nginx.is_some() {
        println!("simulator / nginx  {:8.2}", own / report("nginx", other));
    } else {
        println!("nginx isn't there: nothing to compare with");
    }
    let packed = client.fetch(&simulated, chunks, Some("gzip")).await?;
    println!("simulator, gzip    {:8.0} MB/s of the file", rate(bytes, packed));
    let second = rate(bytes, Duration::from_secs_f64(busy.max(0.01) / ROUNDS as f64));
    println!("simulator, CPU     {second:8.0} MB for each second of a core");
    println!("simulator's memory {memory:>8} at most, {} with gzip", simulator.memory());
    Ok(())
}

fn rate(bytes: u64, took: Duration) -> f64 {
    bytes as f64 / 1e6 / took.as_secs_f64()
}

/// Prints the rounds of a server and returns the one in the middle.
fn report(name: &str, mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    let middle = rates.get(rates.len() / 2).copied().unwrap_or_default();
    let (least, most) = (rates.first().copied(), rates.last().copied());
    println!(
        "{name:<18} {middle:8.0} MB/s ({:.0} to {:.0})",
        least.unwrap_or_default(),
        most.unwrap_or_default()
    );
    middle
}

/// The client of both servers: it throws away what it gets.
#[derive(Clone)]
struct Client {
    http: reqwest::Client,
    token: String,
}

impl Client {
    async fn sign_in(model: &str) -> Result<Self> {
        let root = model.split("/2/0/").next().unwrap_or_default();
        // Nothing is unpacked, so that the client costs the same for both.
        let http = reqwest::Client::builder().no_proxy().no_gzip().build()?;
        let mut client = Self { http, token: String::new() };
        let secret = base64::engine::general_purpose::STANDARD.encode(format!("{USER}:{PASSWORD}"));
        client.token = format!("Basic {secret}");
        let answer = client.json(client.http.post(format!("{root}/token/authenticate"))).await?;
        let token = answer["tokenInfo"]["tokenValue"].as_str().ok_or("no token")?;
        client.token = format!("AnaplanAuthToken {token}");
        Ok(client)
    }

    async fn json(&self, request: reqwest::RequestBuilder) -> Result<Value> {
        let request = request.header("authorization", &self.token);
        let answer = request.header("content-type", "application/json").send().await?;
        Ok(serde_json::from_slice(&answer.error_for_status()?.bytes().await?)?)
    }

    /// Runs the export to its end.
    async fn run(&self, tasks: &str) -> Result<()> {
        let body = r#"{"localeName":"en_US"}"#;
        let task = self.json(self.http.post(tasks).body(body)).await?;
        let id = task["task"]["taskId"].as_str().ok_or("no task")?;
        loop {
            let task = self.json(self.http.get(format!("{tasks}/{id}"))).await?;
            if task["task"]["taskState"] == "COMPLETE" {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Fetches all chunks into files and returns their size.
    async fn save(&self, place: &str, chunks: usize, folder: &Path) -> Result<u64> {
        let mut size = 0;
        for number in 0..chunks {
            let mut file = std::fs::File::create(folder.join(number.to_string()))?;
            let mut answer = self.chunk(place, number, None).await?;
            while let Some(part) = answer.chunk().await? {
                file.write_all(&part)?;
                size += part.len() as u64;
            }
        }
        Ok(size)
    }

    /// Fetches all chunks, each connection the next one, and returns the time.
    async fn fetch(
        &self,
        place: &str,
        chunks: usize,
        coding: Option<&'static str>,
    ) -> Result<Duration> {
        let next = Arc::new(AtomicUsize::new(0));
        let started = Instant::now();
        let connections: Vec<_> = (0..CONNECTIONS)
            .map(|_| {
                let (client, place, next) = (self.clone(), place.to_owned(), Arc::clone(&next));
                tokio::spawn(async move {
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= chunks {
                            return Ok::<_, reqwest::Error>(());
                        }
                        let mut answer = client.chunk(&place, number, coding).await?;
                        while answer.chunk().await?.is_some() {}
                    }
                })
            })
            .collect();
        for connection in connections {
            connection.await??;
        }
        Ok(started.elapsed())
    }

    async fn chunk(
        &self,
        place: &str,
        number: usize,
        coding: Option<&str>,
    ) -> reqwest::Result<reqwest::Response> {
        let request = self.http.get(format!("{place}/{number}"));
        let request = request.header("authorization", &self.token);
        let request = match coding {
            Some(coding) => request.header("accept-encoding", coding),
            None => request,
        };
        request.send().await?.error_for_status()
    }
}

/// A process that is ended with its owner.
struct Process(Child);

impl Process {
    fn start(command: &mut Command) -> std::io::Result<Self> {
        command.spawn().map(Self)
    }

    /// Returns the most memory that it has held so far, where the system tells.
    fn memory(&self) -> String {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id()));
        let status = status.unwrap_or_default();
        let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let most = most.and_then(|most| most.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        most.map_or_else(|| "?".to_owned(), |most| format!("{} MiB", most.div_ceil(1024)))
    }

    /// Returns how long it has kept a core busy, where the system tells.
    fn cpu_seconds(&self) -> f64 {
        let text = std::fs::read_to_string(format!("/proc/{}/stat", self.0.id()));
        let text = text.unwrap_or_default();
        // Behind the name, which may hold blanks: user and system time in hundredths.
        let fields = text.rsplit(") ").next().unwrap_or_default().split(' ').skip(11).take(2);
        fields.filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / 100.0
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// nginx as it serves files fastest.
struct Nginx {
    url: String,
    settings: String,
    process: Process,
}

impl Nginx {
    /// Starts nginx on a folder, if it is installed.
    fn start(folder: &Path) -> Result<Option<Self>> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let own = tempfile::tempdir_in(folder)?.keep();
        let (root, own) = (folder.display(), own.display());
        let user = if cfg!(unix) { "user root;" } else { "" };
        let text = format!(
            "daemon off; worker_processes auto; pid {own}/pid; error_log {own}/error; {user}\n\
             events {{}}\n\
             http {{ access_log off; sendfile on; tcp_nopush on; client_body_temp_path {own}/body;\n\
             proxy_temp_path {own}/proxy; fastcgi_temp_path {own}/fastcgi; uwsgi_temp_path {own}/uwsgi;\n\
             scgi_temp_path {own}/scgi;\n\
             server {{ listen 127.0.0.1:{port}; location / {{ root {root}; }} }} }}\n"
        );
        let file = format!("{own}/nginx.conf");
        std::fs::write(&file, text)?;
        let Ok(process) = Process::start(Command::new("nginx").args(["-c", &file])) else {
            return Ok(None);
        };
        let nginx = Self { url: format!("http://127.0.0.1:{port}"), settings: file, process };
        let started = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            if started.elapsed() > Duration::from_secs(5) {
                return Err("nginx doesn't answer".into());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(Some(nginx))
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Its workers would outlive it, were it killed.
        let mut stop = Command::new("nginx");
        let stop = stop.args(["-c", &self.settings, "-s", "stop"]).stderr(Stdio::null()).status();
        if stop.is_ok_and(|status| status.success()) {
            let _ = self.process.0.wait();
        }
    }
}
