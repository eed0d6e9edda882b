//! A listener whose connections can be cut from inside a handler.
//!
//! Faults drop connections at points where the HTTP library would never do so by itself. Each
//! socket is wrapped, and a handle to it travels to the handlers as connection information.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use futures::task::AtomicWaker;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// A handle to one connection.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    switch: Arc<Switch>,
}

#[derive(Debug, Default)]
struct Switch {
    cut: AtomicBool,
    reset: AtomicBool,
    cut_when_flushed: AtomicBool,
    reader: AtomicWaker,
    writer: AtomicWaker,
}

impl Connection {
    /// Cuts the connection with a TCP reset, as a broken middlebox does.
    pub(crate) fn reset(&self) {
        self.switch.reset.store(true, Ordering::SeqCst);
        self.cut();
    }

    /// Cuts the connection as soon as what was handed over so far has reached the socket.
    ///
    /// To be called from a body while it is polled: the HTTP library flushes right after that, and
    /// calls the stream's own flush once its buffer is empty.
    pub(crate) fn cut_when_flushed(&self) {
        self.switch.cut_when_flushed.store(true, Ordering::SeqCst);
    }

    /// Cuts the connection: nothing more is read or written, and the socket closes at once.
    pub(crate) fn cut(&self) {
        self.switch.cut.store(true, Ordering::SeqCst);
        self.switch.reader.wake();
        self.switch.writer.wake();
    }
}

impl Connected<IncomingStream<'_, CutListener>> for Connection {
    fn connect_info(stream: IncomingStream<'_, CutListener>) -> Self {
        stream.io().connection.clone()
    }
}

/// Every open connection of a server, so that they can all be cut when it is dropped.
#[derive(Clone, Debug, Default)]
pub(crate) struct Connections {
    open: Arc<Mutex<Vec<Weak<Switch>>>>,
}

impl Connections {
    /// Cuts every open connection.
    pub(crate) fn cut_all(&self) {
        let open = std::mem::take(&mut *self.open.lock().unwrap_or_else(PoisonError::into_inner));
        for switch in open.iter().filter_map(Weak::upgrade) {
            Connection { switch }.cut();
        }
    }

    fn add(&self, connection: &Connection) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|switch| switch.strong_count() > 0);
        open.push(Arc::downgrade(&connection.switch));
    }
}

/// A TCP listener that wraps what it accepts.
#[derive(Debug)]
pub(crate) struct CutListener {
    listener: TcpListener,
    connections: Connections,
}

impl CutListener {
    /// Wraps a bound listener and registers its connections.
    pub(crate) fn new(listener: TcpListener, connections: Connections) -> Self {
        Self { listener, connections }
    }
}

impl Listener for CutListener {
    type Io = CutStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            match self.listener.accept().await {
                Ok((stream, addr)) => {
                    // Small answers must not wait for the acknowledgement of earlier ones.
                    if let Err(error) = stream.set_nodelay(true) {
                        tracing::debug!(%error, "simulator: no TCP_NODELAY");
                    }
                    let connection = Connection { switch: Arc::new(Switch::default()) };
                    self.connections.add(&connection);
                    return (CutStream { stream, connection }, addr);
                }
                Err(error) => {
                    // Out of file descriptors, or a client that left at once: go on shortly.
                    tracing::debug!(%error, "simulator: accept failed");
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A TCP stream that fails once its connection is cut.
#[derive(Debug)]
pub(crate) struct CutStream {
    stream: TcpStream,
    connection: Connection,
}

impl CutStream {
    fn check(&self) -> io::Result<()> {
        if self.connection.switch.cut.load(Ordering::SeqCst) {
            if self.connection.switch.reset.load(Ordering::SeqCst)
                && let Err(error) = self.stream.set_zero_linger()
            {
                tracing::debug!(%error, "simulator: no reset");
            }
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(())
    }
}

impl AsyncRead for CutStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.connection.switch.reader.register(cx.waker());
        self.check()?;
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for CutStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.connection.switch.writer.register(cx.waker());
        self.check()?;
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.connection.switch.writer.register(cx.waker());
        self.check()?;
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
        if self.connection.switch.cut_when_flushed.load(Ordering::SeqCst) {
            self.connection.cut();
        }
        Poll::Ready(self.check())
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
