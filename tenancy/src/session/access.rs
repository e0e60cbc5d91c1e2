//! The way to a connection, and what is known about the transaction on it.

use std::ops::{Deref, DerefMut};

use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Pool, SqlSafeStr};

use super::health::Health;
use super::{Entry, TxOptions};
use crate::databases::{Databases, Leased};
use crate::driver::{Driver, begin, commit, rollback, start_rollback, transaction_depth};
use crate::tenant::DatabaseName;
use crate::{Result, TenantId};

/// Where a piece of work gets its connection, and how the connection becomes its owner's.
pub(crate) struct Access<'e, DB: Driver> {
    place: Place<'e, DB>,
    entry: Entry,
}

/// Where connections come from.
pub(crate) enum Place<'e, DB: Driver> {
    /// A pool.
    Pool(&'e Pool<DB>),
    /// The tenant's own database.
    Database {
        databases: &'e Databases<DB>,
        tenant: TenantId,
        name: DatabaseName,
    },
}

impl<'e, DB: Driver> Access<'e, DB> {
    pub(crate) fn new(place: Place<'e, DB>, entry: Entry) -> Self {
        Self { place, entry }
    }

    /// Whether a prepared statement is found again on its connections.
    pub(crate) fn keeps_statements(&self) -> bool {
        self.entry.keeps_statements()
    }

    /// A connection on which one statement may run.
    pub(crate) async fn enter(self) -> Result<Entered<DB>> {
        match &self.entry {
            Entry::Plain => Ok(Entered {
                connection: self.borrow().await?,
                transaction: false,
            }),
            Entry::Transaction(_) | Entry::Pooled(_) => self.begin(TxOptions::default()).await,
        }
    }

    /// A connection on which a transaction is open.
    pub(crate) async fn begin(self, options: TxOptions) -> Result<Entered<DB>> {
        let text = DB::begin_text(options, self.entry.context())?;
        let mut connection = self.borrow().await?;
        connection.state = State::Unknown;
        let text = text.map(|text| AssertSqlSafe(text).into_sql_str());
        begin::<DB>(&mut connection.raw, text).await?;
        connection.state = State::Open;
        Ok(Entered {
            connection,
            transaction: true,
        })
    }

    async fn borrow(self) -> Result<Borrowed<DB>> {
        let raw = match self.place {
            Place::Pool(pool) => Raw::Shared(pool.acquire().await?),
            Place::Database {
                databases,
                tenant,
                name,
            } => Raw::Own(databases.acquire(&tenant, &name).await?),
        };
        Ok(Borrowed {
            raw,
            state: State::Over,
            health: Health::of::<DB>(),
        })
    }
}

/// A connection of a pool.
enum Raw<DB: Driver> {
    /// Of tenants that share a database.
    Shared(PoolConnection<DB>),
    /// To the tenant's own database.
    Own(Leased<DB>),
}

impl<DB: Driver> Raw<DB> {
    /// Whatever is on the connection, nobody else gets it.
    fn close_on_drop(&mut self) {
        match self {
            Self::Shared(connection) => connection.close_on_drop(),
            Self::Own(connection) => connection.close_on_drop(),
        }
    }
}

impl<DB: Driver> Deref for Raw<DB> {
    type Target = DB::Connection;

    fn deref(&self) -> &Self::Target {
        match self {
            Self::Shared(connection) => connection,
            Self::Own(connection) => connection,
        }
    }
}

impl<DB: Driver> DerefMut for Raw<DB> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        match self {
            Self::Shared(connection) => connection,
            Self::Own(connection) => connection,
        }
    }
}

/// A connection that is the owner's until it is dropped.
pub(crate) struct Entered<DB: Driver> {
    connection: Borrowed<DB>,
    transaction: bool,
}

impl<DB: Driver> Entered<DB> {
    /// The connection, and who must be told what a statement on it says.
    pub(crate) fn lend(&mut self) -> (&mut DB::Connection, &mut Health) {
        self.connection.lend()
    }

    /// Ends the work on a connection on which one statement ran to its end. What a `read` did need not be kept, so
    /// nobody waits for the end of its transaction.
    pub(crate) async fn finish(mut self, read: bool) -> Result<()> {
        if self.transaction && !read {
            self.connection.commit().await?;
        }
        Ok(())
    }

    pub(super) fn into_connection(self) -> Borrowed<DB> {
        self.connection
    }
}

/// A borrowed connection, and what is known about the transaction on it.
pub(super) struct Borrowed<DB: Driver> {
    raw: Raw<DB>,
    state: State,
    health: Health,
}

/// What is known about the transaction on a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// A begin, a commit or a rollback was sent and its answer not seen.
    Unknown,
    /// Open.
    Open,
    /// Committed, rolled back, or never begun.
    Over,
}

impl<DB: Driver> Borrowed<DB> {
    pub(super) fn raw(&mut self) -> &mut DB::Connection {
        &mut self.raw
    }

    pub(super) fn lend(&mut self) -> (&mut DB::Connection, &mut Health) {
        (&mut self.raw, &mut self.health)
    }

    pub(super) fn health(&mut self) -> &mut Health {
        &mut self.health
    }

    /// Whether the transaction is open, as far as nothing but a failed statement can have ended it.
    pub(super) fn is_open(&self) -> bool {
        self.state == State::Open && !self.health.is_cut_off()
    }

    pub(super) async fn commit(&mut self) -> Result<(), sqlx::Error> {
        self.state = State::Unknown;
        match commit::<DB>(&mut self.raw).await {
            Ok(()) => {
                self.state = State::Over;
                Ok(())
            }
            Err(error) => {
                if let sqlx::Error::Database(_) = error {
                    // The server has said no; what is left of the transaction can be rolled back.
                    self.state = State::Open;
                }
                Err(error)
            }
        }
    }

    pub(super) async fn rollback(&mut self) -> Result<(), sqlx::Error> {
        self.state = State::Unknown;
        if self.health.is_cut_off() {
            // The connection is closed, which undoes it.
            return Ok(());
        }
        rollback::<DB>(&mut self.raw).await?;
        self.state = State::Over;
        Ok(())
    }

    /// Runs a command of a savepoint. If its answer is not seen, the whole transaction is in doubt: sqlx counts
    /// savepoints itself and would roll the wrong one back.
    pub(super) async fn nested(&mut self, command: Savepoint) -> Result<(), sqlx::Error> {
        self.state = State::Unknown;
        match command {
            Savepoint::Begin => begin::<DB>(&mut self.raw, None).await?,
            Savepoint::Release => commit::<DB>(&mut self.raw).await?,
            Savepoint::Undo => rollback::<DB>(&mut self.raw).await?,
        }
        self.state = State::Open;
        Ok(())
    }
}

/// A command about a savepoint.
#[derive(Debug, Clone, Copy)]
pub(super) enum Savepoint {
    Begin,
    Release,
    Undo,
}

impl<DB: Driver> Drop for Borrowed<DB> {
    fn drop(&mut self) {
        if self.health.is_cut_off() {
            self.raw.close_on_drop();
            return;
        }
        match self.state {
            State::Unknown => self.raw.close_on_drop(),
            // Queued before anything else that this connection will be asked to do; savepoints first.
            State::Open => {
                for _ in 0..transaction_depth::<DB>(&self.raw) {
                    start_rollback::<DB>(&mut self.raw);
                }
            }
            State::Over => {}
        }
    }
}
