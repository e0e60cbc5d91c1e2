//! How PostgreSQL names relations and locks beyond what sqlparser reads.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::Extras;
use super::tokens::{
    are_keywords, has_keyword, has_text, is_keyword, is_text, is_token, keyword, span_between, word,
};
use crate::parse::lex::{span_of, sql_span};
use crate::parse::refusal::refuse;
use crate::{Code, Diagnostic};

/// Drops `only` before a table name and records where it stood; sqlparser takes it for the table.
///
/// Without it the table stands for itself and its children. That is what the proof then speaks of: more rows than the
/// server reads, all of the same table reference. What else `only` changes is the lowering's to judge.
pub(super) fn only(
    tokens: Vec<TokenWithSpan>,
    extras: &mut Extras,
) -> Result<Vec<TokenWithSpan>, Vec<Diagnostic>> {
    if !has_keyword(&tokens, &[Keyword::ONLY]) {
        return Ok(tokens);
    }
    let mut out = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while let Some(found) = tokens.get(at) {
        if !is_keyword(&tokens, at, Keyword::ONLY) || !may_precede_relation(&tokens, at) {
            out.push(found.clone());
            at += 1;
            continue;
        }
        extras.only.push(span_of(found.span));
        at += 1;
        if !is_token(&tokens, at, &Token::LParen) {
            continue;
        }
        let mut end = at + 1;
        while word(&tokens, end).is_some() && is_token(&tokens, end + 1, &Token::Period) {
            end += 2;
        }
        if word(&tokens, end).is_none() || !is_token(&tokens, end + 1, &Token::RParen) {
            return Err(vec![refuse(
                Code::UnsupportedSql,
                span_between(&tokens, at - 1, end + 1),
                "`only (..)` holds one table name",
                "not a table name",
            )]);
        }
        out.extend(tokens.get(at + 1..=end).unwrap_or_default().iter().cloned());
        at = end + 2;
    }
    Ok(out)
}

/// `only` is reserved, but it can be a label (`rows only`, `as only`, `t.only`): before a relation it follows one of
/// these and a name or parenthesis follows it.
fn may_precede_relation(tokens: &[TokenWithSpan], at: usize) -> bool {
    let named = word(tokens, at + 1).is_some() || is_token(tokens, at + 1, &Token::LParen);
    let Some(before) = at.checked_sub(1) else {
        return false;
    };
    let placed = match tokens.get(before).map(|found| &found.token) {
        Some(Token::Comma | Token::LParen) => true,
        Some(Token::Word(word)) => matches!(
            word.keyword,
            Keyword::FROM | Keyword::UPDATE | Keyword::JOIN | Keyword::USING | Keyword::INTO | Keyword::TABLE
        ),
        _ => false,
    };
    named && placed
}

/// Writes `table t` as `select * from t`, which is how PostgreSQL defines it; sqlparser has no statement for the one
/// and keeps only a string of the name in a set operation.
pub(super) fn table_command(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    if !has_keyword(&tokens, &[Keyword::TABLE]) {
        return tokens;
    }
    let mut out = Vec::with_capacity(tokens.len());
    for (at, found) in tokens.iter().enumerate() {
        let begins = match at
            .checked_sub(1)
            .and_then(|before| tokens.get(before))
            .map(|before| &before.token)
        {
            None | Some(Token::LParen) => true,
            Some(Token::Word(word)) => matches!(
                word.keyword,
                Keyword::UNION | Keyword::EXCEPT | Keyword::INTERSECT | Keyword::ALL | Keyword::DISTINCT
            ),
            Some(_) => false,
        };
        if begins && is_keyword(&tokens, at, Keyword::TABLE) && word(&tokens, at + 1).is_some() {
            let span = span_of(found.span);
            out.push(keyword("SELECT", span));
            out.push(TokenWithSpan {
                token: Token::Mul,
                span: sql_span(span),
            });
            out.push(keyword("FROM", span));
        } else {
            out.push(found.clone());
        }
    }
    out
}

/// Reads `for key share` as `for share` and `for no key update` as `for update`: the same rows are locked, more
/// strongly. Which rows is all that the proof asks.
pub(super) fn lock_strength(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    if !has_keyword(&tokens, &[Keyword::KEY]) {
        return tokens;
    }
    let mut out = Vec::with_capacity(tokens.len());
    let mut skip = 0;
    for (at, found) in tokens.iter().enumerate() {
        if skip > 0 {
            skip -= 1;
            continue;
        }
        out.push(found.clone());
        if are_keywords(&tokens, at, &[Keyword::FOR, Keyword::KEY, Keyword::SHARE]) {
            skip = 1;
        } else if are_keywords(
            &tokens,
            at,
            &[Keyword::FOR, Keyword::NO, Keyword::KEY, Keyword::UPDATE],
        ) {
            skip = 2;
        }
    }
    out
}

/// Drops `overriding system value` of an insert: the values are stored as given, which is what an insert without it
/// means where it is accepted.
///
/// # Errors
/// `overriding user value` stores other values than those written.
pub(super) fn overriding(tokens: Vec<TokenWithSpan>) -> Result<Vec<TokenWithSpan>, Vec<Diagnostic>> {
    if !has_text(&tokens, "overriding") {
        return Ok(tokens);
    }
    let clause =
        |at: usize| is_text(&tokens, at, "overriding") && is_keyword(&tokens, at + 2, Keyword::VALUE);
    let mut out = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while let Some(found) = tokens.get(at) {
        if clause(at) && is_text(&tokens, at + 1, "user") {
            return Err(vec![refuse(
                Code::UnsupportedSql,
                span_between(&tokens, at, at + 3),
                "`overriding user value` stores generated values in the place of those written",
                "not understood",
            )]);
        }
        if clause(at) && is_text(&tokens, at + 1, "system") {
            at += 3;
            continue;
        }
        out.push(found.clone());
        at += 1;
    }
    Ok(out)
}
