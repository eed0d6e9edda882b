//! Waiting for a person, on a clock that runs ahead, against answers from a list.

use std::collections::VecDeque;

use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt, stream};

use super::*;
use crate::config::{Key, Settings};
use crate::http::{
    BodyStream, HttpService, Limiter, RetryPolicy, Transport, TransportError, TransportErrorKind,
};
use crate::secret::Secret;

const DEVICE: &str = r#"{"device_code":"dc","user_code":"ABCD-EFGH","expires_in":900,"interval":5,
    "verification_uri":"https://iam.example/activate"}"#;
const NOT_YET: &str = r#"{"error":"authorization_pending","error_description":"Not yet."}"#;
const SLOWER: &str = r#"{"error":"slow_down"}"#;
const TOKENS: &str = r#"{"access_token":"at","refresh_token":"rt","expires_in":2100}"#;

/// Answers from a list, and notes when each request came.
#[derive(Debug)]
struct Scripted {
    answers: Mutex<VecDeque<Option<(u16, &'static str)>>>,
    asked: Mutex<Vec<(Duration, String)>>,
    begin: Instant,
}

#[async_trait]
impl HttpService for Scripted {
    async fn call(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<BodyStream>, TransportError> {
        let body = String::from_utf8_lossy(request.body()).into_owned();
        self.asked.lock().expect("no panic").push((self.begin.elapsed(), body));
        let answer = self.answers.lock().expect("no panic").pop_front().expect("no request more");
        let Some((status, body)) = answer else {
            return Err(TransportError::new(TransportErrorKind::Interrupted));
        };
        let body = stream::iter([Ok(Bytes::from_static(body.as_bytes()))]).boxed();
        Ok(http::Response::builder().status(status).body(body).expect("an answer"))
    }
}

/// Hears what is said.
#[derive(Debug, Default)]
struct Nobody {
    told: Mutex<String>,
    opened: Mutex<Vec<String>>,
}

#[async_trait]
impl Person for Nobody {
    fn tell(&self, line: &str) {
        self.told.lock().expect("no panic").push_str(line);
    }

    async fn open(&self, url: &Url) {
        self.opened.lock().expect("no panic").push(url.to_string());
    }

    async fn read_line(&self) -> Result<Option<Secret>> {
        Ok(None)
    }
}

/// Signs in against these answers; also gives when polls came, in seconds since the start.
async fn run(
    answers: &[Option<(u16, &'static str)>],
) -> (Result<Grant>, Vec<u64>, Arc<Scripted>, Nobody) {
    let scripted = Arc::new(Scripted {
        answers: Mutex::new(answers.iter().copied().collect()),
        asked: Mutex::default(),
        begin: Instant::now(),
    });
    let settings = Settings::builder()
        .no_environment()
        .set(Key::OAuthClientId, "id")
        .set(Key::OAuthGrantType, "DEVICE")
        .build()
        .expect("complete");
    let service = Arc::<Scripted>::clone(&scripted);
    let transport = Transport::new(
        service,
        Arc::new(Limiter::new(600, 8)),
        RetryPolicy { max_retries: 0, ..RetryPolicy::default() },
        Duration::from_secs(60),
    );
    let service = OAuthService::new(transport, &settings.endpoints, "id", None);
    let crate::config::AuthSettings::OAuth(oauth) = &settings.auth else { panic!("OAuth") };
    let person = Nobody::default();
    let result = sign_in(&service, oauth, &person).await;
    let asked = scripted.asked.lock().expect("no panic");
    let seconds = asked.iter().skip(1).map(|(at, _)| at.as_secs()).collect();
    drop(asked);
    (result, seconds, scripted, person)
}

#[tokio::test(start_paused = true)]
async fn polls_keep_the_interval_and_slow_down_when_told() {
    let (grant, polls, scripted, person) = run(&[
        Some((200, DEVICE)),
        Some((403, NOT_YET)),
        Some((400, SLOWER)),
        Some((401, NOT_YET)),
        Some((200, TOKENS)),
    ])
    .await;
    assert_eq!(grant.expect("allowed").access_token.expose(), "at");
    assert_eq!(polls, [5, 10, 20, 30]);
    let asked = scripted.asked.lock().expect("no panic");
    for (_, body) in &*asked {
        assert!(body.contains(r#""client_id":"id""#) && !body.contains("secret"), "{body}");
    }
    assert!(
        asked[1].1.contains("urn:ietf:params:oauth:grant-type:device_code")
            && asked[1].1.contains(r#""device_code":"dc""#)
    );
    let told = person.told.lock().expect("no panic");
    assert!(told.contains("ABCD-EFGH") && told.contains("https://iam.example/activate"), "{told}");
    assert!(told.contains("15 minutes") && !told.contains("dc"), "{told}");
    assert_eq!(*person.opened.lock().expect("no panic"), ["https://iam.example/activate"]);
}

#[tokio::test(start_paused = true)]
async fn a_network_that_comes_and_goes_is_waited_out() {
    let answers = [
        Some((200, DEVICE)),
        None,
        Some((503, "busy")),
        Some((504, r#"{"status":504,"error":"Gateway Timeout"}"#)),
        Some((429, r#"{"status":429,"error":"Too Many Requests"}"#)),
        Some((200, "<html>")),
        Some((403, NOT_YET)),
        Some((200, TOKENS)),
    ];
    let (grant, polls, ..) = run(&answers).await;
    assert!(grant.is_ok(), "{grant:?}");
    // The limit of requests takes its time after too many.
    assert_eq!(polls, [5, 10, 15, 20, 30, 35, 40]);
}

#[tokio::test(start_paused = true)]
async fn denial_and_expiry_end_it_with_their_names() {
    let cases = [
        (r#"{"error":"access_denied","error_description":"User cancelled."}"#, "denied"),
        (r#"{"error":"expired_token"}"#, "expired"),
        (r#"{"error":"unauthorized_client"}"#, "the client"),
        (r#"{"error":"invalid_client"}"#, "the client"),
        (r#"{"error":"invalid_grant","error_description":"Unknown code."}"#, "refused"),
        (r#"{"error":"invalid_request"}"#, "refused"),
        (r#"{"error":"something_new","error_description":"Words."}"#, "refused"),
    ];
    for (body, words) in cases {
        // The service may answer with each of them.
        for status in [400, 401, 403, 500] {
            if status == 500 && body.contains("new") {
                continue;
            }
            let (result, polls, ..) = run(&[Some((200, DEVICE)), Some((status, body))]).await;
            let error = result.expect_err(body);
            assert_eq!((error.kind(), polls), (ErrorKind::SignIn, vec![5]), "{error:?}");
            assert!(format!("{error:?}").contains(words), "{status}: {error:?}");
        }
    }
    // A service that never says so.
    let mut answers = vec![Some((200, DEVICE))];
    answers.extend(vec![Some((403, NOT_YET)); 200]);
    let (result, polls, ..) = run(&answers).await;
    assert!(result.expect_err("too late").to_string().contains("expired"));
    assert!(polls.len() <= 181, "{}", polls.len());
}

#[tokio::test(start_paused = true)]
async fn tokens_that_got_lost_are_not_called_expired() {
    let invalid = r#"{"error":"invalid_grant","error_description":"Invalid or expired code."}"#;
    let (result, ..) = run(&[Some((200, DEVICE)), None, Some((403, invalid))]).await;
    let error = result.expect_err("lost");
    assert!(error.to_string().contains("lost on its way"), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_may_not_is_told_at_once() {
    let body = r#"{"error":"unauthorized_client","error_description":"Unknown client"}"#;
    let denied = r#"{"error":"access_denied","error_description":"Unauthorized"}"#;
    for (status, body) in [(403, body), (500, body), (401, denied)] {
        let (result, polls, _, person) = run(&[Some((status, body))]).await;
        let error = result.expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::SignIn);
        assert!(error.to_string().contains("the client"), "{error:?}");
        assert!(polls.is_empty() && person.told.lock().expect("no panic").is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn the_form_of_a_life_costs_no_sign_in() {
    const TEXTS: &str = r#"{"device_code":"dc","user_code":"ABCD-EFGH","expires_in":" 900",
        "interval":"7","verification_uri":"https://iam.example/activate"}"#;
    let (grant, polls, ..) = run(&[Some((200, TEXTS)), Some((200, TOKENS))]).await;
    assert!(grant.is_ok() && polls == [7], "{grant:?} {polls:?}");
    for body in ["<html>", "{}", r#"{"device_code":"marker","expires_in":"soon"}"#] {
        let (result, ..) = run(&[Some((200, body))]).await;
        let error = result.expect_err(body);
        assert_eq!(error.to_string(), "the OAuth service's answer holds no code for a device");
        assert!(!format!("{error:?}").contains("marker"), "{error:?}");
    }
}
