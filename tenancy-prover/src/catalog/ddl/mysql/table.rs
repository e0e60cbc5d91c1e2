//! `create table`, and what is said of a whole table.

use super::super::Reader;
use super::super::cursor::Cursor;
use super::super::mention::Mentions;
use super::super::names::Held;
use super::super::table::new_table;
use super::Extra;
use super::collation::{Text, word};
use super::column::{ColumnDef, Place};
use super::key::{Named, TableKey, is_table_key};
use crate::catalog::{Check, QName, Relation};

/// Engines that keep a table's rows in the table itself; InnoDB is the one that enforces foreign keys.
const ENGINES: &[&str] = &[
    "innodb",
    "myisam",
    "aria",
    "memory",
    "heap",
    "archive",
    "csv",
    "rocksdb",
    "ndb",
    "ndbcluster",
];

/// What is said behind the columns of a table.
#[derive(Debug, Default)]
pub(super) struct Options {
    /// `engine`.
    pub(super) engine: Option<String>,
    /// `character set`, `collate`.
    pub(super) text: Text,
}

impl Reader {
    /// `create [or replace] [temporary] table`, behind that word.
    pub(super) fn mysql_create_table(
        &mut self,
        mut cursor: Cursor<'_>,
        temporary: bool,
        replace: bool,
    ) -> Option<()> {
        let keep = cursor.eat("if not exists");
        let spelling = cursor.spelled();
        let name = self.mysql_name(&mut cursor)?;
        if temporary {
            if self.catalog.relations.contains_key(&name) {
                let what = "a temporary table of the same name, which later statements may mean".to_owned();
                self.poison_relation(&name, what);
            }
            let name = QName {
                schema: self.temporary_schema().to_owned(),
                name: name.name,
            };
            self.add_opaque(name, "a temporary table");
            return Some(());
        }
        if replace && self.table(&name).is_some() {
            self.mysql_drop_table(&name);
        }
        let doubtful = keep && self.held(&name) == Held::Perhaps;
        if !self.makes(&name, keep)? {
            return Some(());
        }
        self.mysql.tables.insert(
            name.clone(),
            Extra {
                spelling,
                ..Extra::default()
            },
        );
        let created = self.mysql_define_table(&mut cursor, &name);
        if created.is_none() {
            self.add_opaque(name, "a table whose definition was not understood");
        } else if self.mysql_is_hidden(&name) {
            let what = "a temporary table of the same name, which later statements may mean".to_owned();
            self.poison_relation(&name, what);
        } else if doubtful {
            let what = "`create table if not exists`, where something may have had the name".to_owned();
            self.poison_relation(&name, what);
        }
        created
    }

    fn mysql_define_table(&mut self, cursor: &mut Cursor<'_>, name: &QName) -> Option<()> {
        if cursor.eat("like") {
            return self.mysql_like(cursor, name);
        }
        let group = cursor.group();
        if let Some(mut group) = group.clone()
            && group.eat("like")
        {
            return self.mysql_like(&mut group, name);
        }
        let words = ["as", "select", "with", "values", "table"];
        let mut rest = cursor.clone();
        rest.until(|cursor| words.iter().any(|word| cursor.is(word)) && !cursor.is("with system"));
        let group = match group {
            Some(group) if rest.done() => group,
            Some(_) | None => {
                self.add_opaque(
                    name.clone(),
                    "a table made by `create table .. select`, whose columns are not known",
                );
                // Its foreign keys are: they may change its rows, and rows below it.
                return (!has_references(cursor, group.as_ref())).then_some(());
            }
        };
        let options = table_options(cursor)?;
        match options.engine.as_deref() {
            None | Some("innodb") => {}
            Some(engine) if ENGINES.contains(&engine) => self.mysql_extra(name).keyless = true,
            Some(_) => {
                self.add_opaque(name.clone(), "a table whose engine may keep its rows elsewhere");
                return (!has_references(cursor, Some(&group))).then_some(());
            }
        }
        let collation = options.text.collation(None);
        self.mysql_extra(name).collation.clone_from(&collation);
        let mut table = new_table(name.clone(), self.origin());
        let mut keys: Vec<(TableKey, usize)> = Vec::new();
        let mut columns: Vec<ColumnDef> = Vec::new();
        for mut member in group.members() {
            if is_table_key(&member) {
                let offset = member.offset();
                keys.push((self.mysql_table_key(&mut member)?, offset));
                continue;
            }
            if member.eat("period for") {
                return None;
            }
            let (def, place) = self.mysql_column(&mut member, collation.as_deref())?;
            if place != Place::Usual || table.column_index(&def.column.name).is_some() {
                return None;
            }
            table.columns.push(def.column.clone());
            columns.push(def);
        }
        if columns.is_empty() {
            return None;
        }
        self.catalog
            .relations
            .insert(name.clone(), Relation::Table(table));
        // A named one first: a name is made up only where it is free.
        keys.sort_by_key(|(key, _)| !is_named(key));
        for def in &mut columns {
            self.mysql_column_keys(name, def)?;
        }
        for (key, offset) in keys {
            let origin = self.origin_at(offset);
            self.mysql_add_key(name, key, origin)?;
        }
        for def in columns {
            self.mysql_inline_references(name, def)?;
        }
        Some(())
    }

    /// Adds the keys and checks that stand in a column's definition.
    pub(super) fn mysql_column_keys(&mut self, name: &QName, def: &mut ColumnDef) -> Option<()> {
        let parts = [super::super::column::PartDef::Column(def.column.name.clone())];
        for kind in std::mem::take(&mut def.keys) {
            self.mysql_add_unique(name, kind, None, &parts, def.column.origin.clone())?;
        }
        for (text, offset) in std::mem::take(&mut def.checks) {
            let origin = self.origin_at(offset);
            self.table_mut(name)?.checks.push(Check::new(text, origin));
        }
        Some(())
    }

    /// Adds what stands behind `references` in a column's definition: a foreign key in MariaDB, nothing in MySQL.
    pub(super) fn mysql_inline_references(&mut self, name: &QName, def: ColumnDef) -> Option<()> {
        for (foreign, offset) in def.references {
            if foreign.parent.schema.is_some() {
                return None;
            }
            let parent = QName {
                schema: String::new(),
                name: foreign.parent.name.clone(),
            };
            let origin = self.origin_at(offset);
            self.mysql_add_foreign(name, Named::Differently, parent, foreign, origin)?;
            // Only MariaDB makes a key of it: it proves nothing, and what it cascades counts.
            let added = self.table_mut(name)?.foreign_keys.last_mut()?;
            added.validated = false;
            added.distrusted = true;
        }
        Some(())
    }

    /// `create table t like source`: its columns and keys, not its foreign keys and triggers.
    fn mysql_like(&mut self, cursor: &mut Cursor<'_>, name: &QName) -> Option<()> {
        let source = self.mysql_table(cursor)?;
        cursor.end()?;
        let mut table = self.table(&source)?.clone();
        let origin = self.origin();
        table.name = name.clone();
        table.origin = origin.clone();
        for column in &mut table.columns {
            column.origin = origin.clone();
        }
        table.foreign_keys.clear();
        table.triggers.clear();
        let spelling = self.mysql_extra(name).spelling.clone();
        let extra = Extra {
            spelling,
            numbers_unknown: false,
            ..self.mysql.tables.get(&source).cloned().unwrap_or_default()
        };
        self.mysql.tables.insert(name.clone(), extra);
        self.catalog
            .relations
            .insert(name.clone(), Relation::Table(table));
        Some(())
    }

    pub(super) fn mysql_extra(&mut self, name: &QName) -> &mut Extra {
        self.mysql.tables.entry(name.clone()).or_default()
    }
}

fn is_named(key: &TableKey) -> bool {
    match key {
        TableKey::Key(_, name, _) | TableKey::Index(name, _) => name.is_some(),
        TableKey::Foreign(name, ..) => matches!(name, Named::Written(_)),
        TableKey::Check(_) => true,
    }
}

/// Reads options up to the end, or to a comma between the actions of `alter table`.
pub(super) fn table_options(cursor: &mut Cursor<'_>) -> Option<Options> {
    let mut options = Options::default();
    while !cursor.done() {
        cursor.eat_symbol(",");
        if cursor.is("partition by system_time") {
            return None;
        }
        if cursor.eat("partition by") {
            // Where rows are kept: `partition` in a statement only narrows what it reads.
            cursor.until(|_| false);
            return Some(options);
        }
        table_option(cursor, &mut options)?;
    }
    Some(options)
}

/// Reads one option.
pub(super) fn table_option(cursor: &mut Cursor<'_>, options: &mut Options) -> Option<()> {
    const KEPT: &[&str] = &[
        "auto_increment",
        "autoextend_size",
        "avg_row_length",
        "checksum",
        "comment",
        "compression",
        "data directory",
        "delay_key_write",
        "encrypted",
        "encryption",
        "encryption_key_id",
        "engine_attribute",
        "ietf_quotes",
        "index directory",
        "insert_method",
        "key_block_size",
        "max_rows",
        "min_rows",
        "pack_keys",
        "page_checksum",
        "page_compressed",
        "page_compression_level",
        "password",
        "row_format",
        "secondary_engine_attribute",
        "stats_auto_recalc",
        "stats_persistent",
        "stats_sample_pages",
        "tablespace",
        "table_checksum",
        "transactional",
    ];
    let start = cursor.clone();
    cursor.eat("default");
    if options.text.eat(cursor)? {
        return Some(());
    }
    *cursor = start;
    if cursor.eat("engine") || cursor.eat("type") {
        cursor.eat_symbol("=");
        options.engine = Some(word(cursor)?.to_ascii_lowercase());
        return Some(());
    }
    cursor.eat_any(KEPT)?;
    cursor.eat_symbol("=");
    cursor.skip().map(|_| ())
}

/// Whether a definition that is not understood names parents.
fn has_references(rest: &Cursor<'_>, group: Option<&Cursor<'_>>) -> bool {
    let named = |cursor: &Cursor<'_>| Mentions::of_statement(cursor).name("references");
    named(rest) || group.is_some_and(named)
}
