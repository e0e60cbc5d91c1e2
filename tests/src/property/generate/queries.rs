//! Queries: blocks, set operations, common table expressions.

use super::super::node::{Node, Part, Sort};
use super::super::schema::{Type, VIEWS};
use super::{
    Generator, Named, Output, Pinning, Query, Relation, Wanted, choice, conjunction, fixed, piece, sort_of,
    word,
};

/// A block's `from`, and the conditions for its `where`.
struct From {
    source: Part,
    joins: Vec<Node>,
    conditions: Vec<Node>,
}

impl Generator {
    /// A statement that only reads (or hides its writes in a common table expression).
    pub(super) fn reading(&mut self) -> Node {
        let depth = *self.random.pick(&[1, 2, 2, 3]);
        let mut node = self.query(None, Pinning::Here, depth).node;
        node.sort = Sort::Statement;
        node
    }

    /// A query with these result columns, or any.
    pub(super) fn query(&mut self, wanted: Option<&[Wanted]>, pinning: Pinning, depth: usize) -> Query {
        if depth == 0 {
            return self.block(wanted, pinning, 0);
        }
        match self.random.weighted(&[12, 4, 3, 4, 3]) {
            1 => self.set_operation(wanted, pinning, depth - 1),
            2 => self.with(wanted, pinning, depth - 1),
            3 => self.recursive(wanted, pinning, depth - 1),
            4 => self.wrapped(wanted, pinning, depth - 1),
            _ => self.block(wanted, pinning, depth),
        }
    }

    /// A choice of result columns; the first is the tenant where the query is confined outside.
    fn some_columns(&mut self, pinning: Pinning) -> Vec<Wanted> {
        let mut columns: Vec<Wanted> = (0..self.random.between(1, 2))
            .map(|_| Wanted {
                ty: self.any_type(),
                tenant: false,
            })
            .collect();
        if pinning == Pinning::Later || self.random.chance(45) {
            let place = self.random.below(columns.len() + 1);
            columns.insert(
                place,
                Wanted {
                    ty: Type::Text,
                    tenant: true,
                },
            );
        }
        columns
    }

    /// `select .. from (query that is confined here)`: what stands inside is what the outer predicate must reach.
    fn wrapped(&mut self, wanted: Option<&[Wanted]>, pinning: Pinning, depth: usize) -> Query {
        let columns = wanted.map_or_else(|| self.some_columns(pinning), <[Wanted]>::to_vec);
        let mut inner_columns = columns.clone();
        if !inner_columns.iter().any(|column| column.tenant) {
            inner_columns.push(Wanted {
                ty: Type::Text,
                tenant: true,
            });
        }
        let inner = self.query(Some(&inner_columns), Pinning::Later, depth);
        let alias = self.alias();
        let relation = Relation::of_outputs(&inner.outputs, alias.clone(), false);
        let mut conditions = Vec::new();
        if pinning == Pinning::Here {
            conditions.extend(self.pin(&relation));
        }
        self.local.push(relation);
        if self.random.chance(30) {
            conditions.push(self.condition(0));
        }
        let mut items = Vec::new();
        let mut outputs = Vec::new();
        for (column, output) in columns.iter().zip(&inner.outputs) {
            let name = format!("c{}", items.len() + 1);
            items.push(Node::text(
                Sort::Output,
                format!("{alias}.{} as {name}", output.name),
            ));
            outputs.push(Output {
                name,
                ty: column.ty,
                tenant: column.tenant,
            });
        }
        self.local.pop();
        let node = Node::new(
            Sort::Query,
            "select {} from ({}) {alias}{}"
                .replace("{alias}", &alias)
                .as_str(),
            [
                fixed(", ", items),
                piece(inner.node),
                conjunction(" where ", conditions),
            ],
        );
        Query { node, outputs }
    }

    fn set_operation(&mut self, wanted: Option<&[Wanted]>, pinning: Pinning, depth: usize) -> Query {
        let columns = wanted.map_or_else(|| self.some_columns(pinning), <[Wanted]>::to_vec);
        let left = self.block(Some(&columns), pinning, depth);
        let mut other = columns.clone();
        if self.random.chance(12) {
            other.reverse();
            if other.iter().zip(&columns).any(|(one, two)| one.ty != two.ty) {
                other.clone_from(&columns);
            }
        }
        let right = if self.random.chance(20) {
            self.constants(&other)
        } else {
            self.block(Some(&other), pinning, depth)
        };
        let operators = ["union", "union all", "except", "intersect"];
        let operator = choice(&operators, self.random.weighted(&[3, 5, 2, 2]));
        let (one, two) = if self.postgres() {
            ("({})", "({})")
        } else {
            ("select * from ({})", "select * from ({})")
        };
        let node = Node::new(
            Sort::Query,
            &format!("{one} {{}} {two}"),
            [piece(left.node), operator, piece(right.node)],
        );
        let outputs = left
            .outputs
            .into_iter()
            .zip(right.outputs)
            .map(|(left, right)| Output {
                tenant: left.tenant && right.tenant || pinning == Pinning::Later && left.tenant,
                ..left
            });
        Query {
            node,
            outputs: outputs.collect(),
        }
    }

    /// One row without a table: `$tenant`, arguments and constants.
    fn constants(&mut self, columns: &[Wanted]) -> Query {
        let mut items = Vec::new();
        let mut outputs = Vec::new();
        for column in columns {
            let name = format!("c{}", items.len() + 1);
            let value = if column.ty == Type::Text && self.random.chance(50) {
                Node::text(Sort::Text, "cast($tenant as text)")
            } else {
                Node::text(sort_of(column.ty), self.literal(column.ty))
            };
            items.push(Node::new(
                Sort::Output,
                &format!("{{}} as {name}"),
                [piece(value)],
            ));
            outputs.push(Output {
                name,
                ty: column.ty,
                tenant: column.tenant,
            });
        }
        Query {
            node: Node::new(Sort::Query, "select {}", [fixed(", ", items)]),
            outputs,
        }
    }

    /// `with` one or two queries, some named like tables, each referred to once or more.
    fn with(&mut self, wanted: Option<&[Wanted]>, pinning: Pinning, depth: usize) -> Query {
        let before = self.tables.len();
        let mut definitions = Vec::new();
        for _ in 0..self.random.between(1, 2) {
            let inner = if self.random.chance(50) {
                Pinning::Here
            } else {
                Pinning::Later
            };
            let query = self.detached_query(inner, depth);
            let name = if self.random.chance(20) {
                (*self.random.pick(&["orders", "proj", "logs", "plans"])).to_owned()
            } else {
                self.alias().replace('t', "w")
            };
            if self.tables[before..].iter().any(|named| named.name == name) {
                continue;
            }
            let hint = choice(
                &["", "materialized ", "not materialized "],
                self.random.weighted(&[6, 1, 1]),
            );
            definitions.push(Node::new(
                Sort::Item,
                &format!("{name} as {{}}({{}})"),
                [hint, piece(query.node)],
            ));
            self.tables.push(Named {
                name,
                outputs: query.outputs,
                pinned: inner == Pinning::Here,
            });
        }
        let body = if self.random.chance(25) {
            self.set_operation(wanted, pinning, depth)
        } else {
            self.block(wanted, pinning, depth)
        };
        self.tables.truncate(before);
        let definitions = Part::List {
            before: "with ",
            separator: ", ",
            items: definitions,
            least: 0,
        };
        Query {
            node: Node::new(Sort::Query, "{} {}", [definitions, piece(body.node)]),
            outputs: body.outputs,
        }
    }

    /// A query for `with` or for a derived table: it sees no column of the present block.
    fn detached_query(&mut self, pinning: Pinning, depth: usize) -> Query {
        self.detached(|inner| {
            let columns = inner.some_columns(pinning);
            inner.query(Some(&columns), pinning, depth)
        })
    }

    /// A relation for `from`, under a fresh alias.
    fn source(&mut self, depth: usize) -> (Node, Relation) {
        let nested = usize::from(depth > 0);
        let lateral = usize::from(depth > 0 && self.postgres() && !self.local.is_empty());
        let named = if self.tables.is_empty() { 0 } else { 12 };
        match self.random.weighted(&[14, 2, 4 * nested, 2 * lateral, named]) {
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
                self.rename_tenant(&mut query, &alias);
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
    fn rename_tenant(&mut self, query: &mut Query, _alias: &str) {
        if self.postgres()
            && self.random.chance(40)
            && let Some(output) = query.outputs.iter_mut().find(|output| output.tenant)
        {
            output.name = "tenant_id".to_owned();
        }
    }

    /// `from` with its joins; adds the relations to the block.
    fn from(&mut self, pinning: Pinning, depth: usize) -> From {
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
        KINDS[self.random.weighted(&[9, 9, 3, 3, 3, 1, 1, 3, 3])]
    }

    /// A block with one row and these aggregates.
    pub(super) fn aggregate_block(&mut self, wanted: &[Wanted], depth: usize) -> Query {
        let mark = self.local.len();
        let from = self.from(Pinning::Here, depth);
        let mut items = Vec::new();
        let mut outputs = Vec::new();
        for column in wanted {
            let value = self.aggregate(column.ty);
            let name = format!("c{}", items.len() + 1);
            items.push(Node::new(
                Sort::Output,
                &format!("{{}} as {name}"),
                [piece(value)],
            ));
            outputs.push(Output {
                name,
                ty: column.ty,
                tenant: false,
            });
        }
        self.local.truncate(mark);
        Query {
            node: select("", items, from, conjunction(" having ", Vec::new()), ""),
            outputs,
        }
    }

    pub(super) fn aggregate(&mut self, ty: Type) -> Node {
        let sort = sort_of(ty);
        let value = self.value(ty, 0);
        if ty == Type::Text {
            return Node::new(
                sort,
                "{}({})",
                [choice(&["min", "max"], self.random.below(2)), piece(value)],
            );
        }
        match self.random.below(6) {
            0 => Node::text(sort, "count(*)"),
            1 => {
                let condition = self.condition(0);
                Node::new(sort, "count(*) filter (where {})", [piece(condition)])
            }
            2 => Node::new(sort, "count(distinct {})", [piece(value)]),
            3 if !self.postgres() => Node::new(sort, "sum({})", [piece(value)]),
            3 => Node::new(sort, "cast(sum({}) as bigint)", [piece(value)]),
            _ => Node::new(
                sort,
                "{}({})",
                [
                    choice(&["min", "max", "count"], self.random.below(3)),
                    piece(value),
                ],
            ),
        }
    }

    /// `select .. from .. where ..` in one of its shapes.
    pub(super) fn block(&mut self, wanted: Option<&[Wanted]>, pinning: Pinning, depth: usize) -> Query {
        let columns = wanted.map_or_else(|| self.some_columns(pinning), <[Wanted]>::to_vec);
        let mark = self.local.len();
        let from = self.from(pinning, depth);
        let query = match self.random.weighted(&[12, 3, 2, 3, 2, 2, 1]) {
            1 => self.grouped(&columns, from),
            2 => self.plain(&columns, from, "distinct ", depth),
            3 => self.windowed(&columns, from),
            4 => self.limited(&columns, from, depth),
            5 if self.postgres() => self.first_of_each(&columns, from),
            6 if !columns.iter().any(|column| column.tenant) => {
                self.local.truncate(mark);
                self.aggregate_block(&columns, depth)
            }
            _ => self.plain(&columns, from, "", depth),
        };
        self.local.truncate(mark);
        query
    }

    /// The tenant column of the block's first relation, or of another.
    fn passed_tenant(&mut self) -> Option<String> {
        let all: Vec<String> = self
            .local
            .iter()
            .filter_map(Relation::tenant_column)
            .map(|column| column.sql.clone())
            .collect();
        let first = all.first()?.clone();
        Some(if self.random.chance(88) {
            first
        } else {
            self.random.pick(&all).clone()
        })
    }

    fn output_value(&mut self, column: Wanted, depth: usize) -> (Node, bool) {
        if column.tenant
            && let Some(tenant) = self.passed_tenant()
        {
            return match self.random.below(40) {
                0 => (Node::text(Sort::Text, "$tenant"), true),
                1 => (
                    Node::text(Sort::Text, format!("coalesce({tenant}, $tenant)")),
                    true,
                ),
                _ => (Node::text(Sort::Text, tenant), true),
            };
        }
        (self.value(column.ty, depth), column.tenant)
    }

    fn plain(&mut self, columns: &[Wanted], mut from: From, quantifier: &str, depth: usize) -> Query {
        let mut items = Vec::new();
        let mut outputs = Vec::new();
        for column in columns {
            let (value, tenant) = self.output_value(*column, depth.min(2));
            let name = format!("c{}", items.len() + 1);
            items.push(Node::new(
                Sort::Output,
                &format!("{{}} as {name}"),
                [piece(value)],
            ));
            outputs.push(Output {
                name,
                ty: column.ty,
                tenant,
            });
        }
        if self.random.chance(35) {
            from.conditions.push(self.condition(depth));
        }
        Query {
            node: select(quantifier, items, from, word(""), ""),
            outputs,
        }
    }

    /// `order by` every result column, then `limit`.
    fn limited(&mut self, columns: &[Wanted], from: From, depth: usize) -> Query {
        let mut query = self.plain(columns, from, "", 0);
        let order: Vec<String> = (1..=columns.len()).map(|place| place.to_string()).collect();
        let count = if depth > 0 && self.random.chance(20) {
            let wanted = [Wanted {
                ty: Type::Int,
                tenant: false,
            }];
            let inner = self
                .detached(|inner| inner.aggregate_block(&wanted, depth - 1))
                .node;
            Node::new(Sort::Item, "({})", [piece(inner)])
        } else {
            Node::text(
                Sort::Item,
                (*self.random.pick(&["1", "1", "2", "1 offset 1"])).to_owned(),
            )
        };
        let direction = *self.random.pick(&["", " desc"]);
        query.node.parts.push(word(format!(
            " order by {}{direction} limit ",
            order.join(&format!("{direction}, "))
        )));
        query.node.parts.push(piece(count));
        query
    }

    fn grouped(&mut self, columns: &[Wanted], mut from: From) -> Query {
        let mut keys: Vec<String> = Vec::new();
        let mut items = Vec::new();
        let mut outputs = Vec::new();
        for column in columns {
            let name = format!("c{}", items.len() + 1);
            let key = if column.tenant { self.passed_tenant() } else { None };
            let key = match key {
                Some(tenant) => Some(tenant),
                None if self.random.chance(50) => self.column(column.ty).map(|node| node.sql()),
                None => None,
            };
            let value = match key {
                Some(key) => {
                    let value = Node::text(sort_of(column.ty), key.clone());
                    keys.push(key);
                    value
                }
                None => self.aggregate(column.ty),
            };
            items.push(Node::new(
                Sort::Output,
                &format!("{{}} as {name}"),
                [piece(value)],
            ));
            outputs.push(Output {
                name,
                ty: column.ty,
                tenant: column.tenant,
            });
        }
        if keys.is_empty() || self.random.chance(30) {
            let ty = self.any_type();
            keys.extend(self.column(ty).map(|node| node.sql()));
        }
        if self.random.chance(25) {
            from.conditions.push(self.condition(0));
        }
        let mut having = Vec::new();
        if self.random.chance(25) {
            let (left, right) = (self.aggregate(Type::Int), self.literal(Type::Int));
            having.push(Node::new(
                Sort::Condition,
                &format!("{{}} {{}} {right}"),
                [piece(left), choice(&[">=", "<", "="], self.random.below(3))],
            ));
        }
        if self.random.chance(15)
            && let Some(key) = keys
                .first()
                .filter(|key| key.ends_with("tenant_id") || key.ends_with("c1"))
        {
            having.push(Node::text(Sort::Condition, format!("{key} = $tenant")));
        }
        let all = keys.join(", ");
        let forms = [
            all.clone(),
            format!(
                "grouping sets (({all}), ({}))",
                keys.first().map_or("", String::as_str)
            ),
            format!("rollup ({all})"),
            format!("cube ({all})"),
        ];
        let sets = usize::from(self.postgres());
        let chosen = self.random.weighted(&[8, 5 * sets, 2 * sets, 2 * sets]);
        let keys = if keys.is_empty() {
            Vec::new()
        } else if self.postgres() {
            vec![Node {
                sort: Sort::Item,
                parts: vec![Part::Pick(forms.to_vec(), chosen)],
            }]
        } else {
            keys.iter()
                .map(|key| Node::text(Sort::Item, key.clone()))
                .collect()
        };
        let tail = Node::new(
            Sort::Item,
            "{}{}",
            [
                Part::List {
                    before: " group by ",
                    separator: ", ",
                    items: keys,
                    least: 0,
                },
                conjunction(" having ", having),
            ],
        );
        Query {
            node: select("", items, from, piece(tail), ""),
            outputs,
        }
    }

    fn windowed(&mut self, columns: &[Wanted], from: From) -> Query {
        let mut items = Vec::new();
        let mut outputs = Vec::new();
        let total = self.total_order();
        let mut used = false;
        for column in columns {
            let name = format!("c{}", items.len() + 1);
            let value = if column.tenant || (used && self.random.chance(60)) {
                self.output_value(*column, 0).0
            } else {
                used = true;
                self.window(column.ty, &total)
            };
            items.push(Node::new(
                Sort::Output,
                &format!("{{}} as {name}"),
                [piece(value)],
            ));
            outputs.push(Output {
                name,
                ty: column.ty,
                tenant: column.tenant,
            });
        }
        Query {
            node: select("", items, from, word(""), ""),
            outputs,
        }
    }

    /// Every column of the block, so that no two different rows tie.
    fn total_order(&self) -> String {
        let all: Vec<&str> = self
            .local
            .iter()
            .flat_map(|one| &one.columns)
            .map(|one| one.sql.as_str())
            .collect();
        all.join(", ")
    }

    fn window(&mut self, ty: Type, total: &str) -> Node {
        let mut partition: Vec<Node> = Vec::new();
        if self.random.chance(75) {
            partition.extend(self.passed_tenant().map(|tenant| Node::text(Sort::Text, tenant)));
        }
        if self.random.chance(30) {
            let ty = self.any_type();
            partition.extend(self.column(ty));
        }
        let partition = Part::List {
            before: "partition by ",
            separator: ", ",
            items: partition,
            least: 0,
        };
        let value = self.value(ty, 0);
        let functions: &[&str] = match ty {
            Type::Int => &[
                "count({})",
                "max({})",
                "min({})",
                "lag({})",
                "row_number()",
                "rank()",
                "first_value({})",
            ],
            Type::Text => &["max({})", "min({})", "lead({})", "first_value({})"],
        };
        let function = *self.random.pick(functions);
        let ordered = !matches!(function, "count({})" | "max({})" | "min({})") || self.random.chance(30);
        let order = match (function, ordered) {
            (_, false) => String::new(),
            ("rank()", true) => self
                .column(Type::Int)
                .map_or_else(String::new, |key| format!(" order by {}", key.sql())),
            _ => format!(" order by {total}"),
        };
        if function.contains("{}") {
            Node::new(
                sort_of(ty),
                &format!("{function} over ({{}}{order})"),
                [piece(value), partition],
            )
        } else {
            Node::new(
                sort_of(ty),
                &format!("{function} over ({{}}{order})"),
                [partition],
            )
        }
    }

    /// `distinct on`.
    fn first_of_each(&mut self, columns: &[Wanted], from: From) -> Query {
        let mut keys: Vec<String> = Vec::new();
        if self.random.chance(75) {
            keys.extend(self.passed_tenant());
        }
        if self.random.chance(50) || keys.is_empty() {
            let ty = self.any_type();
            keys.extend(self.column(ty).map(|node| node.sql()));
        }
        let total = self.total_order();
        if keys.is_empty() {
            return self.plain(columns, from, "", 0);
        }
        let keys = keys.join(", ");
        let mut query = self.plain(columns, from, &format!("distinct on ({keys}) "), 0);
        query.node.parts.push(word(format!(" order by {keys}, {total}")));
        query
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
    let kinds = [" join ", " left join ", " right join ", " full join "];
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

fn select(quantifier: &str, items: Vec<Node>, from: From, tail: Part, end: &str) -> Node {
    Node::new(
        Sort::Query,
        &format!("select {quantifier}{{}} from {{}}{{}}{{}}{{}}{end}"),
        [
            fixed(", ", items),
            from.source,
            Part::List {
                before: "",
                separator: "",
                items: from.joins,
                least: 0,
            },
            conjunction(" where ", from.conditions),
            tail,
        ],
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
