//! What a query can run on.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use sqlx::{Either, Pool};

use super::future::BoxStream;
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

#[diagnostic::do_not_recommend]
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

pub(crate) enum Kind<'e, DB: Driver> {
    Pool(&'e Pool<DB>),
    Transaction {
        connection: &'e mut DB::Connection,
        failed: &'e mut bool,
    },
}

/// Notes that a statement of a transaction failed in the database.
pub(crate) fn note_failure(failed: Option<&mut bool>, error: &sqlx::Error) {
    if let (Some(failed), sqlx::Error::Database(_)) = (failed, error) {
        *failed = true;
    }
}

impl<'e, DB: Driver> Source<'e, DB> {
    #[cfg(any(feature = "postgres", feature = "sqlite"))]
    pub(crate) fn into_kind(self) -> Kind<'e, DB> {
        self.0
    }

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
                steps: Noting::new(DB::fetch_from_pool(pool, statement), None),
                decode,
            },
            Kind::Transaction { connection, failed } => Rows {
                steps: Noting::new(DB::fetch_many(connection, statement), Some(failed)),
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

/// A stream that notes when its statement failed in the database.
pub(crate) struct Noting<'e, T> {
    stream: BoxStream<'e, T>,
    failed: Option<&'e mut bool>,
}

impl<'e, T> Noting<'e, T> {
    pub(crate) fn new(stream: BoxStream<'e, T>, failed: Option<&'e mut bool>) -> Self {
        Self { stream, failed }
    }
}

impl<T> Stream for Noting<'_, T> {
    type Item = Result<T, sqlx::Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let item = std::task::ready!(self.stream.as_mut().poll_next(cx));
        if let Some(Err(error)) = &item {
            note_failure(self.failed.as_deref_mut(), error);
        }
        Poll::Ready(item)
    }
}

/// A stream of decoded rows.
pub(crate) struct Rows<'e, DB: Driver, T> {
    steps: Noting<'e, Step<DB>>,
    decode: Decode<DB, T>,
}

impl<DB: Driver, T> Stream for Rows<'_, DB, T> {
    type Item = Result<T, sqlx::Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            return Poll::Ready(match std::task::ready!(Pin::new(&mut self.steps).poll_next(cx)) {
                Some(Ok(Either::Left(_))) => continue,
                Some(Ok(Either::Right(row))) => Some((self.decode)(row)),
                Some(Err(error)) => Some(Err(error)),
                None => None,
            });
        }
    }
}
