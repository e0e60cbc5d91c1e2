//! What is MariaDB's own about running the cases.

use serde_json::Value;
use sqlx::mysql::MySqlConnectOptions;
use sqlx::{AssertSqlSafe, Column as _, ConnectOptions as _, MySqlConnection, Row as _};
use sqlx::{ValueRef as _, raw_sql};

/// What the server's sessions begin with.
const USUAL_MODE: &str = "STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION";

/// A connection to a fresh database.
pub(crate) async fn create(options: MySqlConnectOptions, name: &str) -> Result<MySqlConnection, sqlx::Error> {
    // As an application sees the server: sqlx would change the mode.
    let options = options
        .pipes_as_concat(false)
        .no_engine_substitution(false)
        .disable_statement_logging();
    let mut connection = options.connect().await?;
    for statement in [
        format!("drop database if exists {name}"),
        format!("create database {name} character set utf8mb4 collate utf8mb4_general_ci"),
        format!("use {name}"),
        format!("set session sql_mode = '{USUAL_MODE}', time_zone = '+00:00'"),
        "set session group_concat_max_len = 1000000".to_owned(),
    ] {
        raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await?;
    }
    Ok(connection)
}

/// Runs a statement by the server's own `prepare`, so that rows come as text.
pub(crate) async fn run(
    connection: &mut MySqlConnection,
    sql: &str,
    values: &[Value],
    mode: Option<&str>,
) -> Result<Vec<String>, sqlx::Error> {
    let hex: String = sql.bytes().map(|byte| format!("{byte:02x}")).collect();
    let arguments: Vec<String> = values.iter().map(literal).collect();
    let using = if arguments.is_empty() { "" } else { " using " };
    let script = [
        format!("set @a_case = convert(x'{hex}' using utf8mb4)"),
        format!("set session sql_mode = '{}'", mode.unwrap_or(USUAL_MODE)),
        "prepare a_case from @a_case".to_owned(),
        format!("set session sql_mode = '{USUAL_MODE}'"),
        format!("execute a_case{using}{}", arguments.join(", ")),
    ];
    let mut rows = Vec::new();
    for statement in script {
        match raw_sql(AssertSqlSafe(statement))
            .fetch_all(&mut *connection)
            .await
        {
            Ok(found) => rows = found,
            Err(error) => {
                let usual = format!("set session sql_mode = '{USUAL_MODE}'");
                raw_sql(AssertSqlSafe(usual)).execute(&mut *connection).await?;
                return Err(error);
            }
        }
    }
    let mut shown = Vec::new();
    for row in rows {
        let mut text = String::new();
        for column in row.columns() {
            let null = row.try_get_raw(column.ordinal())?.is_null();
            text.push_str(&if null {
                "null".to_owned()
            } else {
                row.try_get_unchecked::<String, _>(column.ordinal())?
            });
            text.push_str(" | ");
        }
        shown.push(text);
    }
    Ok(shown)
}

/// The rows of the snapshot: table, owner, text.
pub(crate) async fn snapshot(
    connection: &mut MySqlConnection,
    sql: AssertSqlSafe<String>,
) -> Result<Vec<(String, Option<String>, String)>, sqlx::Error> {
    let rows = raw_sql(sql).fetch_all(connection).await?;
    rows.iter()
        .map(|row| {
            Ok((
                row.try_get_unchecked(0)?,
                row.try_get_unchecked(1)?,
                row.try_get_unchecked(2)?,
            ))
        })
        .collect()
}

fn literal(value: &Value) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"));
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => u8::from(*truth).to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => quoted(text),
        other @ (Value::Array(_) | Value::Object(_)) => quoted(&other.to_string()),
    }
}
