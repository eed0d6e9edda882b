//! Many processes on one settings file, and processes that are killed.

use std::time::Duration;

use anaplan_sql::simulator::{Fault, Simulator};
use tempfile::TempDir;

use crate::oauth::{
    LIST_MODELS, REDIRECT, ROTATING, TOKEN, change, code, connection, place, read, sign_in, spend,
    store, tokens,
};
use crate::process::{Program, signal};
use crate::support::demo;

/// Who uses the file at once.
const PROCESSES: usize = 50;

/// One settings file whose access token has ended, and what has happened to it so far.
struct Shared {
    simulator: Simulator,
    folder: TempDir,
    place: String,
    refreshes: u64,
}

impl Shared {
    async fn new() -> Self {
        let simulator = demo().await;
        let folder = tempfile::tempdir().expect("a folder");
        let place = place(folder.path());
        sign_in(&simulator, ROTATING, &place).await;
        Self { simulator, folder, place, refreshes: 0 }
    }

    /// Ends the access token, and has the file know it, or every process hear it from the service.
    async fn expire(&self, is_known: bool) {
        self.simulator.expire_tokens();
        if is_known {
            change(ROTATING, &self.place, |stored| stored.expires_at = Some(0)).await;
        }
    }

    /// Starts all at once, and gives what each that fails says; all end with this code.
    fn run(&self, program: impl Fn() -> Program, code: i32) -> Vec<String> {
        let connection = connection(&self.simulator, ROTATING, &self.place);
        let args = ["--connect", &connection, "--quiet", "-c", LIST_MODELS];
        let all: Vec<_> = (0..PROCESSES).map(|_| program().args(args).spawn()).collect();
        let said = all.into_iter().map(|process| {
            let output = process.wait_with_output().expect("an end");
            let errors = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(code), "{errors}");
            errors
        });
        said.collect()
    }

    /// All succeed, and cost one refresh.
    async fn succeed(&mut self) {
        self.run(Program::new, 0);
        self.refreshes += 1;
        let counts = self.simulator.oauth();
        assert_eq!((counts.refreshes, counts.reuse_violations), (self.refreshes, 0));
        assert_eq!(read(ROTATING, &self.place).await.generation, self.refreshes + 1);
    }

    /// All say why they can't, nothing is spent, and the file stays as it is.
    fn fail(&self, program: impl Fn() -> Program, words: &str) {
        let before = std::fs::read(&self.place).expect("a file");
        for errors in self.run(program, 3) {
            assert!(errors.contains(words), "{errors}");
        }
        assert_eq!(self.simulator.oauth().refreshes, self.refreshes);
        assert_eq!(std::fs::read(&self.place).expect("a file"), before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_processes_at_once_cost_one_refresh() {
    let mut shared = Shared::new().await;
    for round in 0..8 {
        shared.expire(round % 2 == 0).await;
        shared.succeed().await;
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn fifty_processes_at_once_meet_a_dead_lock_a_closed_directory_and_a_full_disk() {
    use std::os::unix::fs::PermissionsExt as _;
    let mut shared = Shared::new().await;
    // Somebody dies with the lock, before the request has got through.
    shared.expire(true).await;
    shared.simulator.inject(Fault::on("POST", TOKEN).delay(Duration::from_secs(600)));
    let connection = connection(&shared.simulator, ROTATING, &shared.place);
    let mut process = Program::new().args(["--connect", &connection, "-c", LIST_MODELS]).spawn();
    let dead = process.id();
    while read(ROTATING, &shared.place).await.pending.is_none() {
        assert!(process.try_wait().expect("a process").is_none());
    }
    process.kill().expect("killed");
    process.wait().expect("an end");
    shared.simulator.clear_faults();
    let holder = std::fs::read_to_string(format!("{}.lock", shared.place)).expect("a lock");
    assert!(holder.starts_with(&format!("process {dead} on ")), "{holder}");
    shared.succeed().await;

    shared.expire(true).await;
    let mode = |mode| {
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(shared.folder.path(), mode).expect("changed");
    };
    mode(0o500);
    // Whoever runs tests as root must be bound to permissions first.
    let is_root = std::fs::write(shared.folder.path().join("probe"), "").is_ok();
    let bound = || match is_root {
        true => Program::through("setpriv", &["--bounding-set=-dac_override,-dac_read_search"]),
        false => Program::new(),
    };
    shared.fail(bound, "can't be written\n  caused by: Permission denied");
    mode(0o700);
    let limited = "trap '' XFSZ; ulimit -f 0; exec \"$0\" \"$@\"";
    shared.fail(|| Program::through("sh", &["-c", limited]), "there is no room for the file");
    shared.succeed().await;
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

/// The words for each way to lose something.
const LOST: &str = "is spent, and what the service gave for it is lost";

#[tokio::test(flavor = "multi_thread")]
async fn killed_processes_never_damage_the_file_and_every_loss_is_explained() {
    const REFRESHES: u64 = 300;
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
                assert!(errors.contains(LOST), "{errors}");
                losses += 1;
                // Each grant is in the file, but for those that were said to be lost.
                let granted = simulator.oauth().refreshes + simulator.oauth().codes_redeemed;
                assert_eq!(granted, stored.generation + losses, "{errors}");
                sign_in(&simulator, ROTATING, &place).await;
            }
            Some(code) => panic!("exit code {code}: {errors}"),
        }
    }
    assert!(kills > 10, "only {kills} kills");
    // The service calls the loss of an answer a reuse, when the next run tries. There is no other.
    assert_eq!(simulator.oauth().reuse_violations, losses);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_processes_that_were_given_something_to_spend_explain_every_loss() {
    const ROUNDS: usize = 60;
    let simulator = demo().await;
    let folder = tempfile::tempdir().expect("a folder");
    let place = place(folder.path());
    let connection = format!("{};CallbackURL={REDIRECT}", connection(&simulator, ROTATING, &place));
    let mut dice = Dice(11);
    let (mut kills, mut losses) = (0, 0);
    for round in 0..ROUNDS {
        // A file that is there and good, one whose tokens have ended, or none.
        match round / 3 % 3 {
            0 => {
                sign_in(&simulator, ROTATING, &place).await;
            }
            1 => {
                change(ROTATING, &place, |stored| {
                    stored.expires_at = Some(0);
                    stored.refresh_token = None;
                })
                .await
            }
            _ => std::fs::remove_file(&place).expect("it was there"),
        }
        let (connection, sql) = match round % 3 {
            0 => {
                let code = code(&simulator, ROTATING);
                (format!("{connection};OAuthVerifier={code}"), LIST_MODELS.to_owned())
            }
            1 => {
                let (_, token) = tokens(&simulator, ROTATING).await;
                (format!("{connection};OAuthRefreshToken={token}"), LIST_MODELS.to_owned())
            }
            _ => {
                let (_, token) = tokens(&simulator, ROTATING).await;
                (connection.clone(), format!("EXEC RefreshOAuthAccessToken '{token}'"))
            }
        };
        let spent = || simulator.oauth().codes_redeemed + simulator.oauth().refreshes;
        let reused = || simulator.oauth().codes_reused + simulator.oauth().reuse_violations;
        let (spent_before, reused_before) = (spent(), reused());
        let answer_after = Duration::from_micros(dice.below(8_000));
        simulator.inject(Fault::on("POST", TOKEN).delay(answer_after).late());
        let args = ["--connect", &connection, "-c", &sql];
        let mut process = Program::new().args(args).spawn();
        while spent() == spent_before && process.try_wait().expect("a process").is_none() {
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
        tokio::time::sleep(Duration::from_micros(dice.below(16_000))).await;
        if process.try_wait().expect("a process").is_none() {
            process.kill().expect("killed");
            kills += 1;
        }
        process.wait().expect("an end");
        simulator.clear_faults();
        // Sound, whatever has happened.
        let noted = store(ROTATING, &place).read().await.expect("a sound file");
        let noted = noted.is_some_and(|stored| stored.pending_given.is_some());
        let run = Program::new().args(args).run();
        let is_lost = run.stderr.contains(LOST);
        assert_eq!(is_lost, noted, "round {round}: {}", run.stderr);
        assert_eq!(reused() - reused_before, u64::from(is_lost), "round {round}: {}", run.stderr);
        assert!(is_lost || run.code == 0 || run.stderr.contains("was replaced"), "{}", run.stderr);
        losses += u64::from(is_lost);
        // What was not lost is there, or a sign-in that was there still is.
        if !is_lost {
            let stored = read(ROTATING, &place).await;
            assert!(stored.holds_tokens() && stored.pending_given.is_none(), "round {round}");
        } else if run.code == 3 {
            sign_in(&simulator, ROTATING, &place).await;
        }
    }
    assert!(kills > ROUNDS / 2, "only {kills} kills");
    assert!(losses > 3 && losses < kills as u64, "{losses} losses of {kills} kills");
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

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fills_up_during_a_refresh_still_takes_the_new_tokens() {
    let simulator = demo().await;
    let folder = tempfile::tempdir().expect("a folder");
    let place = place(folder.path());
    sign_in(&simulator, ROTATING, &place).await;
    change(ROTATING, &place, |stored| stored.expires_at = Some(0)).await;
    let small = folder.path().join("small");
    std::fs::create_dir(&small).expect("a folder");
    // A disk of its own, on which nothing is left once the service has the token.
    let script = "mount -t tmpfs -o size=256k tmpfs \"$1\" || exit 99
        cp -p \"$1/../OAuthSettings.txt\" \"$1\"
        out=$1; shift; \"$@\" & program=$!
        until [ -e \"$out/../answer\" ] || ! kill -0 $program; do sleep 0.01; done
        cat /dev/zero > \"$out/full\"; wait $program; code=$?
        rm \"$out/full\"; cp -p \"$out/OAuthSettings.txt\" \"$out/..\"; exit $code";
    let directory = small.display().to_string();
    let own = small.join("OAuthSettings.txt").display().to_string();
    let connection = connection(&simulator, ROTATING, &own);
    simulator.inject(Fault::on("POST", TOKEN).delay(Duration::from_secs(2)).late());
    let outer = ["--map-root-user", "--mount", "sh", "-c", script, "sh", &directory];
    let args = ["--connect", &connection, "-c", LIST_MODELS];
    let mut process = Program::through("unshare", &outer).args(args).spawn();
    loop {
        // Not everybody may mount something.
        if process
            .try_wait()
            .expect("a process")
            .is_some_and(|it| [1, 99].contains(&it.code().unwrap_or(0)))
        {
            return;
        }
        if simulator.oauth().refreshes > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    std::fs::write(folder.path().join("answer"), "").expect("written");
    let output = process.wait_with_output().expect("an end");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("No space left on device"), "the disk was full: {errors}");
    assert_eq!(output.status.code(), Some(0), "{errors}");
    let stored = read(ROTATING, &place).await;
    assert_eq!((stored.generation, stored.pending), (2, None));
}
