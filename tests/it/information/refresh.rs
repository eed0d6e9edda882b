//! What a session remembers of models, and how it is made to look again.

use anaplan_sql::simulator::{Fault, Format, List, Model, Simulator, Workspace};
use anaplan_sql::{ErrorKind, Key, Session};

use crate::support::{
    EXPORTS, METADATA, WORKSPACES, builder, cells, connect, connect_to_model, count_rows, counting,
    fail, query, start, tenant, users,
};

const MODELS_OF: &str = "/2/0/workspaces/*/models";
const LISTS: &str = "/2/0/models/*/lists";
const LIST: &str = "/2/0/models/*/lists/*";

async fn lines(session: &Session, sql: &str) -> Vec<String> {
    let rows = cells(&query(session, sql).await);
    rows.iter()
        .map(|row| row.iter().map(ToString::to_string).collect::<Vec<_>>().join("|"))
        .collect()
}

/// A model of an export and a list.
async fn model() -> (Simulator, Session) {
    let model = Model::new("M").export(counting("A", 2)).list(List::new("L").items(["x"]));
    let simulator = start(users().workspace(Workspace::new("W").model(model))).await;
    let session = connect_to_model(&simulator).await;
    (simulator, session)
}

fn edit(simulator: &Simulator, change: impl FnOnce(&mut Model)) {
    simulator.edit(|tenant| change(tenant.model_mut("M").expect("the model")));
}

#[tokio::test]
async fn new_objects_are_seen_after_a_refresh() {
    let (simulator, session) = model().await;
    assert_eq!(count_rows(&session, "SELECT * FROM \"A\"").await, 2);
    edit(&simulator, |model| model.exports.push(counting("B", 3)));
    assert_eq!(fail(&session, "SELECT * FROM \"B\"").await.kind(), ErrorKind::NotFound);
    assert_eq!(lines(&session, "SELECT name FROM information.exports").await, ["A"]);
    for statement in ["REFRESH METADATA", "refresh metadata;"] {
        simulator.clear_requests();
        assert_eq!(count_rows(&session, statement).await, 0);
        let asked = |path| simulator.count("GET", path);
        assert_eq!((asked(WORKSPACES), asked(MODELS_OF)), (1, 1), "names are there at once");
        assert_eq!(simulator.count("*", "/**"), 2, "all else is read when it is needed");
        assert_eq!(count_rows(&session, "SELECT * FROM \"B\"").await, 3);
        assert_eq!((asked(EXPORTS), asked(METADATA)), (1, 1));
    }
    assert_eq!(lines(&session, "SELECT name FROM information.exports").await, ["A", "B"]);
}

#[tokio::test]
async fn what_nothing_has_asked_for_costs_nothing_to_forget() {
    let simulator = start(tenant([counting("A", 1)])).await;
    let session = connect(&simulator).await;
    simulator.clear_requests();
    session.refresh_metadata().await.expect("nothing to do");
    assert_eq!(simulator.count("*", "/**"), 0);
}

#[tokio::test]
async fn a_renamed_object_keeps_its_old_name_until_then() {
    let (simulator, session) = model().await;
    assert_eq!(count_rows(&session, "SELECT * FROM \"A\"").await, 2);
    edit(&simulator, |model| model.exports[0].name = "New".into());
    // It is known by its id, so the old name still reaches it.
    assert_eq!(count_rows(&session, "SELECT * FROM \"A\"").await, 2);
    query(&session, "REFRESH METADATA").await;
    assert_eq!(fail(&session, "SELECT * FROM \"A\"").await.kind(), ErrorKind::NotFound);
    assert_eq!(count_rows(&session, "SELECT * FROM \"New\"").await, 2);
}

#[tokio::test]
async fn an_object_that_is_gone_fails_the_query_that_reads_it() {
    let (simulator, session) = model().await;
    assert_eq!(count_rows(&session, "SELECT * FROM \"A\"").await, 2);
    edit(&simulator, |model| model.exports.clear());
    let error = fail(&session, "SELECT * FROM \"A\"").await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("is not there any more"), "{error:?}");
}

#[tokio::test]
async fn what_lists_are_made_of_is_read_anew_too() {
    let (simulator, session) = model().await;
    let sql = "SELECT name FROM information.list_properties";
    assert!(lines(&session, sql).await.is_empty());
    edit(&simulator, |model| {
        let list = std::mem::take(&mut model.lists[0]);
        model.lists[0] = list.property("Size", Format::number());
    });
    assert!(lines(&session, sql).await.is_empty(), "as when it was read first");
    query(&session, "REFRESH METADATA").await;
    simulator.clear_requests();
    assert_eq!(lines(&session, sql).await, ["Size"]);
    assert_eq!((simulator.count("GET", LISTS), simulator.count("GET", LIST)), (1, 1));
}

#[tokio::test]
async fn the_default_model_stays_the_default_whatever_it_is_called() {
    let (simulator, session) = model().await;
    assert_eq!(count_rows(&session, "SELECT * FROM \"A\"").await, 2);
    simulator.edit(|tenant| {
        tenant.workspaces[0].name = "Office".into();
        tenant.workspaces[0].models[0].name = "Plan".into();
    });
    // The connection names both as they were: it says so, and stays as it is.
    let error = fail(&session, "REFRESH METADATA").await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(session.defaults(), ("W".to_owned(), "M".to_owned()));
    assert_eq!(count_rows(&session, "SELECT * FROM \"A\"").await, 2);
    // Chosen by USE, it is followed.
    simulator.edit(|tenant| {
        tenant.workspaces[0].name = "W".into();
        tenant.workspaces[0].models[0].name = "M".into();
    });
    let session = connect(&simulator).await;
    query(&session, "USE W.M").await;
    simulator.edit(|tenant| {
        tenant.workspaces[0].name = "Office".into();
        tenant.workspaces[0].models[0].name = "Plan".into();
    });
    query(&session, "REFRESH METADATA").await;
    assert_eq!(session.defaults(), ("Office".to_owned(), "Plan".to_owned()));
    assert_eq!(count_rows(&session, "SELECT * FROM \"A\"").await, 2);
}

#[tokio::test]
async fn a_refresh_that_fails_leaves_everything_as_it_was() {
    let model = Model::new("M").export(counting("A", 2));
    let simulator = start(users().workspace(Workspace::new("W").model(model))).await;
    let session = builder(&simulator)
        .set(Key::Workspace, "W")
        .set(Key::Model, "M")
        .set(Key::MaxRetries, "0")
        .connect()
        .await
        .expect("signed in");
    assert_eq!(count_rows(&session, "SELECT * FROM \"A\"").await, 2);
    simulator.inject(Fault::on("GET", WORKSPACES).times(1).status(503));
    assert_eq!(fail(&session, "REFRESH METADATA").await.kind(), ErrorKind::Service);
    simulator.clear_requests();
    assert_eq!(count_rows(&session, "SELECT * FROM \"A\"").await, 2);
    assert_eq!((simulator.count("GET", EXPORTS), simulator.count("GET", METADATA)), (0, 0));
}

#[tokio::test]
async fn a_plan_keeps_what_it_was_made_with() {
    let (simulator, session) = model().await;
    let planned = session.sql("SELECT * FROM \"A\"").await.expect("a plan");
    query(&session, "REFRESH METADATA").await;
    simulator.clear_requests();
    let batches = planned.collect().await.expect("rows");
    assert_eq!(batches.iter().map(|batch| batch.num_rows()).sum::<usize>(), 2);
    assert_eq!((simulator.count("GET", EXPORTS), simulator.count("GET", METADATA)), (0, 0));
}
