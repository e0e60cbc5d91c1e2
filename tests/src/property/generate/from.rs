//! `from`: relations, joins, and where their conditions go.

use super::super::node::{Node, Part, Sort};
use super::super::schema::VIEWS;
use super::{Generator, Output, Pinning, Query, Relation, choice, piece, word};

/// A block's `from`, and the conditions for its `where`.
pub(super) struct From {
    pub(super) source: Part,
    pub(super) joins: Vec<Node>,
    pub(super) conditions: Vec<Node>,
}

impl Generator {
    /// A relation for `from`, under a fresh alias.
    fn source(&mut self, depth: usize) -> (Node, Relation) {
        let nested = usize::from(depth > 0);
        let lateral = usize::from(depth > 0 && self.postgres() && !self.local.is_empty());
        let named = if self.tables.is_empty() { 0 } else { 12 };
        match self.random.weighted(&[14, 2, 4 * nested, 2 * lateral, named, 1]) {
            5 => self.constructed_source(),
            1 => {
                let mut view = self.random.pick(VIEWS);
                if !view.good && self.random.chance(60) {
                    view = self.random.pick(VIEWS);
                }
                let alias = self.alias();
                let outputs: Vec<Output> = view
                    .columns
                    .iter()
                    .map(|(name, ty)| Output {
                        name: (*name).to_owned(),
                        ty: *ty,
                        tenant: view.tenant == Some(*name),
                    })
                    .collect();
                let node = Node::text(Sort::Source, format!("{} {alias}", view.name));
                (node, Relation::of_outputs(&outputs, alias, false))
            }
            2 => {
                let pinning = if self.random.chance(35) {
                    Pinning::Here
                } else {
                    Pinning::Later
                };
                let mut query = self.detached_query(pinning, depth - 1);
                let alias = self.alias();
                self.rename_tenant(&mut query);
                let template = format!("({{}}) {alias}{}", column_names(&query.outputs));
                let node = Node::new(Sort::Source, &template, [piece(query.node)]);
                (
                    node,
                    Relation::of_outputs(&query.outputs, alias, pinning == Pinning::Here),
                )
            }
            3 => {
                let pinning = if self.random.chance(60) {
                    Pinning::Here
                } else {
                    Pinning::Later
                };
                let query = self.nested(|inner| {
                    let columns = inner.some_columns(pinning);
                    inner.query(Some(&columns), pinning, depth - 1)
                });
                let alias = self.alias();
                let node = Node::new(
                    Sort::Source,
                    &format!("lateral ({{}}) {alias}"),
                    [piece(query.node)],
                );
                (
                    node,
                    Relation::of_outputs(&query.outputs, alias, pinning == Pinning::Here),
                )
            }
            4 => {
                let named = self.random.pick(&self.tables).clone();
                let alias = self.alias();
                let node = Node::text(Sort::Source, format!("{} {alias}", named.name));
                (node, Relation::of_outputs(&named.outputs, alias, named.pinned))
            }
            _ => self.base_table(),
        }
    }

    /// Sometimes calls the tenant column of a derived table `tenant_id`, so that `using` and `natural` find it.
    fn rename_tenant(&mut self, query: &mut Query) {
        if self.postgres()
            && self.random.chance(40)
            && let Some(output) = query.outputs.iter_mut().find(|output| output.tenant)
        {
            output.name = "tenant_id".to_owned();
        }
    }

    /// `from` with its joins; adds the relations to the block.
    pub(super) fn from(&mut self, pinning: Pinning, depth: usize) -> From {
        let mut joins: Vec<(Vec<Node>, &'static str, Node)> = Vec::new();
        let mut conditions = Vec::new();
        let (source, first) = self.source(depth);
        let mut unpinned = Vec::new();
        if !first.pinned && pinning == Pinning::Here {
            unpinned.push(0);
        }
        self.local.push(first);
        for index in 1..=self.random.weighted(&[4, 5, 2]) {
            let (source, relation) = self.source(depth);
            let pinned = relation.pinned;
            self.local.push(relation);
            let shared = self.shared_columns();
            let mut kind = self.join_kind();
            if !takes_on(kind) && kind != ", " && shared.is_empty() {
                kind = if kind.contains("left") {
                    " left join "
                } else {
                    " join "
                };
            }
            let mut on = Vec::new();
            let mut linked = !takes_on(kind) && kind != ", ";
            if linked && !kind.starts_with(" natural") {
                let names = self.random.pick(&shared).clone();
                on.push(Node::new(Sort::Item, "{}", [Part::Pick(shared, 0)]));
                if let Some(Part::Pick(options, chosen)) = on[0].parts.first_mut() {
                    *chosen = options.iter().position(|one| *one == names).unwrap_or(0);
                }
            } else if !linked && self.random.chance(80) && self.random.chance(self.care) {
                let link = self.link();
                linked = link.is_some();
                on.extend(link);
            }
            if linked && !takes_on(kind) {
                if self.random.chance(15) {
                    unpinned.push(index);
                }
                joins.push((on, kind, source));
                continue;
            }
            if self.random.chance(60) {
                on.extend(self.business_link());
            }
            if self.random.chance(20) {
                let depth = depth.min(1);
                on.push(self.condition(depth));
            }
            if (!linked && !pinned) || self.random.chance(12) {
                unpinned.push(index);
            }
            if kind == ", " {
                conditions.append(&mut on);
            }
            joins.push((on, kind, source));
        }
        // Sometimes every pin goes into an `on`, where it may confine nothing, and a condition above may bring it back.
        let misplaced = !joins.is_empty() && self.random.chance(12);
        for index in unpinned {
            let relation = self.local[index].clone();
            let Some(pin) = self.confine(&relation) else {
                continue;
            };
            if !self.random.chance(self.care) {
                continue;
            }
            let spread = if misplaced {
                joins.len()
            } else {
                joins.len() * 2 + 3
            };
            let into = self.random.below(spread).max(index.saturating_sub(1));
            match joins.get_mut(into) {
                Some((on, kind, _)) if takes_on(kind) => on.push(pin),
                _ => conditions.push(pin),
            }
        }
        let outer = joins
            .iter()
            .any(|(_, kind, _)| ["left", "right", "full"].iter().any(|word| kind.contains(word)));
        if outer && (misplaced || self.random.chance(35)) {
            conditions.extend(self.half_strict());
        }
        let joins = joins
            .into_iter()
            .map(|(on, kind, source)| join(kind, source, on))
            .collect();
        From {
            source: piece(source),
            joins,
            conditions,
        }
    }

    /// A condition on one column that may or may not hold where an outer join left it null.
    fn half_strict(&mut self) -> Option<Node> {
        let ty = self.any_type();
        let column = if self.random.chance(50) {
            self.last_column(ty)
        } else {
            self.column(ty)
        }?
        .sql();
        let value = self.literal(ty);
        let forms = [
            format!("{column} = {value}"),
            format!("{column} is not null"),
            format!("{column} is null"),
            format!("coalesce({column}, {value}) = {value}"),
            format!("{column} is distinct from {value}"),
            format!("({column} = {value}) is not false"),
            format!("({column} = {value}) is true"),
            format!("not ({column} <> {value})"),
            format!("({column} <> {value} or {value} = {value})"),
            format!("case when {column} is null then true else {column} = {value} end"),
            format!("{column} not in ({value}, {value})"),
            format!("{column} in ({value}, {value})"),
        ];
        Some(Node::text(Sort::Condition, self.random.pick(&forms).clone()))
    }

    /// Pins a relation, or ties it to a block around this one.
    fn confine(&mut self, relation: &Relation) -> Option<Node> {
        let outer: Vec<String> = self
            .outer
            .iter()
            .filter_map(Relation::tenant_column)
            .map(|column| column.sql.clone())
            .collect();
        if let Some(own) = relation.tenant_column()
            && !outer.is_empty()
            && self.random.chance(45)
        {
            let own = own.sql.clone();
            let outer: Vec<&str> = outer.iter().map(String::as_str).collect();
            return Some(self.tenant_equality(&own, &outer));
        }
        self.pin(relation)
    }

    /// What `using` can name between the relation added last and those before it.
    fn shared_columns(&self) -> Vec<String> {
        let Some((last, earlier)) = self.local.split_last() else {
            return Vec::new();
        };
        let holds = |relation: &Relation, name: &str| {
            relation
                .columns
                .iter()
                .find(|column| column.sql.ends_with(&format!(".{name}")))
                .map(|column| column.ty)
        };
        let shared = |name: &str| {
            let mut types = earlier.iter().filter_map(|relation| holds(relation, name));
            let own = holds(last, name);
            own.is_some() && types.next() == own && types.next().is_none()
        };
        let mut options = Vec::new();
        if shared("tenant_id") {
            options.extend(["tenant_id".to_owned(), "tenant_id".to_owned()]);
            for name in ["id", "a", "b"] {
                if shared(name) {
                    options.push(format!("tenant_id, {name}"));
                }
            }
            if shared("id") {
                options.push("id".to_owned());
            }
        }
        options
    }

    fn join_kind(&mut self) -> &'static str {
        const KINDS: [&str; 9] = [
            " join ",
            " left join ",
            " right join ",
            " full join ",
            ", ",
            " natural join ",
            " natural left join ",
            " join using",
            " left join using",
        ];
        if self.mysql() && self.random.chance(4) {
            return " straight_join ";
        }
        let full = if self.mysql() { 0 } else { 3 };
        KINDS[self.random.weighted(&[9, 9, 3, full, 3, 1, 1, 3, 3])]
    }
}

/// Whether a join of that kind has a condition.
fn takes_on(kind: &str) -> bool {
    !kind.starts_with(" natural") && !kind.ends_with("using") && kind != ", "
}

fn join(kind: &'static str, source: Node, mut on: Vec<Node>) -> Node {
    if kind == ", " || kind.starts_with(" natural") {
        return Node::new(Sort::Join, "{}{}", [word(kind), piece(source)]);
    }
    if let Some(kind) = kind.strip_suffix("using") {
        let columns = on.into_iter().next().map_or_else(|| word("tenant_id"), piece);
        return Node::new(
            Sort::Join,
            &format!("{kind}{{}} using ({{}})"),
            [piece(source), columns],
        );
    }
    if on.is_empty() {
        on.push(Node::text(Sort::Condition, "1 = 1"));
    }
    let kinds = [
        " join ",
        " left join ",
        " right join ",
        " full join ",
        " straight_join ",
    ];
    let chosen = kinds.iter().position(|one| *one == kind).unwrap_or(0);
    let on = Part::List {
        before: "",
        separator: " and ",
        items: on,
        least: 1,
    };
    Node::new(
        Sort::Join,
        "{}{} on {}",
        [choice(&kinds, chosen), piece(source), on],
    )
}

/// A list of column names for a derived table, where one of them is not the query's own.
fn column_names(outputs: &[Output]) -> String {
    if outputs
        .iter()
        .enumerate()
        .all(|(index, output)| output.name == format!("c{}", index + 1))
    {
        return String::new();
    }
    let names: Vec<&str> = outputs.iter().map(|output| output.name.as_str()).collect();
    format!(" ({})", names.join(", "))
}
