//! PostgreSQL's functions about the catalog, and about the connection.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::Array;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::execution::FunctionRegistry;
use datafusion::execution::SessionState;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature,
    Volatility,
};

use super::snapshot::{Snapshot, Table};
use super::tables;
use crate::postgres::value::{TYPES, type_named};
use crate::procedure::PROCEDURES;

/// What a function gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gives {
    Text,
    Number,
    Truth,
    Texts,
}

/// What does a function's work.
type Work = fn(&Snapshot, &Arguments<'_>) -> Option<Given>;

/// A value of a function.
enum Given {
    Text(String),
    Number(i64),
    Truth(bool),
    Texts(Vec<String>),
}

/// What a function is called with.
struct Arguments<'a>(&'a [ScalarValue]);

impl Arguments<'_> {
    fn text(&self, place: usize) -> Option<String> {
        match self.0.get(place)? {
            ScalarValue::Utf8(text)
            | ScalarValue::LargeUtf8(text)
            | ScalarValue::Utf8View(text) => text.clone(),
            other if other.is_null() => None,
            other => Some(other.to_string()),
        }
    }

    fn number(&self, place: usize) -> Option<i64> {
        match self.0.get(place)?.cast_to(&DataType::Int64) {
            Ok(ScalarValue::Int64(number)) => number,
            _ => None,
        }
    }

    fn truth(&self, place: usize) -> bool {
        matches!(self.0.get(place), Some(ScalarValue::Boolean(Some(true))))
    }

    fn length(&self, place: usize) -> Option<i64> {
        match self.0.get(place)? {
            ScalarValue::List(list) if list.is_valid(0) => {
                i64::try_from(list.value(0).len()).ok().filter(|length| *length > 0)
            }
            _ => None,
        }
    }
}

const fn f(name: &'static str, gives: Gives, work: Work) -> (&'static str, Gives, Work) {
    (name, gives, work)
}

fn text(text: impl Into<String>) -> Option<Given> {
    Some(Given::Text(text.into()))
}

fn user(snapshot: &Snapshot, _: &Arguments<'_>) -> Option<Given> {
    text(&snapshot.whom.user)
}

fn database(snapshot: &Snapshot, _: &Arguments<'_>) -> Option<Given> {
    text(&snapshot.database)
}

fn yes(_: &Snapshot, _: &Arguments<'_>) -> Option<Given> {
    Some(Given::Truth(true))
}

fn no(_: &Snapshot, _: &Arguments<'_>) -> Option<Given> {
    Some(Given::Truth(false))
}

fn none(_: &Snapshot, _: &Arguments<'_>) -> Option<Given> {
    None
}

fn nought(_: &Snapshot, _: &Arguments<'_>) -> Option<Given> {
    Some(Given::Number(0))
}

fn length(_: &Snapshot, arguments: &Arguments<'_>) -> Option<Given> {
    arguments.length(0).map(Given::Number)
}

fn type_name(oid: i64) -> Option<String> {
    let oid = u32::try_from(oid).ok()?;
    let element = TYPES.iter().find(|row| row.array == oid && oid != 0);
    match (TYPES.iter().find(|row| row.oid == oid), element) {
        (Some(row), _) => Some(row.sql.to_owned()),
        (None, Some(element)) => Some(format!("{}[]", element.sql)),
        _ => None,
    }
}

fn quoted(name: &str) -> String {
    let is_plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if is_plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// The name of a table as a statement of this connection would have to write it.
fn table_name(snapshot: &Snapshot, table: &Table) -> String {
    if table.schema.1 == snapshot.default {
        return quoted(&table.name);
    }
    format!("{}.{}", quoted(&table.schema.1), quoted(&table.name))
}

fn class_name(snapshot: &Snapshot, arguments: &Arguments<'_>) -> Option<Given> {
    let oid = arguments.number(0)?;
    match snapshot.table(oid) {
        Some(table) => text(table_name(snapshot, table)),
        None if oid == 0 => text("-"),
        None => text(oid.to_string()),
    }
}

fn is_visible(snapshot: &Snapshot, arguments: &Arguments<'_>) -> Option<Given> {
    let table = snapshot.table(arguments.number(0)?);
    Some(Given::Truth(table.is_none_or(|table| table.schema.1 == snapshot.default)))
}

fn description(snapshot: &Snapshot, arguments: &Arguments<'_>) -> Option<Given> {
    text(snapshot.table(arguments.number(0)?)?.doc?)
}

fn column_description(snapshot: &Snapshot, arguments: &Arguments<'_>) -> Option<Given> {
    let columns = snapshot.table(arguments.number(0)?)?.columns.as_ref()?;
    let place = usize::try_from(arguments.number(1)? - 1).ok()?;
    text(columns.get(place)?.doc?)
}

fn parameters(_: &Snapshot, arguments: &Arguments<'_>) -> Option<Given> {
    let place = usize::try_from(arguments.number(0)? - tables::FIRST_PROCEDURE).ok()?;
    let parameters = PROCEDURES.get(place)?.parameters();
    text(parameters.map(|it| format!("{} text", quoted(it.name))).collect::<Vec<_>>().join(", "))
}

/// Every function.
static FUNCTIONS: &[(&str, Gives, Work)] = &[
    f("version", Gives::Text, |_, _| {
        let own = env!("CARGO_PKG_VERSION");
        text(format!("PostgreSQL {} (anaplan-sql {own})", crate::postgres::setting::VERSION))
    }),
    f("current_database", Gives::Text, database),
    f("current_catalog", Gives::Text, database),
    f("current_schema", Gives::Text, |snapshot, _| text(&snapshot.default)),
    f("current_schemas", Gives::Texts, |snapshot, arguments| {
        let implicit = arguments.truth(0).then(|| super::PG_CATALOG.to_owned());
        Some(Given::Texts(implicit.into_iter().chain([snapshot.default.clone()]).collect()))
    }),
    f("current_user", Gives::Text, user),
    f("current_role", Gives::Text, user),
    f("session_user", Gives::Text, user),
    f("user", Gives::Text, user),
    f("pg_get_userbyid", Gives::Text, user),
    f("pg_table_is_visible", Gives::Truth, is_visible),
    f("pg_function_is_visible", Gives::Truth, yes),
    f("pg_type_is_visible", Gives::Truth, yes),
    f("pg_operator_is_visible", Gives::Truth, yes),
    f("pg_collation_is_visible", Gives::Truth, yes),
    f("pg_opclass_is_visible", Gives::Truth, yes),
    f("format_type", Gives::Text, |_, arguments| {
        text(type_name(arguments.number(0)?).unwrap_or_else(|| "???".to_owned()))
    }),
    f("regtype_name", Gives::Text, |_, arguments| {
        text(type_name(arguments.number(0)?).unwrap_or_else(|| "-".to_owned()))
    }),
    f("regclass_name", Gives::Text, class_name),
    f("regproc_name", Gives::Text, |_, arguments| {
        let oid = arguments.number(0)?;
        text(tables::function_name(oid).unwrap_or_else(|| "-".to_owned()))
    }),
    f("regnamespace_name", Gives::Text, |snapshot, arguments| {
        let oid = arguments.number(0)?;
        text(snapshot.schemas.iter().find(|(other, _)| *other == oid).map(|it| quoted(&it.1))?)
    }),
    f("to_regclass", Gives::Number, |snapshot, arguments| {
        snapshot.named(&arguments.text(0)?).map(|table| Given::Number(table.oid))
    }),
    f("to_regtype", Gives::Number, |_, arguments| {
        type_named(&arguments.text(0)?).map(|row| Given::Number(i64::from(row.oid)))
    }),
    f("to_regnamespace", Gives::Number, |snapshot, arguments| {
        snapshot.schema(&arguments.text(0)?).map(Given::Number)
    }),
    f("pg_get_expr", Gives::Text, none),
    f("pg_get_viewdef", Gives::Text, none),
    f("pg_get_indexdef", Gives::Text, none),
    f("pg_get_constraintdef", Gives::Text, none),
    f("pg_get_ruledef", Gives::Text, none),
    f("pg_get_triggerdef", Gives::Text, none),
    f("pg_get_partkeydef", Gives::Text, none),
    f("pg_get_serial_sequence", Gives::Text, none),
    f("pg_get_functiondef", Gives::Text, none),
    f("pg_get_function_sqlbody", Gives::Text, none),
    f("pg_get_function_arg_default", Gives::Text, none),
    f("pg_get_function_result", Gives::Text, |_, _| text("record")),
    f("pg_get_function_arguments", Gives::Text, parameters),
    f("pg_get_function_identity_arguments", Gives::Text, parameters),
    f("obj_description", Gives::Text, description),
    f("col_description", Gives::Text, column_description),
    f("shobj_description", Gives::Text, none),
    f("pg_encoding_to_char", Gives::Text, |_, _| text("UTF8")),
    f("pg_char_to_encoding", Gives::Number, |_, _| Some(Given::Number(6))),
    f("pg_client_encoding", Gives::Text, |_, _| text("UTF8")),
    f("pg_relation_is_publishable", Gives::Truth, no),
    f("pg_is_in_recovery", Gives::Truth, no),
    f("pg_is_other_temp_schema", Gives::Truth, no),
    f("pg_jit_available", Gives::Truth, no),
    f("has_table_privilege", Gives::Truth, yes),
    f("has_any_column_privilege", Gives::Truth, yes),
    f("has_column_privilege", Gives::Truth, yes),
    f("has_schema_privilege", Gives::Truth, yes),
    f("has_database_privilege", Gives::Truth, yes),
    f("has_function_privilege", Gives::Truth, yes),
    f("has_sequence_privilege", Gives::Truth, yes),
    f("has_tablespace_privilege", Gives::Truth, yes),
    f("has_type_privilege", Gives::Truth, yes),
    f("pg_has_role", Gives::Truth, yes),
    f("row_security_active", Gives::Truth, no),
    f("pg_backend_pid", Gives::Number, |snapshot, _| {
        Some(Given::Number(i64::from(snapshot.whom.process)))
    }),
    f("pg_advisory_unlock_all", Gives::Text, none),
    f("pg_my_temp_schema", Gives::Number, nought),
    f("txid_current", Gives::Number, nought),
    f("pg_table_size", Gives::Number, nought),
    f("pg_relation_size", Gives::Number, nought),
    f("pg_total_relation_size", Gives::Number, nought),
    f("pg_indexes_size", Gives::Number, nought),
    f("pg_database_size", Gives::Number, nought),
    f("pg_tablespace_size", Gives::Number, nought),
    f("pg_stat_get_numscans", Gives::Number, nought),
    f("pg_size_pretty", Gives::Text, |_, _| text("0 bytes")),
    f("pg_tablespace_location", Gives::Text, |_, _| text("")),
    f("pg_get_statisticsobjdef_columns", Gives::Text, none),
    f("inet_server_addr", Gives::Text, none),
    f("inet_server_port", Gives::Number, none),
    f("inet_client_addr", Gives::Text, none),
    f("inet_client_port", Gives::Number, none),
    f("array_upper", Gives::Number, length),
    f("array_lower", Gives::Number, |_, arguments| arguments.length(0).map(|_| Given::Number(1))),
    f("quote_ident", Gives::Text, |_, arguments| text(quoted(&arguments.text(0)?))),
    f("quote_literal", Gives::Text, |_, arguments| {
        text(format!("'{}'", arguments.text(0)?.replace('\'', "''")))
    }),
    f("current_setting", Gives::Text, |snapshot, arguments| {
        text(snapshot.whom.settings.get(&arguments.text(0)?)?)
    }),
    f("set_config", Gives::Text, |_, arguments| text(arguments.text(1)?)),
];

/// Whether PostgreSQL has a function of this name that others here haven't.
pub(super) fn is_function(name: &str) -> bool {
    // What DataFusion or Anaplan's statements have too makes no statement one about the catalog.
    !matches!(name, "user" | "array_upper" | "array_lower")
        && FUNCTIONS.iter().any(|(known, ..)| *known == name)
}

/// Makes the functions known.
pub(super) fn register(state: &mut SessionState, snapshot: &Arc<Snapshot>) -> Result<()> {
    let kinds = vec![TypeSignature::Nullary, TypeSignature::VariadicAny];
    for (name, gives, work) in FUNCTIONS {
        let function = CatalogFunction {
            name,
            gives: *gives,
            work: *work,
            snapshot: Arc::clone(snapshot),
            signature: Signature::one_of(kinds.clone(), Volatility::Stable),
        };
        state.register_udf(Arc::new(ScalarUDF::from(function)))?;
    }
    Ok(())
}

struct CatalogFunction {
    name: &'static str,
    gives: Gives,
    work: Work,
    snapshot: Arc<Snapshot>,
    signature: Signature,
}

impl std::fmt::Debug for CatalogFunction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl PartialEq for CatalogFunction {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && Arc::ptr_eq(&self.snapshot, &other.snapshot)
    }
}

impl Eq for CatalogFunction {}

impl Hash for CatalogFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for CatalogFunction {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(match self.gives {
            Gives::Text => DataType::Utf8,
            Gives::Number => DataType::Int64,
            Gives::Truth => DataType::Boolean,
            Gives::Texts => DataType::new_list(DataType::Utf8, true),
        })
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = arguments.args.iter().map(|it| it.to_array(arguments.number_rows));
        let arrays = arrays.collect::<Result<Vec<_>>>()?;
        let is_one = arrays.is_empty();
        let rows = if is_one { 1 } else { arguments.number_rows };
        let mut given = Vec::with_capacity(rows);
        for row in 0..rows {
            let values = arrays.iter().map(|array| ScalarValue::try_from_array(array, row));
            let values = values.collect::<Result<Vec<_>>>()?;
            given.push(self.scalar((self.work)(&self.snapshot, &Arguments(&values))));
        }
        match given.as_slice() {
            [one] if is_one => Ok(ColumnarValue::Scalar(one.clone())),
            [] => Ok(ColumnarValue::Array(datafusion::arrow::array::new_empty_array(
                arguments.return_field.data_type(),
            ))),
            _ => Ok(ColumnarValue::Array(ScalarValue::iter_to_array(given)?)),
        }
    }
}

impl CatalogFunction {
    fn scalar(&self, given: Option<Given>) -> ScalarValue {
        match (self.gives, given) {
            (Gives::Text, Some(Given::Text(text))) => ScalarValue::Utf8(Some(text)),
            (Gives::Text, _) => ScalarValue::Utf8(None),
            (Gives::Number, Some(Given::Number(number))) => ScalarValue::Int64(Some(number)),
            (Gives::Number, _) => ScalarValue::Int64(None),
            (Gives::Truth, Some(Given::Truth(truth))) => ScalarValue::Boolean(Some(truth)),
            (Gives::Truth, _) => ScalarValue::Boolean(None),
            (Gives::Texts, given) => {
                let texts = match given {
                    Some(Given::Texts(texts)) => texts,
                    _ => Vec::new(),
                };
                let texts: Vec<_> =
                    texts.into_iter().map(|it| ScalarValue::Utf8(Some(it))).collect();
                ScalarValue::List(ScalarValue::new_list_nullable(&texts, &DataType::Utf8))
            }
        }
    }
}
