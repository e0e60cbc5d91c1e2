//! `cargo xtask functions`: the tables of the servers' pure builtins.

mod mysql;

use std::fs;
use std::process::ExitCode;

use crate::arguments::Arguments;
use crate::error::{Attempt, Error};
use crate::process;
use crate::{mariadb, postgres};

/// Writes the tables, or with `--check` says whether the committed ones are what the servers give.
pub(crate) fn run(mut arguments: Arguments) -> Result<ExitCode, Error> {
    let check = arguments.flag("--check");
    arguments.finish()?;
    let lists = process::workspace().join("xtask/functions");
    let postgres = postgres::Server::start()?.script(&lists.join("postgres.sql"))?;
    let list = lists.join("mariadb.txt");
    let list = fs::read_to_string(&list).attempting(format!("cannot read {}", list.display()))?;
    let mysql = mysql::table(&list, &mariadb::Server::start()?)?;
    let mut stale = Vec::new();
    for (name, table) in [("postgres", postgres), ("mysql", mysql)] {
        let file = process::workspace().join(format!("tenancy-prover/src/functions/{name}.rs"));
        if !check {
            fs::write(&file, table).attempting(format!("cannot write {}", file.display()))?;
        } else if fs::read_to_string(&file).attempting(format!("cannot read {}", file.display()))? != table {
            stale.push(file.display().to_string());
        }
    }
    if stale.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    Err(Error::Failed(format!(
        "{} is stale: run `cargo xtask functions`",
        stale.join(" and ")
    )))
}
