//! The statement as tokens with their parentheses: enough to find where a clause begins and ends.
//!
//! Only the server's own lexer is trusted here. What this makes of the tokens may be wrong for a text that nobody
//! thought of; then the repaired text is not proved, or not what was meant by its author, but never proved wrongly.

use std::ops::Range;

use sqlparser::tokenizer::Token;

use crate::parse::lex::{lex, span_of};
use crate::{Dialect, Span};

/// A statement's tokens.
pub(super) struct Text<'a> {
    pub(super) sql: &'a str,
    pub(super) dialect: Dialect,
    tokens: Vec<Lexeme>,
}

struct Lexeme {
    span: Span,
    kind: Kind,
    /// For a bracket: the other one of its pair.
    mate: usize,
    /// The bracket around it.
    around: Option<usize>,
}

/// What a token is, as far as anybody asks.
enum Kind {
    /// A word without quotes, in lower case.
    Word(String),
    /// A quoted name.
    Quoted,
    Open,
    Close,
    Comma,
    Period,
    SemiColon,
    Or,
    Placeholder,
    Other,
}

/// Words that begin a query or a write, and so a block of its own inside parentheses.
const BEGINS: [&str; 9] = [
    "select", "with", "values", "table", "insert", "update", "delete", "replace", "merge",
];

impl<'a> Text<'a> {
    /// Cuts the text; `None` where the server would not, or where brackets have no partner.
    pub(super) fn read(sql: &'a str, dialect: Dialect) -> Option<Self> {
        let mut tokens: Vec<Lexeme> = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        for found in lex(sql, dialect).ok()? {
            let index = tokens.len();
            let kind = kind(&found.token, dialect);
            let mut mate = index;
            match kind {
                Kind::Close => {
                    mate = open.pop()?;
                    tokens.get_mut(mate)?.mate = index;
                }
                Kind::Open
                | Kind::Word(_)
                | Kind::Quoted
                | Kind::Comma
                | Kind::Period
                | Kind::SemiColon
                | Kind::Or
                | Kind::Placeholder
                | Kind::Other => {}
            }
            let around = open.last().copied();
            if matches!(kind, Kind::Open) {
                open.push(index);
            }
            tokens.push(Lexeme {
                span: span_of(found.span),
                kind,
                mate,
                around,
            });
        }
        open.is_empty().then_some(Self { sql, dialect, tokens })
    }

    fn kind(&self, at: usize) -> Option<&Kind> {
        self.tokens.get(at).map(|token| &token.kind)
    }

    /// The token that begins at that byte.
    pub(super) fn at(&self, start: u32) -> Option<usize> {
        self.tokens
            .binary_search_by_key(&start, |token| token.span.start)
            .ok()
    }

    /// The last token that ends at that byte or before it.
    pub(super) fn until(&self, end: u32) -> Option<usize> {
        self.tokens
            .partition_point(|token| token.span.end <= end)
            .checked_sub(1)
    }

    /// How many tokens there are.
    pub(super) const fn len(&self) -> usize {
        self.tokens.len()
    }

    /// The bytes of a token.
    pub(super) fn span(&self, at: usize) -> Option<Span> {
        self.tokens.get(at).map(|token| token.span)
    }

    /// A token as it is written.
    pub(super) fn written(&self, at: usize) -> Option<&'a str> {
        self.sql.get(self.span(at)?.range())
    }

    /// Whether the token is this word, not as a label or behind a dot.
    pub(super) fn is(&self, at: usize, word: &str) -> bool {
        self.word(at) == Some(word)
    }

    /// The token as a keyword: a word without quotes that is no label and stands behind no dot.
    pub(super) fn word(&self, at: usize) -> Option<&str> {
        let Some(Kind::Word(word)) = self.kind(at) else {
            return None;
        };
        let label = at.checked_sub(1).is_some_and(|before| match self.kind(before) {
            Some(Kind::Period) => true,
            Some(Kind::Word(before)) => before == "as",
            Some(_) | None => false,
        });
        (!label && !self.in_hint(at)).then_some(word)
    }

    /// Whether a token is one of the words that say what an index hint is for: `use index for order by (..)`.
    fn in_hint(&self, at: usize) -> bool {
        let is = |before: usize, words: &[&str]| {
            at.checked_sub(before).is_some_and(|at| match self.kind(at) {
                Some(Kind::Word(word)) => words.contains(&word.as_str()),
                Some(_) | None => false,
            })
        };
        self.dialect == Dialect::Mysql
            && ((is(0, &["for"]) && is(1, &["index", "key"]))
                || (is(1, &["for"]) && is(2, &["index", "key"])))
    }

    /// Whether the token is a name, quoted or not.
    pub(super) fn is_name(&self, at: usize) -> bool {
        matches!(self.kind(at), Some(Kind::Word(_) | Kind::Quoted))
    }

    pub(super) fn is_open(&self, at: usize) -> bool {
        matches!(self.kind(at), Some(Kind::Open))
    }

    pub(super) fn is_comma(&self, at: usize) -> bool {
        matches!(self.kind(at), Some(Kind::Comma))
    }

    pub(super) fn is_period(&self, at: usize) -> bool {
        matches!(self.kind(at), Some(Kind::Period))
    }

    /// Whether the token is an `or`, however it is spelled.
    pub(super) fn is_or(&self, at: usize) -> bool {
        matches!(self.kind(at), Some(Kind::Or)) || self.is(at, "or") || self.is(at, "xor")
    }

    pub(super) fn is_placeholder(&self, at: usize) -> bool {
        matches!(self.kind(at), Some(Kind::Placeholder))
    }

    /// The closing bracket of an opening one.
    pub(super) fn mate(&self, at: usize) -> usize {
        self.tokens.get(at).map_or(at, |token| token.mate)
    }

    /// The next token on the same level.
    pub(super) fn next(&self, at: usize) -> usize {
        if self.is_open(at) {
            self.mate(at) + 1
        } else {
            at + 1
        }
    }

    /// The tokens of a range that stand on its own level.
    pub(super) fn level(&self, range: Range<usize>) -> impl Iterator<Item = usize> {
        let mut at = range.start;
        std::iter::from_fn(move || {
            let found = at;
            if found >= range.end {
                return None;
            }
            at = self.next(found);
            Some(found)
        })
    }

    /// Whether a query or write begins at that token.
    pub(super) fn begins(&self, at: usize) -> bool {
        self.word(at).is_some_and(|word| BEGINS.contains(&word))
    }

    /// The query or write around a token: its tokens, and the token of its own level that holds the given one.
    pub(super) fn block(&self, at: usize) -> (Range<usize>, usize) {
        let mut top = at;
        while let Some(open) = self.tokens.get(top).and_then(|token| token.around) {
            if self.begins(open + 1) {
                return (open + 1..self.mate(open), top);
            }
            top = open;
        }
        let end = (0..self.len())
            .find(|&one| matches!(self.kind(one), Some(Kind::SemiColon)))
            .unwrap_or(self.len());
        (0..end, top)
    }

    /// In how many subqueries a token stands that depend on rows of the query around: those in expressions, but
    /// for lists of `in`, and lateral ones.
    pub(super) fn dependence(&self, at: usize) -> usize {
        let mut depth = 0;
        let mut top = at;
        while let Some(open) = self.tokens.get(top).and_then(|token| token.around) {
            depth += usize::from(self.begins(open + 1) && self.depends(open));
            top = open;
        }
        depth
    }

    /// Whether the subquery that this bracket opens is an expression, or lateral.
    fn depends(&self, open: usize) -> bool {
        let start = self
            .tokens
            .get(open)
            .and_then(|token| token.around)
            .map_or(0, |around| around + 1);
        match open.checked_sub(1).and_then(|before| self.word(before)) {
            Some("lateral") => return true,
            // Most are evaluated once for all rows.
            Some("in") => return false,
            Some(_) | None => {}
        }
        let clause = self
            .level(start..open)
            .filter_map(|at| {
                let word = self.word(at)?;
                let table = ["from", "join", "with", "recursive", "using", "union", "into"].contains(&word);
                let expression = [
                    "select",
                    "where",
                    "on",
                    "having",
                    "by",
                    "set",
                    "values",
                    "limit",
                    "offset",
                    "returning",
                    "when",
                    "exists",
                    "in",
                    "any",
                    "all",
                    "array",
                ];
                (table || expression.contains(&word)).then_some(!table)
            })
            .last();
        clause.unwrap_or(true)
    }

    /// Whether a token stands in an arm of a recursive common table expression behind the first.
    pub(super) fn in_recursive_step(&self, at: usize) -> bool {
        let (block, top) = self.block(at);
        let arm = self.arm(block.clone(), top);
        arm.start > block.start
            && block
                .start
                .checked_sub(2)
                .is_some_and(|before| self.is(before, "as"))
            && (0..block.start).any(|one| self.is(one, "recursive"))
    }

    /// Whether a set operator stands there.
    pub(super) fn is_set_operator(&self, at: usize) -> bool {
        matches!(self.word(at), Some("union" | "intersect" | "except"))
    }

    /// The arm of a set operation that holds `at`, a token of the block's own level.
    pub(super) fn arm(&self, block: Range<usize>, at: usize) -> Range<usize> {
        let mut arm = block.clone();
        for one in self.level(block) {
            if self.is_set_operator(one) {
                if one < at {
                    arm.start = one + 1;
                } else {
                    arm.end = one;
                    break;
                }
            }
        }
        arm
    }

    /// Whether a clause begins there that follows the condition of a query or write.
    pub(super) fn ends_condition(&self, at: usize) -> bool {
        let Some(word) = self.word(at) else {
            return matches!(self.kind(at), Some(Kind::SemiColon));
        };
        match word {
            "group" | "having" | "order" | "limit" | "returning" | "union" | "intersect" | "except" => true,
            "on" => self.is(at + 1, "conflict") || self.is(at + 1, "duplicate"),
            "window" => self.is(at + 2, "as"),
            "offset" | "fetch" | "for" | "into" => self.dialect != Dialect::Sqlite,
            "lock" => self.dialect == Dialect::Mysql && self.is(at + 1, "in"),
            _ => false,
        }
    }
}

fn kind(token: &Token, dialect: Dialect) -> Kind {
    match token {
        Token::Word(word) if word.quote_style.is_none() => Kind::Word(word.value.to_ascii_lowercase()),
        Token::Word(_) => Kind::Quoted,
        Token::LParen | Token::LBracket => Kind::Open,
        Token::RParen | Token::RBracket => Kind::Close,
        Token::Comma => Kind::Comma,
        Token::Period => Kind::Period,
        Token::SemiColon => Kind::SemiColon,
        Token::Placeholder(_) => Kind::Placeholder,
        // In MySQL `||` is an "or".
        Token::StringConcat if dialect == Dialect::Mysql => Kind::Or,
        _ => Kind::Other,
    }
}
