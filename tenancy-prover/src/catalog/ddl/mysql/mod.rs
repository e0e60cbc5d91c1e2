//! MySQL and MariaDB, where they agree.
//!
//! Their DDL shares little with the other dialects: names have no schema but the database, of which the migrations do
//! not know the name; index names belong to their table; text compares by the collation of its column, its table or
//! its database; what one statement does may depend on the server's version (`/*!50001 .. */`). So they have rules of
//! their own, which fill the same catalog. What the two servers read differently is not understood.

mod alter;
mod alter_column;
mod body;
mod collation;
mod column;
mod drop;
mod key;
mod routine;
mod session;
mod table;
mod types;
mod view;

use std::collections::{BTreeMap, BTreeSet};

use super::Reader;
use super::cursor::Cursor;
use crate::catalog::{QName, Relation};

/// What the catalog does not tell of, and later statements depend on.
#[derive(Debug, Default)]
pub(super) struct State {
    /// Of each table, what its columns' collations and its indexes' names follow from.
    tables: BTreeMap<QName, Extra>,
    /// `set foreign_key_checks = 0`: rows come in unchecked.
    unchecked: bool,
    /// The same for the whole server, and so for what sessions begin with.
    unchecked_by_default: bool,
    /// Variables that hold `foreign_key_checks` as it was while it was on.
    saved_on: BTreeSet<String>,
    /// How many statements were read.
    statement: usize,
    /// Bodies of procedures, for `call`: all that a name may mean, for one of them may be another database's, or not made.
    procedures: BTreeMap<String, Vec<String>>,
}

/// Indexes that begin with one column and were given no name.
#[derive(Debug, Clone)]
struct Unnamed {
    /// Which statement made the last of them.
    statement: usize,
    /// One of them was made for a foreign key: it goes and comes as the server likes.
    foreign: bool,
    /// Several came in one statement, whose text does not show their order, or one of them was a foreign key's.
    ambiguous: bool,
}

/// What is known of a table beside the catalog's own.
#[derive(Debug, Clone, Default)]
struct Extra {
    /// Its name as it was written: on most systems the case of a table's name counts.
    spelling: String,
    /// The default collation of its text columns; none if only the database says.
    collation: Option<String>,
    /// Its foreign keys are not enforced: any engine but InnoDB.
    keyless: bool,
    /// Indexes that are no keys, each with its columns and expressions.
    indexes: BTreeMap<String, Vec<super::column::PartDef>>,
    /// Nobody knows the numbers that the server gave its foreign keys: only MariaDB counts references written beside a
    /// column, and names that look like made-up ones, or keys that went in the same statement, count in their own ways.
    numbers_unknown: bool,
    /// The indexes without a name, by the name of the column that they begin with: they are called like it.
    unnamed: BTreeMap<String, Unnamed>,
}

impl Reader {
    /// One statement.
    pub(super) fn mysql_statement(&mut self, cursor: Cursor<'_>) {
        self.mysql.statement += 1;
        if cursor.tokens().iter().any(|token| {
            let text = cursor.text(*token);
            text.starts_with("/*")
        }) {
            let what =
                "a comment that only some servers execute (`/*!..`), which may hold anything".to_owned();
            if cursor.word().is_empty() {
                self.poison_all(what);
            } else {
                self.poison_mentioned(&cursor, what);
            }
            return;
        }
        if let Some(what) = body::swallowed(&cursor) {
            self.poison_all(what);
            return;
        }
        let understood = match cursor.word().as_str() {
            "create" => self.mysql_create(cursor.clone()),
            "alter" => self.mysql_alter(cursor.clone()),
            "drop" => self.mysql_drop(cursor.clone()),
            "rename" => self.mysql_rename(cursor.clone()),
            "set" => self.mysql_set(cursor.clone()),
            "call" => self.mysql_call(&cursor),
            "truncate" | "insert" | "update" | "delete" | "replace" | "load" | "with" | "select"
            | "values" | "table" | "do" => {
                self.mysql_data(&cursor);
                Some(())
            }
            "" if cursor.is_symbol("(") => {
                self.mysql_data(&cursor);
                Some(())
            }
            // What follows changes nothing that the catalog models. A rollback undoes rows, never DDL, which commits.
            "grant" | "revoke" | "flush" | "optimize" | "check" | "checksum" | "show" | "help" | "lock"
            | "unlock" | "start" | "commit" | "savepoint" | "release" | "rollback" => Some(()),
            // `analyze insert ..` and `explain analyze select f()` execute what they look at.
            "analyze" | "explain" | "describe" | "desc" => {
                if !is_analyze_table(cursor.clone()) {
                    self.mysql_data(&cursor);
                }
                Some(())
            }
            "begin" | "xa" if cursor.tokens().len() <= 2 => Some(()),
            _ => {
                self.poison_all(format!(
                    "{}, a statement that is not known",
                    super::describe(&cursor)
                ));
                Some(())
            }
        };
        if understood.is_none() {
            self.poison_mentioned(&cursor, super::describe(&cursor));
        }
    }

    fn mysql_create(&mut self, mut cursor: Cursor<'_>) -> Option<()> {
        cursor.expect("create")?;
        let replace = cursor.eat("or replace");
        let temporary = cursor.eat("temporary");
        if cursor.eat("table") {
            return self.mysql_create_table(cursor, temporary, replace);
        }
        if cursor.eat_any(&["database", "schema"]).is_some() {
            // Which database the names mean is decided by the connection.
            return Some(());
        }
        if cursor.eat("sequence") {
            let keep = cursor.eat("if not exists");
            let name = self.mysql_name(&mut cursor)?;
            if self.makes(&name, keep)? {
                self.add_opaque(name, "a sequence");
            }
            return Some(());
        }
        if cursor
            .eat_any(&[
                "user",
                "role",
                "server",
                "tablespace",
                "undo tablespace",
                "logfile group",
                "resource group",
                "spatial reference system",
            ])
            .is_some()
        {
            return Some(());
        }
        let head = self.mysql_head(&mut cursor)?;
        if cursor.eat("view") {
            return self.mysql_create_view(cursor, replace, head);
        }
        if cursor.eat("trigger") {
            return self.mysql_create_trigger(cursor, replace);
        }
        if cursor.eat("event") {
            // It runs by itself, at some time: its rows are no statement's, and a schema that it changes is not known.
            return (!body::changes_schema(&cursor)).then_some(());
        }
        if let Some(kind) = cursor.eat_any(&["function", "aggregate function", "procedure"]) {
            return self.mysql_create_routine(cursor, kind);
        }
        self.mysql_create_index(cursor, replace)
    }

    /// `algorithm = ..`, `definer = ..` and `sql security ..`, in any order; true for the security of the invoker.
    fn mysql_head(&self, cursor: &mut Cursor<'_>) -> Option<bool> {
        let mut invoker = false;
        loop {
            if cursor.eat("algorithm") {
                cursor.eat_symbol("=");
                cursor.eat_any(&["undefined", "merge", "temptable"])?;
            } else if cursor.eat("definer") {
                cursor.eat_symbol("=");
                account(cursor)?;
            } else if cursor.eat("sql security") {
                invoker = cursor.eat_any(&["definer", "invoker"])? == "invoker";
            } else {
                return Some(invoker);
            }
        }
    }

    /// A name as the catalog keeps it; nothing for `database.name`, for nobody knows which database is meant.
    fn mysql_name(&mut self, cursor: &mut Cursor<'_>) -> Option<QName> {
        let spelled = cursor.spelled();
        let written = cursor.name()?;
        if written.schema.is_some() {
            return None;
        }
        let name = QName {
            schema: String::new(),
            name: written.name,
        };
        let other = self.mysql.tables.get(&name).map(|extra| &extra.spelling);
        if other.is_some_and(|other| *other != spelled) {
            // Two tables, or none, or the same: that depends on the server's file system.
            let what = format!("`{spelled}`, which is written in another case elsewhere: spell it alike");
            self.poison_relation(&name, what);
        }
        Some(name)
    }

    /// A table that is understood, by the name at the cursor. Nothing if it is not there.
    fn mysql_table(&mut self, cursor: &mut Cursor<'_>) -> Option<QName> {
        let name = self.mysql_name(cursor)?;
        let temporary = QName {
            schema: self.temporary_schema().to_owned(),
            name: name.name.clone(),
        };
        let hidden = self.catalog.relations.contains_key(&temporary);
        (!hidden && self.table(&name).is_some()).then_some(name)
    }

    /// Whether a temporary table may stand before one of that name: which of them later statements mean depends on
    /// whether its connection has ended.
    fn mysql_is_hidden(&self, name: &QName) -> bool {
        let temporary = QName {
            schema: self.temporary_schema().to_owned(),
            name: name.name.clone(),
        };
        self.catalog.relations.contains_key(&temporary)
    }

    /// Tables of engines that do not enforce foreign keys: what references them or is referenced by them proves nothing.
    pub(super) fn mysql_finish(&mut self) {
        let keyless: BTreeSet<QName> = self
            .mysql
            .tables
            .iter()
            .filter(|(_, extra)| extra.keyless)
            .map(|(name, _)| name.clone())
            .collect();
        self.distrust_foreign_keys(|table, key| {
            keyless.contains(&table.name) || keyless.contains(&key.parent)
        });
        let unknown: Vec<QName> = self
            .catalog
            .relations
            .iter()
            .filter(|(_, relation)| !matches!(relation, Relation::Table(_)))
            .map(|(name, _)| name.clone())
            .collect();
        self.distrust_foreign_keys(|_, key| unknown.contains(&key.parent));
    }
}

/// `analyze table`, which counts rows.
fn is_analyze_table(mut cursor: Cursor<'_>) -> bool {
    cursor.eat("analyze") && {
        cursor.eat_any(&["no_write_to_binlog", "local"]);
        cursor.is("table") || cursor.is("tables")
    }
}

/// `user@host`, `user`, `current_user()`, `current_role`.
fn account(cursor: &mut Cursor<'_>) -> Option<()> {
    if cursor.eat_any(&["current_user", "current_role"]).is_some() {
        cursor.group();
        return Some(());
    }
    cursor.skip()?;
    if cursor.eat_symbol("@") {
        cursor.skip()?;
    }
    Some(())
}
