//! The words and the table lists of updates and deletes.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::super::tokens::{is_keyword, is_text, is_token, keyword};
use super::{outer, refused_at};
use crate::parse::lex::{span_of, sql_span};
use crate::{Code, Diagnostic};

/// Drops `low_priority` and `quick` behind `update` and `delete`, which say when and how, and writes `update ignore` as
/// `update or ignore`, which the tree has a place for. sqlparser takes these words for tables.
///
/// # Errors
/// `delete ignore`: which rows stay would depend on the rows that refer to them.
pub(super) fn modifiers(mut tokens: Vec<TokenWithSpan>) -> Result<Vec<TokenWithSpan>, Diagnostic> {
    let Some(verb) = verb(&tokens) else {
        return Ok(tokens);
    };
    let update = is_keyword(&tokens, verb, Keyword::UPDATE);
    let mut modifiers = Vec::new();
    let mut at = verb + 1;
    while let Some(found) = tokens.get(at) {
        if is_keyword(&tokens, at, Keyword::LOW_PRIORITY) || (!update && is_text(&tokens, at, "quick")) {
            at += 1;
        } else if is_keyword(&tokens, at, Keyword::IGNORE) {
            if !update {
                return Err(refused_at(
                    found,
                    Code::UnsupportedSql,
                    "`delete ignore` leaves the rows that others refer to, and does not say which",
                    "delete without `ignore`; `where not exists (..)` leaves rows on purpose",
                ));
            }
            let span = span_of(found.span);
            modifiers.extend([keyword("OR", span), keyword("IGNORE", span)]);
            at += 1;
        } else {
            break;
        }
    }
    tokens.splice(verb + 1..at, modifiers);
    Ok(tokens)
}

/// Writes `update a, b join c on .. set` as `update a cross join (b join c on ..) set`: a comma joins everything on both
/// of its sides.
pub(super) fn comma_joins(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let Some(verb) = verb(&tokens).filter(|verb| is_keyword(&tokens, *verb, Keyword::UPDATE)) else {
        return tokens;
    };
    let Some(set) = outer(&tokens, verb, |at| is_keyword(&tokens, at, Keyword::SET)) else {
        return tokens;
    };
    // `use index (a, b)` stands in parentheses, so every comma here is one between tables.
    let mut commas = Vec::new();
    let mut from = verb + 1;
    while let Some(comma) =
        outer(&tokens, from, |at| is_token(&tokens, at, &Token::Comma)).filter(|at| *at < set)
    {
        commas.push(comma);
        from = comma + 1;
    }
    if commas.is_empty() {
        return tokens;
    }
    let mut out: Vec<TokenWithSpan> = tokens.get(..=verb).unwrap_or_default().to_vec();
    let mut from = verb + 1;
    for end in commas.iter().copied().chain([set]) {
        let part = tokens.get(from..end).unwrap_or_default();
        let span = part.first().map(|found| span_of(found.span)).unwrap_or_default();
        let parenthesis = |token: Token| TokenWithSpan {
            token,
            span: sql_span(span),
        };
        if from > verb + 1 {
            out.extend([keyword("CROSS", span), keyword("JOIN", span)]);
        }
        let joined = outer(part, 0, |at| {
            is_keyword(part, at, Keyword::JOIN) || is_keyword(part, at, Keyword::STRAIGHT_JOIN)
        });
        if joined.is_some() {
            out.push(parenthesis(Token::LParen));
        }
        out.extend(part.iter().cloned());
        if joined.is_some() {
            out.push(parenthesis(Token::RParen));
        }
        from = end + 1;
    }
    out.extend(tokens.get(set..).unwrap_or_default().iter().cloned());
    out
}

/// The verb of an update or delete: the first token, or behind common table expressions.
fn verb(tokens: &[TokenWithSpan]) -> Option<usize> {
    let verbs = [
        Keyword::SELECT,
        Keyword::VALUES,
        Keyword::INSERT,
        Keyword::REPLACE,
        Keyword::UPDATE,
        Keyword::DELETE,
    ];
    let verb = outer(tokens, 0, |at| {
        verbs.iter().any(|verb| is_keyword(tokens, at, *verb))
    })?;
    (is_keyword(tokens, verb, Keyword::UPDATE) || is_keyword(tokens, verb, Keyword::DELETE)).then_some(verb)
}
