//! Lexers that follow the servers' own rules.
//!
//! sqlparser comes with a tokenizer, but where it cuts the text differently from the server a string or a comment
//! begins for one of them and not for the other, and what was proved is not what runs. So the text is cut here, by
//! the rules of `scan.l` (PostgreSQL 15, `standard_conforming_strings` on), `tokenize.c` (SQLite 3.51) and `sql_lex.cc`
//! (MariaDB 10.11, MySQL 8.0), and sqlparser's parser gets the tokens. Text that the server would not lex, or whose reading depends on the server's
//! version or settings, is refused.

mod cursor;
mod mysql;
mod operators;
mod postgres;
mod sqlite;

use sqlparser::tokenizer::{Location, TokenWithSpan};

use super::limits;
use super::refusal::refuse;
use crate::{Code, Diagnostic, Dialect, Span};

pub(super) use operators::operator_token;

/// The placeholder of the current tenant, as people write it.
pub const TENANT: &str = "$tenant";

/// Cuts `sql` into the tokens that the server sees, without whitespace and comments (the parser skips both). The
/// spans hold byte offsets: read them with [`span_of`].
///
/// # Errors
/// A diagnostic for text that is too long, that the server would not lex, or whose meaning depends on the server.
pub fn lex(sql: &str, dialect: Dialect) -> Result<Vec<TokenWithSpan>, Diagnostic> {
    limits::check_length(sql)?;
    if let Some(at) = sql.find('\0') {
        return Err(refuse(
            Code::SyntaxError,
            span(at, at + 1),
            "the SQL holds a NUL byte",
            "here",
        ));
    }
    match dialect {
        Dialect::Postgres => postgres::lex(sql),
        Dialect::Sqlite => sqlite::lex(sql),
        Dialect::Mysql => mysql::lex(sql),
    }
}

/// The byte range of a span of the syntax tree; the empty range when it is unknown.
pub fn span_of(span: sqlparser::tokenizer::Span) -> Span {
    match (offset_of(span.start), offset_of(span.end)) {
        (Some(start), Some(end)) if start <= end => Span::new(start, end),
        _ => Span::default(),
    }
}

/// The byte offset that a location stands for, if it is known.
fn offset_of(location: Location) -> Option<u32> {
    if location.line == 0 {
        return None;
    }
    u32::try_from(location.column.checked_sub(1)?).ok()
}

/// The span of `start..end` as sqlparser carries it.
pub(super) fn sql_span(span: Span) -> sqlparser::tokenizer::Span {
    let location = |offset: u32| Location {
        line: 1,
        column: u64::from(offset) + 1,
    };
    sqlparser::tokenizer::Span {
        start: location(span.start),
        end: location(span.end),
    }
}

/// A span from offsets. The length limit keeps them far below 4 GiB; beyond it the span is unknown.
fn span(start: usize, end: usize) -> Span {
    match (u32::try_from(start), u32::try_from(end)) {
        (Ok(start), Ok(end)) => Span::new(start, end),
        _ => Span::default(),
    }
}
