//! Renames and moves between schemas: everything that refers to the old name follows, or is poisoned.

use super::Reader;
use super::cursor::{Cursor, Name, fold};
use super::index::Index;
use super::scan::{Kind, Scanner};
use crate::Dialect;
use crate::catalog::{Key, KeyPart, QName, Relation, Table};

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
            self.rename_check(name, &old, &new);
            return self.rename_key(name, &old, new);
        }
        cursor.eat("column");
        let old = cursor.identifier()?;
        cursor.expect("to")?;
        let new = cursor.identifier()?;
        cursor.end()?;
        let dialect = self.dialect();
        match self.catalog.relations.get_mut(name)? {
            Relation::Opaque { .. } => Some(()),
            Relation::View(view) => {
                *view.columns.iter_mut().find(|column| **column == old)? = new.clone();
                let what = format!(
                    "column `{old}` of `{}` was renamed after the view: create it again",
                    name.name
                );
                self.poison_views_where(&name.name, &what, |query| {
                    super::view::has_star(query, dialect) || super::mention::Mentions::of(query).name(&old)
                });
                self.capture_in_views(name, &new);
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
            self.rename_in_belongings(&renamed, old, new);
            for other in self.tables_mut() {
                for key in other.foreign_keys.iter_mut().filter(|key| key.parent == renamed) {
                    for column in key.parent_columns.iter_mut().filter(|column| *column == old) {
                        new.clone_into(column);
                    }
                }
                super::policy::rename_column(other, &renamed, old, new);
            }
            let what = format!(
                "column `{old}` of `{}` was renamed after the view: create it again",
                renamed.name
            );
            self.poison_views_where(&renamed.name, &what, |query| {
                super::view::has_star(query, dialect) || super::mention::Mentions::of(query).name(old)
            });
            self.capture_in_views(&renamed, new);
        }
        Some(())
    }

    /// A table's sequences and plain indexes know its columns by name.
    fn rename_in_belongings(&mut self, table: &QName, old: &str, new: &str) {
        let dialect = self.dialect();
        let columns = self
            .owned_sequences
            .values_mut()
            .filter(|owner| owner.0 == *table)
            .map(|owner| &mut owner.1);
        for column in columns.filter(|column| *column == old) {
            new.clone_into(column);
        }
        let indexes = self.plain_indexes.values_mut();
        for index in indexes.filter(|index| index.table == *table) {
            for column in index.columns.iter_mut().filter(|column| *column == old) {
                new.clone_into(column);
            }
            for text in index.all_texts() {
                *text = replace_name(text, old, new, dialect);
            }
        }
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
        if self.legacy_alter_table {
            // With foreign keys switched on the references follow, without they stay: both, and neither proves anything.
            for table in self.tables_mut() {
                let mut copies = Vec::new();
                for key in table.foreign_keys.iter_mut().filter(|key| key.parent == *old) {
                    key.distrusted = true;
                    key.validated = false;
                    copies.push(crate::catalog::ForeignKey {
                        parent: new.clone(),
                        ..key.clone()
                    });
                }
                table.foreign_keys.extend(copies);
            }
        } else {
            for table in self.tables_mut() {
                table
                    .foreign_keys
                    .iter_mut()
                    .for_each(|key| follow(&mut key.parent));
                table.parents.iter_mut().for_each(follow);
                super::policy::parents_of(table).for_each(follow);
            }
        }
        self.owned_sequences
            .values_mut()
            .for_each(|owner| follow(&mut owner.0));
        self.plain_indexes
            .values_mut()
            .for_each(|index| follow(&mut index.table));
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
        let inherited: Vec<(QName, String)> = self
            .inherited_keys
            .iter()
            .filter(|(table, _)| table == old)
            .cloned()
            .collect();
        for (table, key) in inherited {
            self.inherited_keys.remove(&(table, key.clone()));
            self.inherited_keys.insert((new.clone(), key));
        }
        if old.schema != new.schema {
            self.move_belongings(new);
        }
        if let Some(owner) = self.owned_sequences.remove(old) {
            self.owned_sequences.insert(new.clone(), owner);
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
        let owners = self.owned_sequences.iter().filter(|(_, owner)| owner.0 == *table);
        let sequences: Vec<QName> = owners.map(|(name, _)| name.clone()).collect();
        let owners = self
            .plain_indexes
            .iter()
            .filter(|(_, index)| index.table == *table);
        let indexes: Vec<QName> = owners.map(|(name, _)| name.clone()).collect();
        for name in indexes {
            if let Some(index) = self.plain_indexes.remove(&name) {
                let moved = QName {
                    schema: table.schema.clone(),
                    name: name.name,
                };
                self.plain_indexes.insert(moved, index);
            }
        }
        let keys = self.table(table).into_iter().flat_map(|table| &table.keys);
        let names: Vec<Option<String>> = keys.map(|key| key.name.clone()).collect();
        for name in names {
            self.note_name(&table.schema, name.as_deref());
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
        if cursor.eat("rename to") {
            let new = cursor.identifier()?;
            cursor.end()?;
            match self.find_index(written)? {
                Index::Plain(plain) => {
                    let index = self.plain_indexes.remove(&plain)?;
                    let renamed = QName {
                        schema: plain.schema,
                        name: new,
                    };
                    self.plain_indexes.insert(renamed, index);
                }
                Index::Key(table, index) => {
                    let old = self.table(&table)?.keys.get(index)?.name.clone()?;
                    self.rename_key(&table, &old, new)?;
                }
                Index::Several(_) => return None,
            }
            return Some(());
        }
        None
    }

    /// Gives a table's key or foreign key another name.
    fn rename_key(&mut self, name: &QName, old: &str, new: String) -> Option<()> {
        self.note_name(&name.schema, Some(&new));
        if self.inherited_keys.remove(&(name.clone(), old.to_owned())) {
            self.inherited_keys.insert((name.clone(), new.clone()));
        }
        let table = self.table_mut(name)?;
        let keys = table.keys.iter_mut().map(|key| &mut key.name);
        let foreign = table.foreign_keys.iter_mut().map(|key| &mut key.name);
        for slot in keys.chain(foreign).filter(|slot| slot.as_deref() == Some(old)) {
            *slot = Some(new.clone());
        }
        Some(())
    }

    /// The index that a name means.
    pub(super) fn find_index(&self, written: &Name) -> Option<Index> {
        self.candidates(written).into_iter().find_map(|wanted| {
            if self.plain_indexes.contains_key(&wanted) {
                return Some(Index::Plain(wanted));
            }
            let named = |key: &Key| self.names_index(key) && key.name.as_deref() == Some(&wanted.name);
            let mut found = self
                .tables()
                .filter(|table| table.name.schema == wanted.schema)
                .filter_map(|table| Some((table.name.clone(), table.keys.iter().position(named)?)));
            let (first, index) = found.next()?;
            let others: Vec<QName> = found.map(|(table, _)| table).collect();
            Some(if others.is_empty() {
                Index::Key(first, index)
            } else {
                Index::Several(others.into_iter().chain([first]).collect())
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
    for check in table.checks.iter_mut().filter(|check| !check.of_type) {
        replace(&mut check.text);
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
