//! What a query can run on.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use sqlx::{Either, Pool};

use super::run::{Decode, Statement};
use crate::context::Captured;
use crate::driver::{Driver, Steps};
use crate::{Isolation, TenantContextError};

/// What a query runs on: `&TenantDb` or `&mut TenantTx`.
///
/// Sealed: a plain pool or connection has nobody who keeps its sessions and transactions apart.
#[diagnostic::on_unimplemented(
    message = "a proved query cannot run on `{Self}`",
    label = "expected `&TenantDb` or `&mut TenantTx` here",
    note = "open the database with `TenantDb::connect(url)` instead of a pool, and pass `&db`",
    note = "in a transaction begun with `db.begin()`, pass `&mut tx`",
    note = "for raw statements that are not proved, see `TenantDb::unscoped_pool`"
)]
pub trait TenantHandle<'e, DB: Driver>: sealed::Lease<'e, DB> {}

impl<'e, DB: Driver, H: sealed::Lease<'e, DB>> TenantHandle<'e, DB> for H {}

pub(crate) mod sealed {
    use super::{Captured, Driver, Isolation, Source, TenantContextError};

    /// Gives a connection to work that this handle may take.
    pub trait Lease<'e, DB: Driver>: Sized {
        fn lease(
            self,
            captured: &Captured,
            needs: Option<Isolation>,
        ) -> Result<Source<'e, DB>, TenantContextError>;
    }
}

/// Where a statement's connection comes from.
#[expect(missing_debug_implementations, reason = "never leaves the crate")]
pub struct Source<'e, DB: Driver>(Kind<'e, DB>);

enum Kind<'e, DB: Driver> {
    Pool(&'e Pool<DB>),
    Transaction {
        connection: &'e mut DB::Connection,
        failed: &'e mut bool,
    },
}

/// Notes that a statement of a transaction failed in the database.
fn note_failure(failed: Option<&mut bool>, error: &sqlx::Error) {
    if let (Some(failed), sqlx::Error::Database(_)) = (failed, error) {
        *failed = true;
    }
}

impl<'e, DB: Driver> Source<'e, DB> {
    pub(crate) fn pool(pool: &'e Pool<DB>) -> Self {
        Self(Kind::Pool(pool))
    }

    pub(crate) fn transaction(connection: &'e mut DB::Connection, failed: &'e mut bool) -> Self {
        Self(Kind::Transaction { connection, failed })
    }

    /// Runs the statement and gives every step to `sink`.
    pub(crate) async fn each(
        self,
        statement: Statement<DB>,
        sink: &mut (dyn FnMut(Step<DB>) -> Result<(), sqlx::Error> + Send),
    ) -> Result<(), sqlx::Error> {
        match self.0 {
            Kind::Pool(pool) => {
                let mut connection = pool.acquire().await?;
                drain::<DB>(DB::fetch_many(&mut connection, statement), sink).await
            }
            Kind::Transaction { connection, failed } => {
                drain::<DB>(DB::fetch_many(connection, statement), sink)
                    .await
                    .inspect_err(|error| note_failure(Some(failed), error))
            }
        }
    }

    /// Runs the statement for its first row.
    pub(crate) async fn first(self, statement: Statement<DB>) -> Result<Option<DB::Row>, sqlx::Error> {
        match self.0 {
            Kind::Pool(pool) => {
                let mut connection = pool.acquire().await?;
                DB::fetch_optional(&mut connection, statement).await
            }
            Kind::Transaction { connection, failed } => DB::fetch_optional(connection, statement)
                .await
                .inspect_err(|error| note_failure(Some(failed), error)),
        }
    }

    /// The rows of the statement, one after the other.
    pub(crate) fn rows<T>(self, statement: Statement<DB>, decode: Decode<DB, T>) -> Rows<'e, DB, T> {
        match self.0 {
            Kind::Pool(pool) => Rows {
                steps: DB::fetch_from_pool(pool, statement),
                failed: None,
                decode,
            },
            Kind::Transaction { connection, failed } => Rows {
                steps: DB::fetch_many(connection, statement),
                failed: Some(failed),
                decode,
            },
        }
    }
}

/// One thing that a running statement yields.
pub(crate) type Step<DB> = Either<<DB as sqlx::Database>::QueryResult, <DB as sqlx::Database>::Row>;

async fn drain<DB: Driver>(
    mut steps: Steps<'_, DB>,
    sink: &mut (dyn FnMut(Step<DB>) -> Result<(), sqlx::Error> + Send),
) -> Result<(), sqlx::Error> {
    while let Some(step) = poll_fn(|cx| steps.as_mut().poll_next(cx)).await {
        sink(step?)?;
    }
    Ok(())
}

/// A stream of decoded rows.
pub(crate) struct Rows<'e, DB: Driver, T> {
    steps: Steps<'e, DB>,
    failed: Option<&'e mut bool>,
    decode: Decode<DB, T>,
}

impl<DB: Driver, T> Stream for Rows<'_, DB, T> {
    type Item = Result<T, sqlx::Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            return Poll::Ready(match std::task::ready!(self.steps.as_mut().poll_next(cx)) {
                Some(Ok(Either::Left(_))) => continue,
                Some(Ok(Either::Right(row))) => Some((self.decode)(row)),
                Some(Err(error)) => {
                    note_failure(self.failed.as_deref_mut(), &error);
                    Some(Err(error))
                }
                None => None,
            });
        }
    }
}
