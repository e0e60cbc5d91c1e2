//! Stand-ins for queries in programs that do not compile, so that the compiler complains about nothing else.

use std::marker::PhantomData;

use super::{QueryFuture, RowStream};

/// A value that no running program ever asks for.
pub(crate) fn never<T>() -> T {
    loop {
        std::thread::park();
    }
}

/// Stands for a query when not even the database is known.
pub fn failed_query() -> FailedQuery<()> {
    never()
}

/// A query that is never run; it has the methods of [`Query`](crate::Query).
#[derive(Debug)]
pub struct FailedQuery<T>(PhantomData<fn() -> T>);

impl<T> FailedQuery<T> {
    /// As `tenant_query_as!`.
    pub fn typed<U>(self) -> FailedQuery<U> {
        never()
    }

    /// As `tenant_query_scalar!`.
    pub fn scalar<U>(self) -> FailedQuery<U> {
        never()
    }

    /// As every `execute`.
    pub fn execute<H>(self, _: H) -> QueryFuture<'static, ()> {
        never()
    }

    /// As every `fetch_all`.
    pub fn fetch_all<H>(self, _: H) -> QueryFuture<'static, Vec<T>> {
        never()
    }

    /// As every `fetch_one`.
    pub fn fetch_one<H>(self, _: H) -> QueryFuture<'static, T> {
        never()
    }

    /// As every `fetch_optional`.
    pub fn fetch_optional<H>(self, _: H) -> QueryFuture<'static, Option<T>> {
        never()
    }

    /// As every `fetch`.
    pub fn fetch<H>(self, _: H) -> RowStream<'static, T> {
        never()
    }
}
