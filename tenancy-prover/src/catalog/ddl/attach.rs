//! Constraints and partitions find their table: names become indexes, partitions take over their parent's keys.

use super::Reader;
use super::column::{ConstraintBody, ConstraintDef, ForeignDef, PartDef};
use super::cursor::Name;
use crate::Dialect;
use crate::catalog::{Check, Column, ForeignKey, Key, KeyKind, KeyPart, QName, Table, Trigger};

/// The column of a key part that is a plain column.
pub(super) fn plain_column(part: &KeyPart) -> Option<usize> {
    match part {
        KeyPart::Column(index) => Some(*index),
        KeyPart::Expression(_) => None,
    }
}

/// True if both collations compare alike; no collation is SQLite's `binary`.
fn same_collation(column: &Column, collation: &str) -> bool {
    column.collation.as_deref().unwrap_or("binary") == collation
}

/// The members of a key as parts of `table`; nothing if a column is not there.
pub(super) fn key_parts(table: &Table, parts: &[PartDef]) -> Option<Vec<KeyPart>> {
    let column = |name: &str| table.columns.iter().position(|column| column.name == name);
    parts
        .iter()
        .map(|part| match part {
            PartDef::Column(name) => column(name).map(KeyPart::Column),
            PartDef::Collated(name, collation, text) => {
                let index = column(name)?;
                let same = same_collation(table.columns.get(index)?, collation);
                Some(if same {
                    KeyPart::Column(index)
                } else {
                    KeyPart::Expression(text.clone())
                })
            }
            PartDef::Expression(text) => Some(KeyPart::Expression(text.clone())),
        })
        .collect()
}

/// The positions of columns by their names; nothing if one is not there.
pub(super) fn column_indexes(table: &Table, names: &[String]) -> Option<Vec<usize>> {
    names.iter().map(|name| table.column_index(name)).collect()
}

/// The names of columns by their positions.
pub(super) fn column_names(table: &Table, columns: &[usize]) -> Vec<String> {
    let columns = columns.iter().filter_map(|index| table.columns.get(*index));
    columns.map(|column| column.name.clone()).collect()
}

impl Reader {
    /// Adds a constraint to a table and, if `recurse` is set, to its partitions.
    pub(super) fn add_constraint(&mut self, name: &QName, def: ConstraintDef, recurse: bool) -> Option<()> {
        let origin = self.origin_at(def.offset);
        match def.body {
            ConstraintBody::Check(text) => self.add_check(name, def.name, text, &origin)?,
            ConstraintBody::NotNull(column) => {
                let mut tables = self.descendants(name);
                tables.push(name.clone());
                for table in tables {
                    let table = self.table_mut(&table)?;
                    table
                        .columns
                        .iter_mut()
                        .find(|other| other.name == column)?
                        .not_null = true;
                }
            }
            ConstraintBody::Key {
                kind,
                parts,
                included,
                nulls_equal: _,
                predicate,
                constraint,
            } => {
                let parts = key_parts(self.table(name)?, &parts)?;
                let included = column_indexes(self.table(name)?, &included)?;
                let key = Key {
                    name: def.name,
                    kind,
                    parts,
                    included,
                    predicate,
                    deferrable: def.deferrable,
                    on_conflict: def.on_conflict,
                    constraint,
                    origin,
                };
                self.add_key(name, key, recurse)?;
            }
            ConstraintBody::UsingIndex { kind, index } => {
                self.note_name(&name.schema, def.name.as_deref());
                let table = self.table_mut(name)?;
                let key = table
                    .keys
                    .iter_mut()
                    .find(|key| key.name.as_deref() == Some(&index))?;
                key.kind = kind;
                key.constraint = true;
                key.deferrable = def.deferrable;
                key.name = def.name.or(Some(index));
                let parts = key.parts.clone();
                if kind == KeyKind::Primary {
                    make_not_null(table, &parts);
                }
            }
            ConstraintBody::Foreign(foreign) => {
                let key = self.foreign_key(name, def.name, foreign, def.deferrable, def.validated, origin)?;
                self.add_foreign_key(name, key, recurse)?;
            }
        }
        Some(())
    }

    fn add_check(
        &mut self,
        name: &QName,
        written: Option<String>,
        text: String,
        origin: &crate::catalog::Origin,
    ) -> Option<()> {
        let mut tables = self.descendants(name);
        tables.push(name.clone());
        for table in tables {
            self.table_mut(&table)?.checks.push(Check {
                name: written.clone(),
                ..Check::new(text.clone(), origin.clone())
            });
        }
        if let Some(written) = written {
            self.note_check(&name.schema, &written);
        }
        Some(())
    }

    /// Adds a key to a table, under PostgreSQL's generated name where it has none, and to the table's partitions.
    pub(super) fn add_key(&mut self, name: &QName, mut key: Key, recurse: bool) -> Option<()> {
        if key.name.is_none() && self.dialect() == Dialect::Postgres {
            key.name = self.key_name(self.table(name)?, &key);
            if key.name.is_none() {
                let what = "a key whose generated name a check constraint may have".to_owned();
                self.poison_relation(name, what);
            }
        }
        self.note_name(&name.schema, key.name.as_deref());
        let postgres = self.dialect() == Dialect::Postgres;
        let table = self.table_mut(name)?;
        if key.kind == KeyKind::Primary && postgres {
            make_not_null(table, &key.parts);
        }
        table.keys.push(key.clone());
        if recurse && self.partitioned.contains(name) {
            for child in self.children(name) {
                self.inherit_key(name, &child, &key)?;
            }
        }
        Some(())
    }

    /// The tables that name this one as a parent.
    pub(super) fn children(&self, name: &QName) -> Vec<QName> {
        self.tables()
            .filter(|table| table.parents.contains(name))
            .map(|table| table.name.clone())
            .collect()
    }

    fn foreign_key(
        &self,
        name: &QName,
        written: Option<String>,
        foreign: ForeignDef,
        deferrable: bool,
        validated: bool,
        origin: crate::catalog::Origin,
    ) -> Option<ForeignKey> {
        let table = self.table(name)?;
        let columns = foreign
            .columns
            .iter()
            .map(|written| table.columns.iter().position(|column| column.name == *written))
            .collect::<Option<Vec<_>>>()?;
        let parent = match self.dialect() {
            // A foreign key cannot leave its database, and the parent may come later.
            Dialect::Sqlite | Dialect::Mysql => QName {
                schema: name.schema.clone(),
                name: foreign.parent.name,
            },
            Dialect::Postgres => self
                .find(&foreign.parent)
                .or_else(|| self.place(&foreign.parent))?,
        };
        let mut key = ForeignKey {
            name: written,
            columns,
            parent,
            parent_columns: foreign.parent_columns,
            on_delete: foreign.on_delete,
            set_columns: match foreign.set_columns {
                Some(names) => Some(column_indexes(table, &names)?),
                None => None,
            },
            on_update: foreign.on_update,
            validated: validated && !self.replica,
            distrusted: self.replica,
            deferrable,
            match_full: foreign.match_full,
            runs_code: false,
            origin,
        };
        if self.dialect() == Dialect::Postgres {
            self.resolve_parent_columns(&mut key);
            if key.name.is_none() {
                key.name = Some(self.foreign_key_name(table, &key));
            }
        }
        Some(key)
    }

    fn add_foreign_key(&mut self, name: &QName, key: ForeignKey, recurse: bool) -> Option<()> {
        self.note_name(&name.schema, key.name.as_deref());
        self.table_mut(name)?.foreign_keys.push(key.clone());
        if recurse && self.partitioned.contains(name) {
            for child in self.children(name) {
                self.inherit_foreign_key(name, &child, &key)?;
            }
        }
        Some(())
    }

    /// A reference without columns means the parent's primary key.
    fn resolve_parent_columns(&self, key: &mut ForeignKey) {
        if !key.parent_columns.is_empty() {
            return;
        }
        let Some(parent) = self.table(&key.parent) else {
            return;
        };
        let Some(primary) = parent.keys.iter().find(|key| key.kind == KeyKind::Primary) else {
            return;
        };
        let column = |part: &KeyPart| Some(parent.columns.get(plain_column(part)?)?.name.clone());
        let columns: Option<Vec<String>> = primary.parts.iter().map(column).collect();
        key.parent_columns = columns
            .filter(|columns| columns.len() == key.columns.len())
            .unwrap_or_default();
    }

    /// SQLite resolves a reference without columns when it is used: at the end of all files.
    pub(super) fn resolve_foreign_keys(&mut self) {
        let names: Vec<QName> = self.tables().map(|table| table.name.clone()).collect();
        for name in names {
            let Some(mut keys) = self.table(&name).map(|table| table.foreign_keys.clone()) else {
                continue;
            };
            for key in &mut keys {
                self.resolve_parent_columns(key);
            }
            if let Some(table) = self.table_mut(&name) {
                table.foreign_keys = keys;
            }
        }
    }

    /// Makes `child` a partition of `parent`: keys, foreign keys and row triggers are taken over.
    pub(super) fn attach_partition(&mut self, parent: &QName, child: &QName) -> Option<()> {
        let source = self.table(parent)?.clone();
        self.has_families = true;
        self.table_mut(child)?.parents.push(parent.clone());
        self.table_mut(child)?
            .checks
            .extend(source.checks.iter().cloned());
        for key in &source.keys {
            self.inherit_key(parent, child, key)?;
        }
        for key in &source.foreign_keys {
            self.inherit_foreign_key(parent, child, key)?;
        }
        for trigger in &source.triggers {
            self.inherit_trigger(child, trigger)?;
        }
        Some(())
    }

    fn inherit_key(&mut self, parent: &QName, child: &QName, key: &Key) -> Option<()> {
        let parts = translate_parts(self.table(parent)?, self.table(child)?, &key.parts)?;
        let included = column_names(self.table(parent)?, &key.included);
        let included = column_indexes(self.table(child)?, &included)?;
        let table = self.table(child)?;
        let same =
            |other: &&Key| other.kind == key.kind && other.parts == parts && other.predicate == key.predicate;
        let mut existing = table.keys.iter().filter(same);
        if let Some(first) = existing.next() {
            // One of them becomes a part of the parent's; of several it is not known which.
            let name = first.name.clone().filter(|_| existing.next().is_none());
            self.inherited_keys.extend(name.map(|name| (child.clone(), name)));
            return Some(());
        }
        self.add_key(
            child,
            Key {
                name: None,
                parts,
                included,
                ..key.clone()
            },
            true,
        )?;
        let name = self.table(child)?.keys.last()?.name.clone();
        self.inherited_keys.extend(name.map(|name| (child.clone(), name)));
        Some(())
    }

    fn inherit_foreign_key(&mut self, parent: &QName, child: &QName, key: &ForeignKey) -> Option<()> {
        let (source, table) = (self.table(parent)?, self.table(child)?);
        let here = |columns: &[usize]| {
            let columns = columns.iter().map(|index| translate(source, table, *index));
            columns.collect::<Option<Vec<_>>>()
        };
        let columns = here(&key.columns)?;
        let set_columns = match &key.set_columns {
            Some(columns) => Some(here(columns)?),
            None => None,
        };
        let same = |other: &ForeignKey| {
            other.columns == columns
                && other.parent == key.parent
                && other.parent_columns == key.parent_columns
        };
        if table.foreign_keys.iter().any(same) {
            return Some(());
        }
        self.add_foreign_key(
            child,
            ForeignKey {
                columns,
                set_columns,
                ..key.clone()
            },
            true,
        )
    }

    /// Gives a partition its parent's row trigger, in the place of an older copy.
    pub(super) fn inherit_trigger(&mut self, child: &QName, trigger: &Trigger) -> Option<()> {
        let table = self.table_mut(child)?;
        table.triggers.retain(|other| other.name != trigger.name);
        table.triggers.push(trigger.clone());
        if self.partitioned.contains(child) {
            for grandchild in self.children(child) {
                self.inherit_trigger(&grandchild, trigger)?;
            }
        }
        Some(())
    }

    /// The table that a statement names, if the catalog has it as a table.
    pub(super) fn find_table(&self, name: &Name) -> Option<QName> {
        self.find(name).filter(|name| self.table(name).is_some())
    }
}

fn make_not_null(table: &mut Table, parts: &[KeyPart]) {
    for index in parts.iter().filter_map(plain_column) {
        if let Some(column) = table.columns.get_mut(index) {
            column.not_null = true;
        }
    }
}

/// A partition may have the same columns in another order.
fn translate(parent: &Table, child: &Table, index: usize) -> Option<usize> {
    let name = &parent.columns.get(index)?.name;
    child.columns.iter().position(|column| column.name == *name)
}

fn translate_parts(parent: &Table, child: &Table, parts: &[KeyPart]) -> Option<Vec<KeyPart>> {
    let part = |part: &KeyPart| match part {
        KeyPart::Column(index) => translate(parent, child, *index).map(KeyPart::Column),
        KeyPart::Expression(text) => Some(KeyPart::Expression(text.clone())),
    };
    parts.iter().map(part).collect()
}
