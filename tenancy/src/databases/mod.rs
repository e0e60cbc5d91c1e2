//! The pools of tenants that have a database of their own.
//!
//! A bounded cache: at most so many pools, and at most so many connections over all of them. Each database is opened once,
//! however many callers wait for it, by a task of its own: a caller that goes away takes nothing with it, and a database
//! that is slow or fails delays nobody else. What nobody uses is closed when others need the room, or after a while.
//!
//! - `state` is the books: who uses what and who waits, under one lock that is held for a few look-ups only.
//! - `shared` does what the books say: it wakes, closes and trims.
//! - `opening` opens a pool, `gate` makes each of its connections prove that the database is the tenant's.
//! - `lease` is what a caller holds; dropping it gives everything back.

mod error;
mod failures;
mod gate;
mod lease;
mod limit;
mod opening;
mod recency;
mod shared;
mod state;
mod stats;

use std::collections::BTreeMap;
use std::sync::Arc;

use sqlx::pool::PoolOptions;
use tokio::time::Instant;

pub use self::error::UnavailableError;
pub use self::gate::claim;
pub(crate) use self::lease::Leased;
use self::lease::{Hold, Slot};
use self::opening::{Attempt, Outcome};
use self::shared::{Member, Shared};
use self::state::Found;
pub use self::stats::DatabaseStats;
use crate::driver::{Driver, Options};
use crate::error::PlacementError;
use crate::settings::DatabaseSettings;
use crate::tenant::{DatabaseName, TenantId};
use crate::{Error, Result};

/// The servers that hold tenants' databases, and a pool for each database in use.
pub(crate) struct Databases<DB: Driver> {
    servers: BTreeMap<String, Options<DB>>,
    shared: Arc<Shared<DB>>,
}

impl<DB: Driver> Databases<DB> {
    /// `pool` says what happens to a connection on its way in and out.
    pub(crate) fn new(
        servers: BTreeMap<String, Options<DB>>,
        settings: DatabaseSettings,
        pool: PoolOptions<DB>,
    ) -> Self {
        Self {
            servers,
            shared: Arc::new(Shared::new(settings, pool)),
        }
    }

    /// A connection to the database of that name, which must be the tenant's.
    pub(crate) async fn acquire(&self, tenant: &TenantId, name: &DatabaseName) -> Result<Leased<DB>> {
        let server = self
            .servers
            .get(name.server())
            .ok_or_else(|| PlacementError::UnknownServer {
                tenant: tenant.clone(),
                server: name.server().to_owned(),
            })?;
        let began = Instant::now();
        loop {
            if let Some(leased) = self.try_acquire(server, tenant, name).await? {
                return Ok(leased);
            }
            // Whoever opened it was cut off with its runtime, or it was closed in between: once more, but not for ever.
            let waited = began.elapsed();
            if waited > self.shared.settings.longest_wait() {
                return Err(Error::Unavailable(UnavailableError::NoAnswer {
                    tenant: tenant.clone(),
                    database: name.clone(),
                    waited,
                }));
            }
        }
    }

    /// `None` if the pool was closed before it could be used.
    async fn try_acquire(
        &self,
        server: &Options<DB>,
        tenant: &TenantId,
        name: &DatabaseName,
    ) -> Result<Option<Leased<DB>>> {
        let shared = &self.shared;
        let make = |id| Arc::new(Member::new(id, tenant, name, DB::place(server, name.name())));
        let (id, member, found) = shared.with(|state, fx| state.enter(tenant, name, make, fx))?;
        let pin = Hold::pin(shared, id);
        let turn = match found {
            Found::Open(turn) => shared.guard(id, turn),
            Found::Opening | Found::New => {
                if matches!(found, Found::New) {
                    Attempt::start(shared, &member);
                }
                match member.outcome(shared.settings.longest_wait()).await {
                    Outcome::Open => shared.turn(id, |state, fx| state.slot(id, fx)),
                    Outcome::Failed(failure) => return Err(failure.into()),
                    Outcome::Pending | Outcome::Abandoned => return Ok(None),
                }
            }
        };
        let deadline = Instant::now() + shared.settings.wait_timeout;
        match Slot::wait(turn, &member, deadline).await? {
            Some(slot) => Ok(Some(Leased::connect(member, pin.with(slot)).await?)),
            None => Ok(None),
        }
    }

    /// Closes the pools of a tenant, after the work under way; the next use opens a new one. Returns when they are closed.
    pub(crate) async fn invalidate(&self, tenant: &TenantId) {
        let members = self.shared.with(|state, fx| state.invalidate(tenant, fx));
        for member in members {
            member.closed().await;
        }
    }

    /// Closes all pools for good, after the work under way.
    pub(crate) async fn close(&self) {
        let members = self.shared.with(|state, fx| state.shut(fx));
        for member in members {
            member.closed().await;
        }
    }

    pub(crate) fn stats(&self) -> DatabaseStats {
        self.shared.with(|state, _| state.stats())
    }
}

#[cfg(all(test, feature = "sqlite"))]
mod tests;
