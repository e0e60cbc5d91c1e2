//! SQLite.

use sqlx::error::{BoxDynError, DatabaseError};
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteConnection, SqliteRow};
use sqlx::{Arguments, AssertSqlSafe, Database, Executor, Row, Sqlite};

use super::sealed::Sealed;
use super::{Aftermath, BoxFuture, Driver, Steps, TenantValue};
use crate::query::Statement;
use crate::session::{Context, IsolationLevel, TxOptions};
use crate::{Error, Isolation, TenantId};

impl Sealed for Sqlite {}

impl Driver for Sqlite {
    const ISOLATIONS: &'static [Isolation] = &[Isolation::Rows, Isolation::Database];

    const CANCELLATION_LOSES_PLACE: bool = false;

    /// A failed statement is undone alone; the transaction goes on.
    fn aftermath(_: &dyn DatabaseError) -> Aftermath {
        Aftermath::Undone
    }

    /// Ownership by a foreign key is only as good as the key's enforcement.
    fn harden(options: SqliteConnectOptions) -> SqliteConnectOptions {
        options.foreign_keys(true)
    }

    fn is_transient(options: &SqliteConnectOptions) -> bool {
        let name = options.get_filename().to_string_lossy();
        name.contains(":memory:") || name.contains("mode=memory") || name.starts_with("file:sqlx-in-memory-")
    }

    fn inspect(connection: &mut SqliteConnection) -> BoxFuture<'_, Result<(), sqlx::Error>> {
        Box::pin(async move {
            let row = (&mut *connection).fetch_optional("pragma foreign_keys").await?;
            match row.map(|row| row.try_get::<i64, _>(0)).transpose()? {
                Some(1) => Ok(()),
                Some(_) | None => Err(sqlx::Error::Configuration(
                    "this SQLite does not enforce foreign keys; use a build without SQLITE_OMIT_FOREIGN_KEY, \
                     and leave the pragma `foreign_keys` on"
                        .into(),
                )),
            }
        })
    }

    /// Opening a connection costs less than finding out about temporary tables, attached files and pragmas.
    fn clean(_: &mut SqliteConnection) -> BoxFuture<'_, Result<bool, sqlx::Error>> {
        Box::pin(async { Ok(false) })
    }

    fn begin_text(options: TxOptions, context: &Context) -> Result<Option<String>, Error> {
        let unsupported = |what| {
            Err(Error::Unsupported {
                database: Self::NAME,
                what,
            })
        };
        match (context, options.level, options.read_only) {
            (Context::Rls(_) | Context::Schema(_), _, _) => unsupported("row-level security and schemas"),
            (Context::None, Some(IsolationLevel::ReadCommitted | IsolationLevel::RepeatableRead), _) => {
                unsupported("isolation levels but serializable")
            }
            (Context::None, _, true) => unsupported("read-only transactions"),
            (Context::None, Some(IsolationLevel::Serializable) | None, false) => {
                Ok(options.immediate.then(|| "begin immediate".to_owned()))
            }
        }
    }

    /// No transaction of ours begins with a context here.
    fn verify(_: &mut SqliteConnection) -> BoxFuture<'_, Result<bool, sqlx::Error>> {
        Box::pin(async { Ok(false) })
    }

    fn pooled(_: SqliteConnectOptions) -> Result<SqliteConnectOptions, Error> {
        Err(Error::Unsupported {
            database: Self::NAME,
            what: "pooler",
        })
    }

    fn shares_session<'a>(
        _: &'a mut SqliteConnection,
        _: &'a mut SqliteConnection,
    ) -> BoxFuture<'a, Result<bool, sqlx::Error>> {
        Box::pin(async { Ok(false) })
    }

    /// A server is a folder, a database a file in it. A file that is not there is not made: it would be nobody's.
    fn place(options: &SqliteConnectOptions, database: &str) -> SqliteConnectOptions {
        let file = options.get_filename().join(format!("{database}.db"));
        options.clone().filename(file).create_if_missing(false)
    }

    fn read_owners(connection: &mut SqliteConnection) -> BoxFuture<'_, Result<Vec<String>, sqlx::Error>> {
        Box::pin(async move {
            let marker = "select 1 from main.sqlite_schema where type = 'table' and name = '_tenancy_owner'";
            if (&mut *connection).fetch_optional(marker).await?.is_none() {
                return Ok(Vec::new());
            }
            let rows = connection
                .fetch_all("select tenant from main._tenancy_owner limit 2")
                .await?;
            rows.iter().map(|row| row.try_get(0)).collect()
        })
    }

    fn write_owner<'a>(
        connection: &'a mut SqliteConnection,
        tenant: &'a TenantId,
    ) -> BoxFuture<'a, Result<(), sqlx::Error>> {
        Box::pin(async move {
            // An id has no character that ends a literal.
            let text = format!(
                "create table if not exists main._tenancy_owner (tenant text not null, \
                 only_row integer not null default 1 primary key check (only_row = 1)); \
                 insert into main._tenancy_owner (tenant) values ('{tenant}') on conflict do nothing"
            );
            connection.execute(AssertSqlSafe(text)).await?;
            Ok(())
        })
    }

    fn bind_tenant(arguments: &mut SqliteArguments, value: TenantValue<'_>) -> Result<(), BoxDynError> {
        match value {
            TenantValue::Text(text) => arguments.add(text),
            TenantValue::Uuid(bytes) => arguments.add(bytes.as_slice()),
            TenantValue::Int2(number) => arguments.add(number),
            TenantValue::Int4(number) => arguments.add(number),
            TenantValue::Int8(number) => arguments.add(number),
        }
    }

    fn fetch_many(connection: &mut SqliteConnection, statement: Statement<Self>) -> Steps<'_, Self> {
        connection.fetch_many(statement)
    }

    fn fetch_optional(
        connection: &mut SqliteConnection,
        statement: Statement<Self>,
    ) -> BoxFuture<'_, Result<Option<SqliteRow>, sqlx::Error>> {
        connection.fetch_optional(statement)
    }

    fn push_placeholder(text: &mut String, _: usize) {
        text.push('?');
    }

    fn has_placeholder(fragment: &str) -> bool {
        let mut dollars = fragment.split('$').skip(1);
        fragment.contains('?') || dollars.any(|behind| !behind.starts_with("tenant"))
    }

    fn scalar<T>(row: &SqliteRow) -> Result<T, sqlx::Error>
    where
        T: for<'r> sqlx::Decode<'r, Self> + sqlx::Type<Self>,
    {
        row.try_get(0)
    }
}
