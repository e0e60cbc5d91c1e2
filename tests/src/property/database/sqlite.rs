//! SQLite in memory, without a thread in between.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, ToSql};

use super::super::data::Value;
use super::super::schema::TABLES;
use super::{Failure, Outcome, Session, Snapshot, snapshot_query};
use tenancy_prover::Dialect;

/// How many virtual machine steps a statement may take, in hundreds.
const STEPS: u64 = 5_000;

/// A database of its own.
pub(super) struct Memory {
    connection: Connection,
    steps: Arc<AtomicU64>,
    /// What [`Session::snapshot`] asks.
    everything: String,
}

impl Memory {
    /// An empty database with the trap schema.
    pub(super) fn open() -> Result<Self, Failure> {
        let connection = Connection::open_in_memory().map_err(broken)?;
        let steps = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&steps);
        connection
            .progress_handler(
                100,
                Some(move || counted.fetch_add(1, Ordering::Relaxed) >= STEPS),
            )
            .map_err(broken)?;
        connection
            .execute_batch(include_str!("../../../property/sqlite/migrations/0001_traps.sql"))
            .map_err(broken)?;
        Ok(Self {
            connection,
            steps,
            everything: snapshot_query(Dialect::Sqlite),
        })
    }

    fn script(&self, sql: &str) -> Result<(), Failure> {
        self.steps.store(0, Ordering::Relaxed);
        self.connection.execute_batch(sql).map_err(broken)
    }

    /// The statement's rows, and whether it may have changed any.
    fn rows(&self, sql: &str, binds: &[Value]) -> Result<(Vec<String>, bool), rusqlite::Error> {
        self.steps.store(0, Ordering::Relaxed);
        let mut statement = self.connection.prepare(sql)?;
        for (index, bind) in binds.iter().enumerate() {
            let value: &dyn ToSql = match bind {
                Value::Null => &None::<i64>,
                Value::Int(number) => number,
                Value::Text(text) => text,
            };
            statement.raw_bind_parameter(index + 1, value)?;
        }
        let writes = !statement.readonly();
        if writes {
            self.connection.execute_batch("begin")?;
        }
        let changes = self.connection.total_changes();
        let columns = statement.column_count();
        let mut shown = Vec::new();
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            shown.push(text(row, columns)?);
        }
        // Rows that a foreign key's action or a `replace` removed are counted too.
        Ok((shown, writes && self.connection.total_changes() != changes))
    }
}

impl Session for Memory {
    fn load(&mut self, scripts: &[(&'static str, String)]) -> Result<(), Failure> {
        let mut script = "pragma foreign_keys = off; begin;".to_owned();
        for table in TABLES {
            script.push_str(&format!("delete from {};", table.name));
        }
        script.extend(scripts.iter().map(|(_, script)| script.as_str()));
        script.push_str("commit; pragma foreign_keys = on;");
        let loaded = self.script(&script);
        if loaded.is_err() && !self.connection.is_autocommit() {
            self.script("rollback")?;
        }
        loaded
    }

    fn run(&mut self, sql: &str, binds: &[Value]) -> Result<Outcome, Failure> {
        let rows = self.rows(sql, binds);
        let after = match rows {
            Ok((_, true)) => Some(self.snapshot()),
            _ => None,
        };
        // `or rollback` has ended the transaction already.
        if !self.connection.is_autocommit() {
            self.script("rollback")?;
        }
        let (rows, _) = rows.map_err(|error| Failure::Statement(error.to_string()))?;
        Ok(Outcome {
            rows,
            after: after.transpose()?,
        })
    }

    fn snapshot(&mut self) -> Result<Snapshot, Failure> {
        self.steps.store(0, Ordering::Relaxed);
        let mut statement = self.connection.prepare_cached(&self.everything).map_err(broken)?;
        let rows = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .map_err(broken)?;
        rows.collect::<Result<_, _>>().map_err(broken)
    }
}

fn broken(error: rusqlite::Error) -> Failure {
    Failure::Broken(error.to_string())
}

/// A row as text that tells types apart.
fn text(row: &Row<'_>, columns: usize) -> Result<String, rusqlite::Error> {
    use std::fmt::Write as _;
    let mut text = String::new();
    for column in 0..columns {
        // Writing to a string does not fail.
        let _ = match row.get_ref(column)? {
            ValueRef::Null => write!(text, "null | "),
            ValueRef::Integer(number) => write!(text, "{number} | "),
            ValueRef::Real(number) => write!(text, "{number:?} | "),
            ValueRef::Text(bytes) => write!(text, "{:?} | ", String::from_utf8_lossy(bytes)),
            ValueRef::Blob(bytes) => write!(text, "{bytes:?} | "),
        };
    }
    Ok(text)
}
