//! How a proof came about, for those who want to read it. Off, it is one empty pointer in each obligation; nothing that
//! is decided ever depends on it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::{Barrier, Facts, Link, Node};
use crate::Span;
use crate::plan::{ColId, Confined, ScanId};

/// The recorder of one proof, or none.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trace(Option<Rc<RefCell<Record>>>);

/// What was recorded.
#[derive(Debug, Default)]
pub(crate) struct Record {
    /// The table references that were read; an insert through a view names one that is not.
    pub(crate) opened: BTreeSet<ScanId>,
    /// The obligations that closed, each with the way from its table reference to the tenant.
    pub(crate) closed: Vec<(ScanId, Vec<Step>)>,
    /// What was found of the rows that are written.
    pub(crate) pins: Vec<Pin>,
    /// Which construct made two nodes equal, where it was no condition in the text.
    origins: BTreeMap<(Node, Node), Why>,
    /// Columns of a reference to a common table expression, and the column of its definition that each is a copy of.
    copies: BTreeMap<ColId, ColId>,
    /// Columns of a recursion's round before, of which an assumption is known that every round keeps.
    assumed: BTreeSet<ColId>,
}

/// One step of a way: what exposes or equals `from` exposes or equals `to`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) from: Node,
    pub(crate) to: Node,
    pub(crate) why: Why,
}

/// Why a step holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Why {
    /// It is one of the facts known of the rows: a condition of the text, or what [`Record::origin`] says.
    Fact,
    /// Merged by `using` or a natural join.
    Using,
    /// The select list passes the column through, or writes `$tenant` there.
    Selected,
    /// `$tenant` in every row of `values`.
    Listed,
    /// A column of a set operation or a recursion, and that of one of its arms.
    Arm,
    /// `in (select ..)`.
    Member,
    /// The row that a write returns or finds in its way is the tenant's.
    OwnRow,
    /// No other rows can be read there.
    Confined(Confined),
    /// A copy of a common table expression's column.
    Copy,
    /// Both are the tenant of one row, which their keys name.
    OneParent(Box<Parents>),
    /// A merged column all of whose sources expose the same.
    Merged(Vec<Node>),
    /// The construct folds or picks rows, but keeps the tenants' rows apart by this column.
    Kept(Barrier),
}

/// Two promises about one row, and the ways between their keys, one for each column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parents {
    pub(crate) left: Link,
    pub(crate) right: Link,
    pub(crate) keys: Vec<Vec<(Node, Node)>>,
}

/// What was found of a row that is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pin {
    /// The target of the write, as it stands in the text.
    pub(crate) target: Span,
    /// The value that decides, or the target.
    pub(crate) span: Span,
    pub(crate) role: Role,
    pub(crate) found: Pinned,
}

/// What a pin is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// The rows that an update or delete reaches.
    Target,
    /// The owner of an inserted row.
    Inserted,
    /// The owner that an update assigns.
    Assigned,
}

/// Why a written row is the tenant's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pinned {
    /// `$tenant` is written there.
    Written,
    /// The value is known to be the tenant.
    Known(Vec<Step>),
    /// The table's policy refuses every other row.
    Checked,
    /// The value is the key of a parent row, which is known to be the tenant's.
    Parent { key: Vec<Step>, owner: Vec<Step> },
}

impl Trace {
    /// A recorder that records.
    pub(crate) fn on() -> Self {
        Self(Some(Rc::new(RefCell::new(Record::default()))))
    }

    /// Whether anybody listens.
    pub(crate) const fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// What was recorded, and from now on nothing.
    pub(crate) fn take(&mut self) -> Record {
        self.0.take().map_or_else(Record::default, |record| record.take())
    }

    fn write(&self, change: impl FnOnce(&mut Record)) {
        if let Some(record) = &self.0 {
            change(&mut record.borrow_mut());
        }
    }

    /// `why` makes `a` and `b` equal.
    pub(super) fn origin(&self, a: Node, b: Node, why: impl FnOnce() -> Why) {
        self.write(|record| {
            record.origins.entry(pair(a, b)).or_insert_with(why);
        });
    }

    /// `copy` stands for `original` in a reference to a common table expression.
    pub(super) fn copy(&self, copy: Node, original: Node) {
        if let (Node::Col(copy), Node::Col(original)) = (copy, original)
            && copy != original
        {
            self.write(|record| {
                record.copies.insert(copy, original);
            });
        }
    }

    /// `copy` stands for `original` in the round before.
    pub(super) fn assume(&self, copy: ColId, original: ColId) {
        self.copy(Node::Col(copy), Node::Col(original));
        self.write(|record| {
            record.assumed.insert(copy);
        });
    }

    pub(super) fn opened(&self, scan: ScanId) {
        self.write(|record| {
            record.opened.insert(scan);
        });
    }

    pub(super) fn closed(&self, scan: ScanId, way: impl FnOnce() -> Vec<Step>) {
        self.write(|record| {
            let closed = (scan, way());
            if !record.closed.contains(&closed) {
                record.closed.push(closed);
            }
        });
    }

    pub(super) fn pin(&self, pin: impl FnOnce() -> Pin) {
        self.write(|record| {
            let pin = pin();
            if !record.pins.contains(&pin) {
                record.pins.push(pin);
            }
        });
    }
}

impl Record {
    /// What made `a` and `b` equal, if no condition in the text did.
    pub(crate) fn origin(&self, a: Node, b: Node) -> Option<&Why> {
        self.origins.get(&pair(a, b))
    }

    /// Every pair that [`Record::origin`] knows.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (Node, Node)> {
        self.origins.keys().copied()
    }

    /// Whether `node` is a column of a recursion's round before.
    pub(crate) fn is_assumed(&self, node: Node) -> bool {
        matches!(node, Node::Col(column) if self.assumed.contains(&column))
    }

    /// The node of a definition that `node` is a copy of, if it is one.
    pub(crate) fn original(&self, node: Node) -> Option<Node> {
        match node {
            Node::Col(column) => self.copies.get(&column).map(|&original| Node::Col(original)),
            Node::Tenant | Node::Param(..) => None,
        }
    }
}

fn pair(a: Node, b: Node) -> (Node, Node) {
    (a.min(b), a.max(b))
}

/// Why an arrow between two nodes is there.
pub(super) fn arrow(facts: &Facts, from: Node, to: Node) -> Step {
    let why = facts.one_parent(from, to).map_or(Why::Fact, |(left, right)| {
        let keys = left
            .args
            .iter()
            .zip(&right.args)
            .map(|(&a, &b)| facts.way(Node::Col(a), Node::Col(b)))
            .collect();
        Why::OneParent(Box::new(Parents {
            left: left.clone(),
            right: right.clone(),
            keys,
        }))
    });
    Step { from, to, why }
}

/// The steps of a shortest way between two nodes that are known to be equal.
pub(super) fn steps(facts: &Facts, from: Node, to: Node) -> Vec<Step> {
    facts
        .way(from, to)
        .into_iter()
        .map(|(from, to)| arrow(facts, from, to))
        .collect()
}
