//! What goes wrong, once.

use std::time::Duration;

use anaplan_sql::simulator::Fault;

/// A way in which a request can go wrong.
pub(super) struct Kind {
    pub(super) name: &'static str,
    /// The time-out of the jobs that meet it, in seconds.
    pub(super) timeout: u32,
    /// The fault, at a method and a path.
    pub(super) fault: fn(&str, &str) -> Fault,
}

const fn kind(name: &'static str, fault: fn(&str, &str) -> Fault) -> Kind {
    Kind { name, timeout: PATIENT, fault }
}

const fn silence(name: &'static str, fault: fn(&str, &str) -> Fault) -> Kind {
    Kind { name, timeout: 2, fault }
}

/// A time-out that passes on no machine, however busy.
pub(super) const PATIENT: u32 = 60;

/// Longer than any time-out.
const LATE: Duration = Duration::from_secs(600);

/// Each strikes before the request takes effect, unless it is late or loses the answer.
pub(super) static FAULTS: &[Kind] = &[
    kind("400", |method, path| Fault::on(method, path).status(400)),
    kind("401", |method, path| Fault::on(method, path).status(401)),
    kind("token expired", |method, path| Fault::on(method, path).expired_token()),
    kind("403", |method, path| Fault::on(method, path).status(403)),
    kind("404", |method, path| Fault::on(method, path).status(404)),
    kind("409", |method, path| Fault::on(method, path).status(409)),
    kind("423", |method, path| Fault::on(method, path).status(423)),
    kind("429", |method, path| Fault::on(method, path).status(429).header("Retry-After", "0")),
    kind("500", |method, path| Fault::on(method, path).status(500)),
    kind("500 late", |method, path| Fault::on(method, path).status(500).late()),
    kind("502", |method, path| {
        Fault::on(method, path).status(502).body("text/html", "<html>Bad Gateway</html>")
    }),
    kind("502 late", |method, path| Fault::on(method, path).status(502).late()),
    kind("503", |method, path| Fault::on(method, path).status(503).header("Retry-After", "0")),
    kind("504", |method, path| Fault::on(method, path).status(504)),
    kind("504 late", |method, path| Fault::on(method, path).status(504).late()),
    kind("reset", |method, path| Fault::on(method, path).reset()),
    kind("answer lost", |method, path| Fault::on(method, path).lose_answer()),
    kind("answer cut", |method, path| Fault::on(method, path).truncate_body(5)),
    silence("time-out", |method, path| Fault::on(method, path).delay(LATE)),
    silence("time-out late", |method, path| Fault::on(method, path).delay(LATE).late()),
    kind("a page", |method, path| Fault::on(method, path).html()),
];
