use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use http::HeaderValue;

use super::*;
use crate::http::{BodyStream, Unobserved};

/// One scripted outcome.
enum Step {
    Answer(u16, &'static [(&'static str, &'static str)], &'static str),
    Fail(TransportErrorKind),
    /// Half a body, then a broken connection.
    Break(&'static str),
    Hang,
}

#[derive(Default)]
struct Script {
    steps: Mutex<VecDeque<Step>>,
    seen: Mutex<Vec<Option<HeaderValue>>>,
}

impl std::fmt::Debug for Script {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Script")
    }
}

#[async_trait]
impl HttpService for Script {
    async fn call(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<BodyStream>, TransportError> {
        self.seen
            .lock()
            .expect("no panic elsewhere")
            .push(request.headers().get(header::AUTHORIZATION).cloned());
        let step = self.steps.lock().expect("no panic elsewhere").pop_front();
        let broken = || TransportError::new(TransportErrorKind::Interrupted);
        let mut answer = http::Response::builder();
        let pieces: Vec<Result<Bytes, TransportError>> = match step.expect("an unscripted request")
        {
            Step::Answer(status, headers, body) => {
                answer = answer.status(status);
                for (name, value) in headers {
                    answer = answer.header(*name, *value);
                }
                vec![Ok(Bytes::from_static(body.as_bytes()))]
            }
            Step::Fail(kind) => return Err(TransportError::new(kind)),
            Step::Break(half) => vec![Ok(Bytes::from_static(half.as_bytes())), Err(broken())],
            Step::Hang => std::future::pending().await,
        };
        Ok(answer.body(futures::stream::iter(pieces).boxed()).expect("a valid answer"))
    }
}

fn transport(steps: impl IntoIterator<Item = Step>) -> (Transport, Arc<Script>) {
    let script = Arc::new(Script::default());
    script.steps.lock().expect("new").extend(steps);
    let service: Arc<dyn HttpService> = Arc::<Script>::clone(&script);
    let limiter = Arc::new(Limiter::new(600, 8));
    (Transport::new(service, limiter, RetryPolicy::default(), Duration::from_secs(60)), script)
}

fn get() -> Request {
    Request::get("https://api.example.com/2/0/models?secret=1".parse().expect("a URL"))
}

fn post() -> Request {
    Request::post("https://api.example.com/2/0/tasks".parse().expect("a URL"))
}

async fn send(transport: &Transport, request: &Request) -> Result<Response> {
    transport.send(request, None, &Unobserved).await
}

#[tokio::test(start_paused = true)]
async fn a_get_survives_faults_of_every_kind() {
    let (transport, script) = transport([
        Step::Fail(TransportErrorKind::Connect),
        Step::Answer(503, &[], "busy"),
        Step::Break("{\"half"),
        Step::Hang,
        Step::Fail(TransportErrorKind::Interrupted),
        Step::Answer(200, &[], "{}"),
    ]);
    let answer = send(&transport, &get()).await.expect("the sixth attempt answers");
    assert_eq!(answer.body, "{}");
    assert_eq!(script.seen.lock().expect("done").len(), 6);
}

#[tokio::test(start_paused = true)]
async fn a_post_is_sent_once() {
    for step in [
        Step::Fail(TransportErrorKind::Connect),
        Step::Fail(TransportErrorKind::Interrupted),
        Step::Hang,
        Step::Answer(500, &[], ""),
        Step::Answer(503, &[("retry-after", "1")], ""),
    ] {
        let (transport, script) = transport([step]);
        drop(send(&transport, &post()).await);
        assert_eq!(script.seen.lock().expect("done").len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn too_many_requests_makes_everyone_wait_as_long_as_asked() {
    let (transport, _) = transport([
        Step::Answer(429, &[("retry-after", "7")], "slow down"),
        Step::Answer(200, &[], "other"),
        Step::Answer(200, &[], "first"),
    ]);
    let start = Instant::now();
    let request = post();
    let throttled = send(&transport, &request);
    let other = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        send(&transport, &get()).await
    };
    let (throttled, other) = tokio::join!(throttled, other);
    assert_eq!(throttled.expect("sent again").status, 200);
    assert_eq!(other.expect("waited").status, 200);
    assert!(start.elapsed() >= Duration::from_secs(7), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn tries_and_time_are_bounded() {
    let (short, script) = transport((0..6).map(|_| Step::Answer(500, &[], "")));
    assert_eq!(send(&short, &get()).await.expect("an answer").status, 500);
    assert_eq!(script.seen.lock().expect("done").len(), 6, "one attempt and five repetitions");

    let (long, _) = transport([Step::Answer(429, &[("retry-after", "3600")], "")]);
    let start = Instant::now();
    assert_eq!(send(&long, &get()).await.expect("an answer").status, 429);
    assert!(start.elapsed() < Duration::from_secs(1), "an hour is over the budget");
}

#[tokio::test(start_paused = true)]
async fn errors_say_what_failed_without_the_query() {
    let (transport, _) = transport((0..6).map(|_| Step::Hang));
    let error = send(&transport, &get()).await.expect_err("no answer");
    assert_eq!(error.kind(), ErrorKind::Timeout);
    let text = format!("{error:?}");
    assert!(text.contains("api.example.com") && text.contains("GET /2/0/models"), "{text}");
    assert!(!text.contains("secret"), "{text}");
}

/// Gives token 1, then token 2, and so on.
#[derive(Debug, Default)]
struct Numbered(AtomicUsize);

#[async_trait]
impl Authorize for Numbered {
    async fn authorization(&self) -> Result<HeaderValue> {
        Ok(HeaderValue::from_str(&format!("token {}", self.0.load(Ordering::SeqCst)))
            .expect("plain ASCII"))
    }

    async fn refused(&self, _used: &HeaderValue) -> bool {
        self.0.fetch_add(1, Ordering::SeqCst);
        true
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_replaced_once_even_for_a_post() {
    let numbered = Numbered::default();
    let (first, script) = transport([Step::Answer(401, &[], ""), Step::Answer(200, &[], "in")]);
    let answer = first.send(&post(), Some(&numbered), &Unobserved).await.expect("in");
    assert_eq!(answer.body, "in");
    let seen = script.seen.lock().expect("done").clone();
    assert_eq!(seen, [Some("token 0".parse().expect("")), Some("token 1".parse().expect(""))]);

    let (second, script) = transport([Step::Answer(401, &[], ""), Step::Answer(401, &[], "")]);
    let answer = second.send(&get(), Some(&numbered), &Unobserved).await.expect("an answer");
    assert_eq!(answer.status, 401);
    assert_eq!(script.seen.lock().expect("done").len(), 2);
}
