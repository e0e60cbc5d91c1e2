//! `cargo xtask functions`: the table of PostgreSQL's pure builtins.

use std::fs;
use std::process::ExitCode;

use crate::arguments::Arguments;
use crate::error::{Attempt, Error};
use crate::postgres::Server;
use crate::process;

/// Writes the table, or with `--check` says whether the committed one is what the server gives.
pub(crate) fn run(mut arguments: Arguments) -> Result<ExitCode, Error> {
    let check = arguments.flag("--check");
    arguments.finish()?;
    let server = Server::start()?;
    let table = server.script(&process::workspace().join("xtask/functions/postgres.sql"))?;
    let file = process::workspace().join("tenancy-prover/src/functions/postgres.rs");
    if !check {
        fs::write(&file, table).attempting(format!("cannot write {}", file.display()))?;
        return Ok(ExitCode::SUCCESS);
    }
    if fs::read_to_string(&file).attempting(format!("cannot read {}", file.display()))? == table {
        return Ok(ExitCode::SUCCESS);
    }
    Err(Error::Failed(format!(
        "{} is stale: run `cargo xtask functions`",
        file.display()
    )))
}
