//! `prove --sql`: one statement, answered for people.

use std::io::{self, Write};

use tenancy_prover::Project;
use tenancy_prover::diagnose::render::{Look, Source, render_as};

use crate::Outcome;
use crate::answer::{bind_label, more};
use crate::prover::{Judgement, judge};

/// Writes what would run to `output`, or the reasons against it to `errors`.
pub(crate) fn prove(
    project: &Project,
    sql: &str,
    look: Look,
    output: &mut impl Write,
    errors: &mut impl Write,
) -> io::Result<Outcome> {
    match judge(project, sql, true) {
        Judgement::Proved(proved) => {
            let binds: Vec<String> = proved.binds.iter().map(bind_label).collect();
            let binds = if binds.is_empty() {
                "nothing".to_owned()
            } else {
                binds.join(", ")
            };
            let how = if proved.repairs.is_empty() {
                "every table reference is confined to the tenant"
            } else {
                "every table reference is confined to the tenant, with the predicates that were added"
            };
            writeln!(output, "proved: {how}")?;
            writeln!(output, "sent:   {}", proved.sql)?;
            writeln!(output, "bound:  {binds}")?;
            Ok(Outcome::Proved)
        }
        Judgement::Refused(diagnostics) => {
            let source = Source::file("<sql>", sql);
            writeln!(errors, "{}\n", render_as(&diagnostics, &source, look))?;
            writeln!(errors, "{}", more(&diagnostics))?;
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
