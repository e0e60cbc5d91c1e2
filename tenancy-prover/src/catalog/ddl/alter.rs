//! `alter table`, action by action. (Columns: `alter_column.rs`; renames and moves: `rename.rs`.)

use std::collections::BTreeSet;

use super::Reader;
use super::attach::column_names;
use super::column::{alter_attributes, is_table_constraint, parse_constraint};
use super::cursor::Cursor;
use super::names::looks_generated;
use super::table::partition_bound;
use crate::Dialect;
use crate::catalog::{ForeignKey, Key, KeyKind, QName, Relation, Table};

impl Reader {
    /// `alter table`, behind these words.
    pub(super) fn alter_table(&mut self, mut cursor: Cursor<'_>) -> Option<()> {
        if cursor.eat("all in tablespace") {
            return Some(());
        }
        let optional = cursor.eat("if exists");
        let only = cursor.eat("only");
        let written = cursor.name()?;
        // `t *` is the old spelling of "and its children".
        cursor.eat_symbol("*");
        let Some(name) = self.find(&written) else {
            if self.rename_index(&written, &mut cursor.clone()).is_some() {
                return Some(());
            }
            return self.absent(&written, optional);
        };
        if self.rename_or_move(&name, &mut cursor.clone(), only).is_some() {
            return Some(());
        }
        if !matches!(self.catalog.relations.get(&name)?, Relation::Table(_)) {
            for mut action in cursor.members() {
                let mut options = action.clone();
                match (options.eat_any(&["set", "reset"]), options.group()) {
                    (Some(word), Some(group)) => {
                        options.end()?;
                        self.view_options(&name, word == "set", &group)?;
                    }
                    // What is not understood can come to reference or inherit from what is.
                    (Some(_) | None, _) => ignorable(&mut action)?,
                }
            }
            return Some(());
        }
        // The server's order: what goes, types, columns, what is said of columns, constraints, the rest.
        let mut actions = cursor.members();
        actions.sort_by_key(pass);
        for mut action in actions {
            self.alter_action(&name, &mut action, only)?;
        }
        Some(())
    }

    fn alter_action(&mut self, name: &QName, action: &mut Cursor<'_>, only: bool) -> Option<()> {
        if action.eat("add") {
            if is_table_constraint(action) {
                return self.add_constraint(name, parse_constraint(action)?, !only);
            }
            action.eat("column");
            return self.add_column(name, action, only);
        }
        if action.eat("drop constraint") {
            let optional = action.eat("if exists");
            let constraint = action.identifier()?;
            let cascade = action.cascade();
            action.end()?;
            return self.drop_constraint(name, &constraint, optional, only, cascade);
        }
        if action.eat("drop column") || action.eat("drop") {
            let optional = action.eat("if exists");
            let column = action.identifier()?;
            let cascade = action.cascade();
            action.end()?;
            return self.drop_column(name, &column, optional, only, cascade);
        }
        if action.eat("validate constraint") {
            let constraint = action.identifier()?;
            return self.each_foreign_key(name, &constraint, |key| key.validated = !key.distrusted);
        }
        if action.eat("alter constraint") {
            let constraint = action.identifier()?;
            let (deferrable, enforced) = alter_attributes(action)?;
            return self.each_foreign_key(name, &constraint, |key| {
                key.deferrable = deferrable.unwrap_or(key.deferrable);
                key.validated = enforced.unwrap_or(key.validated) && !key.distrusted;
            });
        }
        if action.eat("alter column") || action.eat("alter") {
            return self.alter_column(name, action, only);
        }
        if action.eat("attach partition") {
            let child = self.find_table(&action.name()?)?;
            partition_bound(action)?;
            action.end()?;
            return self.attach_partition(name, &child);
        }
        if action.eat("detach partition") {
            let child = self.find(&action.name()?)?;
            return self.leave_parent(&child, name);
        }
        if action.eat("inherit") {
            let parent = self.find_table(&action.name()?)?;
            self.has_families = true;
            let table = self.table_mut(name)?;
            table.parents.push(parent);
            let own: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
            self.own_columns
                .extend(own.into_iter().map(|column| (name.clone(), column)));
            return action.end();
        }
        if action.eat("no inherit") {
            let parent = self.find(&action.name()?)?;
            return self.leave_parent(name, &parent);
        }
        if action
            .eat_any(&["disable trigger", "enable replica trigger"])
            .is_some()
        {
            let trigger = action.identifier()?;
            if trigger == "all" || trigger.to_ascii_lowercase().starts_with("ri_constrainttrigger") {
                // The foreign keys' own triggers: rows may come in that nothing checks, in either direction.
                self.distrust_foreign_keys(|table, key| table.name == *name || key.parent == *name);
            }
            return action.end();
        }
        if let Some(switch) = action.eat_any(&[
            "enable row level security",
            "disable row level security",
            "force row level security",
            "no force row level security",
        ]) {
            let security = &mut self.table_mut(name)?.security;
            match switch {
                "enable row level security" => security.enabled = true,
                "disable row level security" => security.enabled = false,
                "force row level security" => security.forced = true,
                _ => security.forced = false,
            }
            return action.end();
        }
        ignorable(action)
    }

    /// `detach partition`, `no inherit`: what was taken over stays.
    fn leave_parent(&mut self, child: &QName, parent: &QName) -> Option<()> {
        self.table_mut(child)?.parents.retain(|other| other != parent);
        Some(())
    }

    /// Rows may have come in unchecked: such a key proves nothing any more. (The server takes it for validated, so
    /// `validate constraint` checks nothing either.)
    pub(super) fn distrust_foreign_keys(&mut self, which: impl Fn(&Table, &ForeignKey) -> bool) {
        for table in self.tables_mut() {
            let mut keys = std::mem::take(&mut table.foreign_keys);
            for key in &mut keys {
                key.distrusted |= which(table, key);
                key.validated &= !key.distrusted;
            }
            table.foreign_keys = keys;
        }
    }

    /// Changes a foreign key and its copies on partitions; a check constraint of that name is not modelled.
    fn each_foreign_key(
        &mut self,
        name: &QName,
        constraint: &str,
        change: impl Fn(&mut ForeignKey),
    ) -> Option<()> {
        let table = self.table(name)?;
        let Some(found) = table
            .foreign_keys
            .iter()
            .find(|key| key.name.as_deref() == Some(constraint))
        else {
            return (!looks_generated(constraint)).then_some(());
        };
        let (columns, parent) = (column_names(table, &found.columns), found.parent.clone());
        let mut tables = if self.partitioned.contains(name) {
            self.descendants(name)
        } else {
            Vec::new()
        };
        tables.push(name.clone());
        for table in tables {
            let table = self.table_mut(&table)?;
            let mut keys = std::mem::take(&mut table.foreign_keys);
            for key in &mut keys {
                if key.parent == parent && column_names(table, &key.columns) == columns {
                    change(key);
                }
            }
            table.foreign_keys = keys;
        }
        Some(())
    }

    /// `drop constraint`: a key, a foreign key, or a check, which is not modelled.
    fn drop_constraint(
        &mut self,
        name: &QName,
        constraint: &str,
        optional: bool,
        only: bool,
        cascade: bool,
    ) -> Option<()> {
        let table = self.table(name)?;
        let named = |other: &Option<String>| other.as_deref() == Some(constraint);
        let key = table.keys.iter().position(|key| named(&key.name));
        let foreign = table.foreign_keys.iter().find(|key| named(&key.name)).cloned();
        let recurse = !only && self.partitioned.contains(name);
        match (key, foreign) {
            (Some(key), _) => self.drop_key(name, key, recurse, cascade),
            (None, Some(key)) => {
                let columns = column_names(self.table(name)?, &key.columns);
                let mut tables = if recurse {
                    self.descendants(name)
                } else {
                    Vec::new()
                };
                tables.push(name.clone());
                for table in tables {
                    let own = table == *name;
                    let table = self.table_mut(&table)?;
                    let mut keys = std::mem::take(&mut table.foreign_keys);
                    keys.retain(|other| {
                        !if own {
                            other.name == key.name
                        } else {
                            other.parent == key.parent && column_names(table, &other.columns) == columns
                        }
                    });
                    table.foreign_keys = keys;
                }
            }
            // Keys and foreign keys have the names that the DDL gives or PostgreSQL generates: what has neither is a
            // check (or `not null`) constraint.
            (None, None) => {
                self.drop_check(name, constraint);
                return (optional || !looks_generated(constraint)).then_some(());
            }
        }
        Some(())
    }

    /// Removes a table's key and, if asked, what its partitions have of it.
    pub(super) fn drop_key(&mut self, name: &QName, index: usize, recurse: bool, cascade: bool) {
        let Some(table) = self.table_mut(name).filter(|table| index < table.keys.len()) else {
            return;
        };
        let key = table.keys.remove(index);
        let parts = part_names(table, &key);
        if cascade {
            self.drop_references_to(name, &key, &parts);
        }
        let partitions = if recurse && self.partitioned.contains(name) {
            self.descendants(name)
        } else {
            Vec::new()
        };
        for partition in partitions {
            let Some(table) = self.table(&partition) else {
                continue;
            };
            let found = table.keys.iter().position(|other| {
                let inherited = other
                    .name
                    .as_ref()
                    .is_some_and(|name| self.inherited_keys.contains(&(partition.clone(), name.clone())));
                inherited && other.kind == key.kind && part_names(table, other) == parts
            });
            if let Some(found) = found {
                self.drop_key(&partition, found, false, cascade);
            }
        }
    }

    /// `cascade`: foreign keys that stood on the dropped key go with it. Where another key of the same columns is left,
    /// it is not known on which of them they stood: they stay, and prove nothing.
    pub(super) fn drop_references_to(&mut self, parent: &QName, dropped: &Key, columns: &[Option<String>]) {
        if self.dialect() == Dialect::Sqlite || !can_be_referenced(dropped) {
            return;
        }
        let columns: BTreeSet<Option<&str>> = columns.iter().map(Option::as_deref).collect();
        let same = |others: &[Option<String>]| {
            others.iter().map(Option::as_deref).collect::<BTreeSet<_>>() == columns
        };
        let backed = self.table(parent).is_some_and(|table| {
            table
                .keys
                .iter()
                .any(|key| can_be_referenced(key) && same(&part_names(table, key)))
        });
        for table in self.tables_mut() {
            table.foreign_keys.retain_mut(|key| {
                let referenced: BTreeSet<Option<&str>> = key
                    .parent_columns
                    .iter()
                    .map(|column| Some(column.as_str()))
                    .collect();
                let stood = key.parent == *parent && (referenced == columns || referenced.is_empty());
                key.validated &= !stood;
                !stood || backed || referenced.is_empty()
            });
        }
    }
}

/// True if a foreign key can stand on that key.
fn can_be_referenced(key: &Key) -> bool {
    key.kind != KeyKind::Exclusion && key.predicate.is_none() && !key.deferrable
}

/// When PostgreSQL runs an action of `alter table`, whatever the order in which they are written.
fn pass(action: &Cursor<'_>) -> u8 {
    let mut action = action.clone();
    if action.is("drop") {
        return 0;
    }
    if action.eat("add") {
        return if is_table_constraint(&action) { 4 } else { 2 };
    }
    if action.eat("alter constraint") {
        return 5;
    }
    if action.eat("alter column") || action.eat("alter") {
        action.skip();
        return match action.word().as_str() {
            "drop" => 0,
            "type" => 1,
            "set" if action.is("set data type") => 1,
            "set" if action.is("set default") => 4,
            _ => 3,
        };
    }
    5
}

/// `Some` if all actions are of those that change nothing that the catalog models.
pub(super) fn changes_nothing(actions: &Cursor<'_>) -> Option<()> {
    for mut action in actions.members() {
        ignorable(&mut action)?;
    }
    Some(())
}

/// The column names of a key's parts; nothing for expressions.
pub(super) fn part_names(table: &Table, key: &Key) -> Vec<Option<String>> {
    let column = |part| {
        Some(
            table
                .columns
                .get(super::attach::plain_column(part)?)?
                .name
                .clone(),
        )
    };
    key.parts.iter().map(column).collect()
}

/// Actions that change nothing that the catalog models. A trigger or rule that is switched off stays in the catalog, where
/// it can only make a statement be refused; the rest is storage and privileges.
fn ignorable(action: &mut Cursor<'_>) -> Option<()> {
    const ACTIONS: &[&str] = &[
        "owner to",
        "enable trigger",
        "enable always trigger",
        "enable replica trigger",
        "disable trigger",
        "enable rule",
        "enable always rule",
        "enable replica rule",
        "disable rule",
        "cluster on",
        "set without cluster",
        "set without oids",
        "set tablespace",
        "set logged",
        "set unlogged",
        "set access method",
        "replica identity",
    ];
    if action.eat("set") || action.eat("reset") {
        if action.group().is_some() {
            return action.end();
        }
        return action
            .eat_any(&["without", "tablespace", "logged", "unlogged", "access method"])
            .map(|_| ());
    }
    action.eat_any(ACTIONS).map(|_| ())
}
