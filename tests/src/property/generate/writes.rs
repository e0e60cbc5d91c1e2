//! Inserts, updates, deletes and merges.

use super::super::node::{Node, Part, Sort};
use super::super::schema::{Owner, TABLES, Table, Type, table};
use super::{Generator, Pinning, Relation, Wanted, choice, conjunction, fixed, piece, sort_of, word};

impl Generator {
    /// A statement that writes.
    pub(super) fn write(&mut self) -> Node {
        let node = match self.random.weighted(&[6, 8, 5, 2, 2, 2]) {
            0 => self.insert(),
            1 => self.update(),
            2 => self.delete(),
            3 if self.postgres() => self.merge(),
            4 if self.postgres() => return self.hidden_write(),
            5 if self.postgres() => self.view_write(),
            _ => self.insert(),
        };
        let returning = if self.random.chance(30) {
            self.returning(&node)
        } else {
            Part::Text(String::new())
        };
        Node::new(Sort::Statement, "{}{}", [piece(node), returning])
    }

    /// A table to write, sometimes a shared one.
    fn target(&mut self) -> &'static Table {
        let weights: Vec<usize> = TABLES
            .iter()
            .map(|table| if table.owner == Owner::Shared { 1 } else { 6 })
            .collect();
        &TABLES[self.random.weighted(&weights)]
    }

    /// `returning` over the target's own columns, which the last relation of the block still names.
    fn returning(&mut self, write: &Node) -> Part {
        let sql = write.sql();
        if sql.starts_with("merge") {
            return word("");
        }
        let Some(table) = TABLES.iter().find(|table| {
            ["insert into ", "update ", "delete from ", "replace into "]
                .iter()
                .any(|verb| sql.contains(&format!("{verb}{} ", table.name)))
        }) else {
            return word("");
        };
        let column = self.random.pick(table.columns).0;
        if self.random.chance(20) {
            return word(format!(
                " returning {column}, (select count(*) from orders ro where ro.tenant_id = $tenant)"
            ));
        }
        word(format!(" returning {column}"))
    }

    /// A write in a common table expression.
    fn hidden_write(&mut self) -> Node {
        let write = match self.random.below(3) {
            0 => self.insert(),
            1 => self.update(),
            _ => self.delete(),
        };
        let returning = self.returning(&write);
        let (left, right) = (
            self.alias().replace('t', "w"),
            self.block(None, Pinning::Here, 1).node,
        );
        let body = match self.random.below(3) {
            0 => Node::text(Sort::Query, format!("select * from {left}")),
            1 => Node::new(
                Sort::Query,
                &format!("select count(*) from {left} where exists ({{}})"),
                [piece(right)],
            ),
            _ => right,
        };
        let returning = match returning {
            Part::Text(text) if text.is_empty() => word(" returning 1"),
            other => other,
        };
        Node::new(
            Sort::Statement,
            &format!("with {left} as ({{}}{{}}) {{}}"),
            [piece(write), returning, piece(body)],
        )
    }

    /// What goes into a column of a new row.
    pub(super) fn new_value(&mut self, table: &Table, name: &str, ty: Type) -> Node {
        if table.owner_column() == Some(name) {
            return self.new_tenant();
        }
        match self.random.below(12) {
            0 => self.value(ty, 1),
            1 => Node::text(sort_of(ty), self.argument(ty)),
            2 if !matches!(
                name,
                "id" | "n" | "order_id" | "proj_id" | "task_id" | "list_id" | "label_id" | "token"
            ) =>
            {
                Node::text(sort_of(ty), "null")
            }
            _ if ty == Type::Int && name == "id" => {
                Node::text(Sort::Int, self.random.between(1, 9).to_string())
            }
            _ => Node::text(sort_of(ty), self.literal(ty)),
        }
    }

    fn new_tenant(&mut self) -> Node {
        if self.random.chance(self.care) {
            let forms = ["$tenant", "$tenant", "$tenant", "cast($tenant as text)"];
            return Node::text(Sort::Text, *self.random.pick(&forms));
        }
        let forms = [
            "'beta'",
            "coalesce(null, $tenant)",
            "lower($tenant)",
            "(select max(id) from tenants)",
            "(select id from tenants where id = $tenant)",
            "case when 1 = 1 then 'beta' else $tenant end",
        ];
        Node {
            sort: Sort::Text,
            parts: vec![Part::Pick(
                forms.iter().map(|form| (*form).to_owned()).collect(),
                self.random.below(6),
            )],
        }
    }

    fn insert(&mut self) -> Node {
        let table = if self.random.chance(8) {
            // Its owner may be missing.
            table("logs")
        } else {
            self.target()
        };
        self.local.clear();
        // What is left out has its default, which is null.
        let sparse = self.random.chance(20);
        let columns: Vec<(&'static str, Type, bool)> = table
            .columns
            .iter()
            .filter(|(_, _, nullable)| !(sparse && *nullable && self.random.chance(60)))
            .copied()
            .collect();
        let names: Vec<&str> = columns.iter().map(|column| column.0).collect();
        let from_query =
            matches!(table.owner, Owner::Via(..)) && self.random.chance(85) || self.random.chance(30);
        let source = if from_query {
            self.insert_query(table, &columns)
        } else {
            let rows = (0..*self.random.pick(&[1, 1, 2]))
                .map(|_| {
                    let values = columns
                        .iter()
                        .map(|(name, ty, _)| self.new_value(table, name, *ty))
                        .collect();
                    Node::new(Sort::Item, "({})", [fixed(", ", values)])
                })
                .collect();
            Node::new(
                Sort::Item,
                "values {}",
                [Part::List {
                    before: "",
                    separator: ", ",
                    items: rows,
                    least: 1,
                }],
            )
        };
        let verbs: &[&str] = if self.postgres() {
            &["insert into"]
        } else if self.mysql() {
            &["insert into", "insert ignore into", "replace into"]
        } else {
            &[
                "insert into",
                "insert or replace into",
                "insert or ignore into",
                "replace into",
                "insert or fail into",
            ]
        };
        let verb = choice(verbs, self.random.weighted(&[8, 2, 2, 1, 1][..verbs.len()]));
        let conflict = if self.random.chance(45) {
            self.on_conflict(table)
        } else {
            Node::text(Sort::Item, "")
        };
        let alias = if !self.mysql() && self.random.chance(20) {
            " as x"
        } else {
            ""
        };
        Node::new(
            Sort::Item,
            &format!("{{}} {}{alias} ({}) {{}}{{}}", table.name, names.join(", ")),
            [verb, piece(source), piece(conflict)],
        )
    }

    /// The rows of an insert from a query; a child's parent is looked up among the tenant's.
    fn insert_query(&mut self, table: &'static Table, columns: &[(&'static str, Type, bool)]) -> Node {
        let reference = match table.owner {
            Owner::Via(reference, parent) => Some((reference, parent)),
            Owner::Column(_) | Owner::Shared => None,
        };
        let Some((reference, parent)) = reference else {
            let wanted: Vec<Wanted> = columns
                .iter()
                .map(|(name, ty, _)| Wanted {
                    ty: *ty,
                    tenant: table.owner_column() == Some(*name),
                })
                .collect();
            if self.random.chance(50) {
                return self.block(Some(&wanted), Pinning::Here, 1).node;
            }
            return self.tenant_rows(table, columns);
        };
        let (source, relation) = self.named_table(parent);
        let pin = self.pin(&relation);
        let alias = relation.alias.clone();
        self.local.push(relation);
        let mut values = Vec::new();
        for (name, ty, _) in columns {
            values.push(if *name == reference && self.random.chance(90) {
                Node::text(Sort::Int, format!("{alias}.id"))
            } else {
                self.new_value(table, name, *ty)
            });
        }
        let mut conditions: Vec<Node> = pin
            .filter(|_| self.random.chance(self.care))
            .into_iter()
            .collect();
        if self.random.chance(40) {
            conditions.push(self.condition(1));
        }
        self.local.clear();
        Node::new(
            Sort::Item,
            "select {} from {}{}",
            [
                fixed(", ", values),
                piece(source),
                conjunction(" where ", conditions),
            ],
        )
    }

    /// `select $tenant, .. from ..`, one row.
    fn tenant_rows(&mut self, table: &'static Table, columns: &[(&'static str, Type, bool)]) -> Node {
        let (source, relation) = self.base_table();
        let pin = self.pin(&relation);
        self.local.push(relation);
        let mut values = Vec::new();
        for (name, ty, _) in columns {
            values.push(self.new_value(table, name, *ty));
        }
        let conditions: Vec<Node> = pin
            .filter(|_| self.random.chance(self.care))
            .into_iter()
            .collect();
        self.local.clear();
        Node::new(
            Sort::Item,
            "select {} from {}{}",
            [
                fixed(", ", values),
                piece(source),
                conjunction(" where ", conditions),
            ],
        )
    }

    fn on_conflict(&mut self, table: &'static Table) -> Node {
        let keys: Vec<String> = table
            .keys
            .iter()
            .map(|key| format!(" ({})", key.join(", ")))
            .collect();
        let mut options = keys;
        options.extend(table.partial_keys().iter().map(|key| format!(" {key}")));
        options.push(String::new());
        let chosen = self.random.below(options.len());
        let key = Part::Pick(options, chosen);
        if self.mysql() {
            return self.on_duplicate_key(table);
        }
        if self.random.chance(35) {
            return Node::new(Sort::Item, " on conflict{} do nothing", [key]);
        }
        let (name, ty, _) = *self.random.pick(table.columns);
        let value = match self.random.below(4) {
            0 => Node::text(sort_of(ty), format!("excluded.{name}")),
            1 => Node::text(sort_of(ty), format!("{}.{name}", table.name)),
            2 if ty == Type::Int => Node::new(
                Sort::Int,
                "(select {} from orders oc where oc.tenant_id = $tenant)",
                [choice(
                    &["count(*)", "max(oc.a)", "min(oc.id)"],
                    self.random.below(3),
                )],
            ),
            _ => self.new_value(table, name, ty),
        };
        let mut conditions = Vec::new();
        if self.random.chance(35) {
            let forms = [
                format!(
                    "{}.{} = $tenant",
                    table.name,
                    table.owner_column().unwrap_or("id")
                ),
                format!("excluded.{name} is not null"),
                format!("{}.{name} is null", table.name),
            ];
            conditions.push(Node {
                sort: Sort::Condition,
                parts: vec![Part::Pick(forms.to_vec(), self.random.below(3))],
            });
        }
        Node::new(
            Sort::Item,
            &format!(" on conflict{{}} do update set {name} = {{}}{{}}"),
            [key, piece(value), conjunction(" where ", conditions)],
        )
    }

    /// The target under its own name or an alias, with its pin.
    fn written(&mut self) -> (&'static Table, Node, Relation) {
        let table = self.target();
        self.local.clear();
        let alias = if self.random.chance(50) {
            table.name.to_owned()
        } else {
            self.alias()
        };
        let relation = Relation::of_table(table, alias.clone());
        let text = if alias == table.name {
            format!("{} ", table.name)
        } else {
            format!("{} as {alias} ", table.name)
        };
        (table, Node::text(Sort::Item, text), relation)
    }

    fn update(&mut self) -> Node {
        let (table, target, relation) = self.written();
        self.local.push(relation.clone());
        let mut sets = Vec::new();
        for _ in 0..self.random.between(1, 2) {
            let (name, ty, _) = *self.random.pick(table.columns);
            let value = if table.owner_column() == Some(name) {
                self.new_tenant()
            } else {
                match self.random.below(5) {
                    0 => self.value(ty, 2),
                    1 => self.value(ty, 1),
                    2 => self.value(ty, 0),
                    _ => self.new_value(table, name, ty),
                }
            };
            sets.push(Node::new(Sort::Item, &format!("{name} = {{}}"), [piece(value)]));
        }
        if self.random.chance(10) {
            sets = vec![self.row_assignment(table)];
        }
        let (from, conditions) = self.restricted(&relation, true);
        if self.mysql() {
            return self.update_mysql(&relation, target, sets, from, conditions);
        }
        let verbs: &[&str] = if self.postgres() {
            &["update"]
        } else {
            &["update", "update or ignore", "update or replace"]
        };
        let verb = choice(verbs, self.random.weighted(&[12, 1, 1][..verbs.len()]));
        let sets = Part::List {
            before: "",
            separator: ", ",
            items: sets,
            least: 1,
        };
        Node::new(
            Sort::Item,
            "{} {}set {}{}{}",
            [
                verb,
                piece(target),
                sets,
                Part::List {
                    before: " from ",
                    separator: ", ",
                    items: from,
                    least: 0,
                },
                conjunction(" where ", conditions),
            ],
        )
    }

    fn delete(&mut self) -> Node {
        let (_, target, relation) = self.written();
        self.local.push(relation.clone());
        let (from, conditions) = self.restricted(&relation, !self.sqlite());
        if self.mysql() {
            return self.delete_mysql(&relation, target, from, conditions);
        }
        Node::new(
            Sort::Item,
            "delete from {}{}{}",
            [
                piece(target),
                Part::List {
                    before: "using ",
                    separator: ", ",
                    items: from,
                    least: 0,
                },
                conjunction(" where ", conditions),
            ],
        )
    }

    /// Further relations of an update or delete, and the conditions that confine all of them.
    fn restricted(&mut self, relation: &Relation, more: bool) -> (Vec<Node>, Vec<Node>) {
        let mut conditions = Vec::new();
        let mut from = Vec::new();
        if self.random.chance(self.care) {
            conditions.extend(self.pin(relation));
        }
        if more && self.random.chance(25) {
            let (source, other) = self.base_table();
            self.local.push(other.clone());
            if self.random.chance(self.care) {
                let linked = self.link();
                if linked.is_none() || self.random.chance(30) {
                    conditions.extend(self.pin(&other));
                }
                conditions.extend(linked);
            }
            if self.random.chance(60) {
                conditions.extend(self.business_link());
            }
            from.push(source);
        }
        if self.random.chance(60) {
            conditions.push(self.condition(2));
        }
        self.local.clear();
        (from, conditions)
    }

    fn merge(&mut self) -> Node {
        let (table, target, relation) = self.written();
        let (source, other) = self.base_table();
        self.local = vec![other.clone(), relation.clone()];
        let mut on = Vec::new();
        on.extend(self.pin(&relation).filter(|_| self.random.chance(self.care)));
        on.extend(self.pin(&other).filter(|_| self.random.chance(50)));
        on.extend(self.link().filter(|_| self.random.chance(60)));
        on.extend(self.business_link());
        if on.is_empty() {
            on.push(Node::text(Sort::Condition, "1 = 1"));
        }
        let (name, ty, _) = *self.random.pick(table.columns);
        let value = self.new_value(table, name, ty);
        let names: Vec<&str> = table.columns.iter().map(|column| column.0).collect();
        let values = table
            .columns
            .iter()
            .map(|(name, ty, _)| self.new_value(table, name, *ty))
            .collect();
        self.local.clear();
        self.local = vec![other.clone(), relation.clone()];
        let matched = self.branch_condition();
        self.local = vec![other.clone()];
        let unmatched = self.branch_condition();
        self.local.clear();
        let branches = vec![
            Node::new(
                Sort::Item,
                &format!(" when matched{{}} then update set {name} = {{}}"),
                [matched, piece(value)],
            ),
            Node::new(
                Sort::Item,
                " when matched then {}",
                [choice(
                    &["delete", "do nothing"],
                    usize::from(self.random.chance(20)),
                )],
            ),
            Node::new(
                Sort::Item,
                &format!(
                    " when not matched{{}} then insert ({}) values ({{}})",
                    names.join(", ")
                ),
                [unmatched, fixed(", ", values)],
            ),
        ];
        let kept = self.random.below(3);
        let items = branches
            .into_iter()
            .enumerate()
            .filter(|(index, _)| *index == kept || *index == 2)
            .map(|(_, one)| one);
        let pinned = self.pin_source(source, &other);
        Node::new(
            Sort::Item,
            "merge into {}using {} on {}{}",
            [
                piece(target),
                piece(pinned),
                Part::List {
                    before: "",
                    separator: " and ",
                    items: on,
                    least: 1,
                },
                Part::List {
                    before: "",
                    separator: "",
                    items: items.collect(),
                    least: 1,
                },
            ],
        )
    }

    /// What a branch of a merge asks for besides.
    fn branch_condition(&mut self) -> Part {
        let conditions = if self.random.chance(30) {
            vec![self.condition(1)]
        } else {
            Vec::new()
        };
        conjunction(" and ", conditions)
    }

    /// The source of a merge, as a table or as a query that is confined.
    fn pin_source(&mut self, source: Node, relation: &Relation) -> Node {
        let Some(base) = relation.table else { return source };
        let (Owner::Column(column), true) = (base.owner, self.random.chance(70)) else {
            return source;
        };
        let alias = &relation.alias;
        Node::text(
            Sort::Source,
            format!("(select * from {} where {column} = $tenant) {alias}", base.name),
        )
    }
}

impl Table {
    /// The column that names the tenant.
    fn owner_column(&self) -> Option<&'static str> {
        match self.owner {
            Owner::Column(column) => Some(column),
            Owner::Via(..) | Owner::Shared => None,
        }
    }
}
