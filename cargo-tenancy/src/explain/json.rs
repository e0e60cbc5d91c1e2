//! An explanation as data. The field names are stable; `cargo tenancy explain --help` lists them.

use serde::Serialize;
use tenancy_prover::catalog::Origin;
use tenancy_prover::explain::{Check, Fact, Kind, Location, Reference, WriteProof};
use tenancy_prover::{Diagnostic, Explanation, Span, Verdict};

use super::place::position;
use crate::answer::{Changed, VerdictName, bind_label};

/// The whole explanation.
#[derive(Debug, Serialize)]
pub(crate) struct Answer {
    verdict: VerdictName,
    repaired: Option<String>,
    sql: Option<String>,
    binds: Vec<String>,
    diagnostics: Vec<Finding>,
    references: Vec<JsonReference>,
    writes: Vec<JsonWrite>,
}

#[derive(Debug, Serialize)]
struct Finding {
    code: &'static str,
    message: String,
    #[serde(flatten)]
    place: Place,
    label: String,
    help: Vec<String>,
    notes: Vec<String>,
    suggestion: Option<Changed>,
}

#[derive(Debug, Serialize)]
struct JsonReference {
    name: String,
    #[serde(flatten)]
    place: Place,
    views: Vec<String>,
    inside: Option<Place>,
    kind: &'static str,
    owner: Option<String>,
    declared: Option<Place>,
    state: &'static str,
    chains: Vec<Vec<JsonFact>>,
    diagnostic: Option<usize>,
}

#[derive(Debug, Serialize)]
struct JsonWrite {
    table: String,
    #[serde(flatten)]
    place: Place,
    checks: Vec<JsonCheck>,
}

#[derive(Debug, Serialize)]
struct JsonCheck {
    kind: &'static str,
    text: String,
    places: Vec<Place>,
    facts: Vec<JsonFact>,
}

#[derive(Debug, Serialize)]
struct JsonFact {
    text: String,
    reason: String,
    places: Vec<Place>,
    because: Vec<Self>,
}

/// In the statement or in the schema.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Place {
    Statement {
        line: usize,
        column: usize,
        start: usize,
        end: usize,
    },
    Schema {
        file: String,
        line: u32,
        #[serde(skip_serializing_if = "Option::is_none")]
        what: Option<String>,
    },
}

impl Answer {
    pub(crate) fn new(explanation: &Explanation, sql: &str) -> Self {
        let sql = explanation.repaired.as_deref().unwrap_or(sql);
        let (verdict, sent, binds, diagnostics) = match &explanation.verdict {
            Verdict::Proved(proved) => (
                VerdictName::Proved,
                Some(proved.sql.clone()),
                proved.binds.iter().map(bind_label).collect(),
                Vec::new(),
            ),
            Verdict::Refused(diagnostics) => (
                VerdictName::Refused,
                None,
                Vec::new(),
                diagnostics
                    .iter()
                    .map(|diagnostic| finding(sql, diagnostic))
                    .collect(),
            ),
        };
        Self {
            verdict,
            repaired: explanation.repaired.clone(),
            sql: sent,
            binds,
            diagnostics,
            references: explanation
                .references
                .iter()
                .map(|one| reference(sql, one))
                .collect(),
            writes: explanation.writes.iter().map(|one| write(sql, one)).collect(),
        }
    }
}

fn finding(sql: &str, diagnostic: &Diagnostic) -> Finding {
    Finding {
        code: diagnostic.code.name(),
        message: diagnostic.message.clone(),
        place: at(sql, diagnostic.span),
        label: diagnostic.label.clone(),
        help: diagnostic.help.clone(),
        notes: diagnostic.notes.clone(),
        suggestion: diagnostic.suggestion.as_deref().map(Changed::from),
    }
}

fn reference(sql: &str, reference: &Reference) -> JsonReference {
    let (kind, owner) = match &reference.kind {
        Kind::Owned { column, root: false } => ("owned", Some(column.clone())),
        Kind::Owned { column, root: true } => ("tenant-root", Some(column.clone())),
        Kind::Via { column, parent, key } => ("via", Some(format!("{column} -> {parent}.{key}"))),
        Kind::Placed => ("placed", None),
        Kind::Shared => ("shared", None),
        Kind::View => ("view", None),
        Kind::Cte { itself: _ } => ("cte", None),
        Kind::Unknown => ("unknown", None),
    };
    JsonReference {
        name: reference.name.clone(),
        place: at(sql, reference.span),
        views: reference.views.clone(),
        inside: reference.inside.as_ref().map(|origin| schema(origin, None)),
        kind,
        owner,
        declared: reference.declared.as_ref().map(|origin| schema(origin, None)),
        state: reference.state.name(),
        chains: reference.chains.iter().map(|chain| facts(sql, chain)).collect(),
        diagnostic: reference.diagnostic,
    }
}

fn write(sql: &str, write: &WriteProof) -> JsonWrite {
    JsonWrite {
        table: write.table.clone(),
        place: at(sql, write.span),
        checks: write.checks.iter().map(|one| check(sql, one)).collect(),
    }
}

fn check(sql: &str, check: &Check) -> JsonCheck {
    JsonCheck {
        kind: check.kind.name(),
        text: check.text.clone(),
        places: places(sql, &check.places),
        facts: facts(sql, &check.facts),
    }
}

fn facts(sql: &str, all: &[Fact]) -> Vec<JsonFact> {
    all.iter()
        .map(|fact| JsonFact {
            text: fact.text.clone(),
            reason: fact.reason.clone(),
            places: places(sql, &fact.places),
            because: facts(sql, &fact.because),
        })
        .collect()
}

fn places(sql: &str, all: &[Location]) -> Vec<Place> {
    all.iter()
        .map(|place| match place {
            Location::Statement(span) => at(sql, *span),
            Location::Schema { what, origin } => schema(origin, Some(what.clone())),
        })
        .collect()
}

fn at(sql: &str, span: Span) -> Place {
    let position = position(sql, span);
    let range = span.range();
    Place::Statement {
        line: position.line,
        column: position.column,
        start: range.start,
        end: range.end,
    }
}

fn schema(origin: &Origin, what: Option<String>) -> Place {
    Place::Schema {
        file: origin.file.display().to_string(),
        line: origin.line,
        what,
    }
}
