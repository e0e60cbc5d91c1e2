//! What MySQL and MariaDB read and sqlparser does not, or reads as something else.

mod joins;
mod writes;

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::tokens::{
    are_keywords, ends_operand, has_keyword, has_text, is_keyword, is_text, is_token, keyword, span_between,
    word,
};
use crate::parse::lex::span_of;
use crate::parse::refusal::{Help, refuse};
use crate::{Code, Diagnostic, Dialect};

/// The units of intervals that name two fields. All are reserved.
const UNITS: [&str; 11] = [
    "day_hour",
    "day_microsecond",
    "day_minute",
    "day_second",
    "hour_microsecond",
    "hour_minute",
    "hour_second",
    "minute_microsecond",
    "minute_second",
    "second_microsecond",
    "year_month",
];

/// Applies the patches.
///
/// # Errors
/// Diagnostics for constructs that are recognised but not understood.
pub(super) fn apply(tokens: Vec<TokenWithSpan>) -> Result<Vec<TokenWithSpan>, Vec<Diagnostic>> {
    refusals(&tokens).map_err(|refused| vec![refused])?;
    joins::check(&tokens).map_err(|refused| vec![refused])?;
    let tokens = units(modulo(tokens));
    let tokens = locks(tokens);
    let tokens = writes::modifiers(tokens).map_err(|refused| vec![refused])?;
    Ok(writes::comma_joins(tokens))
}

/// Words without a reservation that mean something where sqlparser reads a name.
///
/// # Errors
/// `select sql_cache ..`, and `into`, which writes a file or a variable.
fn refusals(tokens: &[TokenWithSpan]) -> Result<(), Diagnostic> {
    for at in 1..tokens.len() {
        let refused = |code, message: &str, help: &str| {
            let span = span_between(tokens, at, at + 1);
            Err(refuse(code, span, message, "not understood").help(help))
        };
        let in_select = word(tokens, at - 1).is_some_and(|before| {
            matches!(
                before.keyword,
                Keyword::SELECT
                    | Keyword::ALL
                    | Keyword::DISTINCT
                    | Keyword::DISTINCTROW
                    | Keyword::HIGH_PRIORITY
                    | Keyword::STRAIGHT_JOIN
                    | Keyword::SQL_SMALL_RESULT
                    | Keyword::SQL_BIG_RESULT
                    | Keyword::SQL_BUFFER_RESULT
                    | Keyword::SQL_CALC_FOUND_ROWS
            )
        });
        if in_select && is_text(tokens, at, "sql_cache") {
            return refused(
                Code::UnsupportedSql,
                "`sql_cache` is a column or an option here",
                "leave it out: the cache needs no option",
            );
        }
        if is_keyword(tokens, at, Keyword::INTO)
            && (is_text(tokens, at + 1, "outfile") || is_text(tokens, at + 1, "dumpfile"))
        {
            return refused(
                Code::SessionStatement,
                "`into` writes a file on the server",
                "fetch the rows, and write them where the program runs",
            );
        }
    }
    Ok(())
}

/// Writes `a mod b` as `a % b`, which is the same rule of the grammar. The word is reserved: behind an operand it can
/// only be the operator.
fn modulo(mut tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    if !has_keyword(&tokens, &[Keyword::MOD]) {
        return tokens;
    }
    for at in 1..tokens.len() {
        if is_keyword(&tokens, at, Keyword::MOD)
            && ends_operand(&tokens, at - 1, Dialect::Mysql)
            && let Some(found) = tokens.get_mut(at)
        {
            found.token = Token::Mod;
        }
    }
    tokens
}

/// Writes units of two fields as `day`: which unit an interval or an extracted part has decides nothing.
fn units(mut tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    for found in &mut tokens {
        if let Token::Word(word) = &found.token
            && word.quote_style.is_none()
            && UNITS.iter().any(|unit| word.value.eq_ignore_ascii_case(unit))
        {
            found.token = Token::make_keyword("DAY");
        }
    }
    tokens
}

/// Writes `lock in share mode` as `for share`, which MySQL defines it as, and drops the `wait 5` of MariaDB's locks, which
/// decides when to give up.
fn locks(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    const SHARE: [Keyword; 4] = [Keyword::LOCK, Keyword::IN, Keyword::SHARE, Keyword::MODE];
    if !has_keyword(&tokens, &[Keyword::LOCK]) && !has_text(&tokens, "wait") {
        return tokens;
    }
    let mut out: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while let Some(found) = tokens.get(at) {
        if are_keywords(&tokens, at, &SHARE) {
            let span = span_between(&tokens, at, at + SHARE.len());
            out.extend([keyword("FOR", span), keyword("SHARE", span)]);
            at += SHARE.len();
        } else if is_text(&tokens, at, "wait")
            && matches!(
                tokens.get(at + 1).map(|found| &found.token),
                Some(Token::Number(..))
            )
            && locks_before(&out)
        {
            at += 2;
        } else {
            out.push(found.clone());
            at += 1;
        }
    }
    out
}

/// Whether `tokens` end with `for update` or `for share`.
fn locks_before(tokens: &[TokenWithSpan]) -> bool {
    tokens.len().checked_sub(2).is_some_and(|at| {
        are_keywords(tokens, at, &[Keyword::FOR, Keyword::UPDATE])
            || are_keywords(tokens, at, &[Keyword::FOR, Keyword::SHARE])
    })
}

/// Where `found` stands, for a diagnostic.
fn refused_at(found: &TokenWithSpan, code: Code, message: &str, help: &str) -> Diagnostic {
    refuse(code, span_of(found.span), message, "not understood").help(help)
}

/// The first position from `from` on, outside of the parentheses opened since, at which `test` holds.
fn outer(tokens: &[TokenWithSpan], from: usize, test: impl Fn(usize) -> bool) -> Option<usize> {
    let mut depth = 0_usize;
    for at in from..tokens.len() {
        if is_token(tokens, at, &Token::LParen) {
            depth += 1;
        } else if is_token(tokens, at, &Token::RParen) {
            depth = depth.checked_sub(1)?;
        } else if depth == 0 && test(at) {
            return Some(at);
        }
    }
    None
}

#[cfg(test)]
mod tests;
