//! Indexes: the unique ones are keys, of the others only the name counts.

use super::Reader;
use super::attach::{column_indexes, column_names, key_parts};
use super::column::{names, parse_part};
use super::cursor::{Cursor, Name};
use super::names::{Held, looks_generated};
use crate::Dialect;
use crate::catalog::{Key, KeyKind, KeyPart, Origin, QName, Relation};

/// An index that is no key: its name counts, as long as it is there.
#[derive(Debug)]
pub(super) struct PlainIndex {
    /// Its table.
    pub(super) table: QName,
    /// Its columns, and those that it includes.
    pub(super) columns: Vec<String>,
    /// Its members that are more than a column.
    pub(super) texts: Vec<String>,
    /// Its predicate.
    pub(super) predicate: Option<String>,
    /// Where it was created.
    pub(super) origin: Origin,
}

impl PlainIndex {
    fn new(table: QName, origin: Origin) -> Self {
        Self {
            table,
            columns: Vec::new(),
            texts: Vec::new(),
            predicate: None,
            origin,
        }
    }

    /// All the expressions that it has.
    pub(super) fn all_texts(&mut self) -> impl Iterator<Item = &mut String> {
        self.texts.iter_mut().chain(&mut self.predicate)
    }
}

/// What the name of an index means.
#[derive(Debug)]
pub(super) enum Index {
    /// An index that is no key.
    Plain(QName),
    /// A table's key, by its position.
    Key(QName, usize),
    /// Keys of several tables, of which one can only be the wrong one.
    Several(Vec<QName>),
}

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
        if let Some(name) = &name {
            if keep && self.held(name) == Held::Perhaps {
                let what = format!(
                    "`create index if not exists {}`, which may have been there",
                    name.name
                );
                self.poison_relation(&table, what);
            }
            if !self.makes(name, keep)? {
                return Some(());
            }
        }
        if let Relation::View(_) | Relation::Opaque { .. } = self.catalog.relations.get(&table)? {
            // On a materialized view, or on a table that is not understood.
            let index = PlainIndex::new(table, self.origin());
            self.plain_indexes.extend(name.map(|name| (name, index)));
            return Some(());
        }
        let source = self.table(&table)?;
        let parts = key_parts(source, &parts)?;
        if !unique {
            let name = name.unwrap_or_else(|| QName {
                schema: table.schema.clone(),
                name: self.index_name(source, &parts, &included),
            });
            let mut columns = included;
            let mut texts = Vec::new();
            for part in parts {
                match part {
                    KeyPart::Column(index) => columns.extend(column_names(source, &[index])),
                    KeyPart::Expression(text) => texts.push(text),
                }
            }
            let index = PlainIndex {
                columns,
                texts,
                predicate,
                ..PlainIndex::new(table, self.origin())
            };
            self.plain_indexes.insert(name, index);
            return Some(());
        }
        let key = Key {
            name: name.map(|name| name.name),
            kind: KeyKind::Unique,
            parts,
            included: column_indexes(source, &included)?,
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
        let cascade = cursor.clone().up_to("cascade").eat("cascade");
        for mut member in cursor.members() {
            let written = member.name()?;
            member.cascade();
            member.end()?;
            self.drop_one_index(&written, optional, cascade)?;
        }
        Some(())
    }

    fn drop_one_index(&mut self, written: &Name, optional: bool, cascade: bool) -> Option<()> {
        for name in self.candidates(written) {
            self.free_name(&name);
        }
        match self.find_index(written) {
            Some(Index::Plain(name)) => {
                self.plain_indexes.remove(&name);
            }
            Some(Index::Key(table, index)) => self.drop_key(&table, index, true, cascade),
            Some(Index::Several(tables)) => {
                let what = format!("`drop index {}`, of which there are several", written.name);
                for table in tables {
                    self.poison_relation(&table, what.clone());
                }
            }
            None => {
                self.absent(written, true)?;
                if !optional || looks_generated(&written.name) {
                    self.distrust_keys_named(&written.name);
                }
            }
        }
        Some(())
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
            return match self.find_index(&written) {
                Some(_) => self.rename_index(&written, &mut cursor),
                None => self.absent(&written, optional),
            };
        }
        if cursor.eat("attach partition") {
            // The index of a partition becomes part of its parent's.
            let child = self.find_index(&cursor.name()?);
            if let Some(Index::Key(table, index)) = child {
                let name = self.table(&table)?.keys.get(index)?.name.clone()?;
                self.inherited_keys.insert((table, name));
            }
            return cursor.end();
        }
        // Storage and statistics.
        cursor
            .eat_any(&["set", "reset", "alter", "depends on", "no depends on"])
            .map(|_| ())
    }
}
