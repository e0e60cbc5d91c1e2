//! What writes to a table evaluate: checks, the checks and functions of its columns' types, members of indexes and of
//! partition keys.

use std::collections::{BTreeMap, BTreeSet};

use super::Reader;
use super::column::{ConstraintBody, ConstraintDef};
use super::cursor::Cursor;
use super::index::PlainIndex;
use super::mention::Mentions;
use super::object::type_name;
use super::scan::{Scanner, Token};
use super::types;
use crate::Dialect;
use crate::catalog::{Check, KeyPart, Origin, QName, UserType};

/// Options of `create type` that name a function which runs with values of the type.
const TYPE_FUNCTIONS: &[&str] = &[
    "subtype_diff",
    "canonical",
    "input",
    "output",
    "receive",
    "send",
    "typmod_in",
    "typmod_out",
    "analyze",
    "subscript",
];

impl Reader {
    /// What a member of an index or a partition key evaluates: nothing for a column, the expression otherwise. Operator classes
    /// of the project's own run its code: with one of those the whole text is given, which is no expression.
    pub(super) fn evaluated(&self, member: &Cursor<'_>) -> Option<String> {
        let whole = || Some(member.source_text().to_owned());
        let mut walk = member.clone();
        let expression = match (walk.group(), self.dialect()) {
            (Some(group), Dialect::Postgres | Dialect::Mysql) => Some(group.source_text().to_owned()),
            (None, Dialect::Postgres) => {
                let start = walk.clone();
                if walk.name().is_none() {
                    return whole();
                }
                walk.group().map(|_| walk.text_since(&start).to_owned())
            }
            // What MySQL writes without parentheses is a prefix of a column: it calls nothing.
            (None, Dialect::Mysql) => return None,
            (_, Dialect::Sqlite) => {
                let ends = |cursor: &Cursor<'_>| {
                    cursor.tokens().len() == 1 && (cursor.is("asc") || cursor.is("desc"))
                };
                return Some(member.clone().until(ends).source_text().to_owned());
            }
        };
        if walk.eat("collate") && walk.name().is_none() {
            return whole();
        }
        if !["asc", "desc", "nulls"].iter().any(|word| walk.is(word)) && !walk.done() {
            match walk.name() {
                Some(class) if !self.operator_classes.contains(&class.name) => {}
                Some(_) | None => return whole(),
            }
            walk.group();
        }
        walk.eat_any(&["asc", "desc"]);
        walk.eat_any(&["nulls first", "nulls last"]);
        if walk.done() { expression } else { whole() }
    }

    /// The same for members that are kept as text.
    pub(super) fn evaluated_by<'t>(
        &self,
        members: impl IntoIterator<Item = &'t String>,
        origin: &Origin,
    ) -> Vec<Check> {
        let read = |text: &String| {
            let mut scanner = Scanner::new(text, self.dialect());
            let tokens: Vec<Token> = std::iter::from_fn(|| scanner.next_token()).collect();
            self.evaluated(&Cursor::new(text, &tokens, self.dialect()))
        };
        let texts = members.into_iter().filter_map(read);
        texts.map(|text| Check::new(text, origin.clone())).collect()
    }

    /// `create operator class`, behind these words: who uses it runs the project's code.
    pub(super) fn create_operator_class(&mut self, mut cursor: Cursor<'_>) -> Option<()> {
        self.operator_classes.insert(cursor.name()?.name);
        // A class says how a type is compared and grouped. Where `pg_catalog` has a default class for a type it cannot be
        // replaced; `varchar` has none of its own.
        let mut definition = cursor.clone().up_to("default for type");
        if definition.eat("default for type") {
            let builtin = types::parse(&mut definition).is_some_and(|of| has_builtin_class(&of.ty.name));
            self.catalog.loose_equality |= !builtin;
        }
        // What joins a family can be what foreign keys between two types compare by.
        self.catalog.loose_equality |= cursor.up_to("family").eat("family");
        Some(())
    }

    /// `alter operator class|family`, from the word behind `operator` on.
    pub(super) fn alter_operator_class(&mut self, mut cursor: Cursor<'_>) -> Option<()> {
        let family = cursor.eat_any(&["class", "family"])? == "family";
        cursor.name()?;
        cursor.expect("using")?;
        cursor.identifier()?;
        if cursor.eat("rename to") {
            self.operator_classes.insert(cursor.identifier()?);
        } else if family && cursor.eat("add") {
            self.catalog.loose_equality = true;
        }
        Some(())
    }

    /// The functions of a type that runs some of its own: ranges, base types.
    pub(super) fn note_type_functions(&mut self, name: &QName, definition: &Cursor<'_>) {
        let mut walk = definition.clone();
        walk.eat("as range");
        let Some(options) = walk.group() else { return };
        for mut option in options.members() {
            let Some(word) = option.identifier() else { continue };
            if !option.eat_symbol("=") {
                continue;
            }
            let written = option.source_text();
            let text = if TYPE_FUNCTIONS.contains(&word.as_str()) {
                format!("{written}(null, null)")
            } else if word == "subtype_opclass" && self.names_own_class(written) {
                format!("value {written}")
            } else {
                continue;
            };
            let check = Check {
                of_type: true,
                ..Check::new(text, self.origin())
            };
            self.type_checks.entry(name.clone()).or_default().push(check);
        }
    }

    fn names_own_class(&self, text: &str) -> bool {
        let mentions = Mentions::of(text);
        self.operator_classes.iter().any(|class| mentions.name(class))
    }

    /// Adds a constraint of a domain.
    pub(super) fn add_domain_check(&mut self, domain: &QName, constraint: ConstraintDef) {
        let origin = self.origin_at(constraint.offset);
        if let ConstraintBody::Check(text) = constraint.body {
            if let Some(name) = constraint.name {
                self.note_check(&domain.schema, &name);
            }
            let check = Check {
                of_type: true,
                ..Check::new(text, origin)
            };
            self.type_checks.entry(domain.clone()).or_default().push(check);
        }
    }

    /// Gives the tables what their columns' types and their indexes evaluate, and says of foreign keys which run code.
    pub(super) fn collect_checks(&mut self) {
        let checks = std::mem::take(&mut self.type_checks);
        let domains: BTreeMap<String, &QName> = self.types_that(|kind| matches!(kind, UserType::Domain(_)));
        let enums: BTreeSet<String> = self
            .types_that(|kind| matches!(kind, UserType::Enum))
            .into_keys()
            .collect();
        let mut found: Vec<(QName, Vec<Check>)> = Vec::new();
        let mut own_keys = BTreeSet::new();
        for table in self.tables() {
            let mut all = Vec::new();
            for column in &table.columns {
                let mut ty = &column.ty.name;
                // A domain can stand on as many domains as there are.
                for _ in 0..domains.len() {
                    let Some(domain) = domains.get(ty) else { break };
                    all.extend(checks.get(*domain).into_iter().flatten().cloned());
                    let Some(UserType::Domain(base)) = self.catalog.types.get(*domain) else {
                        break;
                    };
                    ty = &base.name;
                }
                // A composite, a range or the row of a table may hold any type.
                if self.dialect() == Dialect::Postgres && !types::is_builtin(ty) && !enums.contains(ty) {
                    all.extend(checks.values().flatten().cloned());
                }
            }
            for key in &table.keys {
                let members = key.parts.iter().filter_map(|part| match part {
                    KeyPart::Column(_) => None,
                    KeyPart::Expression(text) => Some(text),
                });
                if members.clone().any(|text| self.names_own_class(text)) {
                    own_keys.insert(table.name.clone());
                }
                all.extend(self.evaluated_by(members, &key.origin));
                let predicate = key.predicate.iter();
                all.extend(predicate.map(|text| Check::new(text.clone(), key.origin.clone())));
            }
            if !all.is_empty() {
                found.push((table.name.clone(), all));
            }
        }
        for index in self.plain_indexes.values() {
            found.push((index.table.clone(), self.evaluated_by_index(index)));
        }
        for (name, checks) in found {
            if let Some(table) = self.table_mut(&name) {
                table.checks.extend(checks);
            }
        }
        for key in self.tables_mut().flat_map(|table| &mut table.foreign_keys) {
            key.runs_code = own_keys.contains(&key.parent);
        }
    }

    /// What an index that is no key evaluates.
    pub(super) fn evaluated_by_index(&self, index: &PlainIndex) -> Vec<Check> {
        let mut checks = self.evaluated_by(&index.texts, &index.origin);
        let predicate = index.predicate.iter();
        checks.extend(predicate.map(|text| Check::new(text.clone(), index.origin.clone())));
        checks
    }

    fn types_that(&self, is: impl Fn(&UserType) -> bool) -> BTreeMap<String, &QName> {
        let types = self.catalog.types.iter().filter(|(_, kind)| is(kind));
        types.map(|(name, _)| (type_name(name), name)).collect()
    }
}

/// Whether `pg_catalog` has a default operator class for a type whose equality the prover relies on.
fn has_builtin_class(name: &str) -> bool {
    matches!(
        name,
        "text" | "uuid" | "int2" | "int4" | "int8" | "bool" | "date" | "timestamp" | "timestamptz"
    )
}
