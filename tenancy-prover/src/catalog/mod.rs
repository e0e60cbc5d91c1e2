//! What the migrations say: tables, columns, keys, foreign keys, views, triggers, functions.

mod ddl;
mod lookup;
mod model;
mod ownership;

pub use model::*;

pub(crate) use ddl::Reader;
pub use ownership::OwnershipError;
pub(crate) use ownership::assign;
