//! Who holds a name, and the names that PostgreSQL generates for what the DDL leaves unnamed: later statements drop it
//! by them.

use std::cell::Cell;
use std::collections::BTreeSet;

use super::Reader;
use super::attach::column_names;
use super::cursor::truncate;
use crate::Dialect;
use crate::catalog::{ForeignKey, Key, KeyKind, KeyPart, QName, Relation, Table, UserType};

/// `makeObjectName`: the longer part is cut until all fits in 63 bytes.
fn compose(first: &str, second: Option<&str>, label: &str) -> String {
    let (mut first, mut second) = (first.to_owned(), second.map(str::to_owned));
    let overhead = label.len() + 1 + usize::from(second.is_some());
    let room = 63_usize.saturating_sub(overhead);
    while first.len() + second.as_ref().map_or(0, String::len) > room {
        let longer = match &mut second {
            Some(second) if second.len() >= first.len() => second,
            Some(_) | None => &mut first,
        };
        if longer.pop().is_none() {
            break;
        }
    }
    match second {
        Some(second) => format!("{first}_{second}_{label}"),
        None => format!("{first}_{label}"),
    }
}

fn join(columns: &[String]) -> String {
    truncate(columns.join("_"))
}

/// Names that the catalog itself does not tell of.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// What keys and constraints are or were called: other names are free.
    ever: BTreeSet<QName>,
    /// What check constraints are or were called; whether they still are there is not known.
    checks: BTreeSet<QName>,
    /// Names that something may hold.
    doubtful: BTreeSet<QName>,
}

/// Whether a schema has something of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    /// It has not.
    No,
    /// It has.
    Yes,
    /// It is not known.
    Perhaps,
}

impl Reader {
    /// Tables, views, sequences, indexes and composite types share one space of names in each schema: `if not exists`
    /// skips whatever meets any of them.
    pub(super) fn held(&self, name: &QName) -> Held {
        let told = || self.pending.iter().any(|(mentions, _)| mentions.name(&name.name));
        let composite = || matches!(self.catalog.types.get(name), Some(UserType::Other));
        if self.is_relation_name(name) {
            Held::Yes
        } else if self.names.doubtful.contains(name) || composite() || told() {
            Held::Perhaps
        } else {
            Held::No
        }
    }

    /// Decides what `create .. [if not exists]` does about a name: true to make it, false where the first one stays,
    /// nothing where the statement fails.
    pub(super) fn makes(&mut self, name: &QName, keep: bool) -> Option<bool> {
        if self.is_relation_name(name) {
            return keep.then_some(false);
        }
        if !keep {
            self.names.doubtful.remove(name);
        }
        Some(true)
    }

    /// Records that something may hold a name.
    pub(super) fn doubt_name(&mut self, name: QName) {
        self.names.doubtful.insert(name);
    }

    /// Records that nothing holds a name.
    pub(super) fn free_name(&mut self, name: &QName) {
        self.names.doubtful.remove(name);
    }

    /// Records the name of a key or constraint.
    pub(super) fn note_name(&mut self, schema: &str, name: Option<&str>) {
        self.names.ever.extend(name.map(|name| qualified(schema, name)));
    }

    /// Records the name of a check constraint.
    pub(super) fn note_check(&mut self, schema: &str, name: &str) {
        self.names.checks.insert(qualified(schema, name));
    }

    /// Gives a table's check constraint another name, and the same one of the tables below.
    pub(super) fn rename_check(&mut self, table: &QName, old: &str, new: &str) {
        let mut tables = self.descendants(table);
        tables.push(table.clone());
        for name in tables {
            let checks = self
                .table_mut(&name)
                .into_iter()
                .flat_map(|table| &mut table.checks);
            let mut found = false;
            for check in checks.filter(|check| check.name.as_deref() == Some(old)) {
                check.name = Some(new.to_owned());
                found = true;
            }
            if found {
                self.note_check(&name.schema, new);
            }
        }
    }

    /// Takes a table's check constraint of that name away.
    pub(super) fn drop_check(&mut self, table: &QName, name: &str) {
        if let Some(table) = self.table_mut(table) {
            table.checks.retain(|check| check.name.as_deref() != Some(name));
        }
    }

    /// True if a key is an index that statements can name: SQLite's constraints only name themselves.
    pub(super) fn names_index(&self, key: &Key) -> bool {
        match self.dialect() {
            Dialect::Postgres => true,
            Dialect::Sqlite => !key.constraint,
            // Their names belong to the table.
            Dialect::Mysql => false,
        }
    }

    fn is_relation_name(&self, name: &QName) -> bool {
        self.catalog.relations.contains_key(name)
            || self.plain_indexes.contains_key(name)
            || (self.names.ever.contains(name)
                && self.tables_in(&name.schema).any(|table| {
                    table
                        .keys
                        .iter()
                        .any(|key| self.names_index(key) && key.name.as_deref() == Some(&name.name))
                }))
    }

    fn is_constraint_name(&self, name: &QName) -> bool {
        let is = |other: &Option<String>| other.as_deref() == Some(&name.name);
        self.names.checks.contains(name)
            || (self.names.ever.contains(name)
                && self.tables_in(&name.schema).any(|table| {
                    table.keys.iter().any(|key| key.constraint && is(&key.name))
                        || table.foreign_keys.iter().any(|key| is(&key.name))
                }))
    }

    fn tables_in<'a>(&'a self, schema: &'a str) -> impl Iterator<Item = &'a Table> {
        self.tables().filter(move |table| table.name.schema == schema)
    }

    /// The first free name for a relation.
    pub(super) fn object_name(&self, schema: &str, first: &str, second: Option<&str>, label: &str) -> String {
        numbered(first, second, label, |name| {
            self.is_relation_name(&qualified(schema, name))
        })
    }

    /// The generated name of a key; the columns that it includes are part of it. Nothing if it depends on a check
    /// constraint that may be there or not.
    pub(super) fn key_name(&self, table: &Table, key: &Key) -> Option<String> {
        let mut columns: Vec<String> = key.parts.iter().map(|part| part_name(table, part)).collect();
        columns.extend(column_names(table, &key.included));
        let (second, label) = match (key.kind, key.constraint) {
            (KeyKind::Primary, _) => (None, "pkey"),
            (KeyKind::Unique, true) => (Some(join(&columns)), "key"),
            (KeyKind::Unique, false) => (Some(join(&columns)), "idx"),
            (KeyKind::Exclusion, _) => (Some(join(&columns)), "excl"),
        };
        let doubtful = Cell::new(false);
        let name = numbered(&table.name.name, second.as_deref(), label, |name| {
            let name = qualified(&table.name.schema, name);
            doubtful.set(doubtful.get() || self.names.checks.contains(&name));
            self.is_relation_name(&name) || (key.constraint && self.is_constraint_name(&name))
        });
        (!doubtful.get()).then_some(name)
    }

    /// The generated name of a plain index.
    pub(super) fn index_name(&self, table: &Table, parts: &[KeyPart], included: &[String]) -> String {
        let mut columns: Vec<String> = parts.iter().map(|part| part_name(table, part)).collect();
        columns.extend_from_slice(included);
        self.object_name(&table.name.schema, &table.name.name, Some(&join(&columns)), "idx")
    }

    /// The generated name of a foreign key: no constraint of the schema has it.
    pub(super) fn foreign_key_name(&self, table: &Table, key: &ForeignKey) -> String {
        let columns = join(&column_names(table, &key.columns));
        numbered(&table.name.name, Some(&columns), "fkey", |name| {
            self.is_constraint_name(&qualified(&table.name.schema, name))
        })
    }

    /// The sequence that `serial` and `identity` make, gone with its table.
    pub(super) fn add_owned_sequence(&mut self, table: &QName, column: &str) {
        let name = self.object_name(&table.schema, &table.name, Some(column), "seq");
        let sequence = qualified(&table.schema, &name);
        let relation = Relation::Opaque {
            origin: self.origin(),
            what: "a sequence".to_owned(),
        };
        self.catalog.relations.insert(sequence.clone(), relation);
        self.owned_sequences
            .insert(sequence, (table.clone(), column.to_owned()));
    }

    /// Takes the sequences of a column away, or those of all columns.
    pub(super) fn drop_owned_sequences(&mut self, table: &QName, column: Option<&str>) {
        let owned =
            |owner: &(QName, String)| owner.0 == *table && column.is_none_or(|column| owner.1 == column);
        let sequences: Vec<QName> = self
            .owned_sequences
            .iter()
            .filter(|(_, owner)| owned(owner))
            .map(|(sequence, _)| sequence.clone())
            .collect();
        for sequence in sequences {
            self.owned_sequences.remove(&sequence);
            self.catalog.relations.remove(&sequence);
        }
    }
}

fn qualified(schema: &str, name: &str) -> QName {
    QName {
        schema: schema.to_owned(),
        name: name.to_owned(),
    }
}

fn numbered(first: &str, second: Option<&str>, label: &str, taken: impl Fn(&str) -> bool) -> String {
    let mut name = compose(first, second, label);
    let mut number = 0_u32;
    while taken(&name) {
        number += 1;
        name = compose(first, second, &format!("{label}{number}"));
    }
    name
}

/// What a member of a key adds to a generated name: its column, or the function that the whole expression calls.
fn part_name(table: &Table, part: &KeyPart) -> String {
    let text = match part {
        KeyPart::Column(index) => {
            return table
                .columns
                .get(*index)
                .map(|column| column.name.clone())
                .unwrap_or_default();
        }
        KeyPart::Expression(text) => text,
    };
    let mut inner = text.trim();
    while let Some(stripped) = inner.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        inner = stripped.trim();
    }
    let end = inner
        .find(|character: char| !character.is_alphanumeric() && character != '_')
        .unwrap_or(inner.len());
    let (word, rest) = inner.split_at(end);
    let (word, rest) = (word.to_lowercase(), rest.trim());
    let calls = rest.starts_with('(') && closes_at_end(rest);
    let bare = !text.starts_with('(') || rest.starts_with("::");
    let column = bare && table.columns.iter().any(|column| column.name == word);
    if !word.is_empty() && (calls || column) {
        word
    } else {
        "expr".to_owned()
    }
}

/// True if the parenthesis that opens `text` closes at its end.
fn closes_at_end(text: &str) -> bool {
    let mut depth = 0_i32;
    for (at, character) in text.char_indices() {
        depth += i32::from(character == '(') - i32::from(character == ')');
        if depth == 0 {
            return at + 1 == text.len();
        }
    }
    false
}

/// True if PostgreSQL may have generated that name for a key or foreign key.
pub(super) fn looks_generated(name: &str) -> bool {
    let stem = name.trim_end_matches(|character: char| character.is_ascii_digit());
    ["_pkey", "_key", "_fkey", "_excl", "_idx"]
        .iter()
        .any(|suffix| stem.ends_with(suffix))
}
