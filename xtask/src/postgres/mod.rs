//! A private PostgreSQL for tests.

mod programs;
mod server;

use std::process::ExitCode;

use crate::arguments::Arguments;
use crate::error::Error;
use crate::pgbouncer::{self, Pooler};

pub(crate) use server::{APPLICATION, DATABASE, Server};

/// The application role's URL.
pub(crate) const URL: &str = "TENANCY_TEST_POSTGRES_URL";
/// The superuser's URL.
pub(crate) const ADMIN_URL: &str = "TENANCY_TEST_POSTGRES_ADMIN_URL";

/// `cargo xtask postgres`: starts the server and a pooler before it, prints how to reach them, and waits to be interrupted.
pub(crate) fn keep(arguments: Arguments) -> Result<ExitCode, Error> {
    arguments.finish()?;
    let server = Server::start()?;
    println!("export {URL}='{}'", server.url());
    println!("export {ADMIN_URL}='{}'", server.admin_url());
    let pooler = Pooler::start(&server)?;
    println!("export {}='{}'", pgbouncer::URL, pooler.url());
    eprintln!("\nThe servers run until Ctrl-C.");
    loop {
        std::thread::park();
    }
}
