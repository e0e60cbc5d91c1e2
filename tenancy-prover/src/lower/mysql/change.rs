//! `update`: the order of assignments, `ignore`.

use std::borrow::Cow;

use sqlparser::ast::{Expr as Ast, ObjectName, Spanned};

use super::super::Lowerer;
use super::super::names::part;
use super::super::scope::Scope;
use crate::catalog::{KeyPart, Ownership, Relation, Table};
use crate::parse::span_of;
use crate::plan::{ColId, Expr, columns_of};
use crate::{Code, Dialect, Span};

impl<'a> Lowerer<'a> {
    /// The column that an assignment names, without the table or alias that MySQL lets stand before it.
    pub(in crate::lower) fn assigned_name<'n>(
        &mut self,
        name: &'n ObjectName,
        scope: &Scope<'_>,
    ) -> Cow<'n, ObjectName> {
        let target = scope.relations.first();
        if let ([table, column], Dialect::Mysql, Some(target)) = (name.0.as_slice(), self.dialect(), target)
            && let Some(table) = part(table)
            && target.alias.as_deref() == Some(self.fold(table).as_str())
        {
            self.spelled_alike(&table.value, target.spelled.as_deref(), span_of(table.span));
            return Cow::Owned(ObjectName(vec![column.clone()]));
        }
        Cow::Borrowed(name)
    }

    /// The value of an assignment. MySQL assigns from left to right (and in an order of its own to several tables): a value
    /// that names an assigned column may see the new one, of which no condition of the statement says anything. `elsewhere` are
    /// those of `assigned` that other tables have.
    pub(in crate::lower) fn assigned_value(
        &mut self,
        value: &Ast,
        assigned: &[ColId],
        elsewhere: &[ColId],
        scope: &Scope<'_>,
    ) -> Expr {
        if super::super::insert::is_default(value) {
            return Expr::Constant;
        }
        let lowered = self.expr(value, scope);
        if self.dialect() != Dialect::Mysql {
            return lowered;
        }
        let named = columns_of(std::slice::from_ref(&lowered));
        if !named.iter().any(|column| assigned.contains(column)) {
            return lowered;
        }
        if named.iter().any(|column| elsewhere.contains(column)) {
            // Which table is written first is the plan's affair, and the plan depends on everybody's rows.
            self.refuse(
                Code::UnsupportedSql,
                span_of(value.span()),
                "this value names a column of another table that the same `set` assigns: it may see the new value, or the old one",
            )
            .help = vec!["use one statement for each table".to_owned()];
        }
        if lowered.has_query() {
            self.refuse(
                Code::UnsupportedSql,
                span_of(value.span()),
                "this subquery names a column that the same `set` assigns: it may see the new value, or the old one",
            )
            .help = vec!["put the assignment with the subquery first, or use two statements".to_owned()];
        }
        Expr::opaque()
    }

    /// `update ignore`: what another tenant's rows forbid is left out silently.
    pub(in crate::lower) fn update_ignores(&mut self, table: &'a Table, columns: &[usize], span: Span) {
        for (holder, key) in self.all_keys(table) {
            let touched = key.parts.iter().any(|part| match part {
                KeyPart::Column(index) => columns.contains(index),
                KeyPart::Expression(_) => true,
            });
            if touched {
                self.require_owner(table, (holder, key), "`update ignore`", span);
            }
        }
        for key in &table.foreign_keys {
            let asked = key.columns.iter().any(|column| columns.contains(column));
            if asked && !self.asks_own(table, key) {
                self.refuse_ignored(table, key, span);
            }
        }
        self.ignored_children(table, columns, span);
    }

    /// `update ignore` of a key: rows of other tenants that refer to it keep it as it is, silently.
    fn ignored_children(&mut self, table: &'a Table, columns: &[usize], span: Span) {
        let catalog = self.catalog;
        for (child, key) in catalog.children_of(&table.name) {
            let touched = columns
                .iter()
                .filter_map(|&index| table.columns.get(index))
                .any(|column| key.parent_columns.contains(&column.name) || key.parent_columns.is_empty());
            let own = matches!(
                child.ownership,
                Ownership::Tenant { .. } | Ownership::Via { .. } | Ownership::Placed
            ) && matches!(self.catalog.relations.get(&key.parent), Some(Relation::Table(_)))
                && self.asks_own(child, key);
            if touched && !own {
                self.refuse_ignored(child, key, span);
            }
        }
    }
}

/// A column of the written table in the rows that values are computed from.
pub(in crate::lower) fn column_named(scope: &Scope<'_>, table: &Table, index: usize) -> Option<ColId> {
    let name = table.columns.get(index).map(|column| column.name.as_str())?;
    let target = scope.relations.first()?;
    target
        .columns
        .iter()
        .find(|column| column.name.as_deref() == Some(name))
        .map(|column| column.id)
}
