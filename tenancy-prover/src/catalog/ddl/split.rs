//! A file's statements: where each one ends.

mod mysql;

use super::scan::{Kind, Scanner, Token};
use crate::Dialect;

/// Splits `source` at the semicolons that end statements: not those in quotes, comments, parentheses, and not those
/// of a body (`begin atomic .. end`, SQLite's `create trigger .. begin .. end`). psql's own commands and the data of
/// `copy .. from stdin`, which dumps may hold, are skipped.
pub(super) fn split(source: &str, dialect: Dialect) -> Vec<Vec<Token>> {
    let mut scanner = Scanner::new(source, dialect);
    let mut statements = Vec::new();
    let mut current = Current {
        source,
        dialect,
        tokens: Vec::new(),
        parentheses: 0,
        body: 0,
    };
    if dialect == Dialect::Mysql {
        return mysql::split(scanner, current);
    }
    while let Some(token) = scanner.next_token() {
        let text = source.get(token.start..token.end).unwrap_or("");
        if current.tokens.is_empty() && text == "\\" {
            scanner.skip_line();
            continue;
        }
        if text == ";" && current.parentheses == 0 && current.body == 0 {
            let tokens = current.finish();
            if copies_from_stdin(source, &tokens) {
                scanner.skip_line();
                while !scanner.finished() && scanner.skip_line().trim_end() != "\\." {}
            }
            if !tokens.is_empty() {
                statements.push(tokens);
            }
            continue;
        }
        current.push(token, text);
    }
    let last = current.finish();
    if !last.is_empty() {
        statements.push(last);
    }
    statements
}

struct Current<'a> {
    source: &'a str,
    dialect: Dialect,
    tokens: Vec<Token>,
    parentheses: usize,
    /// Nesting of `begin atomic`, a trigger's `begin`, and the `case`s in them, up to their `end`.
    body: usize,
}

impl Current<'_> {
    fn push(&mut self, token: Token, text: &str) {
        match token.kind {
            Kind::Symbol if text == "(" => self.parentheses += 1,
            Kind::Symbol if text == ")" => self.parentheses = self.parentheses.saturating_sub(1),
            Kind::Word if self.body > 0 && text.eq_ignore_ascii_case("case") => self.body += 1,
            Kind::Word if self.body > 0 && text.eq_ignore_ascii_case("end") => self.body -= 1,
            Kind::Word if self.body == 0 && self.opens_body(text) => self.body = 1,
            Kind::Word
            | Kind::Quoted
            | Kind::UnicodeQuoted
            | Kind::Text
            | Kind::Dollar
            | Kind::Number
            | Kind::Symbol => {}
        }
        self.tokens.push(token);
    }

    fn opens_body(&self, text: &str) -> bool {
        match self.dialect {
            Dialect::Postgres => {
                text.eq_ignore_ascii_case("atomic") && self.word(self.tokens.len().wrapping_sub(1)) == "begin"
            }
            Dialect::Sqlite => {
                let temporary = matches!(self.word(1).as_str(), "temp" | "temporary");
                text.eq_ignore_ascii_case("begin")
                    && self.word(0) == "create"
                    && self.word(1 + usize::from(temporary)) == "trigger"
            }
            // It has a rule of its own.
            Dialect::Mysql => false,
        }
    }

    fn word(&self, index: usize) -> String {
        word(self.source, &self.tokens, index)
    }

    fn finish(&mut self) -> Vec<Token> {
        self.parentheses = 0;
        self.body = 0;
        std::mem::take(&mut self.tokens)
    }
}

fn word(source: &str, tokens: &[Token], index: usize) -> String {
    let Some(token) = tokens.get(index).filter(|token| token.kind == Kind::Word) else {
        return String::new();
    };
    source
        .get(token.start..token.end)
        .unwrap_or("")
        .to_ascii_lowercase()
}

fn copies_from_stdin(source: &str, tokens: &[Token]) -> bool {
    word(source, tokens, 0) == "copy"
        && (1..tokens.len())
            .any(|at| word(source, tokens, at) == "from" && word(source, tokens, at + 1) == "stdin")
}
