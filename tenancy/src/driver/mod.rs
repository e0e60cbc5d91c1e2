//! What differs between the databases, behind one sealed trait.

#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

use std::future::Future;
use std::pin::Pin;

use sqlx::error::{BoxDynError, DatabaseError};
use sqlx::{Connection, SqlStr};
use sqlx_core::transaction::TransactionManager;

use crate::query::{BoxStream, Statement, Step};
use crate::session::{Context, TxOptions};
use crate::{Error, Isolation, TenantId};

/// A boxed future.
pub(crate) type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What a statement yields: its rows, and how many it changed.
pub(crate) type Steps<'a, DB> = BoxStream<'a, Step<DB>, sqlx::Error>;

/// The options of a connection.
pub(crate) type Options<DB> = <<DB as sqlx::Database>::Connection as Connection>::Options;

/// The value that is bound for `$tenant`, in the type of the tenant column.
#[derive(Debug, Clone, Copy)]
pub enum TenantValue<'a> {
    /// `text`, `varchar`.
    Text(&'a str),
    /// `uuid`.
    Uuid([u8; 16]),
    /// `int2`.
    Int2(i16),
    /// `int4`.
    Int4(i32),
    /// `int8`, SQLite `integer`.
    Int8(i64),
}

mod sealed {
    pub trait Sealed {}
}
use sealed::Sealed;

/// What a failed statement does to the transaction it is part of, from bad to worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aftermath {
    /// It is undone alone, and the transaction goes on.
    Undone,
    /// The rest of the transaction, or of the savepoint, fails, and a commit of it is a silent rollback.
    Failed,
    /// The whole transaction may be rolled back already, and statements behind it are on their own.
    Over,
}

/// A database that `tenancy` supports: `sqlx::Postgres`, `sqlx::Sqlite` and `sqlx::MySql`, with the features of the same
/// names.
///
/// Sealed; its items are not part of the public interface.
#[diagnostic::on_unimplemented(
    message = "`tenancy` does not support the database `{Self}`",
    note = "use `sqlx::Postgres` with the feature `postgres`, `sqlx::Sqlite` with the feature `sqlite`, or `sqlx::MySql` with the feature `mysql`, of the crate `tenancy`"
)]
pub trait Driver: sqlx::Database + Sealed {
    /// How tenants can be kept apart in it.
    #[doc(hidden)]
    const ISOLATIONS: &'static [Isolation];

    /// Whether the driver no longer knows where in an answer a connection is, once a future that waits for it was dropped.
    #[doc(hidden)]
    const CANCELLATION_LOSES_PLACE: bool;

    /// What the failure of a statement does to its transaction.
    #[doc(hidden)]
    fn aftermath(error: &dyn DatabaseError) -> Aftermath;

    /// Options with what every connection of ours needs.
    #[doc(hidden)]
    fn harden(options: Options<Self>) -> Options<Self>;

    /// Whether the database lives only as long as a connection to it.
    #[doc(hidden)]
    fn is_transient(options: &Options<Self>) -> bool;

    /// Checks a fresh connection.
    #[doc(hidden)]
    fn inspect(connection: &mut Self::Connection) -> BoxFuture<'_, Result<(), sqlx::Error>>;

    /// Undoes whatever raw statements may have done to a connection; false if it had better be closed.
    #[doc(hidden)]
    fn clean(connection: &mut Self::Connection) -> BoxFuture<'_, Result<bool, sqlx::Error>>;

    /// The text that begins a transaction with these options and this context; `None` for sqlx's own.
    #[doc(hidden)]
    fn begin_text(options: TxOptions, context: &Context) -> Result<Option<String>, Error>;

    /// Undoes and checks what a tenant's work could have left on a connection whose transactions begin with a context;
    /// false if it had better be closed.
    #[doc(hidden)]
    fn verify(connection: &mut Self::Connection) -> BoxFuture<'_, Result<bool, sqlx::Error>>;

    /// Options for connections by way of a pooler that lends them for a transaction.
    #[doc(hidden)]
    fn pooled(options: Options<Self>) -> Result<Options<Self>, Error>;

    /// Whether two open connections end in one session of the server's: a pooler stands between.
    #[doc(hidden)]
    fn shares_session<'a>(
        one: &'a mut Self::Connection,
        other: &'a mut Self::Connection,
    ) -> BoxFuture<'a, Result<bool, sqlx::Error>>;

    /// Options that lead to a database of that name on the server of `options`.
    #[doc(hidden)]
    fn place(options: &Options<Self>, database: &str) -> Options<Self>;

    /// Whose the database is, by its marker, the table `_tenancy_owner`: nobody if there is no marker, and not more
    /// than two. Whatever settings the connection has, no other table is read.
    #[doc(hidden)]
    fn read_owners(connection: &mut Self::Connection) -> BoxFuture<'_, Result<Vec<String>, sqlx::Error>>;

    /// Writes the marker, unless there is one.
    #[doc(hidden)]
    fn write_owner<'a>(
        connection: &'a mut Self::Connection,
        tenant: &'a TenantId,
    ) -> BoxFuture<'a, Result<(), sqlx::Error>>;

    /// Adds the tenant to the arguments.
    #[doc(hidden)]
    fn bind_tenant(arguments: &mut Self::Arguments, value: TenantValue<'_>) -> Result<(), BoxDynError>;

    /// Runs a statement.
    #[doc(hidden)]
    fn fetch_many(connection: &mut Self::Connection, statement: Statement<Self>) -> Steps<'_, Self>;

    /// Runs a statement for its first row.
    #[doc(hidden)]
    fn fetch_optional(
        connection: &mut Self::Connection,
        statement: Statement<Self>,
    ) -> BoxFuture<'_, Result<Option<Self::Row>, sqlx::Error>>;

    /// Writes the placeholder of the caller's value with that number, from 1, in the text that is proved.
    #[doc(hidden)]
    fn push_placeholder(text: &mut String, number: usize);

    /// Whether a fragment holds something that could be a placeholder of the caller's.
    #[doc(hidden)]
    fn has_placeholder(fragment: &str) -> bool;

    /// Reads the first column.
    #[doc(hidden)]
    fn scalar<T>(row: &Self::Row) -> Result<T, sqlx::Error>
    where
        T: for<'r> sqlx::Decode<'r, Self> + sqlx::Type<Self>;
}

/// Begins a transaction with `text`, or with sqlx's own; inside another one, a savepoint.
pub(crate) async fn begin<DB: Driver>(
    connection: &mut DB::Connection,
    text: Option<SqlStr>,
) -> Result<(), sqlx::Error> {
    DB::TransactionManager::begin(connection, text).await
}

/// Commits the transaction.
pub(crate) async fn commit<DB: Driver>(connection: &mut DB::Connection) -> Result<(), sqlx::Error> {
    DB::TransactionManager::commit(connection).await
}

/// Rolls the transaction back.
pub(crate) async fn rollback<DB: Driver>(connection: &mut DB::Connection) -> Result<(), sqlx::Error> {
    DB::TransactionManager::rollback(connection).await
}

/// Queues a rollback in front of whatever the connection is asked next.
pub(crate) fn start_rollback<DB: Driver>(connection: &mut DB::Connection) {
    DB::TransactionManager::start_rollback(connection);
}

/// How many transactions are open inside each other on the connection, as far as the driver knows.
pub(crate) fn transaction_depth<DB: Driver>(connection: &DB::Connection) -> usize {
    DB::TransactionManager::get_transaction_depth(connection)
}
