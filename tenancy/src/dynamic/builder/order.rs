//! Orders and pages.

use std::fmt;
use std::str::FromStr;

use sqlx::{Encode, Type};
use thiserror::Error;

use super::QueryBuilder;
use crate::driver::Driver;

/// Which way an order goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// `asc`: small values first.
    #[default]
    Ascending,
    /// `desc`: large values first.
    Descending,
}

/// A word that is neither `asc` nor `desc`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the direction of an order is `asc` or `desc`")]
pub struct UnknownDirection;

impl FromStr for Direction {
    type Err = UnknownDirection;

    fn from_str(word: &str) -> Result<Self, UnknownDirection> {
        match word {
            "asc" => Ok(Self::Ascending),
            "desc" => Ok(Self::Descending),
            _ => Err(UnknownDirection),
        }
    }
}

/// An order was asked for that is not on the list.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct NotAllowed {
    allowed: Vec<String>,
}

impl NotAllowed {
    /// What is on the list.
    pub fn allowed(&self) -> &[String] {
        &self.allowed
    }
}

impl fmt::Display for NotAllowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "this order is not offered; choose one of: {}",
            self.allowed.join(", ")
        )
    }
}

impl<'a, DB: Driver> QueryBuilder<'a, DB> {
    /// Adds an order that a user asks for by name: `allowed` says which names there are, and what fragment each stands for.
    /// The first adds ` order by`, further ones a comma.
    ///
    /// # Errors
    ///
    /// [`NotAllowed`] if `asked` is not on the list; nothing is added then.
    pub fn order_by(
        &mut self,
        allowed: &[(&str, &'static str)],
        asked: &str,
        direction: Direction,
    ) -> Result<&mut Self, NotAllowed> {
        match allowed.iter().find(|(name, _)| *name == asked) {
            Some((_, fragment)) => Ok(self.then_by(fragment, direction)),
            None => Err(NotAllowed {
                allowed: allowed.iter().map(|(name, _)| (*name).to_owned()).collect(),
            }),
        }
    }

    /// Adds an order by a fragment: a fixed one, or the unique key that makes another one total.
    pub fn then_by(&mut self, fragment: &'static str, direction: Direction) -> &mut Self {
        self.push(if self.ordered { ", " } else { " order by " });
        self.ordered = true;
        self.push(fragment).push(match direction {
            Direction::Ascending => " asc",
            Direction::Descending => " desc",
        })
    }

    /// Adds ` limit $n offset $m`. Behind many rows, [`filter_after`](Self::filter_after) is faster.
    pub fn page(&mut self, limit: i64, offset: i64) -> &mut Self
    where
        i64: Encode<'a, DB> + Type<DB>,
    {
        self.limit(limit).push(" offset ").push_bind(offset)
    }

    /// Adds ` limit $n`.
    pub fn limit(&mut self, limit: i64) -> &mut Self
    where
        i64: Encode<'a, DB> + Type<DB>,
    {
        self.push(" limit ").push_bind(limit)
    }
}
