//! A dynamic query and its verbs.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use sqlx::error::BoxDynError;
use sqlx::{Arguments, Decode, Encode, FromRow, Type};

use super::Refused;
use crate::driver::Driver;
use crate::query::{TenantColumn, Work};
use crate::{Isolation, QueryFuture, RowStream, TenantHandle};

/// How a proved statement is bound: what goes into each slot of the driver's.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// The text that runs.
    pub(super) sql: Arc<str>,
    pub(super) slots: Box<[Slot]>,
    /// How many values the caller binds.
    pub(super) values: usize,
    /// Where the verdict holds.
    pub(super) isolation: Isolation,
    /// It changes and locks nothing.
    pub(super) reads: bool,
}

/// What the driver binds next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    /// The caller's next value.
    Value,
    /// The current tenant.
    Tenant(TenantColumn),
}

/// A statement built at run time, with what the prover said of it and the values bound so far; made by
/// [`Prover::query`](super::Prover::query) and its relatives.
///
/// It belongs to the tenant in whose scope it was made, and runs nowhere else. A statement that was refused is never
/// sent: its verbs return the refusal.
#[must_use = "a query does nothing until one of its verbs is awaited"]
pub struct Query<DB: Driver, Y = Rows> {
    work: Work<DB>,
    /// `None` if the statement was refused.
    plan: Option<Arc<Plan>>,
    /// How many slots are filled.
    filled: usize,
    /// How many values were bound.
    values: usize,
    yields: PhantomData<fn() -> Y>,
}

/// A [`Query`] whose rows are read as `T`.
pub type QueryAs<DB, T> = Query<DB, As<T>>;

/// A [`Query`] of which the first column is read, as `T`.
pub type QueryScalar<DB, T> = Query<DB, Scalar<T>>;

/// What a [`Query`] makes of a row.
///
/// Sealed: [`Rows`], [`As`] and [`Scalar`].
pub trait Yields<DB: Driver>: sealed::Sealed {
    /// What becomes of a row.
    type Item: Send;

    /// Reads a row.
    #[doc(hidden)]
    fn read(row: DB::Row) -> Result<Self::Item, sqlx::Error>;
}

/// The driver's rows.
#[derive(Debug)]
pub struct Rows(());

/// Rows as values of a type that is [`FromRow`].
#[derive(Debug)]
pub struct As<T>(PhantomData<T>);

/// The first column of each row.
#[derive(Debug)]
pub struct Scalar<T>(PhantomData<T>);

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Rows {}
    impl<T> Sealed for super::As<T> {}
    impl<T> Sealed for super::Scalar<T> {}
}

impl<DB: Driver> Yields<DB> for Rows {
    type Item = DB::Row;

    fn read(row: DB::Row) -> Result<DB::Row, sqlx::Error> {
        Ok(row)
    }
}

impl<DB: Driver, T> Yields<DB> for As<T>
where
    T: for<'r> FromRow<'r, DB::Row> + Send,
{
    type Item = T;

    fn read(row: DB::Row) -> Result<T, sqlx::Error> {
        T::from_row(&row)
    }
}

impl<DB: Driver, T> Yields<DB> for Scalar<T>
where
    T: for<'r> Decode<'r, DB> + Type<DB> + Send,
{
    type Item = T;

    fn read(row: DB::Row) -> Result<T, sqlx::Error> {
        DB::scalar(&row)
    }
}

impl<DB: Driver, Y> Query<DB, Y> {
    /// A proved statement, or the refusal of one.
    pub(super) fn new(work: Work<DB>, plan: Result<Arc<Plan>, Refused>) -> Self {
        let mut query = Self {
            work,
            plan: None,
            filled: 0,
            values: 0,
            yields: PhantomData,
        };
        match plan {
            Ok(plan) => query.plan = Some(plan),
            Err(refused) => query.work.fail(refused),
        }
        query
    }

    /// The statement as it goes to the database; as it was given, if it was refused.
    pub fn sql(&self) -> &str {
        self.work.sql()
    }

    /// Binds the next value: placeholders take them in the order of their numbers, bare ones in that of the text.
    /// `$tenant` takes none.
    pub fn bind<'v, T>(mut self, value: T) -> Self
    where
        T: Encode<'v, DB> + Type<DB>,
    {
        self.bind_with(|arguments| arguments.add(value));
        self
    }

    /// Binds the next value by writing it.
    pub(super) fn bind_with(&mut self, encode: impl FnOnce(&mut DB::Arguments) -> Result<(), BoxDynError>) {
        self.values += 1;
        if let Some(Slot::Value) = self.fill_tenants() {
            self.filled += 1;
            let position = self.values;
            self.work.bind_with(position, encode);
        }
    }

    /// Fills the slots up to the next value's with the tenant; what is in the next one.
    fn fill_tenants(&mut self) -> Option<Slot> {
        let plan = self.plan.as_ref()?;
        for slot in plan.slots.iter().skip(self.filled) {
            match slot {
                Slot::Value => return Some(Slot::Value),
                Slot::Tenant(column) => self.work.bind_tenant(*column),
            }
            self.filled += 1;
        }
        None
    }

    /// The work, once everything is bound.
    fn finish(mut self) -> Work<DB> {
        self.fill_tenants();
        if let Some(plan) = &self.plan
            && plan.values != self.values
        {
            self.work.fail(Refused::Values {
                placeholders: plan.values,
                values: self.values,
            });
        }
        self.work
    }

    /// Runs the statement and drops its rows; how many it changed is in the result.
    ///
    /// # Errors
    ///
    /// As every verb, before anything is sent: [`Error::Refused`](crate::Error::Refused) if the statement is not proved or the
    /// values do not match its placeholders, and [`Error::Context`](crate::Error::Context) if the scope does not
    /// allow it. Then [`Error::Database`](crate::Error::Database).
    pub fn execute<'e>(self, on: impl TenantHandle<'e, DB>) -> QueryFuture<'e, DB::QueryResult> {
        self.finish().execute(on)
    }
}

impl<DB: Driver, Y: Yields<DB>> Query<DB, Y> {
    /// All rows.
    ///
    /// # Errors
    ///
    /// As [`execute`](Self::execute), and what decoding a row fails with.
    pub fn fetch_all<'e>(self, on: impl TenantHandle<'e, DB>) -> QueryFuture<'e, Vec<Y::Item>>
    where
        Y::Item: 'e,
    {
        self.finish().fetch_all(on, Y::read)
    }

    /// The first row.
    ///
    /// # Errors
    ///
    /// As [`fetch_all`](Self::fetch_all), and `sqlx::Error::RowNotFound` if there is none.
    pub fn fetch_one<'e>(self, on: impl TenantHandle<'e, DB>) -> QueryFuture<'e, Y::Item>
    where
        Y::Item: 'e,
    {
        self.finish().fetch_one(on, Y::read)
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    ///
    /// As [`fetch_all`](Self::fetch_all).
    pub fn fetch_optional<'e>(self, on: impl TenantHandle<'e, DB>) -> QueryFuture<'e, Option<Y::Item>>
    where
        Y::Item: 'e,
    {
        self.finish().fetch_optional(on, Y::read)
    }

    /// The rows as they arrive.
    pub fn fetch<'e>(self, on: impl TenantHandle<'e, DB>) -> RowStream<'e, Y::Item>
    where
        Y::Item: 'e,
    {
        self.finish().fetch(on, Y::read)
    }
}

impl<DB: Driver, Y> fmt::Debug for Query<DB, Y> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.work.fmt(f)
    }
}
