//! A store for tests, tools and small programs.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use super::{StoreError, TenantRecord, TenantStore};
use crate::tenant::{TenantId, TenantStatus};

/// Tenants in memory.
#[derive(Debug, Default)]
pub struct MemoryStore {
    tenants: RwLock<BTreeMap<TenantId, TenantStatus>>,
}

impl MemoryStore {
    /// A store without tenants.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a tenant, or changes its status.
    pub fn put(&self, id: TenantId, status: TenantStatus) {
        self.tenants
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id, status);
    }

    /// Removes a tenant.
    pub fn remove(&self, id: &TenantId) {
        self.tenants
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(id);
    }
}

impl TenantStore for MemoryStore {
    async fn find(&self, id: &TenantId) -> Result<Option<TenantRecord>, StoreError> {
        let status = self
            .tenants
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(id)
            .copied();
        Ok(status.map(|status| {
            let status = match status {
                TenantStatus::Active => "active",
                TenantStatus::Suspended => "suspended",
            };
            TenantRecord::new(id.as_str(), status)
        }))
    }
}
