//! Statements as trees of typed pieces of text: one representation to generate, mutate and shrink.

use super::random::Random;

/// What a piece can stand for: pieces of the same sort can replace one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    /// A whole statement.
    Statement,
    /// A query without parentheses around it.
    Query,
    /// An item of `from` with its alias.
    Source,
    /// A join and its right side.
    Join,
    /// A condition.
    Condition,
    /// An integer.
    Int,
    /// A text.
    Text,
    /// A result column with its alias.
    Output,
    /// Anything else that may be dropped from a list, not exchanged.
    Item,
}

/// A part of a piece.
#[derive(Debug, Clone)]
pub(crate) enum Part {
    /// Fixed text.
    Text(String),
    /// One of several texts.
    Pick(Vec<String>, usize),
    /// A piece.
    Piece(Node),
    /// Pieces between separators; `before` stands in front if there are any.
    List {
        /// Text in front of a list that is not empty.
        before: &'static str,
        /// Text between members.
        separator: &'static str,
        /// The members.
        items: Vec<Node>,
        /// How many must stay.
        least: usize,
    },
}

/// A piece of a statement.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// What it stands for.
    pub(crate) sort: Sort,
    /// Its parts in order.
    pub(crate) parts: Vec<Part>,
}

impl Node {
    /// Fixed text.
    pub(crate) fn text(sort: Sort, text: impl Into<String>) -> Self {
        Self {
            sort,
            parts: vec![Part::Text(text.into())],
        }
    }

    /// `template` with its `{}` replaced by `parts` in order.
    pub(crate) fn new<const N: usize>(sort: Sort, template: &str, parts: [Part; N]) -> Self {
        let mut parts = parts.into_iter();
        let mut all = Vec::new();
        for (index, text) in template.split("{}").enumerate() {
            if index > 0 {
                all.push(parts.next().expect("a part for every {}"));
            }
            if !text.is_empty() {
                all.push(Part::Text(text.to_owned()));
            }
        }
        assert!(parts.next().is_none(), "a {{}} for every part");
        Self { sort, parts: all }
    }

    /// Appends its SQL to `out`.
    fn render(&self, out: &mut String) {
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Pick(options, chosen) => out.push_str(&options[*chosen]),
                Part::Piece(node) => node.render(out),
                Part::List {
                    before,
                    separator,
                    items,
                    least: _,
                } => {
                    for (index, item) in items.iter().enumerate() {
                        out.push_str(if index == 0 { before } else { separator });
                        item.render(out);
                    }
                }
            }
        }
    }

    /// Its SQL.
    pub(crate) fn sql(&self) -> String {
        let mut out = String::new();
        self.render(&mut out);
        out
    }

    /// Calls `visit` on this piece and on all below it, outermost first.
    fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Self)) {
        visit(self);
        for part in &self.parts {
            match part {
                Part::Text(_) | Part::Pick(..) => {}
                Part::Piece(node) => node.walk(visit),
                Part::List { items, .. } => items.iter().for_each(|item| item.walk(visit)),
            }
        }
    }

    /// Calls `visit` on this piece and on all below it until it says that it is done.
    fn walk_mut(&mut self, visit: &mut dyn FnMut(&mut Self) -> bool) -> bool {
        if visit(self) {
            return true;
        }
        self.parts.iter_mut().any(|part| match part {
            Part::Text(_) | Part::Pick(..) => false,
            Part::Piece(node) => node.walk_mut(visit),
            Part::List { items, .. } => items.iter_mut().any(|item| item.walk_mut(visit)),
        })
    }

    /// How many pieces there are.
    pub(crate) fn size(&self) -> usize {
        let mut size = 0;
        self.walk(&mut |_| size += 1);
        size
    }

    /// Applies `change` to the piece number `index`.
    fn change(&mut self, index: usize, change: &mut dyn FnMut(&mut Self)) {
        let mut at = 0;
        self.walk_mut(&mut |node| {
            at += 1;
            if at == index + 1 {
                change(node);
                return true;
            }
            false
        });
    }

    fn at(&self, index: usize) -> &Self {
        let mut at = 0;
        let mut found = self;
        self.walk(&mut |node| {
            if at == index {
                found = node;
            }
            at += 1;
        });
        found
    }
}

/// A random small change: another choice, a dropped or moved member, an exchanged or wrapped piece.
pub(crate) fn mutate(root: &Node, random: &mut Random) -> Node {
    let mut changed = root.clone();
    let size = root.size();
    match random.below(10) {
        0..=2 => choose_otherwise(&mut changed, random),
        3 | 4 => drop_member(&mut changed, random),
        5 => move_condition(&mut changed, random),
        6 | 7 => {
            let target = random.below(size);
            let sort = root.at(target).sort;
            let mut donors = Vec::new();
            root.walk(&mut |node| {
                if node.sort == sort {
                    donors.push(node);
                }
            });
            let donor = (*random.pick(&donors)).clone();
            changed.change(target, &mut |node| *node = donor.clone());
        }
        _ => wrap_condition(&mut changed, random),
    }
    changed
}

fn choose_otherwise(root: &mut Node, random: &mut Random) {
    let mut picks = 0;
    root.walk(&mut |node| {
        let own = node.parts.iter().filter(|part| matches!(part, Part::Pick(..)));
        picks += own.count();
    });
    let mut target = random.below(picks);
    root.walk_mut(&mut |node| {
        for part in &mut node.parts {
            if let Part::Pick(options, chosen) = part {
                if target == 0 {
                    *chosen = random.below(options.len());
                    return true;
                }
                target -= 1;
            }
        }
        false
    });
}

fn lists(root: &Node, wanted: impl Fn(&[Node], usize) -> bool) -> usize {
    let mut count = 0;
    root.walk(&mut |node| {
        for part in &node.parts {
            if let Part::List { items, least, .. } = part
                && wanted(items, *least)
            {
                count += 1;
            }
        }
    });
    count
}

/// Applies `change` to the list number `target` among the wanted ones.
fn change_list(
    root: &mut Node,
    mut target: usize,
    wanted: impl Fn(&[Node], usize) -> bool,
    change: &mut dyn FnMut(&mut Vec<Node>),
) {
    root.walk_mut(&mut |node| {
        for part in &mut node.parts {
            if let Part::List { items, least, .. } = part
                && wanted(items, *least)
            {
                if target == 0 {
                    change(items);
                    return true;
                }
                target -= 1;
            }
        }
        false
    });
}

fn drop_member(root: &mut Node, random: &mut Random) {
    let wanted = |items: &[Node], least: usize| items.len() > least;
    let target = random.below(lists(root, wanted));
    change_list(root, target, wanted, &mut |items| {
        let index = random.below(items.len());
        items.remove(index);
    });
}

fn move_condition(root: &mut Node, random: &mut Random) {
    let full = |items: &[Node], least: usize| items.len() > least && items[0].sort == Sort::Condition;
    let source = random.below(lists(root, full));
    let mut moved = None;
    change_list(root, source, full, &mut |items| {
        let index = random.below(items.len());
        moved = Some(items.remove(index));
    });
    let Some(moved) = moved else { return };
    let any = |items: &[Node], _: usize| items.first().is_some_and(|item| item.sort == Sort::Condition);
    let target = random.below(lists(root, any));
    change_list(root, target, any, &mut |items| items.push(moved.clone()));
}

/// Ways to weaken a condition.
const WRAPPERS: [&str; 9] = [
    "not ({})",
    "({}) is not false",
    "({}) is not true",
    "({} or 1 = 2)",
    "(case when {} then true else false end)",
    "coalesce({}, true)",
    "({}) is not null",
    "not (not ({}))",
    "({}) = (1 = 1)",
];

fn wrap_condition(root: &mut Node, random: &mut Random) {
    let size = root.size();
    let places: Vec<usize> = (0..size)
        .filter(|index| root.at(*index).sort == Sort::Condition)
        .collect();
    if places.is_empty() {
        return;
    }
    let template = *random.pick(&WRAPPERS);
    let place = *random.pick(&places);
    root.change(place, &mut |node| {
        *node = Node::new(Sort::Condition, template, [Part::Piece(node.clone())]);
    });
}

/// Smaller statements, the most promising first: a piece replaced by one of its own sort below it, a member dropped.
pub(crate) fn smaller(root: &Node) -> Vec<Node> {
    let size = root.size();
    let mut found = Vec::new();
    for index in 0..size {
        let node = root.at(index);
        let mut below = Vec::new();
        node.walk(&mut |inner| {
            if inner.sort == node.sort && !std::ptr::eq(inner, node) {
                below.push(inner);
            }
        });
        for inner in below {
            let mut candidate = root.clone();
            candidate.change(index, &mut |node| *node = inner.clone());
            found.push(candidate);
        }
        for (place, part) in node.parts.iter().enumerate() {
            if let Part::List { items, least, .. } = part
                && items.len() > *least
            {
                for member in 0..items.len() {
                    let mut candidate = root.clone();
                    candidate.change(index, &mut |node| {
                        if let Some(Part::List { items, .. }) = node.parts.get_mut(place) {
                            items.remove(member);
                        }
                    });
                    found.push(candidate);
                }
            }
        }
        let simple = match node.sort {
            Sort::Condition => "1 = 1",
            Sort::Int => "1",
            Sort::Text => "'x'",
            _ => continue,
        };
        if node.parts.len() > 1 {
            let mut candidate = root.clone();
            candidate.change(index, &mut |node| *node = Node::text(node.sort, simple));
            found.push(candidate);
        }
    }
    found.sort_by_key(Node::size);
    found
}
