//! From an answer to its meaning: the one place where statuses become errors.

use http::{StatusCode, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, ErrorKind, Result};
use crate::http::{Request, Response};

/// Lets success pass.
///
/// # Errors
/// For every other status, with the service's own words and what they mean for the user.
pub(super) fn check(request: &Request, answer: &Response) -> Result<()> {
    if answer.status.is_success() {
        return Ok(());
    }
    let status = answer.status.as_u16();
    let (kind, hint) = match status {
        // The Audit API's word for a missing role; signing in again would not help.
        401 if has_word(answer, "FAILURE_UNAUTHORIZED_USER_ACTION") => {
            (ErrorKind::Denied, "the signed-in user needs a role that allows it")
        }
        401 => (
            ErrorKind::SignIn,
            "the token is no longer valid: sign in again, or give a fresh AuthToken",
        ),
        403 => (ErrorKind::Denied, "the signed-in user needs a role that allows it"),
        404 => (
            ErrorKind::NotFound,
            "it was deleted, or the signed-in user has no access: Anaplan answers 404 for both",
        ),
        410 => (ErrorKind::NotFound, "it was moved or deleted"),
        422 => (ErrorKind::Service, "the model is archived: an administrator can restore it"),
        423 => (ErrorKind::Service, "the model is locked: wait until it is unlocked"),
        424 => (ErrorKind::Service, "the model is offline or under maintenance: try again later"),
        425 => (ErrorKind::Service, "the model is deployed: its structure can't be changed"),
        429 => (
            ErrorKind::Service,
            "the tenant's 600 requests a minute are used up: try again in a minute",
        ),
        502..=504 => (ErrorKind::Service, "Anaplan is unavailable at the moment: try again later"),
        _ => (ErrorKind::Service, ""),
    };
    let said = said(answer).map_or_else(String::new, |text| format!(": {text}"));
    let error = Error::new(kind, format!("{} answered {status}{said}", request.label()));
    Err(if hint.is_empty() { error } else { error.with_hint(hint) })
}

/// Lets success pass where it has nothing to say. A page that something else answers with is none,
/// whatever its status.
///
/// # Errors
/// As [`check`], and as [`parse`] for what is neither empty nor JSON.
pub(super) fn check_done(request: &Request, answer: &Response) -> Result<()> {
    check(request, answer)?;
    match answer.body.is_empty() {
        true => Ok(()),
        false => parse::<serde::de::IgnoredAny>(request, answer).map(drop),
    }
}

/// Lets the bytes of a file pass. What comes as a page or as JSON is something else.
///
/// # Errors
/// As [`check`], and kind [`Service`](ErrorKind::Service) when it is no file.
pub(super) fn check_file(request: &Request, answer: &Response) -> Result<()> {
    check(request, answer)?;
    let kind = answer.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("text/html") || kind.eq_ignore_ascii_case("application/json") {
        let text = format!("the answer to {} is not a file but {kind}", request.label());
        return Err(not_from_anaplan(text));
    }
    Ok(())
}

/// Takes an error of sending something that may run only once for a lost answer, where it is one.
///
/// # Errors
/// The error itself, where the service certainly did nothing.
pub(super) fn lost(error: Error) -> Result<Error> {
    match error.kind() {
        ErrorKind::Connection | ErrorKind::Timeout | ErrorKind::Service => Ok(error),
        _ => Err(error),
    }
}

/// The same for an answer that says no: behind some of those the service may have done it all the same.
///
/// # Errors
/// The error itself, where the service certainly did nothing.
pub(super) fn refused(answer: &Response, error: Error) -> Result<Error> {
    let status = answer.status.as_u16();
    if status >= 500 || status == 408 { Ok(error) } else { Err(error) }
}

/// Reads an answer as JSON.
///
/// # Errors
/// Kind [`Service`](ErrorKind::Service), naming the place inside the document that doesn't fit,
/// or saying that it is no JSON at all.
pub(super) fn parse<T: DeserializeOwned>(request: &Request, answer: &Response) -> Result<T> {
    let mut json = serde_json::Deserializer::from_slice(&answer.body);
    match serde_path_to_error::deserialize(&mut json) {
        Ok(value) => Ok(value),
        Err(error) if error.inner().is_data() => {
            let path = error.path().to_string();
            let place = if path == "." { String::new() } else { format!(" at {path}") };
            Err(not_from_anaplan(format!(
                "the answer to {} is not what was expected{place}: {}",
                request.label(),
                error.inner()
            )))
        }
        Err(_) => Err(not_from_anaplan(format!(
            "the answer to {} is not JSON but {}",
            request.label(),
            describe(answer)
        ))),
    }
}

fn not_from_anaplan(message: String) -> Error {
    Error::new(ErrorKind::Service, message).with_hint(
        "something between here and Anaplan may have answered instead (a proxy, a sign-in page), \
         or Anaplan changed the format: run with Verbosity=5 and a Logfile",
    )
}

/// What the service says about an error: the envelope's message, or another JSON form of it.
fn said(answer: &Response) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Body {
        status: Option<serde_json::Value>,
        status_message: Option<String>,
        message: Option<String>,
        /// SCIM's.
        detail: Option<String>,
    }
    let text = match serde_json::from_slice::<Body>(&answer.body) {
        Ok(body) => body
            .status_message
            .or(body.message)
            .or(body.detail)
            .or_else(|| Some(body.status?.get("message")?.as_str()?.to_owned()))?,
        Err(_) => answer.status.canonical_reason()?.to_owned(),
    };
    // It goes into one line of an error message.
    let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = text.chars().take(300).collect();
    (!short.is_empty()).then_some(short)
}

/// Whether a refusal says that there is too much for one answer. The service has one status for
/// that and for a query that it doesn't like, and nobody has shown its words: one that gives no
/// reason counts too.
pub(super) fn is_about_size(answer: &Response) -> bool {
    /// What there is too much of, and what says so.
    const THINGS: [&str; 4] = ["cell", "record", "row", "item"];
    const SIZES: [&str; 11] = [
        "limit",
        "exceed",
        "more than",
        "greater than",
        "too many",
        "maximum",
        "million",
        "1,000,000",
        "1000000",
        "large volume",
        "read request",
    ];
    if answer.status == StatusCode::PAYLOAD_TOO_LARGE {
        return true;
    }
    if answer.status != StatusCode::BAD_REQUEST {
        return false;
    }
    let text = said(answer).unwrap_or_default().to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let is_silent = matches!(text.as_str(), "" | "bad request" | "bad_request" | "failure");
    is_silent
        || has(&["too large", "too big", "large read", "large volume"])
        || (has(&THINGS) && has(&SIZES))
}

/// Whether the status inside the answer is this word.
fn has_word(answer: &Response, word: &str) -> bool {
    serde_json::from_slice::<serde_json::Value>(&answer.body)
        .is_ok_and(|body| body["status"] == word)
}

/// Names the kind of a body without showing it.
fn describe(answer: &Response) -> String {
    if answer.body.is_empty() {
        return if answer.status == StatusCode::NO_CONTENT { "empty" } else { "an empty body" }
            .to_owned();
    }
    let kind = answer
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.split(';').next())
        .map_or("text", |v| if v.trim() == "application/json" { "damaged JSON" } else { v });
    format!("{} bytes of {kind}", answer.body.len())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::HeaderMap;
    use serde::Deserialize;

    use super::*;

    fn answer(status: u16, kind: &str, body: &'static str) -> Response {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, kind.parse().expect("a header value"));
        Response {
            status: StatusCode::from_u16(status).expect("a status"),
            headers,
            body: Bytes::from_static(body.as_bytes()),
        }
    }

    fn request() -> Request {
        Request::get("https://api.anaplan.com/2/0/models/M/exports?limit=5".parse().expect("a URL"))
    }

    #[test]
    fn the_services_words_reach_the_user() {
        let json = "application/json";
        for (given, kind, text) in [
            (
                answer(404, json, r#"{"status":{"code":404,"message":"Not Found"},"path":"/2/0"}"#),
                ErrorKind::NotFound,
                "GET /2/0/models/M/exports answered 404: Not Found",
            ),
            (
                answer(401, json, r#"{"status":"FAILURE_BAD_CREDENTIAL","statusMessage":"Bad."}"#),
                ErrorKind::SignIn,
                "GET /2/0/models/M/exports answered 401: Bad.",
            ),
            (
                answer(502, "text/html", "<html>Bad Gateway</html>"),
                ErrorKind::Service,
                "GET /2/0/models/M/exports answered 502: Bad Gateway",
            ),
            (
                answer(423, json, ""),
                ErrorKind::Service,
                "GET /2/0/models/M/exports answered 423: Locked",
            ),
        ] {
            let error = check(&request(), &given).expect_err("no success");
            assert_eq!((error.kind(), error.to_string().as_str()), (kind, text));
            assert!(error.hint().is_some());
        }
    }

    #[test]
    fn too_much_for_one_answer_is_told_from_other_refusals() {
        let json = "application/json";
        let refused = |text: &'static str| answer(400, json, text);
        for body in [
            r#"{"status":{"code":400,"message":"The view has 1854160 cells, more than the limit of 1000000."}}"#,
            r#"{"status":{"code":400,"message":"Cell count exceeds 1,000,000"}}"#,
            r#"{"status":{"code":400,"message":"Too large. Use large volume read requests"}}"#,
            r#"{"status":{"code":400,"message":"Bad Request"}}"#,
            r#"{"status":{"code":400}}"#,
            "",
            "<html>",
        ] {
            assert!(is_about_size(&refused(body)), "{body}");
        }
        assert!(is_about_size(&answer(413, json, "")));
        for body in [
            r#"{"status":{"code":400,"message":"Invalid page selector [101000000001]"}}"#,
            r#"{"status":{"code":400,"message":"moduleId must be provided"}}"#,
            r#"{"status":{"code":400,"message":"Invalid value for parameter 'maxRows'"}}"#,
            r#"{"status":{"code":400,"message":"The view can't be rendered"}}"#,
        ] {
            assert!(!is_about_size(&refused(body)), "{body}");
        }
        assert!(!is_about_size(&answer(403, json, "")));
    }

    #[test]
    fn unreadable_answers_are_told_apart() {
        #[derive(Debug, Deserialize)]
        #[expect(dead_code, reason = "only its shape counts")]
        struct Outer {
            rows: Vec<Inner>,
        }
        #[derive(Debug, Deserialize)]
        #[expect(dead_code, reason = "only its shape counts")]
        struct Inner {
            size: u8,
        }
        for (kind, body, text) in [
            ("application/json", r#"{"rows":[{"size":1},{"size":"x"}]}"#, "at rows[1].size: "),
            ("application/json", r#"{"rows":[{"si"#, "is not JSON but 13 bytes of damaged JSON"),
            ("text/html; charset=utf-8", "<html>", "is not JSON but 6 bytes of text/html"),
            ("text/plain", "", "is not JSON but an empty body"),
        ] {
            let error = parse::<Outer>(&request(), &answer(200, kind, body)).expect_err("no JSON");
            assert!(error.to_string().contains(text), "{error}");
            assert_eq!(error.kind(), ErrorKind::Service);
        }
    }
}
