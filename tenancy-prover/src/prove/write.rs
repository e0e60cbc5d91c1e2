//! Inserts, updates and deletes. A write is a statement of its own: what it reads must be confined within it, whatever
//! an enclosing query says of the rows that it returns.

use super::predicate::Mode;
use super::trace::steps;
use super::{Analyzer, Facts, Info, Node, Pin, Pinned, Problem, Role, Verb, Why, settle};
use crate::Span;
use crate::plan::{ConflictUpdate, Expr, Owner, Scan, Write, WriteKind};

impl Analyzer<'_> {
    pub(super) fn write(&mut self, write: &Write, outer: &Facts) -> Info {
        match &write.kind {
            WriteKind::Insert {
                source,
                owner,
                conflict,
            } => {
                let mut info = self.relation(source, outer);
                settle(&mut info);
                for (owner, span) in owner {
                    if self.looks_up_own(owner, &info.facts) {
                        self.pin(write, *span, Role::Inserted, || Pinned::Known(Vec::new()));
                    } else if owns(owner, &info.facts) {
                        self.pin(write, *span, Role::Inserted, || pinned(owner, &info.facts));
                    } else {
                        self.problem(Problem::Owner {
                            span: *span,
                            table: write.table.clone(),
                        });
                    }
                }
                self.report_all(info);
                for update in conflict {
                    self.conflict_update(write, update, outer);
                }
            }
            WriteKind::Change {
                source,
                target: (scan, column),
                delete,
                owner,
                others,
            } => {
                let mut info = self.relation(source, outer);
                settle(&mut info);
                if !info.facts.is_tenant(Node::Col(*column)) {
                    self.problem(Problem::Target {
                        span: write.span,
                        table: write.table.clone(),
                        verb: if *delete { Verb::Delete } else { Verb::Update },
                    });
                    info.open.retain(|obligation| obligation.scan != *scan);
                } else {
                    self.pin(write, write.span, Role::Target, || {
                        Pinned::Known(steps(&info.facts, Node::Col(*column), Node::Tenant))
                    });
                }
                self.assignments(write, owner, others, &mut info);
                self.report_all(info);
            }
            WriteKind::Merge(merge) => self.merge(write, merge, outer),
        }
        let mut info = Info {
            facts: outer.clone(),
            open: Vec::new(),
        };
        if let Some(returning) = &write.returning {
            self.own_row(&returning.row, &mut info);
            info.facts.close();
            self.project(&returning.outputs, &mut info);
            let open = std::mem::take(&mut info.open);
            self.report_all(Info {
                facts: Facts::default(),
                open,
            });
        }
        info
    }

    /// A row of the target that is known to be the tenant's, and nothing else of it.
    fn own_row(&self, row: &Scan, info: &mut Info) {
        info.facts.extend(&self.scan(row, &Facts::default()).facts);
        if let Some((_, column)) = row.owned {
            self.trace.origin(Node::Col(column), Node::Tenant, || Why::OwnRow);
            info.facts.equal(Node::Col(column), Node::Tenant);
        }
    }

    fn conflict_update(&mut self, write: &Write, update: &ConflictUpdate, outer: &Facts) {
        let mut info = Info {
            facts: outer.clone(),
            open: Vec::new(),
        };
        self.own_row(&update.row, &mut info);
        self.own_row(&update.excluded, &mut info);
        info.facts.close();
        if let Some(condition) = &update.condition {
            let found = self.predicate(condition, Mode::True, &info.facts);
            info.facts.extend(&found.facts);
            info.open.extend(found.open);
            settle(&mut info);
        }
        self.assignments(write, &update.owner, &update.others, &mut info);
        self.report_all(info);
    }

    pub(super) fn assignments(
        &mut self,
        write: &Write,
        owner: &[(Owner, Span)],
        others: &[Expr],
        info: &mut Info,
    ) {
        for (owner, span) in owner {
            let (Owner::Tenant(value) | Owner::Via(value, ..) | Owner::Checked(value)) = owner;
            self.evaluate_all(std::slice::from_ref(value), info);
            if self.looks_up_own(owner, &info.facts) || owns(owner, &info.facts) {
                self.pin(write, *span, Role::Assigned, || pinned(owner, &info.facts));
            } else {
                self.problem(Problem::Moved {
                    span: *span,
                    table: write.table.clone(),
                });
            }
        }
        self.evaluate_all(others, info);
        settle(info);
    }

    /// The key of a parent that a subquery looks up among the tenant's: `(select id from parents where tenant_id = $tenant
    /// and ..)`. Where it finds none it is null, which the column does not take.
    fn looks_up_own(&mut self, owner: &Owner, facts: &Facts) -> bool {
        let Owner::Via(
            Expr::Scalar {
                query,
                column,
                first: _,
            },
            Some(function),
            Some(identity),
        ) = owner
        else {
            return false;
        };
        if self.arena.info(*column).identity != Some(*identity) {
            return false;
        }
        // Its obligations are looked at where it is evaluated.
        let mut info = self.relation(query, facts);
        settle(&mut info);
        info.facts.names_own_parent(*function, Node::Col(*column))
    }

    pub(super) fn report_all(&mut self, info: Info) {
        for obligation in info.open {
            self.report_open(obligation);
        }
    }

    pub(super) fn pin(&self, write: &Write, span: Span, role: Role, found: impl FnOnce() -> Pinned) {
        self.trace.pin(|| Pin {
            target: write.span,
            span,
            role,
            found: found(),
        });
    }

    pub(super) fn problem(&mut self, problem: Problem) {
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }
}

/// Why [`owns`] holds.
pub(super) fn pinned(owner: &Owner, facts: &Facts) -> Pinned {
    let (Owner::Tenant(value) | Owner::Via(value, ..) | Owner::Checked(value)) = owner;
    let node = match (value, owner) {
        (_, Owner::Checked(_)) => return Pinned::Checked,
        (Expr::Col(column), _) => Node::Col(*column),
        (Expr::Param(number), Owner::Via(_, _, Some(identity))) => Node::Param(*number, *identity),
        (Expr::Cast(number, identity), Owner::Via(..)) => Node::Param(*number, *identity),
        _ => return Pinned::Written,
    };
    let parent = match owner {
        Owner::Checked(_) => return Pinned::Checked,
        Owner::Tenant(_) => return Pinned::Known(steps(facts, node, Node::Tenant)),
        Owner::Via(_, function, _) => function.and_then(|function| facts.own_parent(function, node)),
    };
    let Some(parent) = parent else {
        return Pinned::Known(Vec::new());
    };
    let key = parent
        .args
        .first()
        .map_or_else(Vec::new, |&arg| steps(facts, node, Node::Col(arg)));
    Pinned::Parent {
        key,
        owner: steps(facts, parent.result, Node::Tenant),
    }
}

/// Whether the value that decides whose a row is, is known to be the tenant, or to name a parent of the tenant's.
pub(super) fn owns(owner: &Owner, facts: &Facts) -> bool {
    match owner {
        Owner::Tenant(value) => match value {
            Expr::Tenant => true,
            Expr::Col(column) => facts.is_tenant(Node::Col(*column)),
            _ => false,
        },
        Owner::Via(value, Some(function), Some(identity)) => match value {
            Expr::Col(column) => facts.names_own_parent(*function, Node::Col(*column)),
            Expr::Param(number) => facts.names_own_parent(*function, Node::Param(*number, *identity)),
            Expr::Cast(number, cast) if cast == identity => {
                facts.names_own_parent(*function, Node::Param(*number, *identity))
            }
            _ => false,
        },
        Owner::Via(..) => false,
        // `with check`, which the canonical policy has, sees the row as it is stored.
        Owner::Checked(_) => true,
    }
}
