//! `[clock]`, `[limits]`, `[nasty]`, `[[faults]]`.

use super::super::schema::{Kind, Section, key, section};
use super::MANY;

pub(crate) static CLOCK: Section = section(
    "[clock]",
    "The time that tokens, tasks, the rate limit and the `Date` header follow.",
    &[
        key("start", Kind::Moment, "What it shows at the start.").or("the system's time"),
        key(
            "frozen",
            Kind::Flag,
            "Whether it stands still until it is moved. Tasks then end only when \
            they take no time, or the clock is moved.",
        )
        .or("false"),
        key("speed", Kind::Number, "How many times as fast as the system's clock it goes.").or("1"),
    ],
)
.example(
    r#"[clock]
start = "2026-03-31T23:59:00Z"
frozen = true

[limits]
task_queued = "0s"
task_running = "0s"
"#,
);

pub(crate) static LIMITS: Section = section(
    "[limits]",
    "What the service allows, and how long things take.",
    &[
        key(
            "requests_per_minute",
            Kind::Whole(0, 1_000_000_000),
            "The rate limit; 0 switches it off.",
        )
        .or("600"),
        key("page_cap", Kind::Whole(1, 1_000_000_000), "The largest page of a listing.").or("5000"),
        key("chunk_size", Kind::Whole(1, 1 << 40), "The size of a file's chunks in bytes.")
            .or("10000000"),
        key("token_lifetime", Kind::Duration, "How long a token lives.").or("`35m`"),
        key("model_opening", Kind::Duration, "How long a model takes to open, and to close.")
            .or("`200ms`"),
        key("task_queued", Kind::Duration, "How long a task waits before it runs.").or("`30ms`"),
        key("task_running", Kind::Duration, "How long a task runs.").or("`120ms`"),
        key("cells", Kind::Whole(1, 1 << 40), "How many cells of a view one answer may have.")
            .or("1000000"),
        key("items", Kind::Whole(1, 1 << 40), "How many items of a list one answer may have.")
            .or("1000000"),
        key("read_page_rows", Kind::Whole(1, 1 << 40), "How many rows a page of a large read has.")
            .or("10000"),
    ],
)
.example(
    r#"base = "demo"

[limits]
requests_per_minute = 30
page_cap = 2
token_lifetime = "5s"
task_running = "3s"
"#,
);

pub(crate) static NASTY: Section = section(
    "[nasty]",
    "What the service may do, though it seldom does. None of it is an error, and a client must cope \
     with all of it.",
    &[
        key(
            "chunk_edges",
            Kind::WordOrWholes(&["even", "worst"]),
            "Where files are cut. `worst`: inside quoted cells, between doubled quotes, between CR \
             and LF, inside characters, in turn, wherever `chunk_size` bytes or somewhat more have \
             passed. Numbers: the bytes at which chunks begin, beside 0.",
        )
        .or("`even`"),
        key(
            "gzip",
            Kind::Flag,
            "Compresses answers for clients that accept it, chunks included, as the service does.",
        )
        .or("true"),
        key("bom", Kind::Flag, "Begins every text export with a byte order mark.").or("false"),
        key(
            "encoding",
            Kind::Word(&["UTF-8", "ISO-8859-1", "UTF-16LE"]),
            "Writes every text export in this encoding, and says so in its metadata.",
        )
        .or("each export's own"),
        key("line_ending", Kind::Word(&["LF", "CRLF"]), "Ends every line of text exports so.")
            .or("each export's own"),
        key("empty", Kind::Flag, "Leaves every collection empty.").or("false"),
        key("spurious_next", Kind::Flag, "Names a next page where nothing follows, as the service does.")
            .or("true"),
        key("unknown_fields", Kind::Flag, "Adds a field that nobody knows to every object of an answer.")
            .or("false"),
        key(
            "repeat_read_header",
            Kind::Flag,
            "Begins every page of a large read with the header, and not only the first.",
        )
        .or("false"),
        key(
            "refuse_plain_csv",
            Kind::Flag,
            "Refuses cells of views as `text/csv` unless it says `escaped=true`, as some tenants do.",
        )
        .or("false"),
        key(
            "fail_workspace_views",
            Kind::Flag,
            "Answers 500 to cells of views under paths with the workspace, as was seen once.",
        )
        .or("false"),
        key(
            "no_hidden_views",
            Kind::Flag,
            "Leads the id of a line item that the module's default view hides to that view, and not to \
             one of the line item alone.",
        )
        .or("false"),
        key(
            "list_item_paging",
            Kind::Flag,
            "Pages the items of a list by `limit` and `offset`, which nobody has shown.",
        )
        .or("false"),
        key(
            "odd_spellings",
            Kind::Flag,
            "Spells keys as other sources have them: `nextitemIndex`, `isQuarterTotals`.",
        )
        .or("false"),
        key(
            "refuse_reused_payloads",
            Kind::Flag,
            "Lets the signed payload of a certificate sign in only once.",
        )
        .or("false"),
        key(
            "odd_names",
            Kind::Flag,
            "Adds a workspace with a model whose exports, lists, items, modules, line items and views \
             have names with dots, quotes, slashes, percent signs, blanks at their ends, other scripts; \
             two exports share a name.",
        )
        .or("false"),
    ],
)
.example(
    r#"base = "demo"

[limits]
chunk_size = 4000

[nasty]
chunk_edges = "worst"
line_ending = "CRLF"
odd_names = true
"#,
);

pub(crate) static FAULTS: Section = section(
    "[[faults]]",
    "Requests that go wrong. They are tried in order, before routing and authentication; the first \
     that matches and is due decides. Each has one of the keys `status`, `delay`, `reset`, \
     `lose_answer`, `truncate`, `bad_json`, `html`, `expired_token`.",
    &[
        key(
            "on",
            Kind::Text,
            "A method, or `*`, and a path: `GET /2/0/models/*/exports`. `*` stands for one segment, \
             `**` for any tail. A path without the workspace also means the one with it.",
        )
        .required(),
        key("nth", Kind::Whole(1, MANY), "The first matching request that it strikes.").or("1"),
        key("times", Kind::Whole(0, MANY), "How many it strikes; 0 for all.").or("1"),
        key("status", Kind::Whole(200, 599), "Answers this status; the request isn't executed."),
        key("headers", Kind::TextMap, "Headers of that answer."),
        key("body", Kind::Text, "The body of that answer."),
        key("content_type", Kind::Text, "The type of that body.").or("`text/plain`"),
        key("delay", Kind::Duration, "Waits in real time, then answers as usual."),
        key("late", Kind::Flag, "Executes the request before `status` and `delay` strike."),
        key("reset", Kind::Flag, "Resets the connection; the request isn't executed."),
        key("lose_answer", Kind::Flag, "Executes the request and drops the connection."),
        key("truncate", Kind::Whole(0, MANY), "Cuts the connection after so many bytes of the body."),
        key("bad_json", Kind::Flag, "Answers 200 with JSON that ends in the middle."),
        key("html", Kind::Flag, "Answers 200 with an HTML page."),
        key("expired_token", Kind::Flag, "Answers 401, and the token is dead."),
    ],
)
.example(
    r#"base = "demo"

[[faults]]
on = "GET /2/0/models/*/files/*/chunks/*"
nth = 2
truncate = 100

[[faults]]
on = "* /2/0/**"
nth = 20
times = 3
status = 503
headers = { Retry-After = "1" }
"#,
);
