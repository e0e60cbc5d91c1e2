//! `insert .. set`, `insert ignore`, `replace`, `on duplicate key update`.
//!
//! Any unique key can fire any of them, so each must hold the column that says whose a row is. `ignore` drops errors of
//! foreign keys besides: whether a parent of another tenant's exists would show in what is inserted.

use sqlparser::ast::{
    Assignment, AssignmentTarget, Expr as Ast, Function, InsertAliases, ObjectName, OnInsert, Spanned,
};

use super::super::Lowerer;
use super::super::function::plain_arguments;
use super::super::insert::{Source, is_default};
use super::super::names::{name_span, part};
use super::super::scope::{Scope, Visible};
use super::super::through::Written;
use crate::catalog::{ForeignKey, Ownership, Relation, Table};
use crate::parse::span_of;
use crate::plan::{ConflictUpdate, Expr, Rel};
use crate::{Code, Span};

/// What an insert does about rows that are in the way.
pub(in crate::lower) struct Silent<'q> {
    pub(in crate::lower) on: Option<&'q OnInsert>,
    pub(in crate::lower) ignore: bool,
    pub(in crate::lower) replace: bool,
    /// `as new`: the proposed row.
    pub(in crate::lower) row: Option<&'q InsertAliases>,
}

impl<'a> Lowerer<'a> {
    /// `insert into t set a = 1, b = 2`: the columns, and one row.
    pub(in crate::lower) fn insert_set(
        &mut self,
        assignments: &[Assignment],
    ) -> (Vec<ObjectName>, Option<Source>) {
        if assignments.is_empty() {
            return (Vec::new(), None);
        }
        let scope = Scope::new(None);
        let mut columns = Vec::new();
        let mut cells = Vec::new();
        for Assignment { target, value } in assignments {
            let span = span_of(value.span());
            match target {
                AssignmentTarget::ColumnName(name) => columns.push(name.clone()),
                AssignmentTarget::Tuple(_) => {
                    self.unsupported(span, "several columns in one assignment");
                    continue;
                }
            }
            // A value that names a column means the one assigned before it, which is not known here.
            cells.push(if is_default(value) {
                (span, Expr::Constant, true)
            } else {
                (span, self.in_row_block(|this| this.expr(value, &scope)), false)
            });
        }
        let row = cells.iter().map(|(_, value, _)| value.clone()).collect();
        let source = Source {
            rel: Rel::Values {
                rows: vec![row],
                outputs: Vec::new(),
            },
            width: cells.len(),
            rows: Some(vec![cells]),
            outputs: Vec::new(),
        };
        (columns, Some(source))
    }

    /// What may happen to rows that are there already.
    pub(in crate::lower) fn mysql_conflicts(
        &mut self,
        how: &Silent<'_>,
        written: &Written<'a>,
        alias: &str,
        given: &[usize],
        span: Span,
    ) -> Vec<ConflictUpdate> {
        let table = written.table;
        let what = match (how.replace, how.on.is_some(), how.ignore) {
            (true, ..) => "`replace`",
            (false, true, _) => "`on duplicate key update`",
            (false, false, true) => "`insert ignore`",
            (false, false, false) => return Vec::new(),
        };
        let mut held = true;
        for (holder, key) in self.all_keys(table) {
            held &= self.require_owner(table, (holder, key), what, span);
        }
        if how.replace {
            // The rows in the way are deleted.
            self.delete_effects(table, span);
        }
        if how.ignore {
            self.ignored_parents(table, given, span);
        }
        match how.on {
            Some(OnInsert::DuplicateKeyUpdate(assignments)) => {
                let update = self.duplicate_key(assignments, how, written, alias, span);
                if held { vec![update] } else { Vec::new() }
            }
            // The enum is `non_exhaustive`.
            Some(_) => {
                self.unsupported(span, "this conflict clause");
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    fn duplicate_key(
        &mut self,
        assignments: &[Assignment],
        how: &Silent<'_>,
        written: &Written<'a>,
        alias: &str,
        span: Span,
    ) -> ConflictUpdate {
        let table = written.table;
        let row = self.instance(table, Some(alias), span, false);
        let proposed = self.instance(table, Some("values"), span, false).proposed();
        let visible = Visible::of_table("values", table, &proposed, None);
        let mut scope = Scope::new(None);
        scope.add(Visible::of_table(alias, table, &row, None));
        if let Some(InsertAliases {
            row_alias,
            col_aliases,
        }) = how.row
        {
            if col_aliases.as_ref().is_some_and(|names| !names.is_empty()) {
                self.unsupported(name_span(row_alias), "names for the columns of the new row");
            }
            let ident = row_alias.0.last().and_then(part);
            scope.relations.push(Visible {
                alias: ident.map(|ident| self.fold(ident)),
                spelled: ident.map(|ident| ident.value.clone()),
                qualified: None,
                ..visible.clone()
            });
        }
        self.proposed = Some((self.blocks.len() + 1, visible));
        let assigned = self.in_row_block(|this| this.assignments(assignments, written, &scope));
        self.proposed = None;
        let columns = self.update_effects(table, &assigned.columns, span);
        if how.ignore {
            self.update_ignores(table, &columns, span);
        }
        ConflictUpdate {
            row: row.scan,
            excluded: proposed.scan,
            owner: assigned.owner,
            others: assigned.others,
            condition: None,
        }
    }

    /// `values(column)` in `on duplicate key update`; anywhere else it is null. In a subquery it means a column of the
    /// subquery's own tables first, and is null then.
    pub(in crate::lower) fn proposed_value(&mut self, function: &Function, span: Span) -> Option<Expr> {
        let (depth, proposed) = self.proposed.as_ref()?;
        let name = self.parts(&function.name)?;
        let [name] = name.as_slice() else {
            return None;
        };
        if name != "values" && name != "value" || self.blocks.len() != *depth {
            return None;
        }
        let ident = match plain_arguments(function)?.as_slice() {
            [Ast::Identifier(ident)] => ident,
            [Ast::CompoundIdentifier(idents)] => idents.last()?,
            _ => return None,
        };
        let column = self.fold(ident);
        let found = proposed
            .columns
            .iter()
            .find(|known| known.name.as_deref() == Some(column.as_str()))
            .map(|known| known.id);
        Some(match found {
            Some(id) => Expr::Col(id),
            None => {
                self.refuse(
                    Code::UnknownColumn,
                    span,
                    format!("there is no column `{column}`"),
                );
                Expr::opaque()
            }
        })
    }

    /// Parents that `ignore` asks for silently: a key that names a row of another tenant's, or none, drops the row.
    ///
    /// A key asks for no parent where one of its columns is null. Of a column that is not given that is certain only without
    /// a default, a trigger or an expression that may fill it.
    fn ignored_parents(&mut self, table: &'a Table, given: &[usize], span: Span) {
        let fires = table.triggers.iter().any(|trigger| trigger.on_insert);
        let null = |&index: &usize| {
            table.columns.get(index).is_some_and(|column| {
                !given.contains(&index)
                    && !fires
                    && !column.not_null
                    && !column.identity
                    && column.generated.is_none()
                    && column
                        .default
                        .as_deref()
                        .is_none_or(|text| text.eq_ignore_ascii_case("null"))
                    && !matches!(column.ty.name.as_str(), "timestamp")
            })
        };
        for key in &table.foreign_keys {
            let asked = !key.columns.iter().any(null);
            if asked && !self.asks_own(table, key) {
                self.refuse_ignored(table, key, span);
            }
        }
    }

    /// Whether only rows of the same tenant, or shared ones, decide whether a foreign key holds.
    pub(super) fn asks_own(&self, table: &Table, key: &ForeignKey) -> bool {
        let Some(Relation::Table(parent)) = self.catalog.relations.get(&key.parent) else {
            return false;
        };
        match parent.ownership {
            Ownership::Placed | Ownership::Shared => true,
            Ownership::Tenant { column, .. } => {
                let Ownership::Tenant { column: own, .. } = table.ownership else {
                    // The key that decides whose a row is names a parent that is known to be the tenant's.
                    return matches!(table.ownership, Ownership::Via { foreign_key }
                        if table.foreign_keys.get(foreign_key).is_some_and(|owner| std::ptr::eq(owner, key)));
                };
                if !self.is_exact_owner(parent.columns.get(column)) {
                    return false;
                }
                let name = parent.columns.get(column).map(|column| &column.name);
                key.columns
                    .iter()
                    .zip(&key.parent_columns)
                    .any(|(&column, parent_column)| column == own && Some(parent_column) == name)
            }
            Ownership::Via { .. } | Ownership::Unclassified { .. } => {
                matches!(table.ownership, Ownership::Via { foreign_key }
                if table.foreign_keys.get(foreign_key).is_some_and(|owner| std::ptr::eq(owner, key)))
            }
        }
    }

    pub(super) fn refuse_ignored(&mut self, table: &Table, key: &ForeignKey, span: Span) {
        let columns: Vec<&str> = key
            .columns
            .iter()
            .filter_map(|&index| table.columns.get(index))
            .map(|column| column.name.as_str())
            .collect();
        let (file, line) = (key.origin.file.display().to_string(), key.origin.line);
        let diagnostic = self.refuse(
            Code::ConflictKey,
            span,
            format!(
                "another tenant's row may decide what happens here: `ignore` also drops the errors of the foreign key ({}) of `{}`, which does not carry the tenant",
                columns.join(", "),
                table.name.name
            ),
        );
        diagnostic
            .notes
            .push(format!("the key is declared in {file}:{line}"));
        diagnostic.help = vec!["leave `ignore` out, and handle the error".to_owned()];
    }
}
