//! `on conflict`: predicates of partial indexes, and the select without `from` before it.

use sqlparser::keywords::Keyword;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::Extras;
use super::tokens::{are_keywords, closing, has_keyword, is_keyword, is_token, keyword, span_between, word};
use crate::parse::refusal::{Help, refuse};
use crate::{Code, Diagnostic, Dialect};

const ON_CONFLICT: [Keyword; 2] = [Keyword::ON, Keyword::CONFLICT];

/// Cuts `where predicate` out of `on conflict (columns) where predicate do ..` and keeps it beside the tree.
///
/// The predicate only chooses the index; it is no condition on the rows. The lowering compares it with the catalog's
/// partial indexes.
///
/// # Errors
/// A diagnostic for expressions, collations and operator classes in the target, which sqlparser has no node for.
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
        check_target(&tokens, at + 3, close)?;
        out.extend(tokens.get(at..=close).unwrap_or_default().iter().cloned());
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
fn check_target(tokens: &[TokenWithSpan], from: usize, to: usize) -> Result<(), Vec<Diagnostic>> {
    let plain = (from..to).all(|at| match (at - from) % 2 {
        0 => word(tokens, at).is_some(),
        _ => is_token(tokens, at, &Token::Comma),
    });
    if plain && (to - from) % 2 == 1 {
        return Ok(());
    }
    Err(vec![
        refuse(
            Code::UnsupportedSql,
            span_between(tokens, from, to),
            "the conflict target is not a plain list of columns",
            "expressions, collations and operator classes are not understood here",
        )
        .help("add a unique key over columns, or name the constraint with `on conflict on constraint`"),
    ])
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
