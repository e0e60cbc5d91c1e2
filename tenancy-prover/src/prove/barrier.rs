//! Relations whose rows stand for several rows of their input, or are chosen by looking at the others: exposures pass
//! only in columns that keep the tenants' rows apart. A tenant column is such a one beside a key that names its tenant:
//! rows that agree on the key agree on the tenant.

use std::collections::BTreeSet;

use super::{Analyzer, Barrier, Facts, Info, Node, Why, is_outer, settle};
use crate::plan::{Aggregate, ColId, Expr, Rel, SetOp, SetOutput};

impl Analyzer<'_> {
    /// The columns among `exprs` that group by identity: rows of two tenants never fall into one group.
    fn exact_columns(&self, exprs: &[Expr]) -> BTreeSet<ColId> {
        exprs
            .iter()
            .filter_map(|expr| match expr {
                Expr::Col(column) if self.arena.info(*column).identity.is_some() => Some(*column),
                _ => None,
            })
            .collect()
    }

    /// `group by`: a row of the output with `c = v` stands for input rows with `c = v`, if `c` is grouped. Under grouping
    /// sets `c` is null in the rows of a set that does not hold it, so being in one set is enough for an exposure; a
    /// fact must hold in all of them. An empty set (and an aggregate without `group by`) yields a row even of nothing:
    /// nothing is known of it.
    pub(super) fn aggregate(&mut self, aggregate: &Aggregate, outer: &Facts) -> Info {
        let mut info = self.relation(&aggregate.input, outer);
        self.evaluate_all(&aggregate.arguments, &mut info);
        for set in &aggregate.sets {
            self.evaluate_all(set, &mut info);
        }
        settle(&mut info);
        let sets: Vec<BTreeSet<ColId>> = aggregate
            .sets
            .iter()
            .map(|set| {
                let mut grouped = self.exact_columns(set);
                if aggregate.any_value {
                    return grouped;
                }
                for (key, first, end) in &aggregate.keys {
                    if key.iter().all(|column| grouped.contains(column)) {
                        grouped.extend((first.0..end.0).map(ColId));
                    }
                }
                // MySQL shows any value of such a column, not null, in the rows of a set that does not hold the key.
                if aggregate.sets.len() == 1 {
                    grouped.extend(info.facts.determined_by(&grouped));
                }
                grouped
            })
            .collect();
        let in_some: BTreeSet<ColId> = sets.iter().flatten().copied().collect();
        let in_all: BTreeSet<ColId> = in_some
            .iter()
            .copied()
            .filter(|column| sets.iter().all(|set| set.contains(column)))
            .collect();
        // In the rows that MySQL's rollup adds, a key that the select list names twice is null only once: the other shows
        // the last group's. So even a grouped column may name a tenant whose rows are not all that the row stands for.
        let in_some = if aggregate.any_value {
            in_all.clone()
        } else {
            in_some
        };
        let barrier = match aggregate.sets.as_slice() {
            [set] if set.is_empty() => Barrier::Aggregate,
            _ => Barrier::GroupBy,
        };
        let first = aggregate.first;
        let open = info
            .open
            .iter()
            .map(|obligation| {
                obligation
                    .narrowed(&info.facts, barrier, |node| match node {
                        Node::Col(column) => column < first || in_some.contains(&column),
                        Node::Tenant | Node::Param(..) => true,
                    })
                    .passed(barrier, |node| !is_outer(node, first))
            })
            .collect();
        let facts = if aggregate.sets.iter().any(Vec::is_empty) {
            outer.clone()
        } else {
            info.facts.restricted(|node| match node {
                Node::Col(column) => column < first || in_all.contains(&column),
                Node::Tenant | Node::Param(..) => true,
            })
        };
        let mut info = Info { facts, open };
        settle(&mut info);
        info
    }

    /// A window function looks at the other rows of its partition: an exposure passes if its column is in every
    /// `partition by`. The rows themselves stay.
    pub(super) fn window(
        &mut self,
        input: &Rel,
        first: ColId,
        partitions: &[Vec<Expr>],
        others: &[Expr],
        outer: &Facts,
    ) -> Info {
        let mut info = self.relation(input, outer);
        for partition in partitions {
            self.evaluate_all(partition, &mut info);
        }
        self.evaluate_all(others, &mut info);
        settle(&mut info);
        let partitions: Vec<BTreeSet<ColId>> = partitions
            .iter()
            .map(|partition| {
                let mut exact = self.exact_columns(partition);
                exact.extend(info.facts.determined_by(&exact));
                exact
            })
            .collect();
        let apart = |column: ColId| partitions.iter().all(|partition| partition.contains(&column));
        Self::narrow(&mut info, first, Barrier::Window, apart);
        info
    }

    /// `distinct`: rows that agree on the output columns become one; only those columns keep their meaning.
    pub(super) fn distinct(&mut self, input: &Rel, first: ColId, outputs: &[ColId], outer: &Facts) -> Info {
        let mut info = self.relation(input, outer);
        settle(&mut info);
        let mut exact: BTreeSet<ColId> = outputs
            .iter()
            .copied()
            .filter(|&column| self.arena.info(column).identity.is_some())
            .collect();
        let determined = info.facts.determined_by(&exact);
        exact.extend(&determined);
        Self::narrow(&mut info, first, Barrier::Distinct, |column| {
            exact.contains(&column)
        });
        info.facts = info.facts.restricted(|node| {
            is_outer(node, first) || in_columns(node, outputs) || in_columns(node, &determined)
        });
        info
    }

    /// `distinct on (keys)`: one row of each group that agrees on the keys.
    pub(super) fn distinct_on(&mut self, input: &Rel, first: ColId, keys: &[Expr], outer: &Facts) -> Info {
        let mut info = self.relation(input, outer);
        self.evaluate_all(keys, &mut info);
        settle(&mut info);
        let mut exact = self.exact_columns(keys);
        exact.extend(info.facts.determined_by(&exact));
        Self::narrow(&mut info, first, Barrier::DistinctOn, |column| {
            exact.contains(&column)
        });
        info
    }

    /// `limit`, `offset`, `fetch`: which rows survive depends on all of them.
    pub(super) fn limit(&mut self, input: &Rel, first: ColId, bounds: &[Expr], outer: &Facts) -> Info {
        let mut info = self.relation(input, outer);
        self.evaluate_all(bounds, &mut info);
        settle(&mut info);
        Self::narrow(&mut info, first, Barrier::Limit, |_| false);
        info
    }

    /// `for update`: whatever stands above, the server may lock a row before it looks at that, so every row is the tenant's
    /// here.
    pub(super) fn locked(&mut self, input: &Rel, outer: &Facts) -> Info {
        let mut info = self.relation(input, outer);
        settle(&mut info);
        for obligation in &mut info.open {
            *obligation = obligation.narrowed(&info.facts, Barrier::Lock, |_| false);
        }
        info
    }

    fn narrow(info: &mut Info, first: ColId, barrier: Barrier, keep: impl Fn(ColId) -> bool) {
        for obligation in &mut info.open {
            *obligation = obligation
                .narrowed(&info.facts, barrier, |node| match node {
                    Node::Col(column) => column < first || keep(column),
                    Node::Tenant | Node::Param(..) => true,
                })
                .passed(barrier, |node| !is_outer(node, first));
        }
    }

    /// One arm of a set operation, seen through the output columns.
    pub(super) fn arm(
        &self,
        mut info: Info,
        first: ColId,
        outputs: &[SetOutput],
        column: impl Fn(&SetOutput) -> ColId,
        barrier: Barrier,
    ) -> Info {
        let comparable: Vec<ColId> = outputs
            .iter()
            .filter(|output| output.comparable)
            .map(|output| output.output)
            .collect();
        for output in outputs.iter().filter(|output| output.comparable) {
            self.trace
                .origin(Node::Col(output.output), Node::Col(column(output)), || Why::Arm);
            info.facts
                .same(Node::Col(output.output), Node::Col(column(output)));
            if info.facts.is_non_null(Node::Col(column(output))) {
                info.facts.non_null(Node::Col(output.output));
            }
        }
        settle(&mut info);
        let keep = |node: Node| is_outer(node, first) || in_columns(node, &comparable);
        let open = info
            .open
            .iter()
            .map(|obligation| obligation.narrowed(&info.facts, barrier, keep))
            .collect();
        Info {
            facts: info.facts.restricted(keep),
            open,
        }
    }

    /// `union`, `intersect`, `except`: a row of the output with `c = v` is a row of an arm with `c = v` at that position,
    /// and whether the other arm holds it too depends only on its rows with `c = v`. A fact must hold in every arm that
    /// can yield the row.
    pub(super) fn set_operation(
        &self,
        op: SetOp,
        left: Info,
        right: Info,
        first: ColId,
        outputs: &[SetOutput],
    ) -> Info {
        let left = self.arm(left, first, outputs, |output| output.left, Barrier::SetOperation);
        let right = self.arm(
            right,
            first,
            outputs,
            |output| output.right,
            Barrier::SetOperation,
        );
        let facts = match op {
            SetOp::Union => left.facts.meet(&right.facts),
            SetOp::Intersect | SetOp::Except => left.facts,
        };
        let mut open = left.open;
        open.extend(right.open);
        Info { facts, open }
    }
}

fn in_columns(node: Node, columns: &[ColId]) -> bool {
    matches!(node, Node::Col(column) if columns.contains(&column))
}
