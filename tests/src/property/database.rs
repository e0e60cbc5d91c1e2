//! The databases that statements run on. Nothing that is run stays: every statement is rolled back.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::postgres::{PgConnectOptions, PgRow};
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{
    AssertSqlSafe, Column as _, ConnectOptions as _, PgConnection, Row as _, SqliteConnection, TypeInfo as _,
};
use sqlx::{ValueRef as _, raw_sql};
use tenancy_prover::Dialect;
use tokio::runtime::Runtime;

use super::data::{Rows, Value};
use super::schema::{Owner, TABLES, Table, table};

/// A row of the whole database: table, owner (nobody, or everybody for shared tables), text.
pub(crate) type Snapshot = Vec<(String, Option<String>, String)>;

/// What a statement did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// The rows that it returned, as text, sorted.
    pub(crate) rows: Vec<String>,
    /// Every row of the database afterwards, if it wrote.
    pub(crate) after: Option<Snapshot>,
}

/// A database with the trap schema.
pub(crate) struct Database {
    runtime: Rc<Runtime>,
    connection: Connection,
    /// Every row of the database as it was loaded.
    pub(crate) before: Snapshot,
}

enum Connection {
    Sqlite(SqliteConnection, Arc<AtomicU64>),
    Postgres(PgConnection),
}

/// How many virtual machine steps a statement may take on SQLite, in hundreds.
const STEPS: u64 = 5_000;

impl Database {
    /// An empty database of its own: in memory, or in the temporary tables of a connection to `url`.
    pub(crate) fn open(
        runtime: &Rc<Runtime>,
        dialect: Dialect,
        url: Option<&str>,
    ) -> Result<Self, sqlx::Error> {
        let connection = runtime.block_on(async {
            match dialect {
                Dialect::Sqlite => Self::open_sqlite().await,
                Dialect::Postgres => Self::open_postgres(url.unwrap_or_default()).await,
                Dialect::Mysql => Err(sqlx::Error::Configuration("no MariaDB here".into())),
            }
        })?;
        Ok(Self {
            runtime: Rc::clone(runtime),
            connection,
            before: Vec::new(),
        })
    }

    async fn open_sqlite() -> Result<Connection, sqlx::Error> {
        let options: SqliteConnectOptions = "sqlite::memory:".parse()?;
        let mut connection = options.disable_statement_logging().connect().await?;
        let steps = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&steps);
        let within = move || counted.fetch_add(1, Ordering::Relaxed) < STEPS;
        connection.lock_handle().await?.set_progress_handler(100, within);
        raw_sql(include_str!("../../property/sqlite/migrations/0001_traps.sql"))
            .execute(&mut connection)
            .await?;
        Ok(Connection::Sqlite(connection, steps))
    }

    async fn open_postgres(url: &str) -> Result<Connection, sqlx::Error> {
        let options: PgConnectOptions = url.parse()?;
        let mut connection = options.disable_statement_logging().connect().await?;
        let settings = "set client_min_messages = error; set jit = off; set statement_timeout = '500ms'; \
                        set search_path = pg_temp";
        raw_sql(settings).execute(&mut connection).await?;
        let schema = include_str!("../../property/postgres/migrations/0001_traps.sql")
            .replace("create table", "create temporary table")
            .replace("create view", "create temporary view");
        raw_sql(AssertSqlSafe(schema)).execute(&mut connection).await?;
        Ok(Connection::Postgres(connection))
    }

    /// Replaces everything by `rows`. With `reversed`, each table's rows are stored the other way round.
    pub(crate) fn load(&mut self, rows: &Rows, reversed: bool) -> Result<(), sqlx::Error> {
        let scripts = scripts(rows, reversed);
        let all = || scripts.iter().map(|(_, script)| script.as_str());
        let runtime = Rc::clone(&self.runtime);
        runtime.block_on(async {
            match &mut self.connection {
                Connection::Sqlite(connection, steps) => {
                    steps.store(0, Ordering::Relaxed);
                    let mut clear = "pragma foreign_keys = off;".to_owned();
                    for table in TABLES {
                        clear.push_str(&format!("delete from {};", table.name));
                    }
                    let script = format!("{clear}{}pragma foreign_keys = on;", all().collect::<String>());
                    raw_sql(AssertSqlSafe(script)).execute(connection).await?;
                }
                Connection::Postgres(connection) => {
                    // The transaction stays open: a deferred constraint holds rows that it will refuse.
                    let not_valid = include_str!("../../property/postgres/migrations/0002_not_valid.sql");
                    // A constraint that is not valid comes after the rows.
                    let early = scripts
                        .iter()
                        .filter(|(table, _)| *table == "entries_nv")
                        .map(|(_, script)| script.as_str());
                    let late = scripts
                        .iter()
                        .filter(|(table, _)| *table != "entries_nv")
                        .map(|(_, script)| script.as_str());
                    let (early, late): (String, String) = (early.collect(), late.collect());
                    let script = format!("rollback; begin; {early}{not_valid}{late} savepoint loaded;");
                    raw_sql(AssertSqlSafe(script)).execute(connection).await?;
                }
            }
            Ok::<(), sqlx::Error>(())
        })?;
        self.before = self.snapshot()?;
        Ok(())
    }

    /// Runs a statement and takes it back.
    pub(crate) fn run(&mut self, sql: &str, binds: &[Value], writes: bool) -> Result<Outcome, sqlx::Error> {
        if writes && matches!(self.connection, Connection::Sqlite(..)) {
            self.script("begin")?;
        }
        let rows = self.rows(sql, binds);
        let after = match (&rows, writes) {
            (Ok(_), true) => Some(self.snapshot()),
            _ => None,
        };
        match self.connection {
            // `or rollback` has ended the transaction already.
            Connection::Sqlite(..) if writes => drop(self.script("rollback")),
            Connection::Postgres(_) if writes || rows.is_err() => self.script("rollback to loaded")?,
            _ => {}
        }
        Ok(Outcome {
            rows: rows?,
            after: after.transpose()?,
        })
    }

    fn script(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        let runtime = Rc::clone(&self.runtime);
        runtime.block_on(async {
            match &mut self.connection {
                Connection::Sqlite(connection, steps) => {
                    steps.store(0, Ordering::Relaxed);
                    raw_sql(sql).execute(connection).await.map(drop)
                }
                Connection::Postgres(connection) => raw_sql(sql).execute(connection).await.map(drop),
            }
        })
    }

    fn rows(&mut self, sql: &str, binds: &[Value]) -> Result<Vec<String>, sqlx::Error> {
        let runtime = Rc::clone(&self.runtime);
        let mut rows = runtime.block_on(async {
            match &mut self.connection {
                Connection::Sqlite(connection, steps) => {
                    steps.store(0, Ordering::Relaxed);
                    let mut query = sqlx::query(AssertSqlSafe(sql.to_owned())).persistent(false);
                    for bind in binds {
                        query = match bind {
                            Value::Null => query.bind(None::<String>),
                            Value::Int(number) => query.bind(*number),
                            Value::Text(text) => query.bind(text.clone()),
                        };
                    }
                    let rows = query.fetch_all(connection).await?;
                    rows.iter()
                        .map(sqlite_row)
                        .collect::<Result<Vec<String>, sqlx::Error>>()
                }
                Connection::Postgres(connection) => {
                    let mut query = sqlx::query(AssertSqlSafe(sql.to_owned())).persistent(false);
                    for bind in binds {
                        query = match bind {
                            Value::Null => query.bind(None::<String>),
                            Value::Int(number) => query.bind(*number),
                            Value::Text(text) => query.bind(text.clone()),
                        };
                    }
                    let rows = query.fetch_all(connection).await?;
                    rows.iter().map(postgres_row).collect()
                }
            }
        })?;
        rows.sort();
        Ok(rows)
    }

    fn snapshot(&mut self) -> Result<Snapshot, sqlx::Error> {
        let runtime = Rc::clone(&self.runtime);
        let mut snapshot: Snapshot = runtime.block_on(async {
            match &mut self.connection {
                Connection::Sqlite(connection, steps) => {
                    steps.store(0, Ordering::Relaxed);
                    sqlx::query_as(AssertSqlSafe(snapshot_query(Dialect::Sqlite)))
                        .fetch_all(connection)
                        .await
                }
                Connection::Postgres(connection) => {
                    sqlx::query_as(AssertSqlSafe(snapshot_query(Dialect::Postgres)))
                        .fetch_all(connection)
                        .await
                }
            }
        })?;
        snapshot.sort();
        Ok(snapshot)
    }
}

fn sqlite_row(row: &SqliteRow) -> Result<String, sqlx::Error> {
    let mut text = String::new();
    for column in row.columns() {
        let raw = row.try_get_raw(column.ordinal())?;
        let kind = raw.type_info().name().to_owned();
        let shown = if raw.is_null() {
            "null".to_owned()
        } else {
            match kind.as_str() {
                "TEXT" => format!("{:?}", row.try_get_unchecked::<String, _>(column.ordinal())?),
                "REAL" => format!("{:?}", row.try_get_unchecked::<f64, _>(column.ordinal())?),
                "BLOB" => format!("{:?}", row.try_get_unchecked::<Vec<u8>, _>(column.ordinal())?),
                _ => row.try_get_unchecked::<i64, _>(column.ordinal())?.to_string(),
            }
        };
        text.push_str(&shown);
        text.push_str(" | ");
    }
    Ok(text)
}

fn postgres_row(row: &PgRow) -> Result<String, sqlx::Error> {
    let mut text = String::new();
    for column in row.columns() {
        let raw = row.try_get_raw(column.ordinal())?;
        let shown = if raw.is_null() {
            "null".to_owned()
        } else {
            let bytes = raw.as_bytes().map_err(sqlx::Error::Decode)?;
            match (raw.type_info().name(), <[u8; 8]>::try_from(bytes)) {
                ("INT8", Ok(number)) => i64::from_be_bytes(number).to_string(),
                ("TEXT", _) => format!("{:?}", String::from_utf8_lossy(bytes)),
                (name, _) => format!("{name} {bytes:?}"),
            }
        };
        text.push_str(&shown);
        text.push_str(" | ");
    }
    Ok(text)
}

fn sql_value(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Int(number) => number.to_string(),
        Value::Text(text) => format!("'{text}'"),
    }
}

fn insert(table: &str, rows: &[Vec<Value>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let rows: Vec<String> = rows
        .iter()
        .map(|row| format!("({})", row.iter().map(sql_value).collect::<Vec<_>>().join(", ")))
        .collect();
    format!("insert into {table} values {};\n", rows.join(", "))
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
                Dialect::Sqlite | Dialect::Mysql => {
                    let columns: Vec<String> = table
                        .columns
                        .iter()
                        .map(|one| format!("quote(s.{})", one.0))
                        .collect();
                    columns.join(" || ',' || ")
                }
            };
            format!(
                "select '{}', {}, {row} from {} s",
                table.name,
                owner(table, "s"),
                table.name
            )
        })
        .collect();
    arms.join(" union all ")
}

/// The owner of a row, as SQL.
fn owner(of: &Table, alias: &str) -> String {
    match of.owner {
        Owner::Column(column) => format!("{alias}.{column}"),
        Owner::Shared => "cast('' as text)".to_owned(),
        Owner::Via(reference, parent) => {
            let inner = format!("{alias}p");
            let owner = owner(table(parent), &inner);
            format!("(select {owner} from {parent} {inner} where {inner}.id = {alias}.{reference})")
        }
    }
}
