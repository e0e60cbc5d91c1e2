//! Placeholders: what the text uses, and the driver's form of it.

mod mysql;
mod postgres;
mod sqlite;

use std::collections::{BTreeMap, BTreeSet};

use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::lex::{TENANT, span_of};
use super::refusal::{Help, refuse};
use crate::config::Isolation;
use crate::{Bind, Code, Diagnostic, Dialect, Proved, Span, TenantType};

/// Every placeholder of a statement, in the order of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placeholders {
    dialect: Dialect,
    found: Vec<Placeholder>,
}

/// One placeholder as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placeholder {
    /// Where.
    pub span: Span,
    /// As written: `$1`, `$tenant`, `?`, `?2`, `:name`.
    pub text: String,
}

impl Placeholder {
    /// Whether it is `$tenant`.
    pub fn is_tenant(&self) -> bool {
        self.text == TENANT
    }
}

/// What goes to the driver in the place of each placeholder, and the values behind it.
struct Numbered {
    /// One for each placeholder, in the order of the text.
    texts: Vec<String>,
    binds: Vec<Bind>,
}

impl Placeholders {
    /// The placeholders among `tokens`.
    pub(super) fn of(tokens: &[TokenWithSpan], dialect: Dialect) -> Self {
        let found = tokens
            .iter()
            .filter_map(|token| match &token.token {
                Token::Placeholder(text) => Some(Placeholder {
                    span: span_of(token.span),
                    text: text.clone(),
                }),
                _ => None,
            })
            .collect();
        Self { dialect, found }
    }

    /// All of them, in the order of the text.
    pub fn all(&self) -> &[Placeholder] {
        &self.found
    }

    /// The statement in the driver's form. `tenant_types` says for every `$tenant`, by its span, which type it is
    /// encoded as: that of the column that it stands against.
    ///
    /// PostgreSQL: the caller's `$1` .. `$n` stay, `$tenant` becomes the next number, one for each type. SQLite: every
    /// placeholder keeps the slot that SQLite gives it and is written as `?NNN`. MySQL: every placeholder is a `?` with a
    /// bind of its own.
    ///
    /// What the statement needs of the place where it runs is the prover's to say: until it does, it is what asks for
    /// most, rows and a commit.
    ///
    /// `casts` are PostgreSQL's arguments that the text casts to `int8`.
    ///
    /// # Errors
    /// Placeholder diagnostics: numbers that leave gaps, a slot that the tenant shares with an argument, a `$tenant`
    /// without a type.
    pub fn emit(
        &self,
        sql: &str,
        tenant_types: &[(Span, TenantType)],
        casts: &[Span],
    ) -> Result<Proved, Vec<Diagnostic>> {
        let types = self.tenant_types(tenant_types)?;
        let mut numbered = match self.dialect {
            Dialect::Postgres => postgres::number(&self.found, &types)?,
            Dialect::Sqlite => sqlite::number(&self.found, &types)?,
            Dialect::Mysql => mysql::number(&self.found, &types)?,
        };
        let casts: BTreeSet<&Span> = casts.iter().collect();
        for (placeholder, text) in self.found.iter().zip(&mut numbered.texts) {
            if casts.contains(&placeholder.span) {
                text.push_str("::int8");
            }
        }
        let arguments = numbered
            .binds
            .iter()
            .filter(|bind| matches!(bind, Bind::Argument { .. }))
            .count();
        Ok(Proved {
            sql: self.rewrite(sql, &numbered.texts),
            binds: numbered.binds,
            arguments,
            repairs: Vec::new(),
            isolation: Isolation::Rows,
            reads: false,
        })
    }

    /// The same for central work, in which `$tenant` has no meaning.
    ///
    /// # Errors
    /// As [`Placeholders::emit`], and one for every `$tenant`.
    pub fn emit_central(&self, sql: &str) -> Result<Proved, Vec<Diagnostic>> {
        let refused: Vec<Diagnostic> = self
            .found
            .iter()
            .filter(|found| found.is_tenant())
            .map(|found| {
                refuse(
                    Code::Placeholder,
                    found.span,
                    "`$tenant` has no meaning in central work",
                    "there is no current tenant",
                )
                .help("pass the tenant as an argument, or use a tenant query")
            })
            .collect();
        if refused.is_empty() {
            self.emit(sql, &[], &[])
        } else {
            Err(refused)
        }
    }

    /// The type of every placeholder: `None` for an argument, one for every `$tenant`.
    fn tenant_types(&self, given: &[(Span, TenantType)]) -> Result<Vec<Option<TenantType>>, Vec<Diagnostic>> {
        // What stands against each; nothing if they are several types.
        let mut kinds: BTreeMap<Span, Option<TenantType>> = BTreeMap::new();
        for &(span, kind) in given {
            let known = kinds.entry(span).or_insert(Some(kind));
            *known = known.filter(|known| *known == kind);
        }
        let mut types = Vec::with_capacity(self.found.len());
        let mut refused = Vec::new();
        for found in &self.found {
            if !found.is_tenant() {
                types.push(None);
                continue;
            }
            let kind = kinds.get(&found.span).copied().flatten();
            if kind.is_none() {
                refused.push(
                    refuse(
                        Code::Placeholder,
                        found.span,
                        "no single tenant column says which type `$tenant` has here",
                        "type unknown",
                    )
                    .help("compare `$tenant` with a tenant column, or assign it to one"),
                );
            }
            types.push(kind);
        }
        if refused.is_empty() {
            Ok(types)
        } else {
            Err(refused)
        }
    }

    /// `sql` with each placeholder replaced by its text. Only the bytes of the placeholders change: a number ends
    /// where the placeholder ended, because no dialect lets a digit or a name follow one directly.
    fn rewrite(&self, sql: &str, texts: &[String]) -> String {
        let mut out = String::with_capacity(sql.len() + texts.len());
        let mut written = 0;
        for (found, text) in self.found.iter().zip(texts) {
            out.push_str(sql.get(written..found.span.range().start).unwrap_or_default());
            out.push_str(text);
            written = found.span.range().end;
        }
        out.push_str(sql.get(written..).unwrap_or_default());
        out
    }
}

#[cfg(test)]
mod tests;
