//! `cargo xtask hunt`.

use std::process::ExitCode;

use crate::arguments::Arguments;
use crate::error::{Attempt, Error};
use crate::postgres::{self, Server};
use crate::process;

/// Builds the long form of the property test and runs it against a private server. The words go to the program.
pub(crate) fn run(arguments: Arguments) -> Result<ExitCode, Error> {
    let words = arguments.rest();
    let built = process::cargo()
        .args([
            "build",
            "--profile",
            "hunt",
            "--package",
            "tenancy-tests",
            "--bin",
            "hunt",
        ])
        .status()
        .attempting("cannot run cargo")?;
    if !built.success() {
        return Err(Error::Failed("the hunt does not build".to_owned()));
    }
    let server = Server::start()?;
    let status = std::process::Command::new(process::target_directory().join("hunt/hunt"))
        .args(words)
        .current_dir(process::workspace())
        .env(postgres::ADMIN_URL, server.socket_url())
        .status()
        .attempting("cannot run the hunt")?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
