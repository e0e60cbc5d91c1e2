//! What the macros expand to. No part of the public interface: it changes without notice.

pub use tenancy_macros::*;

use crate::TenantContextError;
/// Writes the marker of a tenant's database.
pub use crate::databases::claim;
#[cfg(feature = "dynamic")]
pub use crate::dynamic::Embedded;

/// Whether the caller is in a tenant's scope; what `#[tenant_scoped]` asks first.
pub fn require_tenant() -> Result<(), TenantContextError> {
    crate::current().map(drop)
}

/// What a function that `#[tenant_scoped]` guards must return, so that it can say that there is no tenant.
#[diagnostic::on_unimplemented(
    message = "a `#[tenant_scoped]` function that returns `{Self}` cannot say that there is no tenant",
    label = "no `Result` whose error is `From<tenancy::TenantContextError>`",
    note = "return `Result<_, E>` where `E: From<tenancy::TenantContextError>`, for example `tenancy::Result<_>`",
    note = "a function that runs no query needs no check: mark it `#[tenant_scoped(skip)]`"
)]
pub trait Refuse {
    /// The refusal as a return value.
    fn refuse(error: TenantContextError) -> Self;
}

#[diagnostic::do_not_recommend]
impl<T, E: From<TenantContextError>> Refuse for Result<T, E> {
    fn refuse(error: TenantContextError) -> Self {
        Err(error.into())
    }
}

/// The database of a project whose `tenancy.toml` says none.
pub mod unknown {
    pub use crate::query::failed::failed_query;
}

/// A proved statement of the current tenant, for each of what it can need.
macro_rules! starts {
    ($database:ident: $($query:ident $capture:ident $isolation:ident $reads:literal $what:literal;)*) => {
        $(
            #[doc = concat!("A statement of the current tenant, ", $what, ".")]
            pub fn $query(sql: &'static str) -> Query<$database> {
                Query::tenant(sql, Isolation::$isolation, $reads)
            }

            #[doc = concat!("The current tenant, for sqlx's own macros: a statement ", $what, ".")]
            pub fn $capture() -> Capture {
                Capture::tenant(Isolation::$isolation, $reads)
            }
        )*
    };
}

macro_rules! database {
    ($module:ident, $database:ident) => {
        /// Queries of one database.
        pub mod $module {
            use sqlx::$database;

            use crate::{Isolation, Query};
            #[cfg(feature = "dynamic")]
            use crate::dynamic::{Embedded, Prover};
            use crate::query::wrapped::Capture;

            starts! { $database:
                rows_read capture_rows_read Rows true "that reads, proved for shared tables";
                rows_write capture_rows_write Rows false "that writes, proved for shared tables";
                rls_read capture_rls_read Rls true "that reads, proved for row-level security";
                rls_write capture_rls_write Rls false "that writes, proved for row-level security";
                schema_read capture_schema_read Schema true "that reads, proved for a schema per tenant";
                schema_write capture_schema_write Schema false "that writes, proved for a schema per tenant";
                database_read capture_database_read Database true "that reads, proved for a database per tenant";
                database_write capture_database_write Database false "that writes, proved for a database per tenant";
            }

            /// A statement of central work.
            pub fn central_query(sql: &'static str) -> Query<$database> {
                Query::central(sql)
            }

            /// The current central scope, for sqlx's own macros.
            pub fn central_capture() -> Capture {
                Capture::central()
            }

            /// The prover of an embedded project.
            #[cfg(feature = "dynamic")]
            pub const fn prover(embedded: &'static Embedded) -> Prover<$database> {
                Prover::new(embedded)
            }

            /// Stands for a query in a program that does not compile.
            pub fn failed_query() -> Query<$database> {
                crate::query::failed::never()
            }
        }
    };
}

#[cfg(feature = "mysql")]
database!(mysql, MySql);
#[cfg(feature = "postgres")]
database!(postgres, Postgres);
#[cfg(feature = "sqlite")]
database!(sqlite, Sqlite);
