//! sqlx's own checked queries, kept to their scope (`types = "sqlx"`).

use std::cell::RefCell;
use std::fmt;

use sqlx::FromRow;
use sqlx::IntoArguments;
#[cfg(feature = "mysql")]
use sqlx::MySql;
#[cfg(feature = "postgres")]
use sqlx::Postgres;
#[cfg(feature = "sqlite")]
use sqlx::Sqlite;
use sqlx::query::{Map, Query, QueryScalar};

use super::future::{QueryFuture, RowStream};
use super::handle::{Kind, Noting, Source, TenantHandle, borrowed_stream};
use super::run::TenantColumn;
use crate::context::Captured;
use crate::driver::{BoxFuture, Driver, TenantValue};
use crate::{Error, Isolation, Result, TenantContextError};

/// The scope in which a query is being made, and the tenant's id as an argument of it.
///
/// Without a tenant, or with an id that does not fit its column, the argument is a stand-in and the query is refused
/// when it runs.
#[derive(Debug)]
pub struct Capture {
    captured: Captured,
    needs: Option<Isolation>,
    reads: bool,
    refusal: RefCell<Option<TenantContextError>>,
}

impl Capture {
    pub(crate) fn tenant(isolation: Isolation, reads: bool) -> Self {
        Self {
            captured: Captured::tenant(),
            needs: Some(isolation),
            reads,
            refusal: RefCell::default(),
        }
    }

    pub(crate) fn central() -> Self {
        Self {
            captured: Captured::central(),
            needs: None,
            reads: false,
            refusal: RefCell::default(),
        }
    }

    /// The id for a `text` column.
    pub fn text(&self) -> &str {
        match self.value(TenantColumn::Text) {
            Some(TenantValue::Text(text)) => text,
            _ => "",
        }
    }

    /// The id for a `uuid` column.
    #[cfg(feature = "uuid")]
    pub fn uuid(&self) -> sqlx::types::Uuid {
        match self.value(TenantColumn::Uuid) {
            Some(TenantValue::Uuid(bytes)) => sqlx::types::Uuid::from_bytes(bytes),
            _ => sqlx::types::Uuid::nil(),
        }
    }

    /// The id for an `int2` column.
    pub fn int2(&self) -> i16 {
        match self.value(TenantColumn::Int2) {
            Some(TenantValue::Int2(number)) => number,
            _ => 0,
        }
    }

    /// The id for an `int4` column.
    pub fn int4(&self) -> i32 {
        match self.value(TenantColumn::Int4) {
            Some(TenantValue::Int4(number)) => number,
            _ => 0,
        }
    }

    /// The id for an `int8` column.
    pub fn int8(&self) -> i64 {
        match self.value(TenantColumn::Int8) {
            Some(TenantValue::Int8(number)) => number,
            _ => 0,
        }
    }

    /// The id as a value of its column; remembers why it is none.
    fn value(&self, column: TenantColumn) -> Option<TenantValue<'_>> {
        match self.captured.value(column) {
            Ok(value) => Some(value),
            Err(error) => {
                self.refusal.borrow_mut().get_or_insert(error);
                None
            }
        }
    }

    /// Keeps the query to this scope.
    pub fn wrap<Q>(&self, query: Q) -> Checked<Q> {
        let refusal = self.refusal.borrow().clone();
        Checked {
            captured: self.captured.clone(),
            needs: self.needs,
            reads: self.reads,
            refusal,
            query,
        }
    }
}

/// A query made by sqlx's own macros that runs only in the scope in which it was made.
#[must_use = "a query does nothing until one of its verbs is awaited"]
pub struct Checked<Q> {
    captured: Captured,
    needs: Option<Isolation>,
    reads: bool,
    refusal: Option<TenantContextError>,
    query: Q,
}

impl<Q> fmt::Debug for Checked<Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checked")
            .field("owner", &self.captured)
            .field("reads", &self.reads)
            .finish_non_exhaustive()
    }
}

/// sqlx's own queries are always prepared to be found again.
fn kept<DB: Driver>(source: Source<'_, DB>) -> Result<Source<'_, DB>> {
    if source.keeps_statements() {
        return Ok(source);
    }
    Err(Error::Unsupported {
        database: DB::NAME,
        what: "way to run `types = \"sqlx\"` through a transaction pooler; leave `types` out of tenancy.toml",
    })
}

/// Runs sqlx's verb of that name on a leased connection.
macro_rules! run {
    ($self:ident, $on:ident, $verb:ident) => {{
        let Self {
            captured,
            needs,
            reads,
            refusal,
            query,
        } = $self;
        let leased = match refusal {
            Some(refusal) => Err(refusal.into()),
            None => $on.lease(&captured, needs).and_then(kept),
        };
        QueryFuture::new(
            captured,
            leased.map(|source| {
                Box::pin(async move {
                    match source.into_kind() {
                        Kind::Access(access) => {
                            let mut entered = access.enter().await?;
                            let (connection, health) = entered.lend();
                            let answer = health.watch(query.$verb(connection)).await?;
                            entered.finish(reads).await?;
                            Ok(answer)
                        }
                        Kind::Transaction { connection, health } => {
                            Ok(health.watch(query.$verb(connection)).await?)
                        }
                    }
                }) as BoxFuture<'e, _>
            }),
        )
    }};
}

/// The verbs that yield rows. They are spelled out for each database because what sqlx asks of an executor cannot
/// be said for all of them at once without saying it in every signature.
macro_rules! row_verbs {
    ($database:ident, $item:ty) => {
        /// All rows.
        pub fn fetch_all(self, on: impl TenantHandle<'e, $database>) -> QueryFuture<'e, Vec<$item>> {
            run!(self, on, fetch_all)
        }

        /// The first row.
        pub fn fetch_one(self, on: impl TenantHandle<'e, $database>) -> QueryFuture<'e, $item> {
            run!(self, on, fetch_one)
        }

        /// The first row, if there is one.
        pub fn fetch_optional(self, on: impl TenantHandle<'e, $database>) -> QueryFuture<'e, Option<$item>> {
            run!(self, on, fetch_optional)
        }

        /// The rows as they arrive.
        pub fn fetch(self, on: impl TenantHandle<'e, $database>) -> RowStream<'e, $item> {
            let Self {
                captured,
                needs,
                reads,
                refusal,
                query,
            } = self;
            let leased = match refusal {
                Some(refusal) => Err(refusal.into()),
                None => on.lease(&captured, needs).and_then(kept),
            };
            RowStream::new(
                captured,
                leased.map(|source| match source.into_kind() {
                    Kind::Access(access) => {
                        borrowed_stream!(access, reads, |connection| query.fetch(connection))
                    }
                    Kind::Transaction { connection, health } => Noting::lent(query.fetch(connection), health),
                }),
            )
        }
    };
}

macro_rules! checked {
    ($database:ident) => {
        impl<'e, F, O, A> Checked<Map<'e, $database, F, A>>
        where
            F: FnMut(<$database as sqlx::Database>::Row) -> Result<O, sqlx::Error> + Send + 'e,
            O: Send + Unpin + 'e,
            A: IntoArguments<$database> + Send + 'e,
        {
            row_verbs!($database, O);
        }

        impl<'e, O, A> Checked<QueryScalar<'e, $database, O, A>>
        where
            (O,): Send + Unpin + for<'r> FromRow<'r, <$database as sqlx::Database>::Row>,
            O: Send + Unpin + 'e,
            A: IntoArguments<$database> + Send + 'e,
        {
            row_verbs!($database, O);
        }

        impl<'e, A> Checked<Query<'e, $database, A>>
        where
            A: IntoArguments<$database> + Send + 'e,
        {
            row_verbs!($database, <$database as sqlx::Database>::Row);

            /// Runs the statement; how many rows it changed is in the result.
            pub fn execute(
                self,
                on: impl TenantHandle<'e, $database>,
            ) -> QueryFuture<'e, <$database as sqlx::Database>::QueryResult> {
                run!(self, on, execute)
            }
        }
    };
}

#[cfg(feature = "mysql")]
checked!(MySql);
#[cfg(feature = "postgres")]
checked!(Postgres);
#[cfg(feature = "sqlite")]
checked!(Sqlite);
