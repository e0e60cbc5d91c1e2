//! `cargo xtask hunt` and `cargo xtask sqlsmith`.

use std::process::ExitCode;

use crate::arguments::Arguments;
use crate::error::{Attempt, Error};
use crate::mariadb;
use crate::postgres::{self, Server};
use crate::process;

/// Builds a program of the property tests and runs it against private servers. The words go to the program.
pub(crate) fn run(program: &str, arguments: Arguments) -> Result<ExitCode, Error> {
    let words = arguments.rest();
    let built = process::cargo()
        .args([
            "build",
            "--profile",
            "hunt",
            "--package",
            "tenancy-tests",
            "--bin",
            program,
        ])
        .status()
        .attempting("cannot run cargo")?;
    if !built.success() {
        return Err(Error::Failed(format!("`{program}` does not build")));
    }
    let server = Server::start()?;
    let mariadb = mariadb::Server::start()?;
    let status = std::process::Command::new(process::target_directory().join("hunt").join(program))
        .args(words)
        .current_dir(process::workspace())
        .env(postgres::ADMIN_URL, server.socket_url())
        .env(mariadb::ADMIN_URL, mariadb.admin_url())
        .status()
        .attempting(format!("cannot run {program}"))?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
