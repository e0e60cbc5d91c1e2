//! The macros of `tenancy`; use them through that crate, which documents them.
//!
//! The query macros take the path of the `tenancy` crate first: its facade passes `$crate`, so that they work under
//! whatever name a program knows it by. This crate holds no knowledge of SQL, only tokens.

mod embed;
mod errors;
mod literal;
mod project;
mod query;
mod renamed;
mod scoped;

use proc_macro::TokenStream;
use query::{Form, Place, Rows, Scope};

macro_rules! query_macros {
    ($($(#[$attribute:meta])* $name:ident: $scope:ident, $rows:ident, $place:ident;)*) => {
        $(
            $(#[$attribute])*
            #[proc_macro]
            pub fn $name(input: TokenStream) -> TokenStream {
                let form = Form { scope: Scope::$scope, rows: Rows::$rows, place: Place::$place };
                query::expand(form, input.into()).into()
            }
        )*
    };
}

query_macros! {
    /// Behind `tenancy::tenant_query!`: `($crate, "sql", arguments...)`.
    tenant_query_impl: Tenant, Plain, Literal;
    /// Behind `tenancy::tenant_query_as!`: `($crate, Row, "sql", arguments...)`.
    tenant_query_as_impl: Tenant, As, Literal;
    /// Behind `tenancy::tenant_query_scalar!`: `($crate, "sql", arguments...)`.
    tenant_query_scalar_impl: Tenant, Scalar, Literal;
    /// Behind `tenancy::tenant_query_file!`: `($crate, "path.sql", arguments...)`.
    tenant_query_file_impl: Tenant, Plain, File;
    /// Behind `tenancy::tenant_query_file_as!`: `($crate, Row, "path.sql", arguments...)`.
    tenant_query_file_as_impl: Tenant, As, File;
    /// Behind `tenancy::tenant_query_file_scalar!`: `($crate, "path.sql", arguments...)`.
    tenant_query_file_scalar_impl: Tenant, Scalar, File;
    /// Behind `tenancy::central_query!`: `($crate, "sql", arguments...)`.
    central_query_impl: Central, Plain, Literal;
    /// Behind `tenancy::central_query_as!`: `($crate, Row, "sql", arguments...)`.
    central_query_as_impl: Central, As, Literal;
    /// Behind `tenancy::central_query_scalar!`: `($crate, "sql", arguments...)`.
    central_query_scalar_impl: Central, Scalar, Literal;
    /// Behind `tenancy::central_query_file!`: `($crate, "path.sql", arguments...)`.
    central_query_file_impl: Central, Plain, File;
    /// Behind `tenancy::central_query_file_as!`: `($crate, Row, "path.sql", arguments...)`.
    central_query_file_as_impl: Central, As, File;
    /// Behind `tenancy::central_query_file_scalar!`: `($crate, "path.sql", arguments...)`.
    central_query_file_scalar_impl: Central, Scalar, File;
}

/// Behind `tenancy::embed_project!`: `($crate)` or `($crate, "folder")`.
#[proc_macro]
pub fn embed_project_impl(input: TokenStream) -> TokenStream {
    embed::expand(input.into()).into()
}

/// Guards functions that run queries for a tenant.
///
/// On a function, or on an `impl` block or trait for its functions: each refuses to run without a current tenant, with
/// the function's own error (`E: From<tenancy::TenantContextError>`), before its first line runs; an `async` function
/// does so when it is first polled. In a block this holds for functions that are `async` or have a `self`; constructors,
/// `const fn`s and functions without a body are left alone.
///
/// Inside, sqlx's own queries and macros, raw SQL passed to a connection, and unscoped pools are compile errors.
///
/// - `#[tenant_scoped(skip)]` on a function leaves the check at entry away, for those that cannot fail.
/// - `#[tenant_scoped(crate = path)]` names the `tenancy` crate where it is re-exported by another.
#[proc_macro_attribute]
pub fn tenant_scoped(attribute: TokenStream, item: TokenStream) -> TokenStream {
    scoped::expand(attribute.into(), item.into()).into()
}
