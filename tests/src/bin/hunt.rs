//! The long form of the property test: `cargo xtask hunt` builds and runs it.
//!
//! Several threads generate, prove and judge, each with a seed and databases of its own, until the time is up.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it talks to the person at the terminal"
)]

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};
use std::{env, fs};

use tenancy_prover::Dialect;
use tenancy_tests::property::{Failure, Hunt, Real, Report, dialect_name};

/// How often the threads' progress is printed.
const PROGRESS: Duration = Duration::from_secs(20);

/// What the command line asks for.
struct Options {
    minutes: f64,
    seed: u64,
    jobs: u64,
    cases: u64,
    pairs: usize,
    runs: Option<usize>,
    refused: u64,
    enough: usize,
    attempts: usize,
    dialects: Vec<Dialect>,
    json: bool,
    /// Statements that miss a predicate are repaired.
    automatic: bool,
    leaks: PathBuf,
}

/// One thread's work.
#[derive(Debug, Clone, Copy)]
struct Job {
    dialect: Dialect,
    seed: u64,
}

/// What a thread has to say.
enum Message {
    Progress(usize, Box<Report>),
    End(usize, Result<Box<Report>, Failure>),
}

fn main() -> ExitCode {
    let options = match options(env::args().skip(1)) {
        Ok(options) => options,
        Err(message) => {
            eprintln!("error: {message}");
            return ExitCode::from(2);
        }
    };
    match run(&options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::from(2)
        }
    }
}

fn options(mut words: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options {
        minutes: 1.0,
        seed: seed_of_the_clock(),
        jobs: 1,
        cases: u64::MAX,
        pairs: 20,
        runs: None,
        refused: 50,
        enough: 10,
        attempts: 4_000,
        dialects: vec![Dialect::Sqlite, Dialect::Postgres, Dialect::Mysql],
        json: false,
        automatic: false,
        leaks: PathBuf::from("target/hunt"),
    };
    while let Some(word) = words.next() {
        if word == "--json" {
            options.json = true;
            continue;
        }
        if word == "--automatic" {
            options.automatic = true;
            continue;
        }
        let value = words.next().ok_or_else(|| format!("`{word}` needs a value"))?;
        match word.as_str() {
            "--minutes" => options.minutes = number(&word, &value)?,
            "--seed" => options.seed = number(&word, &value)?,
            "--jobs" => options.jobs = number::<u64>(&word, &value)?.max(1),
            "--cases" => options.cases = number(&word, &value)?,
            "--pairs" => options.pairs = number::<usize>(&word, &value)?.max(1),
            "--runs" => options.runs = Some(number(&word, &value)?),
            "--refused" => options.refused = number(&word, &value)?,
            "--enough" => options.enough = number(&word, &value)?,
            "--attempts" => options.attempts = number(&word, &value)?,
            "--leaks" => options.leaks = PathBuf::from(value),
            "--dialects" => options.dialects = value.split(',').map(dialect).collect::<Result<_, _>>()?,
            _ => return Err(format!("`{word}` is not understood")),
        }
    }
    Ok(options)
}

fn number<T: std::str::FromStr>(word: &str, value: &str) -> Result<T, String> {
    value
        .parse()
        .map_err(|_| format!("`{word}` needs a number, not `{value}`"))
}

fn dialect(name: &str) -> Result<Dialect, String> {
    [Dialect::Sqlite, Dialect::Postgres, Dialect::Mysql]
        .into_iter()
        .find(|dialect| dialect_name(*dialect) == name)
        .ok_or_else(|| format!("`{name}` is no dialect"))
}

fn seed_of_the_clock() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(1, |since| since.as_secs())
}

/// Whether nothing leaked.
fn run(options: &Options) -> Result<bool, String> {
    let jobs: Vec<Job> = options
        .dialects
        .iter()
        .flat_map(|dialect| {
            (0..options.jobs).map(|number| Job {
                dialect: *dialect,
                seed: options.seed.wrapping_add(number.wrapping_mul(1_000_003)),
            })
        })
        .collect();
    let postgres = env::var("TENANCY_TEST_POSTGRES_ADMIN_URL").ok();
    let mariadb = env::var("TENANCY_TEST_MYSQL_ADMIN_URL").ok();
    let url = |dialect| match dialect {
        Dialect::Sqlite => Some(""),
        Dialect::Postgres => postgres.as_deref(),
        Dialect::Mysql => mariadb.as_deref(),
    };
    if options.dialects.iter().any(|dialect| url(*dialect).is_none()) {
        return Err("run `cargo xtask hunt`, which starts private servers".to_owned());
    }
    let began = Instant::now();
    let until = began + Duration::from_secs_f64(options.minutes * 60.0);
    let (sender, receiver) = channel();
    let mut reports: Vec<Report> = jobs.iter().map(|_| Report::default()).collect();
    let mut failure = None;
    std::thread::scope(|scope| {
        for (index, job) in jobs.iter().enumerate() {
            eprintln!("{} with seed {}", dialect_name(job.dialect), job.seed);
            let hunt = Hunt {
                dialect: job.dialect,
                url: url(job.dialect),
                seed: job.seed,
                cases: options.cases,
                until: Some(until),
                pairs: options.pairs,
                runs: options.runs.unwrap_or(match job.dialect {
                    Dialect::Sqlite => 4,
                    Dialect::Postgres | Dialect::Mysql => 2,
                }),
                renew: 200,
                refused: (options.refused > 0).then_some(options.refused),
                enough: options.enough,
                attempts: options.attempts,
            };
            let sender = sender.clone();
            let automatic = options.automatic;
            scope.spawn(move || work(&hunt, automatic, index, &sender));
        }
        drop(sender);
        let mut shown = Instant::now();
        let mut left = jobs.len();
        while left > 0 {
            let Ok(message) = receiver.recv() else { break };
            match message {
                Message::Progress(index, report) => store(&mut reports, index, *report),
                Message::End(index, result) => {
                    left -= 1;
                    match result {
                        Ok(report) => store(&mut reports, index, *report),
                        Err(error) => failure = Some(error.to_string()),
                    }
                }
            }
            if shown.elapsed() >= PROGRESS {
                shown = Instant::now();
                progress(options, &jobs, &reports, began);
            }
        }
    });
    progress(options, &jobs, &reports, began);
    if let Some(failure) = failure {
        return Err(failure);
    }
    finish(options, &jobs, &reports)
}

fn store(reports: &mut [Report], index: usize, report: Report) {
    if let Some(held) = reports.get_mut(index) {
        *held = report;
    }
}

/// One thread's work. Its stack is large already, so the prover needs no thread for each statement.
fn work(hunt: &Hunt<'_>, automatic: bool, index: usize, sender: &Sender<Message>) {
    let mut told = Instant::now();
    let watch = |report: &Report| {
        if told.elapsed() >= PROGRESS / 2 {
            told = Instant::now();
            // The receiver outlives the threads.
            let _ = sender.send(Message::Progress(index, Box::new(report.clone())));
        }
    };
    let result = tenancy_prover::parse::with_large_stack(move || {
        let mut watch = watch;
        let prover = if automatic {
            Real::automatic(hunt.dialect)
        } else {
            Real::load(hunt.dialect)
        };
        let prover = prover.map_err(|error| Failure::Broken(error.to_string()))?;
        hunt.run(&prover, &mut watch)
    });
    let _ = sender.send(Message::End(index, result.map(Box::new)));
}

/// The sum of the reports of one dialect.
fn total(jobs: &[Job], reports: &[Report], dialect: Dialect) -> Report {
    let mut total = Report::default();
    for (job, report) in jobs.iter().zip(reports) {
        if job.dialect == dialect {
            total.add(report);
        }
    }
    total
}

fn progress(options: &Options, jobs: &[Job], reports: &[Report], began: Instant) {
    let seconds = began.elapsed().as_secs();
    for dialect in &options.dialects {
        let report = total(jobs, reports, *dialect);
        let counts = report.counts;
        eprintln!(
            "{seconds:>6} s  {:<8} {} generated, {} refused, {} proved ({} repaired), {} executed, {} leaks, {} proved/s",
            dialect_name(*dialect),
            counts.generated,
            counts.refused,
            counts.proved,
            counts.repaired,
            counts.executed,
            report.leaks.len(),
            counts.proved / seconds.max(1)
        );
    }
}

/// Prints the reports and writes the leaks to files.
fn finish(options: &Options, jobs: &[Job], reports: &[Report]) -> Result<bool, String> {
    let mut clean = true;
    let mut json = serde_json::Map::new();
    for dialect in &options.dialects {
        let report = total(jobs, reports, *dialect);
        clean &= report.leaks.is_empty();
        for leak in &report.leaks {
            fs::create_dir_all(&options.leaks).map_err(|error| error.to_string())?;
            let name = format!("{}-{}-{}.toml", dialect_name(*dialect), leak.seed, leak.number);
            let file = options.leaks.join(name);
            fs::write(&file, leak.to_toml()).map_err(|error| format!("{}: {error}", file.display()))?;
            eprintln!("a leak: {}", file.display());
        }
        if options.json {
            json.insert(dialect_name(*dialect).to_owned(), report.to_json());
        } else {
            println!("\n{}\n{report}", dialect_name(*dialect));
        }
    }
    if options.json {
        println!("{}", serde_json::Value::Object(json));
    }
    Ok(clean)
}
