//! Many processes on one settings file, and processes that are killed.

use std::time::Duration;

use anaplan_sql::simulator::Fault;

use crate::oauth::{LIST_MODELS, ROTATING, TOKEN, change, connection, place, read, sign_in, spend};
use crate::process::{Program, signal};
use crate::support::demo;

#[tokio::test(flavor = "multi_thread")]
async fn fifty_processes_at_once_cost_one_refresh() {
    const PROCESSES: usize = 50;
    let simulator = demo().await;
    let folder = tempfile::tempdir().expect("a folder");
    let place = place(folder.path());
    sign_in(&simulator, ROTATING, &place).await;
    let connection = connection(&simulator, ROTATING, &place);
    for round in 1..=3_u64 {
        simulator.expire_tokens();
        if round != 2 {
            // The file says so too. Else each process must hear it from the service first.
            change(ROTATING, &place, |stored| stored.expires_at = Some(0)).await;
        }
        let args = ["--connect", &connection, "--quiet", "-c", LIST_MODELS];
        let all: Vec<_> = (0..PROCESSES).map(|_| Program::new().args(args).spawn()).collect();
        for process in all {
            let output = process.wait_with_output().expect("an end");
            let errors = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(0), "round {round}: {errors}");
        }
        let counts = simulator.oauth();
        assert_eq!((counts.refreshes, counts.reuse_violations), (round, 0));
        assert_eq!(read(ROTATING, &place).await.generation, round + 1);
    }
}

/// Random enough to kill at different moments; the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_processes_never_damage_the_file_and_every_loss_is_explained() {
    const REFRESHES: u64 = 400;
    let simulator = demo().await;
    let folder = tempfile::tempdir().expect("a folder");
    let place = place(folder.path());
    sign_in(&simulator, ROTATING, &place).await;
    let connection = connection(&simulator, ROTATING, &place);
    // Every second listing kills the token it came with, so a run refreshes all the time.
    let statements = vec![LIST_MODELS; 2_000].join(";");
    for nth in 0..5_000 {
        simulator.inject(Fault::on("GET", "/2/0/models").skip(2 * nth).expired_token());
    }
    let mut dice = Dice(7);
    let (mut kills, mut losses) = (0, 0);
    while simulator.oauth().refreshes < REFRESHES {
        let at = simulator.oauth().refreshes + dice.below(30);
        let args = ["--connect", &connection, "--quiet", "-c", &statements];
        let mut process = Program::new().args(args).spawn();
        // Not before it refreshes, and then at any moment of some refreshes.
        let ended = loop {
            if simulator.oauth().refreshes > at {
                tokio::time::sleep(Duration::from_micros(dice.below(20_000))).await;
                break process.try_wait().expect("a process").is_some();
            }
            if process.try_wait().expect("a process").is_some() {
                break true;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        };
        if !ended {
            process.kill().expect("killed");
            kills += 1;
        }
        let output = process.wait_with_output().expect("an end");
        let stored = read(ROTATING, &place).await;
        assert!(stored.refresh_token.is_some());
        let errors = String::from_utf8_lossy(&output.stderr);
        match output.status.code() {
            Some(0) | None => {}
            Some(3) => {
                let words = "a process died between spending the refresh token and storing";
                assert!(errors.contains(words), "{errors}");
                losses += 1;
                sign_in(&simulator, ROTATING, &place).await;
            }
            Some(code) => panic!("exit code {code}: {errors}"),
        }
    }
    assert!(kills > 10, "only {kills} kills");
    // The service calls the loss of an answer a reuse, when the next run tries. There is no other.
    assert_eq!(simulator.oauth().reuse_violations > 0, losses > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_dies_in_a_refresh_leaves_its_note_and_no_lock() {
    let simulator = demo().await;
    let folder = tempfile::tempdir().expect("a folder");
    let place = place(folder.path());
    sign_in(&simulator, ROTATING, &place).await;
    change(ROTATING, &place, |stored| stored.expires_at = Some(0)).await;
    let connection = connection(&simulator, ROTATING, &place);
    let args = ["--connect", &connection, "-c", LIST_MODELS];
    // Killed while its request waits at the service's door.
    let die = async || {
        simulator.inject(Fault::on("POST", TOKEN).delay(Duration::from_secs(600)));
        let mut process = Program::new().args(args).spawn();
        while read(ROTATING, &place).await.pending.is_none() {
            assert!(process.try_wait().expect("a process").is_none());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        process.kill().expect("killed");
        process.wait().expect("an end");
        simulator.clear_faults();
    };
    die().await;
    let pending = read(ROTATING, &place).await.pending.expect("a note");
    assert_eq!((pending.generation, pending.answer_lost), (1, false));
    // The request did not get through, so the next run only goes on.
    let run = Program::new().args(args).run();
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(read(ROTATING, &place).await.pending, None);

    // This time it did.
    change(ROTATING, &place, |stored| stored.expires_at = Some(0)).await;
    die().await;
    let token = read(ROTATING, &place).await.refresh_token.expect("there");
    spend(&simulator, ROTATING, &token).await;
    let run = Program::new().args(args).run();
    assert_eq!(run.code, 3);
    insta::assert_snapshot!(crate::oauth::steady(&run, &place), @r#"
    error: a process died between spending the refresh token and storing the new one (process …): the refresh token is spent, and what the service gave for it is lost
      caused by: the service says invalid_grant: The refresh token was used before.
    hint: sign in again: `anaplan-sql auth login`
    "#);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_program_ends_after_the_refresh_that_it_has_begun() {
    let simulator = demo().await;
    let folder = tempfile::tempdir().expect("a folder");
    let place = place(folder.path());
    sign_in(&simulator, ROTATING, &place).await;
    change(ROTATING, &place, |stored| stored.expires_at = Some(0)).await;
    let connection = connection(&simulator, ROTATING, &place);
    simulator.inject(Fault::on("POST", TOKEN).delay(Duration::from_secs(3)));
    let process = Program::new().args(["--connect", &connection, "-c", LIST_MODELS]).spawn();
    while read(ROTATING, &place).await.pending.is_none() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    signal(&process, "INT");
    let output = process.wait_with_output().expect("an end");
    assert_eq!(output.status.code(), Some(130));
    let stored = read(ROTATING, &place).await;
    assert_eq!((stored.pending, stored.generation), (None, 2));
    assert_eq!(simulator.oauth().refreshes, 1);
}
