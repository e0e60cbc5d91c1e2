//! A private MariaDB for tests.

mod programs;
mod server;

use std::process::ExitCode;

use crate::arguments::Arguments;
use crate::error::Error;

pub(crate) use server::Server;

/// The application account's URL.
pub(crate) const URL: &str = "TENANCY_TEST_MYSQL_URL";
/// The administrator's URL.
pub(crate) const ADMIN_URL: &str = "TENANCY_TEST_MYSQL_ADMIN_URL";

/// `cargo xtask mariadb`: starts the server, prints how to reach it, and waits to be interrupted.
pub(crate) fn keep(arguments: Arguments) -> Result<ExitCode, Error> {
    arguments.finish()?;
    let server = Server::start()?;
    println!("export {URL}='{}'", server.url());
    println!("export {ADMIN_URL}='{}'", server.admin_url());
    eprintln!("\nThe server runs until Ctrl-C.");
    loop {
        std::thread::park();
    }
}
