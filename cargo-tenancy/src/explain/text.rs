//! An explanation for people.

use std::fmt::Write as _;

use tenancy_prover::diagnose::render::{Look, Source, render_as};
use tenancy_prover::explain::{Fact, Kind, Location, Reference, State, WriteProof};
use tenancy_prover::{Explanation, Span, Verdict};

use super::place::position;
use crate::answer::{bind_label, more};

/// The whole explanation.
pub(crate) fn text(explanation: &Explanation, path: &str, sql: &str, look: Look) -> String {
    let mut page = Page {
        out: String::new(),
        sql: explanation.repaired.as_deref().unwrap_or(sql),
        colour: look.colour,
    };
    if let Some(repaired) = &explanation.repaired {
        let _ = writeln!(
            page.out,
            "with the predicates that `predicates = \"automatic\"` adds:\n"
        );
        page.line(1, &indented(repaired.trim_end(), "  "));
        page.out.push('\n');
    }
    for reference in &explanation.references {
        page.reference(reference, explanation);
    }
    for write in &explanation.writes {
        page.write(write);
    }
    match &explanation.verdict {
        Verdict::Proved(proved) => {
            let binds: Vec<String> = proved.binds.iter().map(bind_label).collect();
            let binds = if binds.is_empty() {
                "nothing".to_owned()
            } else {
                binds.join(", ")
            };
            let verdict = page.paint(GREEN, "proved");
            let _ = writeln!(
                page.out,
                "{verdict}: every table reference is confined to the tenant"
            );
            let _ = writeln!(
                page.out,
                "sent:   {}",
                indented(proved.sql.trim_end(), "        ")
            );
            let _ = writeln!(page.out, "bound:  {binds}");
        }
        Verdict::Refused(diagnostics) => {
            let verdict = page.paint(RED, "refused");
            let _ = writeln!(page.out, "{verdict}:\n");
            let source = Source::file(path, sql);
            let _ = writeln!(page.out, "{}\n", render_as(diagnostics, &source, look));
            let _ = writeln!(page.out, "{}", more(diagnostics));
        }
    }
    page.out
}

const BOLD: &str = "1";
const GREEN: &str = "1;32";
const RED: &str = "1;31";
const DIM: &str = "2";

struct Page<'a> {
    out: String,
    sql: &'a str,
    colour: bool,
}

impl Page<'_> {
    fn paint(&self, style: &str, text: &str) -> String {
        if self.colour {
            format!("\u{1b}[{style}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    fn at(&self, span: Span) -> String {
        let position = position(self.sql, span);
        format!("{}:{}", position.line, position.column)
    }

    fn line(&mut self, depth: usize, text: &str) {
        let _ = writeln!(self.out, "{:1$}{text}", "", depth * 2);
    }

    fn reference(&mut self, reference: &Reference, explanation: &Explanation) {
        let depth = reference.views.len();
        let place = match (&reference.inside, reference.views.last()) {
            (Some(origin), Some(view)) => {
                format!("in `{view}`, {}:{}", origin.file.display(), origin.line)
            }
            _ => self.at(reference.span),
        };
        let name = self.paint(BOLD, &reference.name);
        let place = self.paint(DIM, &place);
        self.line(depth, &format!("{name}  {place}"));
        let declared = reference.declared.as_ref().map_or_else(String::new, |origin| {
            format!(" ({}:{})", origin.file.display(), origin.line)
        });
        self.line(depth + 1, &format!("{}{declared}", opens(&reference.kind)));
        match reference.state {
            State::Nothing => {}
            State::NotTried => self.line(
                depth + 1,
                "not looked at: the statement is refused for another reason",
            ),
            State::Open => self.open(reference, explanation, depth),
            State::Confined => {
                let confined = self.paint(GREEN, "confined");
                self.line(depth + 1, &format!("{confined} by"));
                for (index, chain) in reference.chains.iter().enumerate() {
                    if index > 0 {
                        self.line(depth + 1, "and by");
                    }
                    self.facts(chain, depth + 2);
                }
            }
        }
        self.out.push('\n');
    }

    fn open(&mut self, reference: &Reference, explanation: &Explanation, depth: usize) {
        let open = self.paint(RED, "open");
        let found = match &explanation.verdict {
            Verdict::Refused(diagnostics) => reference.diagnostic.and_then(|index| diagnostics.get(index)),
            Verdict::Proved(_) => None,
        };
        let label = found.map_or("nothing confines it", |diagnostic| diagnostic.label.as_str());
        self.line(depth + 1, &format!("{open}: {label}"));
        if found.is_some_and(|diagnostic| diagnostic.suggestion.is_some()) {
            self.line(depth + 2, "the change drawn below confines it");
            return;
        }
        for help in found.into_iter().flat_map(|diagnostic| &diagnostic.help) {
            self.line(depth + 2, help);
        }
    }

    fn write(&mut self, write: &WriteProof) {
        if write.checks.is_empty() {
            return;
        }
        let name = self.paint(BOLD, &format!("write of {}", write.table));
        let place = self.at(write.span);
        let place = self.paint(DIM, &place);
        self.line(0, &format!("{name}  {place}"));
        for check in &write.checks {
            let places = self.places(&check.places);
            let places = self.paint(DIM, &places);
            self.line(1, &format!("{}  {places}", check.text));
            self.facts(&check.facts, 2);
        }
        self.out.push('\n');
    }

    fn facts(&mut self, facts: &[Fact], depth: usize) {
        let width = facts
            .iter()
            .map(|fact| fact.text.chars().count())
            .max()
            .unwrap_or(0);
        for fact in facts {
            let mut reason = fact.reason.clone();
            let (said, declared): (Vec<Location>, Vec<Location>) = fact
                .places
                .iter()
                .cloned()
                .partition(|place| matches!(place, Location::Statement(_)) || fact.because.is_empty());
            if !said.is_empty() {
                reason = format!("{reason} at {}", self.places(&said));
            }
            let reason = self.paint(DIM, &reason);
            let gap = width.saturating_sub(fact.text.chars().count());
            self.line(depth, &format!("{}{:gap$}  {reason}", fact.text, ""));
            self.facts(&fact.because, depth + 1);
            for place in declared {
                let place = self.places(&[place]);
                let place = self.paint(DIM, &place);
                self.line(depth + 1, &format!("by the {place}"));
            }
        }
    }

    fn places(&self, places: &[Location]) -> String {
        let places: Vec<String> = places
            .iter()
            .map(|place| match place {
                Location::Statement(span) => self.at(*span),
                Location::Schema { what, origin } => {
                    format!("{what} {}:{}", origin.file.display(), origin.line)
                }
            })
            .collect();
        places.join(", ")
    }
}

fn opens(kind: &Kind) -> String {
    match kind {
        Kind::Owned { column, root: false } => format!("owned: `{column}` says whose a row is"),
        Kind::Owned { column, root: true } => {
            format!("owned: the table of tenants, a row belongs to the tenant `{column}`")
        }
        Kind::Via { column, parent, key } => {
            format!(
                "owned: a row belongs to the tenant of the `{parent}` row whose `{key}` is its `{column}`"
            )
        }
        Kind::Placed => "in the tenant's own schema or database: nothing to confine".to_owned(),
        Kind::Shared => "shared by all tenants: nothing to confine".to_owned(),
        Kind::View => "a view: what its query reads follows".to_owned(),
        Kind::Cte { itself: false } => {
            "a common table expression: what it reads is listed where it is defined".to_owned()
        }
        Kind::Cte { itself: true } => "the recursion: the rows of the round before".to_owned(),
        Kind::Unknown => "not known".to_owned(),
    }
}

fn indented(text: &str, indent: &str) -> String {
    text.replace('\n', &format!("\n{indent}"))
}
