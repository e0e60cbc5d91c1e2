//! Who a tenant is.

mod id;
mod name;

use std::str::FromStr;
use std::sync::Arc;

use thiserror::Error;

pub use self::id::{TenantId, TenantIdError};
pub use self::name::{DatabaseName, NameError, SchemaName};

/// A tenant that somebody vouches for: a store that was asked ([`Tenancy::resolve`](crate::Tenancy::resolve)) or the
/// program itself ([`Tenant::trusted`]).
///
/// An id alone opens no scope; a `Tenant` does. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Tenant(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    id: TenantId,
    status: TenantStatus,
    placement: Placement,
    origin: Origin,
}

/// Who vouches for a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Store,
    Trusted { reason: &'static str },
}

impl Tenant {
    /// An active tenant that no store was asked about: the caller vouches for it, and says why.
    ///
    /// For tests, for tools, and for programs whose tenants are fixed. Never with an id that came from a request. An
    /// empty reason is refused when the scope is entered.
    pub fn trusted(id: TenantId, reason: &'static str) -> Self {
        tracing::debug!(target: "tenancy::trusted", tenant = id.as_str(), reason, "tenant taken on trust");
        Self(Arc::new(Inner {
            id,
            status: TenantStatus::Active,
            placement: Placement::Shared,
            origin: Origin::Trusted { reason },
        }))
    }

    /// A tenant that a store answered with.
    pub(crate) fn resolved(id: TenantId, status: TenantStatus, placement: Placement) -> Self {
        Self(Arc::new(Inner {
            id,
            status,
            placement,
            origin: Origin::Store,
        }))
    }

    /// Its id.
    pub fn id(&self) -> &TenantId {
        &self.0.id
    }

    /// Whether it may work.
    pub fn status(&self) -> TenantStatus {
        self.0.status
    }

    /// Where its data lives.
    pub fn placement(&self) -> &Placement {
        &self.0.placement
    }

    /// Whether both are the same tenant.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.id == other.0.id
    }

    /// Whether somebody took a tenant on trust without saying why.
    pub(crate) fn lacks_reason(&self) -> bool {
        matches!(self.0.origin, Origin::Trusted { reason } if reason.trim().is_empty())
    }
}

/// Whether a tenant may work. Its text is `active` or `suspended`, exactly so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TenantStatus {
    /// It may enter a scope.
    Active,
    /// It may not.
    Suspended,
}

impl FromStr for TenantStatus {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "active" => Ok(Self::Active),
            "suspended" => Ok(Self::Suspended),
            _ => Err(UnknownStatus),
        }
    }
}

/// A status that this version does not know. It is never taken for active.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the tenant's status is neither `active` nor `suspended`")]
pub struct UnknownStatus;

/// Where a tenant's data lives.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Placement {
    /// Where all tenants' data lives that is not said to be elsewhere: in the shared tables, or with a schema or database
    /// per tenant, in the one whose name follows from the tenant's id.
    Shared,
    /// In a database of its own.
    Database(DatabaseName),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_exact_statuses_are_known() {
        assert_eq!("active".parse(), Ok(TenantStatus::Active));
        assert_eq!("suspended".parse(), Ok(TenantStatus::Suspended));
        for text in ["", "Active", " active", "ACTIVE", "deleted"] {
            assert_eq!(text.parse::<TenantStatus>(), Err(UnknownStatus));
        }
    }
}
