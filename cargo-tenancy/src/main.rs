//! `cargo tenancy`: the prover from the command line, for tools and for people.
//!
//! Exit codes: 0 every statement was proved, 1 some statement was refused (or a table has no policy), 2 the command could not do its work.

mod answer;
mod args;
mod explain;
mod human;
mod line;
mod look;
mod policy;
mod prover;
mod stream;

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser as _;
use tenancy_prover::config::Isolation;
use tenancy_prover::{Code, Project, ProjectError};

use crate::args::{Arguments, Command, Predicates, ProveArguments};

/// The prover recurses over the syntax tree. Its own limits end long before this does; memory is only reserved.
const STACK: usize = 512 << 20;

/// How a run ended, when it ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// Every statement was proved, or everything was printed.
    Proved,
    /// At least one statement was refused, or a table has no policy.
    Refused,
    /// Some input could not be read; what could be read was answered, and the reasons are on standard error.
    Incomplete,
}

/// Why the command could not do its work.
#[derive(Debug, thiserror::Error)]
enum CommandError {
    /// The project does not load.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// Automatic predicates were asked for where there are none to add.
    #[error("`--predicates automatic` adds tenant predicates, which only `isolation = \"rows\"` has")]
    Automatic,
    /// Policies were asked for where there is no row security.
    #[error("row security is PostgreSQL's: this project's dialect has no policies")]
    NoPolicies,
    /// A statement's file cannot be read.
    #[error("{}: cannot be read: {error}", .path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// The system's reason.
        error: io::Error,
    },
    /// There is no such code.
    #[error("there is no code `{0}`; the codes are {codes}", codes = codes())]
    NoCode(String),
    /// The prover panicked.
    #[error(
        "the prover failed on this statement, which is a defect of the prover; report it with the statement"
    )]
    Defect,
    /// Standard input or output failed.
    #[error("standard input or output: {0}")]
    Io(#[from] io::Error),
}

/// The names of all codes.
fn codes() -> String {
    let names: Vec<&str> = Code::all().iter().map(|code| code.name()).collect();
    names.join(", ")
}

fn main() -> ExitCode {
    let arguments = Arguments::parse_from(args::without_subcommand_name(std::env::args_os()));
    let run = move || match run(arguments) {
        Ok(Outcome::Proved) => 0,
        Ok(Outcome::Refused) => 1,
        Ok(Outcome::Incomplete) => 2,
        Err(error) => {
            report(&error.to_string());
            2
        }
    };
    let finished = std::thread::Builder::new()
        .stack_size(STACK)
        .spawn(run)
        .map(std::thread::JoinHandle::join);
    match finished {
        Ok(Ok(code)) => ExitCode::from(code),
        // The panic hook has already said what happened.
        Ok(Err(_)) => ExitCode::from(2),
        Err(error) => {
            report(&format!("no thread with a large stack: {error}"));
            ExitCode::from(2)
        }
    }
}

fn run(arguments: Arguments) -> Result<Outcome, CommandError> {
    match arguments.command {
        Command::Explain(arguments) => explain::explain(&arguments),
        Command::Policy(arguments) => policy::policy(&arguments),
        Command::Prove(prove) => {
            let project = load(&prove)?;
            match prove.sql.as_deref() {
                Some(sql) => Ok(human::prove(
                    &project,
                    sql,
                    look::look(&io::stderr()),
                    &mut io::stdout().lock(),
                    &mut io::stderr().lock(),
                )?),
                None => Ok(stream::prove(
                    &project,
                    !prove.no_suggestions,
                    io::stdin().lock(),
                    &mut io::stdout().lock(),
                    &mut io::stderr().lock(),
                )?),
            }
        }
    }
}

fn load(arguments: &ProveArguments) -> Result<Project, CommandError> {
    let mut project = Project::load(&arguments.project)?;
    match arguments.predicates {
        Some(Predicates::Automatic) => project.config.automatic = true,
        Some(Predicates::Required) => project.config.automatic = false,
        None => {}
    }
    if project.config.automatic && project.config.isolation != Isolation::Rows {
        return Err(CommandError::Automatic);
    }
    Ok(project)
}

/// Says on standard error why the command stops. If even that fails, the exit code still tells.
fn report(message: &str) {
    let _ = writeln!(io::stderr().lock(), "error: {message}");
}
