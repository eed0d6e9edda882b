//! Rows on their way to a client.

use datafusion::arrow::array::AsArray;
use datafusion::arrow::compute::{cast, sum};
use datafusion::arrow::datatypes::{DataType, Int64Type, Schema};

use super::limit::Limit;
use super::names::shown;
use super::running::Running;
use super::{Client, Done};
use crate::postgres::problem::Problem;
use crate::postgres::value::Kind;

/// How many rows are written before what waits is sent, or an interruption heard.
const STRETCH: usize = 256;

/// Which columns of a result are binary: as the client says, for all or for each.
pub(super) fn is_binary(formats: &[bool], column: usize) -> bool {
    match formats {
        [] => false,
        [all] => *all,
        each => each.get(column).copied().unwrap_or_default(),
    }
}

impl Client {
    /// Tells the columns of a result.
    pub(super) fn columns(&mut self, schema: &Schema, formats: &[bool]) {
        let columns = schema.fields().iter().enumerate().map(|(index, field)| {
            let kind = Kind::of(field);
            (shown(field.name()), (kind.oid(), kind.size()), is_binary(formats, index))
        });
        self.socket.output.columns(columns);
    }

    /// Sends up to so many rows. Gives how many, and whether there may be more.
    pub(super) async fn rows(
        &mut self,
        running: &mut Running,
        schema: &Schema,
        formats: &[bool],
        most: usize,
        limit: &mut Limit,
    ) -> Done<(u64, bool)> {
        let mut sent = 0;
        while sent < most {
            let next = running.next(schema, |column| is_binary(formats, column));
            let Some(here) = self.wait(limit, next).await?? else {
                return Ok((u64::try_from(sent).unwrap_or(u64::MAX), false));
            };
            let stretch = (here.rows - here.next).min(most - sent).min(STRETCH);
            for row in here.next..here.next + stretch {
                self.socket.output.row(&here.columns, row);
            }
            here.next += stretch;
            sent += stretch;
            running.rows += u64::try_from(stretch).unwrap_or_default();
            self.flush(limit).await?;
        }
        Ok((u64::try_from(sent).unwrap_or(u64::MAX), true))
    }

    /// Reads the result of a change to its end, and gives how many rows it has changed. What the
    /// service has refused is a warning.
    pub(super) async fn change(&mut self, running: &mut Running, limit: &mut Limit) -> Done<u64> {
        let mut taken = 0;
        loop {
            let next = running.batch();
            let Some(batch) = self.wait(limit, next).await?? else { break };
            let total = |names: &[&str]| {
                let column = names.iter().find_map(|name| batch.column_by_name(name))?;
                let numbers = cast(column, &DataType::Int64).ok()?;
                sum(numbers.as_primitive::<Int64Type>())
            };
            taken += total(&["count", "RowsSucceeded"]).unwrap_or(0);
        }
        self.rejections();
        Ok(u64::try_from(taken).unwrap_or_default())
    }

    /// Warns of what the service has refused.
    pub(super) fn rejections(&mut self) {
        for rejection in self.session.rejected().take() {
            let warning = Problem::new("01000", rejection.to_string());
            self.warn(&warning);
        }
    }
}
