//! The tables about the insides of models, beside the tenant that the simulator serves.

use std::sync::Arc;
use std::time::Duration;

use anaplan_sql::progress::Phase;
use anaplan_sql::simulator::{
    Dim, Fault, Format, Item, LineItem, List, Model, Module, Simulator, Tenant, User, Workspace,
};
use anaplan_sql::{ErrorKind, Key, Session};

use crate::support::{
    builder, cells, connect, connect_to, counting, demo, fail, query, show, start, until, users,
};

const LISTS: &str = "/2/0/models/*/lists";
const LIST: &str = "/2/0/models/*/lists/*";
const MODULES: &str = "/2/0/models/*/modules";
const VIEWS: &str = "/2/0/models/*/views";
const VIEW: &str = "/2/0/models/*/views/*";
const LINE_ITEMS: &str = "/2/0/models/*/lineItems";
const LINE_ITEMS_OF: &str = "/2/0/models/*/modules/*/lineItems";
const ANYTHING: &str = "/2/0/models/*/**";

/// The rows of a query, each as one line.
async fn lines(session: &Session, sql: &str) -> Vec<String> {
    let rows = cells(&query(session, sql).await);
    let line = |row: &Vec<_>| row.iter().map(ToString::to_string).collect::<Vec<_>>().join("|");
    rows.iter().map(line).collect()
}

/// What a model has of something: for each, its parts.
type Parts = fn(&Model) -> Vec<Vec<String>>;

/// The same lines from the tenant, without asking anybody.
fn expected(tenant: &Tenant, parts: Parts) -> Vec<String> {
    let mut lines = Vec::new();
    for workspace in &tenant.workspaces {
        for model in &workspace.models {
            let place = [workspace.id.clone(), model.id.clone(), model.name.clone()];
            lines.extend(
                parts(model).into_iter().map(|parts| [&place[..], &parts].concat().join("|")),
            );
        }
    }
    lines
}

#[tokio::test]
async fn every_object_of_the_demo_tenant_is_listed() {
    let simulator = demo().await;
    let session = connect(&simulator).await;
    let tenant = simulator.tenant();
    let tables: [(&str, &str, Parts); 11] = [
        ("modules", "id, name", |model| {
            model.modules.iter().map(|it| vec![it.id.clone(), it.name.clone()]).collect()
        }),
        ("lists", "id, name, table_name", |model| {
            let row =
                |it: &List| vec![it.id.clone(), it.name.clone(), format!("Lists.{}", it.name)];
            model.lists.iter().map(row).collect()
        }),
        ("imports", "id, name, import_type", |model| {
            let imports = model.imports.iter();
            imports.map(|it| vec![it.id.clone(), it.name.clone(), it.type_name().into()]).collect()
        }),
        ("actions", "id, name, action_type", |model| {
            let actions = model.actions.iter();
            actions.map(|it| vec![it.id.clone(), it.name.clone(), it.kind.name().into()]).collect()
        }),
        ("processes", "id, name", |model| {
            model.processes.iter().map(|it| vec![it.id.clone(), it.name.clone()]).collect()
        }),
        ("process_actions", "process_id, position, name", |model| {
            let steps = model.processes.iter().flat_map(|process| {
                let steps = process.steps.iter().zip(1..);
                steps.map(|(step, n)| vec![process.id.clone(), n.to_string(), step.clone()])
            });
            steps.collect()
        }),
        ("versions", "id, name, is_actual", |model| {
            let row = |it: &anaplan_sql::simulator::Version| {
                vec![it.id.clone(), it.name.clone(), it.is_actual.to_string()]
            };
            model.versions.iter().map(row).collect()
        }),
        ("line_items", "module_id, module_name, position, id, name", |model| {
            let items = model.modules.iter().flat_map(|module| {
                let items = module.line_items.iter().zip(1..);
                items.map(|(item, n)| {
                    let (id, name) = (item.id.clone(), item.name.clone());
                    vec![module.id.clone(), module.name.clone(), n.to_string(), id, name]
                })
            });
            items.collect()
        }),
        ("list_subsets", "list_id, list_name, id, name", |model| {
            let subsets = model.lists.iter().flat_map(|list| {
                let row = |it: &anaplan_sql::simulator::Subset| {
                    vec![list.id.clone(), list.name.clone(), it.id.clone(), it.name.clone()]
                };
                list.subsets.iter().map(row)
            });
            subsets.collect()
        }),
        ("list_properties", "list_id, position, name", |model| {
            let properties = model.lists.iter().flat_map(|list| {
                let properties = list.properties.iter().zip(1..);
                properties.map(|(it, n)| vec![list.id.clone(), n.to_string(), it.name.clone()])
            });
            properties.collect()
        }),
        ("calendar", "calendar_type IS NOT NULL", |_| vec![vec!["true".to_owned()]]),
    ];
    for (table, columns, parts) in tables {
        let sql = format!(
            "SELECT workspace_id, model_id, model_name, {columns} FROM information.{table}"
        );
        let (found, expected) = (lines(&session, &sql).await, expected(&tenant, parts));
        assert!(!expected.is_empty(), "{table}: the demo tenant has none");
        assert_eq!(found, expected, "{table}");
    }
}

#[tokio::test]
async fn each_table_of_a_model_shows_what_the_service_tells() {
    let simulator = demo().await;
    let session = connect(&simulator).await;
    for (table, columns) in [
        (
            "views",
            "module_name, id, name, is_default, table_name, row_dimensions, column_dimensions, page_dimensions",
        ),
        (
            "line_items",
            "module_name, name, format, format_list_id, format_period, applies_to, time_scale, version, summary, cell_count",
        ),
        (
            "lists",
            "id, name, item_count, parent_name, top_level_item, is_numbered, is_production_data, used_in",
        ),
        ("list_properties", "list_name, position, name, format"),
        ("files", "id, name, chunk_count, encoding, separator, header_row, first_data_row"),
        ("imports", "id, name, import_type, source_id"),
        (
            "process_actions",
            "process_name, position, id, name, action_type, import_type, export_type",
        ),
        (
            "versions",
            "name, is_actual, is_current, edit_from_period, edit_from, edit_to, switchover_period, switchover",
        ),
        (
            "calendar",
            "calendar_type, fiscal_year, fiscal_year_start, fiscal_year_end, current_period, current_period_end, has_quarters, has_half_years",
        ),
    ] {
        let sql = format!(
            "SELECT {columns} FROM information.{table} WHERE model_name = 'Sales Planning'"
        );
        insta::assert_snapshot!(format!("demo_{table}"), show(&session, &sql).await);
    }
}

/// `n` workspaces of two models of two lists and two modules each.
fn tenant(n: usize) -> Tenant {
    let list = |name: &str| List::new(name).items(["x", "y"]).property("Size", Format::number());
    let module = |name: &str| {
        Module::new(name, vec![Dim::list("A")])
            .line_item(LineItem::number("One"))
            .line_item(LineItem::number("Two"))
    };
    let model = |name: String| {
        Model::new(&name).list(list("A")).list(list("B")).module(module("M")).module(module("N"))
    };
    (0..n).fold(users(), |tenant, i| {
        let workspace = Workspace::new(&format!("W{i}"));
        let workspace = workspace.model(model(format!("M{i}a"))).model(model(format!("M{i}b")));
        tenant.workspace(workspace)
    })
}

/// The rows of a query in a new session, and the requests about models that it takes.
async fn cost(simulator: &Simulator, sql: &str) -> (usize, usize) {
    let session = connect(simulator).await;
    simulator.clear_requests();
    let rows = lines(&session, sql).await.len();
    (rows, simulator.count("*", ANYTHING))
}

#[tokio::test]
async fn filters_on_places_ask_only_the_models_they_name() {
    let simulator = start(tenant(3)).await;
    let all = simulator.tenant();
    let model = &all.find_model("M1a").expect("a model").id;
    let workspace = &all.find_workspace("W2").expect("a workspace").id;
    // For each table the rows of a model, and the requests that one takes.
    for (table, rows, requests) in [
        ("modules", 2, 1),
        ("lists", 2, 3),
        ("list_properties", 2, 3),
        ("list_subsets", 0, 3),
        ("views", 2, 4),
        ("line_items", 4, 1),
        ("imports", 0, 1),
        ("processes", 0, 1),
        ("process_actions", 0, 1),
        ("actions", 0, 1),
        ("files", 0, 1),
        ("versions", 0, 1),
        ("calendar", 1, 1),
        ("tasks", 0, 4),
    ] {
        for (filter, models) in [
            (String::new(), 6),
            (format!("WHERE model_id = '{model}'"), 1),
            ("WHERE model_name = 'M1a'".to_owned(), 1),
            ("WHERE model_name IN ('M1a', 'M2b')".to_owned(), 2),
            (format!("WHERE workspace_id = '{workspace}'"), 2),
            (format!("WHERE workspace_id = '{workspace}' AND model_name = 'M1a'"), 0),
            ("WHERE model_id = 'nonsense'".to_owned(), 0),
        ] {
            let sql = format!("SELECT * FROM information.{table} {filter}");
            assert_eq!(cost(&simulator, &sql).await, (rows * models, requests * models), "{sql}");
        }
        let sql = format!(r#"SELECT * FROM "W2".information.{table}"#);
        assert_eq!(cost(&simulator, &sql).await, (rows * 2, requests * 2), "{sql}");
    }
}

#[tokio::test]
async fn details_are_read_only_of_what_is_wanted() {
    let simulator = start(tenant(1)).await;
    let all = simulator.tenant();
    let list = &all.find_model("M0a").expect("it").lists[1].id;
    for (sql, rows, listings, details) in [
        ("SELECT name FROM information.lists".to_owned(), 4, 2, 0),
        ("SELECT count(*) FROM information.lists".to_owned(), 1, 2, 0),
        ("SELECT name, item_count FROM information.lists".to_owned(), 4, 2, 4),
        (format!("SELECT * FROM information.lists WHERE id = '{list}'"), 2, 2, 2),
        ("SELECT name FROM information.lists WHERE item_count > 1".to_owned(), 4, 2, 4),
        (format!("SELECT * FROM information.list_properties WHERE list_id = '{list}'"), 2, 2, 2),
    ] {
        let session = connect(&simulator).await;
        simulator.clear_requests();
        assert_eq!(lines(&session, &sql).await.len(), rows, "{sql}");
        let found = (simulator.count("GET", LISTS), simulator.count("GET", LIST));
        assert_eq!(found, (listings, details), "{sql}");
        // What names and columns of tables come from is kept.
        simulator.clear_requests();
        lines(&session, &sql).await;
        assert_eq!(simulator.count("*", ANYTHING), 0, "{sql}");
    }
}

#[tokio::test]
async fn views_tell_their_axes_only_when_asked() {
    let simulator = start(tenant(1)).await;
    let session = connect(&simulator).await;
    let sql = "SELECT name, is_default FROM information.views WHERE model_name = 'M0a'";
    assert_eq!(lines(&session, sql).await, ["M|true", "N|true"]);
    let asked = |path| simulator.count("GET", path);
    assert_eq!((asked(VIEWS), asked(MODULES), asked(VIEW)), (1, 1, 0));
    let module = simulator.tenant().find_model("M0a").expect("it").modules[1].id.clone();
    let sql = format!(
        "SELECT row_dimensions, column_dimensions FROM information.views
                       WHERE model_name = 'M0a' AND module_id = '{module}'"
    );
    assert_eq!(lines(&session, &sql).await.len(), 1);
    assert_eq!((asked(VIEWS), asked(MODULES), asked(VIEW)), (1, 1, 1));
}

#[tokio::test]
async fn line_items_of_few_modules_are_asked_singly_and_short_where_that_is_enough() {
    let simulator = start(tenant(1)).await;
    let session = connect(&simulator).await;
    let module = simulator.tenant().find_model("M0a").expect("it").modules[1].id.clone();
    let sql = format!("SELECT name FROM information.line_items WHERE module_id = '{module}'");
    // Modules of two models have this id.
    assert_eq!(lines(&session, &sql).await, ["One", "Two", "One", "Two"]);
    assert_eq!(simulator.count("GET", LINE_ITEMS_OF), 2);
    assert_eq!(simulator.count("GET", LINE_ITEMS), 0);
    let queries = || -> Vec<Option<String>> {
        let all = simulator.requests();
        all.iter().filter(|r| r.path.ends_with("/lineItems")).map(|r| r.query.clone()).collect()
    };
    assert_eq!(queries(), [None, None]);
    simulator.clear_requests();
    let sql = "SELECT name, summary FROM information.line_items WHERE model_name = 'M0a'";
    assert_eq!(lines(&session, sql).await.len(), 4);
    assert_eq!(queries(), [Some("includeAll=true".to_owned())]);
    // A module of one model only: the other says 404, and nothing is lost.
    simulator.edit(|tenant| tenant.model_mut("M0b").expect("it").modules[1].id = "102999".into());
    let sql = format!(
        "SELECT model_name, name FROM information.line_items
         WHERE module_id IN ('{module}', '102999', '102777')"
    );
    let expected = ["M0a|One", "M0a|Two", "M0b|One", "M0b|Two"];
    assert_eq!(lines(&session, &sql).await, expected);
}

#[tokio::test]
async fn limit_stops_reading_models_and_details() {
    let simulator = start(tenant(20)).await;
    for (sql, most) in [
        ("SELECT * FROM information.modules LIMIT 3", 4),
        ("SELECT * FROM information.lists LIMIT 1", 6),
        ("SELECT * FROM information.line_items LIMIT 1", 3),
    ] {
        let session = connect(&simulator).await;
        simulator.clear_requests();
        lines(&session, sql).await;
        let found = simulator.count("*", ANYTHING);
        assert!(found <= most, "{sql}: {found} requests");
    }
}

#[tokio::test]
async fn tasks_tell_what_ran_and_what_came_of_it() {
    let model = Model::new("M").export(counting("A", 1)).export(counting("B", 1));
    let simulator = start(users().workspace(Workspace::new("W").model(model))).await;
    let session = connect_to(&simulator, "W", "M").await;
    query(&session, r#"SELECT * FROM "A""#).await;
    query(&session, r#"SELECT * FROM "A""#).await;
    simulator.clear_requests();
    let sql = "SELECT kind, object_id, object_name, state, created IS NULL FROM information.tasks";
    let line = "export|116000000001|A|COMPLETE|false";
    assert_eq!(lines(&session, sql).await, [line, line]);
    // Exports have been listed for the query; the other kinds, and the tasks of both exports.
    assert_eq!(simulator.count("*", ANYTHING), 3 + 2);
    simulator.clear_requests();
    let sql = "SELECT progress, successful, cancelled_by, details IS NULL FROM information.tasks
               WHERE kind = 'export' AND object_id = '116000000001'";
    assert_eq!(lines(&session, sql).await, ["1|true|NULL|false", "1|true|NULL|false"]);
    assert_eq!(simulator.count("*", ANYTHING), 1 + 2);
    let ids = lines(&session, "SELECT id FROM information.tasks").await;
    simulator.clear_requests();
    let sql = format!(
        "SELECT progress FROM information.tasks WHERE kind = 'export' AND id = '{}'",
        ids[1]
    );
    assert_eq!(lines(&session, &sql).await, ["1"]);
    assert_eq!(simulator.count("GET", "/2/0/models/*/exports/*/tasks/*"), 1);
    assert_eq!(simulator.count("*", ANYTHING), 3);
}

#[tokio::test]
async fn a_model_without_access_is_passed_over_and_one_that_fails_is_not() {
    let model = |name: &str| Model::new(name).list(List::new("L").item(Item::new("x")));
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
    let session = builder(&simulator).set(Key::MaxRetries, "0").connect().await.expect("it");
    for table in ["lists", "calendar"] {
        let sql = format!("SELECT model_name FROM information.{table}");
        assert_eq!(lines(&session, &sql).await, ["Open", "Late"], "{table}");
    }
    let late = simulator.tenant().find_model("Late").expect("it").id.clone();
    simulator.inject(Fault::on("GET", &format!("/2/0/models/{late}/modules")).status(500));
    let error = fail(&session, "SELECT * FROM information.modules").await;
    assert_eq!(error.kind(), ErrorKind::Service);
    assert!(error.to_string().contains("modules of model \"Late\""), "{error:?}");
}

#[tokio::test]
async fn what_only_administrators_see_fails_for_others_where_nothing_is_left() {
    let tenant = Tenant::new()
        .user(User::new("olga@example.com", "pw").standard())
        .workspace(Workspace::new("W").model(Model::new("M")));
    let simulator = start(tenant).await;
    let session = crate::support::signed_out(&simulator)
        .set(Key::User, "olga@example.com")
        .set(Key::Password, "pw")
        .connect()
        .await
        .expect("signed in");
    let mut errors = Vec::new();
    for sql in [
        "SELECT * FROM information.versions",
        "SELECT * FROM information.calendar WHERE model_name = 'M'",
    ] {
        let error = fail(&session, sql).await;
        assert_eq!(error.kind(), ErrorKind::Denied);
        errors.push(format!("{error:?}"));
    }
    insta::assert_snapshot!(errors.join("\n"), @r"
    Denied: the versions of the model can't be read by the signed-in user
      hint: they are for workspace administrators
    Denied: the calendars of the model can't be read by the signed-in user
      hint: they are for workspace administrators
    ");
    // No model was asked, and so nobody refused.
    let none = "SELECT * FROM information.versions WHERE model_name = 'Other'";
    assert_eq!(lines(&session, none).await.len(), 0);
}

#[tokio::test]
async fn an_object_that_goes_between_listing_and_reading_is_passed_over() {
    let simulator = start(tenant(1)).await;
    let session = connect(&simulator).await;
    simulator.inject(Fault::on("GET", LIST).times(1).status(404));
    let sql = "SELECT name, item_count FROM information.lists WHERE model_name = 'M0a'";
    assert_eq!(lines(&session, sql).await.len(), 1);
    // It is not remembered as gone.
    assert_eq!(lines(&session, sql).await.len(), 2);
}

#[tokio::test]
async fn progress_tells_how_many_models_have_answered() {
    let simulator = start(tenant(3)).await;
    let session = builder(&simulator).set(Key::MaxConnections, "2").connect().await.expect("it");
    let last = simulator.tenant().find_model("M2b").expect("it").id.clone();
    let never = Duration::from_secs(3600);
    simulator.inject(Fault::on("GET", &format!("/2/0/models/{last}/modules")).delay(never));
    let progress = Arc::clone(session.progress());
    tokio::select! {
        _ = query(&session, "SELECT * FROM information.modules") => panic!("it never ends"),
        () = until(|| {
            let states = progress.states();
            states.iter().any(|it| it.phase == Phase::Models && it.chunks == (5, 6))
        }) => {}
    }
    until(|| progress.states().is_empty()).await;
}

#[tokio::test]
async fn plans_show_what_travels_and_what_it_took() {
    let simulator = start(tenant(2)).await;
    let session = connect(&simulator).await;
    let sql = "EXPLAIN FORMAT INDENT SELECT name FROM information.line_items
               WHERE model_name = 'M1a' AND module_id = '102' AND name <> 'x' LIMIT 2";
    let plan = show(&session, sql).await;
    assert!(plan.contains("filters=[model_name=[M1a], module_id=[102]]"), "{plan}");
    assert!(plan.contains("InformationExec: table=line_items"), "{plan}");
    assert_eq!(simulator.count("*", ANYTHING), 0);
    let plan = show(&session, "EXPLAIN ANALYZE SELECT name FROM information.processes").await;
    assert!(plan.contains("requests=4"), "{plan}");
}

#[tokio::test]
async fn the_columns_of_these_tables_are_a_table_too() {
    let simulator = start(users()).await;
    let session = connect(&simulator).await;
    simulator.clear_requests();
    let sql = "SELECT count(*) > 200, count(DISTINCT table_name) > 20,
                      bool_and(length(description) > 6) FROM information.columns";
    assert_eq!(lines(&session, sql).await, ["true|true|true"]);
    let sql = "SELECT c.name FROM information.columns c
               LEFT JOIN information_schema.columns s
                 ON s.table_name = c.table_name AND s.column_name = c.name
               WHERE s.column_name IS NULL";
    assert!(lines(&session, sql).await.is_empty());
    assert_eq!(simulator.count("*", "/**"), 0);
}
