//! How long and how deep a statement may be, and a stack for the deepest.
//!
//! sqlparser builds chains of operators in a loop, as trees that lean to the left: a text of 20,000 `+ 1` parses, and
//! then the first function that walks the tree overflows the stack. Its own recursion limit counts parentheses and
//! subqueries, not chains. So the depth that a tree can reach is bounded here, on the tokens, before there is a tree.
//!
//! Measured without optimisation, sqlparser 0.63, for a tree of the greatest depth: dropping it takes 151 KiB of
//! stack, cloning it 4.4 KiB a level (17.4 KiB a level of set operations). Parsing a chain takes 271 KiB however long
//! it is, but nesting takes up to 200 KiB for a subquery and 175 KiB for a join in parentheses: what the recursion
//! limit lets through takes up to 16 MiB, more than an ordinary thread has. So the parser always runs on a large stack,
//! the caller's analysis should ([`with_large_stack`]), and only dropping a tree is safe everywhere. The whole way to a
//! verdict takes no more: the deepest statements that are proved take 10 MiB.

use std::cell::Cell;
use std::sync::{Mutex, PoisonError};
use std::thread;

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::lex::span_of;
use super::refusal::{Help, refuse};
use crate::{Code, Diagnostic, Span};

/// Bytes of text.
const LONGEST_TEXT: usize = 2 << 20;
/// Tokens of a statement, whitespace and comments not counted.
const MOST_TOKENS: usize = 60_000;
/// Depth of the syntax tree.
const DEEPEST: usize = 1_000;
/// sqlparser's own recursion: parentheses, subqueries and prefix operators.
pub(super) const RECURSION: usize = 100;
/// Levels of [`RECURSION`] that a statement takes before anything nests in it.
const MARGIN: usize = 4;
/// Bytes of stack for [`with_large_stack`]; only what is touched is ever real memory.
///
/// 128 KiB for each level of the deepest tree.
const LARGE_STACK: usize = 128 << 20;

thread_local! {
    /// Whether this thread was made by [`with_large_stack`].
    static HAS_LARGE_STACK: Cell<bool> = const { Cell::new(false) };
}

/// # Errors
/// A diagnostic for text that is longer than any statement a person writes.
pub(super) fn check_length(sql: &str) -> Result<(), Diagnostic> {
    if sql.len() <= LONGEST_TEXT {
        return Ok(());
    }
    Err(too_complex(
        Span::default(),
        format!("the SQL is longer than {LONGEST_TEXT} bytes"),
    ))
}

/// Bounds the number of tokens and the depth of the tree that a parser can build of them.
///
/// Every token after which the parser can wrap what it has read so far into one more node is counted: infix and
/// postfix operators, set operations, subscripts. Those of one comma-separated part of one parenthesis can form one
/// chain (set operations one across commas), with the deepest parenthesis among them at its foot, so no tree is
/// deeper than the sum of the counts along the nesting.
///
/// # Errors
/// A diagnostic at the token that makes the statement too long or too deep.
pub(super) fn check_depth(tokens: &[TokenWithSpan]) -> Result<(), Diagnostic> {
    if let Some(first) = tokens.get(MOST_TOKENS) {
        let message = format!("the statement has more than {MOST_TOKENS} tokens");
        return Err(too_complex(span_of(first.span), message));
    }
    let mut level = Level::default();
    let mut outer: Vec<Level> = Vec::new();
    for token in tokens {
        match &token.token {
            Token::LParen | Token::LBrace => outer.push(std::mem::take(&mut level)),
            Token::LBracket => {
                level.chain += 1;
                outer.push(std::mem::take(&mut level));
            }
            Token::RParen | Token::RBracket | Token::RBrace => {
                let closed = level.depth();
                level = outer.pop().unwrap_or_default();
                level.inner = level.inner.max(closed + 1);
            }
            Token::Comma => level.end_part(),
            other => match weight(other) {
                Weight::None => continue,
                Weight::Operator => level.chain += 1,
                Weight::SetOperation => level.sets += 1,
            },
        }
        if level.depth() > DEEPEST {
            let message = format!("the statement chains or nests more than {DEEPEST} operators");
            return Err(too_complex(span_of(token.span), message));
        }
    }
    Ok(())
}

/// Where the nesting of parentheses and `case` first reaches what sqlparser's recursion takes, if it does. There it gives
/// up, or tries to read `case` as a name.
pub(super) fn nests_too_deep(tokens: &[TokenWithSpan]) -> Option<Diagnostic> {
    let mut depth = 0_usize;
    for token in tokens {
        match &token.token {
            Token::LParen => depth += 1,
            Token::RParen => depth = depth.saturating_sub(1),
            Token::Word(word) => match word.keyword {
                Keyword::CASE => depth += 1,
                Keyword::END => depth = depth.saturating_sub(1),
                _ => {}
            },
            _ => {}
        }
        if depth + MARGIN > RECURSION {
            return Some(
                refuse(
                    Code::TooComplex,
                    span_of(token.span),
                    format!("the statement nests deeper than {} levels", RECURSION - MARGIN),
                    "too deep from here",
                )
                .help("give inner queries and expressions a name with `with`, or split the statement"),
            );
        }
    }
    None
}

/// One open parenthesis, or the statement itself.
#[derive(Default)]
struct Level {
    /// Operators since the last comma.
    chain: usize,
    /// Depth of the deepest parenthesis since the last comma.
    inner: usize,
    /// The deepest of the parts before the last comma.
    parts: usize,
    /// Set operations, which chain across the commas of their select lists.
    sets: usize,
}

impl Level {
    fn depth(&self) -> usize {
        self.sets + self.parts.max(self.chain + self.inner)
    }

    fn end_part(&mut self) {
        self.parts = self.parts.max(self.chain + self.inner);
        self.chain = 0;
        self.inner = 0;
    }
}

/// What a token can do to the depth of the tree.
enum Weight {
    None,
    Operator,
    SetOperation,
}

fn weight(token: &Token) -> Weight {
    match token {
        Token::Word(word) => match word.keyword {
            Keyword::UNION | Keyword::EXCEPT | Keyword::INTERSECT | Keyword::MINUS => Weight::SetOperation,
            Keyword::AND
            | Keyword::OR
            | Keyword::XOR
            | Keyword::NOT
            | Keyword::IS
            | Keyword::IN
            | Keyword::BETWEEN
            | Keyword::LIKE
            | Keyword::ILIKE
            | Keyword::RLIKE
            | Keyword::SIMILAR
            | Keyword::REGEXP
            | Keyword::MATCH
            | Keyword::GLOB
            | Keyword::MEMBER
            | Keyword::NOTNULL
            | Keyword::AT
            | Keyword::COLLATE
            | Keyword::OPERATOR
            | Keyword::OVERLAPS
            | Keyword::DIV
            | Keyword::MOD
            | Keyword::BINARY => Weight::Operator,
            _ => Weight::None,
        },
        Token::Number(..)
        | Token::SingleQuotedString(_)
        | Token::EscapedStringLiteral(_)
        | Token::DollarQuotedString(_)
        | Token::HexStringLiteral(_)
        | Token::DoubleQuotedString(_)
        | Token::NationalStringLiteral(_)
        | Token::SingleQuotedByteStringLiteral(_)
        | Token::Placeholder(_)
        | Token::Period
        | Token::SemiColon => Weight::None,
        _ => Weight::Operator,
    }
}

fn too_complex(span: Span, message: String) -> Diagnostic {
    refuse(Code::TooComplex, span, message, "too much for one statement")
        .help("split it, or pass a long list as one array or JSON argument")
}

/// Runs `f` on a thread with a stack that the recursion over the deepest accepted statement cannot exhaust, and
/// waits for it. On such a thread already, or where no thread can be had, `f` runs here.
///
/// A panic of `f` goes on in the caller.
pub fn with_large_stack<T: Send>(f: impl FnOnce() -> T + Send) -> T {
    if HAS_LARGE_STACK.get() {
        return f();
    }
    let work = Mutex::new(Some(f));
    let take = || work.lock().unwrap_or_else(PoisonError::into_inner).take();
    let run = || {
        HAS_LARGE_STACK.set(true);
        take().map(|f| f())
    };
    let done = thread::scope(|scope| {
        let spawned = thread::Builder::new()
            .stack_size(LARGE_STACK)
            .spawn_scoped(scope, run);
        match spawned.map(thread::ScopedJoinHandle::join) {
            Ok(Ok(done)) => done,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(_) => None,
        }
    });
    match (done, take()) {
        (Some(done), _) => done,
        (None, Some(f)) => f(),
        (None, None) => unreachable!("the work was taken and gave no result"),
    }
}

#[cfg(test)]
mod tests;
