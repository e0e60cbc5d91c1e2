//! `explain`: a statement with its proof.

mod json;
mod place;
mod text;

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use tenancy_prover::diagnose::guide;
use tenancy_prover::{Code, Explanation, Project, Verdict};

use crate::args::ExplainArguments;
use crate::look::look;
use crate::{CommandError, Outcome};

/// Where the statement came from, and its text.
struct Statement {
    path: String,
    sql: String,
}

/// Explains one statement, or one code, on standard output.
///
/// # Errors
/// The project does not load, the statement cannot be read, or there is no such code.
pub(crate) fn explain(arguments: &ExplainArguments) -> Result<Outcome, CommandError> {
    if let Some(name) = &arguments.code {
        let code = Code::from_name(name).ok_or_else(|| CommandError::NoCode(name.clone()))?;
        writeln!(io::stdout().lock(), "{}", guide::section(code))?;
        return Ok(Outcome::Proved);
    }
    let project = Project::load(&arguments.project)?;
    let statement = read(arguments)?;
    // The project is only read, and the prover keeps no state between statements.
    let explained = catch_unwind(AssertUnwindSafe(|| {
        tenancy_prover::explain(&project, &statement.sql)
    }));
    let Ok(explanation) = explained else {
        return Err(CommandError::Defect);
    };
    let mut output = io::stdout().lock();
    if arguments.json {
        serde_json::to_writer_pretty(&mut output, &json::Answer::new(&explanation, &statement.sql))
            .map_err(io::Error::from)?;
        output.write_all(b"\n")?;
    } else {
        output.write_all(
            text::text(&explanation, &statement.path, &statement.sql, look(&io::stdout())).as_bytes(),
        )?;
    }
    Ok(outcome(&explanation))
}

const fn outcome(explanation: &Explanation) -> Outcome {
    match explanation.verdict {
        Verdict::Proved(_) => Outcome::Proved,
        Verdict::Refused(_) => Outcome::Refused,
    }
}

fn read(arguments: &ExplainArguments) -> Result<Statement, CommandError> {
    let unreadable = |path: &PathBuf, error| CommandError::Unreadable {
        path: path.clone(),
        error,
    };
    if let Some(sql) = &arguments.sql {
        return Ok(Statement {
            path: "<sql>".to_owned(),
            sql: sql.clone(),
        });
    }
    if let Some(path) = &arguments.file {
        let sql = fs::read_to_string(path).map_err(|error| unreadable(path, error))?;
        return Ok(Statement {
            path: path.display().to_string(),
            sql,
        });
    }
    let mut sql = String::new();
    io::stdin().lock().read_to_string(&mut sql)?;
    Ok(Statement {
        path: "<stdin>".to_owned(),
        sql,
    })
}
