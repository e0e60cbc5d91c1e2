//! Operators that are written with words: `operator(pg_catalog.=)`, `isnull`.

use std::collections::BTreeSet;

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::tokens::{
    closing, ends_operand, has_keyword, has_text, is_keyword, is_literal, is_name, is_text, is_token,
    keyword, span_between, word,
};
use crate::parse::lex::{operator_token, span_of, sql_span};
use crate::parse::refusal::{Help, refuse};
use crate::{Code, Diagnostic, Dialect};

/// Drops `symmetric` and `asymmetric` behind `between`: they say which bound is the lower one. Either way the operand is
/// compared with both, and none of the three is null where the outcome is true.
pub(super) fn symmetric(mut tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let words = ["symmetric", "asymmetric"];
    if words.iter().any(|text| has_text(&tokens, text)) {
        let drop = |at: usize| {
            let behind = at
                .checked_sub(1)
                .is_some_and(|before| is_keyword(&tokens, before, Keyword::BETWEEN));
            behind && words.iter().any(|text| is_text(&tokens, at, text))
        };
        let dropped: BTreeSet<usize> = (0..tokens.len()).filter(|&at| drop(at)).collect();
        let mut at = 0;
        tokens.retain(|_| {
            at += 1;
            !dropped.contains(&(at - 1))
        });
    }
    tokens
}

/// Writes `a operator(pg_catalog.=) b` as `a = b`, where that groups the same: all of `operator(..)` bind like "any
/// other operator", `=` does not, so both operands must be simple and closed off by what stands around them.
///
/// # Errors
/// An operator of another schema can be anybody's, and one without a schema is found by the search path.
pub(super) fn qualified(
    sql: &str,
    tokens: Vec<TokenWithSpan>,
) -> Result<Vec<TokenWithSpan>, Vec<Diagnostic>> {
    if !has_text(&tokens, "operator") {
        return Ok(tokens);
    }
    let mut out = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while let Some(found) = tokens.get(at) {
        if !is_text(&tokens, at, "operator")
            || !is_token(&tokens, at + 1, &Token::LParen)
            || !at
                .checked_sub(1)
                .is_some_and(|before| ends_operand(&tokens, before, Dialect::Postgres))
        {
            out.push(found.clone());
            at += 1;
            continue;
        }
        let close = (at..tokens.len()).find(|close| is_token(&tokens, *close, &Token::RParen));
        let close = close.unwrap_or(tokens.len());
        let span = span_between(&tokens, at, close + 1);
        let refused = |message: &str| {
            Err(vec![
                refuse(Code::UnknownOperator, span, message, "not understood")
                    .help("write the plain operator"),
            ])
        };
        let of_server = is_text(&tokens, at + 2, "pg_catalog") && is_token(&tokens, at + 3, &Token::Period);
        if !of_server || close != at + 5 {
            return refused("an operator of another schema can do anything");
        }
        if !simple_before(&tokens, at) || !simple_after(&tokens, close + 1) {
            return refused("`operator(..)` binds in another way than the operator that it names");
        }
        let text = sql
            .get(span_between(&tokens, at + 4, at + 5).range())
            .unwrap_or_default();
        out.push(TokenWithSpan {
            token: operator_token(text),
            span: sql_span(span),
        });
        at = close + 1;
    }
    Ok(out)
}

/// Whether a simple operand ends before `at`, and nothing that binds to it stands before that.
fn simple_before(tokens: &[TokenWithSpan], at: usize) -> bool {
    let Some(mut first) = at.checked_sub(1) else {
        return false;
    };
    if !is_simple(tokens, first) {
        return false;
    }
    while let Some(period) = first
        .checked_sub(1)
        .filter(|period| is_token(tokens, *period, &Token::Period))
    {
        let Some(before) = period.checked_sub(1) else {
            return false;
        };
        first = before;
    }
    match first
        .checked_sub(1)
        .and_then(|before| tokens.get(before))
        .map(|before| &before.token)
    {
        Some(Token::LParen | Token::Comma) => true,
        Some(Token::Word(word)) => matches!(
            word.keyword,
            Keyword::SELECT
                | Keyword::WHERE
                | Keyword::ON
                | Keyword::AND
                | Keyword::OR
                | Keyword::NOT
                | Keyword::WHEN
                | Keyword::HAVING
        ),
        _ => false,
    }
}

/// Whether a simple operand stands at `at`, and nothing that binds to it stands behind it.
fn simple_after(tokens: &[TokenWithSpan], at: usize) -> bool {
    let mut last = at;
    while is_token(tokens, last + 1, &Token::Period) {
        last += 2;
    }
    if !is_simple(tokens, last) {
        return false;
    }
    match tokens.get(last + 1).map(|behind| &behind.token) {
        None | Some(Token::RParen | Token::Comma) => true,
        Some(Token::Word(word)) => matches!(
            word.keyword,
            Keyword::AND
                | Keyword::OR
                | Keyword::THEN
                | Keyword::FROM
                | Keyword::WHERE
                | Keyword::GROUP
                | Keyword::ORDER
                | Keyword::LIMIT
                | Keyword::JOIN
                | Keyword::LEFT
                | Keyword::INNER
                | Keyword::RETURNING
        ),
        Some(_) => false,
    }
}

/// A name, or a literal of one token.
fn is_simple(tokens: &[TokenWithSpan], at: usize) -> bool {
    word(tokens, at).is_some_and(is_name) || tokens.get(at).is_some_and(|found| is_literal(&found.token))
}

/// Doubles the parentheses of `any ((select ..)::type[])`. sqlparser drops those of an array, so that it could not be
/// told from `any (select ..)::type[]`; with a pair that stays the tree says which one it is.
pub(super) fn quantified_arrays(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    if !has_keyword(&tokens, &[Keyword::ANY, Keyword::SOME, Keyword::ALL]) {
        return tokens;
    }
    let mut out = Vec::with_capacity(tokens.len());
    let mut closes = BTreeSet::new();
    for (at, found) in tokens.iter().enumerate() {
        out.push(found.clone());
        if closes.remove(&at) {
            out.push(found.clone());
        }
        let quantifier = at
            .checked_sub(1)
            .and_then(|before| word(&tokens, before))
            .is_some_and(|word| matches!(word.keyword, Keyword::ANY | Keyword::SOME | Keyword::ALL));
        if !quantifier || !is_token(&tokens, at, &Token::LParen) || !is_token(&tokens, at + 1, &Token::LParen)
        {
            continue;
        }
        let (inner, outer) = (closing(&tokens, at + 1), closing(&tokens, at));
        if let (Some(inner), Some(outer)) = (inner, outer)
            && inner + 1 < outer
        {
            out.push(found.clone());
            closes.insert(outer);
        }
    }
    out
}

/// Writes the postfix `isnull` as `is null`, which is what both servers define it as. It is reserved in both, so
/// behind an operand it can only be the operator.
pub(super) fn isnull(tokens: Vec<TokenWithSpan>, dialect: Dialect) -> Vec<TokenWithSpan> {
    if !has_text(&tokens, "isnull") {
        return tokens;
    }
    let mut out = Vec::with_capacity(tokens.len());
    for (at, found) in tokens.iter().enumerate() {
        let operator = is_text(&tokens, at, "isnull")
            && !is_token(&tokens, at + 1, &Token::LParen)
            && at
                .checked_sub(1)
                .is_some_and(|before| ends_operand(&tokens, before, dialect));
        if operator {
            let span = span_of(found.span);
            out.extend([keyword("IS", span), keyword("NULL", span)]);
        } else {
            out.push(found.clone());
        }
    }
    out
}
