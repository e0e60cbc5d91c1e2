//! The manager: from an id to a tenant.

use std::fmt;
use std::sync::Arc;

use thiserror::Error;

use crate::store::{ErasedStore, StoreError, TenantStore};
use crate::tenant::{Tenant, TenantId, TenantStatus, UnknownStatus};

/// Turns the id of a tenant into the tenant, by asking a store and believing only a sound answer.
///
/// Cloning is cheap; all clones share the store.
#[derive(Clone)]
pub struct Tenancy {
    store: Arc<dyn ErasedStore>,
}

impl Tenancy {
    /// A manager that asks `store`.
    pub fn new(store: impl TenantStore) -> Self {
        Self {
            store: Arc::new(store),
        }
    }

    /// The tenant with this id, as the store knows it now.
    ///
    /// A suspended tenant is an answer too; it is its scope that will be refused.
    ///
    /// # Errors
    ///
    /// [`ResolveError`] when there is no such tenant, when the store fails, and when its answer is about another tenant
    /// or has a status that is not known.
    pub async fn resolve(&self, id: &TenantId) -> Result<Tenant, ResolveError> {
        let found = self.store.find_erased(id).await.map_err(ResolveError::Store)?;
        let record = found.ok_or_else(|| ResolveError::Unknown { tenant: id.clone() })?;
        if record.id != id.as_str() {
            return Err(ResolveError::OtherTenant { tenant: id.clone() });
        }
        let status: TenantStatus = record.status.parse().map_err(|source| ResolveError::Status {
            tenant: id.clone(),
            source,
        })?;
        Ok(Tenant::resolved(id.clone(), status, record.placement))
    }
}

impl fmt::Debug for Tenancy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tenancy").finish_non_exhaustive()
    }
}

/// Why an id could not be turned into a tenant.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// The store has no such tenant.
    #[error("there is no tenant `{tenant}`")]
    Unknown {
        /// The id that was asked for.
        tenant: TenantId,
    },
    /// The store answered with a record of another tenant.
    #[error(
        "the store was asked for tenant `{tenant}` and answered with another; check how it looks ids up (case, collation, padding)"
    )]
    OtherTenant {
        /// The id that was asked for.
        tenant: TenantId,
    },
    /// The store's status of the tenant is not known.
    #[error("tenant `{tenant}` cannot be used")]
    Status {
        /// The id that was asked for.
        tenant: TenantId,
        /// What is wrong with it.
        source: UnknownStatus,
    },
    /// The store failed.
    #[error("the tenant store failed")]
    Store(#[source] StoreError),
}
