//! Development tasks of this workspace: `cargo xtask help` lists them.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it talks to the person at the terminal"
)]

mod arguments;
mod bench_build;
mod bench_prover;
mod bench_run;
mod error;
mod functions;
mod hunt;
mod mariadb;
mod pgbouncer;
mod postgres;
mod private;
mod process;
mod steps;
mod test;

use std::process::ExitCode;

use arguments::Arguments;
use error::Error;

const HELP: &str = "\
Development tasks of this workspace.

  cargo xtask test [--filter NAME]   start private servers, then run every test and example
  cargo xtask postgres               start a private PostgreSQL and keep it until Ctrl-C
  cargo xtask mariadb                start a private MariaDB and keep it until Ctrl-C
  cargo xtask bench-build [--queries N] [--runs N] [--only ours,plain,checked] [--json]
                                     measure what the macros cost a compiler
  cargo xtask bench-run [--queries N] [--json]
                                     count the instructions of a query, beside sqlx alone (needs valgrind)
  cargo xtask hunt [--minutes N] [--seed S] [--dialects sqlite,postgres,mysql] [--jobs J] [--automatic] [--json]
                                     the long form of the property test: random statements on pairs of databases;
                                     every 50th refused one (--refused N) is run too; leaks go to target/hunt/*.toml
  cargo xtask bench-prover           count the instructions of a proof, beside sqlparser alone, and how they grow
                                     (needs valgrind)
  cargo xtask sqlsmith [--statements N] [--seed S]
                                     statements that sqlsmith (a Debian package) writes, repaired where they miss a
                                     predicate, and judged like those of the hunt where they are proved
  cargo xtask functions [--check]    write (or compare) the tables of the servers' pure builtins

Tests find the private servers by variables. A test that needs a server fails without them, it is never skipped:

  TENANCY_TEST_POSTGRES_URL          the application role `tenancy_app` (no superuser, no bypass of row security) on
                                     the database `tenancy_test`, which it owns
  TENANCY_TEST_POSTGRES_ADMIN_URL    the superuser `tenancy_admin` on the same database, to create roles and databases
  TENANCY_TEST_PGBOUNCER_URL         the application role by way of PgBouncer in transaction mode, all of whose
                                     clients share one connection to the server
  TENANCY_TEST_MYSQL_URL             the application account `tenancy_app` on MariaDB, which has the database
                                     `tenancy_test` and nothing else
  TENANCY_TEST_MYSQL_ADMIN_URL       the administrator `tenancy_admin`, to create accounts and databases

PostgreSQL's programs are looked for in PATH and /usr/lib/postgresql/*/bin, MariaDB's in PATH and /usr/sbin. On Debian,
root gets them installed. A server lives in a temporary folder, and goes away with the command, however that ends.
";

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode, Error> {
    let mut arguments = Arguments::from_environment();
    match arguments.command().as_deref() {
        Some("test") => test::run(arguments),
        Some("postgres") => postgres::keep(arguments),
        Some("mariadb") => mariadb::keep(arguments),
        Some("bench-build") => bench_build::run(arguments),
        Some("bench-prover") => bench_prover::run(arguments),
        Some("bench-run") => bench_run::run(arguments),
        Some("hunt") => hunt::run("hunt", arguments),
        Some("sqlsmith") => hunt::run("sqlsmith", arguments),
        Some("functions") => functions::run(arguments),
        None | Some("help" | "--help" | "-h") => {
            print!("{HELP}");
            Ok(ExitCode::SUCCESS)
        }
        Some(other) => Err(Error::Usage(format!("there is no task `{other}`"))),
    }
}
