//! `prove --sql`: one statement, answered for people.

use std::io::{self, Write};

use tenancy_prover::{Diagnostic, Project};

use crate::Outcome;
use crate::answer::bind_label;
use crate::prover::{Judgement, judge};

/// Writes what would run to `output`, or the reasons against it to `errors`.
pub(crate) fn prove(
    project: &Project,
    sql: &str,
    output: &mut impl Write,
    errors: &mut impl Write,
) -> io::Result<Outcome> {
    match judge(project, sql) {
        Judgement::Proved(proved) => {
            let binds: Vec<String> = proved.binds.iter().map(bind_label).collect();
            let binds = if binds.is_empty() {
                "nothing".to_owned()
            } else {
                binds.join(", ")
            };
            writeln!(output, "proved: every table reference is confined to the tenant")?;
            writeln!(output, "sent:   {}", proved.sql)?;
            writeln!(output, "bound:  {binds}")?;
            Ok(Outcome::Proved)
        }
        Judgement::Refused(diagnostics) => {
            for diagnostic in &diagnostics {
                write_diagnostic(errors, sql, diagnostic)?;
            }
            Ok(Outcome::Refused)
        }
        Judgement::Failed => {
            writeln!(
                errors,
                "error[internal-error]: the prover failed on this statement, which is a defect of the prover"
            )?;
            Ok(Outcome::Refused)
        }
    }
}

fn write_diagnostic(errors: &mut impl Write, sql: &str, diagnostic: &Diagnostic) -> io::Result<()> {
    writeln!(
        errors,
        "error[{}]: {}",
        diagnostic.code.name(),
        diagnostic.message
    )?;
    if let Some(found) = sql.get(diagnostic.span.range()).filter(|found| !found.is_empty()) {
        writeln!(
            errors,
            "  at byte {}: `{found}` {}",
            diagnostic.span.start, diagnostic.label
        )?;
    }
    for help in &diagnostic.help {
        writeln!(errors, "  help: {help}")?;
    }
    for note in &diagnostic.notes {
        writeln!(errors, "  note: {note}")?;
    }
    Ok(())
}
