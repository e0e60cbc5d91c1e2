//! The databases that statements run on. Nothing that is run stays: every statement is taken back.

mod mariadb;
mod postgres;
mod sqlite;

use std::fmt;

use tenancy_prover::Dialect;

use super::data::{Rows, Value};
use super::schema::{Owner, TABLES, Table, table};

/// A row of the whole database: table, owner (nobody, or everybody for shared tables), text.
pub(crate) type Snapshot = Vec<(String, Option<String>, String)>;

/// What a statement did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// The rows that it returned, as text, sorted.
    pub(crate) rows: Vec<String>,
    /// Every row of the database afterwards, if it may have written.
    pub(crate) after: Option<Snapshot>,
}

/// Why a statement has no outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The database refused the statement or gave it up.
    Statement(String),
    /// The database is not there any more, or is not what it should be.
    Broken(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Statement(message) => f.write_str(message),
            Self::Broken(message) => write!(f, "the database is broken: {message}"),
        }
    }
}

impl std::error::Error for Failure {}

/// One database of one server.
trait Session {
    /// Replaces everything by what the scripts of the tables store.
    fn load(&mut self, scripts: &[(&'static str, String)]) -> Result<(), Failure>;

    /// Runs a statement, looks at every row if it may have written, and takes it back.
    fn run(&mut self, sql: &str, binds: &[Value]) -> Result<Outcome, Failure>;

    /// Every row, in no order.
    fn snapshot(&mut self) -> Result<Snapshot, Failure>;
}

/// A database with the trap schema.
pub(crate) struct Database {
    session: Box<dyn Session>,
    /// Every row of the database as it was loaded.
    pub(crate) before: Snapshot,
}

impl Database {
    /// An empty database of its own: in memory, in the temporary tables of a connection to `url`, or in a schema there.
    pub(crate) fn open(dialect: Dialect, url: Option<&str>) -> Result<Self, Failure> {
        let session: Box<dyn Session> = match dialect {
            Dialect::Sqlite => Box::new(sqlite::Memory::open()?),
            Dialect::Mysql => Box::new(mariadb::Schema::open(url.unwrap_or_default())?),
            Dialect::Postgres => Box::new(postgres::Temporary::open(url.unwrap_or_default())?),
        };
        Ok(Self {
            session,
            before: Vec::new(),
        })
    }

    /// Replaces everything by `rows`. With `reversed`, each table's rows are stored the other way round.
    pub(crate) fn load(&mut self, rows: &Rows, reversed: bool) -> Result<(), Failure> {
        self.session.load(&scripts(rows, reversed))?;
        self.before = self.session.snapshot()?;
        self.before.sort();
        Ok(())
    }

    /// Runs a statement and takes it back.
    pub(crate) fn run(&mut self, sql: &str, binds: &[Value]) -> Result<Outcome, Failure> {
        let mut outcome = self.session.run(sql, binds)?;
        outcome.rows.sort();
        if let Some(after) = &mut outcome.after {
            after.sort();
        }
        Ok(outcome)
    }
}

fn sql_value(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Int(number) => number.to_string(),
        Value::Text(text) => format!("'{text}'"),
    }
}

/// The statement that stores `rows`; nothing if there are none.
pub(crate) fn insert(table: &str, rows: &[Vec<Value>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let rows: Vec<String> = rows
        .iter()
        .map(|row| format!("({})", row.iter().map(sql_value).collect::<Vec<_>>().join(", ")))
        .collect();
    let columns: Vec<&str> = self::table(table).columns.iter().map(|column| column.0).collect();
    format!(
        "insert into {table} ({}) values {};\n",
        columns.join(", "),
        rows.join(", ")
    )
}

/// The statements that store `rows`, by table.
fn scripts(rows: &Rows, reversed: bool) -> Vec<(&'static str, String)> {
    let script = |table: &Table| {
        let mut stored = rows.get(table.name).cloned().unwrap_or_default();
        if reversed {
            stored.reverse();
        }
        (table.name, insert(table.name, &stored))
    };
    TABLES.iter().map(script).collect()
}

/// Every row of every table with its owner.
fn snapshot_query(dialect: Dialect) -> String {
    let arms: Vec<String> = TABLES
        .iter()
        .map(|table| {
            let row = match dialect {
                Dialect::Postgres => "s::text".to_owned(),
                Dialect::Mysql => {
                    let columns: Vec<String> = table
                        .columns
                        .iter()
                        .map(|one| format!("quote(s.{})", one.0))
                        .collect();
                    format!(
                        "convert(concat_ws(',', {}) using utf8mb4) collate utf8mb4_bin",
                        columns.join(", ")
                    )
                }
                Dialect::Sqlite => {
                    let columns: Vec<String> = table
                        .columns
                        .iter()
                        .map(|one| format!("quote(s.{})", one.0))
                        .collect();
                    columns.join(" || ',' || ")
                }
            };
            let owner = match dialect {
                // Arms of different collations do not mix.
                Dialect::Mysql => format!("convert({} using utf8mb4) collate utf8mb4_bin", owner(table, "s")),
                Dialect::Postgres | Dialect::Sqlite => owner(table, "s"),
            };
            format!("select '{}', {owner}, {row} from {} s", table.name, table.name)
        })
        .collect();
    arms.join(" union all ")
}

/// The owner of a row, as SQL.
fn owner(of: &Table, alias: &str) -> String {
    match of.owner {
        Owner::Column(column) => format!("{alias}.{column}"),
        Owner::Shared => "coalesce(null, '')".to_owned(),
        Owner::Via(reference, parent) => {
            let inner = format!("{alias}p");
            let owner = owner(table(parent), &inner);
            format!("(select {owner} from {parent} {inner} where {inner}.id = {alias}.{reference})")
        }
    }
}
