//! The judge of the rules, on random statements.
//!
//! `TENANCY_PROPERTY_SEED` and `TENANCY_PROPERTY_CASES` choose another run.

#![expect(
    clippy::print_stdout,
    reason = "a run says what it reached, which a failing test shows"
)]

use std::env;

use tenancy_prover::Dialect;
use tenancy_tests::property::{Hunt, Naive, Prover, Real, Report};

/// The run that the environment asks for, or the usual one.
fn number(name: &str, usual: u64) -> u64 {
    env::var(name).ok().map_or(usual, |text| {
        text.parse().unwrap_or_else(|_| panic!("{name} is a number"))
    })
}

fn hunt(dialect: Dialect, url: Option<&str>, cases: u64, enough: usize) -> Hunt<'_> {
    let seed = number("TENANCY_PROPERTY_SEED", 1);
    Hunt {
        dialect,
        url,
        seed,
        cases,
        until: None,
        pairs: 8,
        runs: 4,
        renew: 100,
        refused: None,
        enough,
        attempts: 2_000,
    }
}

fn run(hunt: &Hunt<'_>, prover: &(dyn Prover + Sync)) -> Report {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(256 << 20);
        let report = thread
            .spawn_scoped(scope, || hunt.run(prover, &mut |_| {}))
            .expect("a thread starts");
        report
            .join()
            .expect("the prover does not panic")
            .expect("the databases answer")
    })
}

/// The private server that `cargo xtask test` starts.
fn postgres() -> String {
    env::var("TENANCY_TEST_POSTGRES_ADMIN_URL")
        .expect("run `cargo xtask test`, which starts a private PostgreSQL")
}

/// The private server that `cargo xtask test` starts.
fn mariadb() -> String {
    env::var("TENANCY_TEST_MYSQL_ADMIN_URL").expect("run `cargo xtask test`, which starts a private MariaDB")
}

fn proved_statements_are_confined(dialect: Dialect, url: Option<&str>, cases: u64) {
    let prover = Real::load(dialect).expect("the trap schema loads");
    are_confined(&prover, dialect, url, cases);
}

fn repaired_statements_are_confined(dialect: Dialect, url: Option<&str>, cases: u64) {
    let prover = Real::automatic(dialect).expect("the trap schema loads");
    are_confined(&prover, dialect, url, cases);
}

fn are_confined(prover: &Real, dialect: Dialect, url: Option<&str>, cases: u64) {
    let cases = number("TENANCY_PROPERTY_CASES", cases);
    let report = run(&hunt(dialect, url, cases, 5), prover);
    println!("{report}");
    assert!(report.leaks.is_empty(), "a proved statement leaks");
    assert!(
        report.counts.visible * 20 >= report.counts.generated,
        "too few statements are proved and do something"
    );
}

#[test]
fn proved_statements_are_confined_on_sqlite() {
    proved_statements_are_confined(Dialect::Sqlite, None, 3_000);
}

#[test]
fn proved_statements_are_confined_on_postgres() {
    proved_statements_are_confined(Dialect::Postgres, Some(&postgres()), 1_500);
}

#[test]
fn repaired_statements_are_confined_on_sqlite() {
    repaired_statements_are_confined(Dialect::Sqlite, None, 1_500);
}

#[test]
fn repaired_statements_are_confined_on_postgres() {
    repaired_statements_are_confined(Dialect::Postgres, Some(&postgres()), 800);
}

#[test]
fn proved_statements_are_confined_on_mariadb() {
    proved_statements_are_confined(Dialect::Mysql, Some(&mariadb()), 700);
}

#[test]
fn a_naive_check_is_seen_through_on_mariadb() {
    let url = mariadb();
    let report = run(
        &hunt(Dialect::Mysql, Some(&url), 2_000, 5),
        &Naive(Dialect::Mysql),
    );
    println!("{report}");
    assert_eq!(report.leaks.len(), 5);
}

#[test]
fn a_naive_check_is_seen_through_on_sqlite() {
    let report = run(&hunt(Dialect::Sqlite, None, 2_000, 5), &Naive(Dialect::Sqlite));
    println!("{report}");
    assert_eq!(report.leaks.len(), 5);
}

#[test]
fn a_naive_check_is_seen_through_on_postgres() {
    let url = postgres();
    let report = run(
        &hunt(Dialect::Postgres, Some(&url), 2_000, 5),
        &Naive(Dialect::Postgres),
    );
    println!("{report}");
    assert_eq!(report.leaks.len(), 5);
}
