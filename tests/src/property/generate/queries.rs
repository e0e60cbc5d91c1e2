//! Queries: set operations, common table expressions, queries around queries.

use super::super::node::{Node, Part, Sort};
use super::super::schema::Type;
use super::{
    Generator, Named, Output, Pinning, Query, Relation, Wanted, choice, conjunction, fixed, piece, sort_of,
};

impl Generator {
    /// A statement that only reads (or hides its writes in a common table expression).
    pub(super) fn reading(&mut self) -> Node {
        let depth = *self.random.pick(&[1, 2, 2, 3]);
        let mut node = self.query(None, Pinning::Here, depth).node;
        node.sort = Sort::Statement;
        self.locked(node)
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
    pub(super) fn some_columns(&mut self, pinning: Pinning) -> Vec<Wanted> {
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
        let (one, two) = if self.sqlite() {
            ("select * from ({})", "select * from ({})")
        } else {
            ("({})", "({})")
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
                tenant: left.tenant && (right.tenant || pinning == Pinning::Later),
                ..left
            });
        Query {
            node,
            outputs: outputs.collect(),
        }
    }

    /// One row without a table: `$tenant`, arguments and constants.
    fn constants(&mut self, columns: &[Wanted]) -> Query {
        let values = self.random.chance(40);
        let mut items = Vec::new();
        let mut outputs = Vec::new();
        for column in columns {
            let name = format!("c{}", items.len() + 1);
            let value = if column.ty == Type::Text && self.random.chance(50) {
                Node::text(Sort::Text, "cast($tenant as text)")
            } else {
                Node::text(sort_of(column.ty), self.literal(column.ty))
            };
            items.push(if values {
                Node::new(Sort::Output, "{}", [piece(value)])
            } else {
                Node::new(Sort::Output, &format!("{{}} as {name}"), [piece(value)])
            });
            outputs.push(Output {
                name,
                ty: column.ty,
                tenant: column.tenant,
            });
        }
        Query {
            node: if values {
                Node::new(Sort::Query, "values ({})", [fixed(", ", items)])
            } else {
                Node::new(Sort::Query, "select {}", [fixed(", ", items)])
            },
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
        let whole = self
            .tables
            .last()
            .filter(|_| wanted.is_none() && pinning == Pinning::Here);
        let whole = whole.map(|named| (named.name.clone(), named.outputs.clone()));
        let body = if let (Some((name, outputs)), true) = (whole, self.postgres() && self.random.chance(8)) {
            Query {
                node: Node::text(Sort::Query, format!("table {name}")),
                outputs,
            }
        } else if self.random.chance(25) {
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
    pub(super) fn detached_query(&mut self, pinning: Pinning, depth: usize) -> Query {
        self.detached(|inner| {
            let columns = inner.some_columns(pinning);
            inner.query(Some(&columns), pinning, depth)
        })
    }
}
