//! A metadata table as DataFusion sees it.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;

use super::filter::{KeyFilters, translate};
use super::scan::InformationScan;
use super::{Scope, TableDefinition};
use crate::table::scan::ScanExec;

/// A metadata table over a part of the tenant.
#[derive(Debug, Clone)]
pub struct InformationTable {
    definition: &'static TableDefinition,
    scope: Scope,
    schema: SchemaRef,
}

impl InformationTable {
    /// A table of this definition.
    pub fn new(definition: &'static TableDefinition, scope: Scope) -> Self {
        let fields: Vec<Field> = definition.columns.iter().map(|c| c.field()).collect();
        Self { definition, scope, schema: Arc::new(Schema::new(fields)) }
    }

    pub(super) fn definition(&self) -> &'static TableDefinition {
        self.definition
    }

    pub(super) fn scope(&self) -> &Scope {
        &self.scope
    }
}

#[async_trait]
impl TableProvider for InformationTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    async fn scan(
        &self,
        _state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let filters = KeyFilters::new(self.definition.columns, filters);
        let scan = InformationScan { table: self.clone(), filters };
        Ok(Arc::new(ScanExec::try_new(scan, &self.schema, projection, limit)?))
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(filters
            .iter()
            .map(|filter| match translate(self.definition.columns, filter) {
                Some(_) => TableProviderFilterPushDown::Exact,
                None => TableProviderFilterPushDown::Unsupported,
            })
            .collect())
    }
}
