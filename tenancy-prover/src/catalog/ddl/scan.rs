//! A scanner that cannot fail: a migration may hold anything, and one odd statement must not lose the file.
//!
//! It knows only what is needed to find where a statement ends and to slice its text: quotes, comments, words. What
//! it cannot make sense of becomes a symbol, which no rule of the reader accepts.

use crate::Dialect;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// An unquoted word.
    Word,
    /// A quoted identifier.
    Quoted,
    /// PostgreSQL's `U&"..."`: an identifier whose spelling hides its name.
    UnicodeQuoted,
    /// A string literal of any kind but a dollar quote.
    Text,
    /// A dollar-quoted string.
    Dollar,
    /// A number, or a parameter such as `$1`.
    Number,
    /// An operator or punctuation.
    Symbol,
}

/// A token: its kind and its bytes in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    /// What it is.
    pub(super) kind: Kind,
    /// First byte.
    pub(super) start: usize,
    /// One past the last byte.
    pub(super) end: usize,
}

/// Walks over a file's bytes.
#[derive(Debug)]
pub(super) struct Scanner<'a> {
    source: &'a str,
    bytes: &'a [u8],
    dialect: Dialect,
    at: usize,
    /// Inside of a `/*! ..` that every server executes.
    executed: bool,
}

impl<'a> Scanner<'a> {
    /// A scanner at the start of `source`.
    pub(super) fn new(source: &'a str, dialect: Dialect) -> Self {
        Self {
            source,
            bytes: source.as_bytes(),
            dialect,
            at: 0,
            executed: false,
        }
    }

    fn byte(&self, at: usize) -> u8 {
        match self.bytes.get(at) {
            Some(byte) => *byte,
            None => 0,
        }
    }

    /// Skips to the end of the line: a psql command, or a line of `copy` data.
    pub(super) fn skip_line(&mut self) -> &'a str {
        let start = self.at;
        self.at = self.find(start, "\n").map_or(self.bytes.len(), |end| end + 1);
        self.source.get(start..self.at).unwrap_or("")
    }

    /// True once everything was read.
    pub(super) fn finished(&self) -> bool {
        self.at >= self.bytes.len()
    }

    fn find(&self, from: usize, what: &str) -> Option<usize> {
        let rest = self.bytes.get(from..)?;
        rest.windows(what.len())
            .position(|window| window == what.as_bytes())
            .map(|at| at + from)
    }

    fn skip_blanks(&mut self) {
        loop {
            match (self.byte(self.at), self.byte(self.at + 1)) {
                (b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c, _) => self.at += 1,
                // PostgreSQL's comments end at a carriage return, too.
                (b'-', b'-') if self.dialect == Dialect::Postgres => {
                    self.skip_while(|byte| byte != b'\n' && byte != b'\r');
                }
                (b'-', b'-') if self.dialect == Dialect::Mysql => {
                    // Only before a blank: `1--1` is a number less a negative one.
                    if self.byte(self.at + 2) > b' ' {
                        return;
                    }
                    self.skip_line();
                }
                (b'#', _) if self.dialect == Dialect::Mysql => {
                    self.skip_line();
                }
                (b'-', b'-') => {
                    self.skip_line();
                }
                (b'*', b'/') if self.executed => {
                    self.executed = false;
                    self.at += 2;
                }
                (b'/', b'*') if self.dialect == Dialect::Mysql => {
                    if !self.skip_mysql_comment() {
                        return;
                    }
                }
                (b'/', b'*') => self.skip_comment(),
                (0xef, 0xbb) if self.at == 0 && self.byte(2) == 0xbf => self.at = 3,
                _ => return,
            }
        }
    }

    fn skip_comment(&mut self) {
        let mut depth = 0_usize;
        while self.at < self.bytes.len() {
            match (self.byte(self.at), self.byte(self.at + 1)) {
                (b'/', b'*') if depth == 0 || self.dialect == Dialect::Postgres => {
                    depth += 1;
                    self.at += 2;
                }
                (b'*', b'/') => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        return;
                    }
                }
                _ => self.at += 1,
            }
        }
    }

    /// Skips a comment, or only its mark if every server executes what is inside. False for what some servers execute
    /// and others do not: it becomes a token, which no rule accepts.
    fn skip_mysql_comment(&mut self) -> bool {
        let mark = if self.byte(self.at + 2) == b'!' {
            self.at + 3
        } else if self.byte(self.at + 2) == b'M' && self.byte(self.at + 3) == b'!' {
            self.at + 4
        } else if self.executed {
            // A comment in executed text: which of them ends first is not agreed on, and so nothing behind it is read.
            return false;
        } else {
            self.skip_comment();
            return true;
        };
        let digits = self.bytes.iter().skip(mark).take(6);
        let digits = digits.take_while(|byte| byte.is_ascii_digit()).count();
        let digits = if digits < 5 { 0 } else { digits };
        let version = self.source.get(mark..mark + digits).unwrap_or("");
        // MySQL 8.0 executes up to 80099, MariaDB 10.11 up to 101199 but nothing from 50700 to 99999.
        let common = self.byte(self.at + 2) == b'!'
            && !self.executed
            && (version.is_empty() || version.parse::<u32>().is_ok_and(|version| version < 50_700));
        let nobody = version.parse::<u32>().is_ok_and(|version| version == 999_999);
        if common {
            self.executed = true;
            self.at = mark + digits;
        } else if nobody {
            self.skip_comment();
        }
        common || nobody
    }

    fn scan_mysql(&mut self, first: u8, second: u8) -> Kind {
        match first {
            b'/' if second == b'*' => {
                if self.executed {
                    self.at = self.bytes.len();
                } else {
                    self.skip_comment();
                }
                Kind::Symbol
            }
            b'x' | b'X' | b'b' | b'B' | b'n' | b'N' if second == b'\'' => {
                self.quoted(self.at + 1, b'\'', true, Kind::Text)
            }
            b'\'' | b'"' => self.quoted(self.at, first, true, Kind::Text),
            b'`' => self.quoted(self.at, b'`', false, Kind::Quoted),
            _ if is_word_start(first) || first == b'$' => {
                self.skip_while(is_word_part);
                Kind::Word
            }
            _ if first.is_ascii_digit() || (first == b'.' && second.is_ascii_digit()) => {
                self.skip_while(|byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'_');
                Kind::Number
            }
            _ => {
                self.at += 1;
                Kind::Symbol
            }
        }
    }

    /// Steps over `text` behind blanks and comments; true if it comes next.
    pub(super) fn eat_text(&mut self, text: &str) -> bool {
        self.skip_blanks();
        let found = self
            .bytes
            .get(self.at..)
            .is_some_and(|rest| rest.starts_with(text.as_bytes()));
        self.at += if found { text.len() } else { 0 };
        found
    }

    /// The next token, or nothing at the end of the file.
    pub(super) fn next_token(&mut self) -> Option<Token> {
        self.skip_blanks();
        if self.finished() {
            return None;
        }
        let start = self.at;
        let kind = self.scan();
        // An unterminated quote may have run past the end.
        self.at = self.at.clamp(start + 1, self.bytes.len());
        Some(Token {
            kind,
            start,
            end: self.at,
        })
    }

    fn scan(&mut self) -> Kind {
        let postgres = self.dialect == Dialect::Postgres;
        let (first, second, third) = (self.byte(self.at), self.byte(self.at + 1), self.byte(self.at + 2));
        if self.dialect == Dialect::Mysql {
            return self.scan_mysql(first, second);
        }
        match first {
            b'e' | b'E' if postgres && second == b'\'' => self.quoted(self.at + 1, b'\'', true, Kind::Text),
            b'u' | b'U' if postgres && second == b'&' && third == b'"' => {
                self.quoted(self.at + 2, b'"', false, Kind::UnicodeQuoted)
            }
            b'u' | b'U' if postgres && second == b'&' && third == b'\'' => {
                self.quoted(self.at + 2, b'\'', false, Kind::Text)
            }
            b'x' | b'X' if second == b'\'' => self.quoted(self.at + 1, b'\'', false, Kind::Text),
            b'b' | b'B' | b'n' | b'N' if postgres && second == b'\'' => {
                self.quoted(self.at + 1, b'\'', false, Kind::Text)
            }
            b'\'' => self.quoted(self.at, b'\'', false, Kind::Text),
            b'"' => self.quoted(self.at, b'"', false, Kind::Quoted),
            b'`' if !postgres => self.quoted(self.at, b'`', false, Kind::Quoted),
            b'[' if !postgres => {
                self.at = self.find(self.at, "]").map_or(self.bytes.len(), |end| end + 1);
                Kind::Quoted
            }
            b'$' if postgres => self.dollar(),
            _ if is_word_start(first) => {
                self.skip_while(is_word_part);
                Kind::Word
            }
            _ if first.is_ascii_digit() || (first == b'.' && second.is_ascii_digit()) => {
                self.skip_while(|byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'_');
                Kind::Number
            }
            b':' if second == b':' || second == b'=' => {
                self.at += 2;
                Kind::Symbol
            }
            _ if is_operator(first) => {
                self.operator();
                Kind::Symbol
            }
            _ => {
                self.at += 1;
                Kind::Symbol
            }
        }
    }

    fn skip_while(&mut self, accept: impl Fn(u8) -> bool) {
        while let Some(byte) = self.bytes.get(self.at)
            && accept(*byte)
        {
            self.at += 1;
        }
    }

    /// A quoted token whose opening quote is at `open`; a doubled quote stands for itself.
    fn quoted(&mut self, open: usize, quote: u8, backslash: bool, kind: Kind) -> Kind {
        self.at = open + 1;
        while let Some(&byte) = self.bytes.get(self.at) {
            if byte != quote && byte != b'\\' {
                self.at += 1;
                continue;
            }
            let escapes = (backslash && byte == b'\\') || (byte == quote && self.byte(self.at + 1) == quote);
            if escapes {
                self.at += 2;
            } else if byte == quote {
                self.at += 1;
                return kind;
            } else {
                self.at += 1;
            }
        }
        kind
    }

    fn dollar(&mut self) -> Kind {
        let mut end = self.at + 1;
        if self.byte(end).is_ascii_digit() {
            self.at = end;
            self.skip_while(|byte| byte.is_ascii_digit());
            return Kind::Number;
        }
        while is_word_part(self.byte(end)) && self.byte(end) != b'$' {
            end += 1;
        }
        if self.byte(end) != b'$' {
            self.at += 1;
            return Kind::Symbol;
        }
        let tag = self.source.get(self.at..=end).unwrap_or("$$");
        self.at = self
            .find(end + 1, tag)
            .map_or(self.bytes.len(), |close| close + tag.len());
        Kind::Dollar
    }

    fn operator(&mut self) {
        while is_operator(self.byte(self.at)) {
            let comment = matches!(
                (self.byte(self.at), self.byte(self.at + 1)),
                (b'-', b'-') | (b'/', b'*')
            );
            if comment {
                return;
            }
            self.at += 1;
        }
    }
}

pub(super) fn is_word_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

pub(super) fn is_word_part(byte: u8) -> bool {
    is_word_start(byte) || byte.is_ascii_digit() || byte == b'$'
}

fn is_operator(byte: u8) -> bool {
    b"+-*/<>=~!@#%^&|?".contains(&byte)
}
