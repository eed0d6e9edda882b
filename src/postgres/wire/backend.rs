//! What the server says.

use bytes::{BufMut, BytesMut};

use crate::postgres::problem::Problem;
use crate::postgres::value::Column;

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::postgres) enum Severity {
    /// The connection ends.
    Fatal,
    /// The statement failed.
    Error,
    /// Something to know.
    Warning,
}

/// Messages that wait to be sent.
#[derive(Debug, Default)]
pub(in crate::postgres) struct Output(pub(super) BytesMut);

impl Output {
    /// How many bytes wait.
    pub(in crate::postgres) fn len(&self) -> usize {
        self.0.len()
    }

    /// Writes a message of this kind.
    fn message(&mut self, kind: u8, body: impl FnOnce(&mut BytesMut)) {
        self.0.put_u8(kind);
        self.sized(body);
    }

    /// Writes something behind its length, which counts itself.
    fn sized(&mut self, body: impl FnOnce(&mut BytesMut)) {
        let start = self.0.len();
        self.0.put_i32(0);
        body(&mut self.0);
        let length = i32::try_from(self.0.len() - start).unwrap_or(i32::MAX);
        self.0[start..start + 4].copy_from_slice(&length.to_be_bytes());
    }

    /// One byte, as the answer to a question about encryption.
    pub(in crate::postgres) fn byte(&mut self, byte: u8) {
        self.0.put_u8(byte);
    }

    /// A step of signing in: its number and what belongs to it.
    pub(in crate::postgres) fn authentication(&mut self, step: i32, data: &[u8]) {
        self.message(b'R', |body| {
            body.put_i32(step);
            body.put_slice(data);
        });
    }

    /// Says which version of the protocol is spoken instead, and which options aren't known.
    pub(in crate::postgres) fn negotiate(&mut self, unknown: &[&str]) {
        self.message(b'v', |body| {
            body.put_i32(0);
            body.put_i32(i32::try_from(unknown.len()).unwrap_or(0));
            unknown.iter().for_each(|option| text(body, option));
        });
    }

    pub(in crate::postgres) fn setting(&mut self, name: &str, value: &str) {
        self.message(b'S', |body| {
            text(body, name);
            text(body, value);
        });
    }

    pub(in crate::postgres) fn key(&mut self, process: i32, key: i32) {
        self.message(b'K', |body| {
            body.put_i32(process);
            body.put_i32(key);
        });
    }

    pub(in crate::postgres) fn ready(&mut self, transaction: u8) {
        self.message(b'Z', |body| body.put_u8(transaction));
    }

    /// Something that consists of its kind: `1` for a parsed statement, `2` for a bound one, `3` for a
    /// closed one, `n` for no columns, `s` for a suspended portal, `I` for an empty statement, `c` for
    /// the end of a COPY.
    pub(in crate::postgres) fn done(&mut self, kind: u8) {
        self.message(kind, |_| {});
    }

    pub(in crate::postgres) fn complete(&mut self, tag: &str) {
        self.message(b'C', |body| text(body, tag));
    }

    pub(in crate::postgres) fn parameters(&mut self, types: &[u32]) {
        self.message(b't', |body| {
            body.put_u16(u16::try_from(types.len()).unwrap_or(u16::MAX));
            types.iter().for_each(|oid| body.put_u32(*oid));
        });
    }

    /// The columns of a result: name, type and size, and whether they are binary.
    pub(in crate::postgres) fn columns<'a>(
        &mut self,
        columns: impl ExactSizeIterator<Item = (&'a str, (u32, i16), bool)>,
    ) {
        self.message(b'T', |body| {
            body.put_u16(u16::try_from(columns.len()).unwrap_or(u16::MAX));
            for (name, (oid, size), is_binary) in columns {
                text(body, name);
                // Of no table.
                body.put_u32(0);
                body.put_u16(0);
                body.put_u32(oid);
                body.put_i16(size);
                body.put_i32(-1);
                body.put_u16(u16::from(is_binary));
            }
        });
    }

    pub(in crate::postgres) fn row(&mut self, columns: &[(Column, bool)], row: usize) {
        self.message(b'D', |body| values(body, columns, row));
    }

    /// A row of a binary COPY.
    pub(in crate::postgres) fn copy_row(&mut self, columns: &[(Column, bool)], row: usize) {
        self.message(b'd', |body| values(body, columns, row));
    }

    pub(in crate::postgres) fn copy_data(&mut self, data: &[u8]) {
        self.message(b'd', |body| body.put_slice(data));
    }

    pub(in crate::postgres) fn copy_out(&mut self, is_binary: bool, columns: usize) {
        self.message(b'H', |body| {
            body.put_u8(u8::from(is_binary));
            body.put_u16(u16::try_from(columns).unwrap_or(u16::MAX));
            (0..columns).for_each(|_| body.put_u16(u16::from(is_binary)));
        });
    }

    pub(in crate::postgres) fn problem(&mut self, severity: Severity, problem: &Problem) {
        let (kind, word) = match severity {
            Severity::Fatal => (b'E', "FATAL"),
            Severity::Error => (b'E', "ERROR"),
            Severity::Warning => (b'N', "WARNING"),
        };
        self.message(kind, |body| {
            let mut field = |kind: u8, value: &str| {
                body.put_u8(kind);
                text(body, value);
            };
            field(b'S', word);
            field(b'V', word);
            field(b'C', problem.sqlstate);
            field(b'M', &problem.message);
            if let Some(detail) = &problem.detail {
                field(b'D', detail);
            }
            if let Some(hint) = &problem.hint {
                field(b'H', hint);
            }
            body.put_u8(0);
        });
    }
}

fn values(body: &mut BytesMut, columns: &[(Column, bool)], row: usize) {
    body.put_u16(u16::try_from(columns.len()).unwrap_or(u16::MAX));
    for (column, is_binary) in columns {
        let start = body.len();
        body.put_i32(-1);
        let is_there = match is_binary {
            true => column.binary(row, body),
            false => column.text(row, body),
        };
        if is_there {
            let length = i32::try_from(body.len() - start - 4).unwrap_or(i32::MAX);
            body[start..start + 4].copy_from_slice(&length.to_be_bytes());
        }
    }
}

/// A text with its end. In C, a text ends at the first of them.
fn text(body: &mut BytesMut, text: &str) {
    for (index, part) in text.split('\0').enumerate() {
        if index > 0 {
            body.put_slice("\u{fffd}".as_bytes());
        }
        body.put_slice(part.as_bytes());
    }
    body.put_u8(0);
}
