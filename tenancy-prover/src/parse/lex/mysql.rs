//! MySQL's and MariaDB's lexical rules, after `sql_lex.cc` of MariaDB 10.11 and MySQL 8.0.
//!
//! Only what both servers read in the same way passes, and only what they read so whatever `sql_mode` a session has:
//!
//! - `NO_BACKSLASH_ESCAPES` and `ANSI_QUOTES` move the ends of literals. The text is cut in all four ways ([`modes`]),
//!   and either the pieces are the same or the server refuses the other reading. Then only the *value* of a literal
//!   depends on the mode. A text in double quotes stays [`Token::DoubleQuotedString`]: under `ANSI_QUOTES` it names a
//!   column, so whoever reads the tree refuses it where there is a column of that name.
//! - `PIPES_AS_CONCAT` makes `||` a concatenation (sqlx switches it on, other clients do not): `||` is refused.
//! - `IGNORE_SPACE` decides whether `count (x)` is the builtin function: refused.
//! - `HIGH_NOT_PRECEDENCE` is a matter of precedence, not of tokens: see there.
//!
//! The character set is the driver's: sqlx always speaks utf8mb4, in which no byte of a longer character is ASCII.

mod comment;
mod literal;
mod modes;

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::cursor::Cursor;
use super::{TENANT, span};
use crate::parse::refusal::{Help, refuse};
use crate::{Code, Diagnostic};

/// What the servers allow for the name of a table or column.
const LONGEST_NAME: usize = 64;

/// Names that are functions only directly before a parenthesis, unless `IGNORE_SPACE` is on.
const SPACELESS: [&str; 47] = [
    "adddate",
    "bit_and",
    "bit_or",
    "bit_xor",
    "cast",
    "count",
    "cume_dist",
    "curdate",
    "curtime",
    "date_add",
    "date_format",
    "date_sub",
    "dense_rank",
    "extract",
    "first_value",
    "group_concat",
    "json_arrayagg",
    "json_objectagg",
    "json_table",
    "lag",
    "last_value",
    "lead",
    "max",
    "median",
    "mid",
    "min",
    "now",
    "nth_value",
    "ntile",
    "percent_rank",
    "position",
    "rank",
    "session_user",
    "std",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "subdate",
    "substr",
    "substring",
    "sum",
    "sysdate",
    "system_user",
    "trim",
    "var_pop",
    "var_samp",
    "variance",
];

/// Cuts `sql` into tokens.
///
/// # Errors
/// The first thing that a server would not lex, or whose reading depends on the server or its `sql_mode`.
pub(super) fn lex(sql: &str) -> Result<Vec<TokenWithSpan>, Diagnostic> {
    modes::check(sql)?;
    let mut cursor = Cursor::new(sql);
    while let Some(byte) = cursor.byte(0) {
        let next = cursor.byte(1);
        match byte {
            b' ' | b'\t' | b'\n' | b'\x0b' | b'\x0c' | b'\r' => cursor.at += 1,
            b'#' => comment::line(&mut cursor),
            b'-' if comment::is_dashes(&cursor) => comment::line(&mut cursor),
            b'-' if next == Some(b'>') && cursor.byte(2) == Some(b'>') => cursor.take(Token::LongArrow, 3),
            b'-' if next == Some(b'>') => cursor.take(Token::Arrow, 2),
            b'-' => cursor.take(Token::Minus, 1),
            b'/' if next == Some(b'*') => comment::block(&mut cursor)?,
            b'/' => cursor.take(Token::Div, 1),
            b'(' => {
                refuse_space(&cursor)?;
                cursor.take(Token::LParen, 1);
            }
            b')' => cursor.take(Token::RParen, 1),
            b';' => cursor.take(Token::SemiColon, 1),
            b',' => cursor.take(Token::Comma, 1),
            b'+' => cursor.take(Token::Plus, 1),
            b'*' => cursor.take(Token::Mul, 1),
            b'%' => cursor.take(Token::Mod, 1),
            b'~' => cursor.take(Token::Tilde, 1),
            b'^' => cursor.take(Token::Caret, 1),
            // The grammar has one rule for both spellings.
            b'&' if next == Some(b'&') => cursor.take(Token::make_keyword("AND"), 2),
            b'&' => cursor.take(Token::Ampersand, 1),
            b'|' if next == Some(b'|') => return Err(pipes(&cursor)),
            b'|' => cursor.take(Token::Pipe, 1),
            b'<' | b'>' | b'=' | b'!' => comparison(&mut cursor)?,
            b'\'' | b'"' => literal::string(&mut cursor)?,
            b'n' | b'N' if next == Some(b'\'') => literal::national(&mut cursor)?,
            b'x' | b'X' if next == Some(b'\'') => literal::hexadecimal(&mut cursor)?,
            b'b' | b'B' if next == Some(b'\'') => literal::bits(&mut cursor)?,
            b'`' => quoted_name(&mut cursor)?,
            b'0'..=b'9' => literal::number(&mut cursor)?,
            b'.' => period(&mut cursor)?,
            b'?' => placeholder(&mut cursor)?,
            b'$' => tenant(&mut cursor)?,
            b'@' => return Err(variable(&mut cursor)),
            b':' => return Err(colon(&mut cursor)),
            _ if starts_name(byte) => word(&mut cursor)?,
            _ => return Err(stray(&cursor)),
        }
    }
    Ok(cursor.into_tokens())
}

/// A byte that can begin a name. Digits can too for the servers; such names are refused with the numbers.
fn starts_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

/// `ident_map`: letters, digits, `_`, `$` and every character beyond ASCII.
fn continues_name(byte: u8) -> bool {
    starts_name(byte) || byte.is_ascii_digit() || byte == b'$'
}

/// A name or keyword. Directly before a period and a name it is never a keyword, and directly behind a period neither.
fn word(cursor: &mut Cursor<'_>) -> Result<(), Diagnostic> {
    let start = cursor.at;
    cursor.skip_while(continues_name);
    let name = cursor.since(start);
    check_name(cursor, name, start)?;
    let qualifies = cursor.byte(0) == Some(b'.') && cursor.byte(1).is_some_and(continues_name);
    let qualified = cursor
        .sql
        .get(..start)
        .is_some_and(|before| before.ends_with('.'));
    let quote = (qualifies || qualified).then_some('`');
    let token = match Token::make_word(name, None) {
        // A name that no grammar gives a meaning needs no quotes to be one.
        Token::Word(word) if word.keyword == Keyword::NoKeyword => Token::Word(word),
        _ => Token::make_word(name, quote),
    };
    cursor.push(token, start);
    Ok(())
}

fn quoted_name(cursor: &mut Cursor<'_>) -> Result<(), Diagnostic> {
    let start = cursor.at;
    let name = cursor
        .quoted(b'`')
        .ok_or_else(|| not_closed(start, "quoted name"))?;
    let refused = |message: &str| {
        Err(refuse(
            Code::SyntaxError,
            cursor.span_since(start),
            message,
            "here",
        ))
    };
    if name.is_empty() {
        return refused("a quoted name is empty");
    }
    if name.ends_with(' ') {
        return refused("a quoted name ends with a space");
    }
    check_name(cursor, &name, start)?;
    cursor.push(Token::make_word(&name, Some('`')), start);
    Ok(())
}

/// Refuses names that a server cuts off or compares in a way of its own: beyond ASCII they are the same without regard
/// to case as the server's tables have it, and no character above U+FFFF survives in a name.
fn check_name(cursor: &Cursor<'_>, name: &str, start: usize) -> Result<(), Diagnostic> {
    if !name.is_ascii() {
        return Err(refuse(
            Code::UnsupportedSql,
            cursor.span_since(start),
            format!("the name `{name}` has characters beyond ASCII"),
            "the server decides which names are the same",
        )
        .help("write names in ASCII"));
    }
    if name.len() > LONGEST_NAME {
        return Err(refuse(
            Code::UnsupportedSql,
            cursor.span_since(start),
            format!(
                "the name is {} bytes long, the servers allow {LONGEST_NAME}",
                name.len()
            ),
            "too long",
        )
        .help("write a shorter name"));
    }
    Ok(())
}

/// Refuses a function name with a space before its parenthesis where `IGNORE_SPACE` decides what is called.
fn refuse_space(cursor: &Cursor<'_>) -> Result<(), Diagnostic> {
    let Some((Token::Word(word), end)) = cursor.last() else {
        return Ok(());
    };
    let spaceless =
        word.quote_style.is_none() && SPACELESS.iter().any(|name| word.value.eq_ignore_ascii_case(name));
    if end == cursor.at || !spaceless {
        return Ok(());
    }
    Err(refuse(
        Code::UnsupportedSql,
        span(end, cursor.at),
        format!("the mode of the server decides what `{} (` means", word.value),
        "a space between a function and its parenthesis",
    )
    .help(format!("write `{}(` without a space", word.value)))
}

/// Runs of `<`, `>`, `=` and `!`, of two characters, or three that begin with `<`.
fn comparison(cursor: &mut Cursor<'_>) -> Result<(), Diagnostic> {
    let continues = |byte: Option<u8>| matches!(byte, Some(b'>' | b'=' | b'!'));
    let long = cursor.byte(0) == Some(b'<');
    let mut length = 1;
    if continues(cursor.byte(1)) || cursor.byte(1) == Some(b'<') {
        length = 2;
        if long && continues(cursor.byte(2)) {
            length = 3;
        }
    }
    let text = cursor.rest().get(..length).unwrap_or_default();
    let token = match text {
        "<" => Token::Lt,
        ">" => Token::Gt,
        "=" => Token::Eq,
        "<=" => Token::LtEq,
        ">=" => Token::GtEq,
        "<>" | "!=" => Token::Neq,
        "<=>" => Token::Spaceship,
        "<<" => Token::ShiftLeft,
        ">>" => Token::ShiftRight,
        "!" => Token::ExclamationMark,
        _ => {
            return Err(refuse(
                Code::SyntaxError,
                span(cursor.at, cursor.at + length),
                format!("`{text}` is no operator of MySQL"),
                "read as one",
            )
            .help("put spaces between the operators"));
        }
    };
    cursor.take(token, length);
    Ok(())
}

/// A period between names, or at the start of a number. `t.1` is a name that begins with a digit.
fn period(cursor: &mut Cursor<'_>) -> Result<(), Diagnostic> {
    if !cursor.byte(1).is_some_and(|byte| byte.is_ascii_digit()) {
        cursor.take(Token::Period, 1);
        return Ok(());
    }
    let start = cursor.at;
    let behind = match cursor.last() {
        Some((Token::Word(_), end)) => end == start,
        Some((Token::RParen, _)) => true,
        _ => false,
    };
    if behind {
        cursor.at += 1;
        cursor.skip_while(continues_name);
        return Err(digits(cursor, start));
    }
    literal::number(cursor)
}

/// `?`, which is one only where no name continues.
fn placeholder(cursor: &mut Cursor<'_>) -> Result<(), Diagnostic> {
    let start = cursor.at;
    cursor.at += 1;
    if cursor.byte(0).is_some_and(continues_name) {
        cursor.skip_while(continues_name);
        return Err(no_placeholder(cursor, start));
    }
    cursor.push(Token::Placeholder("?".to_owned()), start);
    Ok(())
}

/// `$tenant`. A name of the servers may begin with `$`, but MySQL has begun to take that back.
fn tenant(cursor: &mut Cursor<'_>) -> Result<(), Diagnostic> {
    let start = cursor.at;
    cursor.skip_while(continues_name);
    if cursor.since(start) != TENANT {
        return Err(no_placeholder(cursor, start));
    }
    cursor.push(Token::Placeholder(TENANT.to_owned()), start);
    Ok(())
}

fn no_placeholder(cursor: &Cursor<'_>, start: usize) -> Diagnostic {
    refuse(
        Code::Placeholder,
        cursor.span_since(start),
        format!("`{}` is no placeholder of MySQL", cursor.since(start)),
        "not `?` and not `$tenant`",
    )
    .help("write `?` for each argument, in order; the tenant is `$tenant`, in lower case")
}

/// `@name`, `@@name`: what they hold depends on the session.
fn variable(cursor: &mut Cursor<'_>) -> Diagnostic {
    let start = cursor.at;
    cursor.skip_while(|byte| byte == b'@');
    cursor.skip_while(|byte| continues_name(byte) || byte == b'.');
    refuse(
        Code::UnsupportedSql,
        cursor.span_since(start),
        format!("`{}` is a variable of the session", cursor.since(start)),
        "other statements set it",
    )
    .help("pass the value as an argument, `?`; rows are numbered by `row_number()`")
}

fn colon(cursor: &mut Cursor<'_>) -> Diagnostic {
    let start = cursor.at;
    cursor.at += 1;
    if cursor.byte(0) == Some(b'=') {
        cursor.at += 1;
        return refuse(
            Code::UnsupportedSql,
            cursor.span_since(start),
            "`:=` sets a variable of the session",
            "outlives the statement",
        )
        .help("an assignment in `set` is written with a plain `=`");
    }
    cursor.skip_while(continues_name);
    no_placeholder(cursor, start)
}

fn pipes(cursor: &Cursor<'_>) -> Diagnostic {
    refuse(
        Code::UnknownOperator,
        span(cursor.at, cursor.at + 2),
        "the mode of the session decides whether `||` means `or` or a concatenation",
        "two meanings",
    )
    .help("write `or`, or call `concat`")
}

/// A name that begins with a digit, or a number that runs into a name.
fn digits(cursor: &Cursor<'_>, start: usize) -> Diagnostic {
    refuse(
        Code::SyntaxError,
        cursor.span_since(start),
        format!("`{}` is a number that runs into a name", cursor.since(start)),
        "read in more than one way",
    )
    .help("put a space behind a number; quote a name that begins with a digit: `` `1a` ``")
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
        format!("`{}` is no token of MySQL", found.escape_default()),
        "here",
    )
}

#[cfg(test)]
mod tests;
