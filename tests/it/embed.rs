//! The library inside another program: its contexts, its tables, its errors.

use std::sync::Arc;

use anaplan_sql::{Error, ErrorKind};
use datafusion::arrow::array::{RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::datasource::MemTable;
use datafusion::prelude::{SessionContext, ident, lit};

use crate::support::{
    Cell, MODELS, TASKS, WORKSPACES, cells, connect, connect_to_model, counting, demo, query,
    requests, serve,
};

/// Labels for two codes, in memory.
fn labels() -> Arc<MemTable> {
    let schema = Arc::new(Schema::new(vec![
        Field::new("Code", DataType::Utf8, false),
        Field::new("Label", DataType::Utf8, false),
    ]));
    let text = |cells: [&str; 2]| Arc::new(StringArray::from(cells.to_vec()));
    let batch = RecordBatch::try_new(
        Arc::clone(&schema),
        vec![text(["c3", "c5"]), text(["three", "five"])],
    )
    .expect("a batch");
    Arc::new(MemTable::try_new(schema, vec![vec![batch]]).expect("a table"))
}

fn three_and_five() -> [[Cell; 2]; 2] {
    [[Cell::text("three"), Cell::Number(3.0)], [Cell::text("five"), Cell::Number(5.0)]]
}

#[tokio::test]
async fn a_session_is_a_datafusion_context() {
    let simulator = serve([counting("Big", 10)]).await;
    let session = connect_to_model(&simulator).await;
    session.register_table("labels", labels()).expect("a free name");
    let found = query(
        &session,
        r#"SELECT "Label", "Number" FROM "Big" JOIN labels USING ("Code") ORDER BY 2"#,
    )
    .await;
    assert_eq!(cells(&found), three_and_five());
    // DataFusion's own ways to a table, once its names have been read.
    let frame = session.table(r#""W"."M"."Big""#).await.expect("a table");
    assert_eq!(frame.count().await.expect("a number"), 10);
}

#[tokio::test]
async fn the_catalogs_can_be_registered_in_an_existing_context() {
    let simulator = serve([counting("Big", 10)]).await;
    let session = connect_to_model(&simulator).await;
    let context = SessionContext::new();
    context.register_table("labels", labels()).expect("a free name");
    session.register_in(&context).await.expect("registered");
    let found = context
        .sql(
            r#"SELECT l."Label", b."Number" FROM "W"."M"."Big" b JOIN labels l ON l."Code" = b."Code"
               ORDER BY 2"#,
        )
        .await
        .expect("a plan")
        .collect()
        .await
        .expect("rows");
    assert_eq!(cells(&found), three_and_five());
    assert_eq!(simulator.count("POST", TASKS), 1);
    let models = context.sql("SELECT name FROM anaplan.information.models").await.expect("a plan");
    assert_eq!(cells(&models.collect().await.expect("rows")), [[Cell::text("M")]]);
    // Models and exports by id too, and in other cases.
    let id = simulator.tenant().find_model("M").expect("M").id.clone();
    let frame = context.sql(&format!(r#"SELECT * FROM "W"."{id}".big"#)).await.expect("a plan");
    assert_eq!(frame.count().await.expect("a number"), 10);
}

#[tokio::test]
async fn registering_costs_two_requests() {
    let simulator = demo().await;
    let session = connect(&simulator).await;
    let context = SessionContext::new();
    session.register_in(&context).await.expect("registered");
    assert_eq!(requests(&simulator).len(), 3);
    assert_eq!(simulator.count("GET", WORKSPACES) + simulator.count("GET", MODELS), 2);
    let mut names = context.catalog_names();
    names.sort();
    assert_eq!(names, ["Finance", "Operations", "anaplan", "datafusion"]);
}

#[tokio::test]
async fn data_frames_can_be_built_without_sql() {
    let simulator = serve([counting("Big", 10)]).await;
    let session = connect_to_model(&simulator).await;
    let frame = session.sql(r#"SELECT * FROM "Big""#).await.expect("a plan");
    let rows = frame
        .filter(ident("Number").gt(lit(7.0)))
        .and_then(|frame| frame.select(vec![ident("Number")]))
        .expect("a plan")
        .collect()
        .await
        .expect("rows");
    assert_eq!(cells(&rows), [[Cell::Number(8.0)], [Cell::Number(9.0)]]);
}

#[tokio::test]
async fn errors_of_a_foreign_context_are_found_again() {
    let simulator = serve([counting("Big", 10)]).await;
    let session = connect_to_model(&simulator).await;
    let context = SessionContext::new();
    session.register_in(&context).await.expect("registered");
    let frame = context.sql(r#"SELECT * FROM "W"."M"."Big""#).await.expect("a plan");
    simulator.edit(|tenant| tenant.model_mut("M").expect("M").exports.clear());
    let error = Error::from(frame.collect().await.expect_err("it is gone"));
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("export \"Big\""), "{error}");
}

#[tokio::test]
async fn catalogs_of_others_stand_beside_anaplans() {
    use datafusion::catalog::{
        CatalogProvider, MemoryCatalogProvider, MemorySchemaProvider, SchemaProvider,
    };
    let simulator = serve([counting("Big", 10)]).await;
    let session = connect_to_model(&simulator).await;
    let schema = MemorySchemaProvider::new();
    schema.register_table("labels".into(), labels()).expect("a free name");
    let catalog = MemoryCatalogProvider::new();
    catalog.register_schema("s", Arc::new(schema)).expect("a free name");
    session.register_catalog("own", Arc::new(catalog));
    simulator.clear_requests();
    let found = query(&session, r#"SELECT "Code" FROM own.s.labels ORDER BY 1"#).await;
    assert_eq!(cells(&found), [[Cell::text("c3")], [Cell::text("c5")]]);
    assert_eq!(requests(&simulator), [""; 0]);
}

#[tokio::test]
async fn connect_takes_a_connection_string() {
    let simulator = serve([counting("Big", 10)]).await;
    let session = anaplan_sql::connect(&format!(
        "User={};Password={{{}}};Endpoint={};Workspace=W;Model=M",
        crate::support::USER,
        crate::support::PASSWORD,
        simulator.url(),
    ))
    .await
    .expect("signed in");
    let batches = session
        .sql(r#"SELECT sum("Number") FROM "Big""#)
        .await
        .expect("a plan")
        .collect()
        .await
        .expect("rows");
    assert_eq!(cells(&batches), [[Cell::Number(45.0)]]);
}
