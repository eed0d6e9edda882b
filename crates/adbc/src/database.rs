//! A database: what its connections share.

use std::sync::Arc;

use adbc_core::error::Result;
use adbc_core::options::{OptionConnection, OptionDatabase, OptionValue};
use adbc_core::{CancelHandle, Database, Optionable};
use anaplan_sql::Session;

use crate::cancel::Cancel;
use crate::connection::AnaplanConnection;
use crate::error::{guarded, told};
use crate::option::{self, DatabaseOptions, unknown, unset};
use crate::runtime::{run, runtime};

/// The settings of a tenant, one sign-in, and the names and metadata that connections have read.
#[derive(Debug)]
pub struct AnaplanDatabase {
    shared: Arc<Shared>,
    cancel: Cancel,
}

/// What lives as long as a database or one of its connections.
#[derive(Debug)]
pub(crate) struct Shared {
    /// Every connection's session is a sibling of it.
    pub(crate) session: Session,
    #[cfg(feature = "demo")]
    _simulator: Option<anaplan_sql::simulator::Simulator>,
}

impl AnaplanDatabase {
    pub(crate) fn open(options: &DatabaseOptions) -> Result<Self> {
        let cancel = Cancel::default();
        let shared = if options.demo {
            demo(options, &cancel)?
        } else {
            let _inside = runtime()?.enter();
            let session = options.apply(anaplan_sql::builder()).open().map_err(|e| told(&e))?;
            Shared {
                session,
                #[cfg(feature = "demo")]
                _simulator: None,
            }
        };
        Ok(Self { shared: Arc::new(shared), cancel })
    }

    fn get(&self, name: &OptionDatabase) -> Result<String> {
        option::get(self.shared.session.settings(), name.as_ref())
    }
}

/// Starts the simulated tenant in this process. Nothing of a real tenant gets to it, nor anything of
/// it among what is kept of real tenants.
#[cfg(feature = "demo")]
fn demo(options: &DatabaseOptions, cancel: &Cancel) -> Result<Shared> {
    use anaplan_sql::simulator::{Simulator, Tenant};
    use anaplan_sql::{Error, ErrorKind, Key};

    let simulator = run(cancel.listen(), async {
        Simulator::start(Tenant::demo()).await.map_err(|error| {
            Error::new(ErrorKind::Io, "the simulated tenant can't listen on 127.0.0.1")
                .with_source(error)
        })
    })?;
    let _inside = runtime()?.enter();
    let builder = anaplan_sql::builder()
        .no_environment()
        .no_state_directory()
        .set(Key::Endpoint, simulator.url())
        .set(Key::User, "demo@anaplan-sql.example")
        .set(Key::Password, "demo");
    let session = options.apply(builder).open().map_err(|error| told(&error))?;
    Ok(Shared { session, _simulator: Some(simulator) })
}

#[cfg(not(feature = "demo"))]
fn demo(_: &DatabaseOptions, _: &Cancel) -> Result<Shared> {
    Err(crate::error::not_implemented("this build of the driver has no simulated tenant"))
}

impl Optionable for AnaplanDatabase {
    type Option = OptionDatabase;

    /// What leads to a tenant can't be changed any more.
    fn set_option(&mut self, key: OptionDatabase, _: OptionValue) -> Result<()> {
        Err(unknown(key.as_ref()))
    }

    fn get_option_string(&self, key: OptionDatabase) -> Result<String> {
        guarded(|| self.get(&key))
    }

    fn get_option_bytes(&self, key: OptionDatabase) -> Result<Vec<u8>> {
        Err(unset(key.as_ref()))
    }

    fn get_option_int(&self, key: OptionDatabase) -> Result<i64> {
        guarded(|| option::number(key.as_ref(), &self.get(&key)?))
    }

    fn get_option_double(&self, key: OptionDatabase) -> Result<f64> {
        guarded(|| option::number(key.as_ref(), &self.get(&key)?))
    }
}

impl Database for AnaplanDatabase {
    type ConnectionType = AnaplanConnection;

    fn new_connection(&self) -> Result<AnaplanConnection> {
        self.new_connection_with_opts([])
    }

    /// Signs in, unless another connection has.
    fn new_connection_with_opts(
        &self,
        options: impl IntoIterator<Item = (OptionConnection, OptionValue)>,
    ) -> Result<AnaplanConnection> {
        guarded(|| {
            let session = self.shared.session.sibling();
            let opened = session.clone();
            run(self.cancel.listen(), async move { opened.sign_in().await })?;
            let mut connection = AnaplanConnection::new(Arc::clone(&self.shared), session);
            let mut options: Vec<_> = options.into_iter().collect();
            // They come in no order; a schema is looked for in its catalog.
            options.sort_by_key(|(key, _)| *key == OptionConnection::CurrentSchema);
            for (key, value) in options {
                connection.set_option(key, value)?;
            }
            Ok(connection)
        })
    }

    fn get_cancel_handle(&self) -> Box<dyn CancelHandle> {
        Box::new(self.cancel.clone())
    }
}
