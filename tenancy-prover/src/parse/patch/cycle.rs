//! `search` and `cycle` clauses of recursive common table expressions.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::tokens::{has_text, is_keyword, is_literal, is_text, is_token, opening, span_between, word};
use super::{Added, CycleClause, Extras};
use crate::parse::lex::span_of;
use crate::parse::refusal::refuse;
use crate::{Code, Diagnostic, Span};

/// Cuts the clauses out and records the columns that they add.
///
/// `search` adds a column that is computed from the row itself and the row that it came from; `cycle` adds two such
/// columns and stops at rows that were visited before. So without them the expression yields the same rows or more,
/// from the same tables, and lacks only the columns that are recorded. A server that has no such clause at this place
/// would refuse the text.
///
/// # Errors
/// A diagnostic for a clause that stands behind no common table expression.
pub(super) fn clauses(
    tokens: Vec<TokenWithSpan>,
    extras: &mut Extras,
) -> Result<Vec<TokenWithSpan>, Vec<Diagnostic>> {
    if !has_text(&tokens, "search") && !has_text(&tokens, "cycle") {
        return Ok(tokens);
    }
    let mut out: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while let Some(found) = tokens.get(at) {
        let behind_query = out.last().is_some_and(|last| last.token == Token::RParen);
        let Some(clause) = behind_query.then(|| read(&tokens, at)).flatten() else {
            out.push(found.clone());
            at += 1;
            continue;
        };
        let Some(cte) = name_before(&out) else {
            return Err(vec![refuse(
                Code::UnsupportedSql,
                span_between(&tokens, at, clause.end),
                "this clause belongs behind a common table expression",
                "not understood here",
            )]);
        };
        let CycleClause { cte, keys, added } = CycleClause {
            cte,
            keys: clause.keys,
            added: clause.added,
        };
        match extras.cycles.last_mut() {
            // `search` and `cycle` of one expression: the columns of `search` come first, as written.
            Some(last) if last.cte == cte => {
                last.keys.extend(keys);
                last.added.extend(added);
            }
            _ => extras.cycles.push(CycleClause { cte, keys, added }),
        }
        at = clause.end;
    }
    Ok(out)
}

/// A clause as read: its columns, and the token behind it.
struct Clause {
    keys: Vec<Added>,
    added: Vec<Added>,
    end: usize,
}

/// The clause that begins at `at`, if the whole of one does: both words can also be an alias.
fn read(tokens: &[TokenWithSpan], at: usize) -> Option<Clause> {
    if is_text(tokens, at, "search") {
        let ordered = is_text(tokens, at + 1, "depth") || is_text(tokens, at + 1, "breadth");
        if !ordered || !is_keyword(tokens, at + 2, Keyword::FIRST) || !is_keyword(tokens, at + 3, Keyword::BY)
        {
            return None;
        }
        let (keys, end) = names(tokens, at + 4)?;
        let sequence = is_keyword(tokens, end, Keyword::SET)
            .then(|| name(tokens, end + 1))
            .flatten()?;
        return Some(Clause {
            keys,
            added: vec![sequence],
            end: end + 2,
        });
    }
    if !is_text(tokens, at, "cycle") {
        return None;
    }
    let (keys, end) = names(tokens, at + 1)?;
    let mark = is_keyword(tokens, end, Keyword::SET)
        .then(|| name(tokens, end + 1))
        .flatten()?;
    let mut end = end + 2;
    if is_keyword(tokens, end, Keyword::TO) {
        end += 1;
        // Constants by the grammar; anything else is left to the parser, which refuses it.
        while tokens.get(end).is_some_and(|found| is_constant(&found.token)) {
            end += 1;
        }
    }
    let path = is_keyword(tokens, end, Keyword::USING)
        .then(|| name(tokens, end + 1))
        .flatten()?;
    Some(Clause {
        keys,
        added: vec![mark, path],
        end: end + 2,
    })
}

fn is_constant(token: &Token) -> bool {
    match token {
        Token::Word(word) => word.keyword != Keyword::USING,
        Token::Placeholder(_) => false,
        other => is_literal(other),
    }
}

/// Names separated by commas from `at` on, and the token behind them.
fn names(tokens: &[TokenWithSpan], at: usize) -> Option<(Vec<Added>, usize)> {
    let mut found = vec![name(tokens, at)?];
    let mut end = at + 1;
    while is_token(tokens, end, &Token::Comma) {
        found.push(name(tokens, end + 1)?);
        end += 2;
    }
    Some((found, end))
}

fn name(tokens: &[TokenWithSpan], at: usize) -> Option<Added> {
    let word = word(tokens, at)?;
    let name = match word.quote_style {
        Some(_) => word.value.clone(),
        None => word.value.to_ascii_lowercase(),
    };
    Some(Added {
        name,
        span: span_of(tokens.get(at)?.span),
    })
}

/// The name in `name [(columns)] as [[not] materialized] ( .. )`, of which the last token is the end of `tokens`.
fn name_before(tokens: &[TokenWithSpan]) -> Option<Span> {
    let mut at = opening(tokens, tokens.len().checked_sub(1)?)?.checked_sub(1)?;
    if is_keyword(tokens, at, Keyword::MATERIALIZED) {
        at = at.checked_sub(1)?;
        if is_keyword(tokens, at, Keyword::NOT) {
            at = at.checked_sub(1)?;
        }
    }
    if !is_keyword(tokens, at, Keyword::AS) {
        return None;
    }
    at = at.checked_sub(1)?;
    if is_token(tokens, at, &Token::RParen) {
        at = opening(tokens, at)?.checked_sub(1)?;
    }
    word(tokens, at)?;
    Some(span_of(tokens.get(at)?.span))
}
