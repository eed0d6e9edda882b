//! A statement: its text, what is bound to it, and its results.

mod execute;

use adbc_core::error::{Error, Result, Status};
use adbc_core::options::{OptionStatement, OptionValue};
use adbc_core::{CancelHandle, Optionable, PartitionedResult, Statement};
use anaplan_sql::Session;
use anaplan_sql::session::parameter::{Kind, Template};
use arrow::array::{RecordBatch, RecordBatchReader};
use arrow::datatypes::Schema;
use datafusion::sql::sqlparser::dialect::{GenericDialect, dialect_from_str};

use self::execute::{Opened, Work};
use crate::bound::Bound;
use crate::cancel::Cancel;
use crate::error::{guarded, invalid, invalid_state, not_implemented, told};
use crate::ingest::Ingest;
use crate::option::{number, unset, value_text};
use crate::reader::ready;
use crate::running::Running;
use crate::runtime::run;

/// Whether columns of bound rows are found by the names of parameters.
const BIND_BY_NAME: &str = "adbc.statement.bind_by_name";

/// A statement in SQL, or rows to load into a table.
///
/// Rows that are bound serve one execution.
#[derive(Debug)]
pub struct AnaplanStatement {
    session: Session,
    running: Running,
    cancel: Cancel,
    template: Option<Template>,
    bound: Option<Bound>,
    by_name: bool,
    ingest: Ingest,
}

impl AnaplanStatement {
    pub(crate) fn new(session: Session, running: Running) -> Self {
        Self {
            session,
            running,
            cancel: Cancel::default(),
            template: None,
            bound: None,
            by_name: false,
            ingest: Ingest::default(),
        }
    }

    fn template(&self) -> Result<&Template> {
        self.template.as_ref().ok_or_else(|| invalid_state("no statement is set"))
    }

    /// What an execution does. It takes the bound rows along.
    fn work(&mut self) -> Result<Work> {
        let bound = self.bound.take();
        if self.ingest.is_set() {
            let bound = bound.ok_or_else(|| invalid_state("no rows are bound"))?;
            let insert = self.ingest.insert(&self.session, &bound.schema())?;
            return Ok(Work::Insert { insert, bound });
        }
        let template = self.template()?.clone();
        let Some(bound) = bound else {
            return template.text().map(Work::Once).map_err(|error| told(&error));
        };
        match template.insert() {
            Some(insert) if !bound.is_one_row() && !self.by_name => {
                let given = bound.schema().fields().len();
                if template.count() != given {
                    let count = template.count();
                    let text =
                        format!("the statement has {count} parameters, and {given} are bound");
                    return Err(invalid(text));
                }
                Ok(Work::Insert { insert: insert.clone(), bound })
            }
            _ => Ok(Work::ForEach { template, bound, by_name: self.by_name }),
        }
    }

    fn open(&mut self) -> Result<Opened> {
        let kind = match self.ingest.is_set() {
            true => Kind::Change,
            false => self.template()?.kind(),
        };
        let work = self.work()?;
        let (session, cancel) = (self.session.clone(), self.cancel.listen());
        let opening = execute::open(session, work, kind, cancel.clone(), self.running.begin());
        run(cancel, opening)
    }

    fn set(&mut self, key: &OptionStatement, value: OptionValue) -> Result<()> {
        match key {
            OptionStatement::Other(name) if name == BIND_BY_NAME => {
                self.by_name = match value_text(name, value)?.as_str() {
                    "true" => true,
                    "false" => false,
                    _ => return Err(invalid(format!("option {BIND_BY_NAME} is true or false"))),
                };
                Ok(())
            }
            other => self.ingest.set(other, value),
        }
    }

    fn get(&self, key: &OptionStatement) -> Result<String> {
        match key {
            OptionStatement::Other(name) if name == BIND_BY_NAME => Ok(self.by_name.to_string()),
            other => self.ingest.get(other),
        }
    }
}

impl Optionable for AnaplanStatement {
    type Option = OptionStatement;

    fn set_option(&mut self, key: OptionStatement, value: OptionValue) -> Result<()> {
        guarded(|| self.set(&key, value))
    }

    fn get_option_string(&self, key: OptionStatement) -> Result<String> {
        guarded(|| self.get(&key))
    }

    fn get_option_bytes(&self, key: OptionStatement) -> Result<Vec<u8>> {
        Err(unset(key.as_ref()))
    }

    fn get_option_int(&self, key: OptionStatement) -> Result<i64> {
        guarded(|| number(key.as_ref(), &self.get(&key)?))
    }

    fn get_option_double(&self, key: OptionStatement) -> Result<f64> {
        guarded(|| number(key.as_ref(), &self.get(&key)?))
    }
}

impl Statement for AnaplanStatement {
    fn bind(&mut self, batch: RecordBatch) -> Result<()> {
        self.bound = Some(Bound::Batch(batch));
        Ok(())
    }

    fn bind_stream(&mut self, reader: Box<dyn RecordBatchReader + Send>) -> Result<()> {
        self.bound = Some(Bound::Stream(reader));
        Ok(())
    }

    /// Returns once the first rows are there. What changes something has then been done, to its end.
    /// With several rows bound, the statement runs for each of them, one after another; but an INSERT
    /// of nothing but its parameters inserts them all at once.
    fn execute(&mut self) -> Result<Box<dyn RecordBatchReader + Send + 'static>> {
        guarded(|| {
            Ok(match self.open()? {
                Opened::Stream(reader) => Box::new(reader),
                Opened::Whole(schema, batches) => ready(schema, batches),
            })
        })
    }

    /// The number of rows that the service has taken. That it has refused some is an error, of status
    /// Integrity: there is no other way to say it.
    fn execute_update(&mut self) -> Result<Option<i64>> {
        guarded(|| match self.open()? {
            Opened::Whole(_, batches) => execute::affected(&self.session, &batches),
            Opened::Stream(reader) => {
                for batch in reader {
                    let told = |error: arrow::error::ArrowError| {
                        Error::with_message_and_status(error.to_string(), Status::IO)
                    };
                    drop(batch.map_err(told)?);
                }
                Ok(None)
            }
        })
    }

    /// Plans the statement; nothing runs.
    fn execute_schema(&mut self) -> Result<Schema> {
        guarded(|| {
            let template = self.template()?;
            if template.kind() == Kind::Definition {
                // Planning it would do it. It gives no rows.
                return Ok(Schema::empty());
            }
            // A NULL has a place wherever a value has.
            let nothing = execute::nulls(template.count());
            let text = match template.count() {
                0 => template.text(),
                _ => template.with_row(&nothing.map_err(Error::from)?, 0, false),
            };
            let text = text.map_err(|error| told(&error))?;
            let session = self.session.clone();
            run(self.cancel.listen(), async move {
                let frame = session.sql(&text).await?;
                Ok(frame.schema().as_arrow().clone())
            })
        })
    }

    fn execute_partitions(&mut self) -> Result<PartitionedResult> {
        Err(not_implemented("results have no partitions"))
    }

    fn get_parameter_schema(&self) -> Result<Schema> {
        guarded(|| Ok(self.template()?.schema()))
    }

    /// Nothing is kept but the parameters that were found: names may mean something else the next
    /// time, and planning again costs no request.
    fn prepare(&mut self) -> Result<()> {
        guarded(|| self.template().map(drop))
    }

    fn set_sql_query(&mut self, query: impl AsRef<str>) -> Result<()> {
        guarded(|| {
            let state = self.session.context().state_ref();
            let dialect = state.read().config_options().sql_parser.dialect;
            let dialect = dialect_from_str(dialect).unwrap_or_else(|| Box::new(GenericDialect {}));
            let template = Template::parse(query.as_ref(), dialect.as_ref());
            self.template = Some(template.map_err(|error| told(&error))?);
            self.bound = None;
            self.ingest = Ingest::default();
            Ok(())
        })
    }

    fn set_substrait_plan(&mut self, _plan: impl AsRef<[u8]>) -> Result<()> {
        Err(not_implemented("plans in Substrait are not understood"))
    }

    fn get_cancel_handle(&self) -> Box<dyn CancelHandle> {
        Box::new(self.cancel.clone())
    }
}
