//! What a query can run on.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use sqlx::Either;
use sqlx_core::ext::async_stream::TryAsyncStream;

use super::future::BoxStream;
use super::run::{Decode, Statement};
use crate::context::Captured;
use crate::driver::{Driver, Steps};
use crate::session::{Access, Health};
use crate::{Error, Isolation, Result};

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
    use super::{Captured, Driver, Isolation, Result, Source};

    /// Gives a connection to work that this handle may take.
    pub trait Lease<'e, DB: Driver>: Sized {
        fn lease(self, captured: &Captured, needs: Option<Isolation>) -> Result<Source<'e, DB>>;
    }
}

/// Where a statement's connection comes from.
#[expect(missing_debug_implementations, reason = "never leaves the crate")]
pub struct Source<'e, DB: Driver> {
    kind: Kind<'e, DB>,
    keeps_statements: bool,
}

pub(crate) enum Kind<'e, DB: Driver> {
    /// To be borrowed for this statement alone.
    Access(Access<'e, DB>),
    Transaction {
        connection: &'e mut DB::Connection,
        health: &'e mut Health,
    },
}

impl<'e, DB: Driver> Source<'e, DB> {
    #[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
    pub(crate) fn into_kind(self) -> Kind<'e, DB> {
        self.kind
    }

    pub(crate) fn access(access: Access<'e, DB>) -> Self {
        Self {
            keeps_statements: access.keeps_statements(),
            kind: Kind::Access(access),
        }
    }

    pub(crate) fn transaction(
        connection: &'e mut DB::Connection,
        health: &'e mut Health,
        keeps_statements: bool,
    ) -> Self {
        Self {
            kind: Kind::Transaction { connection, health },
            keeps_statements,
        }
    }

    /// Whether a prepared statement is found again on its connections.
    pub(crate) fn keeps_statements(&self) -> bool {
        self.keeps_statements
    }

    /// Runs the statement and gives every step to `sink`.
    pub(crate) async fn each(
        self,
        statement: Statement<DB>,
        sink: &mut (dyn FnMut(Step<DB>) -> Result<(), sqlx::Error> + Send),
    ) -> Result<()> {
        match self.kind {
            Kind::Access(access) => {
                let reads = statement.reads();
                let mut entered = access.enter().await?;
                let (connection, health) = entered.lend();
                drain::<DB>(DB::fetch_many(connection, statement), health, sink).await?;
                entered.finish(reads).await
            }
            Kind::Transaction { connection, health } => {
                drain::<DB>(DB::fetch_many(connection, statement), health, sink).await?;
                Ok(())
            }
        }
    }

    /// Runs the statement for its first row.
    pub(crate) async fn first(self, statement: Statement<DB>) -> Result<Option<DB::Row>> {
        match self.kind {
            Kind::Access(access) => {
                let reads = statement.reads();
                let mut entered = access.enter().await?;
                let (connection, health) = entered.lend();
                let row = health.watch(DB::fetch_optional(connection, statement)).await?;
                entered.finish(reads).await?;
                Ok(row)
            }
            Kind::Transaction { connection, health } => {
                Ok(health.watch(DB::fetch_optional(connection, statement)).await?)
            }
        }
    }

    /// The rows of the statement, one after the other.
    pub(crate) fn rows<T>(self, statement: Statement<DB>, decode: Decode<DB, T>) -> Rows<'e, DB, T> {
        let steps = match self.kind {
            Kind::Access(access) => {
                let reads = statement.reads();
                borrowed_stream!(access, reads, |connection| DB::fetch_many(connection, statement))
            }
            Kind::Transaction { connection, health } => {
                Noting::lent(DB::fetch_many(connection, statement), health)
            }
        };
        Rows { steps, decode }
    }
}

/// A stream that borrows a connection when it begins and gives it back when it has ended.
///
/// A macro, because no bound says that the future of a closure over a connection can be sent.
macro_rules! borrowed_stream {
    ($access:expr, $reads:expr, |$connection:ident| $stream:expr) => {{
        let (access, reads) = ($access, $reads);
        $crate::query::Noting::made(sqlx_core::ext::async_stream::TryAsyncStream::new(
            move |out: sqlx_core::ext::async_stream::Yielder<$crate::Result<_>>| async move {
                let work = async {
                    let mut entered = access.enter().await?;
                    {
                        let ($connection, health) = entered.lend();
                        let mut stream = $stream;
                        loop {
                            health.waits();
                            let item = std::future::poll_fn(|cx| {
                                futures_core::Stream::poll_next(stream.as_mut(), cx)
                            })
                            .await
                            .transpose();
                            health.hears(item.as_ref().err());
                            match item? {
                                Some(item) => out.r#yield(Ok(item)).await,
                                None => break,
                            }
                        }
                    }
                    entered.finish(reads).await
                };
                if let Err(error) = work.await {
                    out.r#yield(Err(error)).await;
                }
                Ok(())
            },
        ))
    }};
}
pub(crate) use borrowed_stream;

/// One thing that a running statement yields.
pub(crate) type Step<DB> = Either<<DB as sqlx::Database>::QueryResult, <DB as sqlx::Database>::Row>;

async fn drain<DB: Driver>(
    mut steps: Steps<'_, DB>,
    health: &mut Health,
    sink: &mut (dyn FnMut(Step<DB>) -> Result<(), sqlx::Error> + Send),
) -> Result<(), sqlx::Error> {
    loop {
        let next = async { poll_fn(|cx| steps.as_mut().poll_next(cx)).await.transpose() };
        match health.watch(next).await? {
            Some(step) => sink(step)?,
            None => return Ok(()),
        }
    }
}

/// A stream that notes what its statement does to its connection.
pub(crate) struct Noting<'e, T>(Origin<'e, T>);

enum Origin<'e, T> {
    /// On a connection of its own.
    Made(TryAsyncStream<'e, Result<T>>),
    /// On the connection of a transaction.
    Lent {
        stream: BoxStream<'e, T, sqlx::Error>,
        health: &'e mut Health,
    },
}

impl<'e, T> Noting<'e, T> {
    pub(crate) fn made(stream: TryAsyncStream<'e, Result<T>>) -> Self {
        Self(Origin::Made(stream))
    }

    pub(crate) fn lent(stream: BoxStream<'e, T, sqlx::Error>, health: &'e mut Health) -> Self {
        Self(Origin::Lent { stream, health })
    }
}

impl<T> Stream for Noting<'_, T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(match &mut self.0 {
            Origin::Made(stream) => match std::task::ready!(Pin::new(stream).poll_next(cx)) {
                Some(Ok(item)) => Some(item),
                Some(Err(error)) => Some(Err(error.into())),
                None => None,
            },
            Origin::Lent { stream, health } => {
                health.waits();
                let item = std::task::ready!(stream.as_mut().poll_next(cx)).transpose();
                health.hears(item.as_ref().err());
                item.map_err(Error::Database).transpose()
            }
        })
    }
}

/// A stream of decoded rows.
pub(crate) struct Rows<'e, DB: Driver, T> {
    steps: Noting<'e, Step<DB>>,
    decode: Decode<DB, T>,
}

impl<DB: Driver, T> Stream for Rows<'_, DB, T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            return Poll::Ready(match std::task::ready!(Pin::new(&mut self.steps).poll_next(cx)) {
                Some(Ok(Either::Left(_))) => continue,
                Some(Ok(Either::Right(row))) => Some((self.decode)(row).map_err(Error::Database)),
                Some(Err(error)) => Some(Err(error)),
                None => None,
            });
        }
    }
}
