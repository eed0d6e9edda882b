//! The tables of `pg_catalog`.

use super::definition::{As, Definition, Row, Value};
use super::snapshot::{Snapshot, Table};
use super::{PG_CATALOG, absent};
use crate::postgres::value::{TYPES, TypeRow};
use crate::procedure::PROCEDURES;

/// The only role, as PostgreSQL numbers its first.
const OWNER: u32 = 10;
/// The schema of the catalog.
const CATALOG: u32 = 11;
/// The number of the first function of a type; each has four.
const FIRST_FUNCTION: i64 = 14_000;
/// The number of the first procedure.
pub(super) const FIRST_PROCEDURE: i64 = 15_000;
/// The only access method.
const HEAP: u32 = 2;
/// The only collation.
const COLLATION: u32 = 100;

fn databases(snapshot: &Snapshot) -> Vec<Row> {
    let row = |name: &String| {
        vec![
            ("oid", snapshot.whom.oids.of("database", &[name]).into()),
            ("datname", name.clone().into()),
            ("datdba", OWNER.into()),
            ("encoding", 6_i64.into()),
            ("datlocprovider", "c".into()),
            ("datallowconn", true.into()),
            ("datconnlimit", (-1_i64).into()),
            ("dattablespace", 1663_u32.into()),
            ("datcollate", "C".into()),
            ("datctype", "C.UTF-8".into()),
        ]
    };
    snapshot.databases.iter().map(row).collect()
}

fn namespaces(snapshot: &Snapshot) -> Vec<Row> {
    let row = |(oid, name): &(i64, String)| {
        vec![("oid", (*oid).into()), ("nspname", name.clone().into()), ("nspowner", OWNER.into())]
    };
    snapshot.schemas.iter().map(row).collect()
}

/// The number of a table of the catalog, as PostgreSQL has it where clients know it.
pub(super) fn class(name: &str) -> Option<i64> {
    Some(match name {
        "pg_type" => 1247,
        "pg_attribute" => 1249,
        "pg_proc" => 1255,
        "pg_class" => 1259,
        "pg_database" => 1262,
        "pg_constraint" => 2606,
        "pg_namespace" => 2615,
        "pg_trigger" => 2620,
        "pg_rewrite" => 2618,
        "pg_extension" => 3079,
        "pg_authid" => 1260,
        _ => {
            let place = all().position(|it| it.name == name)?;
            13_100 + i64::try_from(place).ok()?
        }
    })
}

fn classes(snapshot: &Snapshot) -> Vec<Row> {
    let row = |table: &Table| {
        let columns = table.columns.as_ref().map_or(0, Vec::len);
        vec![
            ("oid", table.oid.into()),
            ("relname", table.name.clone().into()),
            ("relnamespace", table.schema.0.into()),
            ("relowner", OWNER.into()),
            ("relam", (if table.is_view { 0 } else { HEAP }).into()),
            ("relpersistence", "p".into()),
            ("relkind", (if table.is_view { "v" } else { "r" }).into()),
            ("relnatts", i64::try_from(columns).unwrap_or_default().into()),
            ("relispopulated", true.into()),
            ("relreplident", "n".into()),
        ]
    };
    let own = all().filter_map(|it| {
        Some(vec![
            ("oid", class(it.name)?.into()),
            ("relname", it.name.into()),
            ("relnamespace", CATALOG.into()),
            ("relowner", OWNER.into()),
            ("relam", HEAP.into()),
            ("relpersistence", "p".into()),
            ("relkind", "r".into()),
            ("relispopulated", true.into()),
            ("relreplident", "n".into()),
        ])
    });
    snapshot.tables.iter().map(row).chain(own).collect()
}

fn attributes(snapshot: &Snapshot) -> Vec<Row> {
    let mut rows = Vec::new();
    for table in &snapshot.tables {
        for (number, column) in (1_i64..).zip(table.columns.iter().flatten()) {
            let oid = column.kind.oid();
            let is_text = oid == 25;
            rows.push(vec![
                ("attrelid", table.oid.into()),
                ("attname", column.name.clone().into()),
                ("atttypid", oid.into()),
                ("attlen", i64::from(column.kind.size()).into()),
                ("attnum", number.into()),
                ("attcacheoff", (-1_i64).into()),
                ("atttypmod", (-1_i64).into()),
                ("attbyval", (1..=8).contains(&column.kind.size()).into()),
                ("attalign", "i".into()),
                ("attstorage", (if is_text { "x" } else { "p" }).into()),
                ("attislocal", true.into()),
                ("attstattarget", (-1_i64).into()),
                ("attcollation", (if is_text { COLLATION } else { 0 }).into()),
            ]);
        }
    }
    rows
}

/// The number of one of a type's functions.
fn function(place: usize, which: i64) -> Value {
    (FIRST_FUNCTION + 4 * i64::try_from(place).unwrap_or_default() + which).into()
}

/// The ends of their names: what reads and writes texts, and bytes.
const ENDS: [&str; 4] = ["in", "out", "recv", "send"];

/// The name of a function by its number.
pub(super) fn function_name(oid: i64) -> Option<String> {
    let place = usize::try_from(oid - FIRST_FUNCTION).ok()?;
    let end = ENDS[place % 4];
    match place / 4 {
        0 => Some(format!("array_{end}")),
        place => Some(format!("{}{end}", TYPES.get(place - 1)?.functions)),
    }
}

/// The number of a procedure.
pub(super) fn procedure_named(name: &str) -> Option<i64> {
    let place = PROCEDURES.iter().position(|it| it.name.eq_ignore_ascii_case(name))?;
    Some(FIRST_PROCEDURE + i64::try_from(place).ok()?)
}

fn types(_: &Snapshot) -> Vec<Row> {
    let mut rows = Vec::new();
    for (place, row) in (1..).zip(TYPES) {
        rows.push(type_row(row, row.oid, place));
        if row.array != 0 {
            rows.push(type_row(row, row.array, 0));
        }
    }
    rows
}

/// A type, or its arrays.
fn type_row(row: &TypeRow, oid: u32, functions: usize) -> Row {
    let is_array = oid != row.oid;
    let size = if is_array { -1 } else { row.size };
    let name = if is_array { format!("_{}", row.name) } else { row.name.to_owned() };
    let element = match row.name {
        _ if is_array => row.oid,
        "int2vector" => 21,
        "oidvector" => 26,
        _ => 0,
    };
    vec![
        ("oid", oid.into()),
        ("typname", name.into()),
        ("typnamespace", CATALOG.into()),
        ("typowner", OWNER.into()),
        ("typlen", i64::from(size).into()),
        ("typbyval", (1..=8).contains(&size).into()),
        ("typtype", (if row.category == "P" && !is_array { "p" } else { "b" }).into()),
        ("typcategory", (if is_array { "A" } else { row.category }).into()),
        ("typispreferred", ["text", "float8", "bool"].contains(&row.name).into()),
        ("typisdefined", true.into()),
        ("typdelim", ",".into()),
        ("typelem", element.into()),
        ("typarray", (if is_array { 0 } else { row.array }).into()),
        ("typinput", function(functions, 0)),
        ("typoutput", function(functions, 1)),
        ("typreceive", function(functions, 2)),
        ("typsend", function(functions, 3)),
        ("typalign", "i".into()),
        ("typstorage", (if size < 0 { "x" } else { "p" }).into()),
        ("typtypmod", (-1_i64).into()),
        ("typcollation", (if row.category == "S" { COLLATION } else { 0 }).into()),
    ]
}

fn procedures(snapshot: &Snapshot) -> Vec<Row> {
    let own = snapshot.schema(&snapshot.default).unwrap_or_default();
    let row = |oid: i64, name: String, schema: Value, kind: &'static str, count: usize| {
        let count = i64::try_from(count).unwrap_or_default();
        vec![
            ("oid", oid.into()),
            ("proname", name.into()),
            ("pronamespace", schema),
            ("proowner", OWNER.into()),
            ("prolang", 12_u32.into()),
            ("prokind", kind.into()),
            ("proretset", (kind == "p").into()),
            ("provolatile", "v".into()),
            ("proparallel", "u".into()),
            ("pronargs", count.into()),
            ("prorettype", 2249_u32.into()),
            ("proargtypes", Value::Ints(vec![25; usize::try_from(count).unwrap_or_default()])),
        ]
    };
    let procedures = (FIRST_PROCEDURE..).zip(PROCEDURES).map(|(oid, procedure)| {
        row(oid, procedure.name.to_owned(), own.into(), "p", procedure.parameters().count())
    });
    let functions = (FIRST_FUNCTION..)
        .map_while(|oid| Some(row(oid, function_name(oid)?, CATALOG.into(), "f", 1)));
    procedures.chain(functions).collect()
}

fn access_methods(_: &Snapshot) -> Vec<Row> {
    vec![vec![("oid", HEAP.into()), ("amname", "heap".into()), ("amtype", "t".into())]]
}

fn languages(_: &Snapshot) -> Vec<Row> {
    vec![vec![("oid", 12_u32.into()), ("lanname", "internal".into()), ("lanowner", OWNER.into())]]
}

fn tablespaces(_: &Snapshot) -> Vec<Row> {
    vec![vec![
        ("oid", 1663_u32.into()),
        ("spcname", "pg_default".into()),
        ("spcowner", OWNER.into()),
    ]]
}

fn roles(snapshot: &Snapshot) -> Vec<Row> {
    vec![vec![
        ("oid", OWNER.into()),
        ("rolname", snapshot.whom.user.clone().into()),
        ("rolinherit", true.into()),
        ("rolcanlogin", true.into()),
        ("rolconnlimit", (-1_i64).into()),
    ]]
}

fn users(snapshot: &Snapshot) -> Vec<Row> {
    vec![vec![("usename", snapshot.whom.user.clone().into()), ("usesysid", OWNER.into())]]
}

fn settings(snapshot: &Snapshot) -> Vec<Row> {
    let row = |(name, value): (&'static str, String)| {
        vec![
            ("name", name.into()),
            ("setting", value.clone().into()),
            ("context", "user".into()),
            ("vartype", "string".into()),
            ("source", "session".into()),
            ("boot_val", value.clone().into()),
            ("reset_val", value.into()),
        ]
    };
    snapshot.whom.settings.all().map(row).collect()
}

fn table_names(snapshot: &Snapshot) -> Vec<Row> {
    let tables = snapshot.tables.iter().filter(|table| !table.is_view);
    let own = tables.map(|table| (table.schema.1.as_str(), table.name.as_str()));
    let catalog = all().map(|it| (PG_CATALOG, it.name));
    let row = |(schema, name): (&str, &str)| {
        vec![
            ("schemaname", schema.into()),
            ("tablename", name.into()),
            ("tableowner", snapshot.whom.user.clone().into()),
        ]
    };
    own.chain(catalog).map(row).collect()
}

/// Every table.
pub(super) fn all() -> impl Iterator<Item = &'static Definition> {
    TABLES.iter().chain(absent::TABLES)
}

/// Those that have rows.
#[rustfmt::skip]
static TABLES: &[Definition] = &[
    Definition { name: "pg_database", rows: Some(databases), columns: &[
        ("oid", As::Oid), ("datname", As::Name), ("datdba", As::Oid), ("encoding", As::Int4),
        ("datlocprovider", As::Char), ("datistemplate", As::Bool), ("datallowconn", As::Bool),
        ("datconnlimit", As::Int4), ("datfrozenxid", As::Oid), ("datminmxid", As::Oid),
        ("dattablespace", As::Oid), ("datcollate", As::Text), ("datctype", As::Text),
        ("daticulocale", As::Text), ("daticurules", As::Text), ("datcollversion", As::Text),
        ("datacl", As::Texts)
    ] },
    Definition { name: "pg_namespace", rows: Some(namespaces), columns: &[
        ("oid", As::Oid), ("nspname", As::Name), ("nspowner", As::Oid), ("nspacl", As::Texts)
    ] },
    Definition { name: "pg_class", rows: Some(classes), columns: &[
        ("oid", As::Oid), ("relname", As::Name), ("relnamespace", As::Oid), ("reltype", As::Oid),
        ("reloftype", As::Oid), ("relowner", As::Oid), ("relam", As::Oid), ("relfilenode", As::Oid),
        ("reltablespace", As::Oid), ("relpages", As::Int4), ("reltuples", As::Float),
        ("relallvisible", As::Int4), ("reltoastrelid", As::Oid), ("relhasindex", As::Bool),
        ("relisshared", As::Bool), ("relpersistence", As::Char), ("relkind", As::Char), ("relnatts",
        As::Int2), ("relchecks", As::Int2), ("relhasrules", As::Bool), ("relhastriggers", As::Bool),
        ("relhassubclass", As::Bool), ("relrowsecurity", As::Bool), ("relforcerowsecurity",
        As::Bool), ("relispopulated", As::Bool), ("relreplident", As::Char), ("relispartition",
        As::Bool), ("relrewrite", As::Oid), ("relfrozenxid", As::Oid), ("relminmxid", As::Oid),
        ("relacl", As::Texts), ("reloptions", As::Texts), ("relpartbound", As::Text), ("relhasoids",
        As::Bool), ("xmin", As::Oid)
    ] },
    Definition { name: "pg_attribute", rows: Some(attributes), columns: &[
        ("attrelid", As::Oid), ("attname", As::Name), ("atttypid", As::Oid), ("attlen", As::Int2),
        ("attnum", As::Int2), ("attcacheoff", As::Int4), ("atttypmod", As::Int4), ("attndims",
        As::Int2), ("attbyval", As::Bool), ("attalign", As::Char), ("attstorage", As::Char),
        ("attcompression", As::Char), ("attnotnull", As::Bool), ("atthasdef", As::Bool),
        ("atthasmissing", As::Bool), ("attidentity", As::Char), ("attgenerated", As::Char),
        ("attisdropped", As::Bool), ("attislocal", As::Bool), ("attinhcount", As::Int2),
        ("attstattarget", As::Int2), ("attcollation", As::Oid), ("attacl", As::Texts),
        ("attoptions", As::Texts), ("attfdwoptions", As::Texts), ("attmissingval", As::Text)
    ] },
    Definition { name: "pg_type", rows: Some(types), columns: &[
        ("oid", As::Oid), ("typname", As::Name), ("typnamespace", As::Oid), ("typowner", As::Oid),
        ("typlen", As::Int2), ("typbyval", As::Bool), ("typtype", As::Char), ("typcategory",
        As::Char), ("typispreferred", As::Bool), ("typisdefined", As::Bool), ("typdelim", As::Char),
        ("typrelid", As::Oid), ("typsubscript", As::Oid), ("typelem", As::Oid), ("typarray",
        As::Oid), ("typinput", As::Oid), ("typoutput", As::Oid), ("typreceive", As::Oid),
        ("typsend", As::Oid), ("typmodin", As::Oid), ("typmodout", As::Oid), ("typanalyze",
        As::Oid), ("typalign", As::Char), ("typstorage", As::Char), ("typnotnull", As::Bool),
        ("typbasetype", As::Oid), ("typtypmod", As::Int4), ("typndims", As::Int4), ("typcollation",
        As::Oid), ("typdefaultbin", As::Text), ("typdefault", As::Text), ("typacl", As::Texts)
    ] },
    Definition { name: "pg_proc", rows: Some(procedures), columns: &[
        ("oid", As::Oid), ("proname", As::Name), ("pronamespace", As::Oid), ("proowner", As::Oid),
        ("prolang", As::Oid), ("procost", As::Float), ("prorows", As::Float), ("provariadic",
        As::Oid), ("prosupport", As::Oid), ("prokind", As::Char), ("prosecdef", As::Bool),
        ("proleakproof", As::Bool), ("proisstrict", As::Bool), ("proretset", As::Bool),
        ("provolatile", As::Char), ("proparallel", As::Char), ("pronargs", As::Int2),
        ("pronargdefaults", As::Int2), ("prorettype", As::Oid), ("proargtypes", As::OidVector),
        ("proallargtypes", As::Oids), ("proargmodes", As::Texts), ("proargnames", As::Texts),
        ("proargdefaults", As::Text), ("protrftypes", As::Oids), ("prosrc", As::Text), ("probin",
        As::Text), ("prosqlbody", As::Text), ("proconfig", As::Texts), ("proacl", As::Texts),
        ("proisagg", As::Bool), ("proiswindow", As::Bool)
    ] },
    Definition { name: "pg_am", rows: Some(access_methods), columns: &[
        ("oid", As::Oid), ("amname", As::Name), ("amhandler", As::Oid), ("amtype", As::Char)
    ] },
    Definition { name: "pg_tablespace", rows: Some(tablespaces), columns: &[
        ("oid", As::Oid), ("spcname", As::Name), ("spcowner", As::Oid), ("spcacl", As::Texts),
        ("spcoptions", As::Texts)
    ] },
    Definition { name: "pg_roles", rows: Some(roles), columns: &[
        ("oid", As::Oid), ("rolname", As::Name), ("rolsuper", As::Bool), ("rolinherit", As::Bool),
        ("rolcreaterole", As::Bool), ("rolcreatedb", As::Bool), ("rolcanlogin", As::Bool),
        ("rolreplication", As::Bool), ("rolconnlimit", As::Int4), ("rolpassword", As::Text),
        ("rolvaliduntil", As::Text), ("rolbypassrls", As::Bool), ("rolconfig", As::Texts)
    ] },
    Definition { name: "pg_user", rows: Some(users), columns: &[
        ("usename", As::Name), ("usesysid", As::Oid), ("usecreatedb", As::Bool), ("usesuper",
        As::Bool), ("userepl", As::Bool), ("usebypassrls", As::Bool), ("passwd", As::Text),
        ("valuntil", As::Text), ("useconfig", As::Texts)
    ] },
    Definition { name: "pg_settings", rows: Some(settings), columns: &[
        ("name", As::Text), ("setting", As::Text), ("unit", As::Text), ("category", As::Text),
        ("short_desc", As::Text), ("extra_desc", As::Text), ("context", As::Text), ("vartype",
        As::Text), ("source", As::Text), ("min_val", As::Text), ("max_val", As::Text), ("enumvals",
        As::Texts), ("boot_val", As::Text), ("reset_val", As::Text), ("sourcefile", As::Text),
        ("sourceline", As::Int4), ("pending_restart", As::Bool)
    ] },
    Definition { name: "pg_tables", rows: Some(table_names), columns: &[
        ("schemaname", As::Name), ("tablename", As::Name), ("tableowner", As::Name), ("tablespace",
        As::Name), ("hasindexes", As::Bool), ("hasrules", As::Bool), ("hastriggers", As::Bool),
        ("rowsecurity", As::Bool)
    ] },
    Definition { name: "pg_language", rows: Some(languages), columns: &[
        ("oid", As::Oid), ("lanname", As::Name), ("lanowner", As::Oid), ("lanispl", As::Bool),
        ("lanpltrusted", As::Bool), ("lanplcallfoid", As::Oid), ("laninline", As::Oid),
        ("lanvalidator", As::Oid), ("lanacl", As::Texts), ("tableoid", As::Oid)
    ] },
];
