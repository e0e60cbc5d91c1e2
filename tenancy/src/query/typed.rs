//! Queries whose rows become values of a type.

use std::fmt;
use std::marker::PhantomData;

use sqlx::FromRow;

use super::{QueryFuture, RowStream, TenantHandle, Work};
use crate::driver::Driver;

/// A [`Query`](crate::Query) whose rows are read as `T`; made by `tenant_query_as!`.
#[must_use = "a query does nothing until one of its verbs is awaited"]
pub struct QueryAs<DB: Driver, T> {
    work: Work<DB>,
    yields: PhantomData<fn() -> T>,
}

impl<DB: Driver, T> QueryAs<DB, T> {
    pub(crate) fn new(work: Work<DB>) -> Self {
        Self {
            work,
            yields: PhantomData,
        }
    }

    /// The statement as it goes to the database.
    pub fn sql(&self) -> &str {
        self.work.sql()
    }
}

impl<DB: Driver, T> QueryAs<DB, T>
where
    T: for<'r> FromRow<'r, DB::Row> + Send,
{
    /// Runs the statement and drops its rows; how many it changed is in the result.
    ///
    /// # Errors
    ///
    /// As [`Query::execute`](crate::Query::execute).
    pub fn execute<'e>(self, on: impl TenantHandle<'e, DB>) -> QueryFuture<'e, DB::QueryResult> {
        self.work.execute(on)
    }

    /// All rows.
    ///
    /// # Errors
    ///
    /// As [`Query::execute`](crate::Query::execute), and what decoding a row fails with.
    pub fn fetch_all<'e>(self, on: impl TenantHandle<'e, DB>) -> QueryFuture<'e, Vec<T>>
    where
        T: 'e,
    {
        self.work.fetch_all(on, |row| T::from_row(&row))
    }

    /// The first row.
    ///
    /// # Errors
    ///
    /// As [`fetch_all`](Self::fetch_all), and `sqlx::Error::RowNotFound` if there is none.
    pub fn fetch_one<'e>(self, on: impl TenantHandle<'e, DB>) -> QueryFuture<'e, T>
    where
        T: 'e,
    {
        self.work.fetch_one(on, |row| T::from_row(&row))
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    ///
    /// As [`fetch_all`](Self::fetch_all).
    pub fn fetch_optional<'e>(self, on: impl TenantHandle<'e, DB>) -> QueryFuture<'e, Option<T>>
    where
        T: 'e,
    {
        self.work.fetch_optional(on, |row| T::from_row(&row))
    }

    /// The rows as they arrive.
    pub fn fetch<'e>(self, on: impl TenantHandle<'e, DB>) -> RowStream<'e, T>
    where
        T: 'e,
    {
        self.work.fetch(on, |row| T::from_row(&row))
    }
}

impl<DB: Driver, T> fmt::Debug for QueryAs<DB, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.work.fmt(f)
    }
}

/// A [`Query`](crate::Query) of which the first column is read; made by `tenant_query_scalar!`.
#[must_use = "a query does nothing until one of its verbs is awaited"]
pub struct QueryScalar<DB: Driver, T> {
    work: Work<DB>,
    yields: PhantomData<fn() -> T>,
}

impl<DB: Driver, T> QueryScalar<DB, T> {
    pub(crate) fn new(work: Work<DB>) -> Self {
        Self {
            work,
            yields: PhantomData,
        }
    }

    /// The statement as it goes to the database.
    pub fn sql(&self) -> &str {
        self.work.sql()
    }
}

impl<DB: Driver, T> QueryScalar<DB, T>
where
    T: for<'r> sqlx::Decode<'r, DB> + sqlx::Type<DB> + Send,
{
    /// Runs the statement and drops its rows; how many it changed is in the result.
    ///
    /// # Errors
    ///
    /// As [`Query::execute`](crate::Query::execute).
    pub fn execute<'e>(self, on: impl TenantHandle<'e, DB>) -> QueryFuture<'e, DB::QueryResult> {
        self.work.execute(on)
    }

    /// All rows.
    ///
    /// # Errors
    ///
    /// As [`Query::execute`](crate::Query::execute), and what decoding a row fails with.
    pub fn fetch_all<'e>(self, on: impl TenantHandle<'e, DB>) -> QueryFuture<'e, Vec<T>>
    where
        T: 'e,
    {
        self.work.fetch_all(on, |row| DB::scalar(&row))
    }

    /// The first row.
    ///
    /// # Errors
    ///
    /// As [`fetch_all`](Self::fetch_all), and `sqlx::Error::RowNotFound` if there is none.
    pub fn fetch_one<'e>(self, on: impl TenantHandle<'e, DB>) -> QueryFuture<'e, T>
    where
        T: 'e,
    {
        self.work.fetch_one(on, |row| DB::scalar(&row))
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    ///
    /// As [`fetch_all`](Self::fetch_all).
    pub fn fetch_optional<'e>(self, on: impl TenantHandle<'e, DB>) -> QueryFuture<'e, Option<T>>
    where
        T: 'e,
    {
        self.work.fetch_optional(on, |row| DB::scalar(&row))
    }

    /// The rows as they arrive.
    pub fn fetch<'e>(self, on: impl TenantHandle<'e, DB>) -> RowStream<'e, T>
    where
        T: 'e,
    {
        self.work.fetch(on, |row| DB::scalar(&row))
    }
}

impl<DB: Driver, T> fmt::Debug for QueryScalar<DB, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.work.fmt(f)
    }
}
