//! Laws of [`Facts`], on many small random sets.

use std::collections::BTreeSet;

use super::{Facts, Node, renumber};
use crate::plan::{ColId, Dependency, KeyFn, Promise};

const COLUMNS: u32 = 6;
const ROUNDS: u64 = 3_000;

/// A generator of numbers that are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        u32::try_from((self.0 >> 33) % u64::from(bound)).unwrap()
    }

    fn column(&mut self) -> ColId {
        ColId(self.below(COLUMNS))
    }

    fn node(&mut self) -> Node {
        if self.below(5) == 0 {
            Node::Tenant
        } else {
            Node::Col(self.column())
        }
    }

    /// A few facts of every kind; guards with facts of their own while `depth` lasts.
    fn facts(&mut self, depth: u32) -> Facts {
        let mut facts = Facts::default();
        for _ in 0..self.below(7) {
            let (a, b) = (self.node(), self.node());
            match self.below(7) {
                0 => facts.equal(a, b),
                1 => facts.same(a, b),
                2 | 3 => facts.implies(a, b),
                4 => facts.non_null(a),
                5 => facts.dependency(Dependency {
                    source: Promise::Key,
                    function: KeyFn(0),
                    args: vec![self.column()],
                    result: self.column(),
                    total: self.below(2) == 0,
                }),
                _ if depth > 0 => {
                    let first = self.below(COLUMNS);
                    let end = first + 1 + self.below(COLUMNS - first);
                    let inner = self.facts(depth - 1);
                    facts.guard(ColId(first), ColId(end), &inner);
                }
                _ => facts.merged(self.node(), vec![a, b]),
            }
        }
        facts
    }

    fn closed(&mut self) -> Facts {
        let mut facts = self.facts(1);
        facts.close();
        facts
    }
}

/// Everything that can be asked of closed facts: arrows, "not null", what exposes what.
type Meaning = (BTreeSet<(Node, Node)>, BTreeSet<Node>);

fn nodes() -> Vec<Node> {
    std::iter::once(Node::Tenant)
        .chain((0..COLUMNS).map(|column| Node::Col(ColId(column))))
        .collect()
}

fn meaning(facts: &Facts) -> Meaning {
    let arrows = nodes()
        .into_iter()
        .flat_map(|from| facts.reached_from(from).into_iter().map(move |to| (from, to)))
        .collect();
    let non_null = nodes()
        .into_iter()
        .filter(|&node| facts.is_non_null(node))
        .collect();
    (arrows, non_null)
}

fn below(small: &Facts, large: &Facts) -> bool {
    let (small, large) = (meaning(small), meaning(large));
    small.0.is_subset(&large.0) && small.1.is_subset(&large.1)
}

fn each(mut law: impl FnMut(&mut Random)) {
    for seed in 0..ROUNDS {
        law(&mut Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
    }
}

/// Closing follows only what is fresh; nothing is missed by it.
#[test]
fn closing_in_steps_is_closing_at_once() {
    each(|random| {
        let parts: Vec<Facts> = (0..3).map(|_| random.facts(2)).collect();
        let mut at_once = Facts::default();
        let mut in_steps = Facts::default();
        for part in &parts {
            at_once.extend(part);
            in_steps.extend(part);
            in_steps.close();
        }
        at_once.close();
        assert_eq!(meaning(&at_once), meaning(&in_steps));
        let mut again = in_steps.renumbered(&|column| column);
        again.close();
        assert_eq!(meaning(&again), meaning(&in_steps));
        let mut kept = in_steps.restricted(|_| true);
        kept.close();
        assert!(below(&kept, &in_steps));
    });
}

#[test]
fn closing_is_idempotent_and_loses_nothing() {
    each(|random| {
        let open = random.facts(2);
        let mut once = open.clone();
        once.close();
        assert!(below(&open, &once));
        let mut twice = once.clone();
        twice.open = true;
        twice.close();
        assert_eq!(meaning(&once), meaning(&twice));
    });
}

#[test]
fn closing_is_monotone() {
    each(|random| {
        let mut small = random.facts(2);
        let mut large = small.clone();
        large.extend(&random.facts(2));
        small.close();
        large.close();
        assert!(below(&small, &large), "{small:?}\n{large:?}");
    });
}

#[test]
fn closed_facts_of_the_tenant_are_equalities() {
    each(|random| {
        let facts = random.closed();
        for node in nodes().into_iter().filter(|&node| facts.is_tenant(node)) {
            assert!(facts.is_non_null(node));
            assert!(facts.reached_from(node).contains(&Node::Tenant));
        }
    });
}

#[test]
fn the_meet_is_a_meet() {
    each(|random| {
        let (a, b, c) = (random.closed(), random.closed(), random.closed());
        let both = a.meet(&b);
        assert_eq!(meaning(&both), meaning(&b.meet(&a)), "commutative");
        assert_eq!(meaning(&a.meet(&a)), meaning(&a), "idempotent");
        assert_eq!(
            meaning(&both.meet(&c)),
            meaning(&a.meet(&b.meet(&c))),
            "associative"
        );
        assert!(below(&both, &a) && below(&both, &b), "below both");
        let mut closed = both.clone();
        closed.close();
        assert!(
            below(&closed, &a) && below(&closed, &b),
            "still below both when closed"
        );
        let shared: BTreeSet<_> = meaning(&a).0.intersection(&meaning(&b).0).copied().collect();
        assert_eq!(meaning(&both).0, shared, "the greatest one");
    });
}

#[test]
fn a_part_is_as_strong_as_the_whole_if_nothing_was_lost() {
    each(|random| {
        let (a, b) = (random.closed(), random.closed());
        let whole = a.meet(&a);
        let part = whole.meet(&b);
        let lost = meaning(&part) != meaning(&whole);
        assert!(!(lost && part.as_strong_as(&whole)), "{whole:?}\n{part:?}");
        assert!(whole.meet(&whole).as_strong_as(&whole));
    });
}

#[test]
fn a_restriction_never_gains() {
    each(|random| {
        let facts = random.closed();
        let limit = random.below(COLUMNS);
        let keep = |node: Node| matches!(node, Node::Col(column) if column.0 < limit);
        let kept = |node: Node| node == Node::Tenant || keep(node);
        let mut rest = facts.restricted(keep);
        assert!(below(&rest, &facts));
        // Between the nodes that are kept, nothing is lost.
        let of_kept: BTreeSet<_> = meaning(&facts)
            .0
            .into_iter()
            .filter(|&(a, b)| a == b || (kept(a) && kept(b)))
            .collect();
        assert_eq!(meaning(&rest).0, of_kept);
        assert!(meaning(&rest).1.into_iter().all(kept));
        rest.close();
        assert!(below(&rest, &facts), "{facts:?}\n{rest:?}");
    });
}

#[test]
fn what_starts_in_a_range_is_a_part() {
    each(|random| {
        let facts = random.closed();
        let first = random.below(COLUMNS);
        let rest = facts.starting_in(ColId(first), ColId(COLUMNS));
        assert!(below(&rest, &facts));
        assert!(
            rest.forward
                .iter()
                .all(|(from, _)| matches!(from, Node::Col(column) if column.0 >= first))
        );
        assert!(
            nodes()
                .into_iter()
                .all(|node| node == Node::Tenant || !rest.is_non_null(node))
        );
    });
}

#[test]
fn renumbering_there_and_back_changes_nothing() {
    each(|random| {
        let facts = random.facts(2);
        let there = |column: ColId| ColId(column.0 + 100);
        let back = |column: ColId| ColId(column.0 - 100);
        let mut away = facts.renumbered(&there);
        let mut again = away.renumbered(&back);
        let mut facts = facts;
        facts.close();
        again.close();
        assert_eq!(meaning(&facts), meaning(&again));
        away.close();
        for node in nodes() {
            let moved: BTreeSet<Node> = facts
                .reached_from(node)
                .into_iter()
                .map(|node| renumber(node, &there))
                .collect();
            assert_eq!(away.reached_from(renumber(node, &there)), moved);
        }
    });
}

#[test]
fn exposing_goes_against_the_arrows() {
    each(|random| {
        let facts = random.closed();
        let start = random.node();
        let exposing = facts.exposing(&BTreeSet::from([start]), |_, _| ());
        for node in nodes() {
            if facts.reached_from(node).contains(&start) {
                assert!(exposing.contains(&node));
            }
        }
        if facts.merges.is_empty() {
            assert!(
                exposing
                    .iter()
                    .all(|&node| facts.reached_from(node).contains(&start))
            );
        }
    });
}
