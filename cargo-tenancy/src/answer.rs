//! One answer as a line of JSON.

use serde::Serialize;
use serde_json::Value;
use tenancy_prover::config::Isolation;
use tenancy_prover::{Bind, Diagnostic, Edit, Suggestion};

use crate::prover::Judgement;

/// The answer to one line.
#[derive(Debug, Serialize)]
pub(crate) struct Answer {
    id: Value,
    verdict: VerdictName,
    repaired: bool,
    sql: Option<String>,
    binds: Vec<String>,
    isolation: Option<&'static str>,
    reads: bool,
    diagnostics: Vec<Finding>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum VerdictName {
    Proved,
    Refused,
}

#[derive(Debug, Serialize)]
struct Finding {
    code: String,
    message: String,
    start: usize,
    end: usize,
    help: String,
    notes: Vec<String>,
    suggestion: Option<Changed>,
}

/// A change of the statement after which it is proved.
#[derive(Debug, Serialize)]
pub(crate) struct Changed {
    text: String,
    edits: Vec<Change>,
}

#[derive(Debug, Serialize)]
struct Change {
    start: usize,
    end: usize,
    text: String,
}

impl Answer {
    /// The answer to the statement with that id and text.
    pub(crate) fn new(id: Value, sql: &str, judgement: Judgement) -> Self {
        match judgement {
            Judgement::Proved(proved) => Self {
                id,
                verdict: VerdictName::Proved,
                repaired: !proved.repairs.is_empty(),
                isolation: Some(isolation(proved.isolation)),
                reads: proved.reads,
                sql: Some(proved.sql),
                binds: proved.binds.iter().map(bind_label).collect(),
                diagnostics: Vec::new(),
            },
            Judgement::Refused(diagnostics) => Self {
                id,
                verdict: VerdictName::Refused,
                repaired: false,
                sql: None,
                binds: Vec::new(),
                isolation: None,
                reads: false,
                diagnostics: diagnostics.into_iter().map(Finding::from).collect(),
            },
            Judgement::Failed => Self {
                id,
                verdict: VerdictName::Refused,
                repaired: false,
                sql: None,
                binds: Vec::new(),
                isolation: None,
                reads: false,
                diagnostics: vec![Finding {
                    code: "internal-error".to_owned(),
                    message: "the prover failed on this statement, which is a defect of the prover"
                        .to_owned(),
                    start: 0,
                    end: sql.len(),
                    help: "report it with the statement; until then, write it another way".to_owned(),
                    notes: Vec::new(),
                    suggestion: None,
                }],
            },
        }
    }

    pub(crate) fn is_refused(&self) -> bool {
        self.verdict == VerdictName::Refused
    }
}

impl From<Diagnostic> for Finding {
    fn from(diagnostic: Diagnostic) -> Self {
        let range = diagnostic.span.range();
        Self {
            code: diagnostic.code.name().to_owned(),
            message: diagnostic.message,
            start: range.start,
            end: range.end,
            help: diagnostic.help.join("\n"),
            notes: diagnostic.notes,
            suggestion: diagnostic.suggestion.as_deref().map(Changed::from),
        }
    }
}

impl From<&Suggestion> for Changed {
    fn from(Suggestion { edits, text }: &Suggestion) -> Self {
        let change = |Edit { span, text }: &Edit| Change {
            start: span.range().start,
            end: span.range().end,
            text: text.clone(),
        };
        Self {
            text: text.clone(),
            edits: edits.iter().map(change).collect(),
        }
    }
}

/// The word for an isolation, as `tenancy.toml` spells it.
fn isolation(isolation: Isolation) -> &'static str {
    match isolation {
        Isolation::Rows => "rows",
        Isolation::Rls => "rls",
        Isolation::Schema => "schema",
        Isolation::Database => "database",
    }
}

/// A bound value as the statement spells it.
pub(crate) fn bind_label(bind: &Bind) -> String {
    match bind {
        Bind::Argument { index: _, label } => label.clone(),
        Bind::Tenant(_) => "$tenant".to_owned(),
    }
}

/// Where more is said about the codes of some diagnostics.
pub(crate) fn more(diagnostics: &[Diagnostic]) -> String {
    let mut codes: Vec<&str> = diagnostics
        .iter()
        .map(|diagnostic| diagnostic.code.name())
        .collect();
    codes.sort_unstable();
    codes.dedup();
    let lines: Vec<String> = codes
        .iter()
        .map(|code| format!("more: cargo tenancy explain --code {code}"))
        .collect();
    lines.join("\n")
}
