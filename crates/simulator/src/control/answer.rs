//! What control requests are answered.

use http::StatusCode;
use serde_json::{Value, json};

use super::super::log::RequestRecord;
use super::super::path::{Query, matches};
use super::super::scenario::{duration_text, moment_text};
use super::super::state::State;
use super::{Answer, ROOT};

/// What can be asked for.
pub(super) fn overview(paths: &[(&str, &[&str], &str)]) -> Value {
    let path = |(path, methods, meaning): &(&str, &[&str], &str)| json!({"path": format!("/{ROOT}/{path}"), "methods": methods, "meaning": meaning});
    json!({"paths": paths.iter().map(path).collect::<Vec<_>>()})
}

/// The request log, or a part of it.
pub(super) fn requests(state: &State, query: &Query) -> Result<Answer, Answer> {
    let number = |key: &str| match query.get(key) {
        None => Ok(None),
        Some(text) => text.parse::<usize>().map(Some).map_err(|_| {
            Answer::error(StatusCode::BAD_REQUEST, format!("`{key}` must be a whole number"))
        }),
    };
    let (status, last) = (number("status")?, number("last")?);
    let is_wanted = |record: &RequestRecord| {
        query
            .get("method")
            .is_none_or(|method| method == "*" || record.method.eq_ignore_ascii_case(method))
            && query.get("path").is_none_or(|pattern| matches(pattern, &record.path))
            && status.is_none_or(|status| usize::from(record.status) == status)
    };
    let found: Vec<Value> =
        state.log.all().iter().filter(|record| is_wanted(record)).map(request).collect();
    let total = found.len();
    let shown = found.into_iter().skip(total.saturating_sub(last.unwrap_or(total)));
    Ok(Answer::ok(json!({"total": total, "requests": shown.collect::<Vec<_>>()})))
}

fn request(record: &RequestRecord) -> Value {
    json!({
        "at": moment_text(record.at),
        "method": record.method,
        "path": record.path,
        "query": record.query,
        "status": record.status,
        "bytes_sent": record.body_bytes_sent,
        "finished": record.finished,
        "authorization_scheme": record.authorization_scheme,
        "accept": record.accept,
        "content_type": record.content_type,
        "user_agent": record.user_agent,
    })
}

/// The counters.
pub(super) fn counters(state: &State) -> Value {
    let counters = state.counters();
    json!({
        "requests": counters.requests,
        "in_flight": counters.in_flight,
        "peak_in_flight": counters.peak_in_flight,
        "bytes_sent": counters.bytes_sent,
        "tokens_issued": counters.tokens_issued,
        "tasks_started": counters.tasks_started,
        "sign_ins": {
            "basic": counters.sign_ins.basic,
            "certificate_v1": counters.sign_ins.certificate_v1,
            "certificate_v2": counters.sign_ins.certificate_v2,
            "payloads_reused": counters.sign_ins.payloads_reused,
        },
        "oauth": {
            "codes_issued": counters.oauth.codes_issued,
            "codes_redeemed": counters.oauth.codes_redeemed,
            "codes_reused": counters.oauth.codes_reused,
            "device_codes_issued": counters.oauth.device_codes_issued,
            "slow_downs": counters.oauth.slow_downs,
            "refreshes": counters.oauth.refreshes,
            "reuse_violations": counters.oauth.reuse_violations,
        },
    })
}

/// The faults, in the order in which they are tried.
pub(super) fn faults(state: &State) -> Value {
    let faults: Vec<Value> = state
        .faults()
        .all()
        .iter()
        .map(|fault| {
            json!({
                "on": fault.on_text(),
                "does": fault.deed(),
                "seen": fault.seen(),
                "struck": fault.struck(),
                "left": fault.left(),
            })
        })
        .collect();
    json!({"faults": faults})
}

/// The time.
pub(super) fn clock(state: &State) -> Value {
    let (now, speed) = (state.clock.now_ms(), state.clock.speed());
    json!({"now": moment_text(now), "now_ms": now, "speed": speed, "frozen": speed == 0.0})
}

/// The limits in force.
pub(super) fn limits(state: &State) -> Value {
    let limits = state.limits();
    json!({
        "requests_per_minute": limits.requests_per_minute.unwrap_or(0),
        "page_cap": limits.page_cap,
        "chunk_size": limits.chunk_size,
        "cells": limits.cells,
        "items": limits.items,
        "read_page_rows": limits.read_page_rows,
        "token_lifetime": duration_text(limits.token_lifetime),
        "model_opening": duration_text(limits.model_opening),
        "task_queued": duration_text(limits.task_queued),
        "task_running": duration_text(limits.task_running),
        "cells": limits.cells,
        "items": limits.items,
        "read_page_rows": limits.read_page_rows,
    })
}

/// Every task.
pub(super) fn tasks(state: &State) -> Value {
    let tasks: Vec<Value> = state
        .tasks()
        .records(state.clock.now_ms())
        .iter()
        .map(|task| {
            json!({
                "id": task.id,
                "model_id": task.model_id,
                "parent_id": task.parent_id,
                "state": task.state,
                "user": task.user,
                "created": moment_text(task.created),
            })
        })
        .collect();
    json!({"tasks": tasks})
}
