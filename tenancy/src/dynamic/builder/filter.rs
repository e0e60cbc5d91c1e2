//! Optional conditions, each in parentheses behind an `and`: the statement's `where` names the tenant before them.

use sqlx::{Encode, Type};

use super::list::Lists;
use super::{Direction, QueryBuilder, Separated};
use crate::driver::Driver;

impl<'a, DB: Driver> QueryBuilder<'a, DB> {
    /// Adds ` and (condition)`.
    pub fn filter(&mut self, condition: &'static str) -> &mut Self {
        self.filter_with(|builder| {
            builder.push(condition);
        })
    }

    /// Adds ` and (condition)` if `wanted`.
    pub fn filter_when(&mut self, wanted: bool, condition: &'static str) -> &mut Self {
        if wanted { self.filter(condition) } else { self }
    }

    /// Adds ` and (condition $n)` and binds the value, if there is one: `filter_if(search.status, "o.status = ")`.
    pub fn filter_if<T>(&mut self, value: Option<T>, condition: &'static str) -> &mut Self
    where
        T: Encode<'a, DB> + Type<DB> + Send + 'a,
    {
        match value {
            Some(value) => self.filter_with(|builder| {
                builder.push(condition).push_bind(value);
            }),
            None => self,
        }
    }

    /// Adds ` and (..)` around what `condition` pushes.
    pub fn filter_with(&mut self, condition: impl FnOnce(&mut Self)) -> &mut Self {
        self.push(" and (");
        condition(self);
        self.push(")")
    }

    /// Adds ` and (column in ..)` if there are values; see [`push_in`](Self::push_in).
    pub fn filter_in<T>(&mut self, values: Option<Vec<T>>, column: &'static str) -> &mut Self
    where
        DB: Lists<'a, T>,
    {
        match values {
            Some(values) => self.filter_with(|builder| {
                builder.push_in(column, values);
            }),
            None => self,
        }
    }

    /// Adds `column = any ($n)` on PostgreSQL, one text for lists of any length; `column in (?, ?, ..)` on SQLite, where the
    /// last value is repeated up to the next power of two, so that few texts serve all lengths. No value is in an empty list.
    pub fn push_in<T>(&mut self, column: &'static str, values: Vec<T>) -> &mut Self
    where
        DB: Lists<'a, T>,
    {
        DB::push_in(self, column, values);
        self
    }

    /// Adds ` and ((a, b) > ($1, $2))`, for the page behind the row with these keys, if there is a page before it: the
    /// keys are those of the last row that was seen, in the order of the columns. For [`Direction::Descending`] it is `<`.
    ///
    /// Order by the same columns in the same direction; the last should be unique.
    pub fn filter_after<K>(
        &mut self,
        keys: Option<K>,
        columns: &[&'static str],
        direction: Direction,
        push_keys: impl FnOnce(&mut Separated<'_, 'a, DB>, K),
    ) -> &mut Self {
        let Some(keys) = keys else {
            return self;
        };
        self.filter_with(|builder| {
            builder.push("(");
            let mut list = builder.separated(", ");
            for &column in columns {
                list.push(column);
            }
            builder.push(match direction {
                Direction::Ascending => ") > (",
                Direction::Descending => ") < (",
            });
            push_keys(&mut builder.separated(", "), keys);
            builder.push(")");
        })
    }
}
