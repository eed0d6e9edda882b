//! The tables of `information_schema`.

use super::INFORMATION_SCHEMA;
use super::definition::{As, Definition, Row};
use super::snapshot::{Snapshot, Table};
use crate::postgres::value::TYPES;

fn schemata(snapshot: &Snapshot) -> Vec<Row> {
    let row = |(_, name): &(i64, String)| {
        vec![
            ("catalog_name", snapshot.database.clone().into()),
            ("schema_name", name.clone().into()),
            ("schema_owner", snapshot.whom.user.clone().into()),
        ]
    };
    snapshot.schemas.iter().map(row).collect()
}

fn tables(snapshot: &Snapshot) -> Vec<Row> {
    let row = |table: &Table| {
        vec![
            ("table_catalog", snapshot.database.clone().into()),
            ("table_schema", table.schema.1.clone().into()),
            ("table_name", table.name.clone().into()),
            ("table_type", (if table.is_view { "VIEW" } else { "BASE TABLE" }).into()),
            ("is_insertable_into", "NO".into()),
            ("is_typed", "NO".into()),
        ]
    };
    snapshot.tables.iter().map(row).collect()
}

fn columns(snapshot: &Snapshot) -> Vec<Row> {
    let mut rows = Vec::new();
    for table in &snapshot.tables {
        for (number, column) in (1_i64..).zip(table.columns.iter().flatten()) {
            let kind = TYPES.iter().find(|row| row.oid == column.kind.oid());
            rows.push(vec![
                ("table_catalog", snapshot.database.clone().into()),
                ("table_schema", table.schema.1.clone().into()),
                ("table_name", table.name.clone().into()),
                ("column_name", column.name.clone().into()),
                ("ordinal_position", number.into()),
                ("is_nullable", "YES".into()),
                ("data_type", kind.map_or("ARRAY", |row| row.sql).into()),
                ("udt_catalog", snapshot.database.clone().into()),
                ("udt_schema", super::PG_CATALOG.into()),
                ("udt_name", kind.map_or("_text", |row| row.name).into()),
                ("dtd_identifier", number.to_string().into()),
                ("is_self_referencing", "NO".into()),
                ("is_identity", "NO".into()),
                ("is_generated", "NEVER".into()),
                ("is_updatable", "NO".into()),
            ]);
        }
    }
    rows
}

fn character_sets(snapshot: &Snapshot) -> Vec<Row> {
    vec![vec![
        ("character_set_name", "UTF8".into()),
        ("character_repertoire", "UCS".into()),
        ("form_of_use", "UTF8".into()),
        ("default_collate_catalog", snapshot.database.clone().into()),
        ("default_collate_schema", INFORMATION_SCHEMA.into()),
        ("default_collate_name", "C".into()),
    ]]
}

fn catalog_name(snapshot: &Snapshot) -> Vec<Row> {
    vec![vec![("catalog_name", snapshot.database.clone().into())]]
}

fn enabled_roles(snapshot: &Snapshot) -> Vec<Row> {
    vec![vec![("role_name", snapshot.whom.user.clone().into())]]
}

/// Every table.
#[rustfmt::skip]
pub(super) static TABLES: &[Definition] = &[
    Definition { name: "schemata", rows: Some(schemata), columns: &[
        ("catalog_name", As::Name), ("schema_name", As::Name), ("schema_owner", As::Name),
        ("default_character_set_catalog", As::Name), ("default_character_set_schema", As::Name),
        ("default_character_set_name", As::Name), ("sql_path", As::Text)
    ] },
    Definition { name: "tables", rows: Some(tables), columns: &[
        ("table_catalog", As::Name), ("table_schema", As::Name), ("table_name", As::Name),
        ("table_type", As::Text), ("self_referencing_column_name", As::Name),
        ("reference_generation", As::Text), ("user_defined_type_catalog", As::Name),
        ("user_defined_type_schema", As::Name), ("user_defined_type_name", As::Name),
        ("is_insertable_into", As::Text), ("is_typed", As::Text), ("commit_action", As::Text)
    ] },
    Definition { name: "columns", rows: Some(columns), columns: &[
        ("table_catalog", As::Name), ("table_schema", As::Name), ("table_name", As::Name),
        ("column_name", As::Name), ("ordinal_position", As::Int4), ("column_default", As::Text),
        ("is_nullable", As::Text), ("data_type", As::Text), ("character_maximum_length", As::Text),
        ("character_octet_length", As::Text), ("numeric_precision", As::Text),
        ("numeric_precision_radix", As::Text), ("numeric_scale", As::Text), ("datetime_precision",
        As::Text), ("interval_type", As::Text), ("interval_precision", As::Text),
        ("character_set_name", As::Name), ("collation_name", As::Name), ("domain_catalog",
        As::Name), ("domain_schema", As::Name), ("domain_name", As::Name), ("udt_catalog",
        As::Name), ("udt_schema", As::Name), ("udt_name", As::Name), ("dtd_identifier", As::Name),
        ("is_self_referencing", As::Text), ("is_identity", As::Text), ("identity_generation",
        As::Text), ("is_generated", As::Text), ("generation_expression", As::Text), ("is_updatable",
        As::Text)
    ] },
    Definition { name: "character_sets", rows: Some(character_sets), columns: &[
        ("character_set_catalog", As::Name), ("character_set_schema", As::Name),
        ("character_set_name", As::Name), ("character_repertoire", As::Name), ("form_of_use",
        As::Name), ("default_collate_catalog", As::Name), ("default_collate_schema", As::Name),
        ("default_collate_name", As::Name)
    ] },
    Definition { name: "information_schema_catalog_name", rows: Some(catalog_name), columns: &[
        ("catalog_name", As::Name)
    ] },
    Definition { name: "enabled_roles", rows: Some(enabled_roles), columns: &[
        ("role_name", As::Name)
    ] },
    Definition::empty("views", &[
        ("table_catalog", As::Name), ("table_schema", As::Name), ("table_name", As::Name),
        ("view_definition", As::Text), ("check_option", As::Text), ("is_updatable", As::Text),
        ("is_insertable_into", As::Text)
    ]),
    Definition::empty("table_constraints", &[
        ("constraint_catalog", As::Name), ("constraint_schema", As::Name), ("constraint_name",
        As::Name), ("table_catalog", As::Name), ("table_schema", As::Name), ("table_name",
        As::Name), ("constraint_type", As::Text), ("is_deferrable", As::Text),
        ("initially_deferred", As::Text), ("enforced", As::Text)
    ]),
    Definition::empty("key_column_usage", &[
        ("constraint_catalog", As::Name), ("constraint_schema", As::Name), ("constraint_name",
        As::Name), ("table_catalog", As::Name), ("table_schema", As::Name), ("table_name",
        As::Name), ("column_name", As::Name), ("ordinal_position", As::Int4),
        ("position_in_unique_constraint", As::Int4)
    ]),
    Definition::empty("referential_constraints", &[
        ("constraint_catalog", As::Name), ("constraint_schema", As::Name), ("constraint_name",
        As::Name), ("unique_constraint_catalog", As::Name), ("unique_constraint_schema", As::Name),
        ("unique_constraint_name", As::Name), ("match_option", As::Text), ("update_rule", As::Text),
        ("delete_rule", As::Text)
    ]),
    Definition::empty("constraint_column_usage", &[
        ("table_catalog", As::Name), ("table_schema", As::Name), ("table_name", As::Name),
        ("column_name", As::Name), ("constraint_catalog", As::Name), ("constraint_schema",
        As::Name), ("constraint_name", As::Name)
    ]),
    Definition::empty("constraint_table_usage", &[
        ("table_catalog", As::Name), ("table_schema", As::Name), ("table_name", As::Name),
        ("constraint_catalog", As::Name), ("constraint_schema", As::Name), ("constraint_name",
        As::Name)
    ]),
    Definition::empty("check_constraints", &[
        ("constraint_catalog", As::Name), ("constraint_schema", As::Name), ("constraint_name",
        As::Name), ("check_clause", As::Text)
    ]),
    Definition::empty("table_privileges", &[
        ("grantor", As::Name), ("grantee", As::Name), ("table_catalog", As::Name), ("table_schema",
        As::Name), ("table_name", As::Name), ("privilege_type", As::Text), ("is_grantable",
        As::Text), ("with_hierarchy", As::Text)
    ]),
    Definition::empty("routines", &[
        ("specific_catalog", As::Name), ("specific_schema", As::Name), ("specific_name", As::Name),
        ("routine_catalog", As::Name), ("routine_schema", As::Name), ("routine_name", As::Name),
        ("routine_type", As::Text), ("data_type", As::Text), ("type_udt_name", As::Name),
        ("routine_body", As::Text), ("routine_definition", As::Text), ("external_language",
        As::Text)
    ]),
    Definition::empty("parameters", &[
        ("specific_catalog", As::Name), ("specific_schema", As::Name), ("specific_name", As::Name),
        ("ordinal_position", As::Int4), ("parameter_mode", As::Text), ("parameter_name", As::Name),
        ("data_type", As::Text), ("udt_name", As::Name), ("parameter_default", As::Text)
    ]),
    Definition::empty("sequences", &[
        ("sequence_catalog", As::Name), ("sequence_schema", As::Name), ("sequence_name", As::Name),
        ("data_type", As::Text), ("start_value", As::Text), ("minimum_value", As::Text),
        ("maximum_value", As::Text), ("increment", As::Text), ("cycle_option", As::Text)
    ]),
    Definition::empty("triggers", &[
        ("trigger_catalog", As::Name), ("trigger_schema", As::Name), ("trigger_name", As::Name),
        ("event_manipulation", As::Text), ("event_object_catalog", As::Name),
        ("event_object_schema", As::Name), ("event_object_table", As::Name), ("action_statement",
        As::Text), ("action_timing", As::Text)
    ]),
    Definition::empty("domains", &[
        ("domain_catalog", As::Name), ("domain_schema", As::Name), ("domain_name", As::Name),
        ("data_type", As::Text)
    ]),
    Definition::empty("element_types", &[
        ("object_catalog", As::Name), ("object_schema", As::Name), ("object_name", As::Name),
        ("object_type", As::Text), ("collection_type_identifier", As::Name), ("data_type", As::Text)
    ]),
    Definition::empty("user_defined_types", &[
        ("user_defined_type_catalog", As::Name), ("user_defined_type_schema", As::Name),
        ("user_defined_type_name", As::Name)
    ]),
];
