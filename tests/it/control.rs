//! Steering a simulator over HTTP, as the guide shows it.

use std::io::{BufRead, BufReader};
use std::path::Path;

use serde_json::Value;

use crate::process::Program;

/// A command of a transcript, and what it printed.
struct Step {
    command: String,
    output: String,
}

/// The transcripts of the guide.
fn transcript() -> Vec<Step> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guides/testing-your-jobs.md");
    let text = std::fs::read_to_string(page).expect("UTF-8");
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        match line.strip_prefix("$ ") {
            _ if line.starts_with("```") => inside = line == "```console",
            _ if !inside => {}
            Some(command) => {
                steps.push(Step { command: command.to_owned(), output: String::new() });
            }
            None => {
                let step = steps.last_mut().expect("a command comes first");
                step.output.push_str(line);
                step.output.push('\n');
            }
        }
    }
    steps
}

/// Splits a command into its words, as a shell does with single quotes.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (number, part) in command.split('\'').enumerate() {
        if number % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

/// Sends what a curl command would send, and returns the body.
async fn curl(command: &str, url: &str) -> String {
    let mut words = words(command).into_iter();
    assert_eq!(words.next().as_deref(), Some("curl"), "{command}");
    let (mut method, mut address, mut body) = (None, None, None);
    while let Some(word) = words.next() {
        match word.as_str() {
            "-s" => {}
            "-X" => method = words.next(),
            "-d" => body = words.next(),
            _ => address = Some(word.replace("http://127.0.0.1:8787", url)),
        }
    }
    let method = method.unwrap_or_else(|| "GET".to_owned()).parse().expect("a method");
    let request = reqwest::Client::builder()
        .user_agent("curl/8.5.0")
        .no_proxy()
        .build()
        .expect("a client")
        .request(method, address.expect("an address"))
        .header("Accept", "*/*");
    let request = match body {
        // As curl does it, unless told otherwise.
        Some(body) => {
            request.header("Content-Type", "application/x-www-form-urlencoded").body(body)
        }
        None => request,
    };
    request.send().await.expect("an answer").text().await.expect("text")
}

/// Whether two answers have the same keys and types. Times and sizes differ from run to run.
fn is_alike(shown: &Value, found: &Value) -> bool {
    match (shown, found) {
        (Value::Object(shown), Value::Object(found)) => {
            shown.len() == found.len()
                && shown
                    .iter()
                    .all(|(key, value)| found.get(key).is_some_and(|found| is_alike(value, found)))
        }
        (Value::Array(shown), Value::Array(found)) => {
            shown.len() == found.len()
                && shown.iter().zip(found).all(|(shown, found)| is_alike(shown, found))
        }
        (Value::Number(_), Value::Number(_)) => true,
        (Value::String(shown), Value::String(found)) => {
            let is_time = shown.starts_with("2026-") && found.starts_with("20");
            shown == found || is_time
        }
        _ => shown == found,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_transcripts_of_the_guide_are_true() {
    let mut server =
        Program::new().args(["simulator", "--listen", "127.0.0.1:0", "--control"]).spawn();
    let mut lines = BufReader::new(server.stdout.take().expect("piped")).lines();
    let line = lines.next().expect("a line").expect("text");
    let url = line.strip_prefix("listening on ").expect("the contract's words").to_owned();
    let steps = transcript();
    assert!(steps.len() > 8, "only {} commands were found", steps.len());
    for Step { command, output } in steps {
        let found = curl(&command, &url).await;
        if output.is_empty() {
            assert_eq!(found, "", "{command}");
            continue;
        }
        let shown: Value = serde_json::from_str(&output).expect("JSON in the guide");
        let parsed: Value = serde_json::from_str(&found).expect("JSON");
        assert!(is_alike(&shown, &parsed), "{command}\nshown: {output}\nfound: {found}");
    }
    crate::process::signal(&server, "TERM");
    assert!(server.wait().expect("an end").success());
    let said: Vec<String> = BufReader::new(server.stderr.take().expect("piped"))
        .lines()
        .map(|line| line.expect("text").replace(&url, "[url]"))
        .collect();
    insta::assert_snapshot!(said.join("\n"), @r#"
    connect:  anaplan-sql --connect "User=demo@anaplan-sql.example;Password=demo;Endpoint=[url]"
    control:  curl [url]/_simulator
    stop:     Ctrl-C
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_has_no_control_unless_asked() {
    let mut server = Program::new().args(["simulator", "--listen", "127.0.0.1:0"]).spawn();
    let mut lines = BufReader::new(server.stdout.take().expect("piped")).lines();
    let line = lines.next().expect("a line").expect("text");
    let url = line.strip_prefix("listening on ").expect("the contract's words").to_owned();
    let answer = reqwest::get(format!("{url}/_simulator/counters")).await.expect("an answer");
    assert_eq!(answer.status(), 404);
    crate::process::signal(&server, "TERM");
    assert!(server.wait().expect("an end").success());
}
