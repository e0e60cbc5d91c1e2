//! What is known of every row of a relation.
//!
//! The central fact is directed: `x -> y` says "where `x` is not null, `y` equals it". An equality between two columns
//! that a predicate enforced is both directions and "not null" for both; what is left of it above a left join is only
//! the direction from the nullable side. `$tenant` is a node like any other, and never null.
//!
//! An exposure extends against the arrows: a row with `k = v` where `k -> c` has `c = v`, so whatever `c` exposes, `k`
//! exposes. An obligation closes when `$tenant` itself is reached that way.

mod close;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use crate::plan::{ColId, Dependency, Identity, KeyFn, Promise};

/// Something that has one value in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Node {
    /// The current tenant.
    Tenant,
    /// A column.
    Col(ColId),
    /// A caller's argument as columns of that identity compare it, or cast to a type of it. One node per identity, because
    /// a server may convert the same argument differently beside an integer and beside a text. What equals an uncast one
    /// is the value that the cast makes.
    Param(u32, Identity),
}

/// Facts that hold as soon as one column of a range is not null: the `on` of an outer join, for its nullable side.
#[derive(Debug, Clone)]
struct Guard {
    first: ColId,
    end: ColId,
    facts: Rc<Facts>,
}

/// A [`Dependency`] of which the result may be known to be the tenant, so that it outlives the column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) source: Promise,
    pub(crate) function: KeyFn,
    pub(crate) args: Vec<ColId>,
    pub(crate) result: Node,
    pub(crate) total: bool,
}

/// A set of facts, all true of every row of some relation.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    forward: BTreeSet<(Node, Node)>,
    backward: BTreeSet<(Node, Node)>,
    non_null: BTreeSet<Node>,
    guards: Vec<Guard>,
    dependencies: Vec<Link>,
    /// `coalesce`: the first node is null or equal to one of the others.
    merges: Vec<(Node, Vec<Node>)>,
    /// Arrows and nodes that were added since every conclusion was drawn.
    fresh_arrows: Vec<(Node, Node)>,
    fresh_nodes: Vec<Node>,
    /// So was something else.
    open: bool,
}

const LOWEST: Node = Node::Tenant;
/// Arrows that are copied faster than looked through.
const FEW: usize = 64;

impl Facts {
    /// `from` not null implies `to = from`.
    pub(crate) fn implies(&mut self, from: Node, to: Node) {
        if from != to && self.forward.insert((from, to)) {
            self.backward.insert((to, from));
            self.fresh_arrows.push((from, to));
        }
    }

    /// Both not null and equal.
    pub(crate) fn equal(&mut self, a: Node, b: Node) {
        self.implies(a, b);
        self.implies(b, a);
        self.non_null(a);
        self.non_null(b);
    }

    /// The same value, or both null.
    pub(crate) fn same(&mut self, a: Node, b: Node) {
        self.implies(a, b);
        self.implies(b, a);
    }

    /// Never null.
    pub(crate) fn non_null(&mut self, node: Node) {
        if node != Node::Tenant && self.non_null.insert(node) {
            self.fresh_nodes.push(node);
        }
    }

    /// A function from a key to its tenant.
    pub(crate) fn dependency(&mut self, dependency: Dependency) {
        let Dependency {
            source,
            function,
            args,
            result,
            total,
        } = dependency;
        self.link(Link {
            source,
            function,
            args,
            result: Node::Col(result),
            total,
        });
    }

    fn link(&mut self, link: Link) {
        if !self.dependencies.contains(&link) {
            self.dependencies.push(link);
            self.open = true;
        }
    }

    /// `node` is null or equal to one of `nodes`.
    pub(crate) fn merged(&mut self, node: Node, nodes: Vec<Node>) {
        self.merges.push((node, nodes));
    }

    /// Adds `facts`, to hold once a column in `first..end` is not null.
    ///
    /// Only what is not known anyway is kept: whoever takes a guard over takes over all that stands beside it.
    pub(crate) fn guard(&mut self, first: ColId, end: ColId, facts: &Self) {
        let facts = Rc::new(facts.beyond(self));
        self.guards.push(Guard { first, end, facts });
        self.open = true;
    }

    /// Adds everything that `other` knows.
    pub(crate) fn extend(&mut self, other: &Self) {
        for &(from, to) in &other.forward {
            self.implies(from, to);
        }
        for &node in &other.non_null {
            self.non_null(node);
        }
        for guard in &other.guards {
            if !self.has_guard(guard) {
                self.guards.push(guard.clone());
                self.open = true;
            }
        }
        for link in &other.dependencies {
            self.link(link.clone());
        }
        for merge in &other.merges {
            if !self.merges.contains(merge) {
                self.merges.push(merge.clone());
            }
        }
    }

    /// Whether a node is known not to be null.
    pub(crate) fn is_non_null(&self, node: Node) -> bool {
        node == Node::Tenant || self.non_null.contains(&node)
    }

    /// Nothing but what costs nothing to know: no equality and no "not null".
    pub(crate) fn says_nothing(&self) -> bool {
        self.forward.is_empty() && self.non_null.is_empty() && self.guards.is_empty()
    }

    fn targets(&self, from: Node) -> impl Iterator<Item = Node> {
        self.forward
            .range((from, LOWEST)..)
            .take_while(move |edge| edge.0 == from)
            .map(|edge| edge.1)
    }

    fn sources(&self, to: Node) -> impl Iterator<Item = Node> {
        self.backward
            .range((to, LOWEST)..)
            .take_while(move |edge| edge.0 == to)
            .map(|edge| edge.1)
    }

    fn representative(&self, node: Node) -> Node {
        self.reached_from(node).into_iter().next().unwrap_or(node)
    }

    /// Everything that `node`, where it is not null, is equal to (itself included).
    pub(crate) fn reached_from(&self, node: Node) -> BTreeSet<Node> {
        let mut seen = BTreeSet::from([node]);
        let mut queue = vec![node];
        while let Some(from) = queue.pop() {
            for to in self.targets(from) {
                if seen.insert(to) {
                    queue.push(to);
                }
            }
        }
        seen
    }

    /// Whether a column can expose something without an arrow to it: see [`exposing`](Self::exposing).
    pub(crate) fn has_merges(&self) -> bool {
        !self.merges.is_empty()
    }

    /// The columns of `first..end` in which arrows start, each with all that it exposes where nothing is merged.
    pub(crate) fn reaches(&self, first: ColId, end: ColId) -> Vec<(Node, BTreeSet<Node>)> {
        let starts: BTreeSet<Node> = self
            .forward
            .range((Node::Col(first), LOWEST)..(Node::Col(end), LOWEST))
            .map(|arrow| arrow.0)
            .collect();
        let reached = |start| (start, self.reached_from(start));
        starts.into_iter().map(reached).collect()
    }

    /// What this says and `base` does not, for a guard over it.
    fn beyond(&self, base: &Self) -> Self {
        let mut rest = Self::default();
        for &(from, to) in self.forward.difference(&base.forward) {
            rest.implies(from, to);
        }
        for &node in self.non_null.difference(&base.non_null) {
            rest.non_null(node);
        }
        rest.dependencies = self
            .dependencies
            .iter()
            .filter(|known| !base.dependencies.contains(known))
            .cloned()
            .collect();
        rest.merges = self
            .merges
            .iter()
            .filter(|known| !base.merges.contains(known))
            .cloned()
            .collect();
        rest.guards = self
            .guards
            .iter()
            .filter(|guard| !base.has_guard(guard))
            .cloned()
            .collect();
        // A guard draws no conclusions of its own.
        rest.fresh_arrows = Vec::new();
        rest.fresh_nodes = Vec::new();
        rest
    }

    fn has_guard(&self, guard: &Guard) -> bool {
        self.guards
            .iter()
            .any(|mine| Rc::ptr_eq(&mine.facts, &guard.facts))
    }

    /// Everything that exposes what `nodes` expose: the nodes from which one of them is reached, and merged columns all
    /// of whose sources are among them. `found` is told each new one with those that it was reached from: one for an
    /// arrow, all sources for a merged column.
    pub(crate) fn exposing(
        &self,
        nodes: &BTreeSet<Node>,
        mut found: impl FnMut(Node, &[Node]),
    ) -> BTreeSet<Node> {
        let mut seen = nodes.clone();
        let mut queue: VecDeque<Node> = nodes.iter().copied().collect();
        loop {
            while let Some(to) = queue.pop_front() {
                for from in self.sources(to) {
                    if seen.insert(from) {
                        found(from, &[to]);
                        queue.push_back(from);
                    }
                }
            }
            for (node, sources) in &self.merges {
                let node = *node;
                if !seen.contains(&node) && sources.iter().all(|source| seen.contains(source)) {
                    seen.insert(node);
                    found(node, sources);
                    queue.push_back(node);
                }
            }
            if queue.is_empty() {
                return seen;
            }
        }
    }

    /// A shortest way along the arrows from `from` to `to`, as pairs; empty if there is none.
    pub(crate) fn way(&self, from: Node, to: Node) -> Vec<(Node, Node)> {
        let mut came: BTreeMap<Node, Node> = BTreeMap::new();
        let mut queue = VecDeque::from([from]);
        while let Some(at) = queue.pop_front() {
            for next in self.targets(at) {
                if next != from && !came.contains_key(&next) {
                    came.insert(next, at);
                    queue.push_back(next);
                }
            }
        }
        let mut way = Vec::new();
        let mut at = to;
        while let Some(&before) = came.get(&at) {
            way.push((before, at));
            at = before;
        }
        way.reverse();
        way
    }

    /// The two promises by which `a` and `b` are the tenant of one and the same row.
    pub(crate) fn one_parent(&self, a: Node, b: Node) -> Option<(&Link, &Link)> {
        let of = |node: Node| self.dependencies.iter().filter(move |known| known.result == node);
        of(a).find_map(|left| {
            let args = self.representatives(&left.args)?;
            let right = of(b).find(|right| {
                right.function == left.function && self.representatives(&right.args).as_ref() == Some(&args)
            })?;
            Some((left, right))
        })
    }

    /// The promise by which the parent row with that key is the tenant's, if [`Facts::names_own_parent`] holds.
    pub(crate) fn own_parent(&self, function: KeyFn, key: Node) -> Option<&Link> {
        if !self.is_non_null(key) {
            return None;
        }
        let class = self.representative(key);
        let tenants = self.reached_from(Node::Tenant);
        self.dependencies.iter().find(|dependency| {
            dependency.function == function
                && tenants.contains(&dependency.result)
                && matches!(dependency.args[..], [arg]
                    if self.is_non_null(Node::Col(arg)) && self.representative(Node::Col(arg)) == class)
        })
    }

    /// Whether `node` is the tenant in every row.
    pub(crate) fn is_tenant(&self, node: Node) -> bool {
        node == Node::Tenant || self.reached_from(Node::Tenant).contains(&node)
    }

    /// Whether the row of the parent whose key equals `key` is known to exist and to be the tenant's.
    pub(crate) fn names_own_parent(&self, function: KeyFn, key: Node) -> bool {
        self.own_parent(function, key).is_some()
    }

    /// What is left when only some nodes keep their meaning: every conclusion between kept nodes is kept, guards and
    /// merged columns are dropped.
    pub(crate) fn restricted(&self, keep: impl Fn(Node) -> bool) -> Self {
        let keep = |node: Node| node == Node::Tenant || keep(node);
        let mut rest = Self::default();
        let starts: BTreeSet<Node> = self
            .forward
            .iter()
            .map(|edge| edge.0)
            .filter(|&node| keep(node))
            .collect();
        for start in starts {
            let mut seen = BTreeSet::from([start]);
            let mut queue = vec![start];
            while let Some(from) = queue.pop() {
                for to in self.targets(from) {
                    if seen.insert(to) {
                        if keep(to) {
                            rest.implies(start, to);
                        } else {
                            queue.push(to);
                        }
                    }
                }
            }
        }
        rest.open = true;
        rest.non_null = self.non_null.iter().copied().filter(|&node| keep(node)).collect();
        for link in &self.dependencies {
            if let Some(link) = self.restricted_link(link, &keep) {
                rest.link(link);
            }
        }
        rest
    }

    /// Whether there is much to be left out, and [`Facts::restricted`] loses nothing that is known of the nodes that it keeps
    /// or will be: of no other node more can become known than of those, and of the [promised](Self::promised) ones.
    pub(crate) fn may_leave_out(&self) -> bool {
        self.forward.len() > FEW && self.guards.is_empty() && self.merges.is_empty()
    }

    /// The nodes that promises speak of.
    pub(crate) fn promised(&self) -> BTreeSet<Node> {
        let nodes = |link: &Link| {
            let args: Vec<Node> = link.args.iter().copied().map(Node::Col).collect();
            args.into_iter().chain([link.result])
        };
        self.dependencies.iter().flat_map(nodes).collect()
    }

    /// A dependency in terms of kept nodes: one that is lost is replaced by one of the same value.
    fn restricted_link(&self, link: &Link, keep: &impl Fn(Node) -> bool) -> Option<Link> {
        let kept = |node: Node| {
            if keep(node) {
                return Some(node);
            }
            let same = |other: &Node| keep(*other) && self.reached_from(*other).contains(&node);
            self.reached_from(node).into_iter().find(same)
        };
        let result = match kept(link.result)? {
            node @ (Node::Tenant | Node::Col(_)) => node,
            Node::Param(..) => return None,
        };
        let args = link.args.iter().map(|&arg| match kept(Node::Col(arg))? {
            Node::Col(column) => Some(column),
            Node::Tenant | Node::Param(..) => None,
        });
        Some(Link {
            source: link.source,
            function: link.function,
            args: args.collect::<Option<_>>()?,
            result,
            total: link.total,
        })
    }

    /// The columns that have one value in all rows that agree on `columns`: the tenants that a key among them names.
    pub(crate) fn determined_by(&self, columns: &BTreeSet<ColId>) -> Vec<ColId> {
        if self.dependencies.is_empty() {
            return Vec::new();
        }
        // Rows that agree on null agree on nothing else.
        let classes: BTreeSet<Node> = columns
            .iter()
            .map(|&column| Node::Col(column))
            .filter(|&node| self.is_non_null(node))
            .map(|node| self.representative(node))
            .collect();
        let known = |&arg: &ColId| {
            let node = Node::Col(arg);
            self.is_non_null(node) && classes.contains(&self.representative(node))
        };
        self.dependencies
            .iter()
            .filter(|link| (link.total || self.is_non_null(link.result)) && link.args.iter().all(known))
            .filter_map(|link| match link.result {
                Node::Col(column) => Some(column),
                Node::Tenant | Node::Param(..) => None,
            })
            .collect()
    }

    /// The arrows that start in a column of `first..end`, and what its keys name: all that an outer join leaves of them,
    /// because nothing is said where those columns are null.
    pub(crate) fn starting_in(&self, first: ColId, end: ColId) -> Self {
        let mut rest = Self::default();
        for &(from, to) in self
            .forward
            .range((Node::Col(first), LOWEST)..(Node::Col(end), LOWEST))
        {
            rest.implies(from, to);
        }
        let own = |link: &&Link| link.args.iter().any(|arg| (first..end).contains(arg));
        rest.dependencies = self.dependencies.iter().filter(own).cloned().collect();
        rest.open = true;
        rest
    }

    /// Whether nothing of `other`, of which this is a part, was lost.
    pub(crate) fn as_strong_as(&self, other: &Self) -> bool {
        self.forward.len() == other.forward.len()
            && self.non_null.len() == other.non_null.len()
            && self.dependencies.len() == other.dependencies.len()
    }

    /// Facts that hold in both: the meet of two closed sets.
    pub(crate) fn meet(&self, other: &Self) -> Self {
        let mut rest = Self::default();
        let starts: BTreeSet<Node> = self.forward.iter().map(|edge| edge.0).collect();
        for start in starts {
            let mine = self.reached_from(start);
            if mine.len() < 2 {
                continue;
            }
            let theirs = other.reached_from(start);
            for &to in mine.intersection(&theirs) {
                rest.implies(start, to);
            }
        }
        rest.open = true;
        rest.non_null = self.non_null.intersection(&other.non_null).copied().collect();
        rest.dependencies = self
            .dependencies
            .iter()
            .filter(|mine| other.dependencies.contains(mine))
            .cloned()
            .collect();
        rest
    }

    /// The same facts about renumbered columns.
    pub(crate) fn renumbered(&self, map: &impl Fn(ColId) -> ColId) -> Self {
        let node = |node: Node| renumber(node, map);
        let mut copy = Self::default();
        for &(from, to) in &self.forward {
            copy.implies(node(from), node(to));
        }
        copy.open = true;
        copy.non_null = self.non_null.iter().map(|&x| node(x)).collect();
        copy.guards = self
            .guards
            .iter()
            .map(|guard| {
                // A range of ids is moved as a whole or not at all: both ends by the offset of its first id.
                let first = map(guard.first);
                let end = ColId(first.0 + (guard.end.0 - guard.first.0));
                Guard {
                    first,
                    end,
                    facts: Rc::new(guard.facts.renumbered(map)),
                }
            })
            .collect();
        copy.dependencies = self
            .dependencies
            .iter()
            .map(|link| Link {
                source: link.source,
                function: link.function,
                args: link.args.iter().map(|&arg| map(arg)).collect(),
                result: node(link.result),
                total: link.total,
            })
            .collect();
        copy.merges = self
            .merges
            .iter()
            .map(|(merged, nodes)| (node(*merged), nodes.iter().map(|&x| node(x)).collect()))
            .collect();
        copy
    }
}

/// `node` with its column renumbered.
pub(crate) fn renumber(node: Node, map: &impl Fn(ColId) -> ColId) -> Node {
    match node {
        Node::Tenant => Node::Tenant,
        Node::Col(column) => Node::Col(map(column)),
        Node::Param(number, identity) => Node::Param(number, identity),
    }
}
