//! What can go wrong when a query runs.

use std::fmt;

use thiserror::Error;

use crate::databases::UnavailableError;
use crate::{DatabaseName, Isolation, NameError, TenantContextError, TenantId};

/// Why a tenant's data could not be found. Nothing was sent to a database.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PlacementError {
    /// Tenants that share a database need one.
    #[error(
        "isolation `{isolation}` needs the database that tenants share; name it with `TenantDbBuilder::shared`"
    )]
    NoShared {
        /// How tenants are kept apart.
        isolation: Isolation,
    },
    /// Tenants with databases of their own need a server.
    #[error("a database per tenant needs a server; name one with `TenantDbBuilder::server`")]
    NoServer,
    /// A placement on a server that the handle does not know.
    #[error(
        "the data of tenant `{tenant}` is on server `{server}`, which this handle does not know; name it with \
         `TenantDbBuilder::server`"
    )]
    UnknownServer {
        /// The tenant.
        tenant: TenantId,
        /// The server of its placement.
        server: String,
    },
    /// A database without the marker that says whose it is.
    #[error(
        "database `{database}` does not say whose it is; provision it for tenant `{tenant}` (its table `_tenancy_owner` \
         has no row)"
    )]
    NoOwner {
        /// The tenant.
        tenant: TenantId,
        /// The database of its placement.
        database: DatabaseName,
    },
    /// A database that is another tenant's.
    #[error(
        "database `{database}` is not the database of tenant `{tenant}` (its table `_tenancy_owner` names another); \
         correct the placement of the tenant, or provision a database for it"
    )]
    OtherOwner {
        /// The tenant.
        tenant: TenantId,
        /// The database of its placement.
        database: DatabaseName,
    },
    /// The tenant's id makes no name for a schema or database.
    #[error("the id of tenant `{tenant}` makes no name for its schema or database")]
    Name {
        /// The tenant.
        tenant: TenantId,
        /// Why not.
        source: NameError,
    },
}

/// What every verb of a query returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a query or a transaction failed.
///
/// Neither form of printing shows what PostgreSQL puts into the detail of an error, which can be a whole row; who needs it finds
/// it in the `sqlx::Error`.
#[derive(Error)]
#[non_exhaustive]
pub enum Error {
    /// The tenant's scope does not allow it. Nothing was sent to the database.
    #[error(transparent)]
    Context(#[from] TenantContextError),
    /// The statement was built at run time and is not proved. Nothing was sent to the database.
    #[cfg(feature = "dynamic")]
    #[error(transparent)]
    Refused(#[from] crate::dynamic::Refused),
    /// The tenant's data is nowhere that this handle knows. Nothing was sent to the database.
    #[error(transparent)]
    Placement(#[from] PlacementError),
    /// The tenant's own database cannot be used now. Nothing of the statement was sent to it.
    #[error(transparent)]
    Unavailable(#[from] UnavailableError),
    /// The database or its driver.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// A commit of a transaction in which a statement had failed, or a statement in one that the server has ended, as MySQL
    /// does for a deadlock. It was rolled back.
    #[error("the transaction was rolled back instead of committed, because a statement in it had failed")]
    TransactionAborted,
    /// A transaction of which nobody knows whether it is still open, because the future of a savepoint, a commit or a rollback,
    /// on MySQL of any statement, was dropped half-way. It can only be rolled back; its connection is closed.
    #[error(
        "the transaction cannot go on: a savepoint, commit or rollback in it (on MySQL any statement) was cancelled, or \
         a savepoint was leaked"
    )]
    TransactionInDoubt,
    /// A pooler that lends connections for a transaction stands between us and the server, and nobody said so.
    #[error(
        "a pooler stands between this program and {database}: two connections share one session, so one client may run \
         what another prepared; say `DbSettings::transaction_pooler(true)`, or connect to the server itself"
    )]
    Pooler {
        /// The database.
        database: &'static str,
    },
    /// Something that this database cannot do.
    #[error("{database} has no {what}")]
    Unsupported {
        /// The database.
        database: &'static str,
        /// What it cannot do.
        what: &'static str,
    },
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Context(error) => f.debug_tuple("Context").field(error).finish(),
            #[cfg(feature = "dynamic")]
            Self::Refused(refused) => f.debug_tuple("Refused").field(refused).finish(),
            Self::Placement(error) => f.debug_tuple("Placement").field(error).finish(),
            Self::Unavailable(error) => f.debug_tuple("Unavailable").field(error).finish(),
            Self::Database(error) => {
                let code = error.as_database_error().and_then(|error| error.code());
                f.debug_struct("Database")
                    .field("code", &code)
                    .field("message", &format_args!("{error}"))
                    .finish()
            }
            Self::TransactionAborted => f.write_str("TransactionAborted"),
            Self::TransactionInDoubt => f.write_str("TransactionInDoubt"),
            Self::Pooler { database } => f.debug_struct("Pooler").field("database", database).finish(),
            Self::Unsupported { database, what } => f
                .debug_struct("Unsupported")
                .field("database", database)
                .field("what", what)
                .finish(),
        }
    }
}
