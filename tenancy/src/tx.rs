//! Transactions that belong to a tenant.

use std::fmt;
use std::marker::PhantomData;

use sqlx::Pool;
use sqlx::pool::PoolConnection;

use crate::context::{Captured, Owner};
use crate::db::check_isolation;
use crate::driver::{Driver, begin, commit, rollback, start_rollback};
use crate::query::Source;
use crate::query::sealed::Lease;
use crate::{Error, Isolation, Result, TenantContextError};

/// A transaction of the tenant (or the central work) in whose scope it began; pass `&mut tx` to a query.
///
/// Dropped without [`commit`](Self::commit) it is rolled back. However its future is cancelled, its connection is
/// handed to nobody before the transaction is over; if that cannot be known, the connection is closed.
#[must_use = "a transaction that is dropped is rolled back"]
pub struct TenantTx<'c, DB: Driver> {
    connection: Guarded<DB>,
    owner: Owner,
    isolation: Isolation,
    /// A statement failed in the database.
    failed: bool,
    nests: PhantomData<&'c mut ()>,
}

impl<DB: Driver> TenantTx<'static, DB> {
    pub(crate) async fn begin(pool: &Pool<DB>, owner: Owner, isolation: Isolation) -> Result<Self> {
        let mut connection = Guarded {
            connection: pool.acquire().await?,
            state: State::Unknown,
        };
        begin::<DB>(&mut connection.connection).await?;
        connection.state = State::Open;
        Ok(Self {
            connection,
            owner,
            isolation,
            failed: false,
            nests: PhantomData,
        })
    }
}

impl<DB: Driver> TenantTx<'_, DB> {
    /// Makes the changes permanent.
    ///
    /// # Errors
    ///
    /// [`Error::Context`] outside of the scope that the transaction belongs to; [`Error::TransactionAborted`] on
    /// PostgreSQL when a statement in it had failed, for then the server would answer a commit with a silent
    /// rollback; [`Error::Database`]. After any of them the changes are not made, unless the connection was lost
    /// during the commit itself.
    pub async fn commit(mut self) -> Result<()> {
        self.check_owner(&Captured::either())?;
        if self.failed && DB::ERROR_ENDS_TRANSACTION {
            return Err(Error::TransactionAborted);
        }
        self.connection.state = State::Unknown;
        match commit::<DB>(&mut self.connection.connection).await {
            Ok(()) => {
                self.connection.state = State::Over;
                Ok(())
            }
            Err(error) => {
                if let sqlx::Error::Database(_) = error {
                    // The server has said no; what is left of the transaction can be rolled back.
                    self.connection.state = State::Open;
                }
                Err(error.into())
            }
        }
    }

    /// Undoes the changes. Allowed in every scope.
    ///
    /// # Errors
    ///
    /// [`Error::Database`]; the connection is then closed, which undoes them too.
    pub async fn rollback(mut self) -> Result<()> {
        self.connection.state = State::Unknown;
        rollback::<DB>(&mut self.connection.connection).await?;
        self.connection.state = State::Over;
        Ok(())
    }

    fn check_owner(&self, captured: &Captured) -> Result<(), TenantContextError> {
        let owner = captured.owner()?;
        if self.owner.is(owner) {
            return Ok(());
        }
        Err(TenantContextError::WrongTransaction {
            transaction: self.owner.describe(),
            current: owner.describe(),
        })
    }
}

impl<'e, DB: Driver> Lease<'e, DB> for &'e mut TenantTx<'_, DB> {
    fn lease(
        self,
        captured: &Captured,
        needs: Option<Isolation>,
    ) -> Result<Source<'e, DB>, TenantContextError> {
        check_isolation(needs, self.isolation)?;
        self.check_owner(captured)?;
        Ok(Source::transaction(
            &mut *self.connection.connection,
            &mut self.failed,
        ))
    }
}

impl<DB: Driver> fmt::Debug for TenantTx<'_, DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantTx")
            .field("owner", &self.owner)
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}

/// A connection, and what is known about the transaction on it.
struct Guarded<DB: Driver> {
    connection: PoolConnection<DB>,
    state: State,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// A begin, a commit or a rollback was sent and its answer not seen.
    Unknown,
    /// Open.
    Open,
    /// Committed or rolled back.
    Over,
}

impl<DB: Driver> Drop for Guarded<DB> {
    fn drop(&mut self) {
        match self.state {
            State::Unknown => self.connection.close_on_drop(),
            // Queued before anything else that this connection will be asked to do.
            State::Open => start_rollback::<DB>(&mut self.connection),
            State::Over => {}
        }
    }
}
