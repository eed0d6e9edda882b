//! How a connection begins: encryption, who it is, and for which database.

use std::io;
use std::sync::Arc;

use bytes::{Buf, Bytes};

use super::client::Client;
use super::problem::Problem;
use super::scram::MECHANISM;
use super::server::Shared;
use super::setting::Settings;
use super::wire::{Frontend, LONGEST_MESSAGE, Severity, Socket, Stream};
use crate::error::ErrorKind;
use crate::secret::Secret;

/// What a connection begins with, instead of the version of the protocol.
const SSL: u32 = 80_877_103;
const GSS: u32 = 80_877_104;
const CANCEL: u32 = 80_877_102;

/// How long the first message may be.
const LONGEST: usize = 10_000;

/// Where a connection comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum From {
    /// The network, or this machine's own part of it.
    Tcp,
    /// A file of this machine.
    Unix,
}

/// How a connection began.
pub(super) enum Begun {
    /// With a client that has signed in.
    Client(Box<Client>),
    /// With something else, which is done.
    Nothing,
}

/// Why a connection doesn't begin.
enum Refused {
    Problem(Problem),
    Gone(io::Error),
}

impl std::convert::From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl std::convert::From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        Self::Gone(error)
    }
}

/// Begins a connection.
///
/// # Errors
/// When the client goes away. Why it is refused has been told.
pub(super) async fn begin(
    stream: Box<dyn Stream>,
    from: From,
    shared: Arc<Shared>,
) -> io::Result<Begun> {
    let mut socket = Socket::new(stream);
    let opened = match open(socket, from, &shared).await {
        Ok(opened) => opened,
        Err((_, Refused::Gone(error))) => return Err(error),
        Err((mut socket, Refused::Problem(problem))) => {
            return refuse(&mut socket, &problem).await;
        }
    };
    let Some((opened, parameters)) = opened else { return Ok(Begun::Nothing) };
    socket = opened;
    match sign_in(&mut socket, &parameters, &shared).await {
        Ok(()) => {}
        Err(Refused::Gone(error)) => return Err(error),
        Err(Refused::Problem(problem)) => return refuse(&mut socket, &problem).await,
    }
    socket.longest = LONGEST_MESSAGE;
    match settle(&mut socket, &parameters, &shared).await {
        Ok((session, settings, cancel)) => {
            let user = parameters.user;
            let client = Client::new(socket, session, shared, (user, settings), cancel);
            Ok(Begun::Client(Box::new(client)))
        }
        Err(problem) => refuse(&mut socket, &problem).await,
    }
}

async fn refuse(socket: &mut Socket, problem: &Problem) -> io::Result<Begun> {
    tracing::info!(sqlstate = problem.sqlstate, problem = ?problem.message, "refused a connection");
    socket.output.problem(Severity::Fatal, problem);
    socket.flush().await?;
    Ok(Begun::Nothing)
}

/// What a client says of itself.
#[derive(Debug, Default)]
struct Parameters {
    user: String,
    database: String,
    settings: Vec<(String, String)>,
}

type Opened = Result<Option<(Socket, Parameters)>, (Socket, Refused)>;

/// Goes on until the client says who it is. Nothing, if it doesn't.
async fn open(mut socket: Socket, from: From, shared: &Shared) -> Opened {
    let mut is_encrypted = false;
    loop {
        let (version, body) = match first(&mut socket).await {
            Ok(first) => first,
            Err(refused) => return Err((socket, refused)),
        };
        match (version, &shared.tls) {
            (SSL, Some(tls)) if !is_encrypted && from == From::Tcp => {
                socket.output.byte(b'S');
                if let Err(error) = socket.flush().await {
                    return Err((socket, error.into()));
                }
                // What has come before encryption began could be anybody's.
                if !socket.input.is_empty() {
                    let problem = Problem::protocol("received unencrypted data after SSL request");
                    return Err((socket, problem.into()));
                }
                match tls.accept(socket.stream).await {
                    Ok(stream) => socket = Socket::new(Box::new(stream)),
                    Err(error) => {
                        tracing::info!(%error, "encryption failed");
                        return Ok(None);
                    }
                }
                is_encrypted = true;
            }
            (SSL | GSS, _) => {
                socket.output.byte(b'N');
                if let Err(error) = socket.flush().await {
                    return Err((socket, error.into()));
                }
            }
            (CANCEL, _) => {
                let mut body = body;
                if body.len() == 8 {
                    shared.cancels.cancel(body.get_i32(), body.get_i32());
                }
                return Ok(None);
            }
            (version, tls) if version >> 16 == 3 => {
                if tls.is_some() && from == From::Tcp && !is_encrypted {
                    let problem =
                        Problem::new("28000", "this server takes encrypted connections only")
                            .with_hint("connect with sslmode=require");
                    return Err((socket, problem.into()));
                }
                let Some(parameters) = parameters(&mut socket, version, &body) else {
                    let problem = Problem::protocol("invalid startup packet layout");
                    return Err((socket, problem.into()));
                };
                return Ok(Some((socket, parameters)));
            }
            _ => {
                let problem = Problem::unsupported("unsupported frontend protocol: 3.0 is spoken");
                return Err((socket, problem.into()));
            }
        }
    }
}

/// A message without a kind: its number, and what follows.
async fn first(socket: &mut Socket) -> Result<(u32, Bytes), Refused> {
    socket.fill(4).await?;
    let length = usize::try_from((&socket.input[..4]).get_u32()).unwrap_or(usize::MAX);
    if !(8..=LONGEST).contains(&length) {
        return Err(Problem::protocol("invalid length of startup packet").into());
    }
    socket.fill(length).await?;
    let mut body = socket.input.split_to(length).freeze();
    body.advance(4);
    let version = body.get_u32();
    Ok((version, body))
}

/// What a client says of itself. Options of a later protocol are left out, and it hears so.
fn parameters(socket: &mut Socket, version: u32, body: &Bytes) -> Option<Parameters> {
    let text = std::str::from_utf8(body).ok()?;
    let mut texts = text.split('\0');
    let mut parameters = Parameters::default();
    let mut unknown = Vec::new();
    while let Some(name) = texts.next().filter(|name| !name.is_empty()) {
        let value = texts.next()?;
        match name {
            "user" => value.clone_into(&mut parameters.user),
            "database" => value.clone_into(&mut parameters.database),
            "options" => parameters.settings.extend(options(value)),
            "replication" => {}
            name if name.starts_with("_pq_.") => unknown.push(name),
            name => parameters.settings.push((name.to_owned(), value.to_owned())),
        }
    }
    if version != 3 << 16 || !unknown.is_empty() {
        socket.output.negotiate(&unknown);
    }
    (!parameters.user.is_empty()).then_some(parameters)
}

/// `-c name=value --name=value`, in which a backslash keeps a blank.
fn options(text: &str) -> Vec<(String, String)> {
    let (mut words, mut word) = (Vec::new(), String::new());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => word.extend(characters.next()),
            ' ' => words.push(std::mem::take(&mut word)),
            other => word.push(other),
        }
    }
    words.push(word);
    let settings = words.iter().filter_map(|word| {
        let word = word.strip_prefix("-c").or(word.strip_prefix("--")).unwrap_or(word);
        let (name, value) = word.split_once('=')?;
        Some((name.replace('-', "_"), value.to_owned()))
    });
    settings.collect()
}

/// Has the client show that it knows the password.
async fn sign_in(
    socket: &mut Socket,
    parameters: &Parameters,
    shared: &Shared,
) -> Result<(), Refused> {
    let malformed = |_| Refused::from(Problem::protocol("malformed SCRAM message"));
    socket.output.authentication(10, format!("{MECHANISM}\0\0").as_bytes());
    let mut body = password(socket).await?;
    let end = body.iter().position(|byte| *byte == 0);
    let mechanism = body.split_to(end.unwrap_or(body.len()));
    if mechanism != MECHANISM.as_bytes() || body.len() < 5 {
        return Err(Problem::protocol("the client chose a mechanism that is not offered").into());
    }
    body.advance(5);
    let exchange = shared.verifier.begin(&body).map_err(malformed)?;
    socket.output.authentication(11, exchange.answer.as_bytes());
    let last = password(socket).await?;
    let proof = exchange.finish(&last).map_err(malformed)?;
    match proof.filter(|_| parameters.user == shared.user) {
        Some(answer) => {
            socket.output.authentication(12, answer.as_bytes());
            socket.output.authentication(0, &[]);
            Ok(())
        }
        None => {
            let user = &parameters.user;
            let text = format!("password authentication failed for user \"{user}\"");
            Err(Problem::new("28P01", text).into())
        }
    }
}

async fn password(socket: &mut Socket) -> Result<Bytes, Refused> {
    socket.flush().await?;
    match socket.next().await {
        Ok(Frontend::Password(body)) => Ok(body),
        Ok(_) => Err(Problem::protocol("expected SASL response").into()),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            Err(Problem::protocol("what came is no message").into())
        }
        Err(error) => Err(error.into()),
    }
}

type Settled = (crate::Session, Settings, super::cancels::Registered);

/// Makes a session for the client, and tells it what it is to know.
async fn settle(
    socket: &mut Socket,
    parameters: &Parameters,
    shared: &Arc<Shared>,
) -> Result<Settled, Problem> {
    let Some(place) = shared.place() else {
        return Err(Problem::new("53300", "sorry, too many clients already"));
    };
    let mut settings = Settings::default();
    let mut path = None;
    for (name, value) in &parameters.settings {
        settings.set(name, value)?;
        if name.eq_ignore_ascii_case("search_path") {
            path = Some(value.clone());
        }
    }
    let session = shared.session.guest();
    let (database, user) = (parameters.database.clone(), parameters.user.clone());
    let finding = {
        let session = session.clone();
        async move {
            session.sign_in().await?;
            // Without one, clients name the user's, and tools the one that every server has.
            if !["", user.as_str(), "postgres"].contains(&database.as_str()) {
                session.set_catalog(&database).await.map_err(|error| match error.kind() {
                    ErrorKind::NotFound => {
                        let text = format!("database \"{database}\" does not exist");
                        let problem = Problem::from(error);
                        Problem { sqlstate: "3D000", message: text.into(), ..problem }
                    }
                    _ => error.into(),
                })?;
            }
            for name in path.iter().flat_map(|path| path.split(',')) {
                if session.set_schema(name.trim().trim_matches('"')).await.is_ok() {
                    break;
                }
            }
            Ok::<_, Problem>(())
        }
    };
    let found = shared.work.spawn(finding).await;
    found.unwrap_or_else(|_| Err(Problem::panicked()))?;
    if settings.get("search_path").is_none_or(|path| path.is_empty()) {
        let schema = session.defaults().1;
        settings.set_own("search_path", &format!("\"{}\"", schema.replace('"', "\"\"")));
    }
    settings.set_own("session_authorization", &parameters.user);
    settings.start();
    for (name, value) in settings.told() {
        socket.output.setting(name, &value);
    }
    let registered = shared.cancels.register(place);
    socket.output.key(registered.process(), registered.key());
    let (process, user, database) = (registered.process(), &parameters.user, session.defaults().0);
    tracing::info!(process, user, database, "a client has signed in");
    Ok((session, settings, registered))
}

/// What must not be: a password that SCRAM's rules would change.
pub(super) fn is_plain(password: &Secret) -> bool {
    let text = password.expose();
    !text.is_empty() && text.chars().all(|c| c.is_ascii() && !c.is_ascii_control())
}

#[cfg(test)]
mod tests {
    use super::options;

    #[test]
    fn options_are_settings() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            options(r"-c search_path=Sales\ Planning --statement-timeout=5 -cgeqo=off"),
            [
                pair("search_path", "Sales Planning"),
                pair("statement_timeout", "5"),
                pair("geqo", "off")
            ]
        );
    }
}
