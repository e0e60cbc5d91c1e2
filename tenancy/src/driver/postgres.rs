//! PostgreSQL.

use sqlx::encode::{Encode, IsNull};
use sqlx::error::{BoxDynError, DatabaseError};
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgConnectOptions, PgConnection, PgRow, PgTypeInfo};
use sqlx::{Arguments, AssertSqlSafe, Database, Executor, Postgres, Row, Type};

use super::sealed::Sealed;
use super::{Aftermath, BoxFuture, Driver, Steps, TenantValue};
use crate::query::Statement;
use crate::session::{Context, TxOptions};
use crate::{Error, Isolation, TenantId};

/// The type `uuid`, as every server numbers it.
const UUID: Oid = Oid(2950);

/// Everything that `discard all` would do, but for the prepared statements, which belong to the driver.
///
/// `begin; rollback` ends a transaction that was left open and is silent when there is none; in a failed transaction it is
/// refused, and the connection is then closed.
const CLEAN: &str = "begin; rollback; close all; set session authorization default; reset all; unlisten *; \
                     select pg_advisory_unlock_all(); discard sequences; discard temp";

/// Puts back every setting and role, and says whether no transaction is open: the time at which the transaction began
/// is then that of the message.
const VERIFY: &str = "set session authorization default; reset all; \
                      select pg_catalog.now() operator(pg_catalog.=) pg_catalog.statement_timestamp()";

/// Reads the marker, wherever the search path leads.
const READ_OWNERS: &str = "select tenant from public._tenancy_owner limit 2";

/// The code of the error that a table does not exist.
const UNDEFINED_TABLE: &str = "42P01";

impl Sealed for Postgres {}

impl Driver for Postgres {
    const ISOLATIONS: &'static [Isolation] = &[
        Isolation::Rows,
        Isolation::Rls,
        Isolation::Schema,
        Isolation::Database,
    ];
    const CANCELLATION_LOSES_PLACE: bool = false;

    fn aftermath(_: &dyn DatabaseError) -> Aftermath {
        Aftermath::Failed
    }

    fn harden(options: PgConnectOptions) -> PgConnectOptions {
        options
    }

    fn is_transient(_: &PgConnectOptions) -> bool {
        false
    }

    fn inspect(_: &mut PgConnection) -> BoxFuture<'_, Result<(), sqlx::Error>> {
        Box::pin(async { Ok(()) })
    }

    fn clean(connection: &mut PgConnection) -> BoxFuture<'_, Result<bool, sqlx::Error>> {
        Box::pin(async move {
            connection.execute(CLEAN).await?;
            Ok(true)
        })
    }

    fn begin_text(options: TxOptions, context: &Context) -> Result<Option<String>, Error> {
        if options.immediate {
            return Err(Error::Unsupported {
                database: Self::NAME,
                what: "transactions that take their locks at once",
            });
        }
        if options == TxOptions::default() && matches!(context, Context::None) {
            return Ok(None);
        }
        let mut text = "begin".to_owned();
        if let Some(level) = options.level {
            text.push_str(&format!(" isolation level {level}"));
        }
        if options.read_only {
            text.push_str(" read only");
        }
        match context {
            Context::None => {}
            // An id has no character that ends a literal.
            Context::Rls(tenant) => text.push_str(&format!("; set local tenancy.tenant = '{tenant}'")),
            Context::Schema(schema) => {
                text.push_str(&format!("; set local search_path = {}, pg_temp", schema.quoted()));
            }
        }
        Ok(Some(text))
    }

    fn verify(connection: &mut PgConnection) -> BoxFuture<'_, Result<bool, sqlx::Error>> {
        Box::pin(async move {
            let row = connection.fetch_optional(VERIFY).await?;
            Ok(row.map(|row| row.try_get(0)).transpose()? == Some(true))
        })
    }

    /// The only parameter of ours that PgBouncer does not know.
    fn pooled(options: PgConnectOptions) -> Result<PgConnectOptions, Error> {
        Ok(options.extra_float_digits(None))
    }

    /// A pooler that is asked for one thing after the other gives both the session that was free last.
    fn shares_session<'a>(
        one: &'a mut PgConnection,
        other: &'a mut PgConnection,
    ) -> BoxFuture<'a, Result<bool, sqlx::Error>> {
        Box::pin(async move {
            const PROCESS: &str = "select pg_catalog.pg_backend_pid()";
            for _ in 0..4 {
                let pids = [one.fetch_one(PROCESS).await?, other.fetch_one(PROCESS).await?];
                let [first, second] = pids.map(|row| row.try_get::<i32, _>(0));
                if first? == second? {
                    return Ok(true);
                }
            }
            Ok(false)
        })
    }

    fn place(options: &PgConnectOptions, database: &str) -> PgConnectOptions {
        options.clone().database(database)
    }

    fn read_owners(connection: &mut PgConnection) -> BoxFuture<'_, Result<Vec<String>, sqlx::Error>> {
        Box::pin(async move {
            match connection.fetch_all(READ_OWNERS).await {
                Ok(rows) => rows.iter().map(|row| row.try_get(0)).collect(),
                Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some(UNDEFINED_TABLE) => {
                    Ok(Vec::new())
                }
                Err(error) => Err(error),
            }
        })
    }

    fn write_owner<'a>(
        connection: &'a mut PgConnection,
        tenant: &'a TenantId,
    ) -> BoxFuture<'a, Result<(), sqlx::Error>> {
        Box::pin(async move {
            // Several statements in one message are one transaction. An id has no character that ends a literal.
            let text = format!(
                "create table if not exists public._tenancy_owner (tenant text not null, \
                 only_row boolean not null default true primary key check (only_row)); \
                 grant select on public._tenancy_owner to public; \
                 insert into public._tenancy_owner (tenant) values ('{tenant}') on conflict do nothing"
            );
            connection.execute(AssertSqlSafe(text)).await?;
            Ok(())
        })
    }

    fn bind_tenant(arguments: &mut PgArguments, value: TenantValue<'_>) -> Result<(), BoxDynError> {
        match value {
            TenantValue::Text(text) => arguments.add(text),
            TenantValue::Uuid(bytes) => arguments.add(Uuid(bytes)),
            TenantValue::Int2(number) => arguments.add(number),
            TenantValue::Int4(number) => arguments.add(number),
            TenantValue::Int8(number) => arguments.add(number),
        }
    }

    fn fetch_many(connection: &mut PgConnection, statement: Statement<Self>) -> Steps<'_, Self> {
        connection.fetch_many(statement)
    }

    fn fetch_optional(
        connection: &mut PgConnection,
        statement: Statement<Self>,
    ) -> BoxFuture<'_, Result<Option<PgRow>, sqlx::Error>> {
        connection.fetch_optional(statement)
    }

    fn push_placeholder(text: &mut String, number: usize) {
        text.push('$');
        text.push_str(&number.to_string());
    }

    fn has_placeholder(fragment: &str) -> bool {
        fragment
            .as_bytes()
            .array_windows()
            .any(|[dollar, digit]| *dollar == b'$' && digit.is_ascii_digit())
    }

    fn scalar<T>(row: &PgRow) -> Result<T, sqlx::Error>
    where
        T: for<'r> sqlx::Decode<'r, Self> + Type<Self>,
    {
        row.try_get(0)
    }
}

/// A UUID without sqlx's feature `uuid`, which would be a dependency for sixteen bytes.
struct Uuid([u8; 16]);

impl Type<Postgres> for Uuid {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(UUID)
    }
}

impl Encode<'_, Postgres> for Uuid {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buffer.extend_from_slice(&self.0);
        Ok(IsNull::No)
    }
}
