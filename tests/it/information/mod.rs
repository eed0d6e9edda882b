//! The tables about the tenant: what they hold, and what they ask the service for.

mod insides;
mod refresh;
mod tenants;

use anaplan_sql::Key;
use anaplan_sql::simulator::{Fault, Model, Simulator, Tenant, Workspace};

use crate::support::{
    EXPORTS, METADATA, MODELS, Trace, WORKSPACES, builder, cells, connect, count_rows, counting,
    demo, query, requests, show, start, users,
};

/// `n` workspaces of two models of two exports each.
fn tenant(n: usize) -> Tenant {
    let model = |name: String| Model::new(&name).export(counting("A", 1)).export(counting("B", 1));
    (0..n).fold(users(), |tenant, i| {
        tenant.workspace(
            Workspace::new(&format!("W{i}"))
                .model(model(format!("M{i}a")))
                .model(model(format!("M{i}b"))),
        )
    })
}

#[tokio::test]
async fn workspaces_and_models_are_as_the_service_tells() {
    let simulator = demo().await;
    let session = connect(&simulator).await;
    insta::assert_snapshot!(
        show(&session, "SELECT * FROM information.workspaces ORDER BY name").await, @r"
    +----------------------------------+------------+--------+----------------+--------------+
    | id                               | name       | active | size_allowance | current_size |
    +----------------------------------+------------+--------+----------------+--------------+
    | 8a85ed36a799f845fda289e93d4468c2 | Finance    | true   | 1073741824     | 20971520     |
    | 8ac62167df29b7737ca98ae3199c4945 | Operations | true   | 1073741824     | 10485760     |
    +----------------------------------+------------+--------+----------------+--------------+
    ");
    insta::assert_snapshot!(
        show(&session, "SELECT * FROM information.models ORDER BY name").await, @r"
    +----------------------------------+-----------------+----------------------------------+----------------+--------------+----------------------------------------------------------------------------------------+--------------+--------------------------+------------------------------+----------------------------------+------------------------------+
    | id                               | name            | workspace_id                     | workspace_name | active_state | url                                                                                    | memory_usage | last_saved_serial_number | last_modified                | last_modified_by_id              | created                      |
    +----------------------------------+-----------------+----------------------------------+----------------+--------------+----------------------------------------------------------------------------------------+--------------+--------------------------+------------------------------+----------------------------------+------------------------------+
    | EB8D7AC175254B1EBACF951470C1BE44 | Demand Planning | 8ac62167df29b7737ca98ae3199c4945 | Operations     | UNLOCKED     | https://us1a.app.anaplan.com/a/modeler/selected-model/EB8D7AC175254B1EBACF951470C1BE44 | 10485760     | 12                       | 2026-01-12T16:05:10.000+0000 | 8acb909ca7c2ff85f7f9cdbfd60da609 | 2025-02-03T09:12:44.000+0000 |
    | BB3A17A88595B909B1914620459FD364 | FP&A Hub        | 8a85ed36a799f845fda289e93d4468c2 | Finance        | UNLOCKED     | https://us1a.app.anaplan.com/a/modeler/selected-model/BB3A17A88595B909B1914620459FD364 | 10485760     | 12                       | 2026-01-12T16:05:10.000+0000 | 8acb909ca7c2ff85f7f9cdbfd60da609 | 2025-02-03T09:12:44.000+0000 |
    | 02D90989DF966693E43BFA57783E3D0F | Sales Planning  | 8a85ed36a799f845fda289e93d4468c2 | Finance        | UNLOCKED     | https://us1a.app.anaplan.com/a/modeler/selected-model/02D90989DF966693E43BFA57783E3D0F | 10485760     | 12                       | 2026-01-12T16:05:10.000+0000 | 8acb909ca7c2ff85f7f9cdbfd60da609 | 2025-02-03T09:12:44.000+0000 |
    +----------------------------------+-----------------+----------------------------------+----------------+--------------+----------------------------------------------------------------------------------------+--------------+--------------------------+------------------------------+----------------------------------+------------------------------+
    ");
    assert_eq!(requests(&simulator).len(), 3, "signing in and a listing each");
}

#[tokio::test]
async fn exports_tell_which_table_they_are() {
    let simulator = demo().await;
    let session = connect(&simulator).await;
    insta::assert_snapshot!(
        show(
            &session,
            "SELECT model_name, id, name, table_name, queryable, export_type, export_format, encoding
             FROM information.exports ORDER BY model_name, id"
        )
        .await,
        @r#"
    +-----------------+--------------+----------------------------------+----------------------------------+-----------+---------------------------+-------------------------------------------------------------------+------------+
    | model_name      | id           | name                             | table_name                       | queryable | export_type               | export_format                                                     | encoding   |
    +-----------------+--------------+----------------------------------+----------------------------------+-----------+---------------------------+-------------------------------------------------------------------+------------+
    | Demand Planning | 116000000001 | Forecast by Site                 | Forecast by Site                 | true      | TABULAR_ALL_LINE_ITEMS    | text/csv                                                          | UTF-8      |
    | Demand Planning | 116000000002 | Stock today                      | Stock today                      | true      | TABULAR_CURRENT_LINE_ITEM | text/csv                                                          | UTF-8      |
    | Demand Planning | 116000000003 | Rejected forecast                | Rejected forecast                | true      | TABULAR_MULTI_COLUMN      | text/csv                                                          | UTF-8      |
    | Demand Planning | 116000000004 | Weeks by Site                    | Weeks by Site                    | true      | TABULAR_SINGLE_COLUMN     | text/csv                                                          | UTF-8      |
    | FP&A Hub        | 116000000001 | P&L                              | P&L                              | true      | GRID_CURRENT_PAGE         | text/csv                                                          | UTF-8      |
    | FP&A Hub        | 116000000002 | P&L all pages                    | P&L all pages                    | true      | GRID_ALL_PAGES            | text/csv                                                          | UTF-8      |
    | FP&A Hub        | 116000000003 | Headcount by Quarter             | Headcount by Quarter             | true      | GRID_CURRENT_PAGE         | text/csv                                                          | UTF-8      |
    | FP&A Hub        | 116000000004 | KPI overview                     | KPI overview                     | true      | GRID_CURRENT_PAGE         | text/csv                                                          | UTF-8      |
    | FP&A Hub        | 116000000005 | Cost centres                     | Cost centres                     | true      | TABULAR_MULTI_COLUMN      | text/csv                                                          | UTF-8      |
    | FP&A Hub        | 116000000006 | Journal lines                    | Journal lines                    | true      | TABULAR_MULTI_COLUMN      | text/plain                                                        | UTF-16LE   |
    | FP&A Hub        | 116000000007 | Monthly close                    | Monthly close (116000000007)     | true      | TABULAR_MULTI_COLUMN      | text/csv                                                          | UTF-8      |
    | FP&A Hub        | 116000000008 | Monthly close                    | Monthly close (116000000008)     | true      | TABULAR_MULTI_COLUMN      | text/csv                                                          | UTF-8      |
    | FP&A Hub        | 116000000009 | Board pack                       |                                  | false     | GRID_CURRENT_PAGE         | application/pdf                                                   | UTF-8      |
    | FP&A Hub        | 116000000010 | Budget workbook                  |                                  | false     | GRID_CURRENT_PAGE         | application/vnd.openxmlformats-officedocument.spreadsheetml.sheet | UTF-8      |
    | FP&A Hub        | 116000000011 | P&L by entity                    | P&L by entity                    | true      | TABULAR_MULTI_COLUMN      | text/csv                                                          | UTF-8      |
    | Sales Planning  | 116000000001 | Revenue by Region                | Revenue by Region                | true      | TABULAR_MULTI_COLUMN      | text/csv                                                          | UTF-8      |
    | Sales Planning  | 116000000002 | Revenue by Region, single column | Revenue by Region, single column | true      | TABULAR_SINGLE_COLUMN     | text/csv                                                          | UTF-8      |
    | Sales Planning  | 116000000003 | Customers                        | Customers                        | true      | TABULAR_MULTI_COLUMN      | text/csv                                                          | UTF-8      |
    | Sales Planning  | 116000000004 | Transactions                     | Transactions                     | true      | TABULAR_MULTI_COLUMN      | text/csv                                                          | UTF-8      |
    | Sales Planning  | 116000000005 | Open pipeline                    | Open pipeline                    | true      | TABULAR_MULTI_COLUMN      | text/csv                                                          | UTF-8      |
    | Sales Planning  | 116000000006 | Händler.Übersicht                | Händler.Übersicht                | true      | TABULAR_MULTI_COLUMN      | text/csv                                                          | ISO-8859-1 |
    | Sales Planning  | 116000000007 | Quota v1.2 / "Stretch" 🎯        | Quota v1.2 / "Stretch" 🎯        | true      | TABULAR_MULTI_COLUMN      | text/csv                                                          | UTF-8      |
    | Sales Planning  | 116000000008 | Price Book                       | Price Book                       | true      | TABULAR_MULTI_COLUMN      | text/csv                                                          | UTF-8      |
    | Sales Planning  | 116000000009 | Plan by Month                    | Plan by Month                    | true      | TABULAR_MULTI_COLUMN      | text/csv                                                          | UTF-8      |
    | Sales Planning  | 116000000010 | Board view                       | Board view                       | true      | TABULAR_MULTI_COLUMN      | text/csv                                                          | UTF-8      |
    +-----------------+--------------+----------------------------------+----------------------------------+-----------+---------------------------+-------------------------------------------------------------------+------------+
    "#
    );
    let tenant = simulator.tenant();
    let found = cells(
        &query(
            &session,
            "SELECT DISTINCT workspace_id, model_id FROM information.exports WHERE model_name = 'FP&A Hub'",
        )
        .await,
    );
    let ids = [
        tenant.find_workspace("Finance").expect("it").id.clone(),
        tenant.find_model("FP&A Hub").expect("it").id.clone(),
    ];
    assert_eq!(found[0].iter().map(ToString::to_string).collect::<Vec<_>>(), ids);
    assert_eq!(found.len(), 1);
}

#[tokio::test]
async fn export_columns_tell_the_types_of_every_table() {
    let simulator = demo().await;
    let session = connect(&simulator).await;
    insta::assert_snapshot!(
        show(
            &session,
            "SELECT export_name, position, name, sql_type, data_type, list_name
             FROM information.export_columns
             WHERE export_name IN ('Customers', 'KPI overview', 'Monthly close')
             ORDER BY export_id, position"
        )
        .await,
        @r"
    +---------------+----------+----------------+----------+-------------+----------------+
    | export_name   | position | name           | sql_type | data_type   | list_name      |
    +---------------+----------+----------------+----------+-------------+----------------+
    | Customers     | 1        | Customer       | VARCHAR  | ENTITY      | Customers      |
    | Customers     | 2        | Code           | VARCHAR  | TEXT        |                |
    | Customers     | 3        | Region         | VARCHAR  | ENTITY      | Regions        |
    | Customers     | 4        | Segment        | VARCHAR  | TEXT        |                |
    | Customers     | 5        | Credit Limit   | DOUBLE   | NUMBER      |                |
    | Customers     | 6        | Active         | BOOLEAN  | BOOLEAN     |                |
    | Customers     | 7        | Customer Since | DATE     | DATE        |                |
    | KPI overview  | 1        | Line items     | VARCHAR  | ENTITY      |                |
    | KPI overview  | 2        | Q1 FY26        | VARCHAR  | MIXED       |                |
    | KPI overview  | 3        | Q2 FY26        | VARCHAR  | MIXED       |                |
    | KPI overview  | 4        | Q3 FY26        | VARCHAR  | MIXED       |                |
    | KPI overview  | 5        | Q4 FY26        | VARCHAR  | MIXED       |                |
    | Monthly close | 1        | Entity         | VARCHAR  | ENTITY      | Legal Entities |
    | Monthly close | 2        | Month          | VARCHAR  | TIME_ENTITY |                |
    | Monthly close | 3        | System         | VARCHAR  | TEXT        |                |
    | Monthly close | 4        | Closed         | BOOLEAN  | BOOLEAN     |                |
    | Monthly close | 5        | Difference     | DOUBLE   | NUMBER      |                |
    | Monthly close | 1        | Entity         | VARCHAR  | ENTITY      | Legal Entities |
    | Monthly close | 2        | Month          | VARCHAR  | TIME_ENTITY |                |
    | Monthly close | 3        | System         | VARCHAR  | TEXT        |                |
    | Monthly close | 4        | Closed         | BOOLEAN  | BOOLEAN     |                |
    | Monthly close | 5        | Difference     | DOUBLE   | NUMBER      |                |
    +---------------+----------+----------------+----------+-------------+----------------+
    "
    );
    let tenant = simulator.tenant();
    let text = tenant
        .workspaces
        .iter()
        .flat_map(|workspace| &workspace.models)
        .flat_map(|model| &model.exports)
        .filter(|export| export.format.starts_with("text/"))
        .count();
    assert_eq!(simulator.count("GET", METADATA), text, "only of those that are tables");
    assert_eq!(simulator.count("GET", EXPORTS), 3);
    // What has been read is kept.
    simulator.clear_requests();
    query(&session, "SELECT * FROM information.export_columns").await;
    assert_eq!(simulator.count("*", "/**"), 0);
    assert_eq!(simulator.tasks().len(), 0);
}

#[tokio::test]
async fn connection_properties_show_every_key_but_no_secret() {
    let simulator = demo().await;
    let session = builder(&simulator)
        .connection_string("Timeout=12;Region=EU1;MaxRetries=7")
        .set(Key::MaxRetries, "3")
        .connect()
        .await
        .expect("signed in");
    simulator.clear_requests();
    let shown = show(
        &session,
        "SELECT name, value, default_value, source, secret FROM information.connection_properties
         WHERE source <> 'default' AND name <> 'Endpoint' ORDER BY name",
    )
    .await;
    insta::assert_snapshot!(shown, @r"
    +---------------------+--------------------------+---------------+-------------------+--------+
    | name                | value                    | default_value | source            | secret |
    +---------------------+--------------------------+---------------+-------------------+--------+
    | BulkPollingInterval | 10                       |               | code              | false  |
    | MaxRetries          | 3                        | 5             | code              | false  |
    | Password            | ***                      |               | code              | true   |
    | Region              | EU1                      | US1           | connection string | false  |
    | Timeout             | 12                       | 60            | connection string | false  |
    | User                | demo@anaplan-sql.example |               | code              | false  |
    +---------------------+--------------------------+---------------+-------------------+--------+
    ");
    let all = cells(&query(&session, "SELECT name FROM information.connection_properties").await);
    let names: Vec<String> = all.iter().map(|row| row[0].to_string()).collect();
    for key in ["AuthScheme", "OAuthClientSecret", "MaxStaleness", "Verbosity"] {
        assert!(names.iter().any(|name| name == key), "{key} is not among {names:?}");
    }
    let undocumented = "SELECT count(*) FROM information.connection_properties
                        WHERE description IS NULL OR description = ''";
    assert_eq!(cells(&query(&session, undocumented).await)[0][0].to_string(), "0");
    assert_eq!(simulator.count("*", "/**"), 0);
}

/// Sends a query and gives how often exports were listed and described.
async fn cost(simulator: &Simulator, sql: &str) -> (usize, usize, usize) {
    let session = connect(simulator).await;
    simulator.clear_requests();
    let rows = count_rows(&session, sql).await;
    (rows, simulator.count("GET", EXPORTS), simulator.count("GET", METADATA))
}

#[tokio::test]
async fn filters_on_ids_read_only_what_they_name() {
    let simulator = start(tenant(10)).await;
    let all = simulator.tenant();
    let model = |name: &str| all.find_model(name).expect("a model").id.clone();
    let (first, second) = (model("M3a"), model("M4b"));
    let workspace = &all.find_workspace("W5").expect("a workspace").id;
    for (condition, exports, columns) in [
        (String::new(), (40, 20, 0), (80, 20, 40)),
        (format!("WHERE model_id = '{first}'"), (2, 1, 0), (4, 1, 2)),
        (format!("WHERE '{first}' = model_id"), (2, 1, 0), (4, 1, 2)),
        (format!("WHERE model_id IN ('{first}', '{second}')"), (4, 2, 0), (8, 2, 4)),
        (format!("WHERE model_id = '{first}' OR model_id = '{second}'"), (4, 2, 0), (8, 2, 4)),
        (format!("WHERE workspace_id = '{workspace}'"), (4, 2, 0), (8, 2, 4)),
        (
            format!("WHERE workspace_id = '{workspace}' AND model_id = '{first}'"),
            (0, 0, 0),
            (0, 0, 0),
        ),
        ("WHERE model_id = 'nonsense'".to_owned(), (0, 0, 0), (0, 0, 0)),
        ("WHERE model_id IS NULL".to_owned(), (0, 0, 0), (0, 0, 0)),
    ] {
        let sql = format!("SELECT * FROM information.exports {condition}");
        assert_eq!(cost(&simulator, &sql).await, exports, "{sql}");
        let sql = format!("SELECT * FROM information.export_columns {condition}");
        assert_eq!(cost(&simulator, &sql).await, columns, "{sql}");
    }
    let sql = format!(
        "SELECT * FROM information.export_columns
         WHERE model_id = '{first}' AND export_id = '116000000002'"
    );
    assert_eq!(cost(&simulator, &sql).await, (2, 1, 1));
    // Whatever else a filter says of models, it is worked out before any of them is asked.
    for (condition, expected) in [
        (format!("model_id <> '{first}'"), (38, 19, 0)),
        ("model_name LIKE 'M3%'".to_owned(), (4, 2, 0)),
        ("upper(model_name) = 'M4A' OR model_name LIKE 'M5%'".to_owned(), (6, 3, 0)),
        ("length(model_name) > 3".to_owned(), (0, 0, 0)),
        (format!("workspace_id || model_name = '{workspace}M5b'"), (2, 1, 0)),
        ("model_name LIKE 'M3%' AND name = 'A'".to_owned(), (2, 2, 0)),
        // This says something of the rows too.
        ("model_name LIKE 'M3%' OR name = 'A'".to_owned(), (22, 20, 0)),
    ] {
        let sql = format!("SELECT * FROM information.exports WHERE {condition}");
        assert_eq!(cost(&simulator, &sql).await, expected, "{sql}");
    }
    let sql = "SELECT * FROM information.exports WHERE model_name LIKE 'M3%' LIMIT 1";
    assert_eq!(cost(&simulator, sql).await, (1, 2, 0), "two are asked at once");
}

#[tokio::test]
async fn what_a_join_or_a_subquery_finds_chooses_the_models_that_are_read() {
    let simulator = start(tenant(10)).await;
    let models = "SELECT id FROM information.models WHERE name IN ('M3a', 'M4b')";
    for (sql, expected) in [
        (format!("SELECT * FROM information.exports WHERE model_id IN ({models})"), (4, 2, 0)),
        (
            "SELECT e.name FROM (VALUES ('M7a')) AS wanted(model)
             JOIN information.exports e ON e.model_name = wanted.model"
                .to_owned(),
            (2, 1, 0),
        ),
        (
            format!(
                "SELECT name FROM information.export_columns WHERE model_id IN ({models})
                 AND export_name = 'A'"
            ),
            (4, 2, 4),
        ),
        (
            "SELECT * FROM information.exports WHERE model_id IN
             (SELECT id FROM information.models WHERE name = 'nonsense')"
                .to_owned(),
            (0, 0, 0),
        ),
        // The bounds of several columns tell something of each.
        (
            "SELECT e.name FROM (VALUES ('M7a', 'A')) AS wanted(model, export)
             JOIN information.exports e
             ON e.model_name = wanted.model AND e.name = wanted.export"
                .to_owned(),
            (1, 1, 0),
        ),
        // Those that the subquery does not find are wanted: all must be asked.
        (
            format!("SELECT * FROM information.exports WHERE model_id NOT IN ({models})"),
            (36, 20, 0),
        ),
        // What a join tells of rows saves nothing here, and loses nothing.
        (
            "SELECT e.name FROM (VALUES ('A')) AS wanted(export)
             JOIN information.exports e ON e.name = wanted.export"
                .to_owned(),
            (20, 20, 0),
        ),
    ] {
        assert_eq!(cost(&simulator, &sql).await, expected, "{sql}");
    }
}

#[tokio::test]
async fn limit_stops_early() {
    let simulator = start(tenant(40)).await;
    let (rows, listings, _) = cost(&simulator, "SELECT * FROM information.exports LIMIT 3").await;
    assert_eq!(rows, 3);
    // Eight are asked at once, and no more than that ahead.
    assert!(listings <= 16, "{listings} of 80 models were asked");
}

#[tokio::test]
async fn a_model_without_access_is_passed_over() {
    let model = |name: &str| Model::new(name).export(counting("A", 1));
    let simulator = start(
        users().workspace(
            Workspace::new("W")
                .model(model("Open"))
                .model(model("Shut").no_access())
                .model(model("Old").state("ARCHIVED"))
                .model(model("Late")),
        ),
    )
    .await;
    let session = connect(&simulator).await;
    let trace = Trace::start();
    let sql = "SELECT model_name FROM information.exports";
    let names: Vec<_> =
        cells(&query(&session, sql).await).iter().map(|row| row[0].to_string()).collect();
    assert_eq!(names, ["Open", "Late"]);
    assert!(trace.text().contains("passed over"));
    assert_eq!(simulator.count("GET", EXPORTS), 3, "an archived model isn't even asked");
    assert_eq!(count_rows(&session, "SELECT * FROM information.export_columns").await, 4);
}

#[tokio::test]
async fn a_service_that_fails_is_not_passed_over() {
    let simulator = start(tenant(2)).await;
    let session = builder(&simulator).set(Key::MaxRetries, "1").connect().await.expect("it");
    simulator.inject(Fault::on("GET", EXPORTS).skip(2).forever().status(500));
    let error = crate::support::fail(&session, "SELECT * FROM information.exports").await;
    assert_eq!(error.kind(), anaplan_sql::ErrorKind::Service);
}

#[tokio::test]
async fn under_a_workspaces_catalog_they_cover_that_workspace() {
    let simulator = start(tenant(5)).await;
    let session = connect(&simulator).await;
    for (table, rows) in [("workspaces", 1), ("models", 2), ("exports", 4), ("export_columns", 8)] {
        let sql = format!(r#"SELECT * FROM "W3".information.{table}"#);
        assert_eq!(count_rows(&session, &sql).await, rows, "{table}");
    }
    assert_eq!(simulator.count("GET", EXPORTS), 2);
    let names = cells(&query(&session, r#"SELECT name FROM "W3".information.models"#).await);
    assert_eq!(names.iter().map(|row| row[0].to_string()).collect::<Vec<_>>(), ["M3a", "M3b"]);
}

#[tokio::test]
async fn listings_are_fresh_each_time() {
    let simulator = start(tenant(1)).await;
    let session = connect(&simulator).await;
    assert_eq!(count_rows(&session, "SELECT * FROM information.models").await, 2);
    simulator.edit(|tenant| {
        *tenant = std::mem::take(tenant).workspace(Workspace::new("New").model(Model::new("N")));
    });
    assert_eq!(count_rows(&session, "SELECT * FROM information.models").await, 3);
    assert_eq!(count_rows(&session, "SELECT * FROM information.workspaces").await, 2);
    assert_eq!(simulator.count("GET", MODELS), 2);
    assert_eq!(simulator.count("GET", WORKSPACES), 1);
}

#[tokio::test]
async fn an_empty_tenant_has_empty_tables() {
    let simulator = start(users()).await;
    let session = connect(&simulator).await;
    for table in ["workspaces", "models", "exports", "export_columns"] {
        assert_eq!(count_rows(&session, &format!("SELECT * FROM {table}")).await, 0, "{table}");
    }
}

#[tokio::test]
async fn words_that_nobody_knows_are_kept() {
    let mut export = counting("A", 1).export_type("HOLOGRAM");
    export.format = "text/hologram".into();
    let model = Model::new("M").state("SLEEPING").export(export);
    let simulator = start(users().workspace(Workspace::new("W").model(model))).await;
    let session = connect(&simulator).await;
    let state = cells(&query(&session, "SELECT active_state FROM information.models").await);
    assert_eq!(state[0][0].to_string(), "SLEEPING");
    let kind =
        cells(&query(&session, "SELECT export_type, queryable FROM information.exports").await);
    assert_eq!(kind[0].iter().map(ToString::to_string).collect::<Vec<_>>(), ["HOLOGRAM", "true"]);
    // And the table can be read.
    assert_eq!(count_rows(&session, r#"SELECT * FROM "W"."M"."A""#).await, 1);
}
