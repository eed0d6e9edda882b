//! The line items that a statement sets, and those that can't be.

use datafusion::logical_expr::{Expr, LogicalPlan};

use crate::client::model::{CellFormat, LineItem, LineItemId};
use crate::error::{Error, ErrorKind, Result};
use crate::names::{near, quoted};
use crate::table::CellKind;
use crate::table::module::{LineItemColumn, ModuleTable};
use crate::write::cast::words;

/// A line item that is set.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) id: LineItemId,
    /// The column's name.
    pub(super) name: String,
    pub(super) kind: CellKind,
    /// Whether its cells are always true or false.
    pub(super) is_boolean: bool,
}

/// The line items of these columns.
///
/// # Errors
/// When one of them can't be set, or is set twice.
pub(super) fn targets(table: &ModuleTable, columns: &[String]) -> Result<Vec<Target>> {
    let mut targets: Vec<Target> = Vec::new();
    for column in columns {
        let target = Target::find(table, column)?;
        if targets.iter().any(|known| known.name == target.name) {
            let text = format!("\"{column}\" is set twice");
            return Err(Error::new(ErrorKind::Query, text).with_hint("set it once"));
        }
        targets.push(target);
    }
    Ok(targets)
}

/// Checks that these columns can be set.
///
/// # Errors
/// As [`targets`].
pub(in crate::write) fn check(table: &ModuleTable, columns: &[String]) -> Result<()> {
    targets(table, columns).map(drop)
}

impl Target {
    /// The line item of this column.
    ///
    /// # Errors
    /// When it can't be set: dimensions, headings and what is calculated.
    fn find(table: &ModuleTable, column: &str) -> Result<Self> {
        let shape = table.shape();
        let Some(found) = shape.line_items.iter().find(|it| it.name == column) else {
            return Err(no_line_item(table, column));
        };
        let LineItemColumn { name, kind, item } = found;
        let refuse = |why: &str, hint: &str| {
            let text = format!("line item \"{name}\" of \"{}\" {why}", table.name());
            Err(Error::new(ErrorKind::Unsupported, text).with_hint(hint.to_owned()))
        };
        if item.format == Some(CellFormat::None) {
            return refuse("is a heading: its cells hold nothing", "set another line item");
        }
        if is_calculated(item) {
            return refuse(
                "is calculated, so that its cells can't be written",
                "write the line items that its formula reads: information.line_items shows it",
            );
        }
        Ok(Self {
            id: item.id.clone(),
            name: name.clone(),
            kind: *kind,
            is_boolean: item.format == Some(CellFormat::Boolean),
        })
    }
}

impl Target {
    /// Checks the new value in the rows of the statement, where it is the same for all of them.
    ///
    /// # Errors
    /// Kind [`Query`](ErrorKind::Query) when it doesn't fit the line item.
    pub(super) fn check(&self, rows: &LogicalPlan) -> Result<()> {
        let LogicalPlan::Projection(projection) = rows else { return Ok(()) };
        let place = rows.schema().index_of_column_by_name(None, &self.name);
        let Some(expr) = place.and_then(|place| projection.expr.get(place)) else { return Ok(()) };
        let Expr::Cast(cast) = expr.clone().unalias() else { return Ok(()) };
        let Expr::Literal(value, _) = cast.expr.as_ref() else { return Ok(()) };
        if value.cast_to(&self.kind.arrow()).is_ok() {
            return Ok(());
        }
        let (kind, example) = words(&self.kind.arrow());
        Err(Error::new(ErrorKind::Query, format!("the value for \"{}\" is not {kind}", self.name))
            .with_hint(format!("write it like {example}; NULL makes cells blank")))
    }
}

/// Whether no cell of a line item can be written. A formula may be for some versions only; what
/// can be written in the others, the service knows.
fn is_calculated(item: &LineItem) -> bool {
    let has_formula = item.formula.as_deref().is_some_and(|formula| !formula.trim().is_empty());
    let scope = item.formula_scope.as_deref().map(str::trim).unwrap_or_default();
    has_formula && (scope.is_empty() || scope.eq_ignore_ascii_case("All Versions"))
}

fn no_line_item(table: &ModuleTable, column: &str) -> Error {
    let (shape, module) = (table.shape(), table.name());
    if shape.dimensions.iter().any(|it| it.name == column)
        || shape.is_summary.as_deref() == Some(column)
    {
        let text =
            format!("\"{column}\" of \"{module}\" says where a cell stands: it can't be set");
        return Error::new(ErrorKind::Unsupported, text)
            .with_hint("SET takes line items; WHERE chooses cells by their dimensions");
    }
    let error =
        Error::new(ErrorKind::NotFound, format!("\"{module}\" has no line item \"{column}\""));
    let alike = |name: &str| name.to_lowercase() == column.to_lowercase();
    if let Some(other) = shape.others.iter().find(|other| alike(&other.name)) {
        return error.with_hint(format!(
            "it extends over other dimensions than the module, and has a table of its own: UPDATE \
             \"Modules.{module}.{}\"",
            other.name
        ));
    }
    let names = shape.line_items.iter().map(|it| it.name.as_str());
    let near = near(column, names);
    if near.is_empty() {
        return error.with_hint("DESCRIBE the table, or \\d it, to see its columns");
    }
    error.with_hint(format!("did you mean {}?", quoted(near)))
}
