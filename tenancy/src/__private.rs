//! What the macros expand to. No part of the public interface: it changes without notice.

pub use tenancy_macros::*;

use crate::TenantContextError;

/// Whether the caller is in a tenant's scope; what `#[tenant_scoped]` asks first.
pub fn require_tenant() -> Result<(), TenantContextError> {
    crate::current().map(drop)
}

/// Stands for an expression in a program that does not compile, so that its type is known. It is never run.
pub fn failed_query<T>() -> T {
    loop {
        std::thread::park();
    }
}

macro_rules! database {
    ($module:ident, $database:ident) => {
        /// Queries of one database.
        pub mod $module {
            use sqlx::$database;

            use crate::Query;

            /// A proved statement of the current tenant.
            pub fn tenant_query(sql: &'static str) -> Query<$database> {
                Query::tenant(sql)
            }

            /// A statement of central work.
            pub fn central_query(sql: &'static str) -> Query<$database> {
                Query::central(sql)
            }

            /// Stands for a query in a program that does not compile.
            pub fn failed_query() -> Query<$database> {
                super::failed_query()
            }
        }
    };
}

#[cfg(feature = "postgres")]
database!(postgres, Postgres);
#[cfg(feature = "sqlite")]
database!(sqlite, Sqlite);

/// The database that a program without a readable `tenancy.toml` is taken to use, so that its queries have a type.
#[cfg(feature = "postgres")]
pub use self::postgres as unknown;
#[cfg(all(feature = "sqlite", not(feature = "postgres")))]
pub use self::sqlite as unknown;
