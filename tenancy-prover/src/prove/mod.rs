//! The proof: obligations, exposures, and the rule families that carry them from the table references to the root.
//!
//! **Claim.** Let two databases agree on the rows of tenant *t* and on the shared rows. A statement that is proved
//! returns the same on both when it runs as *t*, changes no row of another tenant and moves no row to one.
//!
//! Every reference to an owned table opens an [`Obligation`], which carries the columns that *expose* it: of such a
//! column `c` it holds that every row of the current relation with `c = v`, `v` not null, depends only on tenant `v`'s
//! rows of that reference. It closes when an exposing column is known to be `$tenant` in every row.
//!
//! - [`facts`]: what is known of the rows (equalities, "not null", what keys imply)
//! - [`obligation`]: a table reference on its way
//! - [`predicate`]: what a condition makes known, and the subqueries inside it
//! - [`relation`]: scans, joins, filters, projections
//! - [`barrier`]: grouping, windows, `distinct`, `limit`, set operations
//! - [`recursive`]: common table expressions that refer to themselves
//! - [`write`], [`mod@merge`]: inserts, updates, deletes; merges
//! - [`trace`]: how a proof came about, for explanations

mod barrier;
mod facts;
mod merge;
mod obligation;
mod predicate;
mod recursive;
mod relation;
#[cfg(test)]
pub(crate) mod tests;
mod trace;
mod write;

use std::collections::BTreeMap;

pub(crate) use facts::{Facts, Link, Node};
pub(crate) use obligation::Obligation;
pub(crate) use trace::{Parents, Pin, Pinned, Record, Role, Step, Trace, Why};

use crate::Span;
use crate::plan::{Arena, ColId, Rel, ScanId};

/// Constructs that take exposures away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Barrier {
    Aggregate,
    GroupBy,
    Window,
    Distinct,
    DistinctOn,
    Limit,
    Lock,
    SetOperation,
    Recursion,
    Subquery,
}

/// What a relation tells its surroundings.
#[derive(Debug, Clone, Default)]
pub(crate) struct Info {
    pub(crate) facts: Facts,
    pub(crate) open: Vec<Obligation>,
}

/// Why a statement is not proved. The lowering's `report` turns these into diagnostics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Problem {
    /// A reference that nothing confines.
    Open { scan: ScanId, stuck: Option<Barrier> },
    /// An update, delete or merge whose target rows are not known to be the tenant's.
    Target {
        span: Span,
        table: crate::catalog::QName,
        verb: Verb,
    },
    /// An inserted row whose owner is not known to be the tenant.
    Owner {
        span: Span,
        table: crate::catalog::QName,
    },
    /// An assignment that may give the row to another tenant.
    Moved {
        span: Span,
        table: crate::catalog::QName,
    },
}

/// How a statement changes the rows of its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Update,
    Delete,
    Merge,
}

/// Proves a lowered statement; an empty answer is the proof. `trace` hears how it came about.
pub(crate) fn prove(root: &Rel, arena: &Arena, trace: &Trace) -> Vec<Problem> {
    let mut analyzer = Analyzer {
        arena,
        trace: trace.clone(),
        ctes: BTreeMap::new(),
        selves: BTreeMap::new(),
        problems: Vec::new(),
    };
    let outer = Facts::default();
    let mut info = analyzer.root(root, &outer);
    settle(&mut info);
    for obligation in info.open {
        analyzer.report_open(obligation);
    }
    analyzer.problems
}

/// The state of one proof.
struct Analyzer<'a> {
    arena: &'a Arena,
    trace: Trace,
    /// What the common table expressions in scope were found to be.
    ctes: BTreeMap<u32, Info>,
    /// What the recursive ones being defined are assumed to be, in terms of their outputs.
    selves: BTreeMap<u32, Assumed>,
    problems: Vec<Problem>,
}

/// The assumption of a recursive definition: facts and obligations about its output columns.
#[derive(Debug, Clone)]
struct Assumed {
    outputs: Vec<ColId>,
    info: Info,
}

impl Analyzer<'_> {
    fn report_open(&mut self, obligation: Obligation) {
        let problem = Problem::Open {
            scan: obligation.scan,
            stuck: obligation.stuck,
        };
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }
}

/// Closes the facts and drops the obligations that they close.
fn settle(info: &mut Info) {
    info.facts.close();
    if info.open.is_empty() {
        return;
    }
    let facts = &info.facts;
    let tenants = facts.reached_from(Node::Tenant);
    info.open.retain(|obligation| {
        let reached = obligation.is_exposed_by_any(&tenants);
        if facts.has_merges() || (reached && obligation.is_traced()) {
            !obligation.extended(facts).is_closed()
        } else {
            // Along arrows alone, what `$tenant` reaches is all that it exposes.
            !reached
        }
    });
}

/// Whether `node` means the same outside a relation whose own columns begin at `first`.
fn is_outer(node: Node, first: ColId) -> bool {
    match node {
        Node::Tenant | Node::Param(..) => true,
        Node::Col(column) => column < first,
    }
}
