//! For suggestions: under which name a view shows the tenant columns of the tables that it reads.
//!
//! Nothing is proved here. A column that is missed costs a suggestion, no more.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::scope::Named;
use crate::plan::{ColId, Expr, Rel, ScanId};

/// For each owned table that `rel` reads the first of `columns` that passes its tenant column through.
pub(super) fn shown(rel: &Rel, columns: &[Named]) -> BTreeMap<ScanId, Arc<str>> {
    let mut passed = Passed::default();
    passed.rel(rel);
    let mut found = BTreeMap::new();
    for column in columns {
        let Some(name) = &column.name else { continue };
        for &scan in passed.0.get(&column.id).into_iter().flatten() {
            found.entry(scan).or_insert_with(|| name.clone());
        }
    }
    found
}

/// The tables whose tenant columns a column passes through.
#[derive(Default)]
struct Passed(BTreeMap<ColId, BTreeSet<ScanId>>);

impl Passed {
    fn copy(&mut self, from: ColId, to: ColId) {
        if let Some(scans) = self.0.get(&from).cloned() {
            self.0.entry(to).or_default().extend(scans);
        }
    }

    fn rel(&mut self, rel: &Rel) {
        match rel {
            Rel::Unit
            | Rel::Generate(_)
            | Rel::Values { rows: _, outputs: _ }
            | Rel::SelfRef { cte: _, columns: _ }
            | Rel::Write(_) => {}
            Rel::Scan(scan) => {
                if let Some((id, column)) = scan.owned {
                    self.0.entry(column).or_default().insert(id);
                }
            }
            Rel::Join(join) => {
                self.rel(&join.left);
                self.rel(&join.right);
                for &(merged, left, right) in &join.merged {
                    self.copy(left, merged);
                    self.copy(right, merged);
                }
            }
            Rel::Project {
                input,
                outputs,
                others: _,
            } => {
                self.rel(input);
                for (output, value) in outputs {
                    if let Expr::Col(column) = value {
                        self.copy(*column, *output);
                    }
                }
            }
            Rel::Locked(input)
            | Rel::Filter { input, predicate: _ }
            | Rel::Window {
                input,
                first: _,
                partitions: _,
                others: _,
            }
            | Rel::Distinct {
                input,
                first: _,
                outputs: _,
            }
            | Rel::DistinctOn {
                input,
                first: _,
                keys: _,
            }
            | Rel::Limit {
                input,
                first: _,
                bounds: _,
            } => self.rel(input),
            Rel::Aggregate(aggregate) => self.rel(&aggregate.input),
            Rel::SetOp {
                op: _,
                left,
                right,
                first: _,
                outputs,
            } => {
                self.rel(left);
                self.rel(right);
                for output in outputs {
                    self.copy(output.left, output.output);
                    self.copy(output.right, output.output);
                }
            }
            Rel::With { definitions, body } => {
                definitions
                    .iter()
                    .for_each(|definition| self.rel(&definition.rel));
                self.rel(body);
            }
            Rel::CteRef {
                cte: _,
                from,
                to,
                len,
            } => {
                for offset in 0..*len {
                    self.copy(
                        ColId(from.0.saturating_add(offset)),
                        ColId(to.0.saturating_add(offset)),
                    );
                }
            }
            Rel::Recursive(recursive) => {
                self.rel(&recursive.base);
                self.rel(&recursive.step);
                for output in &recursive.outputs {
                    self.copy(output.left, output.output);
                }
            }
        }
    }
}
