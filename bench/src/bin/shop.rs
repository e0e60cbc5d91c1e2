//! Writes an SQLite file with the benchmarks' schema: `shop FILE`.

use std::error::Error;
use std::path::PathBuf;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Executor};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let file: PathBuf = std::env::args_os().nth(1).ok_or("arguments: FILE")?.into();
    let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
    options.connect().await?.execute(tenancy_bench::SCHEMA).await?;
    Ok(())
}
