//! Sockets that are files of this machine.

use std::io;
use std::path::Path;

use super::wire::Stream;
use crate::error::{Error, ErrorKind, Result};

#[cfg(unix)]
pub(super) use unix::Listener;

#[cfg(unix)]
mod unix {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::net::UnixStream;
    use std::path::PathBuf;

    use tokio::net::UnixListener;

    use super::{Error, ErrorKind, Path, Result, Stream, io};

    /// The name that clients look for.
    const NAME: &str = ".s.PGSQL.5432";

    /// Listens on such a socket, which goes with it.
    #[derive(Debug)]
    pub(in crate::postgres) struct Listener {
        listener: UnixListener,
        path: PathBuf,
    }

    impl Listener {
        /// Makes the socket in this directory, and the directory too if it isn't there.
        ///
        /// # Errors
        /// Kind [`Io`](ErrorKind::Io), also when another server listens there.
        pub(in crate::postgres) fn bind(directory: &Path) -> Result<Self> {
            let path = directory.join(NAME);
            let failed = |error: io::Error| {
                Error::new(ErrorKind::Io, format!("{} can't be listened on", path.display()))
                    .with_source(error)
            };
            if !directory.exists() {
                fs::create_dir_all(directory).map_err(failed)?;
                fs::set_permissions(directory, fs::Permissions::from_mode(0o700))
                    .map_err(failed)?;
            }
            if path.exists() {
                // What nobody listens on is left of a server that was killed.
                if UnixStream::connect(&path).is_ok() {
                    return Err(failed(io::ErrorKind::AddrInUse.into()));
                }
                fs::remove_file(&path).map_err(failed)?;
            }
            let listener = UnixListener::bind(&path).map_err(failed)?;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).map_err(failed)?;
            Ok(Self { listener, path })
        }

        /// Where it is.
        pub(in crate::postgres) fn path(&self) -> &Path {
            &self.path
        }

        /// The next client.
        ///
        /// # Errors
        /// When the system gives none.
        pub(in crate::postgres) async fn accept(&self) -> io::Result<Box<dyn Stream>> {
            let (stream, _) = self.listener.accept().await?;
            Ok(Box::new(stream))
        }
    }

    impl Drop for Listener {
        fn drop(&mut self) {
            // It may be gone already.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// There are none on this system.
#[cfg(not(unix))]
#[derive(Debug)]
pub(super) enum Listener {}

#[cfg(not(unix))]
impl Listener {
    /// # Errors
    /// Always.
    pub(super) fn bind(_: &Path) -> Result<Self> {
        Err(Error::new(ErrorKind::Unsupported, "there are no Unix sockets on this system"))
    }

    pub(super) fn path(&self) -> &Path {
        match *self {}
    }

    pub(super) async fn accept(&self) -> io::Result<Box<dyn Stream>> {
        match *self {}
    }
}
