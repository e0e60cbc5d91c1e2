//! Queries that cannot forget the tenant.
//!
//! What it guarantees: a query made by `tenant_query!` and its relatives was proved, when the program was
//! compiled, to read and write the rows of one tenant only; and when the program runs, that tenant is the one whose
//! scope the code is in. Without a scope, in another tenant's scope, or on another tenant's transaction the call
//! returns [`TenantContextError`] and no SQL is sent.
//!
//! What it does not: somebody who asks for the raw pool ([`TenantDb::unscoped_pool`]) or declares cross-tenant work
//! ([`central`]) is taken at their word. Both ask for a reason and are easy to search for.
//!
//! # Features
//!
//! | feature | what it adds |
//! |---|---|
//! | `postgres` | [`TenantDb`] for PostgreSQL |
//! | `sqlite` | [`TenantDb`] for SQLite |
//! | `mysql` | [`TenantDb`] for MariaDB and MySQL |
//! | `dynamic` | [`dynamic`]: statements built at run time, proved at run time |
//! | `uuid` | tenant columns of type `uuid` with `types = "sqlx"` |
//!
//! None is on by default.

#![cfg_attr(
    not(any(feature = "mysql", feature = "postgres", feature = "sqlite")),
    expect(dead_code, unused_macros, reason = "without a database there are no queries")
)]

mod context;
mod databases;
mod db;
mod driver;
#[cfg(feature = "dynamic")]
pub mod dynamic;
mod error;
mod isolation;
mod macros;
mod query;
mod session;
mod settings;
mod store;
mod tenancy;
mod tenant;

#[doc(hidden)]
pub mod __private;

pub use crate::context::{
    InTenant, Scoped, TenantContextError, central, current, scope, spawn, spawn_blocking,
};
pub use crate::databases::{DatabaseStats, UnavailableError};
pub use crate::db::{TenantDb, TenantDbBuilder};
pub use crate::driver::Driver;
pub use crate::error::{Error, PlacementError, Result};
pub use crate::isolation::Isolation;
pub use crate::query::{Query, QueryAs, QueryFuture, QueryScalar, RowStream, TenantHandle};
pub use crate::session::{IsolationLevel, TenantTx, TxOptions};
pub use crate::settings::{DatabaseSettings, DbSettings};
pub use crate::store::{MemoryStore, StoreError, TenantRecord, TenantStore};
pub use crate::tenancy::{ResolveError, Tenancy};
pub use crate::tenant::{
    DatabaseName, NameError, Placement, SchemaName, Tenant, TenantId, TenantIdError, TenantStatus,
    UnknownStatus,
};
#[doc(inline)]
pub use tenancy_macros::tenant_scoped;

/// The README's code compiles against the quickstart's schema.
#[cfg(all(doctest, feature = "dynamic", feature = "sqlite"))]
#[doc = include_str!("../../README.md")]
struct Readme;
