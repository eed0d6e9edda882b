//! A metadata table as DataFusion sees it.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;

use super::asks::Asks;
use super::choice::{ModelChoice, chooses_models};
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

    /// Whether a filter chooses models, and is none of those that save more.
    fn is_chosen_by(&self, filter: &Expr) -> bool {
        matches!(self.definition.asks, Asks::Models(_))
            && chooses_models(filter)
            && translate(self.definition.columns, filter).is_none()
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
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let columns = self.definition.columns;
        let chooses = |filter: &&Expr| self.is_chosen_by(filter);
        let chosen_by: Vec<&Expr> = filters.iter().filter(chooses).collect();
        let filters = KeyFilters::new(columns, filters);
        let choice = ModelChoice::try_new(state, &chosen_by)?;
        let models = match self.definition.asks {
            Asks::Models(_) => {
                let models = self.scope.models(&filters).await.map_err(DataFusionError::from)?;
                Some(choice.retain(models)?.len())
            }
            Asks::Times(_) | Asks::Tenant(_) => None,
        };
        let all = || (0..columns.len()).collect();
        let scan = InformationScan {
            table: self.clone(),
            filters,
            choice,
            models,
            projection: projection.cloned().unwrap_or_else(all),
        };
        Ok(Arc::new(ScanExec::try_new(scan, &self.schema, projection, limit)?))
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(filters
            .iter()
            .map(|filter| {
                let is_key = translate(self.definition.columns, filter).is_some();
                match is_key || self.is_chosen_by(filter) {
                    true => TableProviderFilterPushDown::Exact,
                    false => TableProviderFilterPushDown::Unsupported,
                }
            })
            .collect())
    }
}
