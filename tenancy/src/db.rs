//! The handle on a database.

use std::fmt;
use std::sync::{Arc, Mutex};

use sqlx::pool::PoolOptions;
use sqlx::{ConnectOptions, Connection, Pool};

use crate::context::{Captured, Owner};
use crate::driver::{Driver, Options, transaction_depth};
use crate::query::Source;
use crate::query::sealed::Lease;
use crate::{DbSettings, Isolation, Result, TenantContextError, TenantTx};

/// A database that runs proved queries, and the only way to a [`TenantTx`].
///
/// It builds its pool itself, so that nobody else's hooks, settings or open transactions are on its connections.
/// Central queries and [`unscoped_pool`](Self::unscoped_pool) have a small pool of their own.
///
/// Cloning is cheap; all clones share the connections.
pub struct TenantDb<DB: Driver> {
    pool: Pool<DB>,
    unscoped: Pool<DB>,
    isolation: Isolation,
    /// Keeps a database alive that would vanish with its last connection.
    anchor: Option<Arc<Mutex<DB::Connection>>>,
}

impl<DB: Driver> TenantDb<DB> {
    /// Opens the database at `url` with the default settings.
    ///
    /// # Errors
    ///
    /// [`Error::Database`](crate::Error::Database) if the URL is not understood or no connection can be opened.
    pub async fn connect(url: &str) -> Result<Self> {
        Self::connect_with(url.parse::<Options<DB>>()?, DbSettings::default()).await
    }

    /// Opens a database.
    ///
    /// On SQLite the enforcement of foreign keys is switched on, whatever the options say, and checked on
    /// every connection. A database in memory lives as long as this handle.
    ///
    /// # Errors
    ///
    /// [`Error::Database`](crate::Error::Database) if no connection can be opened.
    pub async fn connect_with(options: Options<DB>, settings: DbSettings) -> Result<Self> {
        let options = DB::harden(options);
        let mut first = options.connect().await?;
        DB::inspect(&mut first).await?;
        let anchor = if DB::is_transient(&options) {
            Some(Arc::new(Mutex::new(first)))
        } else {
            first.close().await?;
            None
        };
        let pool = tenant_pool(&settings).connect_lazy_with(options.clone());
        let unscoped = unscoped_pool(&settings).connect_lazy_with(options);
        Ok(Self {
            pool,
            unscoped,
            isolation: Isolation::Rows,
            anchor,
        })
    }

    /// How tenants are kept apart in this database.
    pub fn isolation(&self) -> Isolation {
        self.isolation
    }

    /// Begins a transaction that belongs to the scope of the caller: its tenant, or central work.
    ///
    /// # Errors
    ///
    /// [`Error::Context`](crate::Error::Context) outside of every scope, and [`Error::Database`](crate::Error::Database).
    pub async fn begin(&self) -> Result<TenantTx<'static, DB>> {
        let captured = Captured::either();
        let pool = self.pool_for(captured.owner()?);
        TenantTx::begin(pool, captured.owner()?.clone(), self.isolation).await
    }

    /// A raw pool, which knows no tenants: migrations, maintenance, other libraries. Its connections are never those
    /// of tenants' work.
    ///
    /// Nothing checks what is sent there. `reason` says why that is right; it is recorded as a `tracing` event
    /// (target `tenancy::unscoped`, level info).
    pub fn unscoped_pool(&self, reason: &'static str) -> &Pool<DB> {
        tracing::info!(target: "tenancy::unscoped", reason, "raw pool handed out");
        &self.unscoped
    }

    /// Closes all connections, after the work that is under way.
    pub async fn close(&self) {
        self.pool.close().await;
        self.unscoped.close().await;
    }

    fn pool_for(&self, owner: &Owner) -> &Pool<DB> {
        match owner {
            Owner::Tenant(_) => &self.pool,
            Owner::Central => &self.unscoped,
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
    fn lease(
        self,
        captured: &Captured,
        needs: Option<Isolation>,
    ) -> Result<Source<'e, DB>, TenantContextError> {
        check_isolation(needs, self.isolation)?;
        Ok(Source::pool(self.pool_for(captured.owner()?)))
    }
}

/// The pool of tenants' work. Its sessions never change, because proved statements cannot change them.
fn tenant_pool<DB: Driver>(settings: &DbSettings) -> PoolOptions<DB> {
    let ping_after = settings.ping_after;
    common(settings)
        .max_connections(settings.max_connections)
        .min_connections(settings.min_connections)
        .before_acquire(move |connection, metadata| {
            Box::pin(async move {
                if transaction_depth::<DB>(connection) != 0 {
                    return Ok(false);
                }
                if metadata.idle_for >= ping_after {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
}

/// The pool of central and raw work, whose sessions are cleaned after every use.
fn unscoped_pool<DB: Driver>(settings: &DbSettings) -> PoolOptions<DB> {
    common(settings)
        .max_connections(settings.unscoped_connections)
        .after_release(|connection, _| {
            Box::pin(
                async move { Ok(transaction_depth::<DB>(connection) == 0 && DB::clean(connection).await?) },
            )
        })
}

fn common<DB: Driver>(settings: &DbSettings) -> PoolOptions<DB> {
    PoolOptions::new()
        .acquire_timeout(settings.acquire_timeout)
        .idle_timeout(settings.idle_timeout)
        .max_lifetime(settings.max_lifetime)
        .test_before_acquire(false)
        .after_connect(|connection, _| DB::inspect(connection))
}

impl<DB: Driver> Clone for TenantDb<DB> {
    fn clone(&self) -> Self {
        Self {
            pool: self.pool.clone(),
            unscoped: self.unscoped.clone(),
            isolation: self.isolation,
            anchor: self.anchor.clone(),
        }
    }
}

impl<DB: Driver> fmt::Debug for TenantDb<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantDb")
            .field("database", &DB::NAME)
            .field("isolation", &self.isolation)
            .field("lives_in_memory", &self.anchor.is_some())
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
