//! Connections, from the moment they are borrowed until nobody can find a trace of the borrower on them.
//!
//! A statement reaches its server through [`Access`], which says where the connection comes from and how it becomes the
//! tenant's: as it is (the statement or the database is the tenant's), or inside a transaction that begins with the
//! tenant's context. A connection is handed on only if its transaction is known to be over; in doubt it is closed.

mod access;
mod context;
mod health;
mod options;
mod tx;

pub(crate) use self::access::{Access, Place};
pub(crate) use self::context::{Context, Entry};
pub(crate) use self::health::Health;
pub use self::options::{IsolationLevel, TxOptions};
pub use self::tx::TenantTx;
