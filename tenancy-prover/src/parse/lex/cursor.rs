//! A position in the text, and the tokens found before it.

use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::{span, span_of, sql_span};
use crate::Span;

/// The text, how far it is read, and what was found.
pub(super) struct Cursor<'a> {
    /// The whole text.
    pub(super) sql: &'a str,
    /// The next unread byte. Always on a character boundary when a token starts.
    pub(super) at: usize,
    tokens: Vec<TokenWithSpan>,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(sql: &'a str) -> Self {
        Self {
            sql,
            at: 0,
            tokens: Vec::new(),
        }
    }

    /// The byte `ahead` of the current one, if the text is that long.
    pub(super) fn byte(&self, ahead: usize) -> Option<u8> {
        self.sql.as_bytes().get(self.at + ahead).copied()
    }

    /// The unread text.
    pub(super) fn rest(&self) -> &'a str {
        self.sql.get(self.at..).unwrap_or_default()
    }

    /// The text from `start` to the current position.
    pub(super) fn since(&self, start: usize) -> &'a str {
        self.sql.get(start..self.at).unwrap_or_default()
    }

    /// The span from `start` to the current position.
    pub(super) fn span_since(&self, start: usize) -> Span {
        span(start, self.at)
    }

    /// Moves past every byte that `keep` takes.
    pub(super) fn skip_while(&mut self, keep: impl Fn(u8) -> bool) {
        while self.byte(0).is_some_and(&keep) {
            self.at += 1;
        }
    }

    /// Records the token that reaches from `start` to the current position.
    pub(super) fn push(&mut self, token: Token, start: usize) {
        self.tokens.push(TokenWithSpan {
            token,
            span: sql_span(span(start, self.at)),
        });
    }

    /// Reads `len` bytes as one token.
    pub(super) fn take(&mut self, token: Token, len: usize) {
        let start = self.at;
        self.at += len;
        self.push(token, start);
    }

    /// Reads a literal that is closed by `quote`, in which the doubled quote stands for itself; the current byte is
    /// the opening one. `None` when it is not closed.
    pub(super) fn quoted(&mut self, quote: u8) -> Option<String> {
        let mut value = String::new();
        self.at += 1;
        loop {
            let start = self.at;
            self.skip_while(|byte| byte != quote);
            self.byte(0)?;
            value.push_str(self.since(start));
            self.at += 1;
            if self.byte(0) != Some(quote) {
                return Some(value);
            }
            value.push(char::from(quote));
            self.at += 1;
        }
    }

    /// The last token, and where it ends.
    pub(super) fn last(&self) -> Option<(&Token, usize)> {
        let last = self.tokens.last()?;
        Some((&last.token, span_of(last.span).range().end))
    }

    /// The token before the last one.
    pub(super) fn before_last(&self) -> Option<&Token> {
        let at = self.tokens.len().checked_sub(2)?;
        self.tokens.get(at).map(|found| &found.token)
    }

    /// Appends `more`, which ends at the current position, to the string that is the last token.
    pub(super) fn extend_string(&mut self, more: &str) {
        let end = span(self.at, self.at);
        if let Some(last) = self.tokens.last_mut() {
            if let Token::SingleQuotedString(value) | Token::NationalStringLiteral(value) = &mut last.token {
                value.push_str(more);
            }
            last.span = sql_span(Span::new(span_of(last.span).start, end.end));
        }
    }

    pub(super) fn into_tokens(self) -> Vec<TokenWithSpan> {
        self.tokens
    }
}
