//! From text to sqlparser's syntax tree, so that what was proved is what runs.
//!
//! The text is cut into tokens by the server's own rules ([`lex`]), every word that the server has no keyword for is
//! made a name, what sqlparser cannot read is taken out of the token stream and kept beside the tree ([`Extras`]), and
//! sqlparser's parser builds the tree. Where its precedences differ from the server's, [`precedence::check`] refuses.
//! The text that runs changes only at its placeholders ([`Placeholders::emit`]).

mod grammar;
mod keywords;
pub mod lex;
mod limits;
mod patch;
pub mod placeholders;
pub mod precedence;
mod refusal;
pub(crate) mod reserved;

use sqlparser::ast::{Expr, Query, Statement};
use sqlparser::dialect::{Dialect as Grammar, PostgreSqlDialect, SQLiteDialect};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Token, TokenWithSpan};

pub use lex::span_of;
pub use limits::with_large_stack;
pub use patch::{Added, CycleClause, Extras};
pub use placeholders::Placeholders;

use crate::{Code, Diagnostic, Dialect, Span};
use refusal::{Help, refuse};

/// One statement, parsed.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The syntax tree; its spans decode with [`span_of`].
    pub statement: Statement,
    /// Every placeholder, in the order of the text.
    pub placeholders: Placeholders,
    /// What was taken out of the token stream because sqlparser cannot read it.
    pub extras: Extras,
}

/// Parses exactly one statement. A trailing semicolon and comments are fine.
///
/// # Errors
/// Diagnostics for text that the server would not read as one statement, that sqlparser cannot read, or that is too
/// long or too deep.
pub fn parse_statement(sql: &str, dialect: Dialect) -> Result<Parsed, Vec<Diagnostic>> {
    let tokens = one_statement(sql, dialect)?;
    let placeholders = Placeholders::of(&tokens, dialect);
    let session = session_statement(&tokens);
    let start = tokens
        .first()
        .map_or_else(Span::default, |token| span_of(token.span));
    let (statement, mut extras) = prepare(sql, tokens, dialect)?
        .parse_statement(sql, dialect)
        .map_err(|refused| session.map_or(refused, |session| vec![session]))?;
    extras.start = start;
    Ok(Parsed {
        statement,
        placeholders,
        extras,
    })
}

/// Parses a query that stands alone, such as the body of a view.
///
/// # Errors
/// As [`parse_statement`]; a `cycle` or `search` clause is refused.
pub fn parse_query(sql: &str, dialect: Dialect) -> Result<Query, Vec<Diagnostic>> {
    let tokens = one_statement(sql, dialect)?;
    let patch::Patched { tokens, extras, .. } = prepare(sql, tokens, dialect)?;
    if let Some(clause) = extras.cycles.first() {
        return Err(vec![refuse(
            Code::UnsupportedSql,
            clause.cte,
            "`cycle` and `search` clauses are not understood in a view",
            "this expression has one",
        )]);
    }
    parse(sql, tokens, dialect, Parser::parse_query).map(|query| *query)
}

/// Parses an expression that stands alone, such as a default or a check.
///
/// # Errors
/// As [`parse_statement`].
pub fn parse_expression(sql: &str, dialect: Dialect) -> Result<Expr, Vec<Diagnostic>> {
    let tokens = one_statement(sql, dialect)?;
    let patched = prepare(sql, tokens, dialect)?;
    parse(sql, patched.tokens, dialect, Parser::parse_expr)
}

/// The tokens of the only statement in `sql`, without the semicolons behind it.
fn one_statement(sql: &str, dialect: Dialect) -> Result<Vec<TokenWithSpan>, Vec<Diagnostic>> {
    let mut tokens = lex::lex(sql, dialect).map_err(|refused| vec![refused])?;
    let Some(first) = tokens.iter().position(|token| token.token != Token::SemiColon) else {
        return Err(vec![refuse(
            Code::EmptyStatement,
            Span::default(),
            "there is no statement",
            "write one statement",
        )]);
    };
    let end = tokens
        .iter()
        .skip(first)
        .position(|token| token.token == Token::SemiColon);
    let end = end.map_or(tokens.len(), |end| first + end);
    let second = tokens
        .iter()
        .skip(end)
        .find(|token| token.token != Token::SemiColon);
    if let Some(second) = second.or_else(|| tokens.get(first).filter(|_| first > 0)) {
        return Err(vec![
            refuse(
                Code::SeveralStatements,
                span_of(second.span),
                "there is more than one statement",
                "the next one begins here",
            )
            .help("write one statement for each query; several writes can stand in one `with`"),
        ]);
    }
    tokens.truncate(end);
    limits::check_depth(&tokens).map_err(|refused| vec![refused])?;
    Ok(tokens)
}

/// Aligns the keywords and takes out what sqlparser cannot read.
fn prepare(
    sql: &str,
    mut tokens: Vec<TokenWithSpan>,
    dialect: Dialect,
) -> Result<patch::Patched, Vec<Diagnostic>> {
    // Statements of other kinds (DDL, session commands) have keywords of their own, and nothing runs them.
    if !is_utility(&tokens) {
        keywords::align(&mut tokens, dialect).map_err(|refused| vec![refused])?;
    }
    patch::apply(sql, tokens, dialect)
}

/// Whether the statement begins with a keyword of the server's that is none of a query's or a write's.
fn is_utility(tokens: &[TokenWithSpan]) -> bool {
    let Some(TokenWithSpan {
        token: Token::Word(word),
        ..
    }) = tokens.first()
    else {
        return false;
    };
    matches!(
        word.keyword,
        Keyword::ALTER
            | Keyword::CREATE
            | Keyword::DROP
            | Keyword::GRANT
            | Keyword::REVOKE
            | Keyword::COMMENT
    )
}

/// The refusal of a statement that is no query and no write, for when the parser cannot read it: what is wrong with
/// it is not its syntax.
fn session_statement(tokens: &[TokenWithSpan]) -> Option<Diagnostic> {
    const SESSION: [&str; 51] = [
        "analyze",
        "attach",
        "begin",
        "binlog",
        "cache",
        "call",
        "change",
        "check",
        "checksum",
        "cluster",
        "commit",
        "copy",
        "deallocate",
        "detach",
        "discard",
        "do",
        "end",
        "execute",
        "flush",
        "get",
        "handler",
        "install",
        "kill",
        "listen",
        "load",
        "lock",
        "notify",
        "optimize",
        "pragma",
        "prepare",
        "purge",
        "reindex",
        "rename",
        "repair",
        "reset",
        "resignal",
        "rollback",
        "savepoint",
        "security",
        "set",
        "show",
        "shutdown",
        "signal",
        "start",
        "stop",
        "truncate",
        "uninstall",
        "unlock",
        "use",
        "vacuum",
        "xa",
    ];
    let TokenWithSpan {
        token: Token::Word(word),
        span,
    } = tokens.first()?
    else {
        return None;
    };
    let known =
        word.quote_style.is_none() && SESSION.iter().any(|name| word.value.eq_ignore_ascii_case(name));
    known.then(|| {
        refuse(
            Code::SessionStatement,
            span_of(*span),
            format!(
                "`{}` is neither a query nor a write of rows",
                word.value.to_ascii_lowercase()
            ),
            "acts on the session, the transaction or the server",
        )
    })
}

/// Runs sqlparser over `tokens`, on a large stack, and sees to it that it reads all of them.
fn parse<T: Send>(
    sql: &str,
    tokens: Vec<TokenWithSpan>,
    dialect: Dialect,
    read: impl FnOnce(&mut Parser<'static>) -> Result<T, ParserError> + Send,
) -> Result<T, Vec<Diagnostic>> {
    with_large_stack(|| parse_here(sql, tokens, dialect, read))
}

fn parse_here<T>(
    sql: &str,
    tokens: Vec<TokenWithSpan>,
    dialect: Dialect,
    read: impl FnOnce(&mut Parser<'static>) -> Result<T, ParserError>,
) -> Result<T, Vec<Diagnostic>> {
    let grammar: &'static dyn Grammar = match dialect {
        Dialect::Postgres => &PostgreSqlDialect {},
        Dialect::Sqlite => &SQLiteDialect {},
        Dialect::Mysql => &grammar::Mysql,
    };
    let mut parser = Parser::new(grammar)
        .with_recursion_limit(limits::RECURSION)
        .with_tokens_with_locations(tokens);
    let found = match read(&mut parser) {
        Err(error) => syntax_error(sql, &error),
        Ok(tree) => {
            let next = parser.peek_token_ref();
            if next.token == Token::EOF {
                return Ok(tree);
            }
            refuse(
                Code::SyntaxError,
                span_of(next.span),
                format!("`{}` is not expected here", next.token),
                "the statement could end before this",
            )
        }
    };
    Err(vec![
        limits::nests_too_deep(&parser.into_tokens()).unwrap_or(found),
    ])
}

/// sqlparser's error with the place that it names as a span. Its line is always 1 and its column our offset.
fn syntax_error(sql: &str, error: &ParserError) -> Diagnostic {
    let (ParserError::ParserError(message) | ParserError::TokenizerError(message)) = error else {
        return refuse(
            Code::TooComplex,
            Span::default(),
            "the statement nests more than the parser reads",
            "too deep",
        )
        .help("name inner queries with `with`");
    };
    let (text, place) = message
        .rsplit_once(" at Line: 1, Column: ")
        .unwrap_or((message, ""));
    let start = place
        .parse::<usize>()
        .ok()
        .and_then(|column| column.checked_sub(1));
    let start = start.filter(|start| *start < sql.len());
    let end = u32::try_from(sql.trim_end().len()).unwrap_or_default();
    let span = start
        .and_then(|start| u32::try_from(start).ok())
        .map_or(Span::new(end, end), |start| {
            let length = sql
                .get(start as usize..)
                .and_then(|rest| rest.split_whitespace().next())
                .map_or(1, str::len);
            Span::new(start, start + u32::try_from(length).unwrap_or(1))
        });
    let text = text.trim_start_matches("Expected: ");
    let (expected, found) = match text.split_once(", found: ") {
        Some(("identifier", found)) => ("a name", found),
        Some((expected, found)) => (expected, found),
        None => return refuse(Code::SyntaxError, span, text, "not understood from here"),
    };
    let message = match found {
        "EOF" => format!("the statement ends where {expected} is expected"),
        found => format!("`{found}` stands where {expected} is expected"),
    };
    let refused = refuse(Code::SyntaxError, span, message, "not understood from here");
    match found.as_bytes() {
        // SQLite reads it wherever an expression can stand.
        [b'?', ..] if expected == "an expression" => {
            refused.help("PostgreSQL numbers its placeholders: `$1`, `$2`")
        }
        [b'$' | b'?', ..] => {
            refused.help("a placeholder stands for a value, never for a name or a word of SQL")
        }
        _ => refused,
    }
}

#[cfg(test)]
mod tests;
