//! `anaplan-sql simulator`.

use std::io::{self, Write};
use std::net::SocketAddr;

use super::report;
use super::signals::Signals;
use crate::error::{Error, ErrorKind, Result};
use crate::simulator::{Simulator, Tenant};

/// Serves the demo tenant until a signal comes.
///
/// # Errors
/// Kind [`Io`](ErrorKind::Io) when the address can't be listened on.
pub(super) async fn serve(listen: SocketAddr, signals: &Signals) -> Result<()> {
    let simulator =
        Simulator::builder(Tenant::demo()).listen(listen).start().await.map_err(|e| {
            Error::new(ErrorKind::Io, format!("{listen} can't be listened on"))
                .with_source(e)
                .with_hint("--listen 127.0.0.1:0 takes a free port")
        })?;
    if !listen.ip().is_loopback() {
        report::line(
            "warning: other machines can reach this; the demo tenant's passwords are no secret",
        );
    }
    let mut stdout = io::stdout();
    // Whoever started this may have closed its output, and still want it.
    let _ = writeln!(stdout, "listening on {}", simulator.url()).and_then(|()| stdout.flush());
    tokio::select! {
        () = signals.interrupted() => {}
        () = simulator.wait() => {}
    }
    simulator.shutdown().await;
    Ok(())
}
