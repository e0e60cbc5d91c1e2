//! `cargo xtask bench-run`: what a query costs a processor, beside sqlx alone.
//!
//! Instructions, not seconds: valgrind counts them, so that a busy machine does not matter. Each benchmark runs
//! twice, with few and with many queries; what lies between the two counts is the queries' own. On PostgreSQL it is the client that is counted.

use std::process::{Command, ExitCode, Stdio};

use crate::arguments::Arguments;
use crate::error::{Attempt, Error};
use crate::postgres::{self, Server};
use crate::process;

/// Queries of the smaller run: enough to have every cache warm.
const FEW: usize = 200;

/// How often each pair is counted; the median is reported, for waiting is not quite the same every time.
const REPEATS: usize = 3;

/// Copies by vector instructions. The other way, `rep movsb`, is one instruction, but valgrind counts one for every byte.
const TUNABLES: (&str, &str) = ("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-ERMS,-FSRM");

const WHO: [&str; 3] = ["sqlx", "sqlx-lean", "tenancy"];
const SHAPES: [&str; 2] = ["point", "join"];
const DATABASES: [(&str, &str); 2] = [("SQLite", "sqlite"), ("PostgreSQL", "tenancy-bench-postgres")];

/// Instructions per query.
#[derive(Debug)]
struct Line {
    database: &'static str,
    shape: &'static str,
    who: &'static str,
    instructions: f64,
}

/// Builds, counts, reports.
pub(crate) fn run(mut arguments: Arguments) -> Result<ExitCode, Error> {
    let queries = arguments.number("--queries", 1_000)?;
    let json = arguments.flag("--json");
    arguments.finish()?;
    if process::in_path("valgrind").is_none() {
        return Err(Error::Missing(
            "valgrind counts the instructions, and is not in PATH: install it".to_owned(),
        ));
    }
    let server = Server::start()?;
    eprintln!("==> building the benchmarks");
    let mut build = process::cargo();
    build.args([
        "build",
        "--release",
        "--quiet",
        "--package",
        "tenancy-bench",
        "--package",
        "tenancy-bench-postgres",
    ]);
    process::output(&mut build)?;
    let program = |name: &str| {
        let mut command = Command::new(process::target_directory().join("release").join(name));
        command.env(postgres::URL, server.url());
        command
    };
    process::output(program("tenancy-bench-postgres").arg("setup"))?;

    let mut lines = Vec::new();
    for (database, name) in DATABASES {
        for shape in SHAPES {
            for who in WHO {
                eprintln!("==> {database}, {shape}, {who}");
                let count = |count: usize| collected(program(name).args([who, shape, &count.to_string()]));
                let mut counts = Vec::new();
                for _ in 0..REPEATS {
                    counts.push(per_query(count(FEW)?, count(FEW + queries)?, queries));
                }
                counts.sort_by(f64::total_cmp);
                let instructions = counts.get(REPEATS / 2).copied().unwrap_or(f64::NAN);
                lines.push(Line {
                    database,
                    shape,
                    who,
                    instructions,
                });
            }
        }
    }
    print!("{}", if json { as_json(&lines) } else { as_table(&lines) });
    Ok(ExitCode::SUCCESS)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of instructions stay far below 2^52"
)]
pub(crate) fn per_query(few: u64, many: u64, queries: usize) -> f64 {
    many.saturating_sub(few) as f64 / queries.max(1) as f64
}

/// How many instructions the program takes, all threads together.
pub(crate) fn collected(program: &mut Command) -> Result<u64, Error> {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    valgrind.arg(program.get_program()).args(program.get_args());
    for (name, value) in program.get_envs() {
        if let Some(value) = value {
            valgrind.env(name, value);
        }
    }
    let output = valgrind
        .env(TUNABLES.0, TUNABLES.1)
        .stdin(Stdio::null())
        .output()
        .attempting("cannot run valgrind")?;
    let printed = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(Error::Failed(format!(
            "the benchmark failed under valgrind:\n{}",
            printed.trim_end()
        )));
    }
    parse(&printed)
        .ok_or_else(|| Error::Failed(format!("valgrind printed no count:\n{}", printed.trim_end())))
}

fn parse(printed: &str) -> Option<u64> {
    let (_, rest) = printed.split_once("Collected : ")?;
    rest.split_whitespace().next()?.parse().ok()
}

fn ratio(lines: &[Line], line: &Line, to: &str) -> f64 {
    let same =
        |other: &&Line| other.database == line.database && other.shape == line.shape && other.who == to;
    lines
        .iter()
        .find(same)
        .map_or(f64::NAN, |other| line.instructions / other.instructions)
}

fn as_table(lines: &[Line]) -> String {
    let mut text = format!(
        "{:<11} {:<6} {:<10} {:>12}   ratio to\n{:<11} {:<6} {:<10} {:>12}   {:>7} {:>10}\n",
        "", "", "", "instructions", "database", "query", "by", "per query", "sqlx", "sqlx-lean"
    );
    for line in lines {
        text.push_str(&format!(
            "{:<11} {:<6} {:<10} {:>12.0}   {:>7.3} {:>10.3}\n",
            line.database,
            line.shape,
            line.who,
            line.instructions,
            ratio(lines, line, "sqlx"),
            ratio(lines, line, "sqlx-lean"),
        ));
    }
    text.push_str("\nsqlx-lean: the pool does not ping a connection before it hands it out.\n");
    text
}

fn as_json(lines: &[Line]) -> String {
    let entries: Vec<String> = lines
        .iter()
        .map(|line| {
            format!(
                "{{\"database\":\"{}\",\"query\":\"{}\",\"by\":\"{}\",\"instructions\":{:.1},\"to_sqlx\":{:.4},\
                 \"to_sqlx_lean\":{:.4}}}",
                line.database,
                line.shape,
                line.who,
                line.instructions,
                ratio(lines, line, "sqlx"),
                ratio(lines, line, "sqlx-lean"),
            )
        })
        .collect();
    format!("[{}]\n", entries.join(","))
}

#[cfg(test)]
mod tests {
    use super::{Line, parse, per_query, ratio};

    #[test]
    fn the_count_is_found_in_what_valgrind_prints() {
        let printed = "==7== \n==7== Events    : Ir\n==7== Collected : 159871\n==7== \n";
        assert_eq!(parse(printed), Some(159_871));
        assert_eq!(parse("==7== killed"), None);
    }

    #[test]
    fn what_happens_once_cancels_out() {
        assert!((per_query(5_000 + 200 * 3, 5_000 + 1_200 * 3, 1_000) - 3.0).abs() < 1e-9);
    }

    #[test]
    fn ratios_compare_the_same_query() {
        let line = |shape, who, instructions| Line {
            database: "SQLite",
            shape,
            who,
            instructions,
        };
        let lines = [
            line("point", "sqlx", 50.0),
            line("join", "sqlx", 100.0),
            line("join", "tenancy", 102.0),
        ];
        assert!((ratio(&lines, &lines[2], "sqlx") - 1.02).abs() < 1e-9);
    }
}
