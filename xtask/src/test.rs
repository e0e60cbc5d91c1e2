//! `cargo xtask test`.

use std::process::{Command, ExitCode};

use crate::arguments::Arguments;
use crate::error::Error;
use crate::mariadb;
use crate::pgbouncer;
use crate::postgres;
use crate::process;
use crate::steps::{self, Step};

/// Runs every test of the workspace and its example against private servers; with `--filter`, only the tests whose
/// name contains the word.
pub(crate) fn run(mut arguments: Arguments) -> Result<ExitCode, Error> {
    let filter = arguments.option("--filter")?;
    arguments.finish()?;
    let postgres = postgres::Server::start()?;
    let pooler = pgbouncer::Pooler::start(&postgres)?;
    let mariadb = mariadb::Server::start()?;
    let cargo = |words: &[&str]| {
        let mut command = process::cargo();
        command
            .args(words)
            .env(postgres::URL, postgres.url())
            .env(postgres::ADMIN_URL, postgres.admin_url())
            .env(pgbouncer::URL, pooler.url())
            .env(mariadb::URL, mariadb.url())
            .env(mariadb::ADMIN_URL, mariadb.admin_url());
        command
    };
    steps::run(plan(cargo, filter.as_deref()))
}

fn plan(cargo: impl Fn(&[&str]) -> Command, filter: Option<&str>) -> Vec<Step> {
    if let Some(filter) = filter {
        let command = cargo(&["test", "--workspace", "--no-fail-fast", filter]);
        return vec![Step {
            name: "tests that the filter names",
            command,
        }];
    }
    vec![
        Step {
            name: "unit, documentation, integration and compile-fail tests",
            command: cargo(&["test", "--workspace", "--no-fail-fast"]),
        },
        Step {
            name: "the quick start",
            command: cargo(&[
                "run",
                "--quiet",
                "--package",
                "tenancy",
                "--example",
                "quickstart",
            ]),
        },
        Step {
            name: "the benchmark of the macros, in small",
            command: cargo(&[
                "xtask",
                "bench-build",
                "--only",
                "ours",
                "--queries",
                "10",
                "--runs",
                "1",
            ]),
        },
    ]
}
