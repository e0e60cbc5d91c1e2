//! Recursive common table expressions: the greatest fixpoint of what the recursive branch re-establishes.
//!
//! The lowering admits a self-reference only once, outside subqueries, never on a nullable side and never under an
//! aggregate, window, `distinct` or `limit`, so every row of the branch comes from one row of the previous round and
//! the branch is empty where that round is.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::renumber;
use super::{Analyzer, Assumed, Barrier, Facts, Info, Node, Obligation};
use crate::plan::{ColId, Recursive, ScanId};

impl Analyzer<'_> {
    /// Assume of the whole what holds of the base; keep what the branch, given the assumption, holds again; until nothing
    /// more is lost. Obligations travel the same way: a row of the branch depends on what its predecessor depended on
    /// (through the self-reference) and on what the branch itself reads.
    pub(super) fn recursive(&mut self, recursive: &Recursive, outer: &Facts) -> Info {
        let outputs = &recursive.outputs;
        let base = self.relation(&recursive.base, outer);
        let base = self.arm(
            base,
            recursive.first,
            outputs,
            |output| output.left,
            Barrier::Recursion,
        );
        // In canonical form, so that every later round is a part of the one before and nothing lost goes unnoticed.
        let mut facts = base.facts.meet(&base.facts);
        let mut open = merge_by_scan(base.open);
        loop {
            let assumed = Assumed {
                outputs: outputs.iter().map(|output| output.output).collect(),
                info: Info {
                    facts: facts.clone(),
                    open: open.values().cloned().collect(),
                },
            };
            self.selves.insert(recursive.cte, assumed);
            let step = self.relation(&recursive.step, outer);
            let step = self.arm(
                step,
                recursive.first,
                outputs,
                |output| output.right,
                Barrier::Recursion,
            );
            let again = facts.meet(&step.facts);
            let mut changed = !again.as_strong_as(&facts);
            facts = again;
            for (scan, found) in merge_by_scan(step.open) {
                match open.get_mut(&scan) {
                    Some(known) => {
                        let left: BTreeSet<Node> =
                            known.exposed.intersection(&found.exposed).copied().collect();
                        changed |= left.len() != known.exposed.len();
                        known.exposed = left;
                        known.stuck = known.stuck.or(found.stuck);
                    }
                    None => {
                        changed = true;
                        open.insert(scan, found);
                    }
                }
            }
            if !changed {
                break;
            }
        }
        self.selves.remove(&recursive.cte);
        let mut all = outer.clone();
        all.extend(&facts);
        Info {
            facts: all,
            open: open.into_values().collect(),
        }
    }

    /// The self-reference: the previous round, of which the assumption holds.
    pub(super) fn self_reference(&self, cte: u32, columns: &[ColId], outer: &Facts) -> Info {
        let Some(assumed) = self.selves.get(&cte) else {
            return Info {
                facts: outer.clone(),
                open: Vec::new(),
            };
        };
        let renamed: BTreeMap<ColId, ColId> = assumed
            .outputs
            .iter()
            .copied()
            .zip(columns.iter().copied())
            .collect();
        for (&original, &copy) in &renamed {
            self.trace.assume(copy, original);
        }
        let map = |column: ColId| renamed.get(&column).copied().unwrap_or(column);
        let mut facts = outer.clone();
        facts.extend(&assumed.info.facts.renumbered(&map));
        let open = assumed
            .info
            .open
            .iter()
            .map(|obligation| obligation.renumbered(&|node| renumber(node, &map)))
            .collect();
        Info { facts, open }
    }
}

/// Obligations of one table reference may come along several ways; what exposes all of them is what exposes it.
fn merge_by_scan(obligations: Vec<Obligation>) -> BTreeMap<ScanId, Obligation> {
    let mut merged: BTreeMap<ScanId, Obligation> = BTreeMap::new();
    for obligation in obligations {
        match merged.get_mut(&obligation.scan) {
            Some(known) => {
                known.exposed = known.exposed.intersection(&obligation.exposed).copied().collect();
                known.stuck = known.stuck.or(obligation.stuck);
            }
            None => {
                merged.insert(obligation.scan, obligation);
            }
        }
    }
    merged
}
