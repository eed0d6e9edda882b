//! The state of a model at one moment, for answers that are written while the model goes on changing.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::super::tenant::{Model, Period, Tenant, User};
use super::{Cache, Cube};

/// A model's lists, modules and calendar as they were.
pub(crate) struct Frozen {
    pub(crate) model: Model,
    users: Vec<User>,
    periods: Arc<Vec<Period>>,
    cache: Arc<Cache>,
}

impl Frozen {
    pub(crate) fn of(model: &Model, users: &[User]) -> Self {
        let model = model.content();
        let periods = Arc::new(model.calendar.periods());
        Self { model, users: users.to_vec(), periods, cache: Arc::default() }
    }

    /// Returns the cells. What one reader works out, others needn't.
    pub(crate) fn cube(&self) -> Cube<'_> {
        Cube {
            model: &self.model,
            users: &self.users,
            periods: Arc::clone(&self.periods),
            cache: Arc::clone(&self.cache),
        }
    }
}

impl fmt::Debug for Frozen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frozen").field("model", &self.model.name).finish_non_exhaustive()
    }
}

/// The last state of each model that was asked for.
#[derive(Debug, Default)]
pub(crate) struct Snapshots {
    /// Counts the changes to the tenant.
    changes: AtomicU64,
    models: Mutex<HashMap<String, (u64, Arc<Frozen>)>>,
}

impl Snapshots {
    /// Marks every state as an old one. To be called by whoever may change the tenant from now on.
    pub(crate) fn expire(&self) {
        self.changes.fetch_add(1, Ordering::SeqCst);
    }

    /// Tells how often the tenant may have changed.
    pub(crate) fn changes(&self) -> u64 {
        self.changes.load(Ordering::SeqCst)
    }

    /// Returns the state of a model now: a copy of it, made at most once after each change.
    ///
    /// Both must come from one lock on the tenant, so that no change comes in between.
    pub(crate) fn of(&self, tenant: &Tenant, model: &Model) -> Arc<Frozen> {
        let now = self.changes.load(Ordering::SeqCst);
        let mut models = self.models.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((then, frozen)) = models.get(&model.id)
            && *then == now
        {
            return Arc::clone(frozen);
        }
        let frozen = Arc::new(Frozen::of(model, &tenant.users));
        models.insert(model.id.clone(), (now, Arc::clone(&frozen)));
        frozen
    }
}
