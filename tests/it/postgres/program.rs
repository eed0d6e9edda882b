//! `anaplan-sql serve`

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use super::client::Client;

/// Starts the program on the demo tenant, without anything of the environment.
fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_anaplan-sql"));
    for (key, _) in std::env::vars_os() {
        if key.to_string_lossy().starts_with("ANAPLAN_SQL_") {
            command.env_remove(key);
        }
    }
    command.args(["serve", "--demo"]).args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[cfg(unix)]
#[tokio::test]
async fn a_server_makes_up_a_password_serves_and_ends_when_it_is_told_to() {
    let mut child = program(&["--listen", "127.0.0.1:0"]).spawn().expect("started");
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
    stdout.read_line(&mut line).expect("a line");
    let address = line.trim().strip_prefix("listening on ").expect("where it listens");
    let mut stderr = BufReader::new(child.stderr.take().expect("piped"));
    let password = loop {
        let mut line = String::new();
        assert!(stderr.read_line(&mut line).expect("a line") > 0, "no password");
        if let Some(password) = line.strip_prefix("password: ") {
            break password.trim().to_owned();
        }
    };
    let address = address.parse().expect("an address");
    let parameters = [("database", "Finance")];
    let mut client = Client::try_connect(address, &password, &parameters).await.expect("signed in");
    assert_eq!(client.rows("SELECT current_database()").await, ["Finance"]);
    let refused = client.fail("DELETE FROM \"Sales Planning\".\"Lists.Products\"").await;
    assert_eq!(refused.sqlstate, "42501");
    let id = nix::unistd::Pid::from_raw(i32::try_from(child.id()).expect("an id"));
    nix::sys::signal::kill(id, nix::sys::signal::Signal::SIGTERM).expect("told");
    assert_eq!(client.answer().await.errors[0].sqlstate, "57P01");
    let ended = tokio::task::spawn_blocking(move || child.wait()).await.expect("no panic");
    assert_eq!(ended.expect("ended").code(), Some(0));
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).expect("text");
    assert_eq!(rest, "");
}

#[cfg(unix)]
#[tokio::test]
async fn a_socket_in_a_directory_is_its_owners() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let directory = folder.path().join("socket");
    let file = folder.path().join("password");
    std::fs::write(&file, "secret\n").expect("written");
    let arguments = ["--unix-socket", directory.to_str().expect("UTF-8"), "--user", "jane"];
    let mut child = program(&arguments)
        .args(["--password-file", file.to_str().expect("UTF-8")])
        .spawn()
        .expect("started");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
    assert!(line.contains(".s.PGSQL.5432"), "{line}");
    let mode = std::fs::metadata(&directory).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    let mut psql = Command::new("psql");
    psql.args(["-XAt", "-U", "jane", "-d", "Finance", "-c", "SELECT current_user", "-h"])
        .arg(&directory)
        .env("PGPASSWORD", "secret");
    let run = tokio::task::spawn_blocking(move || psql.output()).await.expect("no panic");
    let run = run.expect("psql, of the Debian package postgresql-client");
    assert_eq!(String::from_utf8_lossy(&run.stdout), "jane\n", "{run:?}");
    child.kill().expect("killed");
    child.wait().expect("ended");
}

#[test]
fn options_that_can_not_be_are_refused() {
    for (arguments, says) in [
        (&["--listen", "0.0.0.0:0"][..], "connections must be encrypted"),
        (&["--listen", "127.0.0.1:0", "--password-file", "/no/such/file"], "can't be read"),
        (&["--tls-cert", "x.pem"], "--tls-key"),
        (
            &["--listen", "127.0.0.1:0", "--tls-cert", "/no/cert", "--tls-key", "/no/key"],
            "is no certificate",
        ),
    ] {
        let run = program(arguments).output().expect("run");
        let text = String::from_utf8_lossy(&run.stderr);
        assert_eq!(run.status.code(), Some(2), "{arguments:?}: {text}");
        assert!(text.contains(says), "{arguments:?}: {text}");
    }
}
