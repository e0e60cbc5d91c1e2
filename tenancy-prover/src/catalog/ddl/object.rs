//! Schemas, types, collations, operators, sequences, and what else `create` and `alter` know.

use super::Reader;
use super::cursor::{Cursor, Name};
use super::scan::Kind;
use super::types;
use crate::Dialect;
use crate::catalog::{QName, Relation, SqlType, UserType};

impl Reader {
    /// `create sequence`, behind these words.
    pub(super) fn create_sequence(&mut self, mut cursor: Cursor<'_>, temporary: bool) -> Option<()> {
        let keep = cursor.eat("if not exists");
        let written = cursor.name()?;
        let mut name = self.place(&written)?;
        if temporary {
            self.temporary_schema().clone_into(&mut name.schema);
        }
        if !self.makes(&name, keep)? {
            return Some(());
        }
        let owner = cursor.up_to("owned");
        if let Some(owner) = self.sequence_owner(owner) {
            self.owned_sequences.insert(name.clone(), owner);
        }
        self.add_opaque(name, "a sequence");
        Some(())
    }

    /// The table and the column of `owned by table.column`.
    fn sequence_owner(&self, mut cursor: Cursor<'_>) -> Option<(QName, String)> {
        cursor.expect("owned by")?;
        let mut parts = vec![cursor.identifier()?];
        while cursor.eat_symbol(".") {
            parts.push(cursor.identifier()?);
        }
        let column = parts.pop()?;
        let name = parts.pop()?;
        let table = self.find(&Name {
            schema: parts.pop(),
            name,
        })?;
        Some((table, column))
    }

    /// What `create` makes that is no relation, trigger, rule or function.
    pub(super) fn create_object(&mut self, mut cursor: Cursor<'_>) -> Option<()> {
        if cursor.eat("virtual table") || cursor.eat("foreign table") {
            let keep = cursor.eat("if not exists");
            let name = self.place(&cursor.name()?)?;
            let what = match self.dialect() {
                Dialect::Postgres => "a foreign table",
                Dialect::Sqlite | Dialect::Mysql => "a virtual table",
            };
            if self.makes(&name, keep)? {
                self.virtual_tables.insert(name.name.clone());
                self.add_opaque(name, what);
            }
            // A child that the catalog does not know: its parent is not understood either.
            cursor.group();
            let child = cursor.is("partition of") || cursor.is("inherits");
            return (!child).then_some(());
        }
        if cursor.eat("schema") {
            return self.create_schema(cursor);
        }
        if cursor.eat("type") {
            let name = self.place(&cursor.name()?)?;
            let kind = if cursor.is("as enum") {
                UserType::Enum
            } else {
                UserType::Other
            };
            self.note_type_functions(&name, &cursor);
            self.catalog.types.insert(name, kind);
            return Some(());
        }
        if cursor.eat("domain") {
            return self.create_domain(cursor);
        }
        if cursor.eat("collation") {
            return self.create_collation(cursor);
        }
        if cursor.eat("operator class") {
            return self.create_operator_class(cursor);
        }
        if cursor.is("operator family") {
            return Some(());
        }
        if cursor.eat("operator") {
            let name = operator_name(&mut cursor)?;
            if matches!(name.as_str(), "=" | "<>" | "!=") && !has_builtin_twin(&cursor) {
                self.catalog.loose_equality = true;
            }
            self.catalog.operators.insert(name);
            return Some(());
        }
        if cursor.eat("cast") {
            return self.create_cast(cursor);
        }
        if cursor.eat("policy") {
            return self.create_policy(cursor);
        }
        if cursor.is("event trigger") {
            self.poison_all("an event trigger, which runs code at every later statement".to_owned());
            return Some(());
        }
        if cursor.eat("extension") {
            self.create_extension(cursor);
            return Some(());
        }
        // Privileges, storage, replication and search configurations; an extension brings relations, types and
        // functions of its own, none of which the catalog knows, and changes none that is there.
        cursor
            .eat_any(&[
                "role",
                "user",
                "group",
                "database",
                "tablespace",
                "publication",
                "subscription",
                "server",
                "foreign data wrapper",
                "statistics",
                "text search",
                "access method",
                "language",
                "trusted language",
                "trusted procedural language",
                "procedural language",
                "conversion",
                "transform",
            ])
            .map(|_| ())
    }

    fn create_schema(&mut self, mut cursor: Cursor<'_>) -> Option<()> {
        cursor.eat("if not exists");
        let mut name = if cursor.is("authorization") {
            None
        } else {
            Some(cursor.identifier()?)
        };
        if cursor.eat("authorization") {
            let role = cursor.identifier()?;
            name = name.or(Some(role));
        }
        self.catalog.schemas.insert(name?);
        // `create schema s create table ..` is not read.
        cursor.end()
    }

    fn create_domain(&mut self, mut cursor: Cursor<'_>) -> Option<()> {
        let name = self.place(&cursor.name()?)?;
        cursor.eat("as");
        let base = self.resolve_type(types::parse(&mut cursor)?.ty);
        let mut column = super::column::blank(name.name.clone(), cursor.offset());
        super::column::column_constraints(&mut cursor, &mut column)?;
        // A domain over a domain is born with its default.
        let inherited = || {
            let mut defaults = self.domain_defaults.iter();
            let (_, default) = defaults.find(|(name, _)| type_name(name) == base.name)?;
            Some(default.clone()).filter(|_| base.dimensions == 0)
        };
        if let Some(default) = column.default.clone().or_else(inherited) {
            self.domain_defaults.insert(name.clone(), default);
        }
        for constraint in column.constraints {
            self.add_domain_check(&name, constraint);
        }
        // Under a collation of its own it compares otherwise than its base.
        let exact = |name: &String| matches!(name.as_str(), "C" | "POSIX" | "default" | "ucs_basic");
        let kind = if !column.collation.iter().all(exact) {
            UserType::Other
        } else {
            UserType::Domain(base)
        };
        self.catalog.types.insert(name, kind);
        Some(())
    }

    /// `create collation c (..)` or `create collation c from other`. A name that ever meant a nondeterministic collation
    /// stays one.
    fn create_collation(&mut self, mut cursor: Cursor<'_>) -> Option<()> {
        cursor.eat("if not exists");
        let name = cursor.name()?.name;
        let deterministic = if cursor.eat("from") {
            let source = cursor.name()?;
            // PostgreSQL's own collations are all deterministic.
            self.catalog.collations.get(&source.name).copied().unwrap_or(true)
        } else {
            let options = cursor.group()?;
            options.members().iter_mut().all(|option| {
                option.identifier().is_some_and(|name| name != "deterministic")
                    || (option.eat_symbol("=") && option.eat_any(&["true", "on"]).is_some() && option.done())
            })
        };
        let known = self.catalog.collations.get(&name).copied().unwrap_or(true);
        self.catalog.collations.insert(name, deterministic && known);
        Some(())
    }

    /// A cast through a function can run where no statement names it.
    /// `create cast` with a function: only an explicit cast to the target type runs it, which the prover refuses.
    fn create_cast(&mut self, mut cursor: Cursor<'_>) -> Option<()> {
        let mut types_of = cursor.group()?;
        let source = types::parse(&mut types_of)?.ty;
        types_of.expect("as")?;
        let target = types::parse(&mut types_of)?.ty;
        if !cursor.is("with function") {
            return Some(());
        }
        let implicit = !cursor.up_to("as").done();
        let builtin = types::is_builtin(&source.name) && types::is_builtin(&target.name);
        // `to_json` and its kin look for a cast to json by themselves.
        let json = matches!(target.name.as_str(), "json" | "jsonb");
        self.catalog.cast_targets.insert(target.name.clone());
        if implicit || builtin || json {
            self.poison_all("a cast through a function, which expressions use without naming it".to_owned());
        }
        Some(())
    }

    /// What `alter` changes that is no relation, index or function.
    pub(super) fn alter_object(&mut self, mut cursor: Cursor<'_>) -> Option<()> {
        let foreign = cursor.is("foreign table");
        if cursor.eat("sequence") || cursor.eat("foreign table") {
            let optional = cursor.eat("if exists");
            let written = cursor.name()?;
            let Some(name) = self.find(&written) else {
                return self.absent(&written, optional);
            };
            if self.rename_or_move(&name, &mut cursor.clone(), true).is_some() {
                return Some(());
            }
            let is_sequence = matches!(self.catalog.relations.get(&name), Some(Relation::Opaque { .. }));
            if foreign {
                return super::alter::changes_nothing(&cursor);
            }
            let owner = cursor.up_to("owned");
            if owner.is("owned by none") {
                self.owned_sequences.remove(&name);
            }
            if let Some(owner) = self.sequence_owner(owner).filter(|_| is_sequence) {
                self.owned_sequences.insert(name, owner);
            }
            return Some(());
        }
        let domain = cursor.is("domain");
        if cursor.eat("type") || cursor.eat("domain") {
            return self.alter_type(cursor, domain);
        }
        if cursor.eat("trigger") {
            let old = cursor.identifier()?;
            cursor.expect("on")?;
            let table = self.find(&cursor.name()?)?;
            if cursor.eat("rename to") {
                let new = cursor.identifier()?;
                let triggers = match self.catalog.relations.get_mut(&table)? {
                    Relation::Table(table) => &mut table.triggers,
                    Relation::View(view) => &mut view.triggers,
                    Relation::Opaque { .. } => return Some(()),
                };
                let trigger = triggers.iter_mut().find(|trigger| trigger.name == old)?;
                trigger.name.clone_from(&new);
                let renamed = trigger.clone();
                if self.partitioned.contains(&table) {
                    // Since version 15 the partitions' copies are renamed too; before, they keep the old name.
                    for partition in self.descendants(&table) {
                        let table = self.table_mut(&partition)?;
                        if table.triggers.iter().any(|trigger| trigger.name == old) {
                            table.triggers.push(renamed.clone());
                        }
                    }
                }
                return Some(());
            }
            return cursor.eat_any(&["depends on", "no depends on"]).map(|_| ());
        }
        if cursor.eat("schema") {
            let old = cursor.identifier()?;
            if cursor.eat("owner to") {
                return Some(());
            }
            cursor.expect("rename to")?;
            let new = cursor.identifier()?;
            // Names in functions, views and settings would have to follow.
            self.poison_all(format!("the schema `{old}` was renamed to `{new}`"));
            return Some(());
        }
        if cursor.eat("operator") {
            if cursor.is("class") || cursor.is("family") {
                return self.alter_operator_class(cursor);
            }
            return Some(());
        }
        if ["role", "user", "database", "system"]
            .iter()
            .any(|word| cursor.is(word))
        {
            self.lasting_setting(&cursor);
            return Some(());
        }
        if cursor.eat("collation") {
            let old = cursor.name()?.name;
            if cursor.eat("rename to") {
                let new = cursor.identifier()?;
                let deterministic = *self.catalog.collations.get(&old)?;
                let known = self.catalog.collations.get(&new).copied().unwrap_or(true);
                self.catalog
                    .collations
                    .insert(new.clone(), deterministic && known);
                for column in self.tables_mut().flat_map(|table| &mut table.columns) {
                    if column.collation.as_ref() == Some(&old) {
                        column.collation = Some(new.clone());
                    }
                }
            }
            return Some(());
        }
        if cursor.eat("policy") {
            return self.alter_policy(cursor);
        }
        if cursor.eat("rule") {
            return self.rename_rule(cursor);
        }
        cursor
            .eat_any(&[
                "default privileges",
                "extension",
                "publication",
                "subscription",
                "server",
                "user mapping",
                "foreign data wrapper",
                "statistics",
                "text search",
                "tablespace",
                "group",
                "language",
                "procedural language",
                "large object",
                "conversion",
                "event trigger",
            ])
            .map(|_| ())
    }

    fn alter_type(&mut self, mut cursor: Cursor<'_>, domain: bool) -> Option<()> {
        let written = cursor.name()?;
        let Some(name) = self
            .candidates(&written)
            .into_iter()
            .find(|name| self.catalog.types.contains_key(name))
        else {
            // A type that something else made (a `do` block, an extension): columns keep naming it.
            return (!cursor.is("rename to") && !cursor.is("set schema")).then_some(());
        };
        let new = if cursor.eat("rename to") {
            QName {
                schema: name.schema.clone(),
                name: cursor.identifier()?,
            }
        } else if cursor.eat("set schema") {
            QName {
                schema: cursor.identifier()?,
                name: name.name.clone(),
            }
        } else {
            if cursor.eat("set default") {
                self.domain_defaults.insert(name, cursor.source_text().to_owned());
            } else if cursor.eat("drop default") {
                self.domain_defaults.remove(&name);
            } else if domain && cursor.eat("add") {
                let constraint = super::column::parse_constraint(&mut cursor)?;
                self.add_domain_check(&name, constraint);
            }
            // Values, attributes, constraints, owner.
            return Some(());
        };
        let kind = self.catalog.types.remove(&name)?;
        self.catalog.types.insert(new.clone(), kind);
        if let Some(default) = self.domain_defaults.remove(&name) {
            self.domain_defaults.insert(new.clone(), default);
        }
        if let Some(checks) = self.type_checks.remove(&name) {
            self.type_checks.insert(new.clone(), checks);
        }
        let (old, new) = (type_name(&name), type_name(&new));
        for column in self.tables_mut().flat_map(|table| &mut table.columns) {
            if column.ty.name == old {
                column.ty.name.clone_from(&new);
            }
        }
        for kind in self.catalog.types.values_mut() {
            match kind {
                UserType::Domain(base) if base.name == old => base.name.clone_from(&new),
                UserType::Domain(_) | UserType::Enum | UserType::Other => {}
            }
        }
        Some(())
    }

    /// A column of a domain with a default takes it, if it has none of its own.
    pub(super) fn resolve_domain_defaults(&mut self) {
        let defaults: Vec<(String, String)> = self
            .domain_defaults
            .iter()
            .map(|(name, default)| (type_name(name), default.clone()))
            .collect();
        for column in self.tables_mut().flat_map(|table| &mut table.columns) {
            let scalar = |ty: &SqlType| ty.dimensions == 0;
            if let Some((_, default)) = defaults.iter().find(|(name, _)| *name == column.ty.name)
                && column.default.is_none()
                && scalar(&column.ty)
            {
                column.default = Some(default.clone());
            }
        }
    }

    /// Tables that belong to a virtual table hold its contents in another form; `sqlite_..` tables are SQLite's own.
    pub(super) fn hide_shadow_tables(&mut self) {
        let virtual_tables = std::mem::take(&mut self.virtual_tables);
        let sqlite = self.dialect() == Dialect::Sqlite;
        for (name, relation) in &mut self.catalog.relations {
            let shadows = |owner: &String| {
                let rest = name.name.strip_prefix(owner.as_str());
                rest.is_some_and(|rest| SHADOWS.contains(&rest))
            };
            let what = if sqlite && name.name.starts_with("sqlite_") {
                "a table of SQLite's own"
            } else if sqlite && virtual_tables.iter().any(shadows) {
                "a table that belongs to a virtual table"
            } else {
                continue;
            };
            // The real ones reference nothing; what does is a table of the project's own.
            if let Relation::Table(table) = &*relation
                && table.foreign_keys.is_empty()
                && table.triggers.is_empty()
            {
                *relation = Relation::Opaque {
                    origin: table.origin.clone(),
                    what: what.to_owned(),
                };
            }
        }
    }
}

/// What the names of the tables behind a virtual table end in: fts5, fts3 and fts4, rtree.
const SHADOWS: &[&str] = &[
    "_data",
    "_idx",
    "_content",
    "_docsize",
    "_config",
    "_segments",
    "_segdir",
    "_stat",
    "_node",
    "_rowid",
    "_parent",
];

/// How a column's type names a user's type.
pub(super) fn type_name(name: &QName) -> String {
    if matches!(name.schema.as_str(), "public" | "") && !types::is_builtin(&name.name) {
        name.name.clone()
    } else {
        format!("{}.{}", name.schema, name.name)
    }
}

/// `===`, `schema.===`: the symbols alone.
fn operator_name(cursor: &mut Cursor<'_>) -> Option<String> {
    if cursor.peek()?.kind != Kind::Symbol {
        cursor.identifier()?;
        cursor.eat_symbol(".").then_some(())?;
    }
    let token = cursor.skip().filter(|token| token.kind == Kind::Symbol)?;
    Some(cursor.text(token).to_owned())
}

/// Whether `pg_catalog` has that very operator, which then is found first: `(leftarg = text, rightarg = text, ..)`.
fn has_builtin_twin(definition: &Cursor<'_>) -> bool {
    let argument = |side: &str| {
        let mut group = definition.clone().group()?.up_to(side);
        group.expect(side)?;
        if !group.eat_symbol("=") {
            return None;
        }
        let ty = types::parse(&mut group)?.ty;
        (ty.dimensions == 0).then_some(ty.name)
    };
    let integer = |name: &str| matches!(name, "int2" | "int4" | "int8");
    match (argument("leftarg"), argument("rightarg")) {
        (Some(left), Some(right)) => {
            (integer(&left) && integer(&right))
                || (left == right
                    && matches!(
                        left.as_str(),
                        "text" | "uuid" | "bool" | "date" | "timestamp" | "timestamptz"
                    ))
        }
        _ => false,
    }
}
