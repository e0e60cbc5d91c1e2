//! PostgreSQL: the temporary tables of one connection, in a transaction that never ends.
//!
//! Everything that belongs to one statement goes in one message: it is prepared, run, looked at and taken back in a
//! single round trip.

use futures_util::TryStreamExt as _;
use sqlx::postgres::{PgConnectOptions, PgRow};
use sqlx::{
    AssertSqlSafe, Column as _, ConnectOptions as _, Either, PgConnection, Row as _, ValueRef as _, raw_sql,
};
use tenancy_prover::Dialect;
use tokio::runtime::Runtime;

use super::super::data::Value;
use super::{Failure, Outcome, Session, Snapshot, snapshot_query, sql_value};

const SCHEMA: &str = include_str!("../../../property/postgres/migrations/0001_traps.sql");
const NOT_VALID: &str = include_str!("../../../property/postgres/migrations/0002_not_valid.sql");

/// After how many statements the tables are filled again: what was taken back still takes up space in them.
const WORN: usize = 4_000;

/// The temporary tables of one connection.
pub(super) struct Temporary {
    runtime: Runtime,
    connection: PgConnection,
    /// The script that fills the tables.
    filling: String,
    /// Statements since the tables were filled.
    used: usize,
}

impl Temporary {
    /// Empty tables of the trap schema.
    pub(super) fn open(url: &str) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::Broken(error.to_string()))?;
        let connection = runtime.block_on(connect(url)).map_err(broken)?;
        let mut opened = Self {
            runtime,
            connection,
            filling: String::new(),
            used: 0,
        };
        opened.script(format!(
            "prepare everything as {}",
            snapshot_query(Dialect::Postgres)
        ))?;
        Ok(opened)
    }

    fn script(&mut self, sql: String) -> Result<(), Failure> {
        self.runtime
            .block_on(raw_sql(AssertSqlSafe(sql)).execute(&mut self.connection))
            .map(drop)
            .map_err(broken)
    }

    /// Runs several statements in one round trip: the rows of each that ended, and the error of the one that did not.
    fn message(&mut self, sql: String) -> (Vec<Vec<PgRow>>, Option<sqlx::Error>) {
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

async fn connect(url: &str) -> Result<PgConnection, sqlx::Error> {
    let options: PgConnectOptions = url.parse()?;
    let mut connection = options.disable_statement_logging().connect().await?;
    let settings = "set client_min_messages = error; set jit = off; set statement_timeout = '500ms'; \
                    set search_path = pg_temp";
    raw_sql(settings).execute(&mut connection).await?;
    let schema = SCHEMA
        .replace("create table", "create temporary table")
        .replace("create view", "create temporary view");
    raw_sql(AssertSqlSafe(schema)).execute(&mut connection).await?;
    Ok(connection)
}

impl Session for Temporary {
    fn load(&mut self, scripts: &[(&'static str, String)]) -> Result<(), Failure> {
        // The transaction stays open: a deferred constraint holds rows that it will refuse. A constraint that is not
        // valid comes after the rows.
        let of = |early: bool| -> String {
            let scripts = scripts
                .iter()
                .filter(|(table, _)| (*table == "entries_nv") == early);
            scripts.map(|(_, script)| script.as_str()).collect()
        };
        self.filling = format!(
            "rollback; begin; {}{NOT_VALID}{} savepoint loaded;",
            of(true),
            of(false)
        );
        self.used = 0;
        self.script(self.filling.clone())
    }

    fn run(&mut self, sql: &str, binds: &[Value]) -> Result<Outcome, Failure> {
        self.used += 1;
        if self.used > WORN {
            self.used = 0;
            self.script(self.filling.clone())?;
        }
        let types: Vec<&str> = binds.iter().map(kind).collect();
        let values: Vec<String> = binds.iter().map(sql_value).collect();
        let list = |items: String| {
            if items.is_empty() {
                items
            } else {
                format!("({items})")
            }
        };
        let writes = may_write(sql);
        let look = if writes { "execute everything;" } else { "" };
        let message = format!(
            "prepare judged {} as {sql}\n; execute judged {}; {look} rollback to loaded; deallocate judged",
            list(types.join(", ")),
            list(values.join(", ")),
        );
        let (done, error) = self.message(message);
        if let Some(error) = error {
            let forget = if done.is_empty() { "" } else { "deallocate judged" };
            self.script(format!("rollback to loaded; {forget}"))?;
            return Err(match error {
                sqlx::Error::Database(error) => Failure::Statement(error.message().to_owned()),
                other => broken(other),
            });
        }
        let mut results = done.into_iter().skip(1);
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
        let (done, error) = self.message("execute everything".to_owned());
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

/// The type that sqlx names for such a value.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null | Value::Text(_) => "text",
        Value::Int(_) => "bigint",
    }
}

/// Whether a word of a statement that writes occurs.
fn may_write(sql: &str) -> bool {
    sql.split(|c: char| !c.is_ascii_alphabetic())
        .any(|word| matches!(word, "insert" | "update" | "delete" | "merge"))
}

fn broken(error: sqlx::Error) -> Failure {
    Failure::Broken(error.to_string())
}

/// A value as the server writes it; nothing for null.
fn field(row: &PgRow, place: usize) -> Result<Option<&str>, sqlx::Error> {
    let raw = row.try_get_raw(place)?;
    if raw.is_null() {
        return Ok(None);
    }
    raw.as_str().map(Some).map_err(sqlx::Error::Decode)
}

fn text(row: &PgRow) -> Result<String, sqlx::Error> {
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

fn whole(row: &PgRow) -> Result<(String, Option<String>, String), sqlx::Error> {
    let owned = |place| Ok::<_, sqlx::Error>(field(row, place)?.map(str::to_owned));
    Ok((
        owned(0)?.unwrap_or_default(),
        owned(1)?,
        owned(2)?.unwrap_or_default(),
    ))
}
