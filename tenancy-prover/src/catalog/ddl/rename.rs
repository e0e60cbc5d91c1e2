//! Renames and moves between schemas: everything that refers to the old name follows, or is poisoned.

use std::collections::BTreeMap;

use super::Reader;
use super::cursor::{Cursor, Name, fold};
use super::scan::{Kind, Scanner};
use crate::Dialect;
use crate::catalog::{KeyPart, QName, Relation, Table};

impl Reader {
    /// `rename ..` and `set schema ..` of a relation; nothing if the action is another one.
    pub(super) fn rename_or_move(&mut self, name: &QName, cursor: &mut Cursor<'_>, only: bool) -> Option<()> {
        if cursor.eat("set schema") {
            let schema = cursor.identifier()?;
            cursor.end()?;
            return self.move_relation(
                name,
                &QName {
                    schema,
                    name: name.name.clone(),
                },
            );
        }
        cursor.expect("rename")?;
        if cursor.eat("to") {
            let new = QName {
                schema: name.schema.clone(),
                name: cursor.identifier()?,
            };
            cursor.end()?;
            return self.move_relation(name, &new);
        }
        if cursor.eat("constraint") {
            let old = cursor.identifier()?;
            cursor.expect("to")?;
            let new = cursor.identifier()?;
            cursor.end()?;
            let table = self.table_mut(name)?;
            let keys = table.keys.iter_mut().map(|key| &mut key.name);
            let foreign = table.foreign_keys.iter_mut().map(|key| &mut key.name);
            for slot in keys.chain(foreign).filter(|slot| slot.as_deref() == Some(&old)) {
                *slot = Some(new.clone());
            }
            return Some(());
        }
        cursor.eat("column");
        let old = cursor.identifier()?;
        cursor.expect("to")?;
        let new = cursor.identifier()?;
        cursor.end()?;
        match self.catalog.relations.get_mut(name)? {
            Relation::Opaque { .. } => Some(()),
            Relation::View(view) => {
                *view.columns.iter_mut().find(|column| **column == old)? = new;
                Some(())
            }
            Relation::Table(_) => self.rename_column(name, &old, &new, only),
        }
    }

    fn rename_column(&mut self, name: &QName, old: &str, new: &str, only: bool) -> Option<()> {
        let mut tables = if only { Vec::new() } else { self.descendants(name) };
        tables.push(name.clone());
        let dialect = self.dialect();
        for renamed in tables {
            let table = self.table_mut(&renamed)?;
            rename_in_table(table, old, new, dialect)?;
            for other in self.tables_mut() {
                for key in other.foreign_keys.iter_mut().filter(|key| key.parent == renamed) {
                    for column in key.parent_columns.iter_mut().filter(|column| *column == old) {
                        new.clone_into(column);
                    }
                }
            }
            let what = format!(
                "column `{old}` of `{}` was renamed after the view: create it again",
                renamed.name
            );
            self.poison_views_where(&renamed.name, &what, |query| {
                super::view::has_star(query) || super::mention::Mentions::of(query).name(old)
            });
            self.capture_in_views(&renamed, new);
        }
        Some(())
    }

    /// Gives a relation another name or schema.
    pub(super) fn move_relation(&mut self, old: &QName, new: &QName) -> Option<()> {
        if self.catalog.relations.contains_key(new) {
            return None;
        }
        let mut relation = self.catalog.relations.remove(old)?;
        match &mut relation {
            Relation::Table(table) => table.name.clone_from(new),
            Relation::View(view) => view.name.clone_from(new),
            Relation::Opaque { .. } => {}
        }
        self.catalog.relations.insert(new.clone(), relation);
        let follow = |name: &mut QName| {
            if name == old {
                name.clone_from(new);
            }
        };
        if !self.legacy_alter_table {
            for table in self.tables_mut() {
                table
                    .foreign_keys
                    .iter_mut()
                    .for_each(|key| follow(&mut key.parent));
                table.parents.iter_mut().for_each(follow);
            }
        }
        self.owned_sequences.values_mut().for_each(follow);
        self.plain_indexes.values_mut().for_each(follow);
        if let Some(mentions) = self.view_mentions.remove(old) {
            self.view_mentions.insert(new.clone(), mentions);
        }
        let moved: Vec<(QName, String)> = self
            .own_columns
            .iter()
            .filter(|(table, _)| table == old)
            .cloned()
            .collect();
        for (table, column) in moved {
            self.own_columns.remove(&(table, column.clone()));
            self.own_columns.insert((new.clone(), column));
        }
        if old.schema != new.schema {
            self.move_belongings(new);
        }
        if let Some(table) = self.owned_sequences.remove(old) {
            self.owned_sequences.insert(new.clone(), table);
        }
        if self.partitioned.remove(old) {
            self.partitioned.insert(new.clone());
        }
        let what = format!(
            "`{}` was renamed or moved after the view: create it again",
            old.name
        );
        self.poison_views_of(&old.name, &what);
        Some(())
    }

    /// A table's sequences and indexes move to its new schema with it.
    fn move_belongings(&mut self, table: &QName) {
        let owned = |names: &BTreeMap<QName, QName>| -> Vec<QName> {
            names
                .iter()
                .filter(|(_, owner)| *owner == table)
                .map(|(name, _)| name.clone())
                .collect()
        };
        let (sequences, indexes) = (owned(&self.owned_sequences), owned(&self.plain_indexes));
        for index in indexes {
            self.plain_indexes.remove(&index);
            self.plain_indexes.insert(
                QName {
                    schema: table.schema.clone(),
                    name: index.name,
                },
                table.clone(),
            );
        }
        for sequence in sequences {
            let moved = QName {
                schema: table.schema.clone(),
                name: sequence.name.clone(),
            };
            let (from, to) = (sequence.to_string(), moved.to_string());
            self.move_relation(&sequence, &moved);
            let columns = self
                .table_mut(table)
                .into_iter()
                .flat_map(|table| &mut table.columns);
            for default in columns.filter_map(|column| column.default.as_mut()) {
                if *default == format!("nextval('{from}'::regclass)") {
                    *default = format!("nextval('{to}'::regclass)");
                }
            }
        }
    }

    /// `alter index` and `alter table` rename indexes too.
    pub(super) fn rename_index(&mut self, written: &Name, cursor: &mut Cursor<'_>) -> Option<()> {
        let candidates = self.candidates(written);
        if cursor.eat("rename to") {
            let new = cursor.identifier()?;
            cursor.end()?;
            let plain = candidates
                .into_iter()
                .find(|name| self.plain_indexes.contains_key(name));
            if let Some(plain) = plain {
                let table = self.plain_indexes.remove(&plain)?;
                self.plain_indexes.insert(
                    QName {
                        schema: plain.schema,
                        name: new,
                    },
                    table,
                );
                return Some(());
            }
            let (table, index) = self.find_key(written)?;
            self.table_mut(&table)?.keys.get_mut(index)?.name = Some(new);
            return Some(());
        }
        None
    }

    /// The table and the position of the key with that index name.
    pub(super) fn find_key(&self, written: &Name) -> Option<(QName, usize)> {
        self.candidates(written).into_iter().find_map(|wanted| {
            self.tables()
                .filter(|table| table.name.schema == wanted.schema)
                .find_map(|table| {
                    let index = table
                        .keys
                        .iter()
                        .position(|key| key.name.as_deref() == Some(&wanted.name))?;
                    Some((table.name.clone(), index))
                })
        })
    }
}

fn rename_in_table(table: &mut Table, old: &str, new: &str, dialect: Dialect) -> Option<()> {
    let column = table.columns.iter_mut().find(|column| column.name == old)?;
    new.clone_into(&mut column.name);
    let replace = |text: &mut String| *text = replace_name(text, old, new, dialect);
    for column in &mut table.columns {
        column.generated.as_mut().map(replace);
    }
    for key in &mut table.keys {
        key.predicate.as_mut().map(replace);
        for part in &mut key.parts {
            match part {
                KeyPart::Expression(text) => replace(text),
                KeyPart::Column(_) => {}
            }
        }
    }
    for trigger in &mut table.triggers {
        for column in trigger
            .on_update
            .iter_mut()
            .flatten()
            .filter(|column| *column == old)
        {
            new.clone_into(column);
        }
    }
    Some(())
}

/// `text` with every identifier `old` replaced by `new`, quoted.
fn replace_name(text: &str, old: &str, new: &str, dialect: Dialect) -> String {
    let mut scanner = Scanner::new(text, dialect);
    let mut result = String::with_capacity(text.len());
    let mut copied = 0;
    while let Some(token) = scanner.next_token() {
        let spelled = text.get(token.start..token.end).unwrap_or("");
        let named = matches!(token.kind, Kind::Word | Kind::Quoted);
        if named && fold(spelled, token.kind, dialect).as_deref() == Some(old) {
            result.push_str(text.get(copied..token.start).unwrap_or(""));
            result.push('"');
            result.push_str(&new.replace('"', "\"\""));
            result.push('"');
            copied = token.end;
        }
    }
    result.push_str(text.get(copied..).unwrap_or(""));
    result
}
