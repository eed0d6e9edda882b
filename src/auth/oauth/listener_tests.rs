//! The server for one page, over real sockets.

use tokio::net::TcpStream;

use super::*;
use crate::error::ErrorKind;

/// A callback address whose port was free a moment ago.
async fn callback() -> Url {
    let probe = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = probe.local_addr().expect("an address").port();
    Url::parse(&format!("http://127.0.0.1:{port}/back/here")).expect("an address")
}

async fn bind(callback: &Url) -> Listener {
    let listener = Listener::bind(callback, &Secret::new("the state")).await.expect("a free port");
    listener.expect("a loopback address")
}

/// Sends text, and returns what is answered.
async fn send(callback: &Url, text: &str) -> String {
    let address = callback.socket_addrs(|| None).expect("an address")[0];
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(text.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    answer
}

async fn get(callback: &Url, target: &str) -> String {
    send(callback, &format!("GET {target} HTTP/1.1\r\nHost: localhost\r\nCookie: a=b\r\n\r\n"))
        .await
}

#[tokio::test]
async fn the_code_arrives_after_everything_else_that_browsers_do() {
    let callback = callback().await;
    let mut listener = bind(&callback).await;
    // A connection on which nothing is ever sent.
    let address = callback.socket_addrs(|| None).expect("an address")[0];
    let _idle = TcpStream::connect(address).await.expect("a connection");
    for (target, status) in [
        ("/favicon.ico", "404"),
        ("/back/here/?code=x&state=the+state", "404"),
        ("/?code=x&state=the+state", "404"),
        ("/back/here", "400"),
        ("/back/here?code=x&state=other", "400"),
        ("/back/here?code=x", "400"),
        ("/back/here?error=access_denied&state=other", "400"),
    ] {
        let answer = get(&callback, target).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{target}: {answer}");
    }
    let posted = send(&callback, "POST /back/here?code=x&state=the+state HTTP/1.1\r\n\r\n").await;
    assert!(posted.starts_with("HTTP/1.1 405 ") && posted.contains("Allow: GET"), "{posted}");
    assert!(listener.received.try_recv().is_err(), "nothing of that was a code");

    let answer = get(&callback, "/back/here?code=a%2Fb&state=the%20state").await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("You are back"), "{answer}");
    assert!(answer.contains("Cache-Control: no-store"), "{answer}");
    assert_eq!(listener.code().await.expect("a code").expose(), "a/b");
}

#[tokio::test]
async fn a_refusal_is_shown_there_and_told_here() {
    let target = "/back/here?error=access_denied&error_description=%3Cb%3ENo";
    // Not all services send the state with an error.
    for target in [target.to_owned(), format!("{target}&state=the+state")] {
        let callback = callback().await;
        let mut listener = bind(&callback).await;
        let answer = get(&callback, &target).await;
        assert!(answer.contains("&lt;b&gt;No (access_denied)"), "{answer}");
        assert!(!answer.contains("<b>"), "{answer}");
        let error = listener.code().await.expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::SignIn);
        assert!(error.to_string().contains("<b>No (access_denied)"), "{error}");
    }
}

#[tokio::test]
async fn heads_without_end_are_cut_off() {
    let callback = callback().await;
    let _listener = bind(&callback).await;
    let address = callback.socket_addrs(|| None).expect("an address")[0];
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    let line = format!("X: {}\r\n", "y".repeat(60_000));
    let mut hung_up = false;
    for _ in 0..20 {
        hung_up |= stream.write_all(line.as_bytes()).await.is_err();
    }
    let mut answer = Vec::new();
    hung_up |= !matches!(stream.read_to_end(&mut answer).await, Ok(1..));
    assert!(hung_up, "{} bytes", answer.len());
}

#[tokio::test]
async fn a_port_that_is_taken_is_an_error_and_another_machine_is_none() {
    let taken = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = taken.local_addr().expect("an address").port();
    let state = Secret::new("s");
    for host in ["127.0.0.1", "localhost"] {
        let callback = Url::parse(&format!("http://{host}:{port}/")).expect("an address");
        let error = Listener::bind(&callback, &state).await.expect_err("taken");
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    }
    for elsewhere in ["https://planner.example/cb", "http://10.0.0.1/", "localhost-app:back"] {
        let callback = Url::parse(elsewhere).expect("an address");
        assert!(Listener::bind(&callback, &state).await.expect("no need").is_none(), "{elsewhere}");
    }
}

#[tokio::test]
async fn the_port_is_free_again_when_it_is_dropped() {
    let callback = callback().await;
    drop(bind(&callback).await);
    while TcpStream::connect(callback.socket_addrs(|| None).expect("an address")[0]).await.is_ok() {
        tokio::task::yield_now().await;
    }
    bind(&callback).await;
}
