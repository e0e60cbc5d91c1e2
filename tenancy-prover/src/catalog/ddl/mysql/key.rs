//! Keys, foreign keys, and the names that MySQL gives those without.

use super::super::Reader;
use super::super::column::{ForeignDef, PartDef, names};
use super::super::cursor::Cursor;
use super::Unnamed;
use crate::catalog::{Check, ForeignKey, Key, KeyKind, KeyPart, Origin, QName, Table};

/// What stands beside the columns of a table.
#[derive(Debug)]
pub(super) enum TableKey {
    /// A primary or unique key.
    Key(KeyKind, Option<String>, Vec<PartDef>),
    /// An index that is no key.
    Index(Option<String>, Vec<PartDef>),
    /// A foreign key, with the name of its parent.
    Foreign(Named, QName, ForeignDef),
    /// A check.
    Check(String),
}

/// What a foreign key is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Named {
    /// As the statement says.
    Written(String),
    /// `table_ibfk_n`, with the next number.
    ByNumber,
    /// The servers do not agree, nor on the numbers of what follows.
    Differently,
}

/// True if a member of `create table (..)`, or of `alter table add`, begins a key or a constraint.
pub(super) fn is_table_key(cursor: &Cursor<'_>) -> bool {
    [
        "constraint",
        "primary key",
        "unique",
        "key",
        "index",
        "fulltext",
        "spatial",
        "foreign key",
        "check",
    ]
    .iter()
    .any(|words| cursor.is(words))
}

impl Reader {
    /// Reads what [`is_table_key`] found.
    pub(super) fn mysql_table_key(&mut self, cursor: &mut Cursor<'_>) -> Option<TableKey> {
        let mut symbol = None;
        if cursor.eat("constraint") {
            let unnamed = ["primary key", "unique", "foreign key", "check"];
            if !unnamed.iter().any(|words| cursor.is(words)) {
                symbol = Some(cursor.identifier()?);
            }
        }
        if cursor.eat("check") {
            let text = cursor.group()?.source_text().to_owned();
            cursor.eat_any(&["not enforced", "enforced"]);
            cursor.end()?;
            return Some(TableKey::Check(text));
        }
        if cursor.eat("foreign key") {
            let index = if cursor.is_symbol("(") {
                None
            } else {
                Some(cursor.identifier()?)
            };
            let columns = names(&cursor.group()?)?;
            cursor.expect("references")?;
            let (parent, foreign) = self.mysql_references(cursor, columns)?;
            cursor.end()?;
            let name = match (symbol, index) {
                (Some(symbol), _) => Named::Written(symbol),
                // MariaDB gives it the name of its index, MySQL a number.
                (None, Some(_)) => Named::Differently,
                (None, None) => Named::ByNumber,
            };
            return Some(TableKey::Foreign(name, parent, foreign));
        }
        let kind = if cursor.eat("primary key") {
            Some(KeyKind::Primary)
        } else if cursor.eat("unique") {
            cursor.eat_any(&["key", "index"]);
            Some(KeyKind::Unique)
        } else {
            cursor.eat_any(&[
                "fulltext key",
                "fulltext index",
                "fulltext",
                "spatial key",
                "spatial index",
                "spatial",
                "key",
                "index",
            ])?;
            None
        };
        cursor.eat("if not exists");
        let mut name = None;
        if !cursor.is_symbol("(") && !cursor.is("using") {
            name = Some(cursor.identifier()?);
        }
        index_options(cursor)?;
        let parts = self.mysql_parts(&cursor.group()?)?;
        index_options(cursor)?;
        cursor.end()?;
        Some(match kind {
            Some(kind) => TableKey::Key(kind, name.or(symbol), parts),
            None => TableKey::Index(name, parts),
        })
    }

    /// Adds it to a table.
    pub(super) fn mysql_add_key(&mut self, table: &QName, key: TableKey, origin: Origin) -> Option<()> {
        match key {
            TableKey::Key(kind, name, parts) => self.mysql_add_unique(table, kind, name, &parts, origin),
            TableKey::Index(name, parts) => self.mysql_add_index(table, name, parts, &origin),
            TableKey::Foreign(name, parent, foreign) => {
                self.mysql_add_foreign(table, name, parent, foreign, origin)
            }
            TableKey::Check(text) => {
                self.table_mut(table)?.checks.push(Check::new(text, origin));
                Some(())
            }
        }
    }

    /// Adds a primary or unique key.
    pub(super) fn mysql_add_unique(
        &mut self,
        name: &QName,
        kind: KeyKind,
        written: Option<String>,
        parts: &[PartDef],
        origin: Origin,
    ) -> Option<()> {
        let table = self.table(name)?;
        let parts: Vec<KeyPart> = parts
            .iter()
            .map(|part| key_part(table, part))
            .collect::<Option<_>>()?;
        if kind == KeyKind::Unique && written.is_none() {
            self.mysql_count_unnamed(name, parts.first()?, false);
        }
        let given = match kind {
            KeyKind::Primary => Some("primary".to_owned()),
            KeyKind::Unique | KeyKind::Exclusion => {
                written.or_else(|| self.mysql_index_name(name, parts.first()?))
            }
        };
        let taken = self.mysql_has_index(name, given.as_deref()?);
        if taken {
            return None;
        }
        let table = self.table_mut(name)?;
        if kind == KeyKind::Primary {
            for part in &parts {
                if let KeyPart::Column(index) = part {
                    table.columns.get_mut(*index)?.not_null = true;
                }
            }
        }
        table.keys.push(Key {
            name: given,
            kind,
            parts,
            included: Vec::new(),
            predicate: None,
            deferrable: false,
            on_conflict: None,
            constraint: true,
            origin,
        });
        Some(())
    }

    /// Adds an index that is no key: its name counts, and what its expressions call.
    pub(super) fn mysql_add_index(
        &mut self,
        name: &QName,
        written: Option<String>,
        parts: Vec<PartDef>,
        origin: &Origin,
    ) -> Option<()> {
        let table = self.table(name)?;
        let known: Vec<KeyPart> = parts
            .iter()
            .map(|part| key_part(table, part))
            .collect::<Option<_>>()?;
        if written.is_none() {
            self.mysql_count_unnamed(name, known.first()?, false);
        }
        let given = written.or_else(|| self.mysql_index_name(name, known.first()?))?;
        if self.mysql_has_index(name, &given) {
            return None;
        }
        for part in &parts {
            if let PartDef::Expression(text) = part {
                let check = Check::new(text.clone(), origin.clone());
                self.table_mut(name)?.checks.push(check);
            }
        }
        self.mysql
            .tables
            .entry(name.clone())
            .or_default()
            .indexes
            .insert(given, parts);
        Some(())
    }

    /// True if the table has a key or an index of that name.
    pub(super) fn mysql_has_index(&self, table: &QName, name: &str) -> bool {
        let plain = self.mysql.tables.get(table);
        plain.is_some_and(|extra| extra.indexes.contains_key(name))
            || self.table(table).is_some_and(|table| {
                let mut keys = table.keys.iter();
                keys.any(|key| key.name.as_deref() == Some(name))
            })
    }

    /// An index without a name is called like its first column, with a number if that is taken.
    fn mysql_index_name(&self, table: &QName, first: &KeyPart) -> Option<String> {
        let base = self.mysql_index_stem(table, first)?;
        if base != "primary" && !self.mysql_has_index(table, &base) {
            return Some(base);
        }
        (2..100)
            .map(|number| format!("{base}_{number}"))
            .find(|name| !self.mysql_has_index(table, name))
    }

    /// What the name of an index without one begins with.
    fn mysql_index_stem(&self, table: &QName, first: &KeyPart) -> Option<String> {
        Some(match first {
            KeyPart::Column(index) => self.table(table)?.columns.get(*index)?.name.clone(),
            KeyPart::Expression(text) => match text.split_once('(') {
                Some((column, _)) if !column.is_empty() => column.trim_matches('`').to_ascii_lowercase(),
                Some(_) | None => "functional_index".to_owned(),
            },
        })
    }

    /// Notes an index without a name. The index that the server makes for a foreign key is one, too.
    fn mysql_count_unnamed(&mut self, table: &QName, first: &KeyPart, foreign: bool) {
        let Some(stem) = self.mysql_index_stem(table, first) else {
            return;
        };
        let statement = self.mysql.statement;
        let unnamed = &mut self.mysql_extra(table).unnamed;
        let before = unnamed.get(&stem);
        let ambiguous = before.is_some_and(|before| {
            before.ambiguous || before.foreign || foreign || before.statement == statement
        });
        let foreign = foreign || before.is_some_and(|before| before.foreign);
        unnamed.insert(
            stem,
            Unnamed {
                statement,
                foreign,
                ambiguous,
            },
        );
    }

    /// Whether several indexes may have that name: made-up names go by an order that the text does not show, and
    /// foreign keys have indexes that it does not name.
    pub(super) fn mysql_is_ambiguous(&self, table: &QName, index: &str) -> bool {
        self.mysql_is_made_up(table, index, |unnamed| unnamed.ambiguous)
    }

    /// Whether `if not exists` may find an index of the key's name that the text does not show.
    pub(super) fn mysql_may_be_there(&self, table: &QName, key: &TableKey) -> bool {
        let TableKey::Key(_, name, _) = key else {
            return false;
        };
        let Some(name) = name else { return true };
        let named = self.table(table).is_some_and(|table| {
            let mut keys = table.foreign_keys.iter();
            keys.any(|key| key.name.as_ref() == Some(name))
        });
        named || self.mysql_is_made_up(table, name, |_| true)
    }

    /// Whether an index without a name of that kind may have this one.
    fn mysql_is_made_up(&self, table: &QName, index: &str, which: impl Fn(&Unnamed) -> bool) -> bool {
        let numbered = |stem: &str| {
            let rest = index.strip_prefix(stem)?.strip_prefix('_')?;
            (!rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit())).then_some(())
        };
        self.mysql.tables.get(table).is_some_and(|extra| {
            extra
                .unnamed
                .iter()
                .any(|(stem, unnamed)| which(unnamed) && (index == stem || numbered(stem).is_some()))
        })
    }

    /// Adds a foreign key.
    pub(super) fn mysql_add_foreign(
        &mut self,
        name: &QName,
        named: Named,
        parent: QName,
        foreign: ForeignDef,
        origin: Origin,
    ) -> Option<()> {
        let table = self.table(name)?;
        let columns = foreign
            .columns
            .iter()
            .map(|written| table.column_index(written))
            .collect::<Option<Vec<_>>>()?;
        let first = columns.first().copied().map(KeyPart::Column);
        let looks_made_up = matches!(&named, Named::Written(name) if name.contains("_ibfk_"));
        let differently = named == Named::Differently || looks_made_up;
        let unnamed = !matches!(named, Named::Written(_));
        let key = ForeignKey {
            name: match named {
                Named::Written(name) => Some(name),
                Named::ByNumber => Some(foreign_key_name(table)),
                Named::Differently => None,
            },
            columns,
            parent,
            parent_columns: foreign.parent_columns,
            on_delete: foreign.on_delete,
            set_columns: None,
            on_update: foreign.on_update,
            validated: true,
            distrusted: false,
            deferrable: false,
            match_full: false,
            runs_code: false,
            origin,
        };
        self.table_mut(name)?.foreign_keys.push(key);
        if let (true, Some(first)) = (unnamed, first) {
            self.mysql_count_unnamed(name, &first, true);
        }
        self.mysql_extra(name).numbers_unknown |= differently;
        Some(())
    }
}

/// The member of a key; a prefix that holds the whole column is the column.
pub(super) fn key_part(table: &Table, part: &PartDef) -> Option<KeyPart> {
    match part {
        PartDef::Column(name) => table.column_index(name).map(KeyPart::Column),
        PartDef::Collated(name, length, text) => {
            let index = table.column_index(name)?;
            let ty = &table.columns.get(index)?.ty;
            let length: u64 = length.parse().ok()?;
            let sized = matches!(ty.name.as_str(), "char" | "varchar" | "binary" | "varbinary");
            let whole = sized && ty.modifiers.first().is_some_and(|size| *size <= length);
            Some(if whole {
                KeyPart::Column(index)
            } else {
                KeyPart::Expression(text.clone())
            })
        }
        PartDef::Expression(text) => Some(KeyPart::Expression(text.clone())),
    }
}

/// `table_ibfk_n`: one more than the highest there is.
fn foreign_key_name(table: &Table) -> String {
    let stem = format!("{}_ibfk_", table.name.name);
    let numbers = table.foreign_keys.iter().filter_map(|key| {
        let rest = key.name.as_ref()?.strip_prefix(&stem)?;
        rest.parse::<u32>().ok()
    });
    let next = numbers.max().unwrap_or(0).saturating_add(1);
    format!("{stem}{next}")
}

/// `using btree`, `key_block_size`, `comment`, `with parser`, `visible`, `ignored`: how the index is kept and used.
pub(super) fn index_options(cursor: &mut Cursor<'_>) -> Option<()> {
    loop {
        if cursor.eat_any(&["using", "type", "with parser"]).is_some() {
            cursor.identifier()?;
        } else if cursor.eat("comment") {
            cursor.string()?;
        } else if cursor
            .eat_any(&[
                "key_block_size",
                "clustering",
                "engine_attribute",
                "secondary_engine_attribute",
            ])
            .is_some()
        {
            cursor.eat_symbol("=");
            cursor.skip()?;
        } else if cursor
            .eat_any(&["visible", "invisible", "ignored", "not ignored"])
            .is_none()
        {
            return Some(());
        }
    }
}
