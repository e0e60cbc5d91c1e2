//! Writes an SQLite file with the benchmarks' schema: `shop FILE`.

use std::path::PathBuf;
use std::process::ExitCode;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Executor};

const SCHEMA: &str = include_str!("../../schema/0001_shop.sql");

async fn write(file: PathBuf) -> sqlx::Result<()> {
    let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
    let mut connection: SqliteConnection = options.connect().await?;
    connection.execute(SCHEMA).await?;
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stderr, reason = "a command line program")]
async fn main() -> ExitCode {
    let Some(file) = std::env::args_os().nth(1) else {
        eprintln!("usage: shop FILE");
        return ExitCode::FAILURE;
    };
    match write(file.into()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cannot write the schema: {error}");
            ExitCode::FAILURE
        }
    }
}
