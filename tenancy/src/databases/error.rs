//! Why a tenant's database cannot be used now.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;

use crate::error::{Error, PlacementError};
use crate::tenant::{DatabaseName, TenantId};

/// Why a tenant's own database cannot be used now. Nothing of the statement was sent to it.
#[derive(Clone, Error)]
#[non_exhaustive]
pub enum UnavailableError {
    /// All pools are in use.
    #[error(
        "the database of tenant `{tenant}` was not opened within {waited:?}, because {limit} other databases are in \
         use; see `DatabaseSettings::max_pools`"
    )]
    Pools {
        /// The tenant.
        tenant: TenantId,
        /// How many pools may be open.
        limit: u32,
        /// How long the caller waited.
        waited: Duration,
    },
    /// All connections to tenants' databases are in use.
    #[error(
        "tenant `{tenant}` got no connection within {waited:?}, because all {limit} connections to tenants' databases \
         are in use; see `DatabaseSettings::max_connections`"
    )]
    Connections {
        /// The tenant.
        tenant: TenantId,
        /// How many connections may be open.
        limit: u32,
        /// How long the caller waited.
        waited: Duration,
    },
    /// All connections that one tenant may have are in use.
    #[error(
        "tenant `{tenant}` got no connection within {waited:?}, because all its {limit} connections are in use; see \
         `DatabaseSettings::max_connections_per_tenant`"
    )]
    TenantConnections {
        /// The tenant.
        tenant: TenantId,
        /// How many connections it may have.
        limit: u32,
        /// How long the caller waited.
        waited: Duration,
    },
    /// The database did not answer in time.
    #[error(
        "the database of tenant `{tenant}` ({database}) did not answer within {waited:?}; see \
         `DatabaseSettings::connect_timeout`"
    )]
    NoAnswer {
        /// The tenant.
        tenant: TenantId,
        /// Its database.
        database: DatabaseName,
        /// How long it had.
        waited: Duration,
    },
    /// The database could not be opened, or is not fit for use.
    #[error("the database of tenant `{tenant}` ({database}) could not be opened")]
    Open {
        /// The tenant.
        tenant: TenantId,
        /// Its database.
        database: DatabaseName,
        /// Why; callers that waited for one attempt share it.
        source: Arc<sqlx::Error>,
    },
    /// The handle was closed.
    #[error("the handle on the databases was closed")]
    Closed,
}

/// As the message says it: the error of a server can hold more than is meant for a log.
impl fmt::Debug for UnavailableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open { source, .. } => write!(f, "{self}: {source}"),
            Self::Pools { .. }
            | Self::Connections { .. }
            | Self::TenantConnections { .. }
            | Self::NoAnswer { .. }
            | Self::Closed => write!(f, "{self}"),
        }
    }
}

/// What several callers can be answered with.
#[derive(Debug, Clone)]
pub(super) enum Failure {
    /// The database is not the tenant's.
    Placement(PlacementError),
    /// It cannot be used now.
    Unavailable(UnavailableError),
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Placement(error) => error.into(),
            Failure::Unavailable(error) => error.into(),
        }
    }
}

impl From<PlacementError> for Failure {
    fn from(error: PlacementError) -> Self {
        Self::Placement(error)
    }
}

impl From<UnavailableError> for Failure {
    fn from(error: UnavailableError) -> Self {
        Self::Unavailable(error)
    }
}
