//! Large reads: files that become available page by page, and vanish when nobody looks.

use std::ops::Range;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::file::{FileSource, LineReader};
use super::ids;

/// How long a request lives without a look at it.
const LIFETIME_MS: i64 = 30 * 60 * 1000;

/// Only fetching each hundredth page counts as a look.
const LOOK_EVERY: u64 = 100;

/// What is read: everyone has requests of their own under each view and each list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReadOwner {
    pub(crate) user_id: String,
    pub(crate) model_id: String,
    pub(crate) kind: ReadKind,
    /// The id of the view or the list, as the path has it.
    pub(crate) parent_id: String,
}

/// What large reads read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReadKind {
    View,
    List,
}

impl ReadKind {
    /// The key of the answers.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::View => "viewReadRequest",
            Self::List => "listReadRequest",
        }
    }

    /// The part of the path before the id.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::View => "views",
            Self::List => "lists",
        }
    }

    fn parent_key(self) -> &'static str {
        match self {
            Self::View => "viewId",
            Self::List => "listId",
        }
    }
}

/// What a new request needs to know.
#[derive(Debug)]
pub(crate) struct NewRead {
    pub(crate) owner: ReadOwner,
    /// The URL of all requests of its view or list.
    pub(crate) url: String,
    pub(crate) source: Arc<FileSource>,
    /// How many lines at the beginning are a header: none in a grid, where they may come again.
    pub(crate) header: u64,
    pub(crate) queued_ms: i64,
    pub(crate) running_ms: i64,
}

#[derive(Debug)]
struct Read {
    new: NewRead,
    id: String,
    created: i64,
    /// When it was last looked at.
    seen: i64,
    page_rows: u64,
    is_cancelled: bool,
    fails: bool,
}

/// Every large read that is under way.
#[derive(Debug, Default)]
pub(crate) struct Reads {
    reads: Vec<Read>,
    made: u64,
    /// How many of the next ones fail.
    failing: u64,
}

impl Reads {
    /// Makes the next requests end without success.
    pub(crate) fn fail(&mut self, count: u64) {
        self.failing = self.failing.saturating_add(count);
    }

    /// Starts a request and returns what is answered.
    pub(crate) fn start(&mut self, new: NewRead, page_rows: u64, now: i64) -> Value {
        self.expire(now);
        self.made += 1;
        let fails = self.failing > 0;
        self.failing = self.failing.saturating_sub(1);
        let read = Read {
            // Other numbers than those of tasks.
            id: ids::task(self.made.wrapping_add(1 << 40)),
            created: now,
            seen: now,
            page_rows: page_rows.max(1),
            is_cancelled: false,
            fails,
            new,
        };
        let answer = Value::Object(read.brief(now));
        self.reads.push(read);
        answer
    }

    /// Returns the state of a request.
    pub(crate) fn find(&mut self, owner: &ReadOwner, id: &str, now: i64) -> Option<Value> {
        self.expire(now);
        let read = self.reads.iter().find(|read| read.is(owner, id))?;
        let (state, available) = read.state(now);
        let mut answer = read.brief(now);
        answer.insert("availablePages".to_owned(), available.into());
        let is_successful = state == "COMPLETE" && !read.fails;
        answer.insert("successful".to_owned(), is_successful.into());
        answer.extend(read.parent());
        Some(Value::Object(answer))
    }

    /// Returns the content of a page, if that is available.
    pub(crate) fn page(
        &mut self,
        owner: &ReadOwner,
        id: &str,
        page: u64,
        repeat_header: bool,
        now: i64,
    ) -> Option<LineReader> {
        self.expire(now);
        let read = self.reads.iter_mut().find(|read| read.is(owner, id))?;
        if page >= read.state(now).1 {
            return None;
        }
        if page.is_multiple_of(LOOK_EVERY) {
            read.seen = now;
        }
        let start = page.saturating_mul(read.page_rows).saturating_add(read.new.header);
        let rows = start..start.saturating_add(read.page_rows);
        let has_header = page == 0 || repeat_header;
        let header: Range<u64> = 0..if has_header { read.new.header } else { 0 };
        Some(LineReader::new(Arc::clone(&read.new.source), [header, rows]))
    }

    /// Cancels a request that runs; removes one that has ended.
    pub(crate) fn delete(&mut self, owner: &ReadOwner, id: &str, now: i64) -> Option<Value> {
        self.expire(now);
        let place = self.reads.iter().position(|read| read.is(owner, id))?;
        let read = self.reads.get_mut(place)?;
        let has_ended = matches!(read.state(now).0, "COMPLETE" | "CANCELLED");
        read.is_cancelled |= !has_ended;
        let mut answer = read.brief(now);
        answer.extend(read.parent());
        if has_ended {
            self.reads.remove(place);
        }
        Some(Value::Object(answer))
    }

    fn expire(&mut self, now: i64) {
        self.reads.retain(|read| now.saturating_sub(read.seen) < LIFETIME_MS);
    }
}

impl Read {
    fn is(&self, owner: &ReadOwner, id: &str) -> bool {
        self.id == id && self.new.owner == *owner
    }

    /// Returns the state and how many pages can be fetched.
    fn state(&self, now: i64) -> (&'static str, u64) {
        if self.is_cancelled {
            return ("CANCELLED", 0);
        }
        let rows = self.new.source.lines().saturating_sub(self.new.header);
        let pages = rows.div_ceil(self.page_rows).max(1);
        // One that fails stops halfway.
        let pages = if self.fails { pages / 2 } else { pages };
        let passed = now.saturating_sub(self.created).saturating_sub(self.new.queued_ms);
        let running = self.new.running_ms;
        if passed < 0 {
            ("NOT_STARTED", 0)
        } else if passed < running {
            let share = u128::try_from(passed).unwrap_or(0) * u128::from(pages);
            let done = share.checked_div(u128::try_from(running).unwrap_or(0)).unwrap_or(0);
            ("IN_PROGRESS", u64::try_from(done).unwrap_or(0))
        } else {
            ("COMPLETE", pages)
        }
    }

    fn brief(&self, now: i64) -> Map<String, Value> {
        let mut answer = Map::new();
        answer.insert("requestId".to_owned(), self.id.clone().into());
        answer.insert("requestState".to_owned(), self.state(now).0.into());
        answer.insert("url".to_owned(), format!("{}/{}", self.new.url, self.id).into());
        answer
    }

    /// The view's or the list's id, which is a number here.
    fn parent(&self) -> Option<(String, Value)> {
        let owner = &self.new.owner;
        let number: u64 = owner.parent_id.parse().ok()?;
        Some((owner.kind.parent_key().to_owned(), number.into()))
    }
}
