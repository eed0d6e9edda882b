//! A client that has signed in.

mod commands;
mod copy;
mod extended;
mod limit;
mod names;
mod rows;
mod running;
mod simple;
mod statement;

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use tokio::sync::watch;

use self::extended::{Portal, Prepared};
use self::limit::{Limit, shutdown};
pub(super) use self::limit::{Stop, stopped};
use super::cancels::Registered;
use super::catalog::Whom;
use super::problem::{Outcome, Problem};
use super::server::Shared;
use super::setting::Settings;
use super::wire::{Frontend, Severity, Socket};
use crate::session::Session;

/// Why something isn't done.
#[derive(Debug)]
pub(super) enum Failure {
    /// The client hears of it, and may go on.
    Problem(Problem),
    /// The client hears of it, and the connection ends.
    Fatal(Problem),
    /// The client has gone.
    Gone(io::Error),
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Gone(error)
    }
}

impl From<crate::error::Error> for Failure {
    fn from(error: crate::error::Error) -> Self {
        Self::Problem(error.into())
    }
}

type Done<T> = Result<T, Failure>;

/// Where a transaction is. Statements are done at once all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transaction {
    None,
    Open {
        /// Whether something has been changed in it.
        changed: bool,
    },
    Failed {
        changed: bool,
    },
}

/// A connection of a client.
pub(super) struct Client {
    socket: Socket,
    session: Session,
    shared: Arc<Shared>,
    settings: Settings,
    user: String,
    registered: Registered,
    stop: watch::Receiver<Stop>,
    transaction: Transaction,
    /// What SET LOCAL has hidden.
    local: Option<Settings>,
    statements: HashMap<String, Prepared>,
    /// Those of the protocol, and those that DECLARE makes.
    portals: HashMap<String, Portal>,
    /// Whether an error has happened since the last Sync.
    skipping: bool,
}

/// How many prepared statements, and portals, a client may have.
const MOST: usize = 1000;

impl Client {
    pub(super) fn new(
        socket: Socket,
        session: Session,
        shared: Arc<Shared>,
        (user, settings): (String, Settings),
        registered: Registered,
    ) -> Self {
        let stop = shared.stop.clone();
        Self {
            socket,
            session,
            shared,
            settings,
            user,
            registered,
            stop,
            transaction: Transaction::None,
            local: None,
            statements: HashMap::new(),
            portals: HashMap::new(),
            skipping: false,
        }
    }

    /// The number that it is logged by, and known to other clients.
    pub(super) fn process(&self) -> i32 {
        self.registered.process()
    }

    /// Does what the client says until it says no more.
    ///
    /// # Errors
    /// When it goes away without a word.
    pub(super) async fn serve(mut self) -> io::Result<()> {
        self.ready();
        loop {
            match self.turn().await {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(Failure::Gone(error)) => return Err(error),
                Err(Failure::Fatal(problem)) => {
                    self.socket.output.problem(Severity::Fatal, &problem);
                    return self.socket.flush().await;
                }
                Err(Failure::Problem(problem)) => self.fail(&problem),
            }
        }
    }

    fn ready(&mut self) {
        let state = match self.transaction {
            Transaction::None => b'I',
            Transaction::Open { .. } => b'T',
            Transaction::Failed { .. } => b'E',
        };
        if state == b'I' {
            self.portals.retain(|_, portal| portal.holds);
        }
        self.socket.output.ready(state);
    }

    /// Tells a problem. A transaction has failed then.
    fn fail(&mut self, problem: &Problem) {
        tracing::debug!(sqlstate = problem.sqlstate, problem = %problem.message, "told a client");
        self.socket.output.problem(Severity::Error, problem);
        if let Transaction::Open { changed } = self.transaction {
            self.transaction = Transaction::Failed { changed };
        }
    }

    fn warn(&mut self, problem: &Problem) {
        self.socket.output.problem(Severity::Warning, problem);
    }

    /// Waits for a message, and does it. False at the end.
    async fn turn(&mut self) -> Done<bool> {
        let message = self.message().await?;
        if self.skipping && !matches!(message, Frontend::Sync | Frontend::Terminate) {
            return Ok(true);
        }
        match message {
            Frontend::Query(sql) => {
                let done = self.simple(sql).await;
                self.told(done)?;
                self.ready();
            }
            Frontend::Sync => {
                self.skipping = false;
                self.ready();
            }
            Frontend::Terminate => return Ok(false),
            Frontend::Flush => self.socket.flush().await?,
            // What is left of a COPY that has failed.
            Frontend::Copy => {}
            Frontend::TooLong { is_extended } => {
                self.fail(&Problem::new("54000", "the message is too long"));
                self.skipping = is_extended;
                if !is_extended {
                    self.ready();
                }
            }
            Frontend::Password(_) | Frontend::Malformed => {
                return Err(Failure::Fatal(Problem::protocol("a message makes no sense here")));
            }
            message => {
                let done = self.extended(message).await;
                if let Err(Failure::Problem(problem)) = &done {
                    self.fail(problem);
                    self.skipping = true;
                    return Ok(true);
                }
                done?;
            }
        }
        Ok(true)
    }

    /// Tells a problem that doesn't end the connection.
    fn told(&mut self, done: Done<()>) -> Done<()> {
        match done {
            Err(Failure::Problem(problem)) => {
                self.fail(&problem);
                Ok(())
            }
            other => other,
        }
    }

    async fn message(&mut self) -> Done<Frontend> {
        self.socket.flush().await?;
        let idle = self.shared.limits.idle_timeout;
        let waited = async {
            match idle {
                Some(idle) => tokio::time::sleep(idle).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            message = self.socket.next() => match message {
                Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                    Err(Failure::Fatal(Problem::protocol("what came is no message")))
                }
                message => Ok(message?),
            },
            () = limit::stopped(&mut self.stop, Stop::Drain) => {
                Err(Failure::Fatal(shutdown()))
            }
            () = waited => {
                let text = "terminating connection due to idle-session timeout";
                Err(Failure::Fatal(Problem::new("57P05", text)))
            }
        }
    }

    fn whom(&self) -> Whom {
        Whom {
            user: self.user.clone(),
            process: self.registered.process(),
            settings: self.settings.clone(),
            oids: Arc::clone(&self.shared.oids),
        }
    }

    /// What a statement that begins now listens to.
    fn limit(&self) -> Limit {
        let own = self.settings.statement_timeout();
        let timeout = match (own, self.shared.limits.statement_timeout) {
            (Some(own), Some(server)) => Some(own.min(server)),
            (own, server) => own.or(server),
        };
        Limit::new(&self.registered.cancel, &self.stop, timeout)
    }

    /// Waits for work on a statement, unless it must end before.
    async fn wait<T>(&mut self, limit: &mut Limit, work: impl Future<Output = T>) -> Done<T> {
        tokio::select! {
            biased;
            problem = limit.passed() => Err(Failure::Problem(problem)),
            () = self.socket.gone() => {
                tracing::info!(process = self.registered.process(), "the client went away, its statement is stopped");
                Err(Failure::Gone(io::ErrorKind::ConnectionAborted.into()))
            }
            done = work => Ok(done),
        }
    }

    /// Has work done where statements are run.
    async fn run<T: Send + 'static>(
        &mut self,
        limit: &mut Limit,
        job: impl Future<Output = Outcome<T>> + Send + 'static,
    ) -> Done<T> {
        let work = self.shared.work.clone();
        let job = running::run(&work, job);
        Ok(self.wait(limit, job).await??)
    }

    /// Sends what waits, if it is much.
    async fn flush(&mut self, limit: &mut Limit) -> Done<()> {
        const MUCH: usize = 64 << 10;
        if self.socket.output.len() < MUCH {
            return Ok(());
        }
        tokio::select! {
            biased;
            problem = limit.passed() => Err(Failure::Problem(problem)),
            sent = self.socket.flush() => Ok(sent?),
        }
    }

    /// Whether a statement may begin.
    fn may_begin(&self) -> Outcome<()> {
        match self.transaction {
            Transaction::Failed { .. } => Err(Problem::new(
                "25P02",
                "current transaction is aborted, commands ignored until end of transaction block",
            )),
            _ => Ok(()),
        }
    }

    fn changed(&mut self) {
        if let Transaction::Open { changed } = &mut self.transaction {
            *changed = true;
        }
    }
}
