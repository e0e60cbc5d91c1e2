//! `cargo xtask bench-build`: what the macros cost a compiler.
//!
//! Three crates with the same queries, one function each: ours, `sqlx::query_as::<_, T>()`, and `sqlx::query_as!` with
//! prepared data. Each is checked again after its file was touched (the compiler reuses all that did not change) and
//! after its lines were shifted (every span is new). The three take turns, so that a busy machine is busy for all.

mod crates;
mod measure;
mod prepare;
mod queries;
mod report;

use std::process::ExitCode;

use crate::arguments::Arguments;
use crate::error::Error;
use crates::{Generated, Kind};
use measure::{Edit, Sample};
use report::Report;

/// Generates, prepares, measures, reports.
pub(crate) fn run(mut arguments: Arguments) -> Result<ExitCode, Error> {
    let count = arguments.number("--queries", 1_000)?;
    let runs = arguments.number("--runs", 5)?;
    let json = arguments.flag("--json");
    let kinds = Kind::chosen(arguments.option("--only")?.as_deref())?;
    arguments.finish()?;
    if count == 0 || runs == 0 {
        return Err(Error::Usage(
            "`--queries` and `--runs` must be at least 1".to_owned(),
        ));
    }

    let crates: Vec<Generated> = kinds
        .iter()
        .map(|kind| Generated::write(*kind, count))
        .collect::<Result<_, _>>()?;
    for generated in &crates {
        if generated.kind() == Kind::Checked {
            prepare::offline_data(generated, count)?;
        }
        eprintln!("==> building the dependencies of `{}`", generated.kind().name());
        measure::check(generated)?;
    }
    let mut samples = Vec::new();
    for round in 1..=runs {
        eprintln!("==> round {round} of {runs}");
        for edit in Edit::ALL {
            for generated in &crates {
                edit.apply(generated, round)?;
                let took = measure::check(generated)?;
                samples.push(Sample {
                    kind: generated.kind(),
                    edit,
                    took,
                });
            }
        }
    }
    let report = Report::new(count, &kinds, &samples);
    print!("{}", if json { report.json() } else { report.table() });
    Ok(ExitCode::SUCCESS)
}
