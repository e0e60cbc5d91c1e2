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
mod span;
mod verdict;

/// The tests of known verdicts name the crate as its users do.
#[cfg(test)]
extern crate self as tenancy_prover;

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
/// Deep statements are analysed on a thread of their own with a large stack, so no statement overflows the caller's.
pub fn prove(project: &Project, sql: &str) -> Verdict {
    parse::with_large_stack(|| {
        let parsed = match parse::parse_statement(sql, project.config.dialect) {
            Ok(parsed) => parsed,
            Err(diagnostics) => return Verdict::Refused(diagnostics),
        };
        let lowered = lower::check(project, &parsed.statement, &parsed.placeholders, &parsed.extras);
        let emitted = parsed.placeholders.emit(sql, &lowered.tenant_types);
        let mut diagnostics = lowered.diagnostics;
        match emitted {
            Ok(proved) if diagnostics.is_empty() => Verdict::Proved(proved),
            Ok(_) => Verdict::Refused(diagnostics),
            Err(more) => {
                diagnostics.extend(more);
                Verdict::Refused(diagnostics)
            }
        }
    })
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
