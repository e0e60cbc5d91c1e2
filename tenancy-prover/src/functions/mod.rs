//! Builtin functions that are known to be pure.

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
    /// Returns rows.
    SetReturning,
}

/// A builtin that reads no table, file, setting or other session, and changes no state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Builtin {
    /// Its name, folded.
    pub name: &'static str,
    /// How it is called.
    pub kind: FunctionKind,
    /// Null in, null out, for every overload of the name.
    pub strict: bool,
}

/// The pure builtin of that (folded, unqualified) name, if there is one.
pub fn lookup(dialect: Dialect, name: &str) -> Option<&'static Builtin> {
    let _ = (dialect, name);
    None
}
