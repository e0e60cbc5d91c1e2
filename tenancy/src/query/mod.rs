//! Proved statements and the verbs that run them.
//!
//! Little here is generic over more than the database, because every query of a program instantiates it.

pub(crate) mod failed;
mod future;
mod handle;
mod rows;
mod run;
mod typed;
#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
pub(crate) mod wrapped;

pub(crate) use self::future::BoxStream;
pub use self::future::{QueryFuture, RowStream};
pub use self::handle::TenantHandle;
pub(crate) use self::handle::{Noting, Source, Step, sealed};
pub use self::rows::Query;
pub(crate) use self::run::Statement;
#[cfg(feature = "dynamic")]
pub(crate) use self::run::TenantColumn;
pub(crate) use self::run::Work;
pub use self::typed::{QueryAs, QueryScalar};
