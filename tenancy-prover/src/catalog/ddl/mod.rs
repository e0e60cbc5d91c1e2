//! From DDL to the catalog, statement by statement, in the order in which the migrations run.
//!
//! The rules read tokens, not a syntax tree: they slice the file's own text (defaults, predicates, view queries), they
//! accept what they list to the last token, and everything else *poisons* what it names. So one statement that no
//! parser knows costs the tables that it mentions, never the file.

mod alter;
mod alter_column;
mod attach;
mod behind;
mod code;
mod column;
mod cursor;
mod drop;
mod evaluated;
mod index;
mod mention;
mod mysql;
mod names;
mod object;
mod policy;
mod rename;
mod routine;
mod scan;
mod session;
mod split;
mod table;
mod trigger;
mod types;
mod view;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use self::cursor::{Cursor, Name};
use self::index::PlainIndex;
use self::mention::Mentions;
use self::names::Names;
use self::routine::Routine;
use crate::Dialect;
use crate::catalog::{Catalog, Check, Origin, Poison, QName, Relation, Table};

/// The schema of the current tenant: no statement can spell it.
const TENANT_SCHEMA: &str = "";

/// Reads a project's DDL into a catalog.
#[derive(Debug)]
pub(crate) struct Reader {
    catalog: Catalog,
    /// The schemas that an unqualified name is looked up in; nothing when it is not known.
    path: Option<Vec<String>>,
    /// `pg_catalog` stands behind other schemas in the search path: operators and functions may be theirs.
    hides_builtins: bool,
    /// Bodies of functions and procedures, by name and argument list.
    routines: BTreeMap<(QName, String), Routine>,
    /// Defaults of domains: a column without one takes it.
    domain_defaults: BTreeMap<QName, String>,
    /// What values of a type run: checks of domains, functions of ranges and base types.
    type_checks: BTreeMap<QName, Vec<Check>>,
    /// Operator classes of the project's own, whatever schema they are in.
    operator_classes: BTreeSet<String>,
    /// Some routine can change the schema.
    risky_code: bool,
    /// Code that runs where no statement names it.
    unnamed: behind::Unnamed,
    /// Partitioned tables: their keys, foreign keys and row triggers are their partitions' too.
    partitioned: BTreeSet<QName>,
    /// Sequences that go with their table or its column.
    owned_sequences: BTreeMap<QName, (QName, String)>,
    /// The words of each view's query.
    view_mentions: BTreeMap<QName, Mentions>,
    /// Set with the first partition or inheritance child.
    has_families: bool,
    /// Indexes that are no keys.
    plain_indexes: BTreeMap<QName, PlainIndex>,
    /// Names of keys and constraints, and names that something may hold.
    names: Names,
    /// Keys of partitions that came with their parent's, by table and name: they go with it, too.
    inherited_keys: BTreeSet<(QName, String)>,
    /// Columns that an inheritance child has of its own, too: they stay when the parent's goes.
    own_columns: BTreeSet<(QName, String)>,
    /// SQLite's temporary triggers: a name means them first.
    temporary_triggers: BTreeSet<String>,
    /// SQLite's virtual tables: `<name>_..` are theirs too.
    virtual_tables: BTreeSet<String>,
    /// `pragma legacy_alter_table`: a rename leaves views and foreign keys as they are.
    legacy_alter_table: bool,
    /// Domains that code makes or changes, whose defaults and checks are not known.
    unknown_types: BTreeSet<String>,
    /// `session_replication_role = replica`: nothing checks foreign keys.
    replica: bool,
    /// Statements not understood, for the relations that come later.
    pending: Vec<(Mentions, Poison)>,
    /// What only MySQL's rules know.
    mysql: mysql::State,
    file: File,
}

/// The file that is being read.
#[derive(Debug)]
struct File {
    path: Arc<std::path::PathBuf>,
    lines: Vec<usize>,
    statement: usize,
}

impl Reader {
    /// A reader that has seen nothing.
    pub(crate) fn new(dialect: Dialect) -> Self {
        Self {
            catalog: Catalog::new(dialect),
            path: Some(vec![Catalog::default_schema_of(dialect).to_owned()]),
            hides_builtins: false,
            routines: BTreeMap::new(),
            domain_defaults: BTreeMap::new(),
            type_checks: BTreeMap::new(),
            operator_classes: BTreeSet::new(),
            risky_code: false,
            unnamed: behind::Unnamed::default(),
            partitioned: BTreeSet::new(),
            owned_sequences: BTreeMap::new(),
            view_mentions: BTreeMap::new(),
            has_families: false,
            plain_indexes: BTreeMap::new(),
            names: Names::default(),
            inherited_keys: BTreeSet::new(),
            own_columns: BTreeSet::new(),
            temporary_triggers: BTreeSet::new(),
            virtual_tables: BTreeSet::new(),
            legacy_alter_table: false,
            unknown_types: BTreeSet::new(),
            replica: false,
            pending: Vec::new(),
            mysql: mysql::State::default(),
            file: File {
                path: Arc::default(),
                lines: Vec::new(),
                statement: 0,
            },
        }
    }

    /// From here on the files run once for each tenant, in a schema of its own: a name without a schema means that one alone.
    pub(crate) fn begin_tenant(&mut self) {
        self.catalog.home = TENANT_SCHEMA;
        self.catalog.schemas.insert(TENANT_SCHEMA.to_owned());
        self.path = Some(vec![TENANT_SCHEMA.to_owned()]);
    }

    /// Reads one file; `path` is what messages call it.
    pub(crate) fn read(&mut self, path: &Path, source: &str) {
        let lines = source.match_indices('\n').map(|(at, _)| at + 1);
        self.file = File {
            path: Arc::new(path.to_owned()),
            lines: lines.collect(),
            statement: 0,
        };
        for tokens in split::split(source, self.catalog.dialect) {
            let cursor = Cursor::new(source, &tokens, self.catalog.dialect);
            self.file.statement = cursor.offset();
            self.statement(cursor);
        }
        self.end_of_file();
    }

    /// The catalog of all that was read, before anybody says whose tables they are.
    pub(crate) fn finish(mut self) -> Catalog {
        self.resolve_foreign_keys();
        match self.dialect() {
            Dialect::Postgres | Dialect::Sqlite => self.resolve_trigger_effects(),
            Dialect::Mysql => self.mysql_finish(),
        }
        self.resolve_domain_defaults();
        self.collect_checks();
        self.hide_shadow_tables();
        self.distrust_unknown_types();
        for (mentions, poison) in std::mem::take(&mut self.pending) {
            self.poison_mentioned_now(&mentions, &poison);
        }
        self.catalog
    }

    fn dialect(&self) -> Dialect {
        self.catalog.dialect
    }

    fn origin_at(&self, offset: usize) -> Origin {
        let line = self.file.lines.partition_point(|start| *start <= offset) + 1;
        Origin {
            file: Arc::clone(&self.file.path),
            line: u32::try_from(line).unwrap_or(u32::MAX),
        }
    }

    /// Where the current statement begins.
    fn origin(&self) -> Origin {
        self.origin_at(self.file.statement)
    }

    fn statement(&mut self, cursor: Cursor<'_>) {
        if self.dialect() == Dialect::Mysql {
            self.mysql_statement(cursor);
            return;
        }
        let understood = match cursor.word().as_str() {
            "create" => self.create(cursor.clone()),
            "alter" => self.alter(cursor.clone()),
            "drop" => self.drop_objects(cursor.clone()),
            "do" => self.do_block(&cursor),
            "call" => self.call(&cursor),
            "set" | "reset" | "discard" => self.set(cursor.clone()),
            "pragma" if self.dialect() == Dialect::Sqlite => self.pragma(cursor.clone()),
            "insert" | "update" | "delete" | "merge" | "replace" | "with" | "select" | "values" | "table"
            | "copy" | "truncate" | "explain" => self.data(&cursor),
            "" if cursor.is_symbol("(") => self.data(&cursor),
            // What follows changes nothing that the catalog models: privileges, comments, statistics, storage,
            // rows of materialized views, locks, notifications, cursors, and transactions that end well.
            "grant" | "revoke" | "comment" | "security" | "analyze" | "analyse" | "vacuum" | "reindex"
            | "cluster" | "refresh" | "lock" | "listen" | "notify" | "unlisten" | "checkpoint"
            | "reassign" | "declare" | "fetch" | "close" | "move" | "deallocate" | "show" | "begin"
            | "start" | "commit" | "end" | "savepoint" | "release" | "attach" | "detach" => Some(()),
            "rollback" | "abort" => {
                self.poison_all("a rollback, which undoes statements before it".to_owned());
                Some(())
            }
            _ => {
                self.poison_all(format!("{}, a statement that is not known", describe(&cursor)));
                Some(())
            }
        };
        if understood.is_none() {
            self.poison_mentioned(&cursor, describe(&cursor));
        }
        self.unnamed.add(&cursor);
        self.look_behind(&cursor);
    }

    fn create(&mut self, mut cursor: Cursor<'_>) -> Option<()> {
        cursor.expect("create")?;
        let replace = cursor.eat("or replace");
        let start = cursor.clone();
        cursor.eat_any(&["global", "local"]);
        let temporary = cursor.eat_any(&["temporary", "temp"]).is_some();
        cursor.eat("unlogged");
        if cursor.eat("table") {
            return self.create_table(cursor, temporary);
        }
        if cursor.is("view") || cursor.is("materialized view") || cursor.is("recursive view") {
            return self.create_view(cursor, temporary, replace);
        }
        if cursor.eat("trigger") || cursor.eat("constraint trigger") {
            return self.create_trigger(cursor, temporary);
        }
        if cursor.eat("sequence") {
            return self.create_sequence(cursor, temporary);
        }
        let mut cursor = start;
        if cursor.is("unique index") || cursor.is("index") {
            return self.create_index(cursor);
        }
        if cursor.eat("rule") {
            return self.create_rule(cursor);
        }
        if let Some(kind) = cursor.eat_any(&["function", "procedure", "aggregate"]) {
            return self.create_routine(cursor, kind);
        }
        self.create_object(cursor)
    }

    fn alter(&mut self, mut cursor: Cursor<'_>) -> Option<()> {
        cursor.expect("alter")?;
        if cursor.eat("table") {
            return self.alter_table(cursor);
        }
        if cursor.eat_any(&["materialized view", "view"]).is_some() {
            return self.alter_view(cursor);
        }
        if cursor.eat("index") {
            return self.alter_index(cursor);
        }
        if cursor
            .eat_any(&["function", "procedure", "routine", "aggregate"])
            .is_some()
        {
            return self.alter_routine(cursor);
        }
        self.alter_object(cursor)
    }

    /// The relation that a name in a statement means now.
    fn find(&self, name: &Name) -> Option<QName> {
        self.candidates(name)
            .into_iter()
            .find(|name| self.catalog.relations.contains_key(name))
    }

    /// The places where a name is looked up, in order.
    fn candidates(&self, name: &Name) -> Vec<QName> {
        let at = |schema: &str| QName {
            schema: self.schema_name(schema),
            name: name.name.clone(),
        };
        match &name.schema {
            Some(schema) => vec![at(schema)],
            None => {
                let path = self.path.iter().flatten().map(String::as_str);
                std::iter::once(self.temporary_schema())
                    .chain(path)
                    .map(at)
                    .collect()
            }
        }
    }

    /// What a statement does about something that is not there: nothing with `if exists`. Where it is not known in which
    /// schemas a name is looked up, it is not known to be absent either.
    fn absent(&self, written: &Name, optional: bool) -> Option<()> {
        (optional && (written.schema.is_some() || self.path.is_some())).then_some(())
    }

    /// Where a new object of that name goes.
    fn place(&self, name: &Name) -> Option<QName> {
        let schema = match &name.schema {
            Some(schema) => self.schema_name(schema),
            None => self.path.as_ref()?.first()?.clone(),
        };
        Some(QName {
            schema,
            name: name.name.clone(),
        })
    }

    fn schema_name(&self, schema: &str) -> String {
        if self.dialect() == Dialect::Sqlite && schema == "temporary" {
            "temp".to_owned()
        } else {
            schema.to_owned()
        }
    }

    fn temporary_schema(&self) -> &'static str {
        match self.dialect() {
            Dialect::Postgres => "pg_temp",
            Dialect::Sqlite | Dialect::Mysql => "temp",
        }
    }

    fn table(&self, name: &QName) -> Option<&Table> {
        match self.catalog.relations.get(name)? {
            Relation::Table(table) => Some(table),
            Relation::View(_) | Relation::Opaque { .. } => None,
        }
    }

    fn table_mut(&mut self, name: &QName) -> Option<&mut Table> {
        match self.catalog.relations.get_mut(name)? {
            Relation::Table(table) => Some(table),
            Relation::View(_) | Relation::Opaque { .. } => None,
        }
    }

    fn tables_mut(&mut self) -> impl Iterator<Item = &mut Table> {
        self.catalog
            .relations
            .values_mut()
            .filter_map(|relation| match relation {
                Relation::Table(table) => Some(table),
                Relation::View(_) | Relation::Opaque { .. } => None,
            })
    }

    fn tables(&self) -> impl Iterator<Item = &Table> {
        self.catalog
            .relations
            .values()
            .filter_map(|relation| match relation {
                Relation::Table(table) => Some(table),
                Relation::View(_) | Relation::Opaque { .. } => None,
            })
    }

    /// The partitions and inheritance children of a table, and theirs.
    fn descendants(&self, name: &QName) -> Vec<QName> {
        let mut found: Vec<QName> = Vec::new();
        if !self.has_families {
            return found;
        }
        let mut next = vec![name.clone()];
        while let Some(parent) = next.pop() {
            for table in self.tables() {
                if table.parents.contains(&parent) && !found.contains(&table.name) {
                    found.push(table.name.clone());
                    next.push(table.name.clone());
                }
            }
        }
        found
    }

    /// Temporary tables are the session's own: no later file and no application sees them.
    fn end_of_file(&mut self) {
        let temporary = self.temporary_schema();
        let first = QName {
            schema: temporary.to_owned(),
            name: String::new(),
        };
        let found = self.catalog.relations.range(first..).next();
        if found.is_some_and(|(name, _)| name.schema == temporary) {
            self.catalog.relations.retain(|name, _| name.schema != temporary);
        }
        let default = self.catalog.home;
        if self
            .path
            .as_ref()
            .is_none_or(|path| path.len() != 1 || path.first().is_none_or(|first| first != default))
        {
            // Whether the next file runs in the same session is not known.
            self.path = None;
        }
    }
}

/// A statement in a few words, for messages.
fn describe(cursor: &Cursor<'_>) -> String {
    let mut walk = cursor.clone();
    let mut words = Vec::new();
    while words.len() < 3 {
        let word = walk.word();
        if word.is_empty() {
            break;
        }
        words.push(word);
        walk.skip();
    }
    match words.first().map(String::as_str) {
        None => "a statement that begins with no word".to_owned(),
        Some("do") => "a `do` block".to_owned(),
        Some(_) => format!("`{} ..`", words.join(" ")),
    }
}
