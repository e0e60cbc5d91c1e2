//! Lexers that follow the servers' own rules.

use sqlparser::dialect::{PostgreSqlDialect, SQLiteDialect};
use sqlparser::tokenizer::{Location, TokenWithSpan, Tokenizer};

use crate::{Code, Diagnostic, Dialect, Span};

/// Cuts `sql` into the tokens that the server would see. The spans hold byte offsets: read them with [`span_of`].
///
/// # Errors
/// A diagnostic for text that the server would not lex, or lex in a way that sqlparser cannot express.
pub fn lex(sql: &str, dialect: Dialect) -> Result<Vec<TokenWithSpan>, Diagnostic> {
    let tokens = match dialect {
        Dialect::Postgres => Tokenizer::new(&PostgreSqlDialect {}, sql).tokenize_with_location(),
        Dialect::Sqlite => Tokenizer::new(&SQLiteDialect {}, sql).tokenize_with_location(),
    };
    tokens.map_err(|e| Diagnostic {
        code: Code::SyntaxError,
        message: e.to_string(),
        span: Span::default(),
        label: String::new(),
        help: Vec::new(),
        notes: Vec::new(),
    })
}

/// The byte range of a span of the syntax tree; the empty range when it is unknown.
pub fn span_of(span: sqlparser::tokenizer::Span) -> Span {
    let offset = |location: Location| match (location.line, location.column.checked_sub(1)) {
        (0, _) | (_, None) => None,
        (_, Some(offset)) => u32::try_from(offset).ok(),
    };
    match (offset(span.start), offset(span.end)) {
        (Some(start), Some(end)) if start <= end => Span::new(start, end),
        _ => Span::default(),
    }
}
