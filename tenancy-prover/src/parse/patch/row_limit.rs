//! `order by` and `offset` of SQLite's updates and deletes, which sqlparser reads only in part.

use sqlparser::ast::{OrderByExpr, SetExpr, Statement};
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::tokens::{are_keywords, is_keyword, is_literal, is_token, span_between};
use crate::parse::refusal::{Help, refuse};
use crate::{Code, Diagnostic};

/// A statement without what sqlparser does not read of its row limit.
pub(super) struct RowLimit {
    pub(super) tokens: Vec<TokenWithSpan>,
    /// What stands behind `order by` of an update.
    pub(super) order_by: Option<Vec<TokenWithSpan>>,
}

/// Cuts out the `order by` of an update, to be parsed by itself and put into the tree ([`attach`]), and drops the
/// second constant of `limit a offset b` and `limit a, b` in an update or delete: both are constants, and the one that
/// stays says already that not all of the rows change that the condition picks. How many and which is not read off
/// the tree.
///
/// # Errors
/// A diagnostic for an offset that is more than one literal or placeholder.
pub(super) fn cut(mut tokens: Vec<TokenWithSpan>) -> Result<RowLimit, Vec<Diagnostic>> {
    let Some(verb) = changing_verb(&tokens) else {
        return Ok(RowLimit {
            tokens,
            order_by: None,
        });
    };
    let limit = outer(&tokens, verb, |at| is_keyword(&tokens, at, Keyword::LIMIT));
    if let Some(limit) = limit {
        let skips =
            |at: usize| is_keyword(&tokens, at, Keyword::OFFSET) || is_token(&tokens, at, &Token::Comma);
        if let Some(offset) = outer(&tokens, limit, skips) {
            let constant = tokens
                .get(offset + 1)
                .is_some_and(|found| is_literal(&found.token));
            if !constant || tokens.len() != offset + 2 {
                return Err(vec![
                    refuse(
                        Code::UnsupportedSql,
                        span_between(&tokens, offset, tokens.len()),
                        "this offset is not understood",
                        "not one literal or placeholder",
                    )
                    .help("choose the rows with a subquery over the key"),
                ]);
            }
            tokens.truncate(offset);
        }
    }
    let order = is_keyword(&tokens, verb, Keyword::UPDATE)
        .then(|| {
            outer(&tokens, verb, |at| {
                are_keywords(&tokens, at, &[Keyword::ORDER, Keyword::BY])
            })
        })
        .flatten();
    let order_by = order.map(|order| {
        let end = limit.unwrap_or(tokens.len()).max(order + 2);
        let cut: Vec<TokenWithSpan> = tokens.drain(order..end).collect();
        cut.get(2..).unwrap_or_default().to_vec()
    });
    Ok(RowLimit { tokens, order_by })
}

/// Puts the parsed `order by` into the update that it was cut out of; says whether there is one.
pub(super) fn attach(statement: &mut Statement, order_by: Vec<OrderByExpr>) -> bool {
    let update = match statement {
        Statement::Update(update) => update,
        Statement::Query(query) => match query.body.as_mut() {
            SetExpr::Update(Statement::Update(update)) => update,
            _ => return false,
        },
        _ => return false,
    };
    update.order_by = order_by;
    true
}

/// The first verb outside of parentheses, if it is `update` or `delete`.
fn changing_verb(tokens: &[TokenWithSpan]) -> Option<usize> {
    let is_verb = |at: usize| {
        [
            Keyword::SELECT,
            Keyword::VALUES,
            Keyword::INSERT,
            Keyword::REPLACE,
            Keyword::UPDATE,
            Keyword::DELETE,
        ]
        .iter()
        .any(|verb| is_keyword(tokens, at, *verb))
    };
    let verb = outer(tokens, 0, is_verb)?;
    (is_keyword(tokens, verb, Keyword::UPDATE) || is_keyword(tokens, verb, Keyword::DELETE)).then_some(verb)
}

/// The first position from `from` on, outside of the parentheses opened since, at which `test` holds.
fn outer(tokens: &[TokenWithSpan], from: usize, test: impl Fn(usize) -> bool) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, found) in tokens.iter().enumerate().skip(from) {
        match found.token {
            Token::LParen => depth += 1,
            Token::RParen => depth = depth.saturating_sub(1),
            _ if depth == 0 && test(at) => return Some(at),
            _ => {}
        }
    }
    None
}
