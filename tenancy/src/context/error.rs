//! Why a tenant's work was refused.

use thiserror::Error;

use crate::{Isolation, TenantId};

/// Why a query or a transaction was refused. Nothing was sent to the database.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TenantContextError {
    /// The code runs in no tenant's scope.
    #[error(
        "no tenant: this code runs outside of a tenant's scope; wrap it in `tenancy::scope(tenant, ..)`, and start \
         tasks with `tenancy::spawn` so that they keep the scope"
    )]
    NoTenant,
    /// A tenant's work in a central scope.
    #[error(
        "no tenant: this code runs inside `tenancy::central(\"{reason}\", ..)`; enter a tenant with \
         `tenancy::scope(tenant, ..)`, or use `central_query!` for work across tenants"
    )]
    Central {
        /// The reason that the central scope was opened for.
        reason: &'static str,
    },
    /// Central work outside of a central scope.
    #[error("a central query runs only inside `tenancy::central(\"why\", ..)`")]
    NotCentral,
    /// A tenant's scope was entered inside another tenant's.
    #[error(
        "the scope of tenant `{inner}` was entered inside the scope of tenant `{outer}`; leave the first scope, or \
         declare work across tenants with `tenancy::central(\"why\", ..)`"
    )]
    Nested {
        /// The tenant whose scope came first.
        outer: TenantId,
        /// The tenant whose scope was to be entered inside.
        inner: TenantId,
    },
    /// A query that was built for one tenant was about to run in another's scope.
    #[error(
        "a query built for tenant `{built_for}` was driven in the scope of tenant `{current}`; build and await it in \
         the same scope"
    )]
    Mismatch {
        /// The tenant that the query was built for.
        built_for: TenantId,
        /// The tenant whose scope it was driven in.
        current: TenantId,
    },
    /// A query on a transaction that belongs to another tenant or to central work.
    #[error(
        "the transaction began as {transaction} and cannot be used as {current}; begin one in this scope"
    )]
    WrongTransaction {
        /// Whose transaction it is.
        transaction: String,
        /// Who wanted to use it.
        current: String,
    },
    /// A query that was proved for another isolation than the handle has.
    #[error(
        "a query that was proved for isolation `{query}` cannot run on a database with isolation `{handle}`; make \
         `isolation` in tenancy.toml and the handle agree"
    )]
    WrongIsolation {
        /// What the query was proved for.
        query: Isolation,
        /// What the handle has.
        handle: Isolation,
    },
    /// The tenant is suspended.
    #[error("tenant `{tenant}` is suspended and cannot enter a scope; reactivate it in the store first")]
    Suspended {
        /// The tenant.
        tenant: TenantId,
    },
    /// A scope was opened without saying why.
    #[error("`tenancy::central` and `Tenant::trusted` need a reason; say in a few words why")]
    EmptyReason,
    /// The tenant's id does not fit the type of the tenant column.
    #[error(
        "the id of tenant `{tenant}` is not a valid `{column_type}`, which is the type of the tenant column"
    )]
    UnfitId {
        /// The tenant.
        tenant: TenantId,
        /// The type of the column.
        column_type: &'static str,
    },
}
