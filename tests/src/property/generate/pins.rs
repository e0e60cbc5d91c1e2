//! Conditions that confine a relation to the tenant, in their many spellings, and some that only look like it.

use super::super::node::{Node, Part, Sort};
use super::super::schema::{Owner, Type, table};
use super::{Column, Generator, Relation, choice, piece, word};

impl Generator {
    /// Some tenant column of this block or of one around it.
    pub(super) fn any_tenant_column(&mut self) -> Option<String> {
        let all: Vec<String> = self
            .local
            .iter()
            .chain(&self.outer)
            .filter_map(Relation::tenant_column)
            .map(|column| column.sql.clone())
            .collect();
        if all.is_empty() {
            None
        } else {
            Some(self.random.pick(&all).clone())
        }
    }

    /// Confines `relation` by itself.
    pub(super) fn pin(&mut self, relation: &Relation) -> Option<Node> {
        if let Some(column) = relation.tenant_column() {
            let column = column.sql.clone();
            return Some(self.pin_column(&column));
        }
        let base = relation.table?;
        let Owner::Via(reference, parent) = base.owner else {
            return None;
        };
        Some(self.pin_child(&format!("{}.{reference}", relation.alias), parent))
    }

    /// `reference` is the id of a `parent` row of the tenant.
    fn pin_child(&mut self, reference: &str, parent: &str) -> Node {
        let alias = self.alias();
        let inner = match table(parent).owner {
            Owner::Column(column) => Node::text(Sort::Condition, format!("{alias}.{column} = $tenant")),
            Owner::Via(column, grandparent) => self.pin_child(&format!("{alias}.{column}"), grandparent),
            Owner::Shared => Node::text(Sort::Condition, "true"),
        };
        let templates = [
            format!("{reference} in (select {alias}.id from {parent} {alias} where {{}})"),
            format!("exists (select 1 from {parent} {alias} where {alias}.id = {reference} and {{}})"),
            format!("(select count(*) from {parent} {alias} where {alias}.id = {reference} and {{}}) > 0"),
            format!("exists (select count(*) from {parent} {alias} where {alias}.id = {reference} and {{}})"),
            format!("{reference} >= (select min({alias}.id) from {parent} {alias} where {{}})"),
            format!("{reference} = any (select {alias}.id from {parent} {alias} where {{}})"),
        ];
        let template = &templates[self
            .random
            .weighted(&[12, 12, 1, 1, 1, usize::from(self.postgres())])];
        Node::new(Sort::Condition, template, [piece(inner)])
    }

    /// Confines the rows by their tenant column.
    pub(super) fn pin_column(&mut self, column: &str) -> Node {
        let sort = Sort::Condition;
        if self.random.chance(4) {
            return self.mock_pin(column);
        }
        match self.random.weighted(&[24, 4, 2, 1, 2, 2, 2, 1, 1, 1, 1, 1, 2]) {
            12 => {
                let forms = if self.mysql() {
                    [
                        format!("{column} <=> $tenant"),
                        format!("{column} collate utf8mb4_bin = $tenant"),
                        format!("binary {column} = $tenant"),
                        format!("$tenant in ({column})"),
                    ]
                } else if self.postgres() {
                    [
                        format!("{column} collate \"C\" = $tenant"),
                        format!("row({column}) = row($tenant)"),
                        format!("{column} between $tenant and $tenant"),
                        format!("$tenant in ({column})"),
                    ]
                } else {
                    [
                        format!("{column} collate binary = $tenant"),
                        format!("{column} is $tenant"),
                        format!("{column} == $tenant"),
                        format!("$tenant in ({column})"),
                    ]
                };
                Node::text(sort, self.random.pick(&forms).clone())
            }
            1 => Node::text(sort, format!("$tenant = {column}")),
            2 => Node::text(sort, format!("{column} in ($tenant)")),
            3 => Node::text(sort, format!("({column}, 1) = ($tenant, 1)")),
            4 => {
                let (left, right) = (self.condition(0), self.condition(0));
                Node::new(
                    sort,
                    &format!("({column} = $tenant and {{}} or {{}} and {column} = $tenant)"),
                    [piece(left), piece(right)],
                )
            }
            5 => {
                let alias = self.alias();
                Node::text(
                    sort,
                    format!(
                        "exists (select 1 from tenants {alias} where {alias}.id = $tenant and {alias}.id = {column})"
                    ),
                )
            }
            6 => {
                let alias = self.alias();
                Node::text(
                    sort,
                    format!(
                        "{column} in (select {alias}.id from tenants {alias} where {alias}.id = $tenant)"
                    ),
                )
            }
            7 => Node::text(sort, format!("{column} is not distinct from $tenant")),
            8 => Node::text(sort, format!("not ({column} <> $tenant)")),
            9 => Node::text(sort, format!("({column} = $tenant) is true")),
            10 => Node::text(sort, format!("{column} = cast($tenant as text)")),
            11 if self.postgres() => Node::text(sort, format!("{column} = any (array[$tenant])")),
            _ => Node::text(sort, format!("{column} = $tenant")),
        }
    }

    /// A condition that looks like a pin and is none.
    fn mock_pin(&mut self, column: &str) -> Node {
        if self.random.chance(20) {
            let other = self.condition(0);
            let template = if self.random.chance(50) {
                "({c} = $tenant or {})"
            } else {
                "({} or {c} = $tenant)"
            };
            return Node::new(Sort::Condition, &template.replace("{c}", column), [piece(other)]);
        }
        let forms = [
            format!("({column} = $tenant or {column} is null)"),
            format!("{column} >= $tenant"),
            format!("lower({column}) = $tenant"),
            format!("({column} = $tenant) is not false"),
            format!("coalesce({column}, $tenant) = $tenant"),
            format!("{column} like $tenant"),
            format!("{column} in ($tenant, 'beta')"),
            format!("{column} <> all (select id from tenants where id <> $tenant)"),
            format!("{column} not in (select id from tenants where id <> $tenant)"),
            format!("(case when {column} = $tenant then true else 1 = 1 end)"),
            format!("({column} = $tenant) = ({column} = {column})"),
            format!("{column} = $tenant or 1 = 1"),
            format!("exists (select count(*) from tenants z where z.id = $tenant and z.id = {column})"),
            format!("exists (select max(z.a) from tenants z where z.id = $tenant and z.id = {column})"),
            format!("not exists (select 1 from tenants z where z.id = $tenant and z.id = {column})"),
            format!("not ({column} = $tenant and 1 = 2)"),
            format!(
                "$tenant in (select {column} from tenants z where z.id = {column} union all select $tenant)"
            ),
            format!("({column} <> $tenant) is not true"),
            if self.mysql() {
                format!("{column} collate utf8mb4_general_ci = $tenant")
            } else if self.postgres() {
                format!("{column} ilike $tenant")
            } else {
                format!("{column} collate nocase = $tenant")
            },
        ];
        let chosen = self.random.below(forms.len());
        Node {
            sort: Sort::Condition,
            parts: vec![Part::Pick(forms.to_vec(), chosen)],
        }
    }

    /// Ties the relation added last to an earlier one of the same tenant.
    pub(super) fn link(&mut self) -> Option<Node> {
        let relation = self.local.last()?.clone();
        let earlier: Vec<Relation> = self.local[..self.local.len() - 1].to_vec();
        let by_key = self.key_links(&relation, &earlier);
        if !by_key.is_empty() && (relation.tenant_column().is_none() || self.random.chance(45)) {
            return Some(Node::text(Sort::Condition, self.random.pick(&by_key).clone()));
        }
        let own = relation.tenant_column()?.clone();
        let others: Vec<&Column> = earlier.iter().filter_map(Relation::tenant_column).collect();
        if others.is_empty() {
            return None;
        }
        Some(
            self.tenant_equality(
                &own.sql,
                &others
                    .iter()
                    .map(|column| column.sql.as_str())
                    .collect::<Vec<_>>(),
            ),
        )
    }

    /// `own` equals one of `others`.
    pub(super) fn tenant_equality(&mut self, own: &str, others: &[&str]) -> Node {
        let other = choice(others, self.random.below(others.len()));
        match self.random.weighted(&[12, 5, 1, 3]) {
            1 => Node::new(Sort::Condition, &format!("{{}} = {own}"), [other]),
            2 => Node::new(Sort::Condition, &format!("({own}, 1) = ({{}}, 1)"), [other]),
            3 => Node::new(
                Sort::Condition,
                &format!("{own} {{}} {{}}"),
                [
                    choice(
                        &["is not distinct from", "=", "<=", "like"],
                        self.random.weighted(&[6, 1, 1, 1]),
                    ),
                    other,
                ],
            ),
            _ => Node::new(Sort::Condition, &format!("{own} = {{}}"), [other]),
        }
    }

    /// Joins along foreign keys that imply, or seem to imply, the same tenant.
    fn key_links(&self, relation: &Relation, earlier: &[Relation]) -> Vec<String> {
        let mut found = Vec::new();
        for other in earlier {
            for (child, reference, parent) in KEYS {
                if relation.is_table(child) && other.is_table(parent) {
                    found.push(format!("{}.{reference} = {}.id", relation.alias, other.alias));
                }
                if relation.is_table(parent) && other.is_table(child) {
                    found.push(format!("{}.id = {}.{reference}", relation.alias, other.alias));
                }
            }
        }
        found
    }

    /// A comparison of the relation added last with an earlier one.
    pub(super) fn business_link(&mut self) -> Option<Node> {
        let ty = if self.random.chance(85) {
            Type::Int
        } else {
            Type::Text
        };
        let own = self.last_column(ty)?;
        let last = self.local.pop()?;
        let other = self.column(ty);
        self.local.push(last);
        let operator = choice(
            &["=", "=", "=", "<>", "<="],
            self.random.weighted(&[5, 5, 5, 1, 1]),
        );
        Some(Node::new(
            Sort::Condition,
            "{} {} {}",
            [piece(own), operator, piece(other?)],
        ))
    }

    /// A table of the schema under a fresh alias.
    pub(super) fn base_table(&mut self) -> (Node, Relation) {
        if self.random.chance(25)
            && let Some(partner) = self.partner()
        {
            return self.named_table(partner);
        }
        let index = self.random.weighted(&TABLE_WEIGHTS);
        self.named_table(super::super::schema::TABLES[index].name)
    }

    /// A table that a foreign key ties to one of the block's.
    fn partner(&mut self) -> Option<&'static str> {
        let tied: Vec<&'static str> = KEYS
            .iter()
            .filter_map(|(child, _, parent)| {
                let holds = |name: &str| self.local.iter().any(|relation| relation.is_table(name));
                if holds(child) {
                    Some(*parent)
                } else if holds(parent) {
                    Some(*child)
                } else {
                    None
                }
            })
            .collect();
        if tied.is_empty() {
            None
        } else {
            Some(*self.random.pick(&tied))
        }
    }

    /// That table under a fresh alias.
    pub(super) fn named_table(&mut self, name: &str) -> (Node, Relation) {
        let alias = self.alias();
        let relation = Relation::of_table(table(name), alias.clone());
        (
            Node::new(Sort::Source, "{}", [word(format!("{name} {alias}"))]),
            relation,
        )
    }
}

/// Foreign keys: child, column, parent.
const KEYS: [(&str, &str, &str); 12] = [
    ("tasks", "proj_id", "proj"),
    ("comments", "task_id", "tasks"),
    ("memos", "proj_id", "proj"),
    ("cards", "list_id", "lists"),
    ("entries", "proj_id", "proj"),
    ("entries_null", "proj_id", "proj"),
    ("entries_df", "proj_id", "proj"),
    ("entries_nv", "proj_id", "proj"),
    ("tickets", "proj_id", "proj"),
    ("links", "label_id", "labels"),
    ("items", "order_id", "orders"),
    ("cats", "parent_id", "cats"),
];

/// How often each table of the schema is used, in its order.
const TABLE_WEIGHTS: [usize; 25] = [
    2, 3, 6, 10, 5, 4, 3, 3, 5, 3, 5, 3, 2, 2, 2, 9, 1, 2, 2, 2, 2, 3, 2, 2, 3,
];
