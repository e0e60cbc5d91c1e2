//! `with recursive` in the forms that need a fixpoint to judge.

use super::super::node::{Node, Sort};
use super::super::schema::Type;
use super::{Generator, Named, Output, Pinning, Query, Wanted, choice, conjunction, piece, word};

impl Generator {
    /// A recursive query `r (x, tenant, d, e)`, where `e` is another text that may become the tenant, and a block that reads it.
    pub(super) fn recursive(&mut self, wanted: Option<&[Wanted]>, pinning: Pinning, depth: usize) -> Query {
        let before = self.tables.len();
        let name = self.alias().replace('t', "r");
        let inner = if self.random.chance(50) {
            Pinning::Here
        } else {
            Pinning::Later
        };
        let outputs = vec![
            Output {
                name: "x".to_owned(),
                ty: Type::Int,
                tenant: false,
            },
            Output {
                name: "tenant_id".to_owned(),
                ty: Type::Text,
                tenant: true,
            },
            Output {
                name: "d".to_owned(),
                ty: Type::Int,
                tenant: false,
            },
            Output {
                name: "e".to_owned(),
                ty: Type::Text,
                tenant: false,
            },
        ];
        let base = self.detached(|inner_self| inner_self.base(inner));
        let step = self.detached(|inner_self| inner_self.step(&name, depth));
        let union = choice(&["union all", "union"], self.random.below(2));
        self.tables.push(Named {
            name: name.clone(),
            outputs,
            pinned: inner == Pinning::Here,
        });
        let body = self.block(wanted, pinning, depth);
        self.tables.truncate(before);
        let node = Node::new(
            Sort::Query,
            &format!("with recursive {name} (x, tenant_id, d, e) as ({{}} {{}} {{}}) {{}}"),
            [piece(base), union, piece(step), piece(body.node)],
        );
        Query {
            node,
            outputs: body.outputs,
        }
    }

    fn base(&mut self, pinning: Pinning) -> Node {
        let (source, relation) = self.tree();
        let mut conditions = Vec::new();
        if pinning == Pinning::Here {
            conditions.extend(self.pin(&relation));
        }
        let alias = relation.alias.clone();
        let tenant = self.tenant_of(&relation.alias, pinning == Pinning::Here);
        let other = match self.random.below(3) {
            0 => format!("{alias}.tenant_id"),
            1 => tenant.clone(),
            _ => "cast('x' as text)".to_owned(),
        };
        self.local.push(relation);
        if self.random.chance(50) {
            conditions.push(self.condition(0));
        }
        self.local.pop();
        Node::new(
            Sort::Query,
            &format!("select {alias}.id, {{}}, 0, {other} from {{}}{{}}"),
            [word(tenant), piece(source), conjunction(" where ", conditions)],
        )
    }

    fn tenant_of(&mut self, alias: &str, pinned: bool) -> String {
        if pinned && self.random.chance(10) {
            if self.postgres() {
                "cast($tenant as text)".to_owned()
            } else {
                "$tenant".to_owned()
            }
        } else {
            format!("{alias}.tenant_id")
        }
    }

    fn tree(&mut self) -> (Node, super::Relation) {
        let table = *self.random.pick(&["nodes", "nodes", "cats", "orders", "proj"]);
        self.named_table(table)
    }

    /// The recursive branch. Its depth is bounded by `d`.
    fn step(&mut self, name: &str, depth: usize) -> Node {
        let (source, relation) = self.tree();
        let own = self.alias();
        let alias = relation.alias.clone();
        let tree = relation.is_table("nodes") || relation.is_table("cats");
        let mut on = Vec::new();
        if self.random.chance(60) {
            let link = format!("{own}.tenant_id");
            on.push(self.tenant_equality(&format!("{alias}.tenant_id"), &[&link]));
        } else if self.random.chance(30) {
            on.push(self.pin_column(&format!("{alias}.tenant_id")));
        }
        if self.random.chance(75) {
            let key = if tree { "parent_id" } else { "a" };
            on.push(Node::text(Sort::Condition, format!("{alias}.{key} = {own}.x")));
        }
        if self.random.chance(20) {
            let link = format!("{own}.tenant_id");
            on.push(self.pin_column(&link));
        }
        if on.is_empty() {
            on.push(Node::text(Sort::Condition, "1 = 1"));
        }
        let tenants = [format!("{alias}.tenant_id"), format!("{own}.tenant_id")];
        let tenant = self.random.pick(&tenants).clone();
        let tenant = if self.random.chance(25) {
            format!("{own}.e")
        } else {
            tenant
        };
        let others = [
            format!("{own}.e"),
            format!("{own}.e"),
            format!("{own}.tenant_id"),
            format!("{alias}.tenant_id"),
            "'beta'".to_owned(),
        ];
        let inner = self.random.below(3);
        let other = self.random.pick(&others).clone();
        // Where the branch joins nothing by name, only its own columns are there.
        let own_other = others[inner].clone();
        let values = [format!("{alias}.id"), format!("{own}.x")];
        let value = self.random.pick(&values).clone();
        let mut conditions = vec![Node::text(Sort::Item, format!("{own}.d < 2"))];
        if self.random.chance(25) {
            self.local.push(relation);
            conditions.push(self.condition(depth.min(1)));
            self.local.pop();
        }
        match self.random.weighted(&[10, 2, 2, 1, 1]) {
            // The branch repeats the recursion's own rows while some row is there.
            1 => Node::new(
                Sort::Query,
                &format!(
                    "select {own}.x, {own}.tenant_id, {own}.d + 1, {own_other} from {name} {own}, {{}} where {{}}{{}}"
                ),
                [
                    piece(source),
                    super::fixed(" and ", conditions),
                    conjunction(" and ", on),
                ],
            ),
            2 => {
                let exists = choice(&["exists", "not exists"], self.random.below(2));
                Node::new(
                    Sort::Query,
                    &format!(
                        "select {own}.x, {own}.tenant_id, {own}.d + 1, {own_other} from {name} {own} where {own}.d < 2 and {{}} (select 1 from {{}}{{}})"
                    ),
                    [exists, piece(source), conjunction(" where ", on)],
                )
            }
            3 => Node::new(
                Sort::Query,
                &format!(
                    "select {alias}.id, {alias}.tenant_id, coalesce({own}.d, 1) + 1, {own_other} from {{}} left join {name} {own} on {{}} where coalesce({own}.d, 1) < 2"
                ),
                [piece(source), super::fixed(" and ", on)],
            ),
            4 => Node::new(
                Sort::Query,
                &format!(
                    "select {own}.x, {own}.tenant_id, {own}.d + 1, {own_other} from {name} {own} left join {{}} on {{}} where {own}.d < 2"
                ),
                [piece(source), super::fixed(" and ", on)],
            ),
            _ => Node::new(
                Sort::Query,
                &format!(
                    "select {value}, {{}}, {own}.d + 1, {other} from {{}} join {name} {own} on {{}} where {{}}"
                ),
                [
                    word(tenant),
                    piece(source),
                    super::fixed(" and ", on),
                    super::fixed(" and ", conditions),
                ],
            ),
        }
    }
}
