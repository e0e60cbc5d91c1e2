//! Reads or proves statements, so many times:
//! `cases postgres|sqlite|mysql WORK COUNT` or `shape NAME SIZE WORK COUNT`, where WORK is `nothing`, `sqlparser`, `parse` or `prove`.
//!
//! Prints how many statements it did and the nanoseconds that one took.

use std::error::Error;
use std::time::Instant;

use tenancy_bench_prover::{Shape, Work, cases};

const USAGE: &str = "arguments: cases postgres|sqlite|mysql WORK COUNT, or shape NAME SIZE WORK COUNT";

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (project, statements, work, count) = match words.as_slice() {
        ["cases", dialect, work, count] => {
            let (project, statements) = cases(dialect)?;
            (project, statements, *work, *count)
        }
        ["shape", name, size, work, count] => {
            let shape = Shape::named(name).ok_or(USAGE)?;
            (
                Shape::project()?,
                vec![shape.statement(size.parse()?)],
                *work,
                *count,
            )
        }
        _ => return Err(USAGE.into()),
    };
    let (work, count): (Work, usize) = (Work::named(work).ok_or(USAGE)?, count.parse()?);
    let start = Instant::now();
    for _ in 0..count {
        for sql in &statements {
            work.run(&project, sql);
        }
    }
    let done = count * statements.len();
    let nanoseconds = start.elapsed().as_nanos() / u128::try_from(done.max(1))?;
    println!("{done} statements, {nanoseconds} ns each");
    Ok(())
}
