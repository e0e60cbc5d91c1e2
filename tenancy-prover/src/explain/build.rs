//! Recorded references, chains and pins as an [`Explanation`].

use super::chain::Namer;
use super::{Check, CheckKind, Explanation, Kind, Location, Reference, State, WriteProof};
use crate::catalog::{Ownership, Relation};
use crate::lower::Reading;
use crate::plan::{ConsideredKind, Mention, Mentioned, ScanId};
use crate::prove::{Pin, Pinned, Problem, Role};
use crate::{Project, Span, Verdict};

pub(super) fn build(
    project: &Project,
    verdict: Verdict,
    repaired: Option<String>,
    reading: &Reading,
) -> Explanation {
    let namer = Namer::new(&project.catalog, reading);
    let mut mentions: Vec<&Mention> = Vec::new();
    for mention in &reading.notes.mentions {
        let read = match mention.what {
            Mentioned::Table(_, Some(scan)) => !reading.tried || reading.record.opened.contains(&scan),
            Mentioned::Table(_, None) | Mentioned::View(_) | Mentioned::Cte { .. } => true,
        };
        if read && !mentions.contains(&mention) {
            mentions.push(mention);
        }
    }
    // Stable: what a view names stays behind the view.
    mentions.sort_by_key(|mention| mention.place.span.start);
    let references = mentions
        .into_iter()
        .map(|mention| reference(&namer, mention, &verdict))
        .collect();
    let mut writes: Vec<_> = reading.notes.writes.clone();
    writes.sort_by_key(|(span, _)| span.start);
    let writes = writes
        .into_iter()
        .map(|(span, table)| WriteProof {
            span,
            table: table.to_string(),
            checks: checks(&namer, span),
        })
        .collect();
    Explanation {
        verdict,
        repaired,
        references,
        writes,
    }
}

fn reference(namer: &Namer<'_>, mention: &Mention, verdict: &Verdict) -> Reference {
    let span = mention.place.span;
    let (kind, declared) = kind(namer, &mention.what);
    let scan = match mention.what {
        Mentioned::Table(_, scan) => scan,
        Mentioned::View(_) | Mentioned::Cte { .. } => None,
    };
    let reading = namer.reading;
    let mut chains = Vec::new();
    for (_, steps) in reading.record.closed.iter().filter(|(id, _)| Some(*id) == scan) {
        let chain = namer.chain(steps);
        if !chains.contains(&chain) {
            chains.push(chain);
        }
    }
    let state = match scan {
        None => State::Nothing,
        Some(_) if !reading.tried => State::NotTried,
        Some(scan) if is_open(reading, scan, span) => State::Open,
        Some(_) => State::Confined,
    };
    let diagnostic = match verdict {
        Verdict::Refused(diagnostics) if state == State::Open => {
            diagnostics.iter().position(|diagnostic| diagnostic.span == span)
        }
        Verdict::Refused(_) | Verdict::Proved(_) => None,
    };
    Reference {
        span,
        name: mention.shown.clone(),
        views: mention.views.clone(),
        inside: mention.place.inside.as_ref().map(|(_, origin)| origin.clone()),
        kind,
        declared,
        state,
        chains: if state == State::Confined {
            chains
        } else {
            Vec::new()
        },
        diagnostic,
    }
}

fn is_open(reading: &Reading, scan: ScanId, span: Span) -> bool {
    reading.problems.iter().any(|problem| match problem {
        Problem::Open { scan: open, stuck: _ } => *open == scan,
        Problem::Target {
            span: target,
            table: _,
            verb: _,
        } => *target == span,
        Problem::Owner { .. } | Problem::Moved { .. } => false,
    })
}

fn kind(namer: &Namer<'_>, what: &Mentioned) -> (Kind, Option<crate::catalog::Origin>) {
    match what {
        Mentioned::Cte { itself } => (Kind::Cte { itself: *itself }, None),
        Mentioned::View(name) => {
            let origin = match namer.catalog.relations.get(name) {
                Some(Relation::View(view)) => Some(view.origin.clone()),
                Some(Relation::Table(_) | Relation::Opaque { .. }) | None => None,
            };
            (Kind::View, origin)
        }
        Mentioned::Table(name, _) => {
            let Some(table) = namer.table(name) else {
                return (Kind::Unknown, None);
            };
            let column_name = |index: usize| {
                table
                    .columns
                    .get(index)
                    .map_or_else(String::new, |column| column.name.clone())
            };
            let kind = match table.ownership {
                Ownership::Tenant { column, root } => Kind::Owned {
                    column: column_name(column),
                    root,
                },
                Ownership::Via { foreign_key } => match table.foreign_keys.get(foreign_key) {
                    Some(key) => Kind::Via {
                        column: key
                            .columns
                            .first()
                            .map_or_else(String::new, |&index| column_name(index)),
                        parent: key.parent.to_string(),
                        key: key.parent_columns.first().cloned().unwrap_or_default(),
                    },
                    None => Kind::Unknown,
                },
                Ownership::Placed => Kind::Placed,
                Ownership::Shared => Kind::Shared,
                Ownership::Unclassified { reason: _ } => Kind::Unknown,
            };
            (kind, Some(table.origin.clone()))
        }
    }
}

fn checks(namer: &Namer<'_>, span: Span) -> Vec<Check> {
    let pins = namer.reading.record.pins.iter().filter(|pin| pin.target == span);
    let mut checks: Vec<Check> = pins.map(|pin| pinned(namer, pin)).collect();
    let considered = namer
        .reading
        .notes
        .considered
        .iter()
        .filter(|considered| considered.span == span);
    checks.extend(considered.map(|considered| Check {
        kind: match considered.kind {
            ConsideredKind::ConflictKey => CheckKind::ConflictKey,
            ConsideredKind::Cascade => CheckKind::Cascade,
            ConsideredKind::Trigger => CheckKind::Trigger,
        },
        text: considered.text.clone(),
        places: vec![Location::Schema {
            what: "declared".to_owned(),
            origin: considered.origin.clone(),
        }],
        facts: Vec::new(),
    }));
    checks
}

fn pinned(namer: &Namer<'_>, pin: &Pin) -> Check {
    let (kind, subject) = match pin.role {
        Role::Target => (CheckKind::Target, "the rows that it reaches are the tenant's"),
        Role::Inserted => (CheckKind::Inserted, "the new row is the tenant's"),
        Role::Assigned => (CheckKind::Assigned, "the row stays with the tenant"),
    };
    let (text, facts) = match &pin.found {
        Pinned::Written => (format!("{subject}: `$tenant` is written here"), Vec::new()),
        Pinned::Checked => (
            format!("{subject}: the policy of the table refuses any other"),
            Vec::new(),
        ),
        Pinned::Known(steps) => (subject.to_owned(), namer.chain(steps)),
        Pinned::Parent { key, owner } => {
            let mut facts = namer.chain(key);
            facts.extend(namer.chain(owner));
            (
                format!("{subject}: the value is the key of a parent row that is the tenant's"),
                facts,
            )
        }
    };
    Check {
        kind,
        text,
        places: vec![Location::Statement(pin.span)],
        facts,
    }
}
