//! The keys that a conflict target can mean.
//!
//! The server looks for unique indexes over just the columns and expressions that the target names, each as often as it
//! likes, whatever their collations and operator classes. So an index holds the owner column if the target names it
//! plainly; but which columns stand behind the parts that the catalog has as text is not known, and equality there may
//! be loose.

use std::collections::BTreeSet;

use sqlparser::ast::{ConflictTarget, Expr as Ast, Ident, ObjectName};

use super::Lowerer;
use super::names::{name_span, part};
use super::scope::Scope;
use super::through::Written;
use crate::catalog::{Key, KeyPart, Ownership, Table};
use crate::parse::span_of;
use crate::{Code, Dialect, Span};

/// What a conflict target names.
#[derive(Default)]
struct Target {
    columns: BTreeSet<usize>,
    /// Something else than columns, too.
    expressions: bool,
    /// How many things it names.
    len: usize,
}

impl<'a> Lowerer<'a> {
    /// The keys that a conflict target can mean: at least those that the server may choose.
    pub(super) fn arbiters(
        &mut self,
        target: &ConflictTarget,
        written: &Written<'a>,
        span: Span,
    ) -> Option<Vec<(&'a Table, &'a Key)>> {
        let table = written.table;
        match target {
            ConflictTarget::Columns(idents) => self.inferred(idents, written, span),
            ConflictTarget::OnConstraint(_) if written.through.is_some() => {
                self.unsupported(span, "`on conflict on constraint` of an insert through a view");
                None
            }
            ConflictTarget::OnConstraint(name) => self.constraint(name, table).map(|key| vec![(table, key)]),
        }
    }

    fn inferred(
        &mut self,
        idents: &[Ident],
        written: &Written<'a>,
        span: Span,
    ) -> Option<Vec<(&'a Table, &'a Key)>> {
        let table = written.table;
        let target = self.conflict_target(idents, written)?;
        let owner = self.owner_column(table).map(|owner| owner.index);
        let placed = table.ownership == Ownership::Placed;
        if target.expressions && !placed && owner.is_none_or(|owner| !target.columns.contains(&owner)) {
            // The server may take an expression for the column that it comes to: then another key is meant.
            let owner = owner.and_then(|owner| table.columns.get(owner));
            let owner = owner.map(|column| column.name.clone()).unwrap_or_default();
            self.refuse(
                Code::ConflictKey,
                span,
                format!(
                    "another tenant's row may decide what happens here: the conflict target does not name `{owner}`"
                ),
            )
            .help = vec![format!("use a key that holds `{owner}` as the conflict target")];
            return None;
        }
        let matching: Vec<(&Table, &Key)> = table
            .keys
            .iter()
            .filter(|key| self.may_be_meant(table, key, &target))
            .map(|key| (table, key))
            .collect();
        if matching.is_empty() {
            self.refuse(
                Code::ConflictKey,
                span,
                format!("no unique key of `{}` has just these columns", table.name.name),
            );
            return None;
        }
        Some(matching)
    }

    fn may_be_meant(&self, table: &Table, key: &Key, target: &Target) -> bool {
        let mut columns = BTreeSet::new();
        let mut texts = String::new();
        for part in &key.parts {
            match part {
                KeyPart::Column(index) => {
                    columns.insert(*index);
                }
                KeyPart::Expression(text) => {
                    texts.push_str(text);
                    texts.push(' ');
                }
            }
        }
        if texts.is_empty() {
            return !target.expressions && columns == target.columns;
        }
        if !target.expressions && !columns.is_subset(&target.columns) {
            return false;
        }
        match self.dialect() {
            // Every part of the key is one that the target names, and there are as many.
            Dialect::Sqlite => key.parts.len() == target.len,
            // The columns that the target names are those of the key: one that is no plain part stands in a text.
            Dialect::Postgres | Dialect::Mysql => {
                let texts = texts.to_lowercase();
                let mentions = |index: &usize| {
                    table
                        .columns
                        .get(*index)
                        .is_none_or(|column| texts.contains(&column.name.to_lowercase()))
                };
                texts.contains("u&") || target.columns.difference(&columns).all(mentions)
            }
        }
    }

    fn conflict_target(&mut self, idents: &[Ident], written: &Written<'a>) -> Option<Target> {
        let extras = self.extras;
        if let [ident] = idents {
            let span = span_of(ident.span);
            if let Some((_, parts)) = extras.conflict_targets.iter().find(|(at, _)| *at == span) {
                return self.expression_target(parts, written, span);
            }
        }
        let mut target = Target {
            len: idents.len(),
            ..Target::default()
        };
        for ident in idents {
            target.columns.insert(self.conflict_column(ident, written)?);
        }
        Some(target)
    }

    /// The expressions are planned like any other: what they call matters. Their names are columns of the table.
    fn expression_target(&mut self, parts: &[Ast], written: &Written<'a>, span: Span) -> Option<Target> {
        let table = written.table;
        if written.through.is_some() {
            self.unsupported(
                span,
                "an expression in the conflict target of an insert through a view",
            );
            return None;
        }
        let mut target = Target {
            len: parts.len(),
            ..Target::default()
        };
        let mut scope = Scope::new(None);
        scope.add(super::from::refused_relation(Some(table.name.name.clone())));
        for part in parts {
            let mut inner = part;
            while let Ast::Nested(next) = inner {
                inner = next;
            }
            match inner {
                Ast::Identifier(ident) => {
                    target.columns.insert(self.conflict_column(ident, written)?);
                }
                Ast::Function(_) | Ast::BinaryOp { .. } => {
                    target.expressions = true;
                    let lowered = self.in_row_block(|this| this.expr(inner, &scope));
                    if lowered.has_query() {
                        self.unsupported(span, "a subquery in a conflict target");
                    }
                }
                _ => {
                    self.unsupported(span, "this expression in a conflict target");
                    return None;
                }
            }
        }
        Some(target)
    }

    fn conflict_column(&mut self, ident: &Ident, written: &Written<'a>) -> Option<usize> {
        let name = self.fold(ident);
        let index = written.column(&name).flatten();
        if index.is_none() {
            self.refuse(
                Code::UnknownColumn,
                span_of(ident.span),
                format!("there is no column `{name}` in `{}`", written.name().name),
            );
        }
        index
    }

    fn constraint(&mut self, name: &ObjectName, table: &'a Table) -> Option<&'a Key> {
        let span = name_span(name);
        let wanted = name
            .0
            .last()
            .and_then(part)
            .map(|ident| self.fold(ident))
            .unwrap_or_default();
        let found = table
            .keys
            .iter()
            .find(|key| key.constraint && key.name.as_deref() == Some(wanted.as_str()));
        if found.is_none() {
            self.refuse(
                Code::ConflictKey,
                span,
                format!("`{}` has no constraint `{wanted}` that is known", table.name.name),
            );
        }
        found
    }
}
