//! Constructs that people use now and then: arrays, JSON, collations, ordered aggregates, functions and values in `from`.

use super::super::node::{Node, Part, Sort};
use super::super::schema::Type;
use super::{Generator, Output, Relation, piece, sort_of, word};

impl Generator {
    /// `template` with its `{i}`, `{t}` and `{c}` replaced by integers, texts and conditions without subqueries.
    pub(super) fn filled(&mut self, sort: Sort, template: &str) -> Node {
        let mut parts = Vec::new();
        let mut rest = template;
        while let Some(at) = rest.find('{') {
            parts.push(word(&rest[..at]));
            parts.push(piece(match &rest[at..at + 3] {
                "{i}" => self.simple_value(Type::Int),
                "{t}" => self.simple_value(Type::Text),
                _ => self.condition(0),
            }));
            rest = &rest[at + 3..];
        }
        parts.push(word(rest));
        Node { sort, parts }
    }

    /// A value by way of some construct of the dialect.
    pub(super) fn constructed(&mut self, ty: Type) -> Node {
        let templates: &[&str] = match (ty, self.postgres()) {
            (Type::Int, _) if self.mysql() => &[
                "json_length(json_array({i}, {t}))",
                "json_extract(json_array({i}, {i}), '$[1]')",
                "if({c}, {i}, {i})",
                "nullif({i}, {i})",
                "greatest({i}, {i})",
                "char_length({t})",
                "locate({t}, {t})",
                "({i} div 2)",
                "interval({i}, 1, 2)",
                "field({t}, {t}, {t})",
            ],
            (Type::Text, _) if self.mysql() => &[
                "({t} collate utf8mb4_bin)",
                "json_unquote(json_extract(json_array({t}, {t}), '$[0]'))",
                "substring({t}, 1, 2)",
                "replace({t}, 'c', 'C')",
                "concat_ws('-', {t}, {i})",
                "ifnull({t}, {t})",
                "if({c}, {t}, {t})",
                "elt({i}, {t}, {t})",
                "cast({i} as char)",
            ],
            (Type::Int, true) => &[
                "(array[{i}, {i}])[1]",
                "(array[{i}, {i}])[{i}]",
                "cardinality(array[{i}, {i}])",
                "jsonb_array_length(jsonb_build_array({i}, {t}))",
                "cast(jsonb_build_object('k', {i}) ->> 'k' as bigint)",
                "cast(jsonb_build_array({i}, {i}) -> 1 as bigint)",
                "cast(extract(day from make_interval(days => cast({i} as int))) as bigint)",
                "cast(extract(hour from timestamp '2020-01-01 00:00' at time zone 'utc' at time zone 'utc') as bigint) + {i}",
                "cast(length({t}) as bigint)",
                "cast(array_position(array[{t}, {t}], {t}) as bigint)",
                "nullif({i}, {i})",
                "greatest({i}, {i})",
                "(select v.column1 from (values ({i})) v)",
                "cast((array[{t}] && array[{t}, {t}]) as int)",
            ],
            (Type::Text, true) => &[
                "({t} collate \"C\")",
                "(array[{t}, {t}])[1]",
                "(jsonb_build_object('k', {t}) ->> 'k')",
                "(jsonb_build_array({t}, {t}) ->> 1)",
                "(jsonb_build_object('k', jsonb_build_array({t})) #>> '{k,0}')",
                "substring({t} from 1 for 2)",
                "concat({t}, {t})",
                "array_to_string(array[{t}, {t}], ',')",
                "format('%s-%s', {t}, {i})",
                "to_char(date '2020-01-01' + cast({i} as int), 'YYYY-MM-DD')",
                "nullif({t}, {t})",
                "least({t}, {t})",
                "cast(array[{t}, {t}] as text)",
            ],
            (Type::Int, false) => &[
                "json_array_length(json_array({i}, {t}))",
                "json_extract(json_array({i}, {i}), '$[1]')",
                "(json_object('k', {i}) ->> 'k')",
                "iif({c}, {i}, {i})",
                "nullif({i}, {i})",
                "max({i}, {i})",
                "length({t})",
                "instr({t}, {t})",
                "cast({t} as integer)",
            ],
            (Type::Text, false) => &[
                "({t} collate nocase)",
                "({t} collate binary)",
                "json_extract(json_array({t}, {t}), '$[0]')",
                "(json_object('k', {t}) ->> 'k')",
                "substr({t}, 1, 2)",
                "replace({t}, 'c', 'C')",
                "printf('%s-%d', {t}, {i})",
                "nullif({t}, {t})",
                "cast({i} as text)",
                "iif({c}, {t}, {t})",
            ],
        };
        let template = *self.random.pick(templates);
        self.filled(sort_of(ty), &template.replace("'{k,0}'", "array['k', '0']"))
    }

    /// A condition by way of some construct of the dialect.
    pub(super) fn constructed_condition(&mut self) -> Node {
        let templates: &[&str] = if self.mysql() {
            &[
                "{t} collate utf8mb4_bin = {t}",
                "{t} <=> {t}",
                "{i} <=> {i}",
                "{t} regexp {t}",
                "{t} like {t}",
                "{i} xor {i}",
                "{t} = {i}",
                "({i}, {t}) in (({i}, {t}), ({i}, {t}))",
                "{i} is null or {i} = {i}",
                "!({i} = {i})",
            ]
        } else if self.postgres() {
            &[
                "{i} = any (array[{i}, {i}])",
                "{t} = any (array[{t}, {t}])",
                "{t} <> all (array[{t}, {t}])",
                "array[{i}, {i}] @> array[{i}]",
                "jsonb_build_object('k', {t}) ? 'k'",
                "jsonb_build_object('k', {i}) @> jsonb_build_object('k', {i})",
                "{t} collate \"C\" < {t}",
                "{t} similar to {t}",
                "{t} ~ {t}",
                "{t} ilike {t}",
                "({i}, {t}) < ({i}, {t})",
                "{i} is null or {i} = {i}",
                "row({i}, {t}) is not null",
                "({i}, {t}) in (values ({i}, {t}), ({i}, {t}))",
            ]
        } else {
            &[
                "{t} collate nocase = {t}",
                "{t} = {t} collate nocase",
                "{t} glob {t}",
                "{t} like {t} escape '!'",
                "{i} is {i}",
                "{t} is not {t}",
                "({i}, {t}) < ({i}, {t})",
                "({i}, {t}) in (values ({i}, {t}), ({i}, {t}))",
                "{i} in (select value from json_each(json_array({i}, {i})))",
                "{i} is null or {i} = {i}",
            ]
        };
        let template = *self.random.pick(templates);
        let node = self.filled(Sort::Condition, template);
        if template.contains(" or ") {
            return Node::new(Sort::Condition, "({})", [piece(node)]);
        }
        node
    }

    /// An aggregate that orders or filters what it folds.
    pub(super) fn constructed_aggregate(&mut self, ty: Type) -> Node {
        let sort = sort_of(ty);
        let value = self.value(ty, 0).sql();
        let template = match (ty, self.postgres()) {
            (Type::Int, _) if self.mysql() => *self.random.pick(&[
                "bit_or({v})",
                "count(distinct {v}, {i})",
                "cast(sum({v}) as signed)",
            ]),
            (Type::Text, _) if self.mysql() => *self.random.pick(&[
                "group_concat({v} order by {v} separator ',')",
                "group_concat(distinct {v} order by {v})",
                "min(binary {v})",
            ]),
            (Type::Int, true) => *self.random.pick(&[
                "percentile_disc(0.5) within group (order by {v})",
                "mode() within group (order by {v})",
                "cast(cardinality(array_agg({v})) as bigint)",
                "max({v}) filter (where {c})",
                "count({v}) filter (where {c})",
                "cast(avg({v}) as bigint)",
                "cast(bool_or({c}) as int)",
                "cast(regr_count({v}, {v}) as bigint)",
            ]),
            (Type::Text, true) => *self.random.pick(&[
                "string_agg({v}, ',' order by {v})",
                "cast(array_agg({v} order by {v}) as text)",
                "cast(jsonb_agg({v} order by {v}) as text)",
                "min({v}) filter (where {c})",
                "mode() within group (order by {v})",
            ]),
            (Type::Int, false) => *self.random.pick(&[
                "max({v}) filter (where {c})",
                "sum({v}) filter (where {c})",
                "cast(total({v}) as integer)",
            ]),
            (Type::Text, false) => *self.random.pick(&[
                "min({v}) filter (where {c})",
                "group_concat({v}, ',' order by {v})",
                "json_group_array({v} order by {v})",
            ]),
        };
        self.filled(sort, &template.replace("{v}", &value))
    }

    /// A relation that is no table: a function, or rows that are written out.
    pub(super) fn constructed_source(&mut self) -> (Node, Relation) {
        let alias = self.alias();
        let own = |name: &str, ty: Type, tenant: bool| Output {
            name: name.to_owned(),
            ty,
            tenant,
        };
        let int = |name: &str| own(name, Type::Int, false);
        let text = |name: &str| own(name, Type::Text, false);
        let postgres = self.postgres();
        let (template, outputs) = match (self.random.below(8), postgres) {
            (0, true) => ("generate_series(1, {i}) {a} (c1)", vec![int("c1")]),
            (1, true) => ("unnest(array[{i}, {i}]) {a} (c1)", vec![int("c1")]),
            (2, true) => (
                "unnest(array[{t}, {t}]) with ordinality {a} (c1, c2)",
                vec![text("c1"), int("c2")],
            ),
            (3, true) => (
                "jsonb_array_elements_text(jsonb_build_array({t}, {t})) {a} (c1)",
                vec![text("c1")],
            ),
            (4, true) => (
                "jsonb_to_recordset(jsonb_build_array(jsonb_build_object('c1', {i}))) {a} (c1 bigint)",
                vec![int("c1")],
            ),
            (5, true) => (
                "lateral (values ({i}, {t}), ({i}, {t})) {a} (c1, c2)",
                vec![int("c1"), text("c2")],
            ),
            (_, true) => (
                "(values ($tenant, 1), ($tenant, 2)) {a} (c1, c2)",
                vec![own("c1", Type::Text, true), int("c2")],
            ),
            (0..=4, false) if self.mysql() => (
                "json_table(json_array({i}, {i}), '$[*]' columns (c1 bigint path '$')) {a}",
                vec![int("c1")],
            ),
            (_, false) if self.mysql() => (
                "(select $tenant as c1, 1 as c2 union all select $tenant, 2) {a}",
                vec![own("c1", Type::Text, true), int("c2")],
            ),
            (0..=2, false) => (
                "json_each(json_array({i}, {i})) {a}",
                vec![int("value"), int("key")],
            ),
            (3 | 4, false) => (
                "json_each(json_array({t}, {t})) {a}",
                vec![text("value"), int("key")],
            ),
            (5, false) => (
                "(values (1, 'acme'), (2, 'beta')) {a}",
                vec![int("column1"), text("column2")],
            ),
            (_, false) => (
                "(values ($tenant, 1), ($tenant, 2)) {a}",
                vec![own("column1", Type::Text, true), int("column2")],
            ),
        };
        let node = self.filled(Sort::Source, &template.replace("{a}", &alias));
        (node, Relation::of_outputs(&outputs, alias, true))
    }

    /// A lock, where the statement is a block that can take one.
    pub(super) fn locked(&mut self, mut node: Node) -> Node {
        if self.postgres() && self.random.chance(8) {
            let forms = [
                " for update",
                " for share",
                " for update skip locked",
                " for no key update",
                " for key share",
                " for update of t1",
            ];
            let options = forms.iter().map(|form| (*form).to_owned()).collect();
            let chosen = self.random.below(forms.len());
            node.parts.push(Part::Pick(options, chosen));
        }
        node
    }
}
