//! The analysis behind `tenancy`: it reads a project's schema, parses one SQL statement and proves that every
//! table reference in it is confined to the current tenant, or says why it cannot.
//!
//! No network, no database: the only input besides the SQL is the project's files ([`Project::load`]).

pub mod catalog;
pub mod config;
pub mod diagnose;
pub mod explain;
pub mod functions;
#[cfg(test)]
mod known;
mod lower;
pub mod parse;
mod plan;
pub mod policy;
pub mod project;
mod prove;
mod repair;
mod span;
mod verdict;

/// The tests of known verdicts name the crate as its users do.
#[cfg(test)]
extern crate self as tenancy_prover;

use prove::Trace;
use repair::gap::Gap;
use repair::{Look, Reach, Repair};

pub use diagnose::{Code, Diagnostic, Edit, Suggestion};
pub use explain::{Explanation, explain};
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
    parse::with_large_stack(|| prove_traced(project, sql, Refusals::Suggest, &Trace::default).verdict)
}

/// [`prove`] without suggestions, for statements in such numbers that nobody reads each refusal: looking for a change that
/// is proved takes up to a dozen more proofs.
pub fn decide(project: &Project, sql: &str) -> Verdict {
    parse::with_large_stack(|| prove_traced(project, sql, Refusals::Plain, &Trace::default).verdict)
}

/// What comes with a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusals {
    /// A change that is proved, where one is found.
    Suggest,
    /// Help in words.
    Plain,
}

/// A verdict and, if a recorder was on, how it came about.
struct Proof {
    verdict: Verdict,
    /// The text that was proved or refused, if it is a repair of the one that was given.
    repaired: Option<String>,
    /// Nothing for a text that does not parse.
    reading: Option<lower::Reading>,
}

/// [`prove`]; `trace` makes a recorder for each text that is looked at.
fn prove_traced(project: &Project, sql: &str, refusals: Refusals, trace: &dyn Fn() -> Trace) -> Proof {
    let Looked {
        verdict,
        gaps,
        reading,
    } = look(project, sql, trace());
    let asked = project.config.automatic || refusals == Refusals::Suggest;
    let (verdict, repaired) = match verdict {
        Verdict::Refused(diagnostics) if asked && !gaps.is_empty() => {
            repaired(project, sql, diagnostics, gaps)
        }
        verdict => (verdict, None),
    };
    let reading = match &repaired {
        Some(text) if reading.is_some() => look(project, text, trace()).reading,
        Some(_) | None => reading,
    };
    Proof {
        verdict,
        repaired,
        reading,
    }
}

/// The verdict on a text as it stands.
struct Looked {
    verdict: Verdict,
    /// What it misses; nothing if more is wrong with it than that.
    gaps: Vec<Gap>,
    reading: Option<lower::Reading>,
}

fn look(project: &Project, sql: &str, trace: Trace) -> Looked {
    let parsed = match parse::parse_statement(sql, project.config.dialect) {
        Ok(parsed) => parsed,
        Err(diagnostics) => {
            return Looked {
                verdict: refused(diagnostics),
                gaps: Vec::new(),
                reading: None,
            };
        }
    };
    let lowered = lower::check(
        project,
        sql,
        &parsed.statement,
        &parsed.placeholders,
        &parsed.extras,
        trace,
    );
    let reading = lowered.reading;
    let emitted = parsed
        .placeholders
        .emit(sql, &lowered.tenant_types, &lowered.casts);
    let mut diagnostics = lowered.diagnostics;
    let (verdict, gaps) = match emitted {
        Ok(proved) if diagnostics.is_empty() => {
            let proved = Proved {
                isolation: project.config.isolation,
                reads: lowered.reads,
                ..proved
            };
            (Verdict::Proved(proved), Vec::new())
        }
        Ok(_) => {
            let reach = Reach::of(project);
            let mendable = diagnostics
                .iter()
                .all(|found| repair::may_mend(found.code, reach));
            let gaps = if mendable { lowered.gaps } else { Vec::new() };
            (refused(diagnostics), gaps)
        }
        Err(more) => {
            diagnostics.extend(more);
            (refused(diagnostics), Vec::new())
        }
    };
    Looked {
        verdict,
        gaps,
        reading,
    }
}

/// The verdict on a statement with `gaps`, after a repair (then with the repaired text) or with suggestions of one.
fn repaired(
    project: &Project,
    sql: &str,
    mut diagnostics: Vec<Diagnostic>,
    gaps: Vec<Gap>,
) -> (Verdict, Option<String>) {
    let automatic = project.config.automatic;
    let repair = repair::repair(sql, &project.catalog, Reach::of(project), gaps, |text| {
        let looked = look(project, text, Trace::default());
        match looked.verdict {
            Verdict::Proved(proved) => Look::Proved(proved),
            Verdict::Refused(_) => Look::Missing(looked.gaps),
        }
    });
    match repair {
        Repair::Proved {
            proved,
            text,
            edits: _,
            dropped: _,
        } if automatic => return (Verdict::Proved(proved), Some(text)),
        Repair::Proved {
            proved: _,
            text,
            edits,
            dropped,
        } => {
            if let Some(first) = diagnostics.first_mut().filter(|_| !dropped.is_empty()) {
                first.notes.push(repair::not_passed(&dropped));
            }
            let words = diagnose::change::in_words(&edits, sql);
            for (at, diagnostic) in diagnostics.iter_mut().enumerate() {
                diagnostic.help = vec![if at == 0 {
                    words.clone()
                } else {
                    "the change suggested for the first error mends this one too".to_owned()
                }];
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
    (Verdict::Refused(diagnostics), None)
}

/// The verdict of a refusal in which every diagnostic says what to do.
fn refused(mut diagnostics: Vec<Diagnostic>) -> Verdict {
    for diagnostic in diagnostics.iter_mut().filter(|found| found.help.is_empty()) {
        diagnostic.help.push(diagnostic.code.remedy().to_owned());
    }
    Verdict::Refused(diagnostics)
}

/// Prepares `sql` for declared cross-tenant work: one statement, placeholders checked and rewritten, nothing proved.
/// `$tenant` has no meaning there and is refused.
pub fn central(project: &Project, sql: &str) -> Verdict {
    parse::with_large_stack(|| match parse::parse_statement(sql, project.config.dialect) {
        Ok(parsed) => match parsed.placeholders.emit_central(sql) {
            Ok(proved) => Verdict::Proved(Proved {
                isolation: project.config.isolation,
                ..proved
            }),
            Err(diagnostics) => refused(diagnostics),
        },
        Err(diagnostics) => refused(diagnostics),
    })
}
