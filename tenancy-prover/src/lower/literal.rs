//! Literals and placeholders.

use sqlparser::ast::{self, Value};

use super::Lowerer;
use super::scope::Scope;
use crate::plan::Expr;
use crate::{Dialect, Span};

impl Lowerer<'_> {
    pub(super) fn value(&mut self, value: &Value, span: Span) -> Expr {
        match value {
            Value::Number(..)
            | Value::SingleQuotedString(_)
            | Value::DollarQuotedString(_)
            | Value::EscapedStringLiteral(_)
            | Value::SingleQuotedByteStringLiteral(_)
            | Value::HexStringLiteral(_) => Expr::Constant,
            Value::NationalStringLiteral(_) if self.dialect() == Dialect::Mysql => Expr::Constant,
            Value::Boolean(value) => Expr::Bool(*value),
            Value::Null => Expr::Null,
            Value::Placeholder(text) if text == "$tenant" => Expr::Tenant,
            Value::Placeholder(text) => Expr::Param(self.param(text, span)),
            Value::TripleSingleQuotedString(_)
            | Value::TripleDoubleQuotedString(_)
            | Value::UnicodeStringLiteral(_)
            | Value::DoubleQuotedByteStringLiteral(_)
            | Value::TripleSingleQuotedByteStringLiteral(_)
            | Value::TripleDoubleQuotedByteStringLiteral(_)
            | Value::SingleQuotedRawStringLiteral(_)
            | Value::DoubleQuotedRawStringLiteral(_)
            | Value::TripleSingleQuotedRawStringLiteral(_)
            | Value::TripleDoubleQuotedRawStringLiteral(_)
            | Value::NationalStringLiteral(_)
            | Value::QuoteDelimitedStringLiteral(_)
            | Value::NationalQuoteDelimitedStringLiteral(_)
            | Value::DoubleQuotedString(_) => self.unsupported(span, "this form of literal"),
        }
    }

    /// To SQLite `true` and `false` are names first, and literals only where nothing is called so: no column of these
    /// relations or of those around, no name of a select list. A column whose name is not known may be.
    pub(super) fn may_be_a_name(&self, literal: &ast::Expr, scope: &Scope<'_>) -> bool {
        if self.dialect() != Dialect::Sqlite {
            return false;
        }
        let name = match literal {
            ast::Expr::IsTrue(_) | ast::Expr::IsNotTrue(_) => "true",
            ast::Expr::IsFalse(_) | ast::Expr::IsNotFalse(_) => "false",
            ast::Expr::Value(value) => match value.value {
                Value::Boolean(true) => "true",
                Value::Boolean(false) => "false",
                _ => return false,
            },
            _ => return false,
        };
        let is = |column: &super::scope::Named| column.name.as_deref().is_none_or(|known| known == name);
        let mut level = Some(scope);
        while let Some(scope) = level {
            let listed = scope.relations.iter().flat_map(|one| &one.columns);
            if scope.columns.iter().chain(listed).any(is)
                || scope.aliases.iter().any(|(alias, _)| alias == name)
            {
                return true;
            }
            level = scope.parent;
        }
        let mut named = self.blocks.iter().flat_map(|block| &block.names);
        named.any(|known| known == name) || self.is_column_name(name)
    }
}
