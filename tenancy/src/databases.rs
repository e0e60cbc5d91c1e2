//! The pools of tenants that have a database of their own.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use sqlx::Pool;
use sqlx::pool::{PoolConnection, PoolOptions};

use crate::Result;
use crate::driver::{Driver, Options};
use crate::error::PlacementError;
use crate::tenant::{DatabaseName, TenantId};

/// The servers that hold tenants' databases, and a pool for each database in use.
pub(crate) struct Databases<DB: Driver> {
    servers: BTreeMap<String, Options<DB>>,
    pools: Mutex<BTreeMap<DatabaseName, Pool<DB>>>,
    settings: PoolOptions<DB>,
}

/// Keeps a tenant's pool open as long as a connection of it is out.
pub(crate) struct Lease(#[expect(dead_code, reason = "held, not read")] Arc<()>);

impl<DB: Driver> Databases<DB> {
    pub(crate) fn new(servers: BTreeMap<String, Options<DB>>, settings: PoolOptions<DB>) -> Self {
        Self {
            servers,
            pools: Mutex::default(),
            settings,
        }
    }

    /// A connection to the database of that name, which must be the tenant's.
    pub(crate) async fn acquire(
        &self,
        tenant: &TenantId,
        name: &DatabaseName,
    ) -> Result<(PoolConnection<DB>, Lease)> {
        let server = self
            .servers
            .get(name.server())
            .ok_or_else(|| PlacementError::UnknownServer {
                tenant: tenant.clone(),
                server: name.server().to_owned(),
            })?;
        let pool = {
            let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
            pools
                .entry(name.clone())
                .or_insert_with(|| {
                    self.settings
                        .clone()
                        .connect_lazy_with(DB::place(server, name.name()))
                })
                .clone()
        };
        Ok((pool.acquire().await?, Lease(Arc::new(()))))
    }

    pub(crate) async fn close(&self) {
        let pools: Vec<Pool<DB>> = {
            let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *pools).into_values().collect()
        };
        for pool in pools {
            pool.close().await;
        }
    }
}
