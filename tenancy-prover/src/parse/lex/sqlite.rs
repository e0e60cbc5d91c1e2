//! SQLite's lexical rules, after `tokenize.c` of version 3.51.

use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::cursor::Cursor;
use super::{TENANT, span};
use crate::parse::refusal::{Help, refuse};
use crate::{Code, Diagnostic};

/// The byte order mark, which the tokenizer takes for a space where a token could start.
const BOM: &str = "\u{feff}";

/// Cuts `sql` into tokens.
///
/// # Errors
/// The first thing that the tokenizer calls illegal, or that only some versions read.
pub(super) fn lex(sql: &str) -> Result<Vec<TokenWithSpan>, Diagnostic> {
    let mut cursor = Cursor::new(sql);
    while let Some(byte) = cursor.byte(0) {
        let next = cursor.byte(1);
        match byte {
            b' ' | b'\t' | b'\n' | b'\x0c' | b'\r' => cursor.at += 1,
            _ if cursor.rest().starts_with(BOM) => cursor.at += BOM.len(),
            b'-' if next == Some(b'-') => cursor.skip_while(|byte| byte != b'\n'),
            b'-' if next == Some(b'>') && cursor.byte(2) == Some(b'>') => cursor.take(Token::LongArrow, 3),
            b'-' if next == Some(b'>') => cursor.take(Token::Arrow, 2),
            b'-' => cursor.take(Token::Minus, 1),
            b'/' if next == Some(b'*') && cursor.byte(2).is_some() => block_comment(&mut cursor),
            b'/' => cursor.take(Token::Div, 1),
            b'(' => cursor.take(Token::LParen, 1),
            b')' => cursor.take(Token::RParen, 1),
            b';' => cursor.take(Token::SemiColon, 1),
            b'+' => cursor.take(Token::Plus, 1),
            b'*' => cursor.take(Token::Mul, 1),
            b'%' => cursor.take(Token::Mod, 1),
            b',' => cursor.take(Token::Comma, 1),
            b'~' => cursor.take(Token::Tilde, 1),
            b'&' => cursor.take(Token::Ampersand, 1),
            b'=' if next == Some(b'=') => cursor.take(Token::DoubleEq, 2),
            b'=' => cursor.take(Token::Eq, 1),
            b'<' if next == Some(b'=') => cursor.take(Token::LtEq, 2),
            b'<' if next == Some(b'>') => cursor.take(Token::Neq, 2),
            // sqlparser has no shifts for SQLite; a custom operator has their precedence.
            b'<' if next == Some(b'<') => cursor.take(Token::CustomBinaryOperator("<<".to_owned()), 2),
            b'<' => cursor.take(Token::Lt, 1),
            b'>' if next == Some(b'=') => cursor.take(Token::GtEq, 2),
            b'>' if next == Some(b'>') => cursor.take(Token::CustomBinaryOperator(">>".to_owned()), 2),
            b'>' => cursor.take(Token::Gt, 1),
            b'!' if next == Some(b'=') => cursor.take(Token::Neq, 2),
            b'|' if next == Some(b'|') => cursor.take(Token::StringConcat, 2),
            b'|' => cursor.take(Token::Pipe, 1),
            b'\'' => string(&mut cursor)?,
            b'"' | b'`' => quoted_name(&mut cursor, byte)?,
            b'[' => bracketed_name(&mut cursor)?,
            b'0'..=b'9' => number(&mut cursor)?,
            b'.' if next.is_some_and(|byte| byte.is_ascii_digit()) => number(&mut cursor)?,
            b'.' => cursor.take(Token::Period, 1),
            b'?' => numbered_placeholder(&mut cursor),
            b'$' | b'@' | b':' | b'#' => named_placeholder(&mut cursor)?,
            b'x' | b'X' if next == Some(b'\'') => blob(&mut cursor)?,
            _ if starts_name(byte) => {
                let start = cursor.at;
                cursor.skip_while(continues_name);
                cursor.push(Token::make_word(cursor.since(start), None), start);
            }
            _ => return Err(stray(&cursor)),
        }
    }
    Ok(cursor.into_tokens())
}

fn starts_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

/// `IdChar`: letters, digits, `_`, `$` and every byte with the high bit.
fn continues_name(byte: u8) -> bool {
    starts_name(byte) || byte.is_ascii_digit() || byte == b'$'
}

/// `/* .. */`, which does not nest; one that is not closed runs to the end of the text.
fn block_comment(cursor: &mut Cursor<'_>) {
    let inside = cursor.rest().get(2..).unwrap_or_default();
    cursor.at += 2 + inside.find("*/").map_or(inside.len(), |at| at + 2);
}

fn string(cursor: &mut Cursor<'_>) -> Result<(), Diagnostic> {
    let start = cursor.at;
    let value = cursor.quoted(b'\'').ok_or_else(|| not_closed(start, "string"))?;
    cursor.push(Token::SingleQuotedString(value), start);
    Ok(())
}

fn quoted_name(cursor: &mut Cursor<'_>, quote: u8) -> Result<(), Diagnostic> {
    let start = cursor.at;
    let name = cursor
        .quoted(quote)
        .ok_or_else(|| not_closed(start, "quoted name"))?;
    push_name(cursor, &name, char::from(quote), start)
}

/// `[..]`, in which nothing is doubled.
fn bracketed_name(cursor: &mut Cursor<'_>) -> Result<(), Diagnostic> {
    let start = cursor.at;
    let length = cursor
        .rest()
        .find(']')
        .ok_or_else(|| not_closed(start, "bracketed name"))?;
    let name = cursor.rest().get(1..length).unwrap_or_default().to_owned();
    cursor.at += length + 1;
    push_name(cursor, &name, '[', start)
}

fn push_name(cursor: &mut Cursor<'_>, name: &str, quote: char, start: usize) -> Result<(), Diagnostic> {
    if name.is_empty() {
        return Err(refuse(
            Code::SyntaxError,
            cursor.span_since(start),
            "a quoted name is empty",
            "here",
        ));
    }
    cursor.push(Token::make_word(name, Some(quote)), start);
    Ok(())
}

/// Integers, hexadecimal integers and floats. `1_000` is read since version 3.46 only.
fn number(cursor: &mut Cursor<'_>) -> Result<(), Diagnostic> {
    let start = cursor.at;
    let digit = |byte: u8| byte.is_ascii_digit();
    let hex = |byte: u8| byte.is_ascii_hexdigit();
    if cursor.byte(0) == Some(b'0')
        && matches!(cursor.byte(1), Some(b'x' | b'X'))
        && cursor.byte(2).is_some_and(hex)
    {
        cursor.at += 2;
        cursor.skip_while(hex);
    } else {
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
    }
    if cursor.byte(0).is_some_and(continues_name) {
        cursor.skip_while(continues_name);
        return Err(refuse(
            Code::SyntaxError,
            cursor.span_since(start),
            format!("the number runs into `{}`", cursor.since(start)),
            "trailing junk",
        )
        .help("put a space between them; numbers are written without separators"));
    }
    cursor.push(Token::Number(cursor.since(start).to_owned(), false), start);
    Ok(())
}

/// `?` and `?NNN`.
fn numbered_placeholder(cursor: &mut Cursor<'_>) {
    let start = cursor.at;
    cursor.at += 1;
    cursor.skip_while(|byte| byte.is_ascii_digit());
    cursor.push(Token::Placeholder(cursor.since(start).to_owned()), start);
}

/// `:name`, `@name` and `$tenant`. The tokenizer lets `::` and a parenthesis belong to the name: those are refused.
fn named_placeholder(cursor: &mut Cursor<'_>) -> Result<(), Diagnostic> {
    let start = cursor.at;
    cursor.at += 1;
    cursor.skip_while(continues_name);
    let text = cursor.since(start);
    let name = text.get(1..).unwrap_or_default();
    let tcl = cursor.byte(0) == Some(b'(') || cursor.rest().starts_with("::");
    if tcl {
        cursor.skip_while(|byte| continues_name(byte) || matches!(byte, b':' | b'('));
        return Err(refuse(
            Code::Placeholder,
            cursor.span_since(start),
            format!("SQLite takes `{}` for one placeholder", cursor.since(start)),
            "`::` and `(` belong to the name",
        )
        .help("put a space behind the placeholder; a cast is written `cast(.. as ..)`"));
    }
    let dollar = text.starts_with('$');
    if text == TENANT
        || (!dollar && !text.starts_with('#') && name.starts_with(|c: char| !c.is_ascii_digit()))
    {
        cursor.push(Token::Placeholder(text.to_owned()), start);
        return Ok(());
    }
    let diagnostic = refuse(
        Code::Placeholder,
        cursor.span_since(start),
        format!("`{text}` is no placeholder that the driver takes"),
        "not `?`, `?1`, `:name`, `@name` and not `$tenant`",
    );
    Err(diagnostic.help("write `?`; the tenant is `$tenant`, in lower case"))
}

/// `x'..'` of an even number of hexadecimal digits.
fn blob(cursor: &mut Cursor<'_>) -> Result<(), Diagnostic> {
    let start = cursor.at;
    cursor.at += 2;
    let digits = cursor.at;
    cursor.skip_while(|byte| byte.is_ascii_hexdigit());
    let value = cursor.since(digits).to_owned();
    if cursor.byte(0) != Some(b'\'') || value.len() % 2 == 1 {
        return Err(refuse(
            Code::SyntaxError,
            cursor.span_since(start),
            "a blob literal holds pairs of hexadecimal digits",
            "not a blob",
        ));
    }
    cursor.at += 1;
    cursor.push(Token::HexStringLiteral(value), start);
    Ok(())
}

fn not_closed(start: usize, what: &str) -> Diagnostic {
    refuse(
        Code::SyntaxError,
        span(start, start + 1),
        format!("the {what} is not closed"),
        "begins here",
    )
}

fn stray(cursor: &Cursor<'_>) -> Diagnostic {
    let found = cursor.rest().chars().next().unwrap_or_default();
    refuse(
        Code::SyntaxError,
        span(cursor.at, cursor.at + found.len_utf8()),
        format!("`{}` is no token of SQLite", found.escape_default()),
        "here",
    )
}

#[cfg(test)]
mod tests;
