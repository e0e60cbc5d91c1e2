//! Assignments to a part of a column.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::tokens::{has_keyword, is_keyword, is_text, is_token, keyword, span_between, word};
use crate::parse::lex::sql_span;

/// Writes `set a[x] = y` as `set a = array[x] || y`, which sqlparser reads: the column gets a value of which nothing is
/// known, made of itself, `x` and `y`. What decides whose a row is has no parts.
///
/// A set list begins behind the `set` of an update and ends with the next clause or parenthesis. There `a[x]` behind
/// `set` or a comma, with `=` behind it, is nothing else.
pub(super) fn assignments(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    if !tokens.iter().any(|found| found.token == Token::LBracket) || !has_keyword(&tokens, &[Keyword::SET]) {
        return tokens;
    }
    let mut out = Vec::with_capacity(tokens.len());
    // For every open parenthesis, whether a set list is being read in it.
    let mut in_list = vec![false];
    let mut at = 0;
    while let Some(found) = tokens.get(at) {
        out.push(found.clone());
        match &found.token {
            Token::LParen => in_list.push(false),
            Token::RParen => {
                in_list.pop();
            }
            Token::Word(word) => match (word.keyword, in_list.last_mut()) {
                (Keyword::SET, Some(in_list)) => *in_list = of_update(&tokens, at),
                (Keyword::FROM | Keyword::WHERE | Keyword::RETURNING | Keyword::SELECT, Some(in_list)) => {
                    *in_list = false;
                }
                _ => {}
            },
            _ => {}
        }
        let begins = is_keyword(&tokens, at, Keyword::SET) || is_token(&tokens, at, &Token::Comma);
        at += 1;
        if !begins || in_list.last() != Some(&true) || word(&tokens, at).is_none() {
            continue;
        }
        if let Some((subscripts, end)) = subscripts(&tokens, at + 1) {
            let span = span_between(&tokens, at, end);
            let symbol = |token: Token| TokenWithSpan {
                token,
                span: sql_span(span),
            };
            out.extend(tokens.get(at).cloned());
            out.extend(tokens.get(end).cloned());
            out.extend([keyword("ARRAY", span), symbol(Token::LBracket)]);
            for (index, part) in subscripts.into_iter().enumerate() {
                if index > 0 {
                    out.push(symbol(Token::Comma));
                }
                out.extend(part.iter().cloned());
            }
            out.extend([symbol(Token::RBracket), symbol(Token::StringConcat)]);
            at = end + 1;
        }
    }
    out
}

/// Whether the `set` at `at` is that of an update: the words between are the table and its alias.
fn of_update(tokens: &[TokenWithSpan], at: usize) -> bool {
    (0..at)
        .rev()
        .take(7)
        .take_while(|&before| {
            let name = word(tokens, before).is_some_and(|word| {
                word.keyword == Keyword::NoKeyword
                    || word.quote_style.is_some()
                    || word.keyword == Keyword::AS
            });
            name || is_keyword(tokens, before, Keyword::UPDATE)
                || is_text(tokens, before, "only")
                || is_token(tokens, before, &Token::Period)
        })
        .any(|before| is_keyword(tokens, before, Keyword::UPDATE))
}

/// The contents of `[x][y]..` from `at` on, and where the `=` behind them stands.
fn subscripts(tokens: &[TokenWithSpan], mut at: usize) -> Option<(Vec<&[TokenWithSpan]>, usize)> {
    let mut parts = Vec::new();
    while is_token(tokens, at, &Token::LBracket) {
        let mut depth = 0_usize;
        let mut end = at;
        loop {
            match tokens.get(end)?.token {
                Token::LBracket | Token::LParen => depth += 1,
                Token::RBracket | Token::RParen => depth -= 1,
                // A slice.
                Token::Colon => return None,
                _ => {}
            }
            if depth == 0 {
                break;
            }
            end += 1;
        }
        parts.push(tokens.get(at + 1..end).filter(|part| !part.is_empty())?);
        at = end + 1;
    }
    (!parts.is_empty() && is_token(tokens, at, &Token::Eq)).then_some((parts, at))
}
