//! Ctrl-C, SIGTERM and SIGHUP.

use std::io;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinError;

use crate::error::{Error, ErrorKind, Result};

/// How long interrupted work may take to stop before nobody waits for it any more.
pub(super) const LINGER: Duration = Duration::from_secs(1);

/// What has been received so far.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Received {
    interrupts: u64,
    terminated: bool,
}

/// Hears of interruptions, and runs work that they cut short. From its making on, Ctrl-C no longer
/// ends the process.
#[derive(Debug, Clone)]
pub(super) struct Signals {
    received: watch::Receiver<Received>,
    /// Interruptions that have been dealt with.
    seen: u64,
    /// Where work is done.
    work: Handle,
}

impl Signals {
    /// Begins to listen, on a thread of its own: a query may keep every other one busy.
    ///
    /// # Errors
    /// When the system doesn't allow it.
    pub(super) fn listen(work: Handle) -> io::Result<Self> {
        let (sender, received) = watch::channel(Received::default());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        let listener = {
            let _context = runtime.enter();
            listener(sender)?
        };
        std::thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || runtime.block_on(listener))?;
        Ok(Self { received, seen: 0, work })
    }

    /// Where work is done.
    pub(super) fn work(&self) -> &Handle {
        &self.work
    }

    /// Hears of nothing.
    #[cfg(test)]
    pub(super) fn silent() -> Self {
        Self { received: watch::channel(Received::default()).1, seen: 0, work: Handle::current() }
    }

    /// Whether the program was asked to end.
    pub(super) fn terminated(&self) -> bool {
        self.received.borrow().terminated
    }

    /// Forgets the interruptions so far: what comes next is new work.
    pub(super) fn acknowledge(&mut self) {
        self.seen = self.received.borrow().interrupts;
    }

    /// Waits for an interruption that hasn't been dealt with.
    pub(super) async fn interrupted(&self) {
        let seen = self.seen;
        // An error means that nobody listens any more, so nothing will come.
        if self.received.clone().wait_for(|now| now.interrupts > seen).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Does something where work is done until it is interrupted. Computing that doesn't pause
    /// can't keep the interruption waiting.
    ///
    /// # Errors
    /// Kind [`Cancelled`](ErrorKind::Cancelled) when it is; the work has been dropped by then,
    /// unless it doesn't even pause for that. Else the work's own.
    pub(super) async fn guard_task<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        let mut task = self.work.spawn(work);
        tokio::select! {
            biased;
            () = self.interrupted() => {}
            ended = &mut task => return ended.unwrap_or_else(|e| Err(broken(e))),
        }
        task.abort();
        let _ = tokio::time::timeout(LINGER, task).await;
        Err(cancelled())
    }

    /// Does something until it is interrupted.
    ///
    /// # Errors
    /// Kind [`Cancelled`](ErrorKind::Cancelled) when it is; else the work's own.
    pub(super) async fn guard<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::select! {
            biased;
            () = self.interrupted() => Err(cancelled()),
            result = work => result,
        }
    }
}

/// The error of a task that didn't end by itself.
pub(super) fn broken(error: JoinError) -> Error {
    if error.is_cancelled() {
        return cancelled();
    }
    Error::new(ErrorKind::Internal, "a task panicked")
        .with_hint("this is a defect of anaplan-sql: please report it")
}

/// The error of interrupted work.
fn cancelled() -> Error {
    Error::new(ErrorKind::Cancelled, "interrupted")
}

/// Waits for signals for ever.
#[cfg(unix)]
fn listener(sender: watch::Sender<Received>) -> io::Result<impl Future<Output = ()> + Send> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = ends_on_hangup().then(|| signal(SignalKind::hangup())).transpose()?;
    Ok(async move {
        loop {
            let hung_up = async {
                match &mut hangup {
                    Some(hangup) => hangup.recv().await,
                    None => std::future::pending().await,
                }
            };
            let terminated = tokio::select! {
                _ = interrupt.recv() => false,
                _ = terminate.recv() => true,
                _ = hung_up => true,
            };
            note(&sender, terminated);
            if terminated {
                wake_prompt();
            }
        }
    })
}

/// Whether the program hears of a terminal that is closed. Under `nohup` it must not: to listen would
/// undo that the signal is ignored.
#[cfg(target_os = "linux")]
fn ends_on_hangup() -> bool {
    std::fs::read_to_string("/proc/self/status").is_ok_and(|status| !ignores_hangup(&status))
}

/// Other systems don't tell safe code whether the signal is ignored: there it does what it always does.
#[cfg(all(unix, not(target_os = "linux")))]
fn ends_on_hangup() -> bool {
    false
}

/// Whether a process with this status ignores SIGHUP, the first signal of the mask; also where that
/// can't be told.
#[cfg(target_os = "linux")]
fn ignores_hangup(status: &str) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_none_or(|mask| mask & 1 == 1)
}

/// Waits for signals for ever.
#[cfg(not(unix))]
fn listener(sender: watch::Sender<Received>) -> io::Result<impl Future<Output = ()> + Send> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        while interrupt.recv().await.is_some() {
            note(&sender, false);
        }
    })
}

fn note(sender: &watch::Sender<Received>, terminated: bool) {
    sender.send_modify(|received| {
        received.interrupts += 1;
        received.terminated |= terminated;
    });
}

/// Makes the prompt return, if somebody is typing there: it listens to SIGINT only, and would leave
/// the terminal in its raw mode otherwise.
#[cfg(unix)]
fn wake_prompt() {
    let _ = nix::sys::signal::kill(nix::unistd::Pid::this(), nix::sys::signal::Signal::SIGINT);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn an_ignored_hangup_stays_ignored() {
        let status = |mask: &str| format!("Name:\tx\nSigBlk:\t0000000000000001\nSigIgn:\t{mask}\n");
        assert!(ignores_hangup(&status("0000000000001001")));
        assert!(!ignores_hangup(&status("0000000000001000")));
        assert!(ignores_hangup("Name:\tx\n"));
    }

    #[tokio::test]
    async fn work_goes_on_until_an_interruption_that_is_new() {
        let (sender, received) = watch::channel(Received::default());
        let mut signals = Signals { received, seen: 0, work: Handle::current() };
        assert_eq!(signals.guard(async { Ok(1) }).await.ok(), Some(1));

        note(&sender, false);
        let error = signals.guard(async { Ok(1) }).await.expect_err("interrupted");
        assert_eq!(error.kind(), ErrorKind::Cancelled);

        signals.acknowledge();
        assert_eq!(signals.guard(async { Ok(2) }).await.ok(), Some(2));
        let later = async {
            note(&sender, true);
            std::future::pending::<Result<()>>().await
        };
        assert!(signals.guard(later).await.is_err());
        assert!(signals.terminated());
        let never = std::future::pending::<Result<()>>();
        assert!(signals.guard_task(never).await.is_err());
    }
}
