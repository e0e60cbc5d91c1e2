//! Values and conditions over the columns in scope.

use super::super::node::{Node, Part, Sort};
use super::super::schema::Type;
use super::{Generator, Pinning, Wanted, choice, piece, sort_of, word};

impl Generator {
    /// A column of that type: mostly of this block, sometimes of one around it.
    pub(super) fn column(&mut self, ty: Type) -> Option<Node> {
        let scope = if self.local.is_empty() || (!self.outer.is_empty() && self.random.chance(25)) {
            &self.outer
        } else {
            &self.local
        };
        let columns: Vec<String> = scope
            .iter()
            .flat_map(|relation| &relation.columns)
            .filter(|column| column.ty == ty)
            .map(|column| column.sql.clone())
            .collect();
        if columns.is_empty() {
            return None;
        }
        let chosen = self.random.below(columns.len());
        Some(Node {
            sort: sort_of(ty),
            parts: vec![Part::Pick(columns, chosen)],
        })
    }

    /// A column of the relation added last, to compare with others.
    pub(super) fn last_column(&mut self, ty: Type) -> Option<Node> {
        let columns: Vec<String> = self
            .local
            .last()?
            .columns
            .iter()
            .filter(|column| column.ty == ty)
            .map(|column| column.sql.clone())
            .collect();
        if columns.is_empty() {
            return None;
        }
        let chosen = self.random.below(columns.len());
        Some(Node {
            sort: sort_of(ty),
            parts: vec![Part::Pick(columns, chosen)],
        })
    }

    pub(super) fn any_type(&mut self) -> Type {
        if self.random.chance(60) {
            Type::Int
        } else {
            Type::Text
        }
    }

    /// A value without a subquery.
    pub(super) fn simple_value(&mut self, ty: Type) -> Node {
        let sort = sort_of(ty);
        match self.random.below(12) {
            0..=7 => self
                .column(ty)
                .unwrap_or_else(|| Node::text(sort, self.literal(ty))),
            8 if ty == Type::Text => Node::text(sort, "$tenant"),
            8 | 9 => Node::text(sort, self.argument(ty)),
            _ => Node::text(sort, self.literal(ty)),
        }
    }

    pub(super) fn value(&mut self, ty: Type, depth: usize) -> Node {
        let sort = sort_of(ty);
        if depth == 0 {
            return self.simple_value(ty);
        }
        match self.random.weighted(&[10, 1, 1, 1, 2, 1, 2]) {
            6 => self.constructed(ty),
            1 => {
                let (left, right) = (self.value(ty, depth - 1), self.value(ty, depth - 1));
                Node::new(sort, "coalesce({}, {})", [piece(left), piece(right)])
            }
            2 => {
                let when = self.condition(depth - 1);
                let (left, right) = (self.value(ty, depth - 1), self.value(ty, depth - 1));
                Node::new(
                    sort,
                    "case when {} then {} else {} end",
                    [piece(when), piece(left), piece(right)],
                )
            }
            3 => {
                let (left, right) = (self.value(ty, depth - 1), self.value(ty, depth - 1));
                match ty {
                    Type::Int => Node::new(
                        sort,
                        "({} {} {})",
                        [
                            piece(left),
                            choice(&["+", "-", "*"], self.random.below(3)),
                            piece(right),
                        ],
                    ),
                    Type::Text if self.mysql() => {
                        Node::new(sort, "concat({}, {})", [piece(left), piece(right)])
                    }
                    Type::Text => Node::new(sort, "({} || {})", [piece(left), piece(right)]),
                }
            }
            4 => {
                let query = self.nested(|inner| inner.single_value(ty, depth - 1));
                Node::new(sort, "({})", [piece(query)])
            }
            5 if ty == Type::Text => {
                let inner = self.value(ty, depth - 1);
                Node::new(
                    sort,
                    "{}({})",
                    [
                        choice(&["upper", "lower", "trim"], self.random.below(3)),
                        piece(inner),
                    ],
                )
            }
            _ => self.simple_value(ty),
        }
    }

    pub(super) fn condition(&mut self, depth: usize) -> Node {
        let sort = Sort::Condition;
        let ty = self.any_type();
        let simple = depth == 0;
        let weights: &[usize] = if simple {
            &[8, 2, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1]
        } else {
            &[8, 2, 1, 1, 1, 2, 2, 1, 3, 4, 5, 1, 1, 2]
        };
        match self.random.weighted(weights) {
            0 => {
                let (left, right) = (
                    self.value(ty, depth.saturating_sub(1)),
                    self.value(ty, depth.saturating_sub(1)),
                );
                let operator = choice(
                    &[
                        "=",
                        "=",
                        "=",
                        "<>",
                        "<",
                        ">=",
                        "is distinct from",
                        "is not distinct from",
                    ],
                    0,
                );
                let mut node = Node::new(sort, "{} {} {}", [piece(left), operator, piece(right)]);
                if self.random.chance(40)
                    && let Some(Part::Pick(options, chosen)) =
                        node.parts.iter_mut().find(|part| matches!(part, Part::Pick(..)))
                {
                    *chosen = self.random.below(options.len());
                }
                node
            }
            1 => {
                let value = self.value(ty, 0);
                Node::new(
                    sort,
                    "{} {}",
                    [
                        piece(value),
                        choice(&["is null", "is not null"], self.random.below(2)),
                    ],
                )
            }
            2 => {
                let value = self.value(ty, 0);
                let (first, second) = (self.simple_value(ty), self.simple_value(ty));
                let operator = choice(&["in", "not in"], self.random.below(2));
                Node::new(
                    sort,
                    "{} {} ({}, {})",
                    [piece(value), operator, piece(first), piece(second)],
                )
            }
            3 => Node::new(
                sort,
                "{}",
                [choice(&["1 = 1", "1 = 2", "true"], self.random.below(3))],
            ),
            4 => {
                let (value, low, high) = (self.value(ty, 0), self.value(ty, 0), self.value(ty, 0));
                Node::new(
                    sort,
                    "{} between {} and {}",
                    [piece(value), piece(low), piece(high)],
                )
            }
            5 => {
                let items = (0..2).map(|_| self.condition(depth - 1)).collect();
                Node {
                    sort,
                    parts: vec![
                        word("("),
                        Part::List {
                            before: "",
                            separator: " or ",
                            items,
                            least: 1,
                        },
                        word(")"),
                    ],
                }
            }
            6 => {
                let inner = self.condition(depth - 1);
                Node::new(sort, "not ({})", [piece(inner)])
            }
            7 => {
                let inner = self.condition(depth - 1);
                let test = [
                    "is true",
                    "is not true",
                    "is false",
                    "is not false",
                    "is null",
                    "is not null",
                ];
                Node::new(
                    sort,
                    "({}) {}",
                    [piece(inner), choice(&test, self.random.below(6))],
                )
            }
            8 => {
                let wanted = [Wanted { ty, tenant: false }];
                let value = self.value(ty, 0);
                let query = self.nested(|inner| inner.subquery(Some(&wanted), depth - 1));
                let operator = choice(&["in", "not in"], self.random.below(2));
                Node::new(sort, "{} {} ({})", [piece(value), operator, piece(query)])
            }
            9 => {
                let query = self.nested(|inner| inner.subquery(None, depth - 1));
                let operator = choice(&["exists", "not exists"], self.random.below(2));
                Node::new(sort, "{} ({})", [operator, piece(query)])
            }
            10 => {
                let inner = self.tenant_in_subquery(depth);
                match self.random.below(8) {
                    0 => Node::new(sort, "({}) is null", [piece(inner)]),
                    1 => Node::new(sort, "({}) is not false", [piece(inner)]),
                    2 => Node::new(sort, "not ({})", [piece(inner)]),
                    _ => inner,
                }
            }
            13 => self.constructed_condition(),
            11 if !self.sqlite() => {
                let wanted = [Wanted { ty, tenant: false }];
                let value = self.value(ty, 0);
                let query = self.nested(|inner| inner.subquery(Some(&wanted), depth - 1));
                let operators = ["= any", "<> all", "<> any", "= all", "< all", ">= any"];
                Node::new(
                    sort,
                    "{} {} ({})",
                    [
                        piece(value),
                        choice(&operators, self.random.below(6)),
                        piece(query),
                    ],
                )
            }
            _ => {
                let (first, second) = (self.value(Type::Int, 0), self.value(Type::Text, 0));
                let (third, fourth) = (self.value(Type::Int, 0), self.value(Type::Text, 0));
                let operator = choice(&["=", "<>"], self.random.below(2));
                Node::new(
                    sort,
                    "({}, {}) {} ({}, {})",
                    [piece(first), piece(second), operator, piece(third), piece(fourth)],
                )
            }
        }
    }

    /// `(x, tenant) in (select y, tenant ..)`: the obligation of the subquery travels through `in`.
    fn tenant_in_subquery(&mut self, depth: usize) -> Node {
        let Some(tenant) = self.any_tenant_column() else {
            return self.condition(0);
        };
        let tenant = Node::text(Sort::Text, tenant);
        let ty = self.any_type();
        let value = self.value(ty, 0);
        let pair = self.random.chance(70);
        let operator = choice(&["in", "not in"], usize::from(self.random.chance(35)));
        if pair {
            let wanted = [
                Wanted {
                    ty: Type::Text,
                    tenant: true,
                },
                Wanted { ty, tenant: false },
            ];
            let query = self
                .nested(|inner| inner.query(Some(&wanted), Pinning::Later, depth - 1))
                .node;
            Node::new(
                Sort::Condition,
                "({}, {}) {} ({})",
                [piece(tenant), piece(value), operator, piece(query)],
            )
        } else {
            let wanted = [Wanted {
                ty: Type::Text,
                tenant: true,
            }];
            let query = self
                .nested(|inner| inner.query(Some(&wanted), Pinning::Later, depth - 1))
                .node;
            Node::new(
                Sort::Condition,
                "{} {} ({})",
                [piece(tenant), operator, piece(query)],
            )
        }
    }

    /// A subquery for a condition, mostly confined inside.
    fn subquery(&mut self, wanted: Option<&[Wanted]>, depth: usize) -> Node {
        self.query(wanted, Pinning::Here, depth).node
    }

    /// A query of one row and one column.
    fn single_value(&mut self, ty: Type, depth: usize) -> Node {
        let wanted = [Wanted { ty, tenant: false }];
        if self.random.chance(70) {
            self.aggregate_block(&wanted, depth).node
        } else {
            let query = self.block(Some(&wanted), Pinning::Here, depth).node;
            let name = self.alias();
            Node::new(
                Sort::Query,
                "select {} from ({}) {} order by 1 limit 1",
                [word(format!("{name}.c1")), piece(query), word(name)],
            )
        }
    }
}
