//! Merges. The pairs that `on` joins and the source rows that it leaves over are relations of their own, and every
//! branch is a statement over one of them.

use super::predicate::Mode;
use super::trace::steps;
use super::write::{owns, pinned};
use super::{Analyzer, Facts, Node, Pinned, Problem, Role, Verb, settle};
use crate::plan::{Action, Merge, Write};

impl Analyzer<'_> {
    /// A branch acts on the rows for which its condition is true and that of no earlier branch is. Whether a condition is
    /// true says nothing of other tenants' rows (its subqueries are confined where it is true), so the earlier branches
    /// need no other look, and a branch may confine by its own condition what `on` left open: for all other rows it does
    /// nothing. What a `do nothing` is done for does not matter, beside what its condition reads.
    ///
    /// A source row is left over if no target row satisfies `on` with it. Only `on` can confine the target there: with a
    /// match in another tenant's rows the branch would not act.
    pub(super) fn merge(&mut self, write: &Write, merge: &Merge, outer: &Facts) {
        for (rows, matched) in [(&merge.matched, true), (&merge.unmatched, false)] {
            let mut branches = merge
                .branches
                .iter()
                .filter(|branch| branch.matched == matched)
                .peekable();
            if branches.peek().is_none() {
                continue;
            }
            let mut base = self.relation(rows, outer);
            settle(&mut base);
            for branch in branches {
                let mut info = base.clone();
                if matches!(branch.action, Action::Nothing) {
                    info.open.clear();
                }
                if let Some(condition) = &branch.condition {
                    let found = self.predicate(condition, Mode::True, &base.facts);
                    info.facts.extend(&found.facts);
                    info.open.extend(found.open);
                    settle(&mut info);
                }
                match &branch.action {
                    Action::Nothing => {}
                    Action::Insert { owner, values } => {
                        self.evaluate_all(values, &mut info);
                        settle(&mut info);
                        for (owner, span) in owner {
                            if owns(owner, &info.facts) {
                                self.pin(write, *span, Role::Inserted, || pinned(owner, &info.facts));
                            } else {
                                self.problem(Problem::Owner {
                                    span: *span,
                                    table: write.table.clone(),
                                });
                            }
                        }
                    }
                    Action::Change { owner, others } => {
                        let (scan, column) = merge.target;
                        if info.facts.is_tenant(Node::Col(column)) {
                            self.pin(write, write.span, Role::Target, || {
                                Pinned::Known(steps(&info.facts, Node::Col(column), Node::Tenant))
                            });
                        } else {
                            self.problem(Problem::Target {
                                span: write.span,
                                table: write.table.clone(),
                                verb: Verb::Merge,
                            });
                            info.open.retain(|obligation| obligation.scan != scan);
                        }
                        self.assignments(write, owner, others, &mut info);
                    }
                }
                self.report_all(info);
            }
        }
    }
}
