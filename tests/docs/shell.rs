//! Runs the commands of the guides: their `sh` blocks, each page in one shell from top to bottom.
//!
//! A page's folder is empty, its home is its own, `anaplan-sql` is on the path, and the variable
//! `ANAPLAN_SQL_ENDPOINT` leads every connection to a demo tenant. What a page takes as given
//! (files, secrets, a person) is in `setup/PAGE.sh`, which is read first. A block that can't be run
//! is fenced `sh no_run`.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use anaplan_sql::simulator::{Certificate, OAuthClient, Simulator, Tenant, User};

use super::{markdown, root};

/// A page that takes longer waits for something that won't come.
const PATIENCE: Duration = Duration::from_secs(120);

/// What every page starts with. Bash reads it before the page, and the shells that the page starts
/// must not read it again.
const PRELUDE: &str = "\
unset BASH_ENV
set -euo pipefail
if [[ -e $SETUP ]]; then source \"$SETUP\"; fi
trap 'echo \"$0: line $LINENO: status $?\" >&2' ERR
";

/// The commands of a page, each on the line where it is in the page; nothing elsewhere, so that
/// errors of the shell name lines of the page. None if there are no commands.
fn script(text: &str) -> Option<String> {
    let mut script = String::new();
    let mut found = false;
    let mut fence: Option<&str> = None;
    for line in text.lines() {
        match (fence, line.strip_prefix("```")) {
            (None, Some(language)) => fence = Some(language),
            (Some(_), Some("")) => fence = None,
            (Some("sh"), _) => {
                found = true;
                script.push_str(line);
            }
            _ => {}
        }
        script.push('\n');
    }
    found.then_some(script)
}

/// The demo tenant, with the people of the guides.
fn tenant() -> Tenant {
    let certificate = fs::read(root().join("tests/certificates/job.pem")).expect("the certificate");
    let certificate = Certificate::parse(&certificate).expect("a certificate");
    Tenant::demo()
        .user(User::new("jane@example.com", "pass;word"))
        .user(User::new("jobs@example.com", "secret").certificate(certificate))
        .oauth_client(
            OAuthClient::code("5f6d0c6e7a8b49d3a1b2c3d4e5f60718", "client secret")
                .redirect_uri("https://planner.example/callback")
                .redirect_uri("http://localhost:8721/callback"),
        )
        .oauth_client(OAuthClient::device("77ab1c2d3e4f50617283940516273849"))
}

/// Runs a script to its end, and hands out its status and what it printed.
fn run(name: &str, script: &str, endpoint: &str) -> (ExitStatus, String) {
    let place = tempfile::tempdir().expect("a folder");
    let (home, folder, programs) =
        (place.path().join("home"), place.path().join("work"), place.path().join("bin"));
    for folder in [&home, &folder, &programs] {
        fs::create_dir(folder).expect("a folder");
    }
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_anaplan-sql"), programs.join("anaplan-sql"))
        .expect("a link");
    let prelude = place.path().join("prelude");
    fs::write(&prelude, PRELUDE).expect("written");
    // The name under which the shell reports errors.
    let page = place.path().join(format!("{name}.md"));
    fs::write(&page, script).expect("written");

    // A pipe would stay open as long as anything that the page has left running.
    let printed = place.path().join("printed");
    let output = fs::File::create(&printed).expect("a file");

    let mut shell = Command::new("bash");
    for (key, _) in std::env::vars_os() {
        if key.to_string_lossy().starts_with("ANAPLAN_SQL_") {
            shell.env_remove(key);
        }
    }
    let mut path = programs.into_os_string();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    let mut shell = shell
        .arg(&page)
        .current_dir(&folder)
        .env("PATH", path)
        .env("HOME", &home)
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_STATE_HOME", home.join("state"))
        .env("BASH_ENV", &prelude)
        .env("SETUP", root().join(format!("tests/docs/setup/{name}.sh")))
        .env("FIXTURES", root().join("tests"))
        .env("ANAPLAN_SQL_ENDPOINT", endpoint)
        .env("ANAPLAN_SQL_BULKPOLLINGINTERVAL", "10")
        .stdin(Stdio::piped())
        .stdout(output.try_clone().expect("a second handle"))
        .stderr(output)
        .process_group(0)
        .spawn()
        .expect("bash is there");
    drop(shell.stdin.take());
    let status = shell.wait().expect("an end");
    // What the page has left running.
    let group = format!("-{}", shell.id());
    drop(Command::new("kill").args(["--", &group]).stderr(Stdio::null()).status());
    (status, fs::read_to_string(printed).expect("UTF-8"))
}

/// Runs a page that is written for people.
///
/// # Errors
/// What the page printed, if a command of it failed.
async fn follow(page: &Path) -> Result<bool, String> {
    let Some(script) = script(&fs::read_to_string(page).expect("UTF-8")) else {
        return Ok(false);
    };
    let name = page.file_stem().expect("a name").to_string_lossy().into_owned();
    let simulator = Simulator::builder(tenant())
        .task_time(Duration::ZERO, Duration::ZERO)
        // For setups that let a fault strike or time pass.
        .control(true)
        .start()
        .await
        .expect("a free port");
    let endpoint = simulator.url();
    let shown = name.clone();
    // A thread of its own, which nobody waits for.
    let (sender, end) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || sender.send(run(&name, &script, &endpoint)));
    let Ok(end) = tokio::time::timeout(PATIENCE, end).await else {
        return Err(format!("{shown}: no end"));
    };
    let (status, printed) = end.expect("no panic");
    if status.success() { Ok(true) } else { Err(format!("{shown}: {status}\n{printed}")) }
}

#[tokio::test]
async fn the_commands_of_the_guides_run() {
    let guides = root().join("docs/guides");
    let mut count = 0;
    let mut failed = Vec::new();
    for page in markdown().iter().filter(|page| page.starts_with(&guides)) {
        match follow(page).await {
            Ok(ran) => count += usize::from(ran),
            Err(words) => failed.push(words),
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
    assert!(count > 3, "only {count} pages have commands");
}

#[test]
fn every_setup_has_its_page() {
    for setup in fs::read_dir(root().join("tests/docs/setup")).expect("a folder") {
        let setup = setup.expect("an entry").path();
        let name = setup.file_stem().expect("a name").to_string_lossy().into_owned();
        assert!(root().join(format!("docs/guides/{name}.md")).exists(), "{}", setup.display());
    }
}

#[test]
fn commands_stay_on_their_lines() {
    let page =
        "# A page\n```sh\na\nb\n```\ntext\n```sql\nc\n```\n```sh no_run\nd\n```\n```sh\ne\n```\n";
    let expected = "\n\na\nb\n\n\n\n\n\n\n\n\n\ne\n\n";
    assert_eq!(script(page).as_deref(), Some(expected));
    assert_eq!(script("```console\n$ a\n```"), None);
}
