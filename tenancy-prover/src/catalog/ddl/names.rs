//! The names that PostgreSQL generates for what the DDL leaves unnamed: later statements drop it by them.

use super::Reader;
use super::attach::column_names;
use super::cursor::truncate;
use crate::catalog::{ForeignKey, Key, KeyKind, KeyPart, QName, Relation, Table};

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

impl Reader {
    fn is_taken(&self, schema: &str, name: &str) -> bool {
        let name = QName {
            schema: schema.to_owned(),
            name: name.to_owned(),
        };
        self.catalog.relations.contains_key(&name) || self.plain_indexes.contains_key(&name)
    }

    /// The first free name for a relation.
    pub(super) fn object_name(&self, schema: &str, first: &str, second: Option<&str>, label: &str) -> String {
        numbered(first, second, label, |name| self.is_taken(schema, name))
    }

    /// The generated name of a key; the columns that it includes are part of it.
    pub(super) fn key_name(&self, table: &Table, key: &Key) -> String {
        let mut columns: Vec<String> = key.parts.iter().map(|part| part_name(table, part)).collect();
        columns.extend(column_names(table, &key.included));
        let (second, label) = match (key.kind, key.constraint) {
            (KeyKind::Primary, _) => (None, "pkey"),
            (KeyKind::Unique, true) => (Some(join(&columns)), "key"),
            (KeyKind::Unique, false) => (Some(join(&columns)), "idx"),
            (KeyKind::Exclusion, _) => (Some(join(&columns)), "excl"),
        };
        numbered(&table.name.name, second.as_deref(), label, |name| {
            self.is_taken(&table.name.schema, name)
                || table.keys.iter().any(|other| other.name.as_deref() == Some(name))
        })
    }

    /// The generated name of a plain index.
    pub(super) fn index_name(&self, table: &Table, parts: &[KeyPart], included: &[String]) -> String {
        let mut columns: Vec<String> = parts.iter().map(|part| part_name(table, part)).collect();
        columns.extend_from_slice(included);
        numbered(&table.name.name, Some(&join(&columns)), "idx", |name| {
            self.is_taken(&table.name.schema, name)
                || table.keys.iter().any(|other| other.name.as_deref() == Some(name))
        })
    }

    /// The generated name of a foreign key.
    pub(super) fn foreign_key_name(&self, table: &Table, key: &ForeignKey) -> String {
        let columns: Vec<String> = key
            .columns
            .iter()
            .filter_map(|index| table.columns.get(*index))
            .map(|column| column.name.clone())
            .collect();
        numbered(&table.name.name, Some(&join(&columns)), "fkey", |name| {
            table
                .foreign_keys
                .iter()
                .any(|other| other.name.as_deref() == Some(name))
        })
    }

    /// The sequence that `serial` and `identity` make, gone with its table.
    pub(super) fn add_owned_sequence(&mut self, table: &QName, column: &str) {
        let name = self.object_name(&table.schema, &table.name, Some(column), "seq");
        let sequence = QName {
            schema: table.schema.clone(),
            name,
        };
        let relation = Relation::Opaque {
            origin: self.origin(),
            what: "a sequence".to_owned(),
        };
        self.catalog.relations.insert(sequence.clone(), relation);
        self.owned_sequences.insert(sequence, table.clone());
    }
}

impl Reader {
    /// Takes the sequence of an identity column away.
    pub(super) fn drop_owned_sequence(&mut self, table: &QName, column: &str) {
        let sequence = QName {
            schema: table.schema.clone(),
            name: compose(&table.name, Some(column), "seq"),
        };
        if self.owned_sequences.get(&sequence) == Some(table) {
            self.owned_sequences.remove(&sequence);
            self.catalog.relations.remove(&sequence);
        }
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
