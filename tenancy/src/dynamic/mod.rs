//! Statements whose text is built at run time, proved at run time (feature `dynamic`).
//!
//! [`embed_project!`](crate::embed_project) compiles the project that the macros prove against (`tenancy.toml` and the
//! schema files) into the program; a [`Prover`] made of it answers for texts that no compiler saw. What it proves
//! runs as a static query does: the tenant is captured when the query is built, and checked when it runs. What it does not
//! prove is [`Refused`], and never sent.
//!
//! ```
//! use sqlx::Sqlite;
//! use tenancy::dynamic::Prover;
//!
//! static SHOP: Prover<Sqlite> = tenancy::embed_project!();
//!
//! # use tenancy::TenantDb;
//! async fn newest(db: &TenantDb<Sqlite>, column: &'static str) -> tenancy::Result<Vec<(i64, String)>> {
//!     let text = format!("select id, {column} from orders where tenant_id = $tenant order by id desc limit ?");
//!     SHOP.query_as(&text).bind(10_i64).fetch_all(db).await
//! }
//!
//! let forgotten = SHOP.check("select item from orders").unwrap_err();
//! assert!(forgotten.to_string().contains("`orders` is not confined to the tenant"));
//! ```
//!
//! The proof confines a statement to the tenant, whoever wrote its text. It does not make it what you meant: text
//! that is glued together with a user's input lets this user see and change everything of the *own* tenant. So input
//! goes into binds; [`QueryBuilder`] takes it no other way.
//!
//! # What it costs
//!
//! A text is proved once and its verdict kept, with those of the texts used last (see [`Prover::with_cache`]); a verdict
//! belongs to its prover and to the whole text. Proving costs about as much again as reading the text, more where many
//! tables are joined, and runs on the calling thread. A text that is asked for again may be kept prepared by the
//! connections; texts that come once, and all but a few dozen, are prepared for one use, so that they do not drive out
//! the program's other statements. (Between preparing and running there is then a moment in which a transaction
//! pooler such as PgBouncer could change the server; `tenancy` does not work behind one.)

mod builder;
mod cache;
mod prover;
mod query;
mod refused;

pub use tenancy_prover::{Code, Diagnostic, Span};

pub use self::builder::{Direction, Lists, NotAllowed, QueryBuilder, Separated, UnknownDirection};
pub use self::prover::{Prover, Stats};
pub use self::query::{As, Query, QueryAs, QueryScalar, Rows, Scalar, Yields};
pub use self::refused::{Refused, Unproved};

#[doc(hidden)]
pub use self::prover::Embedded;
