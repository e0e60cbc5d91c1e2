//! How a handle is put together.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use sqlx::{ConnectOptions, Connection};

use super::pools::{tenant_pool, unscoped_pool};
use super::{Inner, TenantDb};
use crate::databases::Databases;
use crate::driver::{Driver, Options};
use crate::error::PlacementError;
use crate::{DbSettings, Error, Isolation, Result};

/// Puts a [`TenantDb`] together; made by [`TenantDb::builder`].
#[must_use = "nothing is opened before `connect`"]
pub struct TenantDbBuilder<DB: Driver> {
    isolation: Isolation,
    shared: Option<Options<DB>>,
    central: Option<Options<DB>>,
    servers: BTreeMap<String, Options<DB>>,
    home: Option<String>,
    settings: DbSettings,
}

impl<DB: Driver> TenantDbBuilder<DB> {
    pub(super) fn new(isolation: Isolation) -> Self {
        Self {
            isolation,
            shared: None,
            central: None,
            servers: BTreeMap::new(),
            home: None,
            settings: DbSettings::default(),
        }
    }

    /// The database that tenants share: its tables (rows, rls) or its schemas (schema).
    pub fn shared(mut self, options: Options<DB>) -> Self {
        self.shared = Some(options);
        self
    }

    /// Where central and raw work connects. If it is not said: where tenants' work does, and with a database per tenant
    /// to the first server's own database. Behind row-level security it is the same database with another role.
    pub fn central(mut self, options: Options<DB>) -> Self {
        self.central = Some(options);
        self
    }

    /// A server with databases of single tenants, under the name that placements call it by
    /// ([`DatabaseName::server`](crate::DatabaseName::server)). For SQLite the options' file name is the folder of the
    /// databases. With a database per tenant, the first server is where tenants are whose placement says nothing.
    pub fn server(mut self, name: impl Into<String>, options: Options<DB>) -> Self {
        let name = name.into();
        self.home.get_or_insert_with(|| name.clone());
        self.servers.insert(name, options);
        self
    }

    /// How many connections, and for how long.
    pub fn settings(mut self, settings: DbSettings) -> Self {
        self.settings = settings;
        self
    }

    /// Opens what is shared. Databases of single tenants are opened when they are needed.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] if no connection can be opened, [`Error::Unsupported`] if the database cannot keep tenants
    /// apart in this way, [`Error::Placement`] if no place for tenants is named.
    pub async fn connect(self) -> Result<TenantDb<DB>> {
        let Self {
            isolation,
            shared,
            central,
            servers,
            home,
            settings,
        } = self;
        if !DB::ISOLATIONS.contains(&isolation) {
            return Err(Error::Unsupported {
                database: DB::NAME,
                what: isolation.described(),
            });
        }
        let harden = |options| {
            let options = DB::harden(options);
            if settings.transaction_pooler {
                DB::pooled(options)
            } else {
                Ok(options)
            }
        };
        let shared = shared.map(harden).transpose()?;
        let central = central.map(harden).transpose()?;
        let servers: BTreeMap<_, _> = servers
            .into_iter()
            .map(|(name, options)| Ok((name, harden(options)?)))
            .collect::<Result<_>>()?;
        let first_server = home.as_ref().and_then(|home| servers.get(home));
        let (shared, unscoped) = match (isolation, shared, first_server) {
            (Isolation::Rows | Isolation::Rls | Isolation::Schema, Some(shared), _) => {
                (Some(shared.clone()), shared)
            }
            (Isolation::Rows | Isolation::Rls | Isolation::Schema, None, _) => {
                return Err(PlacementError::NoShared { isolation }.into());
            }
            (Isolation::Database, shared, Some(server)) => (None, shared.unwrap_or_else(|| server.clone())),
            (Isolation::Database, _, None) => return Err(PlacementError::NoServer.into()),
        };
        let unscoped = central.unwrap_or(unscoped);
        let contexts = matches!(isolation, Isolation::Rls | Isolation::Schema);
        let mut anchor = None;
        if let Some(shared) = &shared {
            let mut first = shared.connect().await?;
            DB::inspect(&mut first).await?;
            if DB::is_transient(shared) {
                anchor = Some(Mutex::new(first));
            } else {
                if !settings.transaction_pooler {
                    let mut second = shared.connect().await?;
                    let pooled = DB::shares_session(&mut first, &mut second).await?;
                    second.close().await?;
                    if pooled {
                        return Err(Error::Pooler { database: DB::NAME });
                    }
                }
                first.close().await?;
            }
        }
        let databases = (!servers.is_empty()).then(|| {
            let pool = tenant_pool(&settings, contexts);
            Databases::new(servers, settings.databases.clone(), pool)
        });
        Ok(TenantDb(Arc::new(Inner {
            shared: shared.map(|shared| tenant_pool(&settings, contexts).connect_lazy_with(shared)),
            unscoped: unscoped_pool(&settings).connect_lazy_with(unscoped),
            databases,
            home,
            isolation,
            pooled: settings.transaction_pooler,
            anchor,
        })))
    }
}

impl<DB: Driver> fmt::Debug for TenantDbBuilder<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantDbBuilder")
            .field("database", &DB::NAME)
            .field("isolation", &self.isolation)
            .field("servers", &self.servers.keys())
            .finish_non_exhaustive()
    }
}
