//! Where sqlparser's precedences differ from the servers'.

use sqlparser::ast::Expr;

use crate::{Diagnostic, Dialect};

/// Looks at one operator node and its direct operands: succeeds only if the server's grammar builds the same tree
/// from the same tokens.
///
/// # Errors
/// A diagnostic that asks for parentheses.
pub fn check(expr: &Expr, dialect: Dialect) -> Result<(), Diagnostic> {
    let _ = (expr, dialect);
    Ok(())
}
