//! `merge`.

use sqlparser::ast::{
    Merge as AstMerge, MergeAction, MergeClause, MergeClauseKind, MergeInsertExpr, MergeInsertKind,
    MergeUpdateExpr, MergeUpdateKind, Spanned, TableFactor, TableWithJoins,
};

use super::Lowerer;
use super::change::TargetTable;
use super::query::LoweredQuery;
use super::scope::Scope;
use super::through::Written;
use crate::parse::span_of;
use crate::plan::{Action, Branch, Expr, Join, JoinKind, Merge, Rel, Write, WriteKind};
use crate::{Dialect, Span};

impl<'a> Lowerer<'a> {
    /// `merge into target using source on condition when ..`. The source sees nothing of the target; `on` and the branches
    /// for matched rows see both, the others the source alone.
    pub(super) fn merge_query(&mut self, merge: &AstMerge) -> LoweredQuery {
        let AstMerge {
            merge_token,
            optimizer_hints,
            into,
            table,
            source,
            on,
            clauses,
            output,
        } = merge;
        let start = span_of(merge_token.0.span);
        if self.dialect() != Dialect::Postgres {
            self.unsupported(start, "`merge`");
            return LoweredQuery::nothing();
        }
        if !optimizer_hints.is_empty() || !*into {
            self.unsupported(start, "a merge clause of another dialect");
        }
        if output.is_some() {
            self.unsupported(start, "`returning` of a merge");
        }
        // The parenthesis of a join shows the tables in it beside each other: which of them a branch sees is not modelled.
        if let TableFactor::NestedJoin { alias: None, .. } = source {
            self.unsupported(
                span_of(source.span()),
                "a join without an alias as the source of a merge",
            );
        }
        let mut beside = Scope::new(None);
        let source_first = self.arena.next();
        let source_rel = {
            let item = TableWithJoins {
                relation: source.clone(),
                joins: Vec::new(),
            };
            self.in_from_block(|this| this.from(std::slice::from_ref(&item), &mut beside))
        };
        let source_end = self.arena.next();
        let Some(TargetTable {
            written,
            alias,
            span,
            owner,
            rel: target,
            columns: (first, end),
            visible,
        }) = self.target_table(table)
        else {
            return LoweredQuery::nothing();
        };
        if written.through.is_some() {
            self.unsupported(span, "a merge through a view");
        }
        self.refuse_target_name(&alias, &beside, span);
        let mut both = Scope::new(None);
        both.add(visible);
        both.columns.extend(beside.columns.iter().cloned());
        both.relations.extend(beside.relations.iter().cloned());
        let on = self.in_row_block(|this| this.expr(on, &both));
        let unmatched = Rel::Filter {
            input: Box::new(source_rel.clone()),
            predicate: Expr::Not(Box::new(Expr::Exists {
                query: Box::new(Rel::Filter {
                    input: Box::new(target.clone()),
                    predicate: on.clone(),
                }),
                first,
            })),
        };
        let matched = Rel::Join(Box::new(Join {
            kind: JoinKind::Inner,
            left: source_rel,
            right: target,
            left_columns: (source_first, source_end),
            right_columns: (first, end),
            lateral: false,
            on,
            merged: Vec::new(),
        }));
        let branches = clauses
            .iter()
            .filter_map(|clause| self.branch(clause, &written, &both, &beside, span))
            .collect();
        let merge = Merge {
            matched,
            unmatched,
            target: owner,
            branches,
        };
        LoweredQuery {
            rel: Rel::Write(Box::new(Write {
                span,
                table: written.table.name.clone(),
                kind: WriteKind::Merge(Box::new(merge)),
                returning: None,
            })),
            columns: Vec::new(),
        }
    }

    fn branch(
        &mut self,
        clause: &MergeClause,
        written: &Written<'a>,
        both: &Scope<'_>,
        beside: &Scope<'_>,
        span: Span,
    ) -> Option<Branch> {
        let MergeClause {
            when_token,
            clause_kind,
            predicate,
            action,
        } = clause;
        let when = span_of(when_token.0.span);
        let matched = match clause_kind {
            MergeClauseKind::Matched => true,
            MergeClauseKind::NotMatched | MergeClauseKind::NotMatchedByTarget => false,
            MergeClauseKind::NotMatchedBySource => {
                self.unsupported(when, "`not matched by source`");
                return None;
            }
        };
        let scope = if matched { both } else { beside };
        let condition = predicate
            .as_ref()
            .map(|condition| self.in_row_block(|this| this.expr(condition, scope)));
        let action = match (matched, action) {
            (
                _,
                MergeAction::DoNothing {
                    do_token: _,
                    nothing_token: _,
                },
            ) => Action::Nothing,
            (true, MergeAction::Delete { delete_token: _ }) => {
                self.delete_effects(written.table, span);
                Action::Change {
                    owner: Vec::new(),
                    others: Vec::new(),
                }
            }
            (true, MergeAction::Update(update)) => self.merge_update(update, written, scope, when, span)?,
            (false, MergeAction::Insert(insert)) => self.merge_insert(insert, written, scope, when, span)?,
            (true, MergeAction::Insert(_)) | (false, MergeAction::Update(_) | MergeAction::Delete { .. }) => {
                self.unsupported(when, "this action of a merge");
                return None;
            }
        };
        Some(Branch {
            matched,
            condition,
            action,
        })
    }

    fn merge_update(
        &mut self,
        update: &MergeUpdateExpr,
        written: &Written<'a>,
        scope: &Scope<'_>,
        when: Span,
        span: Span,
    ) -> Option<Action> {
        let MergeUpdateExpr {
            update_token: _,
            kind,
            update_predicate,
            delete_predicate,
        } = update;
        let (MergeUpdateKind::Set(assignments), None, None) = (kind, update_predicate, delete_predicate)
        else {
            self.unsupported(when, "a merge clause of another dialect");
            return None;
        };
        let assigned = self.in_row_block(|this| this.assignments(assignments, written, scope));
        self.update_effects(written.table, &assigned.columns, span);
        Some(Action::Change {
            owner: assigned.owner,
            others: assigned.others,
        })
    }

    fn merge_insert(
        &mut self,
        insert: &MergeInsertExpr,
        written: &Written<'a>,
        scope: &Scope<'_>,
        when: Span,
        span: Span,
    ) -> Option<Action> {
        let MergeInsertExpr {
            insert_token: _,
            columns,
            kind_token: _,
            kind,
            insert_predicate,
        } = insert;
        let (MergeInsertKind::Values(values), None) = (kind, insert_predicate) else {
            self.unsupported(when, "a merge clause of another dialect");
            return None;
        };
        let source = self.listed(values, scope);
        let values = match source.rows.as_deref() {
            Some([row]) => row.iter().map(|(_, value, _)| value.clone()).collect(),
            Some(_) | None => {
                self.unsupported(when, "an insert of several rows in a merge");
                return None;
            }
        };
        let table = written.table;
        let indexes = self.insert_columns(columns, written, &source, span)?;
        self.check_defaults(table, &indexes, &source, span);
        self.insert_effects(table, span);
        let owner = self.owner(table, &indexes, &source, span);
        Some(Action::Insert { owner, values })
    }
}
