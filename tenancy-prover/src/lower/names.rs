//! Identifiers: folding, and the names that a select list gives its columns.

use sqlparser::ast::{self, Ident, ObjectName, ObjectNamePart};

use super::Lowerer;
use crate::parse::span_of;
use crate::{Dialect, Span};

impl Lowerer<'_> {
    /// An identifier as the server compares it: PostgreSQL folds unquoted ones to lower case, SQLite ignores case
    /// everywhere.
    pub(super) fn fold(&self, ident: &Ident) -> String {
        match (self.dialect(), ident.quote_style) {
            (Dialect::Postgres, Some(_)) => ident.value.clone(),
            (Dialect::Postgres, None) | (Dialect::Sqlite | Dialect::Mysql, _) => {
                ident.value.to_ascii_lowercase()
            }
        }
    }

    /// The folded parts of a name; `None` if a part is no identifier, or is a string that stands for one.
    pub(super) fn parts(&self, name: &ObjectName) -> Option<Vec<String>> {
        name.0
            .iter()
            .map(|one| {
                part(one)
                    .filter(|ident| ident.quote_style != Some('\''))
                    .map(|ident| self.fold(ident))
            })
            .collect()
    }

    /// The name that a select list gives an expression without `as`; `None` where the server makes one up, or where it
    /// is not certain.
    pub(super) fn implicit_name(&self, expr: &ast::Expr) -> Option<String> {
        match expr {
            ast::Expr::Identifier(ident) => self.column_name(ident),
            ast::Expr::CompoundIdentifier(idents) => idents.last().and_then(|ident| self.column_name(ident)),
            ast::Expr::Nested(inner) => self.implicit_name(inner),
            ast::Expr::Collate { expr, .. } if self.dialect() == Dialect::Postgres => {
                self.implicit_name(expr)
            }
            ast::Expr::Cast { expr, .. } if self.dialect() == Dialect::Postgres => {
                // A cast keeps the name of a column or function; else the type gives it, which is not modelled.
                let mut inner = expr.as_ref();
                while let ast::Expr::Nested(next) | ast::Expr::Cast { expr: next, .. } = inner {
                    inner = next;
                }
                match inner {
                    ast::Expr::Identifier(_) | ast::Expr::CompoundIdentifier(_) | ast::Expr::Function(_) => {
                        self.implicit_name(inner)
                    }
                    _ => None,
                }
            }
            ast::Expr::Function(function) if self.dialect() == Dialect::Postgres => function
                .name
                .0
                .last()
                .and_then(part)
                .map(|ident| self.fold(ident)),
            ast::Expr::Exists { .. } if self.dialect() == Dialect::Postgres => Some("exists".to_owned()),
            _ => None,
        }
    }

    /// SQLite names the columns of a view after the columns that they are: `rowid` may be one of another name there.
    fn column_name(&self, ident: &Ident) -> Option<String> {
        let name = self.fold(ident);
        let renamed = self.dialect() == Dialect::Sqlite && !self.views.is_empty() && self.is_physical(&name);
        (!renamed).then_some(name)
    }
}

/// The identifier of one part of a dotted name.
pub(super) fn part(part: &ObjectNamePart) -> Option<&Ident> {
    match part {
        ObjectNamePart::Identifier(ident) => Some(ident),
        ObjectNamePart::Function(_) => None,
    }
}

/// Where a dotted name stands.
pub(super) fn name_span(name: &ObjectName) -> Span {
    name.0
        .iter()
        .filter_map(part)
        .fold(Span::default(), |span, ident| span.union(span_of(ident.span)))
}
