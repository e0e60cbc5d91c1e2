//! Statements that `sqlsmith` writes for the trap schema, repaired where they miss a predicate, and run on pairs of
//! databases where they are proved: `cargo xtask sqlsmith` builds and runs it.
//!
//! `sqlsmith` calls whatever the server's catalogue offers, so nearly every statement would call a function that is not
//! known to be pure. It reads the catalogue of a database of its own, in which the others are hidden.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it talks to the person at the terminal"
)]

use std::env;
use std::io::{BufRead, BufReader};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use tenancy_prover::Dialect;
use tenancy_tests::property::{Failure, Hunt, Real, Report, Smith};

/// How often progress is printed.
const PROGRESS: Duration = Duration::from_secs(20);

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::from(2)
        }
    }
}

/// Whether nothing leaked.
fn run() -> Result<bool, String> {
    let (mut statements, mut seed) = (50_000_u64, 1_u64);
    let mut words = env::args().skip(1);
    while let Some(word) = words.next() {
        let number = words.next().and_then(|value| value.parse().ok());
        let number = number.ok_or_else(|| format!("`{word}` needs a number"))?;
        match word.as_str() {
            "--statements" => statements = number,
            "--seed" => seed = number,
            _ => return Err(format!("`{word}` is not understood")),
        }
    }
    let url = env::var("TENANCY_TEST_POSTGRES_ADMIN_URL")
        .map_err(|_| "run `cargo xtask sqlsmith`, which starts a private PostgreSQL")?;
    let target = Smith::prepare(&url).map_err(|error| error.to_string())?;
    let mut sqlsmith = Command::new("sqlsmith")
        .args(["--dry-run", "--exclude-catalog"])
        .arg(format!("--target={target}"))
        .arg(format!("--seed={seed}"))
        .arg(format!("--max-queries={statements}"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("cannot run sqlsmith (the Debian package of that name): {error}"))?;
    let output = sqlsmith.stdout.take().ok_or("sqlsmith has no output")?;
    let lines = BufReader::new(output).lines().map_while(Result::ok);
    let report = tenancy_prover::parse::with_large_stack(move || judge(&url, seed, lines));
    let report = report.map_err(|error| error.to_string())?;
    sqlsmith.wait().map_err(|error| error.to_string())?;
    println!("{report}");
    Ok(report.leaks.is_empty())
}

fn judge(url: &str, seed: u64, lines: impl Iterator<Item = String>) -> Result<Report, Failure> {
    let prover = Real::automatic(Dialect::Postgres).map_err(|error| Failure::Broken(error.to_string()))?;
    let hunt = Hunt {
        dialect: Dialect::Postgres,
        url: Some(url),
        seed,
        cases: u64::MAX,
        until: None,
        pairs: 12,
        runs: 3,
        renew: 200,
        refused: None,
        enough: 10,
        attempts: 1,
    };
    let began = Instant::now();
    let mut told = Instant::now();
    let mut watch = |report: &Report| {
        if told.elapsed() >= PROGRESS {
            told = Instant::now();
            let counts = report.counts;
            eprintln!(
                "{:>6} s  {} read, {} proved ({} repaired), {} executed, {} leaks",
                began.elapsed().as_secs(),
                counts.generated,
                counts.proved,
                counts.repaired,
                counts.executed,
                report.leaks.len()
            );
        }
    };
    hunt.run_on(&mut Smith::statements(lines), &prover, &mut watch)
}
