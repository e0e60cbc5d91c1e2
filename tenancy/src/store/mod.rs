//! Where tenants are looked up.

mod memory;

use std::error::Error;
use std::future::Future;
use std::pin::Pin;

pub use self::memory::MemoryStore;
use crate::tenant::{Placement, TenantId};

/// What a store failed with.
pub type StoreError = Box<dyn Error + Send + Sync>;

/// What a store knows about a tenant, as it knows it: nothing in it is believed before
/// [`Tenancy::resolve`](crate::Tenancy::resolve) has read it.
#[derive(Debug, Clone)]
pub struct TenantRecord {
    pub(crate) id: String,
    pub(crate) status: String,
    pub(crate) placement: Placement,
}

impl TenantRecord {
    /// A record whose data lives in the shared tables. `status` is `active` or `suspended`; another text makes the
    /// tenant unusable.
    pub fn new(id: impl Into<String>, status: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            status: status.into(),
            placement: Placement::Shared,
        }
    }
}

/// Looks tenants up: in a table, a file, a service.
///
/// ```
/// use tenancy::{StoreError, TenantId, TenantRecord, TenantStore};
///
/// struct OneTenant;
///
/// impl TenantStore for OneTenant {
///     async fn find(&self, id: &TenantId) -> Result<Option<TenantRecord>, StoreError> {
///         Ok((id.as_str() == "acme").then(|| TenantRecord::new("acme", "active")))
///     }
/// }
/// ```
pub trait TenantStore: Send + Sync + 'static {
    /// The record of `id`, or `None` if there is no such tenant.
    ///
    /// # Errors
    ///
    /// Whatever kept the store from answering; it is passed on in
    /// [`ResolveError::Store`](crate::ResolveError::Store).
    fn find(&self, id: &TenantId) -> impl Future<Output = Result<Option<TenantRecord>, StoreError>> + Send;
}

/// A [`TenantStore`] behind a pointer.
pub(crate) trait ErasedStore: Send + Sync {
    fn find_erased<'a>(&'a self, id: &'a TenantId) -> Finding<'a>;
}

type Finding<'a> = Pin<Box<dyn Future<Output = Result<Option<TenantRecord>, StoreError>> + Send + 'a>>;

impl<S: TenantStore> ErasedStore for S {
    fn find_erased<'a>(&'a self, id: &'a TenantId) -> Finding<'a> {
        Box::pin(self.find(id))
    }
}
