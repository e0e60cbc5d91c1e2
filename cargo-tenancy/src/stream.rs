//! `prove` over standard input: JSON lines in, JSON lines out.

use std::io::{self, BufRead, Write};

use serde::Deserialize;
use serde_json::Value;
use tenancy_prover::Project;

use crate::Outcome;
use crate::answer::Answer;
use crate::prover::judge;

/// One line of input. Other fields are for the caller's own use.
#[derive(Debug, Deserialize)]
struct Request {
    id: Value,
    sql: String,
}

/// Answers every line of `input` on `output`, each before the next is read; what cannot be read is said on `errors`.
/// Refusals come with suggestions if `suggest`.
pub(crate) fn prove(
    project: &Project,
    suggest: bool,
    mut input: impl BufRead,
    output: &mut impl Write,
    errors: &mut impl Write,
) -> io::Result<Outcome> {
    let mut refused = false;
    let mut incomplete = false;
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        if input.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let request: Request = match serde_json::from_slice(&line) {
            Ok(request) => request,
            Err(error) => {
                incomplete = true;
                writeln!(
                    errors,
                    "error: line {number}: expected {{\"id\": .., \"sql\": \"..\"}}: {error}"
                )?;
                continue;
            }
        };
        let judgement = judge(project, &request.sql, suggest);
        let answer = Answer::new(request.id, &request.sql, judgement);
        refused |= answer.is_refused();
        crate::line::write(output, &answer)?;
        output.flush()?;
    }
    Ok(match (incomplete, refused) {
        (true, _) => Outcome::Incomplete,
        (false, true) => Outcome::Refused,
        (false, false) => Outcome::Proved,
    })
}
