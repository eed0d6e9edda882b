//! What workspaces, models and exports are called, and what finding them costs.

use anaplan_sql::simulator::{Column, Export, Fault, Model, Simulator, Tenant, User, Workspace};
use anaplan_sql::table::information;
use anaplan_sql::{ErrorKind, Key, Session};

use crate::support::{
    AUTHENTICATE, CHUNK, Cell, EXPORTS, METADATA, MODELS, PASSWORD, TASKS, USER, WORKSPACES,
    builder, cells, connect, count_rows, counting, demo, fail, query, refuse, requests, show,
    signed_out, start, users,
};

/// An export whose one cell tells which it is.
fn marked(name: &str, mark: &str) -> Export {
    Export::tabular(name, vec![Column::new("Mark", "TEXT")]).with_rows([[mark]])
}

/// What the one cell of a table says.
async fn mark(session: &Session, table: &str) -> String {
    match cells(&query(session, &format!("SELECT \"Mark\" FROM {table}")).await).as_slice() {
        [row] => row[0].to_string(),
        other => panic!("{table}: {other:?}"),
    }
}

async fn told(session: &Session, table: &str) -> String {
    let error = fail(session, &format!("SELECT * FROM {table}")).await;
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error:?}");
    format!("{table}\n{error:?}")
}

const ID: &str = "8a0000000000000000000000000000aa";
const MODEL_ID: &str = "ABCDEF0123456789ABCDEF0123456789";

/// Names that a careless program stumbles over.
fn odd_tenant() -> Tenant {
    users()
        .workspace(
            Workspace::new("Fin.ance / \"Q\" 🎯")
                .id(ID)
                .model(
                    Model::new(" Leading blank.v1")
                        .id(MODEL_ID)
                        .export(marked("a.b \"c\" / 🎯", "odd").id("116000000100"))
                        .export(marked("Sales", "exact"))
                        .export(marked("SALES", "capitals"))
                        .export(marked("Costs", "costs")),
                )
                .model(Model::new("information").export(marked("E", "a model called information")))
                .model(Model::new("Old").state("ARCHIVED").export(marked("E", "archived"))),
        )
        .workspace(
            Workspace::new("anaplan").model(Model::new("M").export(marked("E", "anaplan's own"))),
        )
        .workspace(
            // Named as the id of another.
            Workspace::new(ID).model(Model::new("M2").export(marked("E", "named as an id"))),
        )
        .workspace(
            Workspace::new("Twins")
                .model(
                    Model::new("Same")
                        .id("00000000000000000000000000000001")
                        .export(marked("Twice", "first of the first").id("116000000001"))
                        .export(marked("Twice", "second of the first").id("116000000002")),
                )
                .model(
                    Model::new("Same")
                        .id("00000000000000000000000000000002")
                        .export(marked("E", "the second")),
                ),
        )
}

#[tokio::test]
async fn objects_are_found_by_name_by_id_and_in_other_cases() {
    let simulator = start(odd_tenant()).await;
    let session = connect(&simulator).await;
    let workspace = r#""Fin.ance / ""Q"" 🎯""#;
    let model = r#"" Leading blank.v1""#;
    for table in [
        format!(r#"{workspace}.{model}."a.b ""c"" / 🎯""#),
        format!(r#"{workspace}.{model}."116000000100""#),
        format!(r#"{workspace}."{MODEL_ID}"."A.B ""C"" / 🎯""#),
        format!(r#"{}.{}."a.b ""c"" / 🎯""#, workspace.to_uppercase(), model.to_lowercase()),
    ] {
        assert_eq!(mark(&session, &table).await, "odd", "{table}");
    }
    assert_eq!(mark(&session, &format!(r#"{workspace}.{model}."Sales""#)).await, "exact");
    assert_eq!(mark(&session, &format!(r#"{workspace}.{model}."SALES""#)).await, "capitals");
    assert_eq!(mark(&session, &format!("{workspace}.{model}.costs")).await, "costs");
    // However a table was named, it was read once.
    assert_eq!(simulator.count("GET", EXPORTS), 1);
    assert_eq!(simulator.count("GET", METADATA), 4);
}

#[tokio::test]
async fn names_that_fit_several_objects_are_refused_with_the_ones_to_choose_from() {
    let simulator = start(odd_tenant()).await;
    let session = connect(&simulator).await;
    let mut all = Vec::new();
    for table in [
        r#""Fin.ance / ""Q"" 🎯"." Leading blank.v1".sales"#,
        r#""Twins"."Same"."E""#,
        r#""Twins"."same"."E""#,
        r#""Twins"."Same (00000000000000000000000000000001)"."Twice""#,
        r#"anaplan."Same"."E""#,
    ] {
        all.push(told(&session, table).await);
    }
    insta::assert_snapshot!(all.join("\n\n"), @r#"
    "Fin.ance / ""Q"" 🎯"." Leading blank.v1".sales
    NotFound: there are several exports named "sales"
      hint: name one of them: "Sales", "SALES"

    "Twins"."Same"."E"
    NotFound: there are several models that "Same" may mean
      hint: name one of them: "Same (00000000000000000000000000000001)", "Same (00000000000000000000000000000002)"

    "Twins"."same"."E"
    NotFound: there are several models that "same" may mean
      hint: name one of them: "Same (00000000000000000000000000000001)", "Same (00000000000000000000000000000002)"

    "Twins"."Same (00000000000000000000000000000001)"."Twice"
    NotFound: there are several exports named "Twice"
      hint: name one of them: "Twice (116000000001)", "Twice (116000000002)"

    anaplan."Same"."E"
    NotFound: there are several models that "Same" may mean
      hint: name one of them: "Same (00000000000000000000000000000001)", "Same (00000000000000000000000000000002)"
    "#);
}

#[tokio::test]
async fn objects_that_share_a_name_are_listed_with_their_ids() {
    let simulator = start(odd_tenant()).await;
    let session = connect(&simulator).await;
    let first = r#""Twins"."Same (00000000000000000000000000000001)""#;
    let second = r#""Twins"."00000000000000000000000000000002""#;
    assert_eq!(mark(&session, &format!(r#"{second}."E""#)).await, "the second");
    let table = format!(r#"{first}."Twice (116000000002)""#);
    assert_eq!(mark(&session, &table).await, "second of the first");
    let table = format!(r#"{first}."116000000001""#);
    assert_eq!(mark(&session, &table).await, "first of the first");
    let listed = r#"SELECT name, table_name FROM information.exports WHERE name = 'Twice'"#;
    insta::assert_snapshot!(show(&session, listed).await, @r"
    +-------+----------------------+
    | name  | table_name           |
    +-------+----------------------+
    | Twice | Twice (116000000001) |
    | Twice | Twice (116000000002) |
    +-------+----------------------+
    ");
}

#[tokio::test]
async fn names_that_this_program_takes_are_listed_with_their_ids() {
    let simulator = start(odd_tenant()).await;
    let session = connect(&simulator).await;
    let tenant = simulator.tenant();
    let id = |name: &str| tenant.find_model(name).expect("a model").id.clone();
    let workspace = r#""Fin.ance / ""Q"" 🎯""#;
    let information = id("information");
    for name in [format!("information ({information})"), information] {
        let table = format!(r#"{workspace}."{name}"."E""#);
        assert_eq!(mark(&session, &table).await, "a model called information");
    }
    // The schema of metadata keeps its place.
    assert_eq!(
        count_rows(&session, &format!("SELECT * FROM {workspace}.information.models")).await,
        3
    );
    let own = &tenant.find_workspace("anaplan").expect("a workspace").id;
    for name in [format!("anaplan ({own})"), own.clone()] {
        assert_eq!(mark(&session, &format!(r#""{name}"."M"."E""#)).await, "anaplan's own");
    }
    assert_eq!(count_rows(&session, "SELECT * FROM anaplan.information.workspaces").await, 4);
    // A name comes before an id.
    assert_eq!(mark(&session, &format!(r#""{ID}"."M2"."E""#)).await, "named as an id");
}

#[tokio::test]
async fn a_models_name_is_enough_in_the_tenants_catalog() {
    let simulator = start(odd_tenant()).await;
    let session = connect(&simulator).await;
    assert_eq!(mark(&session, r#""M2"."E""#).await, "named as an id");
    assert_eq!(mark(&session, r#"anaplan."m2"."E""#).await, "named as an id");
    assert_eq!(mark(&session, r#""00000000000000000000000000000002"."E""#).await, "the second");
}

#[tokio::test]
async fn archived_models_are_no_schemas() {
    let simulator = start(odd_tenant()).await;
    let session = connect(&simulator).await;
    insta::assert_snapshot!(
        told(&session, r#""Fin.ance / ""Q"" 🎯"."Old"."E""#).await, @r#"
    "Fin.ance / ""Q"" 🎯"."Old"."E"
    NotFound: there is no model "Old"
      hint: did you mean " Leading blank.v1", "information (816DDF9FDFD36C86A2B3D55086550688)"?
    "#);
    let state = "SELECT active_state FROM information.models WHERE name = 'Old'";
    assert_eq!(cells(&query(&session, state).await), [[Cell::text("ARCHIVED")]]);
}

#[tokio::test]
async fn a_model_in_a_workspace_that_is_not_listed_has_its_place_all_the_same() {
    let simulator = start(odd_tenant()).await;
    let page = r#"{"meta":{"paging":{"currentPageSize":0,"offset":0,"totalSize":0}},"status":{"code":200}}"#;
    simulator
        .inject(Fault::on("GET", WORKSPACES).forever().status(200).body("application/json", page));
    let session = connect(&simulator).await;
    assert_eq!(
        mark(&session, r#""Twins"."00000000000000000000000000000002"."E""#).await,
        "the second"
    );
    assert_eq!(count_rows(&session, "SELECT * FROM anaplan.information.workspaces").await, 0);
}

#[tokio::test]
async fn unknown_names_are_answered_with_near_ones() {
    let simulator = demo().await;
    let session = connect(&simulator).await;
    let mut all = Vec::new();
    for table in [
        r#""Finanse"."Sales Planning"."Customers""#,
        r#""Nothing like it"."Sales Planning"."Customers""#,
        r#""Finance"."Sales Plan"."Customers""#,
        r#""Finance"."FPA Hub"."Customers""#,
        r#"anaplan."Sales"."Customers""#,
        r#""Finance"."Sales Planning"."Revenue""#,
        r#""Finance"."Sales Planning"."Transaktions""#,
        r#""Finance"."Sales Planning"."zzz""#,
        "information.exprts",
        "finance.information.modls",
    ] {
        all.push(told(&session, table).await);
    }
    for sql in [
        r#"SELECT "Regoin" FROM "Finance"."Sales Planning"."Customers""#,
        r#"SELECT c.regoin FROM "Finance"."Sales Planning"."Customers" c"#,
        r#"SELECT "zzz" FROM "Finance"."Sales Planning"."Transactions""#,
    ] {
        let error = fail(&session, sql).await;
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error:?}");
        all.push(format!("{sql}\n{error:?}"));
    }
    insta::assert_snapshot!(all.join("\n\n"), @r#"
    "Finanse"."Sales Planning"."Customers"
    NotFound: there is no workspace "Finanse"
      hint: did you mean "Finance"?

    "Nothing like it"."Sales Planning"."Customers"
    NotFound: there is no workspace "Nothing like it"
      hint: did you mean "Finance", "Operations"?

    "Finance"."Sales Plan"."Customers"
    NotFound: there is no model "Sales Plan"
      hint: did you mean "Sales Planning"?

    "Finance"."FPA Hub"."Customers"
    NotFound: there is no model "FPA Hub"
      hint: did you mean "FP&A Hub"?

    anaplan."Sales"."Customers"
    NotFound: there is no model "Sales"
      hint: did you mean "Sales Planning"?

    "Finance"."Sales Planning"."Revenue"
    NotFound: there is no table "Revenue" in "Sales Planning"
      hint: did you mean "Revenue by Region", "Revenue by Region, single column"?

    "Finance"."Sales Planning"."Transaktions"
    NotFound: there is no table "Transaktions" in "Sales Planning"
      hint: did you mean "Transactions"?

    "Finance"."Sales Planning"."zzz"
    NotFound: there is no table "zzz" in "Sales Planning"
      hint: did you mean "Revenue by Region", "Revenue by Region, single column", "Customers", "Transactions", "Open pipeline", "Händler.Übersicht", "Quota v1.2 / ""Stretch"" 🎯", "Price Book", "Plan by Month", "Board view"?

    information.exprts
    NotFound: there is no table "exprts" in "information"
      hint: did you mean "exports", "export_columns"?

    finance.information.modls
    NotFound: there is no table "modls" in "information"
      hint: did you mean "models", "modules"?

    SELECT "Regoin" FROM "Finance"."Sales Planning"."Customers"
    NotFound: there is no column "Regoin"
      hint: did you mean "Region"?

    SELECT c.regoin FROM "Finance"."Sales Planning"."Customers" c
    NotFound: there is no column "regoin" in "c"
      hint: did you mean "Region"?

    SELECT "zzz" FROM "Finance"."Sales Planning"."Transactions"
    NotFound: there is no column "zzz"
      hint: did you mean "Transaction", "Customer Code", "Product", "Order Date", "Quantity", "Amount", "Sales Person", "Returned"?
    "#);
    assert_eq!(simulator.tasks().len(), 0);
}

#[tokio::test]
async fn a_table_without_its_model_is_answered_with_how_tables_are_named() {
    let simulator = demo().await;
    let session = connect(&simulator).await;
    let text = told(&session, r#""Customers""#).await;
    assert!(text.contains(r#""Workspace"."Model"."Export""#), "{text}");
}

async fn narrowed(simulator: &Simulator, workspace: &str, model: &str) -> Session {
    let connection = builder(simulator).set(Key::Workspace, workspace).set(Key::Model, model);
    connection.connect().await.expect("they are there")
}

#[tokio::test]
async fn defaults_are_the_tenants_metadata_or_the_model_that_is_set() {
    let simulator = demo().await;
    let plain = connect(&simulator).await;
    assert_eq!(plain.defaults(), ("anaplan".into(), "information".into()));
    assert_eq!(count_rows(&plain, "SELECT * FROM models").await, 3);

    let tenant = simulator.tenant();
    let (workspace, model) =
        (tenant.find_workspace("Finance").expect("it"), tenant.find_model("FP&A Hub").expect("it"));
    for (workspace, model) in [
        ("Finance", "FP&A Hub"),
        ("finance", "fp&a hub"),
        (workspace.id.as_str(), model.id.as_str()),
    ] {
        let session = narrowed(&simulator, workspace, model).await;
        assert_eq!(session.defaults(), ("Finance".into(), "FP&A Hub".into()));
        assert_eq!(count_rows(&session, r#"SELECT * FROM "Cost centres""#).await, 420);
        // Metadata is found under every catalog, also without naming one.
        assert_eq!(count_rows(&session, "SELECT * FROM information.models").await, 1);
        assert_eq!(count_rows(&session, "SELECT * FROM anaplan.information.models").await, 1);
    }
}

#[tokio::test]
async fn a_workspace_alone_narrows_what_is_seen() {
    let simulator = demo().await;
    let session = narrowed(&simulator, "Operations", "").await;
    simulator.clear_requests();
    let names = "SELECT workspace_name, name FROM anaplan.information.models";
    assert_eq!(
        cells(&query(&session, names).await),
        [[Cell::text("Operations"), Cell::text("Demand Planning")]]
    );
    assert_eq!(count_rows(&session, "SELECT * FROM information.workspaces").await, 1);
    assert_eq!(simulator.count("GET", MODELS), 0, "only its own models are listed");
    assert_eq!(session.defaults(), ("anaplan".into(), "information".into()));
    assert_eq!(count_rows(&session, r#"SELECT * FROM "Demand Planning"."Stock today""#).await, 96);
    insta::assert_snapshot!(
        told(&session, r#""Finance"."Sales Planning"."Customers""#).await, @r#"
    "Finance"."Sales Planning"."Customers"
    NotFound: there is no workspace "Finance"
      hint: did you mean "Operations"? (the connection is narrowed by Workspace: leave out to see all)
    "#);
}

#[tokio::test]
async fn a_model_alone_narrows_what_is_seen() {
    let simulator = demo().await;
    let session = narrowed(&simulator, "", "Demand Planning").await;
    let names = "SELECT name FROM information.models";
    assert_eq!(cells(&query(&session, names).await), [[Cell::text("Demand Planning")]]);
    let names = "SELECT name FROM information.workspaces";
    assert_eq!(cells(&query(&session, names).await), [[Cell::text("Operations")]]);
    let models = "SELECT DISTINCT model_name FROM information.exports";
    assert_eq!(cells(&query(&session, models).await), [[Cell::text("Demand Planning")]]);
    assert_eq!(simulator.count("GET", EXPORTS), 1);
    assert_eq!(count_rows(&session, r#"SELECT * FROM "Demand Planning"."Stock today""#).await, 96);
}

#[tokio::test]
async fn a_connection_to_what_is_not_there_fails_at_once_with_near_names() {
    let simulator = demo().await;
    let mut all = Vec::new();
    for (workspace, model) in
        [("Finanse", "Sales Planning"), ("Finance", "Sales"), ("Operations", "Sales Planning")]
    {
        let error =
            refuse(builder(&simulator).set(Key::Workspace, workspace).set(Key::Model, model)).await;
        assert_eq!(error.kind(), ErrorKind::NotFound);
        all.push(format!("{error:?}"));
    }
    insta::assert_snapshot!(all.join("\n\n"), @r#"
    NotFound: there is no workspace "Finanse"
      hint: did you mean "Finance"?

    NotFound: there is no model "Sales"
      hint: did you mean "Sales Planning"?

    NotFound: there is no model "Sales Planning"
      hint: did you mean "Demand Planning"?
    "#);
}

#[tokio::test]
async fn use_changes_the_default_model() {
    let simulator = demo().await;
    let session = connect(&simulator).await;
    query(&session, r#"USE "Finance"."Sales Planning""#).await;
    assert_eq!(session.defaults(), ("Finance".into(), "Sales Planning".into()));
    assert_eq!(count_rows(&session, r#"SELECT "Code" FROM "Customers""#).await, 1200);
    query(&session, r#"USE "demand planning""#).await;
    assert_eq!(session.defaults(), ("Operations".into(), "Demand Planning".into()));
    assert_eq!(count_rows(&session, r#"SELECT * FROM "Stock today""#).await, 96);
    query(&session, "USE anaplan").await;
    assert_eq!(session.defaults(), ("anaplan".into(), "information".into()));
    let mut all = Vec::new();
    for sql in [r#"USE "Sales""#, r#"USE "Finance"."Demand""#, "USE a.b.c"] {
        all.push(format!("{:?}", fail(&session, sql).await));
    }
    insta::assert_snapshot!(all.join("\n\n"), @r#"
    NotFound: there is no model "Sales"
      hint: did you mean "Sales Planning"?

    NotFound: there is no model "Demand"
      hint: did you mean "Sales Planning", "FP&A Hub"?

    Query: USE takes a model, or workspace.model
      hint: for example: USE "Finance"."Sales Planning"
    "#);
    assert_eq!(session.defaults(), ("anaplan".into(), "information".into()));
}

#[tokio::test]
async fn show_tables_and_information_schema_cover_the_default_model() {
    let simulator = demo().await;
    let session = narrowed(&simulator, "Operations", "Demand Planning").await;
    simulator.clear_requests();
    let shown = show(&session, "SHOW TABLES").await;
    for table in information::TABLES {
        let line = format!("| Operations    | information        | {} ", table.name);
        assert!(shown.contains(&line), "{line}\n{shown}");
    }
    let others = shown.lines().filter(|line| !line.contains("| information  "));
    insta::assert_snapshot!(others.collect::<Vec<_>>().join("\n"), @r"
    +---------------+--------------------+-----------------------------------+------------+
    | table_catalog | table_schema       | table_name                        | table_type |
    +---------------+--------------------+-----------------------------------+------------+
    | Operations    | Demand Planning    | Forecast by Site                  | BASE TABLE |
    | Operations    | Demand Planning    | Stock today                       | BASE TABLE |
    | Operations    | Demand Planning    | Rejected forecast                 | BASE TABLE |
    | Operations    | Demand Planning    | Weeks by Site                     | BASE TABLE |
    | Operations    | Demand Planning    | Lists.Countries                   | BASE TABLE |
    | Operations    | Demand Planning    | Lists.Sites                       | BASE TABLE |
    | Operations    | Demand Planning    | Lists.Products                    | BASE TABLE |
    | Operations    | Demand Planning    | Modules.DP01 Forecast             | BASE TABLE |
    | Operations    | Demand Planning    | Views.DP01 Forecast.Weeks by site | BASE TABLE |
    | Operations    | information_schema | tables                            | VIEW       |
    | Operations    | information_schema | views                             | VIEW       |
    | Operations    | information_schema | columns                           | VIEW       |
    | Operations    | information_schema | df_settings                       | VIEW       |
    | Operations    | information_schema | schemata                          | VIEW       |
    | Operations    | information_schema | routines                          | VIEW       |
    | Operations    | information_schema | parameters                        | VIEW       |
    +---------------+--------------------+-----------------------------------+------------+
    ");
    assert_eq!(simulator.count("GET", METADATA), 0, "columns are not read for a list of tables");
    insta::assert_snapshot!(
        show(
            &session,
            "SELECT table_schema, table_name, column_name, data_type
             FROM information_schema.columns
             WHERE table_schema = 'Demand Planning' AND table_name = 'Stock today'
             ORDER BY ordinal_position"
        )
        .await,
        @r"
    +-----------------+-------------+---------------+-----------+
    | table_schema    | table_name  | column_name   | data_type |
    +-----------------+-------------+---------------+-----------+
    | Demand Planning | Stock today | Site          | Utf8      |
    | Demand Planning | Stock today | Product       | Utf8      |
    | Demand Planning | Stock today | On Hand       | Float64   |
    | Demand Planning | Stock today | Safety Stock  | Float64   |
    | Demand Planning | Stock today | Days of Cover | Float64   |
    +-----------------+-------------+---------------+-----------+
    "
    );
    assert_eq!(simulator.count("GET", EXPORTS), 1);
    assert_eq!(simulator.count("GET", METADATA), 4);
    assert_eq!(simulator.tasks().len(), 0);
}

#[tokio::test]
async fn show_columns_and_describe_read_the_one_table() {
    let simulator = demo().await;
    let session = narrowed(&simulator, "Operations", "Demand Planning").await;
    insta::assert_snapshot!(show(&session, r#"DESCRIBE "Stock today""#).await, @r"
    +---------------+-----------+-------------+
    | column_name   | data_type | is_nullable |
    +---------------+-----------+-------------+
    | Site          | Utf8      | YES         |
    | Product       | Utf8      | YES         |
    | On Hand       | Float64   | YES         |
    | Safety Stock  | Float64   | YES         |
    | Days of Cover | Float64   | YES         |
    +---------------+-----------+-------------+
    ");
    assert_eq!(simulator.count("GET", METADATA), 1);
    let columns = cells(&query(&session, r#"SHOW COLUMNS FROM "Stock today""#).await);
    let names: Vec<String> = columns.iter().map(|row| row[3].to_string()).collect();
    assert_eq!(names, ["Site", "Product", "On Hand", "Safety Stock", "Days of Cover"]);
    assert_eq!(simulator.tasks().len(), 0);
    insta::assert_snapshot!(format!("{:?}", fail(&session, r#"DESCRIBE "Stok""#).await), @r#"
    NotFound: there is no table "Stok" in "Demand Planning"
      hint: did you mean "Stock today"?
    "#);
}

#[tokio::test]
async fn show_columns_answers_for_any_table() {
    let simulator = demo().await;
    let session = connect(&simulator).await;
    query(&session, "CREATE TABLE mine AS SELECT 1 AS one").await;
    let names = async |table: &str| {
        let found = cells(&query(&session, &format!("SHOW COLUMNS FROM {table}")).await);
        found.iter().map(|row| row[3].to_string()).collect::<Vec<_>>().join(", ")
    };
    let stock = "Site, Product, On Hand, Safety Stock, Days of Cover";
    assert_eq!(names(r#""Operations"."Demand Planning"."Stock today""#).await, stock);
    assert_eq!(names(r#""demand planning"."stock TODAY""#).await, stock);
    assert_eq!(names("mine").await, "one");
    assert!(names("models").await.starts_with("id, name, workspace_id"));
    insta::assert_snapshot!(
        show(&session, r#"SHOW COLUMNS FROM "Finance"."FP&A Hub"."KPI overview""#).await,
        @r"
    +---------------+--------------+--------------+-------------+-----------+-------------+
    | table_catalog | table_schema | table_name   | column_name | data_type | is_nullable |
    +---------------+--------------+--------------+-------------+-----------+-------------+
    | Finance       | FP&A Hub     | KPI overview | Line items  | Utf8      | YES         |
    | Finance       | FP&A Hub     | KPI overview | Q1 FY26     | Utf8      | YES         |
    | Finance       | FP&A Hub     | KPI overview | Q2 FY26     | Utf8      | YES         |
    | Finance       | FP&A Hub     | KPI overview | Q3 FY26     | Utf8      | YES         |
    | Finance       | FP&A Hub     | KPI overview | Q4 FY26     | Utf8      | YES         |
    +---------------+--------------+--------------+-------------+-----------+-------------+
    "
    );
    let all = query(&session, "SHOW FULL COLUMNS FROM models").await;
    assert!(all[0].num_columns() > 6);
    assert_eq!(simulator.tasks().len(), 0);
    let error = fail(&session, r#"SHOW COLUMNS FROM "Finance"."FP&A Hub"."KPI""#).await;
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error:?}");
    assert!(error.hint().is_some_and(|hint| hint.contains("KPI overview")), "{error:?}");
    fail(&session, "SHOW COLUMNS FROM models LIKE 'x'").await;
}

#[tokio::test]
async fn without_a_default_model_show_tables_lists_the_metadata() {
    let simulator = demo().await;
    let session = connect(&simulator).await;
    simulator.clear_requests();
    let tables = cells(&query(&session, "SHOW TABLES").await);
    let own = tables.iter().filter(|row| row[1] == Cell::text("information"));
    let mut names: Vec<String> = own.map(|row| row[2].to_string()).collect();
    names.sort();
    let expected: Vec<&str> = information::TABLES.iter().map(|table| table.name).collect();
    assert_eq!(names, expected);
    assert_eq!(requests(&simulator), [""; 0], "and asks the service for nothing");
}

/// 50 workspaces of 80 models each, of which one has an export.
fn large_tenant() -> Tenant {
    let mut tenant = users();
    for workspace in 0..50 {
        let mut all = Workspace::new(&format!("W{workspace}"));
        for model in 0..80 {
            let model = Model::new(&format!("M{workspace}-{model}"));
            all = all.model(model.export(counting("E", 3)));
        }
        tenant = tenant.workspace(all);
    }
    tenant
}

#[tokio::test]
async fn four_thousand_models_cost_a_handful_of_requests() {
    let simulator = start(large_tenant()).await;
    let session = connect(&simulator).await;
    assert_eq!(requests(&simulator), ["POST /token/authenticate"]);
    assert_eq!(count_rows(&session, r#"SELECT * FROM "W7"."M7-70"."E""#).await, 3);
    let mut log = requests(&simulator);
    log.dedup();
    let tenant = simulator.tenant();
    let model = &tenant.find_model("M7-70").expect("it").id;
    let task = &simulator.tasks()[0].id;
    // The two listings are read at once.
    log[1..3].sort();
    assert_eq!(
        log,
        [
            "POST /token/authenticate".to_owned(),
            "GET /2/0/models".to_owned(),
            "GET /2/0/workspaces".to_owned(),
            format!("GET /2/0/models/{model}/exports"),
            format!("GET /2/0/models/{model}/exports/116000000001"),
            format!("POST /2/0/models/{model}/exports/116000000001/tasks"),
            "GET /2/0/users/me".to_owned(),
            format!("GET /2/0/models/{model}/exports/116000000001/tasks/{task}"),
            format!("GET /2/0/models/{model}/files/116000000001/chunks"),
            format!("GET /2/0/models/{model}/files/116000000001/chunks/0"),
        ]
    );

    simulator.clear_requests();
    assert_eq!(count_rows(&session, "SELECT * FROM information.models").await, 4000);
    assert_eq!(requests(&simulator), ["GET /2/0/models"]);
    simulator.clear_requests();
    assert_eq!(count_rows(&session, r#"SELECT * FROM "W9".information.models"#).await, 80);
    query(&session, "SHOW TABLES").await;
    assert!(requests(&simulator).len() == 1, "{:?}", requests(&simulator));
}

#[tokio::test]
async fn pages_are_read_by_their_total_and_next_is_ignored() {
    let simulator = start(large_tenant()).await;
    let session =
        builder(&simulator).set(Key::PageSize, "1000").connect().await.expect("signed in");
    let distinct = "SELECT count(DISTINCT id) FROM information.models";
    assert_eq!(cells(&query(&session, distinct).await), [[Cell::Number(4000.0)]]);
    // The simulator sends a `next` with the last page too.
    let queries: Vec<_> = simulator.requests().into_iter().filter_map(|r| r.query).collect();
    assert_eq!(
        queries,
        [0, 1000, 2000, 3000].map(|at| format!("modelDetails=true&limit=1000&offset={at}"))
    );
}

#[tokio::test]
async fn pages_may_be_smaller_than_asked_for() {
    let simulator =
        Simulator::builder(large_tenant()).page_cap(900).start().await.expect("a free port");
    let session = connect(&simulator).await;
    let distinct = "SELECT count(DISTINCT id) FROM information.models";
    assert_eq!(cells(&query(&session, distinct).await), [[Cell::Number(4000.0)]]);
    assert_eq!(simulator.count("GET", MODELS), 5);
}

#[tokio::test]
async fn a_listing_that_ends_early_is_an_error_and_not_a_short_list() {
    let simulator = demo().await;
    let session = connect(&simulator).await;
    let page = r#"{"meta":{"paging":{"totalSize":7}},"status":{"code":200}}"#;
    simulator.inject(Fault::on("GET", MODELS).status(200).body("application/json", page));
    let error = fail(&session, "SELECT * FROM information.models").await;
    insta::assert_snapshot!(format!("{error:?}"), @r"
    Service: the service announced 7 models but gave only 0
      hint: the collection may just have changed: try again
    ");
    assert_eq!(error.kind(), ErrorKind::Service);
}

#[tokio::test]
async fn a_user_sees_what_is_shared_with_them() {
    let simulator = demo().await;
    let viewer = signed_out(&simulator)
        .set(Key::User, "viewer@anaplan-sql.example")
        .set(Key::Password, "viewer")
        .connect()
        .await
        .expect("the viewer may sign in");
    let models = "SELECT name FROM information.models";
    assert_eq!(cells(&query(&viewer, models).await), [[Cell::text("Demand Planning")]]);
    insta::assert_snapshot!(
        told(&viewer, r#""Finance"."Sales Planning"."Customers""#).await, @r#"
    "Finance"."Sales Planning"."Customers"
    NotFound: there is no workspace "Finance"
      hint: did you mean "Operations"?
    "#);
}

#[tokio::test]
async fn names_are_read_once_for_many_queries_at_once() {
    let simulator = start(
        Tenant::new().user(User::new(USER, PASSWORD)).workspace(
            Workspace::new("W")
                .model(Model::new("M").export(counting("A", 5)).export(counting("B", 6))),
        ),
    )
    .await;
    let session = connect(&simulator).await;
    let (a, b, c) = tokio::join!(
        count_rows(&session, r#"SELECT * FROM "W"."M"."A""#),
        count_rows(&session, r#"SELECT * FROM "W"."M"."B""#),
        count_rows(&session, r#"SELECT "Code" FROM "W"."M"."A""#),
    );
    assert_eq!((a, b, c), (5, 6, 5));
    for (path, times) in
        [(WORKSPACES, 1), (MODELS, 1), (EXPORTS, 1), (METADATA, 2), (CHUNK, 3), (AUTHENTICATE, 0)]
    {
        assert_eq!(simulator.count("GET", path), times, "{path}");
    }
    assert_eq!(simulator.count("POST", AUTHENTICATE), 1);
    // The two queries of one export overlap, so they share its run.
    assert_eq!(simulator.count("POST", TASKS), 2);
}
