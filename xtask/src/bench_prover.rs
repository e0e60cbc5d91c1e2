//! `cargo xtask bench-prover`: what a proof costs a processor, beside sqlparser alone, and how the cost grows.
//!
//! Instructions, as in `bench-run`. The statements are the shown cases that are proved and that sqlparser reads as they stand, so
//! that all do the same work to the end. The goal: what proving adds to parsing costs at most what bare sqlparser does.

use std::process::{Command, ExitCode};

use crate::arguments::Arguments;
use crate::bench_run::{collected, per_query};
use crate::error::Error;
use crate::process;

const DIALECTS: [&str; 3] = ["postgres", "sqlite", "mysql"];

/// Shapes of statements that grow, with a size of which eight times as much is still within the limits.
const SHAPES: [(&str, usize); 12] = [
    ("terms", 40),
    ("columns", 100),
    ("arguments", 250),
    ("tenants", 250),
    ("joins", 20),
    ("left-joins", 20),
    ("ctes", 30),
    ("arms", 25),
    ("rows", 100),
    ("nested", 4),
    ("exists", 20),
    ("mistakes", 100),
];

/// Builds, counts, reports.
pub(crate) fn run(arguments: Arguments) -> Result<ExitCode, Error> {
    arguments.finish()?;
    if process::in_path("valgrind").is_none() {
        return Err(Error::Missing(
            "valgrind counts the instructions, and is not in PATH: install it".to_owned(),
        ));
    }
    eprintln!("==> building the benchmark");
    let mut build = process::cargo();
    build.args([
        "build",
        "--release",
        "--quiet",
        "--package",
        "tenancy-bench-prover",
    ]);
    process::output(&mut build)?;
    let program = process::target_directory().join("release/tenancy-bench-prover");
    let count = |words: &[&str]| {
        let counted = |times: &str| collected(Command::new(&program).args(words).arg(times));
        Ok::<_, Error>(per_query(counted("1")?, counted("3")?, 2))
    };
    println!("instructions for all shown cases of a dialect");
    println!(
        "{:<10} {:>12} {:>12} {:>12}   (prove - parse) / sqlparser",
        "dialect", "sqlparser", "parse", "prove"
    );
    for dialect in DIALECTS {
        let [bare, parse, prove] =
            ["sqlparser", "parse", "prove"].map(|work| count(&["cases", dialect, work]));
        let (bare, parse, prove) = (bare?, parse?, prove?);
        println!(
            "{dialect:<10} {bare:>12.0} {parse:>12.0} {prove:>12.0}   {:.2}",
            (prove - parse) / bare
        );
    }
    println!("\ninstructions for a statement of n parts, and how many times as many for 8n");
    println!(
        "{:<12} {:>5} {:>14} {:>14} {:>8}",
        "shape", "n", "n", "8n", "times"
    );
    for (shape, size) in SHAPES {
        let few = count(&["shape", shape, &size.to_string(), "prove"])?;
        let many = count(&["shape", shape, &(8 * size).to_string(), "prove"])?;
        println!(
            "{shape:<12} {size:>5} {few:>14.0} {many:>14.0} {:>8.1}",
            many / few
        );
    }
    Ok(ExitCode::SUCCESS)
}
