//! What `sqlsmith` writes its statements for, and its statements as the judge takes them.

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, raw_sql};
use tenancy_prover::{Dialect, functions};

use super::database::Failure;

const SCHEMA: &str = include_str!("../../property/postgres/migrations/0001_traps.sql");

/// The database whose catalogue `sqlsmith` reads.
const DATABASE: &str = "tenancy_smith";

/// `sqlsmith`, prepared.
#[derive(Debug)]
pub struct Smith;

impl Smith {
    /// Creates a database with the trap schema and no row, in which only functions that are known to be pure can be
    /// seen. Returns how `sqlsmith` reaches it.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn prepare(url: &str) -> Result<String, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::Broken(error.to_string()))?;
        runtime
            .block_on(prepare(url))
            .map_err(|error| Failure::Broken(error.to_string()))?;
        let (server, _) = url.rsplit_once('/').unwrap_or((url, ""));
        Ok(format!("{server}/{DATABASE}"))
    }

    /// The statements in what `sqlsmith` prints. Its samples of tables are taken out: they are random by themselves. The
    /// tables that the judge has are temporary, so they stand in no schema of that name; the builtins need none.
    pub fn statements(lines: impl Iterator<Item = String>) -> impl Iterator<Item = String> {
        let mut lines = lines;
        std::iter::from_fn(move || {
            let mut sql = String::new();
            for line in lines.by_ref() {
                let ends = line.trim_end().ends_with(';');
                sql.push_str(line.trim_end().trim_end_matches(';'));
                sql.push('\n');
                if ends {
                    return Some(without_samples(
                        &sql.replace("public.", "").replace("pg_catalog.", ""),
                    ));
                }
            }
            None
        })
    }
}

async fn prepare(url: &str) -> Result<(), sqlx::Error> {
    let options: PgConnectOptions = url.parse()?;
    let mut connection = options.clone().disable_statement_logging().connect().await?;
    raw_sql(AssertSqlSafe(format!("drop database if exists {DATABASE}; ")))
        .execute(&mut connection)
        .await?;
    raw_sql(AssertSqlSafe(format!("create database {DATABASE}")))
        .execute(&mut connection)
        .await?;
    let mut own = options
        .database(DATABASE)
        .disable_statement_logging()
        .connect()
        .await?;
    raw_sql(SCHEMA).execute(&mut own).await?;
    let names: Vec<(String,)> = sqlx::query_as("select distinct proname::text from pg_proc")
        .fetch_all(&mut own)
        .await?;
    let impure: Vec<String> = names
        .into_iter()
        .map(|(name,)| name)
        // sqlsmith asks for the server's version itself.
        .filter(|name| name != "version" && functions::lookup(Dialect::Postgres, name).is_none())
        .collect();
    // sqlsmith leaves functions of this type alone.
    sqlx::query("update pg_proc set prorettype = 'internal'::regtype where proname = any ($1)")
        .bind(impure)
        .execute(&mut own)
        .await?;
    // It would cast null to their pseudo-types, which the server refuses.
    raw_sql(
        "delete from pg_operator where exists \
         (select 1 from pg_type where typtype = 'p' and pg_type.oid in (oprleft, oprright, oprresult))",
    )
    .execute(&mut own)
    .await?;
    Ok(())
}

/// `sql` without its `tablesample` clauses.
fn without_samples(sql: &str) -> String {
    let mut rest = sql;
    let mut kept = String::new();
    while let Some((before, after)) = rest.split_once(" tablesample ") {
        kept.push_str(before);
        rest = after.split_once(')').map_or("", |(_, after)| after);
    }
    kept.push_str(rest);
    kept
}
