//! What people write, the server reads and sqlparser 0.63 does not.
//!
//! Each patch changes the tokens that the parser sees, never the text that runs, and says why the tree that comes out
//! means what the server does with the original.

mod conflict;
mod cycle;
mod insert_alias;
mod mysql;
mod operator;
mod relation;
mod row_limit;
mod sqlite;
mod subscript;
mod tokens;

use sqlparser::ast::{Expr, Ident, OnConflict, Statement};
use sqlparser::parser::Parser;
use sqlparser::tokenizer::TokenWithSpan;

use super::lex::span_of;
use super::refusal::refuse;
use crate::{Code, Diagnostic, Dialect, Span};

/// Clauses that were taken out of the token stream and must be looked at beside the tree.
#[derive(Debug, Clone, Default)]
pub struct Extras {
    /// The first word of the statement.
    pub start: Span,
    /// Where `only` was written before a table name.
    pub only: Vec<Span>,
    /// The index predicate of `on conflict (..) where predicate`, with the span of its `on conflict`.
    pub conflict_predicates: Vec<(Span, Expr)>,
    /// `on conflict (..)` with expressions among the columns: where a name stands in their place, and what they are.
    pub conflict_targets: Vec<(Span, Vec<Expr>)>,
    /// SQLite: the conflict clauses of an insert behind its first.
    pub more_conflicts: Vec<OnConflict>,
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

/// The tokens for the parser, and what was taken out of them.
pub(super) struct Patched {
    pub(super) tokens: Vec<TokenWithSpan>,
    pub(super) extras: Extras,
    update_order: Option<Vec<TokenWithSpan>>,
    insert_alias: Option<Ident>,
}

impl Patched {
    /// Parses the statement and puts back into the tree what has a place there.
    ///
    /// # Errors
    /// Syntax errors.
    pub(super) fn parse_statement(
        self,
        sql: &str,
        dialect: Dialect,
    ) -> Result<(Statement, Extras), Vec<Diagnostic>> {
        let Self {
            tokens,
            extras,
            update_order,
            insert_alias,
        } = self;
        let mut statement = super::parse(sql, tokens, dialect, Parser::parse_statement)?;
        if let Some(alias) = insert_alias {
            let span = span_of(alias.span);
            if !insert_alias::attach(&mut statement, alias) {
                return Err(vec![refuse(
                    Code::SyntaxError,
                    span,
                    "this alias belongs to no insert",
                    "not understood",
                )]);
            }
        }
        let Some(tokens) = update_order else {
            return Ok((statement, extras));
        };
        let read = |parser: &mut Parser<'static>| parser.parse_comma_separated(Parser::parse_order_by_expr);
        let span = tokens
            .first()
            .map_or(Span::default(), |first| span_of(first.span));
        if !row_limit::attach(&mut statement, super::parse(sql, tokens, dialect, read)?) {
            return Err(vec![refuse(
                Code::SyntaxError,
                span,
                "this order belongs to no update",
                "not understood",
            )]);
        }
        Ok((statement, extras))
    }
}

/// Applies the patches of `dialect`.
///
/// # Errors
/// Diagnostics for constructs that are recognised but not understood.
pub(super) fn apply(
    sql: &str,
    tokens: Vec<TokenWithSpan>,
    dialect: Dialect,
) -> Result<Patched, Vec<Diagnostic>> {
    let mut extras = Extras::default();
    let mut update_order = None;
    let mut insert_alias = None;
    let tokens = match dialect {
        Dialect::Postgres => {
            let tokens = operator::isnull(tokens, dialect);
            let tokens = relation::only(tokens, &mut extras)?;
            let tokens = relation::table_command(tokens);
            let tokens = relation::lock_strength(tokens);
            let tokens = relation::overriding(tokens)?;
            let tokens = operator::quantified_arrays(operator::symmetric(tokens));
            let tokens = subscript::assignments(tokens);
            let tokens = cycle::clauses(tokens, &mut extras)?;
            operator::qualified(sql, tokens)?
        }
        Dialect::Sqlite => {
            sqlite::refusals(&tokens)?;
            sqlite::set_operations(&tokens)?;
            let tokens = operator::isnull(tokens, dialect);
            let tokens = sqlite::materialized(tokens);
            let tokens = sqlite::index_hints(tokens);
            let (tokens, alias) = insert_alias::cut(tokens);
            insert_alias = alias;
            let limited = row_limit::cut(sqlite::null_safe_equality(tokens))?;
            update_order = limited.order_by;
            limited.tokens
        }
        Dialect::Mysql => {
            sqlite::set_operations(&tokens)?;
            relation::table_command(mysql::apply(tokens)?)
        }
    };
    let tokens = conflict::select_without_from(tokens);
    let mut tokens = conflict::predicates(sql, tokens, dialect, &mut extras)?;
    if dialect == Dialect::Sqlite {
        tokens = conflict::several(sql, tokens, dialect, &mut extras)?;
    }
    Ok(Patched {
        tokens,
        extras,
        update_order,
        insert_alias,
    })
}

#[cfg(test)]
mod tests;
