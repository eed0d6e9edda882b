//! Imports as tables that can only be written: `INSERT INTO "Imports.Load Products" SELECT …`.
//!
//! The columns are those of the file that the import reads. What becomes of the rows, the import
//! says: it may fill a list, or cells, or several of both.

mod form;

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;

pub(crate) use form::{FileForm, TextEncoding};

use super::Connection;
use super::module::unique;
use crate::client::model::{FileId, Import, Model};
use crate::error::{Error, ErrorKind, Result};
use crate::http::Observer;

/// An import that reads a file.
#[derive(Debug, Clone)]
pub(crate) struct ImportTable(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    connection: Connection,
    model: Arc<Model>,
    import: Import,
    file: FileId,
    form: Arc<FileForm>,
    schema: SchemaRef,
}

impl ImportTable {
    /// Reads the columns; one request.
    ///
    /// # Errors
    /// Kind [`Unsupported`](ErrorKind::Unsupported) when it reads no file, or one that can't be
    /// written; else as every call.
    pub(crate) async fn open(
        connection: Connection,
        model: Arc<Model>,
        import: &Import,
        observer: &dyn Observer,
    ) -> Result<Self> {
        let name = &import.name;
        let metadata =
            connection.client.import_metadata(&model.id, &import.id, observer).await.map_err(
                |error| error.context(format!("the columns of import \"{name}\" can't be read")),
            )?;
        let is_file = metadata.source_type.as_deref().is_none_or(|it| it == "FILE");
        let file = import.import_data_source_id.as_deref().filter(|id| !id.is_empty());
        let (Some(source), Some(file), true) = (metadata.source, file, is_file) else {
            let text = format!("import \"{name}\" takes no rows: it does not read a file");
            return Err(Error::new(ErrorKind::Unsupported, text)
                .with_hint("run it as it is: CALL RunImport(Import => …)"));
        };
        let form = FileForm::try_new(&source).map_err(|error| {
            let hint = error.hint().unwrap_or(BY_FILE).to_owned();
            let text = format!("import \"{name}\" takes no rows: {error}");
            Error::new(error.kind(), text).with_hint(hint)
        })?;
        if form.names.is_empty() {
            let text = format!(
                "import \"{name}\" takes no rows: the service does not know the columns of its file"
            );
            return Err(Error::new(ErrorKind::Unsupported, text).with_hint(BY_FILE));
        }
        let mut taken = HashSet::new();
        let fields = form
            .names
            .iter()
            .map(|name| Field::new(unique(name, "column", &mut taken), DataType::Utf8, true));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let (import, file, form) = (import.clone(), FileId::from(file), Arc::new(form));
        Ok(Self(Arc::new(Inner { connection, model, import, file, form, schema })))
    }

    /// The import's name.
    pub(crate) fn name(&self) -> &str {
        &self.0.import.name
    }

    /// The import.
    pub(crate) fn import(&self) -> &Import {
        &self.0.import
    }

    /// The model that it belongs to.
    pub(crate) fn model(&self) -> &Arc<Model> {
        &self.0.model
    }

    /// The file that it reads.
    pub(crate) fn file(&self) -> &FileId {
        &self.0.file
    }

    /// The form of that file.
    pub(crate) fn form(&self) -> &Arc<FileForm> {
        &self.0.form
    }

    /// Its columns: those of the file.
    pub(crate) fn columns(&self) -> SchemaRef {
        Arc::clone(&self.0.schema)
    }

    /// The way to the service.
    pub(crate) fn connection(&self) -> &Connection {
        &self.0.connection
    }
}

/// The way around what INSERT can't do.
const BY_FILE: &str =
    "write the file yourself and run CALL RunImport(Import => …, InputFile => 'path')";

#[async_trait]
impl TableProvider for ImportTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.0.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _state: &dyn Session,
        _projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> datafusion::error::Result<Arc<dyn ExecutionPlan>> {
        let text = format!("import \"{}\" can't be read: rows only go into it", self.name());
        let error = Error::new(ErrorKind::Unsupported, text)
            .with_hint("read the list or module that it fills: SHOW TABLES lists them");
        Err(error.into())
    }
}
