//! What MySQL's writes look like: silent conflicts, several tables, an order and a limit.

use super::super::node::{Node, Part, Sort};
use super::super::schema::Table;
use super::{Generator, Relation, choice, conjunction, piece, word};

impl Generator {
    /// `on duplicate key update`.
    pub(super) fn on_duplicate_key(&mut self, table: &'static Table) -> Node {
        let (name, ty, _) = *self.random.pick(table.columns);
        let value = match self.random.below(3) {
            0 => Node::text(Sort::Item, format!("values({name})")),
            1 => Node::text(Sort::Item, format!("{}.{name}", table.name)),
            _ => self.new_value(table, name, ty),
        };
        Node::new(
            Sort::Item,
            &format!(" on duplicate key update {name} = {{}}"),
            [piece(value)],
        )
    }

    /// `order by .. limit ..`, where the statement has one table.
    fn limit(&mut self, relation: &Relation, alone: bool) -> Part {
        let id = relation
            .columns
            .iter()
            .find(|column| column.sql.ends_with(".id"))
            .map(|column| column.sql.clone());
        match id {
            Some(id) if alone && self.random.chance(15) => word(format!(" order by {id} limit 1")),
            _ => word(""),
        }
    }

    /// `update t, u set ..`.
    pub(super) fn update_mysql(
        &mut self,
        relation: &Relation,
        target: Node,
        sets: Vec<Node>,
        from: Vec<Node>,
        conditions: Vec<Node>,
    ) -> Node {
        let limit = self.limit(relation, from.is_empty());
        let verb = choice(&["update", "update ignore"], self.random.weighted(&[12, 1]));
        let alias = relation.alias.clone();
        let sets = sets
            .into_iter()
            .map(|set| Node::new(Sort::Item, &format!("{alias}.{{}}"), [piece(set)]))
            .collect();
        Node::new(
            Sort::Item,
            "{} {}{}set {}{}{}",
            [
                verb,
                piece(target),
                others(from),
                Part::List {
                    before: "",
                    separator: ", ",
                    items: sets,
                    least: 1,
                },
                conjunction(" where ", conditions),
                limit,
            ],
        )
    }

    /// `delete t from t, u ..`, or the plain form.
    pub(super) fn delete_mysql(
        &mut self,
        relation: &Relation,
        target: Node,
        from: Vec<Node>,
        conditions: Vec<Node>,
    ) -> Node {
        let plain = from.is_empty() && relation.is_table(&relation.alias);
        let limit = self.limit(relation, plain);
        let verb = if plain {
            "delete from".to_owned()
        } else {
            format!("delete {} from", relation.alias)
        };
        Node::new(
            Sort::Item,
            "{} {}{}{}{}",
            [
                word(verb),
                piece(target),
                others(from),
                conjunction(" where ", conditions),
                limit,
            ],
        )
    }
}

/// Further tables of a write.
fn others(from: Vec<Node>) -> Part {
    Part::List {
        before: ", ",
        separator: ", ",
        items: from,
        least: 0,
    }
}
