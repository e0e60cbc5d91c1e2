//! PostgreSQL.

use sqlx::encode::{Encode, IsNull};
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgConnectOptions, PgConnection, PgRow, PgTypeInfo};
use sqlx::{Arguments, Executor, Pool, Postgres, Row, Type};

use super::sealed::Sealed;
use super::{BoxFuture, Driver, Steps, TenantValue};
use crate::query::Statement;

/// The type `uuid`, as every server numbers it.
const UUID: Oid = Oid(2950);

/// Everything that `discard all` would do, but for the prepared statements, which belong to the driver.
///
/// `begin; rollback` ends a transaction that was left open and is silent when there is none; in a failed transaction it is
/// refused, and the connection is then closed.
const CLEAN: &str = "begin; rollback; close all; set session authorization default; reset all; unlisten *; \
                     select pg_advisory_unlock_all(); discard sequences; discard temp";

impl Sealed for Postgres {}

impl Driver for Postgres {
    const ERROR_ENDS_TRANSACTION: bool = true;

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

    fn fetch_from_pool(pool: &Pool<Self>, statement: Statement<Self>) -> Steps<'_, Self> {
        pool.fetch_many(statement)
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
