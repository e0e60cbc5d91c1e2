//! What people write, the server reads and sqlparser 0.63 does not.
//!
//! Each patch changes the tokens that the parser sees, never the text that runs, and says why the tree that comes out
//! means what the server does with the original.

mod conflict;
mod cycle;
mod operator;
mod relation;
mod sqlite;
mod tokens;

use sqlparser::ast::Expr;
use sqlparser::tokenizer::TokenWithSpan;

use crate::{Diagnostic, Dialect, Span};

/// Clauses that were taken out of the token stream and must be looked at beside the tree.
#[derive(Debug, Clone, Default)]
pub struct Extras {
    /// Where `only` was written before a table name.
    pub only: Vec<Span>,
    /// The index predicate of `on conflict (..) where predicate`, with the span of its `on conflict`.
    pub conflict_predicates: Vec<(Span, Expr)>,
    /// `cycle` and `search` clauses of recursive common table expressions.
    pub cycles: Vec<CycleClause>,
}

/// A `cycle` or `search` clause after a common table expression: it adds columns to the expression's output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CycleClause {
    /// The name of the common table expression that it follows.
    pub cte: Span,
    /// The columns that it names as keys, which must be columns of the expression.
    pub keys: Vec<Added>,
    /// The columns that it adds, in the order in which the server appends them.
    pub added: Vec<Added>,
}

/// A column name in a [`CycleClause`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    /// The name as the server sees it: folded unless it was quoted.
    pub name: String,
    /// Where it is written.
    pub span: Span,
}

/// Applies the patches of `dialect`.
///
/// # Errors
/// Diagnostics for constructs that are recognised but not understood.
pub(super) fn apply(
    sql: &str,
    tokens: Vec<TokenWithSpan>,
    dialect: Dialect,
) -> Result<(Vec<TokenWithSpan>, Extras), Vec<Diagnostic>> {
    let mut extras = Extras::default();
    let tokens = operator::isnull(tokens);
    let tokens = match dialect {
        Dialect::Postgres => {
            let tokens = relation::only(tokens, &mut extras)?;
            let tokens = relation::table_command(tokens);
            let tokens = relation::lock_strength(tokens);
            let tokens = relation::overriding(tokens)?;
            let tokens = operator::quantified_arrays(tokens);
            let tokens = cycle::clauses(tokens, &mut extras)?;
            operator::qualified(sql, tokens)?
        }
        Dialect::Sqlite => {
            sqlite::refusals(&tokens)?;
            sqlite::set_operations(&tokens)?;
            let tokens = sqlite::materialized(tokens);
            let tokens = sqlite::index_hints(tokens);
            sqlite::null_safe_equality(tokens)
        }
    };
    let tokens = conflict::select_without_from(tokens);
    let tokens = conflict::predicates(sql, tokens, dialect, &mut extras)?;
    Ok((tokens, extras))
}

#[cfg(test)]
mod tests;
