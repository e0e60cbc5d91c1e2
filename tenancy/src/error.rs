//! What can go wrong when a query runs.

use std::fmt;

use thiserror::Error;

use crate::TenantContextError;

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
    /// The database or its driver.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// A commit of a transaction in which a statement had failed. It was rolled back.
    #[error("the transaction was rolled back instead of committed, because a statement in it had failed")]
    TransactionAborted,
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Context(error) => f.debug_tuple("Context").field(error).finish(),
            #[cfg(feature = "dynamic")]
            Self::Refused(refused) => f.debug_tuple("Refused").field(refused).finish(),
            Self::Database(error) => {
                let code = error.as_database_error().and_then(|error| error.code());
                f.debug_struct("Database")
                    .field("code", &code)
                    .field("message", &format_args!("{error}"))
                    .finish()
            }
            Self::TransactionAborted => f.write_str("TransactionAborted"),
        }
    }
}
