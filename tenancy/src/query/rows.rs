//! A query, as rows.

use sqlx::{Encode, SqlStr, Type};

use super::run::TenantColumn;
use super::{QueryAs, QueryFuture, QueryScalar, RowStream, TenantHandle, Work};
use crate::Isolation;
use crate::context::Captured;
use crate::driver::Driver;

/// A statement with its arguments, made by `tenant_query!` (proved to stay within one tenant) or `central_query!`
/// (declared work across tenants).
///
/// It belongs to the scope in which it was made, a tenant's or a central one, and runs nowhere else.
#[must_use = "a query does nothing until one of its verbs is awaited"]
#[derive(Debug)]
pub struct Query<DB: Driver>(Work<DB>);

impl<DB: Driver> Query<DB> {
    pub(crate) fn tenant(sql: &'static str, isolation: Isolation, reads: bool) -> Self {
        Self(Work::new(
            SqlStr::from_static(sql),
            Captured::tenant(),
            Some(isolation),
            reads,
        ))
    }

    pub(crate) fn central(sql: &'static str) -> Self {
        Self(Work::new(
            SqlStr::from_static(sql),
            Captured::central(),
            None,
            false,
        ))
    }

    /// The statement as it goes to the database.
    pub fn sql(&self) -> &str {
        self.0.sql()
    }

    /// Runs the statement; how many rows it changed is in the result.
    ///
    /// # Errors
    ///
    /// As every verb: [`Error::Context`](crate::Error::Context) if the scope does not allow it, before
    /// anything is sent, and [`Error::Database`](crate::Error::Database).
    pub fn execute<'e>(self, on: impl TenantHandle<'e, DB>) -> QueryFuture<'e, DB::QueryResult> {
        self.0.execute(on)
    }

    /// All rows.
    ///
    /// # Errors
    ///
    /// As [`execute`](Self::execute).
    pub fn fetch_all<'e>(self, on: impl TenantHandle<'e, DB>) -> QueryFuture<'e, Vec<DB::Row>> {
        self.0.fetch_all(on, Ok)
    }

    /// The first row.
    ///
    /// # Errors
    ///
    /// As [`execute`](Self::execute), and `sqlx::Error::RowNotFound` if there is none.
    pub fn fetch_one<'e>(self, on: impl TenantHandle<'e, DB>) -> QueryFuture<'e, DB::Row> {
        self.0.fetch_one(on, Ok)
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    ///
    /// As [`execute`](Self::execute).
    pub fn fetch_optional<'e>(self, on: impl TenantHandle<'e, DB>) -> QueryFuture<'e, Option<DB::Row>> {
        self.0.fetch_optional(on, Ok)
    }

    /// The rows as they arrive.
    pub fn fetch<'e>(self, on: impl TenantHandle<'e, DB>) -> RowStream<'e, DB::Row> {
        self.0.fetch(on, Ok)
    }

    #[doc(hidden)]
    pub fn bind<'q, T>(&mut self, value: &'q T)
    where
        T: Encode<'q, DB> + Type<DB>,
    {
        self.0.bind(value);
    }

    #[doc(hidden)]
    pub fn bind_tenant_text(&mut self) {
        self.0.bind_tenant(TenantColumn::Text);
    }

    #[doc(hidden)]
    pub fn bind_tenant_uuid(&mut self) {
        self.0.bind_tenant(TenantColumn::Uuid);
    }

    #[doc(hidden)]
    pub fn bind_tenant_int2(&mut self) {
        self.0.bind_tenant(TenantColumn::Int2);
    }

    #[doc(hidden)]
    pub fn bind_tenant_int4(&mut self) {
        self.0.bind_tenant(TenantColumn::Int4);
    }

    #[doc(hidden)]
    pub fn bind_tenant_int8(&mut self) {
        self.0.bind_tenant(TenantColumn::Int8);
    }

    #[doc(hidden)]
    pub fn typed<T>(self) -> QueryAs<DB, T> {
        QueryAs::new(self.0)
    }

    #[doc(hidden)]
    pub fn scalar<T>(self) -> QueryScalar<DB, T> {
        QueryScalar::new(self.0)
    }
}
