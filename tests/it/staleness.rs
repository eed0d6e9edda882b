//! MaxStaleness: the last file of an export instead of another run.

use anaplan_sql::simulator::Simulator;
use anaplan_sql::{Key, Session};

use crate::support::{builder, counting, query, serve, show};

async fn connect(simulator: &Simulator, notes: &tempfile::TempDir, seconds: &str) -> Session {
    builder(simulator)
        .set(Key::Workspace, "W")
        .set(Key::Model, "M")
        .set(Key::MaxStaleness, seconds)
        .state_directory(notes.path())
        .connect()
        .await
        .expect("W and M are there")
}

const TASKS: &str = "/2/0/models/*/exports/*/tasks";

#[tokio::test]
async fn a_file_that_is_young_enough_is_read_again_by_another_process() {
    let simulator = serve([counting("Big", 10), counting("Other", 10)]).await;
    let notes = tempfile::tempdir().expect("a directory");
    let first = connect(&simulator, &notes, "3600").await;
    assert!(show(&first, r#"EXPLAIN SELECT * FROM "Big""#).await.contains("locks_model=true"));
    query(&first, r#"SELECT * FROM "Big""#).await;
    assert_eq!(simulator.count("POST", TASKS), 1);

    // A new session knows nothing but what is on the disk.
    let second = connect(&simulator, &notes, "3600").await;
    assert!(show(&second, r#"EXPLAIN SELECT * FROM "Big""#).await.contains("locks_model=false"));
    insta::assert_snapshot!(show(&second, r#"SELECT count(*), sum("Number") FROM "Big""#).await, @r"
    +----------+-----------------+
    | count(*) | sum(Big.Number) |
    +----------+-----------------+
    | 10       | 45.0            |
    +----------+-----------------+
    ");
    assert_eq!(simulator.count("POST", TASKS), 1);
    query(&second, r#"SELECT * FROM "Other""#).await;
    assert_eq!(simulator.count("POST", TASKS), 2, "each export has an age of its own");
}

#[tokio::test]
async fn without_the_key_every_query_runs_the_export() {
    let simulator = serve([counting("Big", 10)]).await;
    let notes = tempfile::tempdir().expect("a directory");
    query(&connect(&simulator, &notes, "3600").await, r#"SELECT * FROM "Big""#).await;
    query(&connect(&simulator, &notes, "0").await, r#"SELECT * FROM "Big""#).await;
    assert_eq!(simulator.count("POST", TASKS), 2);
}

#[tokio::test]
async fn a_note_without_its_file_or_beyond_reading_is_no_obstacle() {
    let simulator = serve([counting("Big", 10)]).await;
    let notes = tempfile::tempdir().expect("a directory");
    query(&connect(&simulator, &notes, "3600").await, r#"SELECT * FROM "Big""#).await;

    // Another tenant with the same ids has no such file.
    let other = serve([counting("Big", 10)]).await;
    query(&connect(&other, &notes, "3600").await, r#"SELECT * FROM "Big""#).await;
    assert_eq!(other.count("POST", TASKS), 1);

    let file = std::fs::read_dir(notes.path().join("exports"))
        .expect("notes")
        .next()
        .expect("one note")
        .expect("readable")
        .path();
    std::fs::write(file, "{\"half").expect("a write");
    query(&connect(&other, &notes, "3600").await, r#"SELECT * FROM "Big""#).await;
    assert_eq!(other.count("POST", TASKS), 2);
}

#[tokio::test]
async fn without_a_directory_a_session_remembers_its_own_runs() {
    let simulator = serve([counting("Big", 10)]).await;
    let alone = || async {
        builder(&simulator)
            .set(Key::Workspace, "W")
            .set(Key::Model, "M")
            .set(Key::MaxStaleness, "3600")
            .no_state_directory()
            .connect()
            .await
            .expect("W and M are there")
    };
    let session = alone().await;
    query(&session, r#"SELECT * FROM "Big""#).await;
    query(&session, r#"SELECT * FROM "Big""#).await;
    assert_eq!(simulator.count("POST", TASKS), 1);
    query(&alone().await, r#"SELECT * FROM "Big""#).await;
    assert_eq!(simulator.count("POST", TASKS), 2);
    assert_eq!(simulator.count("GET", "/2/0/users/me"), 0, "nobody asks whose runs they are");
}
