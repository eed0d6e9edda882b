//! Faults.

use http::{HeaderName, HeaderValue};

use super::super::super::fault::Fault;
use super::super::fields::Fields;
use super::super::problem::Problems;

/// What a fault does: exactly one of these keys.
const DEEDS: &[&str] =
    &["status", "delay", "reset", "lose_answer", "truncate", "bad_json", "html", "expired_token"];

/// Makes a fault of its table, whether it stands in a file or in a control request.
pub(crate) fn fault(fields: Fields<'_>, problems: &mut Problems) -> Option<Fault> {
    let on = fields.text("on")?;
    let Some((method, path)) = on.split_once(' ').map(|(method, path)| (method, path.trim()))
    else {
        problems
            .add(fields.place("on"), "`on` must be a method and a path, such as `GET /2/0/models`");
        return None;
    };
    if !path.starts_with('/') {
        problems.add(fields.place("on"), "the path in `on` must begin with a slash");
    }
    let is_method =
        method == "*" || (!method.is_empty() && method.bytes().all(|it| it.is_ascii_alphabetic()));
    if !is_method {
        problems.add(fields.place("on"), "the method in `on` must be a word or `*`");
    }
    let mut fault = Fault::on(method, path);
    if let Some(nth) = fields.whole::<u64>("nth") {
        fault = fault.skip(nth.saturating_sub(1));
    }
    fault = match fields.whole::<u64>("times") {
        None => fault,
        Some(0) => fault.forever(),
        Some(times) => fault.times(times),
    };
    let given: Vec<&str> = DEEDS
        .iter()
        .copied()
        .filter(|key| fields.has(key) && fields.flag(key) != Some(false))
        .collect();
    let [deed] = given.as_slice() else {
        let problem = if given.is_empty() {
            format!("a fault needs one of {}", quoted(DEEDS))
        } else {
            format!("a fault does one thing only, not {}", quoted(&given))
        };
        problems.add(fields.at, problem);
        return None;
    };
    if *deed != "status" {
        for key in ["headers", "body", "content_type"].into_iter().filter(|key| fields.has(key)) {
            problems.add(fields.place(key), format!("`{key}` goes with `status` only"));
        }
    }
    if fields.flag("late") == Some(true) {
        if !["status", "delay"].contains(deed) {
            let problem = "`late` goes with `status` and `delay` only";
            problems.add(fields.place("late"), problem);
        }
        fault = fault.late();
    }
    Some(match *deed {
        "status" => answer(fault, fields, problems),
        "delay" => fault.delay(fields.duration("delay").unwrap_or_default()),
        "reset" => fault.reset(),
        "lose_answer" => fault.lose_answer(),
        "truncate" => fault.truncate_body(fields.whole("truncate").unwrap_or(0)),
        "bad_json" => fault.bad_json(),
        "html" => fault.html(),
        _ => fault.expired_token(),
    })
}

fn answer(fault: Fault, fields: Fields<'_>, problems: &mut Problems) -> Fault {
    let mut fault = fault.status(fields.whole("status").unwrap_or(500));
    for entry in fields.map("headers") {
        let value = entry.node.text().unwrap_or_default();
        if HeaderName::try_from(&entry.key).is_err() || HeaderValue::try_from(value).is_err() {
            problems.add(entry.at, "no header that HTTP allows");
        }
        fault = fault.header(&entry.key, value);
    }
    if let Some(body) = fields.text("body") {
        let kind = fields.text("content_type").unwrap_or("text/plain");
        fault = fault.body(kind, body.to_owned());
    }
    fault
}

fn quoted(keys: &[&str]) -> String {
    keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ")
}
