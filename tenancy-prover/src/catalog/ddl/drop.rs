//! `drop`.

use super::Reader;
use super::cursor::Cursor;
use super::mention::Mentions;
use super::object::type_name;
use crate::Dialect;
use crate::catalog::{Column, QName, Relation};

impl Reader {
    /// `drop ..`, from that word on.
    pub(super) fn drop_objects(&mut self, mut cursor: Cursor<'_>) -> Option<()> {
        cursor.expect("drop")?;
        if cursor
            .eat_any(&["table", "foreign table", "materialized view", "view", "sequence"])
            .is_some()
        {
            return self.drop_relations(cursor);
        }
        if cursor.eat("index") {
            return self.drop_index(cursor);
        }
        if cursor.eat("trigger") {
            return self.drop_trigger(cursor);
        }
        if cursor.eat("rule") {
            return self.drop_rule(cursor);
        }
        if cursor
            .eat_any(&["function", "procedure", "routine", "aggregate"])
            .is_some()
        {
            return self.drop_routine(cursor);
        }
        if cursor.eat("schema") {
            return self.drop_schema(cursor);
        }
        if cursor.eat("type") || cursor.eat("domain") {
            return self.drop_type(cursor);
        }
        if cursor.is("extension") {
            if !cursor.clone().up_to("cascade").done() {
                self.poison_all(
                    "`drop extension .. cascade`, which can drop columns, indexes and views".to_owned(),
                );
            }
            return Some(());
        }
        if cursor.eat("policy") {
            return self.drop_policy(cursor);
        }
        if cursor.is("owned") {
            self.poison_all("`drop owned`, which drops what it does not name".to_owned());
            return Some(());
        }
        if ["operator", "collation", "cast"]
            .iter()
            .any(|word| cursor.is(word))
        {
            let what = "`drop .. cascade` of an operator, collation or cast".to_owned();
            if !cursor.clone().up_to("cascade").done() {
                self.poison_all(what);
            }
            // Without `cascade` nothing used it. That it is gone is not recorded: knowing more of them refuses more.
            return Some(());
        }
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
                "procedural language",
                "conversion",
                "transform",
                "event trigger",
            ])
            .map(|_| ())
    }

    fn drop_relations(&mut self, mut cursor: Cursor<'_>) -> Option<()> {
        let optional = cursor.eat("if exists");
        let mut dropped = Vec::new();
        let mut cascade = false;
        for mut member in cursor.members() {
            let written = member.name()?;
            cascade |= member.cascade();
            member.end()?;
            match self.find(&written) {
                Some(name) => dropped.push(name),
                None => self.absent(&written, optional)?,
            }
        }
        for name in dropped {
            self.drop_relation(&name, cascade);
        }
        Some(())
    }

    /// Takes a relation away, and what cannot be without it.
    fn drop_relation(&mut self, name: &QName, cascade: bool) {
        // Partitions and, with `cascade`, inheritance children go with their parent.
        for child in self.descendants(name) {
            self.remove(&child);
        }
        let sequence = !matches!(
            self.catalog.relations.get(name),
            Some(Relation::Table(_) | Relation::View(_))
        );
        self.remove(name);
        if cascade {
            let what = format!(
                "`drop .. {} cascade`, which can drop views and defaults",
                name.name
            );
            self.poison_views_of(&name.name, &what);
            if sequence {
                self.poison_defaults_that_mention(&name.name, &what);
            } else {
                // Columns of its row type go, and what functions over it made.
                self.poison_users_of_type(name);
            }
        }
    }

    fn remove(&mut self, name: &QName) {
        self.catalog.relations.remove(name);
        self.partitioned.remove(name);
        self.owned_sequences.remove(name);
        self.view_mentions.remove(name);
        self.plain_indexes.retain(|_, index| index.table != *name);
        self.own_columns.retain(|(table, _)| table != name);
        self.inherited_keys.retain(|(table, _)| table != name);
        self.drop_owned_sequences(name, None);
        if self.dialect() == Dialect::Postgres {
            // SQLite keeps them: they mean whatever table has that name when they are checked.
            for table in self.tables_mut() {
                table.foreign_keys.retain(|key| key.parent != *name);
                table
                    .security
                    .policies
                    .retain(|policy| !super::policy::reads(policy, name, None));
            }
        }
    }

    fn poison_defaults_that_mention(&mut self, name: &str, what: &str) {
        let users: Vec<QName> = self
            .tables()
            .filter(|table| {
                let mut defaults = table.columns.iter().filter_map(|column| column.default.as_ref());
                defaults.any(|default| Mentions::of(default).name(name))
            })
            .map(|table| table.name.clone())
            .collect();
        for user in users {
            self.poison_relation(&user, what.to_owned());
        }
    }

    fn drop_rule(&mut self, mut cursor: Cursor<'_>) -> Option<()> {
        let optional = cursor.eat("if exists");
        let rule = cursor.identifier()?;
        cursor.expect("on")?;
        let written = cursor.name()?;
        let Some(table) = self.find(&written) else {
            return self.absent(&written, optional);
        };
        match self.catalog.relations.get_mut(&table)? {
            Relation::Table(table) => table.rules.retain(|other| other.name != rule),
            Relation::View(view) => view.rules.retain(|other| other.name != rule),
            Relation::Opaque { .. } => {}
        }
        Some(())
    }

    fn drop_schema(&mut self, mut cursor: Cursor<'_>) -> Option<()> {
        cursor.eat("if exists");
        let mut schemas = Vec::new();
        let mut cascade = false;
        for mut member in cursor.members() {
            schemas.push(member.identifier()?);
            cascade |= member.cascade();
            member.end()?;
        }
        for schema in schemas {
            let default = schema == self.catalog.home;
            let inside = |name: &&QName| name.schema == schema;
            let relations: Vec<QName> = self.catalog.relations.keys().filter(inside).cloned().collect();
            for relation in &relations {
                self.drop_relation(relation, cascade);
            }
            let types: Vec<QName> = self.catalog.types.keys().filter(inside).cloned().collect();
            for name in &types {
                self.drop_one_type(name, cascade);
            }
            let routines: Vec<QName> = self
                .routines
                .keys()
                .map(|(name, _)| name)
                .filter(inside)
                .cloned()
                .collect();
            for table in self.tables_mut() {
                table.triggers.retain(|trigger| {
                    !trigger
                        .function
                        .as_ref()
                        .is_some_and(|name| routines.contains(name))
                });
            }
            self.routines.retain(|(name, _), _| name.schema != schema);
            for routine in &routines {
                self.poison_users_of(&routine.name);
            }
            self.plain_indexes.retain(|name, _| name.schema != schema);
            if !default {
                self.catalog.schemas.remove(&schema);
            }
        }
        Some(())
    }

    fn drop_type(&mut self, mut cursor: Cursor<'_>) -> Option<()> {
        cursor.eat("if exists");
        let cascade = cursor.clone().up_to("cascade").eat("cascade");
        for mut member in cursor.members() {
            let written = member.name()?;
            member.cascade();
            member.end()?;
            let name = self
                .candidates(&written)
                .into_iter()
                .find(|name| self.catalog.types.contains_key(name));
            match name.or_else(|| self.place(&written)) {
                Some(name) => self.drop_one_type(&name, cascade),
                None => return None,
            }
        }
        Some(())
    }

    /// `cascade` drops the columns of that type, and what uses them.
    fn drop_one_type(&mut self, name: &QName, cascade: bool) {
        self.catalog.types.remove(name);
        self.domain_defaults.remove(name);
        if !cascade {
            return;
        }
        self.poison_users_of_type(name);
    }

    /// What `cascade` may drop where a type goes: columns of it, and what functions over it made.
    fn poison_users_of_type(&mut self, name: &QName) {
        let column_type = type_name(name);
        let uses = |column: &Column| column.ty.name == column_type;
        let users: Vec<QName> = self
            .tables()
            .filter(|table| table.columns.iter().any(uses))
            .map(|table| table.name.clone())
            .collect();
        let what = format!("`drop {} cascade`, which drops columns of that type", name.name);
        for user in users {
            self.poison_relation(&user, what.clone());
            self.poison_views_of(&user.name, &what);
        }
        let functions: Vec<String> = self
            .routines
            .keys()
            .filter(|(_, arguments)| !arguments.is_empty() && Mentions::of(arguments).name(&name.name))
            .map(|(function, _)| function.name.clone())
            .collect();
        for function in functions {
            self.poison_users_of(&function);
        }
    }
}
