//! The prepared data of `sqlx::query_as!`: one build with a database writes it.

use std::fs;
use std::process::Command;

use super::crates::{Generated, base};
use super::measure::{OFFLINE, cargo_in};
use crate::error::{Attempt, Error};
use crate::process;

/// Fills the crate's `.sqlx` folder, unless it holds this many queries already.
pub(super) fn offline_data(generated: &Generated, count: usize) -> Result<(), Error> {
    let folder = generated.folder().join(".sqlx");
    if fs::read_dir(&folder).is_ok_and(|entries| entries.count() == count) {
        return Ok(());
    }
    eprintln!("==> preparing the data of {count} queries for `sqlx::query_as!`");
    if folder.exists() {
        fs::remove_dir_all(&folder).attempting(format!("cannot remove {}", folder.display()))?;
    }
    fs::create_dir_all(&folder).attempting(format!("cannot create {}", folder.display()))?;
    let database = base().join("shop.db");
    if database.exists() {
        fs::remove_file(&database).attempting(format!("cannot remove {}", database.display()))?;
    }
    let mut shop = process::cargo();
    shop.args([
        "run",
        "--quiet",
        "--package",
        "tenancy-bench",
        "--bin",
        "shop",
        "--",
    ])
    .arg(&database);
    process::output(&mut shop)?;

    let mut build: Command = cargo_in(generated);
    build.args(["check", "--quiet"]).env_remove(OFFLINE);
    build
        .env("DATABASE_URL", format!("sqlite://{}", database.display()))
        .env("SQLX_OFFLINE_DIR", &folder);
    process::output(&mut build)?;
    let written = fs::read_dir(&folder)
        .attempting(format!("cannot read {}", folder.display()))?
        .count();
    if written == count {
        return Ok(());
    }
    Err(Error::Failed(format!(
        "`sqlx::query_as!` prepared {written} of {count} queries"
    )))
}
