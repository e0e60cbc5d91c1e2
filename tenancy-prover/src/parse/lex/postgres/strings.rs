//! String literals: `'..'`, `E'..'`, `$tag$ .. $tag$`.

use sqlparser::ast::DollarQuotedString;
use sqlparser::tokenizer::Token;

use super::super::cursor::Cursor;
use super::super::span;
use super::is_newline;
use crate::parse::refusal::{Help, refuse};
use crate::{Code, Diagnostic};

/// `'..'`. A backslash is an ordinary character (`standard_conforming_strings` is on).
pub(super) fn plain(cursor: &mut Cursor<'_>) -> Result<(), Diagnostic> {
    let start = cursor.at;
    let mut value = cursor.quoted(b'\'').ok_or_else(|| not_closed(start))?;
    while continues(cursor) {
        let part = cursor.at;
        value.push_str(&cursor.quoted(b'\'').ok_or_else(|| not_closed(part))?);
    }
    cursor.push(Token::SingleQuotedString(value), start);
    Ok(())
}

/// Two literals with whitespace between them that holds a newline are one. Moves to the quote of the next part, if
/// there is one. Line comments count as whitespace here, block comments do not.
fn continues(cursor: &mut Cursor<'_>) -> bool {
    let closed = cursor.at;
    let mut newline = false;
    loop {
        match (cursor.byte(0), cursor.byte(1)) {
            (Some(b' ' | b'\t' | b'\x0c'), _) => cursor.at += 1,
            (Some(b'\n' | b'\r'), _) => {
                newline = true;
                cursor.at += 1;
            }
            (Some(b'-'), Some(b'-')) => cursor.skip_while(|byte| !is_newline(byte)),
            (Some(b'\''), _) if newline => return true,
            _ => {
                cursor.at = closed;
                return false;
            }
        }
    }
}

/// `E'..'`. Decodes the escapes whose meaning depends on nothing.
pub(super) fn escaped(cursor: &mut Cursor<'_>) -> Result<(), Diagnostic> {
    let start = cursor.at;
    cursor.at += 1;
    let mut value = String::new();
    loop {
        escaped_part(cursor, &mut value)?;
        if !continues(cursor) {
            break;
        }
    }
    cursor.push(Token::EscapedStringLiteral(value), start);
    Ok(())
}

fn escaped_part(cursor: &mut Cursor<'_>, value: &mut String) -> Result<(), Diagnostic> {
    let start = cursor.at;
    cursor.at += 1;
    loop {
        let run = cursor.at;
        cursor.skip_while(|byte| byte != b'\'' && byte != b'\\');
        value.push_str(cursor.since(run));
        match (cursor.byte(0), cursor.byte(1)) {
            (Some(b'\''), Some(b'\'')) => {
                value.push('\'');
                cursor.at += 2;
            }
            (Some(b'\''), _) => {
                cursor.at += 1;
                return Ok(());
            }
            (Some(_), Some(_)) => value.push(escape(cursor)?),
            (Some(_), None) | (None, _) => return Err(not_closed(start)),
        }
    }
}

/// One escape. Octal and hexadecimal ones are bytes of the server's encoding, `\'` depends on `backslash_quote`:
/// only those with one possible meaning are read.
fn escape(cursor: &mut Cursor<'_>) -> Result<char, Diagnostic> {
    let start = cursor.at;
    cursor.at += 1;
    let mut chars = cursor.rest().chars();
    let letter = chars.next().unwrap_or_default();
    cursor.at += letter.len_utf8();
    let digits = |cursor: &mut Cursor<'_>, least: usize, most: usize, radix: u32| {
        let first = cursor.at;
        while cursor.at - first < most && cursor.byte(0).is_some_and(|b| char::from(b).is_digit(radix)) {
            cursor.at += 1;
        }
        if cursor.at - first < least {
            None
        } else {
            u32::from_str_radix(cursor.since(first), radix).ok()
        }
    };
    let code = match letter {
        'b' => return Ok('\u{8}'),
        'f' => return Ok('\u{c}'),
        'n' => return Ok('\n'),
        'r' => return Ok('\r'),
        't' => return Ok('\t'),
        'u' => digits(cursor, 4, 4, 16),
        'U' => digits(cursor, 8, 8, 16),
        'x' if cursor.byte(0).is_some_and(|byte| byte.is_ascii_hexdigit()) => {
            digits(cursor, 1, 2, 16).filter(is_ascii)
        }
        '0'..='7' => {
            cursor.at = start + 1;
            digits(cursor, 1, 3, 8).filter(is_ascii)
        }
        '\'' => None,
        other => return Ok(other),
    };
    code.filter(|code| *code != 0)
        .and_then(char::from_u32)
        .ok_or_else(|| {
            refuse(
                Code::UnsupportedSql,
                cursor.span_since(start),
                format!("the escape `{}` is not understood", cursor.since(start)),
                "depends on the server's settings, or is no character",
            )
            .help("write the character itself; a quote is doubled: `''`")
        })
}

/// Whether a byte means the same character in every encoding that a server can have.
fn is_ascii(code: &u32) -> bool {
    *code < 0x80
}

/// `$tag$ .. $tag$`; the opening delimiter reaches from `start` to the current position. `$tenant$ .. $tenant$` is
/// one of these.
pub(super) fn dollar_quoted(cursor: &mut Cursor<'_>, start: usize) -> Result<(), Diagnostic> {
    let delimiter = cursor.since(start);
    let Some(length) = cursor.rest().find(delimiter) else {
        return Err(refuse(
            Code::SyntaxError,
            cursor.span_since(start),
            format!("the dollar-quoted string is not closed by another `{delimiter}`"),
            "begins here",
        ));
    };
    let value = cursor.rest().get(..length).unwrap_or_default().to_owned();
    let tag = delimiter.trim_matches('$');
    let tag = (!tag.is_empty()).then(|| tag.to_owned());
    cursor.at += length + delimiter.len();
    cursor.push(
        Token::DollarQuotedString(DollarQuotedString { value, tag }),
        start,
    );
    Ok(())
}

fn not_closed(start: usize) -> Diagnostic {
    refuse(
        Code::SyntaxError,
        span(start, start + 1),
        "the string is not closed",
        "begins here",
    )
}
