//! Writes through views, and assignments of several columns at once.

use super::super::node::{Node, Part, Sort};
use super::super::schema::{Table, Type, VIEWS};
use super::{Generator, Output, Relation, choice, conjunction, fixed, piece, sort_of};

/// The views that PostgreSQL writes through.
const UPDATABLE: [&str; 4] = ["v_orders", "v_renamed", "v_own", "v_checked"];

impl Generator {
    /// An insert, update or delete on a view of one table.
    pub(super) fn view_write(&mut self) -> Node {
        self.local.clear();
        let name = *self.random.pick(&UPDATABLE);
        let Some(view) = VIEWS.iter().find(|view| view.name == name) else {
            return Node::text(Sort::Item, format!("delete from {name}"));
        };
        let outputs: Vec<Output> = view
            .columns
            .iter()
            .map(|(column, ty)| Output {
                name: (*column).to_owned(),
                ty: *ty,
                tenant: view.tenant == Some(*column),
            })
            .collect();
        let relation = Relation::of_outputs(&outputs, name.to_owned(), false);
        if self.random.chance(30) {
            let values = outputs
                .iter()
                .map(|output| {
                    if output.tenant && self.random.chance(self.care) {
                        Node::text(Sort::Text, "$tenant")
                    } else {
                        Node::text(sort_of(output.ty), self.literal(output.ty))
                    }
                })
                .collect();
            let names: Vec<&str> = outputs.iter().map(|output| output.name.as_str()).collect();
            let conflict = choice(
                &["", " on conflict do nothing"],
                usize::from(self.random.chance(25)),
            );
            return Node::new(
                Sort::Item,
                &format!("insert into {name} ({}) values ({{}}){{}}", names.join(", ")),
                [fixed(", ", values), conflict],
            );
        }
        let mut conditions = Vec::new();
        if self.random.chance(self.care) {
            conditions.extend(self.pin(&relation));
        }
        self.local.push(relation);
        if self.random.chance(50) {
            conditions.push(self.condition(1));
        }
        let set = self.random.pick(&outputs).clone();
        let value = if set.tenant {
            Node::text(Sort::Text, *self.random.pick(&["$tenant", "$tenant", "'beta'"]))
        } else {
            self.value(set.ty, 1)
        };
        self.local.clear();
        let conditions = conjunction(" where ", conditions);
        if self.random.chance(40) {
            return Node::new(Sort::Item, &format!("delete from {name}{{}}"), [conditions]);
        }
        Node::new(
            Sort::Item,
            &format!("update {name} set {} = {{}}{{}}", set.name),
            [piece(value), conditions],
        )
    }

    /// `(x, y) = ..`: two columns from one row.
    pub(super) fn row_assignment(&mut self, table: &'static Table) -> Node {
        let one = *self.random.pick(table.columns);
        let others: Vec<_> = table
            .columns
            .iter()
            .filter(|other| other.0 != one.0)
            .copied()
            .collect();
        let two = if others.is_empty() {
            one
        } else {
            *self.random.pick(&others)
        };
        let mut value = |name: &str, ty: Type| {
            if name == "tenant_id" {
                Node::text(
                    Sort::Text,
                    *self.random.pick(&["$tenant", "$tenant", "$tenant", "'beta'"]),
                )
            } else {
                self.simple_value(ty)
            }
        };
        let (first, second) = (value(one.0, one.1), value(two.0, two.1));
        let template = if self.random.chance(50) {
            "({one}, {two}) = ({}, {})"
        } else {
            "({one}, {two}) = (select {}, {} from tenants st where st.id = $tenant)"
        };
        let template = template.replace("{one}", one.0).replace("{two}", two.0);
        Node::new(Sort::Item, &template, [Part::Piece(first), Part::Piece(second)])
    }
}
