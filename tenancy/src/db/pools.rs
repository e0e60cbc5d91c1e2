//! The pools of a handle, and what happens to a connection on its way in and out.

use sqlx::Connection;
use sqlx::pool::PoolOptions;

use crate::DbSettings;
use crate::driver::{Driver, transaction_depth};

/// The pool of tenants' work. Proved statements cannot change a session; where transactions begin with a context
/// (`contexts`), that nothing of it is left is checked behind every use all the same.
pub(super) fn tenant_pool<DB: Driver>(settings: &DbSettings, contexts: bool) -> PoolOptions<DB> {
    let (ping_after, oldest, idle) = (settings.ping_after, settings.max_lifetime, settings.idle_timeout);
    let pool = common(settings)
        .max_connections(settings.max_connections)
        .min_connections(settings.min_connections)
        .before_acquire(move |connection, metadata| {
            Box::pin(async move {
                let old = oldest.is_some_and(|oldest| metadata.age > oldest);
                let forgotten = idle.is_some_and(|idle| metadata.idle_for > idle);
                if old || forgotten || transaction_depth::<DB>(connection) != 0 {
                    return Ok(false);
                }
                if metadata.idle_for >= ping_after {
                    connection.ping().await?;
                }
                Ok(true)
            })
        });
    if !contexts || settings.transaction_pooler {
        // Behind a pooler a message outside of a transaction reaches some session, perhaps another client's.
        return pool;
    }
    pool.after_release(|connection, _| {
        Box::pin(async move { Ok(transaction_depth::<DB>(connection) == 0 && DB::verify(connection).await?) })
    })
}

/// The pool of central and raw work, whose sessions are cleaned after every use.
pub(super) fn unscoped_pool<DB: Driver>(settings: &DbSettings) -> PoolOptions<DB> {
    let pool = common(settings).max_connections(settings.unscoped_connections);
    if settings.transaction_pooler {
        return pool;
    }
    pool.after_release(|connection, _| {
        Box::pin(async move { Ok(transaction_depth::<DB>(connection) == 0 && DB::clean(connection).await?) })
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
