//! From text to sqlparser's syntax tree: our own lexer per dialect, placeholders, the refusals that need no schema.

pub mod lex;
pub mod placeholders;
pub mod precedence;

use sqlparser::ast::{Expr, Query, Statement};
use sqlparser::dialect::{Dialect as Grammar, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::{Parser, ParserError};

pub use lex::span_of;
pub use placeholders::Placeholders;

use crate::{Code, Diagnostic, Dialect, Span};

/// One statement, parsed.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The syntax tree; its spans decode with [`span_of`].
    pub statement: Statement,
    /// Every placeholder, in the order of the text.
    pub placeholders: Placeholders,
    /// What was cut out of the token stream because sqlparser cannot read it.
    pub extras: Extras,
}

/// Clauses that were cut out of the token stream and must be looked at beside the tree.
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

/// Parses exactly one statement.
///
/// # Errors
/// Diagnostics for text that the server would not read as one statement, or that is too long or too deep.
pub fn parse_statement(sql: &str, dialect: Dialect) -> Result<Parsed, Vec<Diagnostic>> {
    let mut parser = parser(sql, dialect)?;
    let placeholders = Placeholders::default();
    let statement = parser.parse_statement().map_err(|e| vec![syntax_error(&e)])?;
    Ok(Parsed {
        statement,
        placeholders,
        extras: Extras::default(),
    })
}

/// Parses a query that stands alone, such as the body of a view.
///
/// # Errors
/// As [`parse_statement`].
pub fn parse_query(sql: &str, dialect: Dialect) -> Result<Query, Vec<Diagnostic>> {
    parser(sql, dialect)?
        .parse_query()
        .map(|q| *q)
        .map_err(|e| vec![syntax_error(&e)])
}

/// Parses an expression that stands alone, such as a default or a check.
///
/// # Errors
/// As [`parse_statement`].
pub fn parse_expression(sql: &str, dialect: Dialect) -> Result<Expr, Vec<Diagnostic>> {
    parser(sql, dialect)?
        .parse_expr()
        .map_err(|e| vec![syntax_error(&e)])
}

fn grammar(dialect: Dialect) -> &'static dyn Grammar {
    match dialect {
        Dialect::Postgres => &PostgreSqlDialect {},
        Dialect::Sqlite => &SQLiteDialect {},
    }
}

fn parser(sql: &str, dialect: Dialect) -> Result<Parser<'static>, Vec<Diagnostic>> {
    let tokens = lex::lex(sql, dialect).map_err(|d| vec![d])?;
    Ok(Parser::new(grammar(dialect)).with_tokens_with_locations(tokens))
}

fn syntax_error(error: &ParserError) -> Diagnostic {
    Diagnostic {
        code: Code::SyntaxError,
        message: error.to_string(),
        span: Span::default(),
        label: String::new(),
        help: Vec::new(),
        notes: Vec::new(),
    }
}
