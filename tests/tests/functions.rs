//! SQLite's own list of its functions, beside the one that the prover lets through.

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, SqliteConnection};
use tenancy_prover::Dialect;
use tenancy_prover::functions::{FunctionKind, lookup};

/// Functions that SQLite has and that are refused, each looked at.
const REFUSED: &[&str] = &[
    // They tell of earlier statements, of the connection, of how the library was built.
    "changes",
    "last_insert_rowid",
    "total_changes",
    "sqlite_compileoption_get",
    "sqlite_compileoption_used",
    "sqlite_source_id",
    "sqlite_version",
    // They load code, or write to the log.
    "load_extension",
    "sqlite_log",
    // What it tells of a value is no part of the value.
    "subtype",
    // Not in every build.
    "soundex",
];

async fn connect() -> SqliteConnection {
    let options: SqliteConnectOptions = "sqlite::memory:".parse().expect("a URL");
    options.connect().await.expect("a database in memory")
}

#[tokio::test]
async fn what_is_let_through_is_called_as_sqlite_says() {
    let mut connection = connect().await;
    let all: Vec<(String, String, i64)> = sqlx::query_as(
        "select distinct name, type, narg from pragma_function_list where builtin order by 1, 3",
    )
    .fetch_all(&mut connection)
    .await
    .expect("the list");
    assert!(all.len() > 100, "the list is empty");
    let mut wrong = Vec::new();
    for (name, kind, arguments) in all {
        let Some(builtin) = lookup(Dialect::Sqlite, &name) else {
            let symbol = name.starts_with(|first: char| !first.is_ascii_alphabetic());
            if !symbol && !REFUSED.contains(&name.as_str()) {
                wrong.push(format!("`{name}` is neither let through nor refused by name"));
            }
            continue;
        };
        // Less than -1 is "so many less one, or more".
        let fewest = if arguments < -1 { -arguments - 1 } else { arguments };
        let count = usize::try_from(fewest).unwrap_or(1);
        let fits = match builtin.kind_for(count) {
            FunctionKind::Scalar => kind == "s",
            FunctionKind::Aggregate => kind == "a" || kind == "w",
            FunctionKind::Window => kind == "w",
            FunctionKind::SetReturning => false,
        };
        if !fits {
            wrong.push(format!(
                "`{name}` of {arguments} is {kind}, read as {:?}",
                builtin.kind_for(count)
            ));
        }
        if builtin.strict {
            for null in 0..count {
                let values: Vec<&str> = (0..count)
                    .map(|at| if at == null { "null" } else { "1" })
                    .collect();
                let sql = format!("select {name}({}) is null", values.join(", "));
                let answer = sqlx::query_scalar::<_, i64>(AssertSqlSafe(sql.clone()))
                    .fetch_one(&mut connection)
                    .await;
                if !matches!(answer, Ok(1)) {
                    wrong.push(format!("`{sql}` is {answer:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
