//! The analysis behind `tenancy`: it reads a project's schema, parses one SQL statement and proves that every
//! table reference in it is confined to the current tenant, or says why it cannot.
//!
//! No network, no database: the only input besides the SQL is the project's files ([`Project::load`]).

pub mod catalog;
pub mod config;
pub mod diagnose;
pub mod functions;
#[cfg(test)]
mod known;
mod lower;
pub mod parse;
mod plan;
pub mod project;
mod prove;
mod repair;
mod span;
mod verdict;

/// The tests of known verdicts name the crate as its users do.
#[cfg(test)]
extern crate self as tenancy_prover;

use repair::gap::Gap;
use repair::{Look, Reach, Repair};

pub use diagnose::{Code, Diagnostic, Edit, Suggestion};
pub use project::{Project, ProjectError};
pub use span::Span;
pub use verdict::{Bind, Proved, TenantType, Verdict};

/// This version of the prover, by its sources: verdicts of another one are not its own.
pub const SOURCES: &str = env!("TENANCY_PROVER_SOURCES");

/// The SQL dialect that a project is written in, and so the rules of quoting, folding and precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    /// PostgreSQL 15 and later.
    Postgres,
    /// SQLite as sqlx bundles it.
    Sqlite,
    /// MariaDB 10.11 and MySQL 8.0, where they agree.
    Mysql,
}

/// Proves `sql` against `project`, or says why it cannot.
///
/// With `predicates = "automatic"` a statement that misses a predicate, or the tenant column of an insert, gets it, and the
/// text that comes out is proved; [`Proved::repairs`] says what was added. Otherwise such a text is suggested
/// ([`Diagnostic::suggestion`]).
///
/// Deep statements are analysed on a thread of their own with a large stack, so no statement overflows the caller's.
pub fn prove(project: &Project, sql: &str) -> Verdict {
    parse::with_large_stack(|| match look(project, sql) {
        (Verdict::Refused(diagnostics), gaps) if !gaps.is_empty() => {
            repaired(project, sql, diagnostics, gaps)
        }
        (verdict, _) => verdict,
    })
}

/// The verdict on a text as it stands, and what it misses; nothing if more is wrong with it than that.
fn look(project: &Project, sql: &str) -> (Verdict, Vec<Gap>) {
    let parsed = match parse::parse_statement(sql, project.config.dialect) {
        Ok(parsed) => parsed,
        Err(diagnostics) => return (Verdict::Refused(diagnostics), Vec::new()),
    };
    let lowered = lower::check(project, &parsed.statement, &parsed.placeholders, &parsed.extras);
    let emitted = parsed.placeholders.emit(sql, &lowered.tenant_types);
    let mut diagnostics = lowered.diagnostics;
    match emitted {
        Ok(proved) if diagnostics.is_empty() => (Verdict::Proved(proved), Vec::new()),
        Ok(_) => {
            let mendable = diagnostics.iter().all(|found| repair::may_mend(found.code));
            let gaps = if mendable { lowered.gaps } else { Vec::new() };
            (Verdict::Refused(diagnostics), gaps)
        }
        Err(more) => {
            diagnostics.extend(more);
            (Verdict::Refused(diagnostics), Vec::new())
        }
    }
}

/// The verdict on a statement with `gaps`, after a repair or with suggestions of one.
fn repaired(project: &Project, sql: &str, mut diagnostics: Vec<Diagnostic>, gaps: Vec<Gap>) -> Verdict {
    let automatic = project.config.automatic;
    let reach = if automatic { Reach::Missing } else { Reach::Values };
    let repair = repair::repair(sql, &project.catalog, reach, gaps, |text| {
        match look(project, text) {
            (Verdict::Proved(proved), _) => Look::Proved(proved),
            (Verdict::Refused(_), gaps) => Look::Missing(gaps),
        }
    });
    match repair {
        Repair::Proved {
            proved,
            text: _,
            edits: _,
        } if automatic => return Verdict::Proved(proved),
        Repair::Proved {
            proved: _,
            text,
            edits,
        } => {
            for diagnostic in &mut diagnostics {
                diagnostic.suggestion = Some(Box::new(Suggestion {
                    edits: edits.clone(),
                    text: text.clone(),
                }));
            }
        }
        Repair::Tried(edits) if automatic => {
            if let Some(first) = diagnostics.first_mut() {
                first.notes.push(repair::tried(&edits));
            }
        }
        Repair::Tried(_) | Repair::Nothing => {}
    }
    Verdict::Refused(diagnostics)
}

/// Prepares `sql` for declared cross-tenant work: one statement, placeholders checked and rewritten, nothing proved.
/// `$tenant` has no meaning there and is refused.
pub fn central(project: &Project, sql: &str) -> Verdict {
    parse::with_large_stack(|| match parse::parse_statement(sql, project.config.dialect) {
        Ok(parsed) => match parsed.placeholders.emit_central(sql) {
            Ok(proved) => Verdict::Proved(proved),
            Err(diagnostics) => Verdict::Refused(diagnostics),
        },
        Err(diagnostics) => Verdict::Refused(diagnostics),
    })
}
