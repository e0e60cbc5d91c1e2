//! Obligations: table references whose rows are not yet known to be the tenant's.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::trace::{Step, Trace, Why, arrow};
use super::{Barrier, Facts, Node};
use crate::plan::ScanId;

/// One table reference whose rows are not yet known to be the tenant's.
#[derive(Debug, Clone)]
pub(crate) struct Obligation {
    pub(crate) scan: ScanId,
    /// The exposing columns, the relation's own and outer ones. Never empty for long: see [`Obligation::stuck`].
    pub(crate) exposed: BTreeSet<Node>,
    /// The first construct that took the last own exposure away.
    pub(crate) stuck: Option<Barrier>,
    trail: Trail,
}

/// For each exposing node, if a recorder is on, how the exposure came to it.
#[derive(Debug, Clone, Default)]
struct Trail {
    trace: Trace,
    ways: BTreeMap<Node, Rc<Way>>,
}

/// The last step to a node and those before it.
#[derive(Debug)]
struct Way {
    step: Step,
    before: Option<Rc<Self>>,
}

impl Trail {
    /// `node` exposes what `known` exposes.
    fn grow(&mut self, node: Node, known: &[Node], facts: &Facts) {
        if !self.trace.is_on() {
            return;
        }
        let step = match known {
            [one] => arrow(facts, *one, node),
            [] => return,
            [first, ..] => Step {
                from: *first,
                to: node,
                why: Why::Merged(known.to_vec()),
            },
        };
        self.push(step);
    }

    /// `node`, outside, is compared with `output`, whose way `inside` knows.
    fn follow(&mut self, node: Node, output: Node, inside: &Self) {
        if !self.trace.is_on() {
            return;
        }
        if let Some(way) = inside.ways.get(&output) {
            self.ways.insert(output, Rc::clone(way));
        }
        self.push(Step {
            from: output,
            to: node,
            why: Why::Member,
        });
    }

    fn push(&mut self, step: Step) {
        let before = self.ways.get(&step.from).cloned();
        self.ways.insert(step.to, Rc::new(Way { step, before }));
    }

    fn to(&self, node: Node) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut at = self.ways.get(&node);
        while let Some(way) = at {
            steps.push(way.step.clone());
            at = way.before.as_ref();
        }
        steps.reverse();
        steps
    }
}

impl Obligation {
    /// What a fresh reference opens: its own tenant column exposes it.
    pub(super) fn new(scan: ScanId, column: Node, trace: &Trace) -> Self {
        Self {
            scan,
            exposed: BTreeSet::from([column]),
            stuck: None,
            trail: Trail {
                trace: trace.clone(),
                ways: BTreeMap::new(),
            },
        }
    }

    /// The same, exposed by everything that exposes it in rows of which `facts` is known.
    pub(super) fn extended(&self, facts: &Facts) -> Self {
        let mut trail = self.trail.clone();
        let exposed = facts.exposing(&self.exposed, |node, known| trail.grow(node, known, facts));
        Self {
            scan: self.scan,
            exposed,
            stuck: self.stuck,
            trail,
        }
    }

    /// Whether `$tenant` itself exposes it.
    pub(super) fn is_closed(&self) -> bool {
        let closed = self.exposed.contains(&Node::Tenant);
        if closed {
            self.trail.trace.closed(self.scan, || self.trail.to(Node::Tenant));
        }
        closed
    }

    /// Whether somebody records how exposures come about.
    pub(super) fn is_traced(&self) -> bool {
        self.trail.trace.is_on()
    }

    /// Whether one of `nodes` exposes it.
    pub(super) fn is_exposed_by_any(&self, nodes: &BTreeSet<Node>) -> bool {
        if nodes.len() < self.exposed.len() {
            nodes.iter().any(|node| self.exposed.contains(node))
        } else {
            self.exposed.iter().any(|node| nodes.contains(node))
        }
    }

    /// `node` exposes it if something in `reached`, which `node` implies, does.
    pub(super) fn expose_if_reached(&mut self, node: Node, reached: &BTreeSet<Node>) {
        if self.is_exposed_by_any(reached) {
            self.exposed.insert(node);
        }
    }

    /// Takes over what else exposes it in `other`, an extension of it, as far as `keep` holds.
    pub(super) fn adopt(&mut self, other: &Self, keep: impl Fn(Node) -> bool) {
        for &node in other.exposed.iter().filter(|&&node| keep(node)) {
            if self.exposed.insert(node)
                && let Some(way) = other.trail.ways.get(&node)
            {
                self.trail.ways.insert(node, Rc::clone(way));
            }
        }
    }

    /// `node` exposes it from outside the subquery whose output `output`, which exposes it there, it is compared with.
    pub(super) fn expose_outside(&mut self, node: Node, output: Node, inside: &Self) {
        self.stuck = None;
        if self.exposed.insert(node) {
            self.trail.follow(node, output, &inside.trail);
        }
    }

    /// The exposures that are left when only nodes that satisfy `keep` keep their meaning; extended first, so that
    /// nothing that was already implied is lost.
    pub(super) fn narrowed(&self, facts: &Facts, barrier: Barrier, keep: impl Fn(Node) -> bool) -> Self {
        let mut left = self.extended(facts);
        left.exposed.retain(|&node| keep(node));
        if left.exposed.is_empty() {
            left.stuck = left.stuck.or(Some(barrier));
        }
        left
    }

    /// The same without the nodes that do not satisfy `keep`, of which nothing will be known but what is known already.
    pub(super) fn without(&self, facts: &Facts, keep: impl Fn(Node) -> bool) -> Self {
        let mut left = self.extended(facts);
        left.exposed.retain(|&node| keep(node));
        left
    }

    /// Notes that the exposures which satisfy `own` passed a construct that looks at several rows.
    pub(super) fn passed(mut self, barrier: Barrier, own: impl Fn(Node) -> bool) -> Self {
        if self.trail.trace.is_on() {
            for &node in self.exposed.iter().filter(|&&node| own(node)) {
                self.trail.push(Step {
                    from: node,
                    to: node,
                    why: Why::Kept(barrier),
                });
            }
        }
        self
    }

    /// A copy whose columns have other numbers.
    pub(super) fn renumbered(&self, map: &impl Fn(Node) -> Node) -> Self {
        let mut copy = Self {
            scan: self.scan,
            exposed: self.exposed.iter().map(|&node| map(node)).collect(),
            stuck: self.stuck,
            trail: self.trail.clone(),
        };
        if self.trail.trace.is_on() {
            for &node in self.exposed.iter().filter(|&&node| map(node) != node) {
                self.trail.trace.copy(map(node), node);
                copy.trail.push(Step {
                    from: node,
                    to: map(node),
                    why: Why::Copy,
                });
            }
        }
        copy
    }
}
