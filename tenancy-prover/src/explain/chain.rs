//! Recorded steps as facts with names and places.

use std::collections::{BTreeMap, VecDeque};

use super::{Fact, Location};
use crate::catalog::{Catalog, ForeignKey, Key, Ownership, QName, Relation, Table};
use crate::lower::Reading;
use crate::plan::{Confined, Operand, Place, Promise};
use crate::prove::{Barrier, Link, Node, Parents, Step, Why};

/// Names what the recorder holds.
pub(super) struct Namer<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) reading: &'a Reading,
    /// Equal nodes, by any fact of the text or the recorder: how a conclusion is taken apart.
    neighbours: BTreeMap<Node, Vec<Node>>,
}

impl<'a> Namer<'a> {
    pub(super) fn new(catalog: &'a Catalog, reading: &'a Reading) -> Self {
        let mut neighbours: BTreeMap<Node, Vec<Node>> = BTreeMap::new();
        let written = reading
            .notes
            .equalities
            .iter()
            .filter_map(|(left, right, _)| Some((plain(*left)?, plain(*right)?)));
        for (a, b) in written.chain(reading.record.pairs()) {
            neighbours.entry(a).or_default().push(b);
            neighbours.entry(b).or_default().push(a);
        }
        Self {
            catalog,
            reading,
            neighbours,
        }
    }

    /// How a person writes it.
    fn name(&self, node: Node) -> String {
        let nameless = || "a column without a name".to_owned();
        match node {
            Node::Tenant => "$tenant".to_owned(),
            Node::Param(number, _) => self
                .reading
                .arguments
                .get(number as usize)
                .cloned()
                .unwrap_or_else(nameless),
            Node::Col(column) => match self.reading.notes.names.get(&column) {
                Some(name) => name.clone(),
                None => self
                    .reading
                    .record
                    .original(node)
                    .map_or_else(nameless, |original| self.name(original)),
            },
        }
    }

    /// A chain as facts; steps between columns that look alike are left out.
    pub(super) fn chain(&self, steps: &[Step]) -> Vec<Fact> {
        steps
            .iter()
            .filter_map(|step| {
                let (left, right) = (self.name(step.from), self.name(step.to));
                let shown = left != right || matches!(step.why, Why::Kept(_));
                shown.then(|| self.fact(step.from, step, &left, &right))
            })
            .collect()
    }

    fn fact(&self, from: Node, step: &Step, left: &str, right: &str) -> Fact {
        let plain = |reason: &str| Fact {
            text: format!("{left} = {right}"),
            reason: reason.to_owned(),
            places: Vec::new(),
            because: Vec::new(),
        };
        match &step.why {
            Why::Fact | Why::Member => self.known(from, step.to, left, right),
            Why::Using => plain("merged by `using` or a natural join"),
            Why::Selected => plain("the select list passes it through"),
            Why::Listed => plain("every row of `values` has it there"),
            Why::Arm => plain("an arm of the set operation or recursion yields it in that place"),
            Why::OwnRow => plain("the row that was written, or that is in the way, is the tenant's"),
            Why::Confined(confined) => plain(confining(*confined)),
            Why::Copy => plain("the common table expression passes it on"),
            Why::Merged(sources) => {
                let names: Vec<String> = sources.iter().map(|source| self.name(*source)).collect();
                let text = if step.to == Node::Tenant {
                    format!("coalesce({}) = {right}", names.join(", "))
                } else {
                    format!("{right} = coalesce({})", names.join(", "))
                };
                Fact {
                    text,
                    reason: "whichever of them is there names the tenant that the row depends on".to_owned(),
                    places: Vec::new(),
                    because: Vec::new(),
                }
            }
            Why::Kept(barrier) => Fact {
                text: kept(*barrier, left),
                reason: "rows of two tenants never meet there".to_owned(),
                places: Vec::new(),
                because: Vec::new(),
            },
            Why::OneParent(parents) => self.one_parent(parents, left, right),
        }
    }

    /// An equality that is one of the facts: written, made by a construct, or a conclusion from such.
    fn known(&self, from: Node, to: Node, left: &str, right: &str) -> Fact {
        let mut fact = Fact {
            text: format!("{left} = {right}"),
            reason: String::new(),
            places: Vec::new(),
            because: Vec::new(),
        };
        if let Some((reason, places)) = self.stated(from, to) {
            fact.reason = reason;
            fact.places = places;
            return fact;
        }
        let way = self.way(from, to);
        let recursion = self.reading.record.is_assumed(from) || self.reading.record.is_assumed(to);
        fact.reason = if recursion {
            "the recursion begins with it, and every round keeps it"
        } else {
            "follows"
        }
        .to_owned();
        for (a, b) in way {
            let (left, right) = (self.name(a), self.name(b));
            if let Some((reason, places)) = self.stated(a, b)
                && left != right
            {
                fact.because.push(Fact {
                    text: format!("{left} = {right}"),
                    reason,
                    places,
                    because: Vec::new(),
                });
            }
        }
        match fact.because.as_slice() {
            [] => fact.reason = "known of every row that is read there".to_owned(),
            [one] if one.text == fact.text => return one.clone(),
            _ => {}
        }
        fact
    }

    /// What says that two nodes are equal, if it is said of just these or of what they are copies of.
    fn stated(&self, from: Node, to: Node) -> Option<(String, Vec<Location>)> {
        let (mut a, mut b) = (from, to);
        loop {
            let places: Vec<Location> = self
                .reading
                .notes
                .equalities
                .iter()
                .filter(|(left, right, _)| {
                    (matches(*left, a) && matches(*right, b)) || (matches(*left, b) && matches(*right, a))
                })
                .map(|(_, _, place)| location(place))
                .collect();
            if !places.is_empty() {
                return Some(("written".to_owned(), places));
            }
            if let Some(why) = self.reading.record.origin(a, b) {
                let reason = match why {
                    Why::Using => "merged by `using` or a natural join",
                    Why::Selected => "the select list passes it through",
                    Why::Listed => "every row of `values` has it there",
                    Why::Arm => "an arm of the set operation or recursion yields it in that place",
                    Why::Member => "the row is among those of the subquery",
                    Why::OwnRow => "the row that was written, or that is in the way, is the tenant's",
                    Why::Confined(confined) => confining(*confined),
                    Why::Fact | Why::Copy | Why::OneParent(_) | Why::Merged(_) | Why::Kept(_) => "known",
                };
                return Some((reason.to_owned(), Vec::new()));
            }
            let (before_a, before_b) = (self.reading.record.original(a), self.reading.record.original(b));
            if before_a.is_none() && before_b.is_none() {
                return None;
            }
            a = before_a.unwrap_or(a);
            b = before_b.unwrap_or(b);
            if a == b {
                return Some(("the common table expression passes it on".to_owned(), Vec::new()));
            }
        }
    }

    /// A shortest way between two nodes over everything that makes nodes equal.
    fn way(&self, from: Node, to: Node) -> Vec<(Node, Node)> {
        let mut came: BTreeMap<Node, Node> = BTreeMap::new();
        let mut queue = VecDeque::from([from]);
        while let Some(at) = queue.pop_front() {
            let copied = self.reading.record.original(at);
            let next = self
                .neighbours
                .get(&at)
                .into_iter()
                .flatten()
                .copied()
                .chain(copied);
            for next in next {
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

    fn one_parent(&self, parents: &Parents, left: &str, right: &str) -> Fact {
        let Parents {
            left: one,
            right: other,
            keys,
        } = parents;
        let because = keys
            .iter()
            .flat_map(|way| {
                let steps: Vec<Step> = way
                    .iter()
                    .map(|&(from, to)| Step {
                        from,
                        to,
                        why: Why::Fact,
                    })
                    .collect();
                self.chain(&steps)
            })
            .collect();
        let table = self
            .reading
            .keys
            .iter()
            .find(|(_, function)| **function == one.function)
            .map_or_else(String::new, |((table, _), _)| format!(" of `{table}`"));
        let mut places: Vec<Location> = Vec::new();
        for place in [self.promise(one), self.promise(other)].into_iter().flatten() {
            if !places.contains(&place) {
                places.push(place);
            }
        }
        Fact {
            text: format!("{left} = {right}"),
            reason: format!("both are the tenant of one row{table}"),
            places,
            because,
        }
    }

    /// The key or foreign key that a promise rests on.
    fn promise(&self, promise: &Link) -> Option<Location> {
        let ((parent, index), _) = self
            .reading
            .keys
            .iter()
            .find(|(_, function)| **function == promise.function)?;
        match promise.source {
            Promise::Key => Some(key_location(self.table(parent)?.keys.get(*index)?)),
            Promise::Owner => {
                let table = self.table(self.table_of(promise)?)?;
                let Ownership::Via { foreign_key } = table.ownership else {
                    return None;
                };
                Some(foreign_key_location(table.foreign_keys.get(foreign_key)?))
            }
            Promise::ForeignKey(foreign_key) => {
                let table = self.table(self.table_of(promise)?)?;
                Some(foreign_key_location(table.foreign_keys.get(foreign_key)?))
            }
        }
    }

    /// The table whose owner a promise speaks of.
    fn table_of(&self, promise: &Link) -> Option<&QName> {
        let mut column = match promise.result {
            Node::Col(column) => column,
            Node::Tenant | Node::Param(..) => *promise.args.first()?,
        };
        loop {
            let found = self
                .reading
                .notes
                .tables
                .iter()
                .find(|(first, end, _)| *first <= column && column < *end);
            if let Some((_, _, table)) = found {
                return Some(table);
            }
            match self.reading.record.original(Node::Col(column))? {
                Node::Col(original) => column = original,
                Node::Tenant | Node::Param(..) => return None,
            }
        }
    }

    pub(super) fn table(&self, name: &QName) -> Option<&'a Table> {
        match self.catalog.relations.get(name)? {
            Relation::Table(table) => Some(table),
            Relation::View(_) | Relation::Opaque { .. } => None,
        }
    }
}

/// A place of the text as a location.
fn location(place: &Place) -> Location {
    match &place.inside {
        Some((name, origin)) => Location::Schema {
            what: format!("`{name}`"),
            origin: origin.clone(),
        },
        None => Location::Statement(place.span),
    }
}

fn key_location(key: &Key) -> Location {
    Location::Schema {
        what: key
            .name
            .as_ref()
            .map_or_else(|| "key".to_owned(), |name| format!("key `{name}`")),
        origin: key.origin.clone(),
    }
}

fn foreign_key_location(key: &ForeignKey) -> Location {
    Location::Schema {
        what: key.name.as_ref().map_or_else(
            || "foreign key".to_owned(),
            |name| format!("foreign key `{name}`"),
        ),
        origin: key.origin.clone(),
    }
}

fn matches(operand: Operand, node: Node) -> bool {
    match (operand, node) {
        (Operand::Column(a), Node::Col(b)) => a == b,
        (Operand::Tenant, Node::Tenant) => true,
        (Operand::Argument(a), Node::Param(b, _)) => a == b,
        (Operand::Column(_) | Operand::Tenant | Operand::Argument(_), _) => false,
    }
}

/// The node of an operand that is the same wherever it stands.
const fn plain(operand: Operand) -> Option<Node> {
    match operand {
        Operand::Column(column) => Some(Node::Col(column)),
        Operand::Tenant => Some(Node::Tenant),
        Operand::Argument(_) => None,
    }
}

const fn confining(confined: Confined) -> &'static str {
    match confined {
        Confined::Policy => "the table's policy shows no other rows",
        Confined::Schema => "the table stands in the tenant's own schema",
        Confined::Database => "the table stands in the tenant's own database",
    }
}

fn kept(barrier: Barrier, column: &str) -> String {
    match barrier {
        Barrier::GroupBy | Barrier::Aggregate => format!("`group by` groups by {column}"),
        Barrier::Window => format!("the window is partitioned by {column}"),
        Barrier::Distinct => format!("`distinct` keeps {column}"),
        Barrier::DistinctOn => format!("`distinct on` has {column} among its keys"),
        Barrier::Limit | Barrier::Lock | Barrier::SetOperation | Barrier::Recursion | Barrier::Subquery => {
            format!("{column} is kept")
        }
    }
}
