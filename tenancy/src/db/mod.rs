//! The handle on a database.

mod builder;
mod pools;

use std::fmt;
use std::sync::{Arc, Mutex};

use sqlx::Pool;

pub use self::builder::TenantDbBuilder;
use crate::context::{Captured, Owner};
use crate::databases::{DatabaseStats, Databases};
use crate::driver::{Driver, Options};
use crate::error::PlacementError;
use crate::query::Source;
use crate::query::sealed::Lease;
use crate::session::{Access, Context, Entry, Place, TxOptions};
use crate::tenant::{DatabaseName, Placement, SchemaName};
use crate::{DbSettings, Isolation, Result, Tenant, TenantContextError, TenantId, TenantTx};

/// A database that runs proved queries, and the only way to a [`TenantTx`].
///
/// It builds its pools itself, so that nobody else's hooks, settings or open transactions are on its connections.
/// Central queries and [`unscoped_pool`](Self::unscoped_pool) have a small pool of their own.
///
/// How it keeps tenants apart is its [`Isolation`]; it runs only the queries that were proved for that one.
///
/// Cloning is cheap; all clones share the connections.
pub struct TenantDb<DB: Driver>(Arc<Inner<DB>>);

struct Inner<DB: Driver> {
    /// What tenants share; nothing with a database per tenant.
    shared: Option<Pool<DB>>,
    /// Central and raw work.
    unscoped: Pool<DB>,
    /// Databases of single tenants.
    databases: Option<Databases<DB>>,
    /// The server of tenants whose placement names none.
    home: Option<String>,
    isolation: Isolation,
    /// A pooler lends us sessions of the server's for a transaction.
    pooled: bool,
    /// Keeps a database alive that would vanish with its last connection.
    anchor: Option<Mutex<DB::Connection>>,
}

impl<DB: Driver> TenantDb<DB> {
    /// Opens a database of shared tables ([`Isolation::Rows`]) with the default settings.
    ///
    /// # Errors
    ///
    /// [`Error::Database`](crate::Error::Database) if the URL is not understood or no connection can be opened.
    pub async fn connect(url: &str) -> Result<Self> {
        Self::connect_with(url.parse::<Options<DB>>()?, DbSettings::default()).await
    }

    /// Opens a database of shared tables ([`Isolation::Rows`]).
    ///
    /// On SQLite the enforcement of foreign keys is switched on, whatever the options say, and checked on
    /// every connection. A database in memory lives as long as this handle.
    ///
    /// # Errors
    ///
    /// [`Error::Database`](crate::Error::Database) if no connection can be opened.
    pub async fn connect_with(options: Options<DB>, settings: DbSettings) -> Result<Self> {
        Self::builder(Isolation::Rows)
            .shared(options)
            .settings(settings)
            .connect()
            .await
    }

    /// Says step by step what to open.
    pub fn builder(isolation: Isolation) -> TenantDbBuilder<DB> {
        TenantDbBuilder::new(isolation)
    }

    /// How tenants are kept apart in this database.
    pub fn isolation(&self) -> Isolation {
        self.0.isolation
    }

    /// Begins a transaction that belongs to the scope of the caller: its tenant, or central work.
    ///
    /// # Errors
    ///
    /// [`Error::Context`](crate::Error::Context) outside of every scope, [`Error::Placement`](crate::Error::Placement) if
    /// the tenant's data is nowhere that this handle knows, and [`Error::Database`](crate::Error::Database).
    pub async fn begin(&self) -> Result<TenantTx<'static, DB>> {
        self.begin_with(TxOptions::default()).await
    }

    /// As [`begin`](Self::begin), with an isolation level and the like.
    ///
    /// # Errors
    ///
    /// As [`begin`](Self::begin), and [`Error::Unsupported`](crate::Error::Unsupported).
    pub async fn begin_with(&self, options: TxOptions) -> Result<TenantTx<'static, DB>> {
        let captured = Captured::either();
        let owner = captured.owner()?;
        TenantTx::begin(self.access(owner)?, options, owner.clone(), self.0.isolation).await
    }

    /// A raw pool, which knows no tenants: migrations, maintenance, other libraries. Its connections are never those
    /// of tenants' work.
    ///
    /// Nothing checks what is sent there. `reason` says why that is right; it is recorded as a `tracing` event
    /// (target `tenancy::unscoped`, level info).
    pub fn unscoped_pool(&self, reason: &'static str) -> &Pool<DB> {
        tracing::info!(target: "tenancy::unscoped", reason, "raw pool handed out");
        &self.0.unscoped
    }

    /// Closes all connections, after the work that is under way.
    pub async fn close(&self) {
        if let Some(shared) = &self.0.shared {
            shared.close().await;
        }
        self.0.unscoped.close().await;
        if let Some(databases) = &self.0.databases {
            databases.close().await;
        }
    }

    /// Closes the pool of a tenant that has a database of its own, after the work under way; the next use opens a new
    /// one. Returns when it is closed.
    ///
    /// For a database that was moved, restored or is about to be dropped. The pool is taken out of use when this is first
    /// polled; a future that is dropped afterwards changes nothing about that.
    pub async fn invalidate(&self, tenant: &TenantId) {
        if let Some(databases) = &self.0.databases {
            databases.invalidate(tenant).await;
        }
    }

    /// What the pools of tenants' databases do and have done; looks at each pool that is open.
    pub fn database_stats(&self) -> DatabaseStats {
        self.0
            .databases
            .as_ref()
            .map(Databases::stats)
            .unwrap_or_default()
    }

    /// The way to a connection for work of `owner`.
    fn access(&self, owner: &Owner) -> Result<Access<'_, DB>> {
        match owner {
            Owner::Tenant(tenant) => {
                let place = self.0.place(tenant)?;
                Ok(Access::new(place, self.0.entry(tenant)?))
            }
            Owner::Central => Ok(Access::new(
                Place::Pool(&self.0.unscoped),
                self.0.entered(Context::None),
            )),
        }
    }
}

impl<DB: Driver> Inner<DB> {
    /// Where a tenant's data is.
    fn place(&self, tenant: &Tenant) -> Result<Place<'_, DB>> {
        let name = match (tenant.placement(), &self.shared, &self.home) {
            (Placement::Shared, Some(pool), _) => return Ok(Place::Pool(pool)),
            (Placement::Shared, None, Some(home)) => {
                DatabaseName::of(home.as_str(), tenant.id()).map_err(|source| PlacementError::Name {
                    tenant: tenant.id().clone(),
                    source,
                })?
            }
            (Placement::Shared, None, None) => return Err(PlacementError::NoServer.into()),
            (Placement::Database(name), _, _) => name.clone(),
        };
        let databases = self
            .databases
            .as_ref()
            .ok_or_else(|| PlacementError::UnknownServer {
                tenant: tenant.id().clone(),
                server: name.server().to_owned(),
            })?;
        Ok(Place::Database {
            databases,
            tenant: tenant.id().clone(),
            name,
        })
    }

    /// How a connection becomes a tenant's.
    fn entry(&self, tenant: &Tenant) -> Result<Entry> {
        Ok(self.entered(match self.isolation {
            Isolation::Rows | Isolation::Database => Context::None,
            Isolation::Rls => Context::Rls(tenant.id().clone()),
            Isolation::Schema => {
                let schema = SchemaName::of(tenant.id()).map_err(|source| PlacementError::Name {
                    tenant: tenant.id().clone(),
                    source,
                })?;
                Context::Schema(schema)
            }
        }))
    }

    fn entered(&self, context: Context) -> Entry {
        match (self.pooled, context) {
            (true, context) => Entry::Pooled(context),
            (false, Context::None) => Entry::Plain,
            (false, context @ (Context::Rls(_) | Context::Schema(_))) => Entry::Transaction(context),
        }
    }
}

/// Refuses a query that was proved for another isolation.
pub(crate) fn check_isolation(query: Option<Isolation>, handle: Isolation) -> Result<(), TenantContextError> {
    match query {
        Some(query) if query != handle => Err(TenantContextError::WrongIsolation { query, handle }),
        Some(_) | None => Ok(()),
    }
}

impl<'e, DB: Driver> Lease<'e, DB> for &'e TenantDb<DB> {
    fn lease(self, captured: &Captured, needs: Option<Isolation>) -> Result<Source<'e, DB>> {
        let owner = captured.owner()?;
        check_isolation(needs, self.0.isolation)?;
        Ok(Source::access(self.access(owner)?))
    }
}

impl<DB: Driver> Clone for TenantDb<DB> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<DB: Driver> fmt::Debug for TenantDb<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantDb")
            .field("database", &DB::NAME)
            .field("isolation", &self.0.isolation)
            .field("lives_in_memory", &self.0.anchor.is_some())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_refuses_queries_proved_for_another_isolation() {
        for query in [Isolation::Rls, Isolation::Schema, Isolation::Database] {
            let handle = Isolation::Rows;
            assert_eq!(
                check_isolation(Some(query), handle),
                Err(TenantContextError::WrongIsolation { query, handle })
            );
        }
        assert_eq!(check_isolation(Some(Isolation::Rows), Isolation::Rows), Ok(()));
        assert_eq!(check_isolation(None, Isolation::Rows), Ok(()));
    }
}
