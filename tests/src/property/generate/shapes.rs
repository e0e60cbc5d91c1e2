//! Blocks in their shapes: plain, grouped, windowed, limited, distinct.

use super::super::node::{Node, Part, Sort};
use super::super::schema::Type;
use super::from::From;
use super::{
    Generator, Output, Pinning, Query, Relation, Wanted, choice, conjunction, fixed, piece, sort_of, word,
};

impl Generator {
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
        if self.random.chance(20) {
            return self.constructed_aggregate(ty);
        }
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
                let template = if self.mysql() {
                    "count(case when {} then 1 end)"
                } else {
                    "count(*) filter (where {})"
                };
                Node::new(sort, template, [piece(condition)])
            }
            2 => Node::new(sort, "count(distinct {})", [piece(value)]),
            3 if self.sqlite() => Node::new(sort, "sum({})", [piece(value)]),
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
                2 | 3 => {
                    let other = self.passed_tenant().unwrap_or_default();
                    let last = self.local.last().and_then(Relation::tenant_column);
                    let last = last.map_or(other, |column| column.sql.clone());
                    (
                        Node::text(Sort::Text, format!("coalesce({tenant}, {last})")),
                        true,
                    )
                }
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
        let fetches = self.postgres() && self.random.chance(20);
        let direction = *self.random.pick(&["", " desc"]);
        query.node.parts.push(word(format!(
            " order by {}{direction}",
            order.join(&format!("{direction}, "))
        )));
        if fetches {
            let forms = [
                " offset 1 rows fetch next 1 rows only",
                " fetch first 2 rows with ties",
            ];
            query.node.parts.push(choice(&forms, self.random.below(2)));
            return query;
        }
        query.node.parts.push(word(" limit "));
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
        // What one set knows of a key, another may not.
        if self.random.chance(30)
            && let Some(tenant) = self.passed_tenant()
            && !keys.contains(&tenant)
        {
            keys.push(tenant);
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
            format!(
                "grouping sets ({})",
                keys.iter()
                    .map(|key| format!("({key})"))
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
            format!(
                "grouping sets (({all}), ({}))",
                keys.last().map_or("", String::as_str)
            ),
            format!("{}, rollup ({all})", keys.first().map_or("1", String::as_str)),
        ];
        let sets = usize::from(self.postgres());
        let chosen = self
            .random
            .weighted(&[8, 3 * sets, 2 * sets, 2 * sets, 2 * sets, 2 * sets, sets]);
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
        let rollup = if self.mysql() && self.random.chance(15) {
            " with rollup"
        } else {
            ""
        };
        let tail = Node::new(
            Sort::Item,
            &format!("{{}}{rollup}{{}}"),
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
        let named = self.random.chance(25).then(|| self.partition());
        for column in columns {
            let name = format!("c{}", items.len() + 1);
            let value = if column.tenant || (used && self.random.chance(60)) {
                self.output_value(*column, 0).0
            } else {
                used = true;
                self.window(column.ty, &total, named.is_some())
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
        let definition = named.map_or_else(
            || Node::text(Sort::Item, ""),
            |partition| Node::new(Sort::Item, " window w as ({})", [partition]),
        );
        Query {
            node: select("", items, from, piece(definition), ""),
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

    /// `partition by` the tenant or not, and something else or not.
    fn partition(&mut self) -> Part {
        let mut partition: Vec<Node> = Vec::new();
        if self.random.chance(75) {
            partition.extend(self.passed_tenant().map(|tenant| Node::text(Sort::Text, tenant)));
        }
        if self.random.chance(30) {
            let ty = self.any_type();
            partition.extend(self.column(ty));
        }
        Part::List {
            before: "partition by ",
            separator: ", ",
            items: partition,
            least: 0,
        }
    }

    /// A window function over a partition of its own or, with `named`, over one that refines `w`.
    fn window(&mut self, ty: Type, total: &str, named: bool) -> Node {
        let partition = if named && self.random.chance(75) {
            word("w")
        } else {
            self.partition()
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
        let frame = if ordered && self.random.chance(25) {
            *self.random.pick(&FRAMES)
        } else {
            ""
        };
        let order = format!("{order}{frame}");
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

/// Frames of an ordered window.
const FRAMES: [&str; 5] = [
    " rows between 1 preceding and current row",
    " rows between unbounded preceding and unbounded following",
    " range between unbounded preceding and current row",
    " groups between 1 preceding and 1 following",
    " rows between unbounded preceding and unbounded following exclude current row",
];

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
