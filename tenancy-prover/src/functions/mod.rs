//! Builtin functions that are known to be pure.
//!
//! An allow-list. A function that is not named here reads something, changes something, or is not known: it is refused,
//! whatever the server says of its volatility. The clock and random numbers are let through, because they are
//! nobody's data.

mod mysql;
mod postgres;
mod sqlite;

use crate::Dialect;

/// How a builtin is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunctionKind {
    /// One value per row.
    Scalar,
    /// Folds rows; with `over` it is a window function.
    Aggregate,
    /// Only with `over`.
    Window,
    /// Returns rows, or one record of several columns.
    SetReturning,
}

/// A builtin that reads no table, file, setting or other session, and changes no state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Builtin {
    /// Its name, folded.
    pub name: &'static str,
    /// How it is called with few arguments; [`Builtin::kind_for`] knows of the others.
    pub kind: FunctionKind,
    /// Null in, null out, for every overload of the name and each of its arguments. Only ever true of a scalar.
    pub strict: bool,
    /// From so many arguments on, the name is called differently.
    overload: Option<(usize, FunctionKind)>,
}

impl Builtin {
    /// How the builtin is called with that many arguments: SQLite's `max(x)` folds rows, `max(x, y)` does not;
    /// PostgreSQL's `rank()` is a window function, `rank(x) within group (..)` an aggregate.
    pub fn kind_for(&self, arguments: usize) -> FunctionKind {
        match self.overload {
            Some((from, kind)) if arguments >= from => kind,
            Some(_) | None => self.kind,
        }
    }
}

/// The pure builtin of that (folded, unqualified) name, if there is one.
///
/// A user-defined function may overload the name; whether there is one is the catalog's knowledge.
pub fn lookup(dialect: Dialect, name: &str) -> Option<&'static Builtin> {
    let builtins = table(dialect);
    let at = builtins.binary_search_by(|builtin| builtin.name.cmp(name)).ok()?;
    builtins.get(at)
}

fn table(dialect: Dialect) -> &'static [Builtin] {
    match dialect {
        Dialect::Postgres => postgres::BUILTINS,
        Dialect::Sqlite => sqlite::BUILTINS,
        Dialect::Mysql => mysql::BUILTINS,
    }
}

const fn builtin(name: &'static str, kind: FunctionKind, strict: bool) -> Builtin {
    Builtin {
        name,
        kind,
        strict,
        overload: None,
    }
}

const fn overloaded(name: &'static str, kind: FunctionKind, from: usize, then: FunctionKind) -> Builtin {
    Builtin {
        name,
        kind,
        strict: false,
        overload: Some((from, then)),
    }
}

#[cfg(test)]
mod tests;
