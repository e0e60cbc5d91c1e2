//! What every connection to a tenant's database passes before its first query: the database says whose it is.
//!
//! The marker is a table `_tenancy_owner` with exactly one row, which names the tenant. It is written when the database is
//! made for the tenant and never after. A name in a store that is wrong, a file that was copied, a database that was
//! renamed: each leads to a database whose marker names somebody else, or to none, and no query is sent there.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::error::{Failure, UnavailableError};
use crate::Result;
use crate::driver::Driver;
use crate::error::PlacementError;
use crate::tenant::{DatabaseName, TenantId};

/// What the connections of one pool have to pass. Refused once, it stays shut.
pub(super) struct Gate {
    tenant: TenantId,
    database: DatabaseName,
    refused: watch::Sender<Option<Failure>>,
}

impl Gate {
    pub(super) fn new(tenant: TenantId, database: DatabaseName) -> Self {
        Self {
            tenant,
            database,
            refused: watch::Sender::new(None),
        }
    }

    pub(super) fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// Lets a fresh connection in, if it is fit for use and leads to the tenant's database.
    pub(super) async fn admit<DB: Driver>(&self, connection: &mut DB::Connection) -> Result<(), sqlx::Error> {
        let Err(failure) = self.check::<DB>(connection).await else {
            return Ok(());
        };
        // The pool would try again and again; those who wait hear it from the gate.
        let message = match &failure {
            Failure::Placement(error) => error.to_string(),
            Failure::Unavailable(error) => error.to_string(),
        };
        self.refused.send_replace(Some(failure));
        Err(sqlx::Error::Configuration(message.into()))
    }

    async fn check<DB: Driver>(&self, connection: &mut DB::Connection) -> Result<(), Failure> {
        let failed = |source| self.open(source);
        DB::inspect(connection).await.map_err(failed)?;
        let owners = DB::read_owners(connection).await.map_err(failed)?;
        match owners.as_slice() {
            [owner] if owner == self.tenant.as_str() => Ok(()),
            [] => Err(PlacementError::NoOwner {
                tenant: self.tenant.clone(),
                database: self.database.clone(),
            }
            .into()),
            [_, ..] => Err(PlacementError::OtherOwner {
                tenant: self.tenant.clone(),
                database: self.database.clone(),
            }
            .into()),
        }
    }

    /// Why a connection was turned away, if one was.
    pub(super) fn refused(&self) -> Option<Failure> {
        self.refused.borrow().clone()
    }

    /// Waits until a connection is turned away.
    pub(super) async fn refusal(&self) {
        let mut refused = self.refused.subscribe();
        // The sender is ours.
        let _ = refused.wait_for(Option::is_some).await;
    }

    pub(super) fn unavailable(&self, error: sqlx::Error, longest: Duration) -> Failure {
        match error {
            sqlx::Error::PoolTimedOut => self.no_answer(longest),
            error => self.open(error),
        }
    }

    pub(super) fn no_answer(&self, waited: Duration) -> Failure {
        Failure::Unavailable(UnavailableError::NoAnswer {
            tenant: self.tenant.clone(),
            database: self.database.clone(),
            waited,
        })
    }

    fn open(&self, source: sqlx::Error) -> Failure {
        Failure::Unavailable(UnavailableError::Open {
            tenant: self.tenant.clone(),
            database: self.database.clone(),
            source: Arc::new(source),
        })
    }
}

/// Makes the database at the other end of `connection` the tenant's, for good. Done again, it changes nothing.
///
/// # Errors
///
/// [`PlacementError::OtherOwner`] if it is another tenant's: two tenants never claim one database, however close together they
/// try. [`Error::Database`](crate::Error::Database).
pub async fn claim<DB: Driver>(
    connection: &mut DB::Connection,
    tenant: &TenantId,
    database: &DatabaseName,
) -> Result<()> {
    if let Err(error) = DB::write_owner(connection, tenant).await {
        // Two that make the table at once: one of them fails, and the marker is there.
        if DB::read_owners(connection).await?.is_empty() {
            return Err(error.into());
        }
    }
    match DB::read_owners(connection).await?.as_slice() {
        [owner] if owner == tenant.as_str() => Ok(()),
        [] => Err(PlacementError::NoOwner {
            tenant: tenant.clone(),
            database: database.clone(),
        }
        .into()),
        [_, ..] => Err(PlacementError::OtherOwner {
            tenant: tenant.clone(),
            database: database.clone(),
        }
        .into()),
    }
}
