//! Indexes: the unique ones are keys, of the others only the name counts.

use super::Reader;
use super::attach::{column_indexes, key_parts};
use super::column::{names, parse_part};
use super::cursor::{Cursor, Name};
use super::names::looks_generated;
use crate::Dialect;
use crate::catalog::{Key, KeyKind, QName, Relation};

impl Reader {
    /// `create [unique] index`, behind `create`.
    pub(super) fn create_index(&mut self, mut cursor: Cursor<'_>) -> Option<()> {
        let unique = cursor.eat("unique");
        cursor.expect("index")?;
        cursor.eat("concurrently");
        let keep = cursor.eat("if not exists");
        let written = if cursor.is("on") {
            None
        } else {
            Some(cursor.name()?)
        };
        cursor.expect("on")?;
        let only = cursor.eat("only");
        let table = self.find(&cursor.name()?)?;
        if cursor.eat("using") {
            cursor.identifier()?;
        }
        let parts = cursor
            .group()?
            .members()
            .into_iter()
            .map(parse_part)
            .collect::<Option<Vec<_>>>()?;
        let included = if cursor.eat("include") {
            names(&cursor.group()?)?
        } else {
            Vec::new()
        };
        cursor.eat_any(&["nulls not distinct", "nulls distinct"]);
        if cursor.eat("with") {
            cursor.group()?;
        }
        if cursor.eat("tablespace") {
            cursor.identifier()?;
        }
        let predicate = if cursor.eat("where") {
            let text = cursor.source_text().to_owned();
            (!text.is_empty()).then_some(Some(text))?
        } else {
            cursor.end()?;
            None
        };
        let name = written.as_ref().map(|written| QName {
            schema: match (&written.schema, self.dialect()) {
                (Some(schema), Dialect::Sqlite) => schema.clone(),
                _ => table.schema.clone(),
            },
            name: written.name.clone(),
        });
        if let Some(name) = &name
            && keep
            && (self.plain_indexes.contains_key(name) || self.find_key(&exact(name)).is_some())
        {
            return Some(());
        }
        if let Relation::View(_) | Relation::Opaque { .. } = self.catalog.relations.get(&table)? {
            // On a materialized view, or on a table that is not understood.
            self.plain_indexes.extend(name.map(|name| (name, table)));
            return Some(());
        }
        let parts = key_parts(self.table(&table)?, &parts)?;
        if !unique {
            let name = match name {
                Some(name) => name,
                None => {
                    let name = self.index_name(self.table(&table)?, &parts, &included);
                    QName {
                        schema: table.schema.clone(),
                        name,
                    }
                }
            };
            self.plain_indexes.insert(name, table);
            return Some(());
        }
        let key = Key {
            name: name.map(|name| name.name),
            kind: KeyKind::Unique,
            parts,
            included: column_indexes(self.table(&table)?, &included)?,
            predicate,
            deferrable: false,
            on_conflict: None,
            constraint: false,
            origin: self.origin(),
        };
        self.add_key(&table, key, !only)
    }

    /// `drop index`, behind these words.
    pub(super) fn drop_index(&mut self, mut cursor: Cursor<'_>) -> Option<()> {
        cursor.eat("concurrently");
        let optional = cursor.eat("if exists");
        for mut member in cursor.members() {
            let written = member.name()?;
            member.cascade();
            member.end()?;
            self.drop_one_index(&written, optional);
        }
        Some(())
    }

    fn drop_one_index(&mut self, written: &Name, optional: bool) {
        if let Some(plain) = self
            .candidates(written)
            .into_iter()
            .find(|name| self.plain_indexes.contains_key(name))
        {
            self.plain_indexes.remove(&plain);
        } else if let Some((table, index)) = self.find_key(written) {
            let recurse = self.partitioned.contains(&table);
            let Some(dropped) = self
                .table(&table)
                .and_then(|table| table.keys.get(index))
                .cloned()
            else {
                return;
            };
            self.drop_keys(&table, recurse, |owner, key| {
                if owner.name == table {
                    key.name == dropped.name
                } else {
                    key.kind == dropped.kind && key.parts == dropped.parts && !key.constraint
                }
            });
        } else if !optional || looks_generated(&written.name) {
            self.distrust_keys_named(&written.name);
        }
    }

    /// An index that is not known by name: if it can be a key whose generated name was guessed wrong, its table's keys
    /// are in doubt.
    fn distrust_keys_named(&mut self, index: &str) {
        let tables: Vec<QName> = self
            .tables()
            .filter(|table| index.starts_with(table.name.name.as_str()) && looks_generated(index))
            .filter(|table| !table.keys.is_empty())
            .map(|table| table.name.clone())
            .collect();
        for table in tables {
            self.poison_relation(
                &table,
                format!("`drop index {index}`, which no statement before it created"),
            );
        }
    }

    /// `alter index`, behind these words.
    pub(super) fn alter_index(&mut self, mut cursor: Cursor<'_>) -> Option<()> {
        if cursor.eat("all in tablespace") {
            return Some(());
        }
        let optional = cursor.eat("if exists");
        let written = cursor.name()?;
        if cursor.is("rename") {
            let known = self.find_key(&written).is_some()
                || self
                    .candidates(&written)
                    .iter()
                    .any(|name| self.plain_indexes.contains_key(name));
            return if known {
                self.rename_index(&written, &mut cursor)
            } else {
                optional.then_some(())
            };
        }
        // Storage, statistics, and the index of a partition that becomes part of its parent's.
        cursor
            .eat_any(&[
                "set",
                "reset",
                "alter",
                "attach partition",
                "depends on",
                "no depends on",
            ])
            .map(|_| ())
    }
}

fn exact(name: &QName) -> Name {
    Name {
        schema: Some(name.schema.clone()),
        name: name.name.clone(),
    }
}
