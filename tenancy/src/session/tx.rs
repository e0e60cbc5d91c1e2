//! Transactions that belong to a tenant.

use std::fmt;

use super::access::{Access, Borrowed, Savepoint};
use super::options::TxOptions;
use crate::context::{Captured, Owner};
use crate::db::check_isolation;
use crate::driver::{Aftermath, Driver, start_rollback, transaction_depth};
use crate::query::Source;
use crate::query::sealed::Lease;
use crate::{Error, Isolation, Result, TenantContextError};

/// A transaction of the tenant (or the central work) in whose scope it began; pass `&mut tx` to a query.
///
/// Dropped without [`commit`](Self::commit) it is rolled back. However its future is cancelled, its connection is
/// handed to nobody before the transaction is over; if that cannot be known, the connection is closed.
#[must_use = "a transaction that is dropped is rolled back"]
pub struct TenantTx<'c, DB: Driver> {
    session: Held<'c, DB>,
    owner: Owner,
    isolation: Isolation,
    /// How many transactions are open inside each other, this one counted.
    depth: usize,
    over: bool,
}

/// The connection of a transaction, or of the one around it.
enum Held<'c, DB: Driver> {
    Own(Box<Session<DB>>),
    Outer(&'c mut Session<DB>),
}

/// A connection with an open transaction.
struct Session<DB: Driver> {
    connection: Borrowed<DB>,
    /// A prepared statement is found again.
    keeps_statements: bool,
}

impl<DB: Driver> Held<'_, DB> {
    fn session(&mut self) -> &mut Session<DB> {
        match self {
            Self::Own(session) => session,
            Self::Outer(session) => session,
        }
    }
}

impl<DB: Driver> TenantTx<'static, DB> {
    pub(crate) async fn begin(
        access: Access<'_, DB>,
        options: TxOptions,
        owner: Owner,
        isolation: Isolation,
    ) -> Result<Self> {
        let keeps_statements = access.keeps_statements();
        let connection = access.begin(options).await?.into_connection();
        Ok(Self {
            session: Held::Own(Box::new(Session {
                connection,
                keeps_statements,
            })),
            owner,
            isolation,
            depth: 1,
            over: false,
        })
    }
}

impl<DB: Driver> TenantTx<'_, DB> {
    /// Begins a transaction inside this one (a savepoint): its changes can be undone alone.
    ///
    /// A future of this method that is dropped before it is done leaves the outer transaction unusable: it can only be
    /// rolled back.
    ///
    /// # Errors
    ///
    /// [`Error::Context`] outside of the scope that the transaction belongs to; [`Error::TransactionInDoubt`];
    /// [`Error::TransactionAborted`] when a statement had failed, as at [`commit`](Self::commit); [`Error::Database`].
    pub async fn savepoint(&mut self) -> Result<TenantTx<'_, DB>> {
        self.check_owner(&Captured::either())?;
        let depth = self.depth;
        let session = self.session.session();
        session.check(depth)?;
        session.connection.nested(Savepoint::Begin).await?;
        Ok(TenantTx {
            session: Held::Outer(session),
            owner: self.owner.clone(),
            isolation: self.isolation,
            depth: depth + 1,
            over: false,
        })
    }

    /// Makes the changes permanent; those of a savepoint become the outer transaction's.
    ///
    /// # Errors
    ///
    /// [`Error::Context`] outside of the scope that the transaction belongs to; [`Error::TransactionAborted`] when a
    /// statement in it had failed and the server would answer a commit with a silent rollback: on PostgreSQL any, on MySQL
    /// one whose error is not about its own values, names or keys (a deadlock, a lock that was not given in time);
    /// [`Error::TransactionInDoubt`]; [`Error::Database`]. After any of them the changes are not made, unless the connection was
    /// lost during the commit itself.
    pub async fn commit(mut self) -> Result<()> {
        self.check_owner(&Captured::either())?;
        let depth = self.depth;
        let session = self.session.session();
        session.check(depth)?;
        if depth == 1 {
            session.connection.commit().await?;
        } else {
            session.connection.nested(Savepoint::Release).await?;
        }
        self.over = true;
        Ok(())
    }

    /// Undoes the changes. Allowed in every scope.
    ///
    /// # Errors
    ///
    /// [`Error::Database`]; the connection is then closed, which undoes them too.
    pub async fn rollback(mut self) -> Result<()> {
        let depth = self.depth;
        let session = self.session.session();
        if depth == 1 {
            session.connection.rollback().await?;
        } else if session.connection.is_open() {
            session.connection.nested(Savepoint::Undo).await?;
            session.connection.health().undone();
        }
        self.over = true;
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

impl<DB: Driver> Session<DB> {
    /// Whether the transaction can go on, as the `depth`th inside each other.
    fn check(&mut self, depth: usize) -> Result<()> {
        if !self.connection.is_open() || transaction_depth::<DB>(self.connection.raw()) != depth {
            return Err(Error::TransactionInDoubt);
        }
        match self.connection.health().worst() {
            Aftermath::Undone => Ok(()),
            Aftermath::Failed | Aftermath::Over => Err(Error::TransactionAborted),
        }
    }
}

impl<'e, DB: Driver> Lease<'e, DB> for &'e mut TenantTx<'_, DB> {
    fn lease(self, captured: &Captured, needs: Option<Isolation>) -> Result<Source<'e, DB>> {
        check_isolation(needs, self.isolation)?;
        self.check_owner(captured)?;
        let depth = self.depth;
        let session = self.session.session();
        if !session.connection.is_open() || transaction_depth::<DB>(session.connection.raw()) != depth {
            return Err(Error::TransactionInDoubt);
        }
        match session.connection.health().worst() {
            // A statement in a transaction that failed goes to the server, whose message says what came before.
            Aftermath::Undone | Aftermath::Failed => {}
            // It would be committed on the spot.
            Aftermath::Over => return Err(Error::TransactionAborted),
        }
        let keeps_statements = session.keeps_statements;
        let (connection, health) = session.connection.lend();
        Ok(Source::transaction(connection, health, keeps_statements))
    }
}

impl<DB: Driver> Drop for TenantTx<'_, DB> {
    fn drop(&mut self) {
        if self.over {
            return;
        }
        // The outermost one is rolled back by its connection.
        if let Held::Outer(session) = &mut self.session
            && session.connection.is_open()
            && transaction_depth::<DB>(session.connection.raw()) == self.depth
        {
            start_rollback::<DB>(session.connection.raw());
            session.connection.health().undoing();
        }
    }
}

impl<DB: Driver> fmt::Debug for TenantTx<'_, DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantTx")
            .field("owner", &self.owner)
            .field("depth", &self.depth)
            .finish_non_exhaustive()
    }
}
