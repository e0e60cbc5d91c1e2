//! A statement on its way to the database: what to run, in whose name, and what is already wrong with it.

use sqlx::error::BoxDynError;
use sqlx::{Arguments, Either, Encode, Execute, SqlStr, Type};

use super::future::{QueryFuture, RowStream};
use super::handle::{Source, TenantHandle};
use crate::context::Captured;
use crate::driver::{BoxFuture, Driver, TenantValue};
use crate::{Error, Isolation};

/// What goes to the driver.
#[expect(
    missing_debug_implementations,
    reason = "never leaves the crate; the arguments are nobody's business"
)]
pub struct Statement<DB: Driver> {
    sql: SqlStr,
    arguments: Option<DB::Arguments>,
    persistent: bool,
    reads: bool,
}

impl<DB: Driver> Statement<DB> {
    /// Whether it changes nothing, so that its transaction need not be committed.
    pub(crate) fn reads(&self) -> bool {
        self.reads
    }
}

impl<DB: Driver> Execute<'_, DB> for Statement<DB> {
    fn sql(self) -> SqlStr {
        self.sql
    }

    fn statement(&self) -> Option<&DB::Statement> {
        None
    }

    fn take_arguments(&mut self) -> Result<Option<DB::Arguments>, BoxDynError> {
        Ok(self.arguments.take())
    }

    fn persistent(&self) -> bool {
        self.persistent
    }
}

/// A statement, its arguments so far, and its owner.
pub(crate) struct Work<DB: Driver> {
    sql: SqlStr,
    /// Whether the connection keeps the prepared statement.
    persistent: bool,
    arguments: DB::Arguments,
    captured: Captured,
    needs: Option<Isolation>,
    /// It changes and locks nothing, so its transaction need not be committed.
    reads: bool,
    failure: Option<Error>,
}

impl<DB: Driver> Work<DB> {
    pub(crate) fn new(sql: SqlStr, captured: Captured, needs: Option<Isolation>, reads: bool) -> Self {
        Self {
            sql,
            persistent: true,
            arguments: DB::Arguments::default(),
            captured,
            needs,
            reads,
            failure: None,
        }
    }

    pub(crate) fn sql(&self) -> &str {
        self.sql.as_str()
    }

    /// Adds an argument. What goes wrong here comes out when the statement runs.
    pub(crate) fn bind<'q, T>(&mut self, value: &'q T)
    where
        T: Encode<'q, DB> + Type<DB>,
    {
        let result = self.arguments.add(value);
        self.note(result);
    }

    /// Adds an argument by writing it; `position` is its number among the caller's.
    #[cfg(feature = "dynamic")]
    pub(crate) fn bind_with(
        &mut self,
        position: usize,
        encode: impl FnOnce(&mut DB::Arguments) -> Result<(), BoxDynError>,
    ) {
        let result = encode(&mut self.arguments);
        self.note_at(position, result);
    }

    /// Refuses the statement when it runs, if nothing was wrong with it before.
    #[cfg(feature = "dynamic")]
    pub(crate) fn fail(&mut self, error: impl Into<Error>) {
        self.failure.get_or_insert(error.into());
    }

    /// Whether the connection keeps the prepared statement.
    #[cfg(feature = "dynamic")]
    pub(crate) fn persist(&mut self, persistent: bool) {
        self.persistent = persistent;
    }

    /// Adds the tenant as an argument.
    pub(crate) fn bind_tenant(&mut self, column: TenantColumn) {
        match self.captured.value(column) {
            Ok(value) => {
                let result = DB::bind_tenant(&mut self.arguments, value);
                self.note(result);
            }
            Err(error) => {
                self.failure.get_or_insert(error.into());
            }
        }
    }

    fn note(&mut self, result: Result<(), BoxDynError>) {
        self.note_at(self.arguments.len() + 1, result);
    }

    fn note_at(&mut self, position: usize, result: Result<(), BoxDynError>) {
        if let Err(error) = result {
            let error = format!("argument {position} could not be encoded: {error}").into();
            self.failure
                .get_or_insert(Error::Database(sqlx::Error::Encode(error)));
        }
    }

    /// Checks what can be checked before the statement is driven.
    fn start<'e>(self, on: impl TenantHandle<'e, DB>) -> (Captured, Result<Started<'e, DB>, Error>) {
        let Self {
            sql,
            persistent,
            arguments,
            captured,
            needs,
            reads,
            failure,
        } = self;
        let started = match failure {
            Some(error) => Err(error),
            None => on.lease(&captured, needs).map(|source| Started {
                statement: Statement {
                    sql,
                    arguments: Some(arguments),
                    persistent: persistent && source.keeps_statements(),
                    reads,
                },
                source,
            }),
        };
        (captured, started)
    }

    pub(crate) fn execute<'e>(self, on: impl TenantHandle<'e, DB>) -> QueryFuture<'e, DB::QueryResult> {
        let (captured, started) = self.start(on);
        QueryFuture::new(
            captured,
            started.map(|Started { source, statement }| {
                Box::pin(async move {
                    let mut total = DB::QueryResult::default();
                    source
                        .each(statement, &mut |step| {
                            if let Either::Left(result) = step {
                                total.extend([result]);
                            }
                            Ok(())
                        })
                        .await?;
                    Ok(total)
                }) as BoxFuture<'e, _>
            }),
        )
    }

    pub(crate) fn fetch_all<'e, T: Send + 'e>(
        self,
        on: impl TenantHandle<'e, DB>,
        decode: Decode<DB, T>,
    ) -> QueryFuture<'e, Vec<T>> {
        let (captured, started) = self.start(on);
        QueryFuture::new(
            captured,
            started.map(|Started { source, statement }| {
                Box::pin(async move {
                    let mut rows = Vec::new();
                    source
                        .each(statement, &mut |step| {
                            if let Either::Right(row) = step {
                                rows.push(decode(row)?);
                            }
                            Ok(())
                        })
                        .await?;
                    Ok(rows)
                }) as BoxFuture<'e, _>
            }),
        )
    }

    pub(crate) fn fetch_optional<'e, T: Send + 'e>(
        self,
        on: impl TenantHandle<'e, DB>,
        decode: Decode<DB, T>,
    ) -> QueryFuture<'e, Option<T>> {
        let (captured, started) = self.start(on);
        QueryFuture::new(
            captured,
            started.map(|Started { source, statement }| {
                Box::pin(async move { Ok(source.first(statement).await?.map(decode).transpose()?) })
                    as BoxFuture<'e, _>
            }),
        )
    }

    pub(crate) fn fetch_one<'e, T: Send + 'e>(
        self,
        on: impl TenantHandle<'e, DB>,
        decode: Decode<DB, T>,
    ) -> QueryFuture<'e, T> {
        let (captured, started) = self.start(on);
        QueryFuture::new(
            captured,
            started.map(|Started { source, statement }| {
                Box::pin(async move {
                    let row = source.first(statement).await?;
                    Ok(row.map_or(Err(sqlx::Error::RowNotFound), decode)?)
                }) as BoxFuture<'e, _>
            }),
        )
    }

    pub(crate) fn fetch<'e, T: Send + 'e>(
        self,
        on: impl TenantHandle<'e, DB>,
        decode: Decode<DB, T>,
    ) -> RowStream<'e, T> {
        let (captured, started) = self.start(on);
        RowStream::new(
            captured,
            started.map(|Started { source, statement }| source.rows(statement, decode)),
        )
    }
}

impl<DB: Driver> std::fmt::Debug for Work<DB> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Query")
            .field("sql", &self.sql())
            .field("owner", &self.captured)
            .field("reads", &self.reads)
            .finish_non_exhaustive()
    }
}

/// How a row becomes a value.
pub(crate) type Decode<DB, T> = fn(<DB as sqlx::Database>::Row) -> Result<T, sqlx::Error>;

struct Started<'e, DB: Driver> {
    source: Source<'e, DB>,
    statement: Statement<DB>,
}

/// The type of a tenant column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TenantColumn {
    Text,
    Uuid,
    Int2,
    Int4,
    Int8,
}

impl TenantColumn {
    fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Uuid => "uuid",
            Self::Int2 => "int2",
            Self::Int4 => "int4",
            Self::Int8 => "int8",
        }
    }
}

impl Captured {
    /// The tenant as a value of its column.
    pub(crate) fn value(&self, column: TenantColumn) -> Result<TenantValue<'_>, crate::TenantContextError> {
        let id = self.id()?;
        let value = match column {
            TenantColumn::Text => Some(TenantValue::Text(id.as_str())),
            TenantColumn::Uuid => id.as_uuid().map(TenantValue::Uuid),
            TenantColumn::Int2 => id.as_i64().and_then(|n| n.try_into().ok()).map(TenantValue::Int2),
            TenantColumn::Int4 => id.as_i64().and_then(|n| n.try_into().ok()).map(TenantValue::Int4),
            TenantColumn::Int8 => id.as_i64().map(TenantValue::Int8),
        };
        value.ok_or_else(|| crate::TenantContextError::UnfitId {
            tenant: id.clone(),
            column_type: column.name(),
        })
    }
}
