//! `on conflict`: predicates of partial indexes, and the select without `from` before it.

use sqlparser::keywords::Keyword;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, TokenWithSpan};

use sqlparser::ast::{Expr, Insert, OnInsert, Statement};

use super::Extras;
use super::tokens::{are_keywords, closing, has_keyword, is_keyword, is_token, keyword, span_between, word};
use crate::parse::lex::sql_span;
use crate::parse::refusal::{Help, refuse};
use crate::{Code, Diagnostic, Dialect, Span};

const ON_CONFLICT: [Keyword; 2] = [Keyword::ON, Keyword::CONFLICT];

/// Cuts `where predicate` out of `on conflict (columns) where predicate do ..` and keeps it beside the tree, and so
/// expressions among the columns: one name stands for all of them.
///
/// The predicate only chooses the index; it is no condition on the rows. The lowering compares it with the catalog's
/// partial indexes.
///
/// # Errors
/// A diagnostic for collations and operator classes in the target, which sqlparser has no node for.
pub(super) fn predicates(
    sql: &str,
    tokens: Vec<TokenWithSpan>,
    dialect: Dialect,
    extras: &mut Extras,
) -> Result<Vec<TokenWithSpan>, Vec<Diagnostic>> {
    if !has_keyword(&tokens, &[Keyword::CONFLICT]) {
        return Ok(tokens);
    }
    let mut out = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while let Some(found) = tokens.get(at) {
        if !are_keywords(&tokens, at, &ON_CONFLICT) || !is_token(&tokens, at + 2, &Token::LParen) {
            out.push(found.clone());
            at += 1;
            continue;
        }
        let Some(close) = closing(&tokens, at + 2) else {
            return Ok(tokens);
        };
        if is_plain(&tokens, at + 3, close) {
            out.extend(tokens.get(at..=close).unwrap_or_default().iter().cloned());
        } else {
            let span = span_between(&tokens, at + 3, close);
            let parts = target(sql, &tokens, at + 3, close, dialect)?;
            extras.conflict_targets.push((span, parts));
            out.extend(tokens.get(at..at + 3).unwrap_or_default().iter().cloned());
            out.push(name("target", span));
            out.extend(tokens.get(close).cloned());
        }
        let start = close + 1;
        if !is_keyword(&tokens, start, Keyword::WHERE) {
            at = start;
            continue;
        }
        // Without its `do` this is no conflict clause but a condition of a join: nothing may be cut out of that.
        let Some(end) = end_of_predicate(&tokens, start + 1) else {
            at = start;
            continue;
        };
        let predicate = tokens.get(start + 1..end).unwrap_or_default().to_vec();
        let predicate = super::super::parse(sql, predicate, dialect, Parser::parse_expr)?;
        extras
            .conflict_predicates
            .push((span_between(&tokens, at, at + 2), predicate));
        at = end;
    }
    Ok(out)
}

/// Only plain columns, separated by commas.
fn is_plain(tokens: &[TokenWithSpan], from: usize, to: usize) -> bool {
    let plain = (from..to).all(|at| match (at - from) % 2 {
        0 => word(tokens, at).is_some(),
        _ => is_token(tokens, at, &Token::Comma),
    });
    plain && (to - from) % 2 == 1
}

/// Columns and expressions, separated by commas.
fn target(
    sql: &str,
    tokens: &[TokenWithSpan],
    from: usize,
    to: usize,
    dialect: Dialect,
) -> Result<Vec<Expr>, Vec<Diagnostic>> {
    let tokens = tokens.get(from..to).unwrap_or_default();
    let read = |parser: &mut Parser<'static>| parser.parse_comma_separated(Parser::parse_expr);
    super::super::parse(sql, tokens.to_vec(), dialect, read).map_err(|_| {
        vec![
            refuse(
                Code::UnsupportedSql,
                span_between(tokens, 0, tokens.len()),
                "the conflict target is not a list of columns and expressions",
                "collations and operator classes are not understood here",
            )
            .help("leave them out, or name the constraint behind `on constraint`"),
        ]
    })
}

/// Cuts every conflict clause of an insert of `values` but the first out, and keeps them beside the tree.
///
/// # Errors
/// Syntax errors, and several clauses behind a query, where `on` may belong to a join.
pub(super) fn several(
    sql: &str,
    tokens: Vec<TokenWithSpan>,
    dialect: Dialect,
    extras: &mut Extras,
) -> Result<Vec<TokenWithSpan>, Vec<Diagnostic>> {
    if !has_keyword(&tokens, &[Keyword::CONFLICT]) {
        return Ok(tokens);
    }
    let mut depth = 0_usize;
    let mut clauses = Vec::new();
    let mut end = tokens.len();
    let mut queries = false;
    for at in 0..tokens.len() {
        if is_token(&tokens, at, &Token::LParen) {
            depth += 1;
        } else if is_token(&tokens, at, &Token::RParen) {
            depth = depth.saturating_sub(1);
        } else if depth == 0 && are_keywords(&tokens, at, &ON_CONFLICT) {
            clauses.push(at);
        } else if depth == 0 && is_keyword(&tokens, at, Keyword::SELECT) {
            queries = true;
        } else if depth == 0 && is_keyword(&tokens, at, Keyword::RETURNING) && !clauses.is_empty() {
            end = at;
            break;
        }
    }
    let [_, second, ..] = clauses.as_slice() else {
        return Ok(tokens);
    };
    let second = *second;
    if queries {
        return Err(vec![
            refuse(
                Code::UnsupportedSql,
                span_between(&tokens, second, second + 2),
                "several `on conflict` clauses behind a query are not understood",
                "not understood",
            )
            .help("write one clause, or insert the rows with `values`"),
        ]);
    }
    let later = clauses.iter().skip(1);
    let ends = clauses.iter().skip(2).chain([&end]);
    for (&from, &to) in later.zip(ends) {
        let clause = tokens.get(from..to).unwrap_or_default();
        let span = span_between(clause, 0, 1);
        let mut insert = vec![keyword("INSERT", span), keyword("INTO", span), name("t", span)];
        insert.extend([keyword("DEFAULT", span), keyword("VALUES", span)]);
        insert.extend(clause.iter().cloned());
        match super::super::parse(sql, insert, dialect, Parser::parse_statement)? {
            Statement::Insert(Insert {
                on: Some(OnInsert::OnConflict(clause)),
                ..
            }) => extras.more_conflicts.push(clause),
            _ => {
                return Err(vec![refuse(
                    Code::SyntaxError,
                    span,
                    "this is no conflict clause",
                    "not understood",
                )]);
            }
        }
    }
    let mut out = tokens;
    out.drain(second..end);
    Ok(out)
}

/// A name as a token that stands at `span`.
fn name(text: &str, span: Span) -> TokenWithSpan {
    TokenWithSpan {
        token: Token::make_word(text, None),
        span: sql_span(span),
    }
}

/// The `do` of `do nothing` or `do update` that ends the predicate that begins at `from`.
fn end_of_predicate(tokens: &[TokenWithSpan], from: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for at in from..tokens.len() {
        if is_token(tokens, at, &Token::LParen) {
            depth += 1;
        } else if is_token(tokens, at, &Token::RParen) {
            depth = depth.checked_sub(1)?;
        } else if depth == 0
            && is_keyword(tokens, at, Keyword::DO)
            && (is_keyword(tokens, at + 1, Keyword::NOTHING) || is_keyword(tokens, at + 1, Keyword::UPDATE))
        {
            return Some(at);
        }
    }
    None
}

/// Adds `where true` to a select without `from` before `on conflict`, where sqlparser takes `on` for an alias of the
/// last column. The condition removes no row.
pub(super) fn select_without_from(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    if !has_keyword(&tokens, &[Keyword::CONFLICT]) {
        return tokens;
    }
    let mut out = Vec::with_capacity(tokens.len());
    // For every open parenthesis, whether only a select list has been read since its last `select`.
    let mut in_list = vec![false];
    for (at, found) in tokens.iter().enumerate() {
        match &found.token {
            Token::LParen => in_list.push(false),
            Token::RParen => {
                in_list.pop();
            }
            Token::Word(word) => {
                if are_keywords(&tokens, at, &ON_CONFLICT) && in_list.last() == Some(&true) {
                    let span = span_between(&tokens, at, at + 1);
                    out.extend([keyword("WHERE", span), keyword("TRUE", span)]);
                }
                match (word.keyword, in_list.last_mut()) {
                    (Keyword::SELECT, Some(in_list)) => *in_list = true,
                    (keyword, Some(in_list)) if ends_list(keyword) => *in_list = false,
                    _ => {}
                }
            }
            _ => {}
        }
        out.push(found.clone());
    }
    out
}

/// Whether a keyword begins the clause behind a select list. After any of them `on` cannot be an alias.
fn ends_list(keyword: Keyword) -> bool {
    matches!(
        keyword,
        Keyword::FROM
            | Keyword::WHERE
            | Keyword::GROUP
            | Keyword::HAVING
            | Keyword::WINDOW
            | Keyword::ORDER
            | Keyword::LIMIT
            | Keyword::OFFSET
            | Keyword::FETCH
            | Keyword::FOR
            | Keyword::VALUES
    )
}
