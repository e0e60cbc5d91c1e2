//! PostgreSQL's lexical rules, after `scan.l` of version 15.

mod strings;

use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::cursor::Cursor;
use super::{TENANT, operator_token, span};
use crate::parse::refusal::{Help, refuse};
use crate::{Code, Diagnostic};

/// `NAMEDATALEN - 1`: the server cuts longer names off, and two of them can become one.
const LONGEST_NAME: usize = 63;

/// Cuts `sql` into tokens.
///
/// # Errors
/// The first thing that the server would not lex, or that is read differently by another version or setting.
pub(super) fn lex(sql: &str) -> Result<Vec<TokenWithSpan>, Diagnostic> {
    let mut cursor = Cursor::new(sql);
    // A colon is a token only in array slices; outside of brackets people mean another driver's placeholder.
    let mut brackets = 0_usize;
    while let Some(byte) = cursor.byte(0) {
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' | b'\x0c' => cursor.at += 1,
            b'-' if cursor.byte(1) == Some(b'-') => cursor.skip_while(|byte| !is_newline(byte)),
            b'/' if cursor.byte(1) == Some(b'*') => block_comment(&mut cursor)?,
            b'\'' => strings::plain(&mut cursor)?,
            b'"' => quoted_name(&mut cursor)?,
            b'$' => dollar(&mut cursor)?,
            b'0'..=b'9' => number(&mut cursor)?,
            b'.' => dot(&mut cursor)?,
            b'(' => cursor.take(Token::LParen, 1),
            b')' => cursor.take(Token::RParen, 1),
            b',' => cursor.take(Token::Comma, 1),
            b';' => cursor.take(Token::SemiColon, 1),
            b'[' => {
                brackets += 1;
                cursor.take(Token::LBracket, 1);
            }
            b']' => {
                brackets = brackets.saturating_sub(1);
                cursor.take(Token::RBracket, 1);
            }
            b':' => colon(&mut cursor, brackets > 0)?,
            _ if is_operator(byte) => operator(&mut cursor),
            _ if starts_name(byte) => word(&mut cursor)?,
            _ => return Err(stray(&cursor)),
        }
    }
    Ok(cursor.into_tokens())
}

fn is_newline(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// `op_chars`.
fn is_operator(byte: u8) -> bool {
    matches!(
        byte,
        b'~' | b'!'
            | b'@'
            | b'#'
            | b'^'
            | b'&'
            | b'|'
            | b'`'
            | b'?'
            | b'+'
            | b'-'
            | b'*'
            | b'/'
            | b'%'
            | b'<'
            | b'>'
            | b'='
    )
}

/// `ident_start`: every byte with the high bit belongs to a name, so U+00A0 and U+0085 are no whitespace.
fn starts_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

/// `ident_cont`.
fn continues_name(byte: u8) -> bool {
    starts_name(byte) || byte.is_ascii_digit() || byte == b'$'
}

/// `/* .. */`, which nests.
fn block_comment(cursor: &mut Cursor<'_>) -> Result<(), Diagnostic> {
    let start = cursor.at;
    let mut depth = 0_usize;
    loop {
        match (cursor.byte(0), cursor.byte(1)) {
            (Some(b'/'), Some(b'*')) => {
                depth += 1;
                cursor.at += 2;
            }
            (Some(b'*'), Some(b'/')) => {
                depth -= 1;
                cursor.at += 2;
                if depth == 0 {
                    return Ok(());
                }
            }
            (Some(_), _) => cursor.at += 1,
            (None, _) => {
                return Err(refuse(
                    Code::SyntaxError,
                    span(start, start + 2),
                    "the comment is not closed",
                    "begins here",
                )
                .help("PostgreSQL's comments nest: every `/*` needs its own `*/`"));
            }
        }
    }
}

/// A name or keyword, or the letter before a prefixed literal. The server prefers the longest match, so only a
/// single letter (or `U&`) directly before the quote is a prefix.
fn word(cursor: &mut Cursor<'_>) -> Result<(), Diagnostic> {
    match (cursor.byte(0), cursor.byte(1), cursor.byte(2)) {
        (Some(b'e' | b'E'), Some(b'\''), _) => return strings::escaped(cursor),
        (Some(b'b' | b'B' | b'x' | b'X' | b'n' | b'N'), Some(b'\''), _) => {
            return Err(refuse(
                Code::UnsupportedSql,
                span(cursor.at, cursor.at + 2),
                "bit strings and national strings are not understood",
                "prefixed literal",
            )
            .help("write a plain string, and cast it: to `bytea`, for example"));
        }
        (Some(b'u' | b'U'), Some(b'&'), Some(b'\'' | b'"')) => {
            return Err(refuse(
                Code::UnsupportedSql,
                span(cursor.at, cursor.at + 3),
                "unicode escapes in strings and names are not understood",
                "unicode escapes",
            )
            .help("write the characters themselves"));
        }
        _ => {}
    }
    let start = cursor.at;
    cursor.skip_while(continues_name);
    let name = cursor.since(start);
    check_name_length(cursor, start, name)?;
    // A server with a single-byte encoding folds these too, one with UTF-8 does not.
    if name.chars().any(|c| !c.is_ascii() && c.is_uppercase()) {
        return Err(refuse(
            Code::UnsupportedSql,
            cursor.span_since(start),
            format!("whether `{name}` is folded to lower case depends on the server's encoding"),
            "upper-case letter outside of ASCII",
        )
        .help(format!("quote it: \"{name}\"")));
    }
    cursor.push(Token::make_word(name, None), start);
    Ok(())
}

fn quoted_name(cursor: &mut Cursor<'_>) -> Result<(), Diagnostic> {
    let start = cursor.at;
    let Some(name) = cursor.quoted(b'"') else {
        return Err(refuse(
            Code::SyntaxError,
            span(start, start + 1),
            "the quoted name is not closed",
            "begins here",
        ));
    };
    if name.is_empty() {
        return Err(refuse(
            Code::SyntaxError,
            cursor.span_since(start),
            "a quoted name is empty",
            "here",
        ));
    }
    check_name_length(cursor, start, &name)?;
    cursor.push(Token::make_word(&name, Some('"')), start);
    Ok(())
}

fn check_name_length(cursor: &Cursor<'_>, start: usize, name: &str) -> Result<(), Diagnostic> {
    if name.len() <= LONGEST_NAME {
        return Ok(());
    }
    Err(refuse(
        Code::UnsupportedSql,
        cursor.span_since(start),
        format!(
            "the name is {} bytes long and PostgreSQL cuts it off after {LONGEST_NAME}",
            name.len()
        ),
        "another name can become the same",
    )
    .help("write a shorter name"))
}

/// `$1`, `$tenant`, `$$ .. $$`, `$tag$ .. $tag$`.
fn dollar(cursor: &mut Cursor<'_>) -> Result<(), Diagnostic> {
    let start = cursor.at;
    if cursor.byte(1).is_some_and(|byte| byte.is_ascii_digit()) {
        cursor.at += 1;
        cursor.skip_while(|byte| byte.is_ascii_digit());
        refuse_junk(cursor, start, "the placeholder")?;
        cursor.push(Token::Placeholder(cursor.since(start).to_owned()), start);
        return Ok(());
    }
    cursor.at += 1;
    if cursor.byte(0).is_some_and(starts_name) {
        cursor.skip_while(|byte| continues_name(byte) && byte != b'$');
    }
    if cursor.byte(0) == Some(b'$') {
        cursor.at += 1;
        return strings::dollar_quoted(cursor, start);
    }
    let name = cursor.since(start);
    if name == TENANT {
        cursor.push(Token::Placeholder(name.to_owned()), start);
        return Ok(());
    }
    Err(refuse(
        Code::Placeholder,
        cursor.span_since(start),
        format!("`{name}` is no placeholder"),
        "not `$1` and not `$tenant`",
    )
    .help("PostgreSQL numbers its placeholders: `$1`, `$2`; the tenant is `$tenant`, in lower case"))
}

/// `integer`, `decimal`, `real`; the server refuses a letter directly behind them.
fn number(cursor: &mut Cursor<'_>) -> Result<(), Diagnostic> {
    let start = cursor.at;
    let digit = |byte: u8| byte.is_ascii_digit();
    cursor.skip_while(digit);
    // `1..2` is the integer 1 before two dots.
    if cursor.byte(0) == Some(b'.') && cursor.byte(1) != Some(b'.') {
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
    refuse_junk(cursor, start, "the number")?;
    cursor.push(Token::Number(cursor.since(start).to_owned(), false), start);
    Ok(())
}

/// Trailing junk: version 15 refuses it, older ones read two tokens, newer ones read `0x1f` and `1_000` as numbers.
fn refuse_junk(cursor: &mut Cursor<'_>, start: usize, what: &str) -> Result<(), Diagnostic> {
    if !cursor.byte(0).is_some_and(continues_name) {
        return Ok(());
    }
    cursor.skip_while(continues_name);
    Err(refuse(
        Code::SyntaxError,
        cursor.span_since(start),
        format!("{what} runs into `{}`", cursor.since(start)),
        "trailing junk",
    )
    .help("put a space between them; numbers are written in plain decimals"))
}

fn dot(cursor: &mut Cursor<'_>) -> Result<(), Diagnostic> {
    match cursor.byte(1) {
        Some(b'0'..=b'9') => number(cursor),
        Some(b'.') => Err(stray(cursor)),
        _ => {
            cursor.take(Token::Period, 1);
            Ok(())
        }
    }
}

fn colon(cursor: &mut Cursor<'_>, in_brackets: bool) -> Result<(), Diagnostic> {
    match cursor.byte(1) {
        Some(b':') => cursor.take(Token::DoubleColon, 2),
        Some(b'=') => cursor.take(Token::Assignment, 2),
        _ if in_brackets => cursor.take(Token::Colon, 1),
        _ => {
            let start = cursor.at;
            cursor.at += 1;
            cursor.skip_while(continues_name);
            return Err(refuse(
                Code::Placeholder,
                cursor.span_since(start),
                format!("`{}` is no placeholder of PostgreSQL", cursor.since(start)),
                "not `$1` and not `$tenant`",
            )
            .help("PostgreSQL numbers its placeholders: `$1`, `$2`"));
        }
    }
    Ok(())
}

/// The longest run of operator characters, cut before a comment, and without trailing signs unless one of
/// ``~ ! @ # ^ & | ` ? %`` is in it: `a=-1` is `=` and `-`, `a@-1` is the operator `@-`.
fn operator(cursor: &mut Cursor<'_>) {
    let run: &str = {
        let rest = cursor.rest();
        let end = rest
            .bytes()
            .position(|byte| !is_operator(byte))
            .unwrap_or(rest.len());
        let run = rest.get(..end).unwrap_or_default();
        let comment = ["--", "/*"].iter().filter_map(|start| run.find(start)).min();
        comment.and_then(|at| run.get(..at)).unwrap_or(run)
    };
    let mut length = run.len();
    let keeps_sign = run.bytes().any(|byte| {
        matches!(
            byte,
            b'~' | b'!' | b'@' | b'#' | b'^' | b'&' | b'|' | b'`' | b'?' | b'%'
        )
    });
    while !keeps_sign && length > 1 && matches!(run.as_bytes().get(length - 1), Some(b'+' | b'-')) {
        length -= 1;
    }
    cursor.take(operator_token(run.get(..length).unwrap_or_default()), length);
}

fn stray(cursor: &Cursor<'_>) -> Diagnostic {
    let found = cursor.rest().chars().next().unwrap_or_default();
    refuse(
        Code::SyntaxError,
        span(cursor.at, cursor.at + found.len_utf8()),
        format!("`{}` is no token of PostgreSQL", found.escape_default()),
        "here",
    )
}

#[cfg(test)]
mod tests;
