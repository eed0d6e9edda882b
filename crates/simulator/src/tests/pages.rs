//! The OAuth service as people see it: login, consent, activation.

use serde_json::{Value, json};

use super::super::Simulator;
use super::client::{Answer, send};
use super::oauth::{ANN, CALLBACK, CODE, DEVICE, tenant};

async fn start() -> Simulator {
    Simulator::start(tenant()).await.expect("start")
}

/// A browser that keeps one cookie.
struct Browser<'a> {
    simulator: &'a Simulator,
    cookie: Option<String>,
}

impl<'a> Browser<'a> {
    fn on(simulator: &'a Simulator) -> Self {
        Self { simulator, cookie: None }
    }

    async fn send(&mut self, method: &str, path: &str, body: &str) -> Answer {
        let mut headers = vec![("Content-Type", "application/x-www-form-urlencoded")];
        // A browser sends those of other sites on the same host too.
        let cookie = self.cookie.as_ref().map(|cookie| format!("theirs=1; {cookie}"));
        headers.extend(cookie.as_ref().map(|cookie| ("Cookie", cookie.as_str())));
        let answer = send(self.simulator, method, path, &headers, body).await.expect("an answer");
        if let Some(header) = answer.header("set-cookie") {
            assert!(header.ends_with("; Path=/; HttpOnly; SameSite=Lax"), "{header}");
            self.cookie = header.split(';').next().map(str::to_owned);
        }
        answer
    }

    async fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, "").await
    }

    /// Sends the form of a page, as the page asks for.
    async fn submit(&mut self, page: &Answer, path: &str, fields: &str) -> Answer {
        let body = format!("csrf={}&{fields}", csrf(page));
        self.send("POST", path, &body).await
    }

    /// Signs Ann in and returns the page that follows.
    async fn sign_in(&mut self, path: &str) -> (String, Answer) {
        let page = self.get(path).await;
        assert_eq!(page.status, 200, "{}", page.text());
        let answer = self.submit(&page, path, "email=ann.lee%40example.com&password=secret").await;
        let next = location(&answer, 303);
        let page = self.get(&next).await;
        assert_eq!(page.status, 200, "{}", page.text());
        (next, page)
    }
}

fn csrf(page: &Answer) -> String {
    let text = page.text();
    let value = text.split("name=\"csrf\" value=\"").nth(1).expect("a form");
    value.split('"').next().expect("a value").to_owned()
}

fn location(answer: &Answer, status: u16) -> String {
    assert_eq!(answer.status, status, "{}", answer.text());
    answer.header("location").expect("a location").to_owned()
}

fn query(extra: &str) -> String {
    format!(
        "response_type=code&client_id={CODE}&scope=openid%20offline_access{extra}\
         &redirect_uri=https%3A%2F%2Fplanner.example%2Fcallback"
    )
}

#[tokio::test]
async fn a_person_signs_in_and_allows() {
    let simulator = start().await;
    let mut browser = Browser::on(&simulator);
    let query = query("&state=a%2Bb%20%C3%BC+%26x");
    let answer = browser.get(&format!("/auth/authorize?{query}")).await;
    let login = location(&answer, 302);
    assert_eq!(login, format!("/auth/prelogin?{query}"));

    let page = browser.get(&login).await;
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert!(page.header("content-security-policy").is_some_and(|policy| policy.contains("'none'")));
    for secret in ["ann.lee", "client secret", CODE] {
        assert!(!page.text().contains(secret), "the page tells {secret}");
    }
    let before = browser.cookie.clone();
    let answer =
        browser.submit(&page, &login, "email=ANN.LEE%40example.com+&password=secret").await;
    let consent = location(&answer, 303);
    assert_ne!(browser.cookie, before, "a cookie from before the sign-in is worth nothing");

    let page = browser.get(&consent).await;
    for text in ["Planner &#60;&#38; Co&#62;", ANN, "stay signed in", CALLBACK] {
        assert!(page.text().contains(text), "{text}");
    }
    let answer = browser.submit(&page, &consent, "decision=allow").await;
    let back = location(&answer, 303);
    let rest = back.strip_prefix("https://planner.example/callback?code=").expect("a code");
    let (code, state) = rest.split_once('&').expect("a state");
    assert_eq!(state, "state=a%2Bb%20%C3%BC+%26x", "just as it came");
    let body = json!({
        "grant_type": "authorization_code", "client_id": CODE, "client_secret": "client secret",
        "code": code, "redirect_uri": CALLBACK,
    });
    let headers = [("Content-Type", "application/json")];
    let answer = send(&simulator, "POST", "/oauth/token", &headers, &body.to_string()).await;
    let tokens = answer.expect("an answer").json();
    assert_eq!(tokens["scope"], "openid offline_access");
    assert!(tokens["access_token"].is_string());
}

#[tokio::test]
async fn a_wrong_password_is_told_on_the_page() {
    let simulator = start().await;
    let mut browser = Browser::on(&simulator);
    let path = format!("/auth/prelogin?{}", query(""));
    let mut page = browser.get(&path).await;
    for (email, password) in
        [("ann.lee%40example.com", "wrong"), ("%3Cb%3E", "x"), ("eve%40example.com", "gone")]
    {
        page = browser.submit(&page, &path, &format!("email={email}&password={password}")).await;
        assert_eq!(page.status, 403);
        assert!(page.text().contains("role=\"alert\""));
        assert!(page.text().contains("No user of this tenant"));
        assert!(!page.text().contains("<b>") && !page.text().contains("value=\"wrong\""));
    }
    let consent = browser.get(&format!("/auth/consent?{}", query(""))).await;
    assert_eq!(location(&consent, 303), path, "nobody is signed in");
}

#[tokio::test]
async fn who_denies_goes_back_with_an_error() {
    let simulator = start().await;
    let mut browser = Browser::on(&simulator);
    let (consent, page) = browser.sign_in(&format!("/auth/prelogin?{}", query("&state=7"))).await;
    let answer = browser.submit(&page, &consent, "decision=deny").await;
    let expected = "https://planner.example/callback?error=access_denied\
                    &error_description=The+user+denied+access.&state=7";
    assert_eq!(location(&answer, 303), expected);
    assert_eq!(simulator.oauth().codes_issued, 0);

    // The browser stays signed in, until somebody else wants to.
    let login = format!("/auth/prelogin?{}", query(""));
    let consent = location(&browser.get(&login).await, 303);
    let page = browser.get(&consent).await;
    let answer = browser.submit(&page, &consent, "decision=switch").await;
    assert_eq!(location(&answer, 303), login);
    assert_eq!(browser.get(&login).await.status, 200);
}

#[tokio::test]
async fn requests_of_unknown_origin_never_redirect() {
    let simulator = start().await;
    let mut browser = Browser::on(&simulator);
    let good = query("");
    for (from, to) in [
        (CODE, "ffffffffffffffffffffffffffffffff"),
        (CODE, DEVICE),
        (CODE, ""),
        ("planner.example", "evil.example"),
        ("callback", "callback%2F"),
        ("https%3A%2F%2Fplanner.example%2Fcallback", ""),
    ] {
        let bad = good.replace(from, to);
        for path in ["/auth/authorize", "/auth/prelogin", "/auth/consent"] {
            let page = browser.get(&format!("{path}?{bad}")).await;
            assert_eq!((page.status, page.header("location")), (400, None), "{path}?{bad}");
            assert!(page.text().contains("role=\"alert\""));
        }
    }
    for path in ["/auth/authorize", "/auth/prelogin", "/auth/consent"] {
        assert_eq!(browser.get(path).await.status, 400);
    }
}

#[tokio::test]
async fn other_errors_go_back_to_the_program() {
    let simulator = start().await;
    let mut browser = Browser::on(&simulator);
    for (from, to, error) in [
        ("response_type=code", "response_type=token", "unsupported_response_type"),
        ("response_type=code&", "", "invalid_request"),
        ("&scope=openid%20offline_access", "", "invalid_request"),
    ] {
        let query = query("&state=s%25").replace(from, to);
        for path in ["/auth/authorize", "/auth/prelogin"] {
            let back = location(&browser.get(&format!("{path}?{query}")).await, 302);
            assert!(back.starts_with(&format!("{CALLBACK}?error={error}&")), "{back}");
            assert!(back.ends_with("&state=s%25"), "{back}");
        }
    }
    // A registered address with a query keeps it.
    let query = query("").replace(
        "https%3A%2F%2Fplanner.example%2Fcallback",
        "http%3A%2F%2F127.0.0.1%3A8721%2Fcallback%3Ffrom%3Danaplan",
    );
    let query = query.replace("response_type=code", "response_type=x");
    let back = location(&browser.get(&format!("/auth/authorize?{query}")).await, 302);
    assert!(back.starts_with("http://127.0.0.1:8721/callback?from=anaplan&error="), "{back}");
}

#[tokio::test]
async fn forms_of_other_pages_are_refused() {
    let simulator = start().await;
    let login = format!("/auth/prelogin?{}", query(""));
    let mut victim = Browser::on(&simulator);
    let (consent, page) = victim.sign_in(&login).await;
    let mut attacker = Browser::on(&simulator);
    let foreign = attacker.get(&login).await;
    let form = "email=ann.lee%40example.com&password=secret&decision=allow&user_code=x";
    for path in [login.as_str(), &consent, "/activate", "/activate/login", "/activate/consent"] {
        // Without a cookie, without the field, with the field of another browser.
        for answer in [
            Browser::on(&simulator).submit(&page, path, form).await,
            victim.send("POST", path, form).await,
            victim.submit(&foreign, path, form).await,
        ] {
            assert_eq!((answer.status, answer.header("location")), (403, None), "{path}");
        }
    }
    assert_eq!(simulator.oauth().codes_issued, 0);
    assert_eq!(victim.send("PUT", &login, "").await.status, 405);
    let answer = victim.send("POST", &format!("/auth/authorize?{}", query("")), "").await;
    assert_eq!((answer.status, answer.header("allow")), (405, Some("GET")));
    simulator.clock().advance(std::time::Duration::from_secs(3601));
    assert_eq!(victim.submit(&page, &consent, "decision=allow").await.status, 403, "too old");
}

async fn start_device(simulator: &Simulator) -> Value {
    let headers = [("Content-Type", "application/json")];
    let body = json!({"client_id": DEVICE, "scope": "openid email"}).to_string();
    let answer = send(simulator, "POST", "/oauth/device/code", &headers, &body).await;
    answer.expect("an answer").json()
}

async fn poll(simulator: &Simulator, device: &Value) -> Answer {
    let body = json!({
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code", "client_id": DEVICE,
        "device_code": device["device_code"],
    });
    let headers = [("Content-Type", "application/json")];
    send(simulator, "POST", "/oauth/token", &headers, &body.to_string()).await.expect("an answer")
}

#[tokio::test]
async fn a_person_connects_a_device() {
    let simulator = start().await;
    let mut browser = Browser::on(&simulator);
    for (decision, title, status) in
        [("deny", "Access denied", 403), ("allow", "Access allowed", 200)]
    {
        let device = start_device(&simulator).await;
        let user_code = device["user_code"].as_str().expect("a code");
        let page = browser.get(&format!("/activate?user_code={user_code}")).await;
        assert!(page.text().contains(&format!("value=\"{user_code}\"")), "it is filled in");
        let page = browser.get("/activate").await;
        let unknown = browser.submit(&page, "/activate", "user_code=XXXX-XXXX").await;
        assert_eq!(unknown.status, 404);
        assert!(unknown.text().contains("No program waits for this code"));
        let typed = format!("user_code={}", user_code.to_lowercase());
        let answer = browser.submit(&unknown, "/activate", &typed).await;
        let next = location(&answer, 303);
        let (consent, page) = if next.starts_with("/activate/login") {
            browser.sign_in(&next).await
        } else {
            let page = browser.get(&next).await;
            (next, page)
        };
        assert!(page.text().contains("Robot") && page.text().contains(ANN));
        assert!(page.text().contains(user_code), "as the program shows it");
        assert!(!page.text().contains("stay signed in"), "it wasn't asked for");
        let answer = browser.submit(&page, &consent, &format!("decision={decision}")).await;
        assert_eq!(answer.status, 200);
        assert!(answer.text().contains(title));
        assert_eq!(poll(&simulator, &device).await.status, status);
        assert_eq!(browser.get(&consent).await.status, 404, "it is decided");
    }
    let login = browser.get("/activate/consent").await;
    assert_eq!(login.status, 404, "there is no code");
}
