//! `COPY (query) TO STDOUT`

use bytes::BytesMut;

use super::names::shown;
use super::running::Running;
use super::statement::{plan, read};
use super::{Client, Done};
use crate::postgres::command::{CopyFormat, CopyKind};
use crate::postgres::problem::Problem;
use crate::postgres::value::Column;

/// How a binary copy begins: a signature, no flags, no extension.
const BEGINNING: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// How it ends: a row of -1 values.
const END: &[u8] = &[0xff, 0xff];
/// How many rows are written before what waits is sent, or an interruption heard.
const STRETCH: usize = 256;

impl Client {
    /// Sends the rows of a query as a file, and gives how many.
    pub(super) async fn copy(&mut self, query: String, format: &CopyFormat) -> Done<u64> {
        let read = read(query)?;
        if read.command.is_some() || !read.gives_rows() || read.changes() {
            return Err(Problem::syntax("COPY takes a query, or a table").into());
        }
        let sql = read.template.text()?;
        let mut limit = self.limit();
        let planning = plan(self.session.clone(), self.whom(), sql);
        let planned = self.run(&mut limit, planning).await?;
        let mut running = Running::begin(&self.shared.work, planned.frame);
        let schema = std::sync::Arc::clone(running.schema());
        let is_binary = format.kind == CopyKind::Binary;
        self.socket.output.copy_out(is_binary, schema.fields().len());
        if is_binary {
            self.socket.output.copy_data(BEGINNING);
        } else if format.header {
            let mut line = BytesMut::new();
            for (index, field) in schema.fields().iter().enumerate() {
                format.cell(index, Some(shown(field.name()).as_bytes()), &mut line);
            }
            line.extend_from_slice(b"\n");
            self.socket.output.copy_data(&line);
        }
        let mut rows = 0;
        loop {
            let next = running.next(&schema, |_| is_binary);
            let Some(here) = self.wait(&mut limit, next).await?? else { break };
            let end = here.rows.min(here.next + STRETCH);
            for row in here.next..end {
                if is_binary {
                    self.socket.output.copy_row(&here.columns, row);
                } else {
                    let line = format.line(&here.columns, row);
                    self.socket.output.copy_data(&line);
                }
                rows += 1;
            }
            here.next = end;
            self.flush(&mut limit).await?;
        }
        if is_binary {
            self.socket.output.copy_data(END);
        }
        self.socket.output.done(b'c');
        Ok(rows)
    }
}

impl CopyFormat {
    fn line(&self, columns: &[(Column, bool)], row: usize) -> BytesMut {
        let (mut line, mut cell) = (BytesMut::new(), BytesMut::new());
        for (index, (column, _)) in columns.iter().enumerate() {
            cell.clear();
            let is_there = column.text(row, &mut cell);
            self.cell(index, is_there.then_some(&cell[..]), &mut line);
        }
        line.extend_from_slice(b"\n");
        line
    }

    fn cell(&self, index: usize, cell: Option<&[u8]>, line: &mut BytesMut) {
        if index > 0 {
            line.extend_from_slice(&[self.delimiter]);
        }
        let Some(cell) = cell else { return line.extend_from_slice(self.null.as_bytes()) };
        if self.kind == CopyKind::Csv {
            let is_odd = |byte: &u8| [self.delimiter, self.quote, b'\n', b'\r'].contains(byte);
            // What looks like NULL, or like the end, must not be taken for it.
            let is_plain =
                !cell.iter().any(is_odd) && cell != self.null.as_bytes() && cell != b"\\.";
            if is_plain {
                return line.extend_from_slice(cell);
            }
            line.extend_from_slice(&[self.quote]);
            for byte in cell {
                if *byte == self.quote {
                    line.extend_from_slice(&[self.quote]);
                }
                line.extend_from_slice(&[*byte]);
            }
            return line.extend_from_slice(&[self.quote]);
        }
        for byte in cell {
            let escaped = match byte {
                b'\\' => b'\\',
                b'\n' => b'n',
                b'\r' => b'r',
                b'\t' => b't',
                0x08 => b'b',
                0x0b => b'v',
                0x0c => b'f',
                byte if *byte == self.delimiter => *byte,
                byte => {
                    line.extend_from_slice(&[*byte]);
                    continue;
                }
            };
            line.extend_from_slice(&[b'\\', escaped]);
        }
    }
}
