//! What SQLite reads and sqlparser does not.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::tokens::{
    has_keyword, has_text, is_keyword, is_name, is_text, is_token, keyword, span_between, word,
};
use crate::parse::lex::span_of;
use crate::parse::refusal::{Help, refuse};
use crate::{Code, Diagnostic};

/// Drops `indexed by name` and `not indexed` behind a table name: they choose how rows are found, not which.
///
/// Behind a name neither can be part of an expression: two names do not follow each other there, and `not` is no
/// infix operator before a name.
pub(super) fn index_hints(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    if !has_text(&tokens, "indexed") {
        return tokens;
    }
    let mut out = Vec::with_capacity(tokens.len());
    let mut skip = 0;
    for (at, found) in tokens.iter().enumerate() {
        if skip > 0 {
            skip -= 1;
            continue;
        }
        let behind_name = at
            .checked_sub(1)
            .and_then(|before| word(&tokens, before))
            .is_some_and(is_name);
        if behind_name && is_keyword(&tokens, at, Keyword::NOT) && is_text(&tokens, at + 1, "indexed") {
            skip = 1;
        } else if behind_name
            && is_text(&tokens, at, "indexed")
            && is_keyword(&tokens, at + 1, Keyword::BY)
            && word(&tokens, at + 2).is_some()
        {
            skip = 2;
        } else {
            out.push(found.clone());
        }
    }
    out
}

/// Writes `a is b` as `a is not distinct from b` and `a is not b` as `a is distinct from b`, which are the same
/// operator for SQLite (since 3.39, where the long form is read too). Before the literals `null`, `true` and `false`
/// both systems mean the same by the short form.
pub(super) fn null_safe_equality(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    if !has_keyword(&tokens, &[Keyword::IS]) {
        return tokens;
    }
    let mut out = Vec::with_capacity(tokens.len());
    let mut skip = false;
    for (at, found) in tokens.iter().enumerate() {
        if std::mem::take(&mut skip) {
            continue;
        }
        if !is_keyword(&tokens, at, Keyword::IS) {
            out.push(found.clone());
            continue;
        }
        let negated = is_keyword(&tokens, at + 1, Keyword::NOT);
        let right = at + 1 + usize::from(negated);
        let literal = [Keyword::NULL, Keyword::TRUE, Keyword::FALSE, Keyword::DISTINCT]
            .iter()
            .any(|keyword| is_keyword(&tokens, right, *keyword));
        if literal {
            out.push(found.clone());
            continue;
        }
        let span = span_of(found.span);
        out.push(keyword("IS", span));
        if !negated {
            out.push(keyword("NOT", span));
        }
        out.extend([keyword("DISTINCT", span), keyword("FROM", span)]);
        skip = negated;
    }
    out
}

/// Drops `materialized` and `not materialized` of a common table expression: they choose when it is computed.
pub(super) fn materialized(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    if !has_keyword(&tokens, &[Keyword::MATERIALIZED]) {
        return tokens;
    }
    let hint = |at: usize| {
        let first = if is_keyword(&tokens, at, Keyword::NOT) {
            at + 1
        } else {
            at
        };
        let placed = at
            .checked_sub(1)
            .is_some_and(|before| is_keyword(&tokens, before, Keyword::AS))
            && is_keyword(&tokens, first, Keyword::MATERIALIZED)
            && is_token(&tokens, first + 1, &Token::LParen);
        if placed { first + 1 - at } else { 0 }
    };
    let mut out = Vec::with_capacity(tokens.len());
    let mut skip = 0;
    for (at, found) in tokens.iter().enumerate() {
        skip = hint(at).max(skip);
        if skip == 0 {
            out.push(found.clone());
        } else {
            skip -= 1;
        }
    }
    out
}

/// Refuses `intersect` behind `union` or `except`: SQLite takes them from left to right, and so does MariaDB under
/// `sql_mode=ORACLE`; sqlparser takes `intersect` first.
///
/// # Errors
/// A diagnostic at the first such `intersect`.
pub(super) fn set_operations(tokens: &[TokenWithSpan]) -> Result<(), Vec<Diagnostic>> {
    // For every open parenthesis, whether a `union` or `except` was read in it.
    let mut others = vec![false];
    for found in tokens {
        match &found.token {
            Token::LParen => others.push(false),
            Token::RParen => {
                others.pop();
            }
            Token::Word(word) => match (word.keyword, others.last_mut()) {
                (Keyword::UNION | Keyword::EXCEPT, Some(others)) => *others = true,
                (Keyword::INTERSECT, Some(true)) => {
                    return Err(vec![
                        refuse(
                            Code::UnsupportedSql,
                            span_of(found.span),
                            "not every server takes `intersect` before the set operation in front of it",
                            "grouping in doubt",
                        )
                        .help("name the inner set operation with `with`"),
                    ]);
                }
                _ => {}
            },
            _ => {}
        }
    }
    Ok(())
}

/// What is recognised only to be refused with a way out.
///
/// # Errors
/// `in table`, `not glob` and `not match`.
pub(super) fn refusals(tokens: &[TokenWithSpan]) -> Result<(), Vec<Diagnostic>> {
    for at in 0..tokens.len() {
        let refused = |to: usize, message: &str, help: &str| {
            let span = span_between(tokens, at, to);
            Err(vec![
                refuse(Code::UnsupportedSql, span, message, "not understood").help(help),
            ])
        };
        if is_keyword(tokens, at, Keyword::IN) && word(tokens, at + 1).is_some() {
            return refused(
                at + 2,
                "`in` needs a parenthesis here",
                "write a subquery in parentheses that selects the column",
            );
        }
        if is_keyword(tokens, at, Keyword::NOT)
            && (is_keyword(tokens, at + 1, Keyword::GLOB) || is_keyword(tokens, at + 1, Keyword::MATCH))
        {
            return refused(
                at + 2,
                "this negated operator is not understood",
                "put `not` before the comparison, which goes in parentheses",
            );
        }
    }
    Ok(())
}
