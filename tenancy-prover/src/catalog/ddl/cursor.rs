//! A cursor over one statement's tokens, with the servers' rules for names.

use super::scan::{Kind, Token};
use crate::Dialect;

/// A name as a statement writes it: folded, perhaps with its schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    /// The schema, if it is written.
    pub(super) schema: Option<String>,
    /// The name itself.
    pub(super) name: String,
}

/// A position in one statement, or in one parenthesised part of it.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'a> {
    source: &'a str,
    tokens: &'a [Token],
    dialect: Dialect,
    at: usize,
}

impl<'a> Cursor<'a> {
    /// A cursor before the first token.
    pub(super) fn new(source: &'a str, tokens: &'a [Token], dialect: Dialect) -> Self {
        Self {
            source,
            tokens,
            dialect,
            at: 0,
        }
    }

    /// The token at the cursor.
    pub(super) fn peek(&self) -> Option<Token> {
        self.tokens.get(self.at).copied()
    }

    /// True behind the last token.
    pub(super) fn done(&self) -> bool {
        self.at >= self.tokens.len()
    }

    /// `Some` behind the last token: a rule ends with it, so that nothing is left unread.
    pub(super) fn end(&self) -> Option<()> {
        self.done().then_some(())
    }

    /// Steps over one token.
    pub(super) fn skip(&mut self) -> Option<Token> {
        let token = self.peek()?;
        self.at += 1;
        Some(token)
    }

    /// A token's text.
    pub(super) fn text(&self, token: Token) -> &'a str {
        self.source.get(token.start..token.end).unwrap_or("")
    }

    /// Where the token at the cursor (or the last one) begins.
    pub(super) fn offset(&self) -> usize {
        self.peek()
            .or_else(|| self.tokens.last().copied())
            .map_or(0, |token| token.start)
    }

    fn is_word_at(&self, at: usize, word: &str) -> bool {
        self.tokens
            .get(at)
            .is_some_and(|&token| token.kind == Kind::Word && self.text(token).eq_ignore_ascii_case(word))
    }

    /// True if the next words are these.
    pub(super) fn is(&self, words: &str) -> bool {
        // Nearly every question is answered by the first letter.
        let token = self.tokens.get(self.at).filter(|token| token.kind == Kind::Word);
        let letter = token.and_then(|token| self.source.as_bytes().get(token.start));
        if letter.map(u8::to_ascii_lowercase) != words.as_bytes().first().copied() {
            return false;
        }
        words
            .split(' ')
            .enumerate()
            .all(|(at, word)| self.is_word_at(self.at + at, word))
    }

    /// Steps over these words if they come next.
    pub(super) fn eat(&mut self, words: &str) -> bool {
        let found = self.is(words);
        if found {
            self.at += words.split(' ').count();
        }
        found
    }

    /// Steps over these words, or gives up.
    pub(super) fn expect(&mut self, words: &str) -> Option<()> {
        self.eat(words).then_some(())
    }

    /// Steps over the first of `words` that comes next.
    pub(super) fn eat_any(&mut self, words: &[&'static str]) -> Option<&'static str> {
        words.iter().copied().find(|words| self.eat(words))
    }

    /// The word at the cursor in lower case; empty if there is none.
    pub(super) fn word(&self) -> String {
        let token = self.peek().filter(|token| token.kind == Kind::Word);
        token.map_or_else(String::new, |token| self.text(token).to_ascii_lowercase())
    }

    /// True if the next token is this symbol.
    pub(super) fn is_symbol(&self, symbol: &str) -> bool {
        self.peek()
            .is_some_and(|token| token.kind == Kind::Symbol && self.text(token) == symbol)
    }

    /// Steps over a symbol if it comes next.
    pub(super) fn eat_symbol(&mut self, symbol: &str) -> bool {
        let found = self.is_symbol(symbol);
        self.at += usize::from(found);
        found
    }

    /// An identifier as the server stores it.
    pub(super) fn identifier(&mut self) -> Option<String> {
        let token = self.peek()?;
        let name = fold(self.text(token), token.kind, self.dialect)?;
        self.at += 1;
        Some(name)
    }

    /// The text of the name at the cursor, without quotes and in the case in which it is written.
    pub(super) fn spelled(&self) -> String {
        let text = self.peek().map_or("", |token| self.text(token));
        text.trim_matches('`').to_owned()
    }

    /// `name` or `schema.name`.
    pub(super) fn name(&mut self) -> Option<Name> {
        let first = self.identifier()?;
        if !self.eat_symbol(".") {
            return Some(Name {
                schema: None,
                name: first,
            });
        }
        let name = self.identifier()?;
        if self.is_symbol(".") {
            return None;
        }
        Some(Name {
            schema: Some(first),
            name,
        })
    }

    /// The inside of the parentheses that open here.
    pub(super) fn group(&mut self) -> Option<Self> {
        if !self.eat_symbol("(") {
            return None;
        }
        let start = self.at;
        let mut depth = 1_usize;
        while depth > 0 {
            let token = self.skip()?;
            if token.kind == Kind::Symbol {
                match self.text(token) {
                    "(" => depth += 1,
                    ")" => depth -= 1,
                    _ => {}
                }
            }
        }
        Some(self.part(start, self.at - 1))
    }

    /// The tokens from `start` to `end` as a cursor of their own.
    fn part(&self, start: usize, end: usize) -> Self {
        Self {
            tokens: self.tokens.get(start..end).unwrap_or(&[]),
            at: 0,
            ..self.clone()
        }
    }

    /// Everything from here on.
    pub(super) fn rest(&self) -> Self {
        self.part(self.at, self.tokens.len())
    }

    /// The comma-separated members of what is left.
    pub(super) fn members(&self) -> Vec<Self> {
        let mut members = Vec::new();
        let mut cursor = self.rest();
        while !cursor.done() {
            members.push(cursor.until(|cursor| cursor.is_symbol(",")));
            cursor.eat_symbol(",");
        }
        members
    }

    /// Steps over everything up to a token outside parentheses and brackets where `stop` holds.
    pub(super) fn until(&mut self, stop: impl Fn(&Self) -> bool) -> Self {
        let start = self.at;
        let mut depth = 0_usize;
        while let Some(token) = self.peek() {
            if depth == 0 && stop(self) {
                break;
            }
            if token.kind == Kind::Symbol {
                match self.text(token) {
                    "(" | "[" => depth += 1,
                    ")" | "]" => depth = depth.saturating_sub(1),
                    _ => {}
                }
            }
            self.at += 1;
        }
        self.part(start, self.at)
    }

    /// Steps to a word outside parentheses, or to the end, and returns itself there.
    pub(super) fn up_to(mut self, word: &str) -> Self {
        self.until(|cursor| cursor.is(word));
        self
    }

    /// The source text of what is left.
    pub(super) fn source_text(&self) -> &'a str {
        match (self.peek(), self.tokens.last()) {
            (Some(first), Some(last)) => self.source.get(first.start..last.end).unwrap_or(""),
            _ => "",
        }
    }

    /// The source text from where `start` stood (over the same tokens) to the token before this one.
    pub(super) fn text_since(&self, start: &Self) -> &'a str {
        match self.tokens.get(start.at..self.at) {
            Some([first, .., last]) => self.source.get(first.start..last.end).unwrap_or(""),
            Some([only]) => self.text(*only),
            Some([]) | None => "",
        }
    }

    /// True if the token before the cursor is this word.
    pub(super) fn follows(&self, word: &str) -> bool {
        self.at.checked_sub(1).is_some_and(|at| self.is_word_at(at, word))
    }

    /// The whole file, which the tokens' offsets point into.
    pub(super) fn source(&self) -> &'a str {
        self.source
    }

    /// The tokens that are left.
    pub(super) fn tokens(&self) -> &'a [Token] {
        self.tokens.get(self.at..).unwrap_or(&[])
    }

    /// A whole number.
    pub(super) fn number(&mut self) -> Option<u64> {
        let token = self.peek().filter(|token| token.kind == Kind::Number)?;
        let number = self.text(token).parse().ok()?;
        self.at += 1;
        Some(number)
    }

    /// Steps over a number of any form.
    pub(super) fn number_token(&mut self) -> Option<()> {
        self.peek().filter(|token| token.kind == Kind::Number)?;
        self.at += 1;
        Some(())
    }

    /// The value of a plain or dollar-quoted string; escape strings with a backslash are not decoded.
    pub(super) fn string(&mut self) -> Option<String> {
        let token = self.peek()?;
        let text = self.text(token);
        let value = match token.kind {
            Kind::Text if self.dialect == Dialect::Mysql => {
                let quote = text.get(..1).filter(|quote| matches!(*quote, "'" | "\""))?;
                let inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
                inner.replace(&quote.repeat(2), quote)
            }
            Kind::Text => {
                let inner = text
                    .strip_prefix(['e', 'E'])
                    .filter(|_| !text.contains('\\'))
                    .unwrap_or(text);
                inner.strip_prefix('\'')?.strip_suffix('\'')?.replace("''", "'")
            }
            Kind::Dollar => {
                let tag = text.get(..text.get(1..)?.find('$')? + 2)?;
                text.strip_prefix(tag)?.strip_suffix(tag)?.to_owned()
            }
            Kind::Word | Kind::Quoted | Kind::UnicodeQuoted | Kind::Number | Kind::Symbol => return None,
        };
        self.at += 1;
        Some(value)
    }

    /// `cascade` or `restrict`, if written; true for `cascade`.
    pub(super) fn cascade(&mut self) -> bool {
        self.eat_any(&["cascade", "restrict"]) == Some("cascade")
    }

    /// The dialect of the statement.
    pub(super) fn dialect(&self) -> Dialect {
        self.dialect
    }
}

/// The name that the server stores for an identifier token; nothing if the token cannot be one.
pub(super) fn fold(text: &str, kind: Kind, dialect: Dialect) -> Option<String> {
    let inner = || text.get(1..text.len().checked_sub(1)?);
    match (kind, dialect) {
        (Kind::Word, Dialect::Postgres) => Some(truncate(text.to_ascii_lowercase())),
        (Kind::Quoted, Dialect::Postgres) => Some(truncate(inner()?.replace("\"\"", "\""))),
        (Kind::Word, Dialect::Sqlite | Dialect::Mysql) => Some(text.to_ascii_lowercase()),
        (Kind::Quoted, Dialect::Mysql) => Some(inner()?.to_ascii_lowercase().replace("``", "`")),
        (Kind::Quoted | Kind::Text, Dialect::Sqlite) => {
            let quote = text
                .get(..1)
                .filter(|quote| matches!(*quote, "\"" | "`" | "'" | "["))?;
            let name = inner()?.to_ascii_lowercase();
            Some(if quote == "[" {
                name
            } else {
                name.replace(&quote.repeat(2), quote)
            })
        }
        (Kind::Text, Dialect::Postgres | Dialect::Mysql)
        | (Kind::UnicodeQuoted | Kind::Dollar | Kind::Number | Kind::Symbol, _) => None,
    }
}

/// PostgreSQL cuts identifiers at 63 bytes, between characters.
pub(super) fn truncate(mut name: String) -> String {
    let mut end = name.len().min(63);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name.truncate(end);
    name
}
