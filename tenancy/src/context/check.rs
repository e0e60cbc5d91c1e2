//! The one place where a piece of work and the scope that it runs in are compared.

use super::{Scope, TenantContextError, current_scope};
use crate::{Tenant, TenantId};

/// In whose name a piece of work was made.
#[derive(Debug, Clone)]
pub(crate) enum Owner {
    /// A tenant's.
    Tenant(Tenant),
    /// Declared cross-tenant work.
    Central,
}

impl Owner {
    /// Whether both are the same tenant, or both central.
    pub(crate) fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Tenant(this), Self::Tenant(that)) => this.is(that),
            (Self::Central, Self::Central) => true,
            (Self::Tenant(_), Self::Central) | (Self::Central, Self::Tenant(_)) => false,
        }
    }

    /// A name for messages.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Tenant(tenant) => format!("tenant `{}`", tenant.id()),
            Self::Central => "central work".to_owned(),
        }
    }
}

/// The owner of a query, or why it has none; taken when the query is built, checked whenever it is driven.
#[derive(Debug, Clone)]
pub struct Captured(Result<Owner, TenantContextError>);

impl Captured {
    /// For a tenant's query: the tenant of the current scope.
    pub(crate) fn tenant() -> Self {
        Self(super::current().map(Owner::Tenant))
    }

    /// For a central query: that the current scope is central.
    pub(crate) fn central() -> Self {
        Self(match current_scope() {
            Some(Scope::Central { .. }) => Ok(Owner::Central),
            Some(Scope::Refused(error)) => Err(error),
            Some(Scope::Tenant(_)) | None => Err(TenantContextError::NotCentral),
        })
    }

    /// For a transaction: whichever of the two the current scope is.
    pub(crate) fn either() -> Self {
        Self(match current_scope() {
            Some(Scope::Tenant(tenant)) => Ok(Owner::Tenant(tenant)),
            Some(Scope::Central { .. }) => Ok(Owner::Central),
            Some(Scope::Refused(error)) => Err(error),
            None => Err(TenantContextError::NoTenant),
        })
    }

    /// The owner.
    pub(crate) fn owner(&self) -> Result<&Owner, TenantContextError> {
        self.0.as_ref().map_err(Clone::clone)
    }

    /// The tenant's id.
    pub(crate) fn id(&self) -> Result<&TenantId, TenantContextError> {
        match self.owner()? {
            Owner::Tenant(tenant) => Ok(tenant.id()),
            Owner::Central => Err(TenantContextError::NoTenant),
        }
    }

    /// Whether the scope that the caller is in is the owner's.
    pub(crate) fn check(&self) -> Result<(), TenantContextError> {
        self.compare(current_scope())
    }

    /// Like [`check`](Self::check), but outside of every scope is well: for work that was checked when it began and
    /// is carried on elsewhere.
    pub(crate) fn check_unless_outside(&self) -> Result<(), TenantContextError> {
        match current_scope() {
            None => self.owner().map(drop),
            scope @ Some(_) => self.compare(scope),
        }
    }

    fn compare(&self, scope: Option<Scope>) -> Result<(), TenantContextError> {
        match (self.owner()?, scope) {
            (_, Some(Scope::Refused(error))) => Err(error),
            (Owner::Tenant(built_for), Some(Scope::Tenant(current))) => {
                if built_for.is(&current) {
                    return Ok(());
                }
                Err(TenantContextError::Mismatch {
                    built_for: built_for.id().clone(),
                    current: current.id().clone(),
                })
            }
            (Owner::Tenant(_), Some(Scope::Central { reason })) => {
                Err(TenantContextError::Central { reason })
            }
            (Owner::Tenant(_), None) => Err(TenantContextError::NoTenant),
            (Owner::Central, Some(Scope::Central { .. })) => Ok(()),
            (Owner::Central, Some(Scope::Tenant(_)) | None) => Err(TenantContextError::NotCentral),
        }
    }
}
