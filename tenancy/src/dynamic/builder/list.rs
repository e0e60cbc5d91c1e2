//! Lists of values, as each database takes them.

use sqlx::{Encode, Type};

use super::QueryBuilder;
use crate::driver::Driver;

mod sealed {
    pub trait Sealed {}
    #[cfg(feature = "mysql")]
    impl Sealed for sqlx::MySql {}
    #[cfg(feature = "postgres")]
    impl Sealed for sqlx::Postgres {}
    #[cfg(feature = "sqlite")]
    impl Sealed for sqlx::Sqlite {}
}

/// A database that takes lists of `T`: on PostgreSQL those of which it has arrays, on SQLite and MySQL all that it has.
///
/// Sealed.
pub trait Lists<'a, T>: Driver + sealed::Sealed {
    /// Adds the condition that a column is in the list.
    #[doc(hidden)]
    fn push_in(builder: &mut QueryBuilder<'a, Self>, column: &'static str, values: Vec<T>);
}

#[cfg(feature = "postgres")]
impl<'a, T> Lists<'a, T> for sqlx::Postgres
where
    Vec<T>: Encode<'a, Self> + Type<Self> + Send + 'a,
{
    fn push_in(builder: &mut QueryBuilder<'a, Self>, column: &'static str, values: Vec<T>) {
        builder.push(column).push(" = any (").push_bind(values).push(")");
    }
}

#[cfg(feature = "mysql")]
impl<'a, T> Lists<'a, T> for sqlx::MySql
where
    T: Encode<'a, Self> + Type<Self> + Clone + Send + 'a,
{
    fn push_in(builder: &mut QueryBuilder<'a, Self>, column: &'static str, values: Vec<T>) {
        push_each(builder, column, values);
    }
}

#[cfg(feature = "sqlite")]
impl<'a, T> Lists<'a, T> for sqlx::Sqlite
where
    T: Encode<'a, Self> + Type<Self> + Clone + Send + 'a,
{
    fn push_in(builder: &mut QueryBuilder<'a, Self>, column: &'static str, values: Vec<T>) {
        push_each(builder, column, values);
    }
}

/// The condition with a placeholder for each value. The last is repeated until there is a power of two of them, so that
/// lists of all lengths make few texts.
#[cfg(any(feature = "mysql", feature = "sqlite"))]
fn push_each<'a, DB, T>(builder: &mut QueryBuilder<'a, DB>, column: &'static str, values: Vec<T>)
where
    DB: Driver,
    T: Encode<'a, DB> + Type<DB> + Clone + Send + 'a,
{
    let Some(last) = values.last().cloned() else {
        builder.push("1 = 0");
        return;
    };
    let count = values.len();
    let repeated = std::iter::repeat_n(last, count.next_power_of_two() - count);
    builder.push(column).push(" in (");
    let mut list = builder.separated(", ");
    for value in values.into_iter().chain(repeated) {
        list.push_bind(value);
    }
    builder.push(")");
}
