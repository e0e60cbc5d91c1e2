//! MariaDB: a database of its own for each connection, every statement in a transaction that is rolled back.
//!
//! Everything that belongs to one statement goes in one message, as on PostgreSQL.

use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::TryStreamExt as _;
use sqlx::mysql::{MySqlConnectOptions, MySqlRow};
use sqlx::{
    AssertSqlSafe, Column as _, ConnectOptions as _, Either, MySqlConnection, Row as _, ValueRef as _,
    raw_sql,
};
use tenancy_prover::Dialect;
use tokio::runtime::Runtime;

use super::super::data::Value;
use super::super::schema::TABLES;
use super::{Failure, Outcome, Session, Snapshot, snapshot_query, sql_value};

const SCHEMA: &str = include_str!("../../../property/mysql/migrations/0001_traps.sql");

/// What tells the databases of one process apart.
static NUMBER: AtomicU64 = AtomicU64::new(0);

/// A database of its own, which goes when this is dropped.
pub(super) struct Schema {
    runtime: Runtime,
    connection: MySqlConnection,
    name: String,
    /// What [`Session::snapshot`] asks.
    everything: String,
}

impl Schema {
    /// Empty tables of the trap schema.
    pub(super) fn open(url: &str) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::Broken(error.to_string()))?;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("hunt_{}_{number}", std::process::id());
        let connection = runtime.block_on(connect(url, &name)).map_err(broken)?;
        Ok(Self {
            runtime,
            connection,
            name,
            everything: snapshot_query(Dialect::Mysql),
        })
    }

    fn script(&mut self, sql: String) -> Result<(), Failure> {
        self.runtime
            .block_on(raw_sql(AssertSqlSafe(sql)).execute(&mut self.connection))
            .map(drop)
            .map_err(broken)
    }

    /// Runs several statements in one round trip: the rows of each that ended, and the error of the one that did not.
    fn message(&mut self, sql: String) -> (Vec<Vec<MySqlRow>>, Option<sqlx::Error>) {
        let mut done = Vec::new();
        let error = self.runtime.block_on(async {
            let mut rows = Vec::new();
            let mut results = raw_sql(AssertSqlSafe(sql)).fetch_many(&mut self.connection);
            loop {
                match results.try_next().await {
                    Ok(Some(Either::Left(_))) => done.push(std::mem::take(&mut rows)),
                    Ok(Some(Either::Right(row))) => rows.push(row),
                    Ok(None) => return None,
                    Err(error) => return Some(error),
                }
            }
        });
        (done, error)
    }
}

async fn connect(url: &str, name: &str) -> Result<MySqlConnection, sqlx::Error> {
    let options: MySqlConnectOptions = url.parse()?;
    // As an application sees the server: sqlx would change the mode.
    let options = options
        .pipes_as_concat(false)
        .no_engine_substitution(false)
        .disable_statement_logging();
    let mut connection = options.connect().await?;
    let script = format!(
        "create database {name} character set utf8mb4 collate utf8mb4_general_ci; use {name}; \
         set session max_statement_time = 0.5, innodb_lock_wait_timeout = 2; {SCHEMA}"
    );
    raw_sql(AssertSqlSafe(script)).execute(&mut connection).await?;
    Ok(connection)
}

impl Session for Schema {
    fn load(&mut self, scripts: &[(&'static str, String)]) -> Result<(), Failure> {
        let mut script = "set foreign_key_checks = 0; start transaction;".to_owned();
        for table in TABLES {
            script.push_str(&format!("delete from {};", table.name));
        }
        script.extend(scripts.iter().map(|(_, script)| script.as_str()));
        script.push_str("commit; set foreign_key_checks = 1");
        let loaded = self.script(script);
        if loaded.is_err() {
            self.script("rollback; set foreign_key_checks = 1".to_owned())?;
        }
        loaded
    }

    fn run(&mut self, sql: &str, binds: &[Value]) -> Result<Outcome, Failure> {
        let hex: String = sql.bytes().map(|byte| format!("{byte:02x}")).collect();
        let values: Vec<String> = binds.iter().map(sql_value).collect();
        let using = if values.is_empty() {
            String::new()
        } else {
            format!(" using {}", values.join(", "))
        };
        let writes = may_write(sql);
        let look = if writes {
            format!("{};", self.everything)
        } else {
            String::new()
        };
        let message = format!(
            "set @judged = convert(x'{hex}' using utf8mb4); prepare judged from @judged; start transaction; \
             execute judged{using}; {look} rollback; deallocate prepare judged"
        );
        let (done, error) = self.message(message);
        if let Some(error) = error {
            let forget = if done.len() > 1 {
                "; deallocate prepare judged"
            } else {
                ""
            };
            self.script(format!("rollback{forget}"))?;
            return Err(match error {
                sqlx::Error::Database(error) => Failure::Statement(error.message().to_owned()),
                other => broken(other),
            });
        }
        let mut results = done.into_iter().skip(3);
        let rows = results.next().unwrap_or_default();
        let rows = rows.iter().map(text).collect::<Result<_, _>>().map_err(broken)?;
        let after = if writes {
            let everything = results.next().unwrap_or_default();
            Some(
                everything
                    .iter()
                    .map(whole)
                    .collect::<Result<_, _>>()
                    .map_err(broken)?,
            )
        } else {
            None
        };
        Ok(Outcome { rows, after })
    }

    fn snapshot(&mut self) -> Result<Snapshot, Failure> {
        let (done, error) = self.message(self.everything.clone());
        if let Some(error) = error {
            return Err(broken(error));
        }
        done.iter()
            .flatten()
            .map(whole)
            .collect::<Result<_, _>>()
            .map_err(broken)
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        // The server goes away after the run in any case.
        let _ = self.script(format!("drop database {}", self.name));
    }
}

/// Whether a word of a statement that writes occurs.
fn may_write(sql: &str) -> bool {
    sql.split(|c: char| !c.is_ascii_alphabetic())
        .any(|word| matches!(word, "insert" | "update" | "delete" | "replace"))
}

fn broken(error: sqlx::Error) -> Failure {
    Failure::Broken(error.to_string())
}

/// A value as the server writes it; nothing for null.
fn field(row: &MySqlRow, place: usize) -> Result<Option<String>, sqlx::Error> {
    if row.try_get_raw(place)?.is_null() {
        return Ok(None);
    }
    let bytes: Vec<u8> = row.try_get_unchecked(place)?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

fn text(row: &MySqlRow) -> Result<String, sqlx::Error> {
    let mut text = String::new();
    for column in row.columns() {
        match field(row, column.ordinal())? {
            Some(value) => text.push_str(&format!("{value:?}")),
            None => text.push_str("null"),
        }
        text.push_str(" | ");
    }
    Ok(text)
}

fn whole(row: &MySqlRow) -> Result<(String, Option<String>, String), sqlx::Error> {
    Ok((
        field(row, 0)?.unwrap_or_default(),
        field(row, 1)?,
        field(row, 2)?.unwrap_or_default(),
    ))
}
