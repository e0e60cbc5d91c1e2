//! Lists whose parts are kept apart.

use std::fmt;

use sqlx::{Encode, Type};

use super::QueryBuilder;
use crate::driver::Driver;

/// A list that is being added to a [`QueryBuilder`]; see [`QueryBuilder::separated`].
pub struct Separated<'b, 'a, DB: Driver> {
    builder: &'b mut QueryBuilder<'a, DB>,
    separator: &'static str,
    begun: bool,
}

impl<'b, 'a, DB: Driver> Separated<'b, 'a, DB> {
    pub(super) fn new(builder: &'b mut QueryBuilder<'a, DB>, separator: &'static str) -> Self {
        Self {
            builder,
            separator,
            begun: false,
        }
    }

    fn separate(&mut self) {
        if self.begun {
            self.builder.push(self.separator);
        }
        self.begun = true;
    }

    /// Adds a fragment, behind the separator if it is not the first.
    pub fn push(&mut self, fragment: &'static str) -> &mut Self {
        self.separate();
        self.builder.push(fragment);
        self
    }

    /// Adds a fragment without a separator.
    pub fn push_unseparated(&mut self, fragment: &'static str) -> &mut Self {
        self.builder.push(fragment);
        self
    }

    /// Adds a placeholder and its value, behind the separator if it is not the first.
    pub fn push_bind<T>(&mut self, value: T) -> &mut Self
    where
        T: Encode<'a, DB> + Type<DB> + Send + 'a,
    {
        self.separate();
        self.builder.push_bind(value);
        self
    }

    /// Adds a placeholder and its value without a separator.
    pub fn push_bind_unseparated<T>(&mut self, value: T) -> &mut Self
    where
        T: Encode<'a, DB> + Type<DB> + Send + 'a,
    {
        self.builder.push_bind(value);
        self
    }
}

impl<DB: Driver> fmt::Debug for Separated<'_, '_, DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Separated")
            .field("separator", &self.separator)
            .field("builder", &self.builder)
            .finish_non_exhaustive()
    }
}
