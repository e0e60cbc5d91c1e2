//! Strings and numbers.

use sqlparser::tokenizer::{Token, Word};

use super::super::cursor::Cursor;
use super::{continues_name, digits, not_closed};
use crate::parse::refusal::{Help, refuse};
use crate::{Code, Diagnostic};

/// The character sets that a string can be introduced with. Each reads the bytes of the string as they are; in a
/// string beyond ASCII they need not be characters of the set, and the server says so.
const INTRODUCERS: [&str; 6] = ["_utf8mb4", "_utf8mb3", "_utf8", "_latin1", "_ascii", "_binary"];

/// `'..'` or `".."`. Strings that follow each other are one.
///
/// # Errors
/// A string that is not closed, or strings beside each other where they need not be one.
pub(super) fn string(cursor: &mut Cursor<'_>) -> Result<(), Diagnostic> {
    let start = cursor.at;
    let quote = cursor.byte(0).unwrap_or_default();
    let value = quoted(cursor, start, quote)?;
    if quote == b'"' {
        refuse_neighbour(cursor, start)?;
        cursor.push(Token::DoubleQuotedString(value), start);
        return Ok(());
    }
    match cursor.last() {
        Some((Token::SingleQuotedString(_) | Token::NationalStringLiteral(_), _))
            if cursor.before_last().is_some_and(begins_value) =>
        {
            cursor.extend_string(&value);
            Ok(())
        }
        _ => {
            refuse_neighbour(cursor, start)?;
            cursor.push(Token::SingleQuotedString(value), start);
            Ok(())
        }
    }
}

/// `N'..'`
///
/// # Errors
/// As [`string`].
pub(super) fn national(cursor: &mut Cursor<'_>) -> Result<(), Diagnostic> {
    let start = cursor.at;
    cursor.at += 1;
    let value = quoted(cursor, start, b'\'')?;
    refuse_neighbour(cursor, start)?;
    cursor.push(Token::NationalStringLiteral(value), start);
    Ok(())
}

/// Whether an operand can only begin behind `token`, so that two strings there are one.
fn begins_value(token: &Token) -> bool {
    match token {
        Token::LParen
        | Token::Comma
        | Token::Eq
        | Token::Neq
        | Token::Lt
        | Token::Gt
        | Token::LtEq
        | Token::GtEq
        | Token::Spaceship
        | Token::Plus
        | Token::Minus
        | Token::Mul
        | Token::Div => true,
        Token::Word(Word {
            value,
            quote_style: None,
            keyword: _,
        }) => [
            "and", "or", "not", "where", "on", "like", "then", "else", "when", "select",
        ]
        .iter()
        .any(|word| value.eq_ignore_ascii_case(word)),
        _ => false,
    }
}

/// Refuses a string directly behind another one (an alias, a column under `ANSI_QUOTES`, or a part of the first), and
/// behind a name that sqlparser takes for a character set and the server does not.
fn refuse_neighbour(cursor: &Cursor<'_>, start: usize) -> Result<(), Diagnostic> {
    match cursor.last() {
        Some((
            Token::SingleQuotedString(_) | Token::DoubleQuotedString(_) | Token::NationalStringLiteral(_),
            _,
        )) => Err(refuse(
            Code::UnsupportedSql,
            cursor.span_since(start),
            "a string stands behind a string: the place and the mode decide what that means",
            "joined, or an alias",
        )
        .help("write one string; an alias is a name behind `as`")),
        Some((Token::Word(word), _))
            if word.value.starts_with('_')
                && (word.quote_style.is_some()
                    || !INTRODUCERS.iter().any(|set| word.value.eq_ignore_ascii_case(set))) =>
        {
            Err(refuse(
                Code::UnsupportedSql,
                cursor.span_since(start),
                format!(
                    "the character set `{}` is not understood before a string",
                    word.value
                ),
                "an introducer or an alias",
            )
            .help("write the string without it, or with `_utf8mb4`"))
        }
        _ => Ok(()),
    }
}

/// The value of a string in `quote`, with backslash escapes. Under `NO_BACKSLASH_ESCAPES` the value is another.
fn quoted(cursor: &mut Cursor<'_>, start: usize, quote: u8) -> Result<String, Diagnostic> {
    let mut value = String::new();
    cursor.at += 1;
    loop {
        let from = cursor.at;
        cursor.skip_while(|byte| byte != quote && byte != b'\\');
        value.push_str(cursor.since(from));
        let closing = cursor.byte(0).ok_or_else(|| not_closed(start, "string"))?;
        cursor.at += 1;
        if closing == b'\\' {
            let Some(escaped) = cursor.rest().chars().next() else {
                return Err(not_closed(start, "string"));
            };
            cursor.at += escaped.len_utf8();
            match escaped {
                'n' => value.push('\n'),
                't' => value.push('\t'),
                'r' => value.push('\r'),
                'b' => value.push('\x08'),
                '0' => value.push('\0'),
                'Z' => value.push('\x1a'),
                // The backslash stays: these are for patterns.
                '%' | '_' => value.extend(['\\', escaped]),
                other => value.push(other),
            }
        } else if cursor.byte(0) == Some(quote) {
            cursor.at += 1;
            value.push(char::from(quote));
        } else {
            return Ok(value);
        }
    }
}

/// `x'..'` of an even number of digits.
///
/// # Errors
/// Anything else in the quotes.
pub(super) fn hexadecimal(cursor: &mut Cursor<'_>) -> Result<(), Diagnostic> {
    let start = cursor.at;
    let value = prefixed(cursor, start, |byte| byte.is_ascii_hexdigit())?;
    if value.len() % 2 == 1 {
        return Err(no_literal(cursor, start, "pairs of hexadecimal digits"));
    }
    refuse_neighbour(cursor, start)?;
    cursor.push(Token::HexStringLiteral(value), start);
    Ok(())
}

/// `b'..'`
///
/// # Errors
/// Anything but `0` and `1` in the quotes.
pub(super) fn bits(cursor: &mut Cursor<'_>) -> Result<(), Diagnostic> {
    let start = cursor.at;
    let value = prefixed(cursor, start, |byte| matches!(byte, b'0' | b'1'))?;
    cursor.push(Token::SingleQuotedByteStringLiteral(value), start);
    Ok(())
}

fn prefixed(cursor: &mut Cursor<'_>, start: usize, digit: fn(u8) -> bool) -> Result<String, Diagnostic> {
    cursor.at += 2;
    let from = cursor.at;
    cursor.skip_while(digit);
    let value = cursor.since(from).to_owned();
    if cursor.byte(0) != Some(b'\'') {
        return Err(no_literal(cursor, start, "digits of its base"));
    }
    cursor.at += 1;
    Ok(value)
}

fn no_literal(cursor: &Cursor<'_>, start: usize, holds: &str) -> Diagnostic {
    refuse(
        Code::SyntaxError,
        cursor.span_since(start),
        format!("a literal with a base holds {holds}"),
        "something else",
    )
}

/// Integers, decimals, floats and `0x..`. What a name continues is one of the servers' names that begin with digits, or
/// two tokens.
///
/// # Errors
/// Both of these.
pub(super) fn number(cursor: &mut Cursor<'_>) -> Result<(), Diagnostic> {
    let start = cursor.at;
    let digit = |byte: u8| byte.is_ascii_digit();
    if cursor.rest().starts_with("0x") && cursor.byte(2).is_some_and(|byte| byte.is_ascii_hexdigit()) {
        cursor.at += 2;
        let from = cursor.at;
        cursor.skip_while(|byte| byte.is_ascii_hexdigit());
        let mut value = cursor.since(from).to_owned();
        if value.len() % 2 == 1 {
            value.insert(0, '0');
        }
        refuse_junk(cursor, start)?;
        refuse_neighbour(cursor, start)?;
        cursor.push(Token::HexStringLiteral(value), start);
        return Ok(());
    }
    cursor.skip_while(digit);
    if cursor.byte(0) == Some(b'.') {
        cursor.at += 1;
        cursor.skip_while(digit);
    }
    if matches!(cursor.byte(0), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(cursor.byte(1), Some(b'+' | b'-')));
        if cursor.byte(1 + sign).is_some_and(digit) {
            cursor.at += 1 + sign;
            cursor.skip_while(digit);
        }
    }
    refuse_junk(cursor, start)?;
    cursor.push(Token::Number(cursor.since(start).to_owned(), false), start);
    Ok(())
}

fn refuse_junk(cursor: &mut Cursor<'_>, start: usize) -> Result<(), Diagnostic> {
    let junk = |byte: u8| continues_name(byte) || byte == b'.';
    if !cursor.byte(0).is_some_and(junk) {
        return Ok(());
    }
    cursor.skip_while(junk);
    Err(digits(cursor, start))
}
