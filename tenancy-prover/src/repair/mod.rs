//! Automatic predicates: the text of a statement that is not proved, changed so that it may be.
//!
//! The repair adds to the text and takes nothing from it: a predicate where a table is read or written without one, the
//! tenant column where an insert leaves it out. It is not trusted. What it makes is proved from its text, like any other
//! statement, and runs only if it is. So what stands here decides which statements people may write shorter, and
//! whether they mean what was meant, not whether they leak.
//!
//! What is meant: the repaired statement does over everybody's rows what the statement as written would do over a
//! database that holds the tenant's rows alone.
//!
//! - [`gap`]: what the proof misses
//! - [`text`]: the statement as tokens
//! - [`place`]: where a predicate goes
//! - [`predicate`]: the predicate
//! - [`insert`]: inserts without the tenant column
//! - [`arguments`]: what the caller passes
//! - [`edit`]: changes of a text

mod arguments;
mod edit;
pub(crate) mod gap;
mod insert;
mod place;
mod predicate;
#[cfg(test)]
mod tests;
mod text;

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Catalog, Ownership, QName, Relation};
use crate::{Code, Edit, Project, Proved};
use edit::{Edits, Rank};
use gap::{Gap, Reference};
use place::Place;
use predicate::identifier;
use text::Text;

/// Each round adds at least one change to those of the round before; this many rounds repair what can be repaired.
const ROUNDS: usize = 12;

/// What one look at a text says.
pub(crate) enum Look {
    /// It is proved.
    Proved(Proved),
    /// It misses this, and nothing else. Empty where something is wrong that no predicate mends.
    Missing(Vec<Gap>),
}

/// How a repair ended.
#[derive(Debug)]
pub(crate) enum Repair {
    /// The changed text is proved.
    Proved {
        proved: Proved,
        text: String,
        edits: Vec<Edit>,
        /// Arguments that are not passed any more, as they are written.
        dropped: Vec<String>,
    },
    /// These changes were tried first, and others; none proves the statement.
    Tried(Vec<Edit>),
    /// There is nothing to change.
    Nothing,
}

/// How far a repair may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Only what is missing is added.
    Missing,
    /// A value in the place of the tenant may also be replaced, and a name that is misspelt: never unasked.
    Suggested,
}

impl Reach {
    /// How far it may go in a project.
    pub(crate) const fn of(project: &Project) -> Self {
        if project.config.automatic {
            Self::Missing
        } else {
            Self::Suggested
        }
    }
}

/// Repairs `sql`, in which `gaps` were found; `look` proves a text.
pub(crate) fn repair(
    sql: &str,
    catalog: &Catalog,
    reach: Reach,
    gaps: Vec<Gap>,
    mut look: impl FnMut(&str) -> Look,
) -> Repair {
    let Some(text) = Text::read(sql, catalog.dialect) else {
        return Repair::Nothing;
    };
    let mut fixes = Fixes {
        text: &text,
        catalog,
        reach,
        references: BTreeMap::new(),
        columns: BTreeMap::new(),
        values: BTreeSet::new(),
        names: BTreeMap::new(),
    };
    let mut edits: Vec<Edit> = Vec::new();
    let mut first = None;
    let mut gaps = gaps;
    for _ in 0..ROUNDS {
        if !fixes.note(&gaps, &edits) {
            break;
        }
        let Some(next) = fixes.edits() else { break };
        let Some(changed) = edit::apply(sql, &next) else {
            break;
        };
        edits = next;
        first.get_or_insert_with(|| edits.clone());
        match look(&changed) {
            Look::Proved(mut proved) => {
                proved.repairs.clone_from(&edits);
                return Repair::Proved {
                    proved,
                    text: changed,
                    edits,
                    dropped: text
                        .dropped(&fixes.values)
                        .into_iter()
                        .map(str::to_owned)
                        .collect(),
                };
            }
            Look::Missing(found) => gaps = found,
        }
    }
    first.map_or(Repair::Nothing, Repair::Tried)
}

/// Whether a statement that is refused with this code may be one that only misses something.
pub(crate) const fn may_mend(code: Code, reach: Reach) -> bool {
    match code {
        Code::UnscopedTable
        | Code::UnscopedWrite
        | Code::UnscopedInsert
        | Code::TenantChanged
        | Code::LeakyView
        | Code::TenantType
        | Code::UnsafeDefault => true,
        Code::UnknownTable | Code::UnknownColumn => matches!(reach, Reach::Suggested),
        _ => false,
    }
}

/// The note on a refusal that says what was added in vain.
pub(crate) fn tried(edits: &[Edit]) -> String {
    let added: Vec<String> = edits
        .iter()
        .map(|edit| format!("`{}`", edit.text.trim()))
        .collect();
    format!(
        "`predicates = \"automatic\"` added {}, which does not prove the statement",
        added.join(", ")
    )
}

/// The note on a suggestion after which some arguments are not passed any more.
pub(crate) fn not_passed(dropped: &[String]) -> String {
    let labels: Vec<String> = dropped.iter().map(|label| format!("`{label}`")).collect();
    format!(
        "with the change below, the argument for {} is not passed any more: the tenant comes from the scope",
        labels.join(" and for ")
    )
}

/// What is to be changed, by places of the original text.
struct Fixes<'a> {
    text: &'a Text<'a>,
    catalog: &'a Catalog,
    reach: Reach,
    /// References to confine, by the token of their name.
    references: BTreeMap<usize, Confined>,
    /// Inserts to give the column to: its name, and the columns that the values go to.
    columns: BTreeMap<usize, (String, Vec<String>)>,
    /// Values to replace by `$tenant`.
    values: BTreeSet<usize>,
    /// Names to replace.
    names: BTreeMap<usize, String>,
}

/// When a gap is looked at: inserts and plain tables first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
struct Turn {
    /// A table owned via a parent: a join with the parent may confine it.
    child: bool,
    /// In how many subqueries it stands that are evaluated for rows of the query around: those may confine it.
    depth: usize,
    /// A table of an outer join, which its condition may confine, or of a recursive step.
    joined: bool,
}

/// A reference to confine.
struct Confined {
    reference: Reference,
    /// The tables whose rows are open: one, or those that a view shows.
    tables: Vec<QName>,
    /// The name by itself becomes a derived table: the predicate did not do its work where it was.
    derived: bool,
}

impl Fixes<'_> {
    /// Takes up what is missing after `edits`. False if nothing new can be done about it.
    fn note(&mut self, gaps: &[Gap], edits: &[Edit]) -> bool {
        if gaps.is_empty() {
            // A predicate means nothing where it was put.
            return self.derive_all();
        }
        // What is joined to a confined table is often confined by that: whatever is found further down waits until all
        // that stands before it is confined, or cannot be.
        let mut waiting: BTreeMap<Turn, Vec<&Gap>> = BTreeMap::new();
        for gap in gaps {
            waiting.entry(self.turn(gap, edits)).or_default().push(gap);
        }
        waiting.into_values().any(|gaps| {
            let mut progress = false;
            for gap in gaps {
                progress |= self.note_one(gap, edits).unwrap_or(false);
            }
            progress
        })
    }

    fn turn(&self, gap: &Gap, edits: &[Edit]) -> Turn {
        let mut turn = Turn::default();
        let Gap::Rows(reference) = gap else {
            return turn;
        };
        turn.child = matches!(self.catalog.relations.get(&reference.table),
            Some(Relation::Table(table)) if matches!(table.ownership, Ownership::Via { .. }));
        let at = edit::original(edits, reference.span).and_then(|span| self.text.at(span.start));
        if let Some(at) = at {
            turn.depth = self.text.dependence(at);
            turn.joined = match self.text.place(at, reference.target) {
                Some(Place::On(_) | Place::Table) => true,
                Some(Place::Condition(_) | Place::After(_)) | None => self.text.in_recursive_step(at),
            };
        }
        turn
    }

    /// Filters every table by itself that can be. False if all are.
    fn derive_all(&mut self) -> bool {
        let mut progress = false;
        for confined in self.references.values_mut() {
            if !confined.derived && !confined.reference.target {
                confined.derived = true;
                progress = true;
            }
        }
        progress
    }

    fn note_one(&mut self, gap: &Gap, edits: &[Edit]) -> Option<bool> {
        match gap {
            Gap::Rows(reference) => {
                let span = edit::original(edits, reference.span)?;
                let at = self.text.at(span.start)?;
                let reference = Reference {
                    span,
                    ..reference.clone()
                };
                let name = self.called(&reference)?;
                if reference.shown.is_none() {
                    predicate::predicate(self.text, self.catalog, &reference.table, &name)?;
                }
                let table = reference.table.clone();
                // A list of columns behind the alias renames the tenant column.
                let last = self.text.until(span.end)?;
                let renamed = last > at && self.text.is_open(last + 1) && !reference.target;
                let known = self.references.entry(at).or_insert(Confined {
                    reference: Reference {
                        shown: None,
                        ..reference.clone()
                    },
                    tables: Vec::new(),
                    derived: renamed,
                });
                if let Some(shown) = reference.shown.filter(|_| known.reference.shown.is_none()) {
                    known.reference.shown = Some(shown);
                    known.tables.push(table);
                    Some(true)
                } else if !known.tables.contains(&table) {
                    known.tables.push(table);
                    Some(known.reference.shown.is_none())
                } else if reference.target && !known.reference.target {
                    // It is read and written: the same predicate serves both.
                    known.reference.target = true;
                    Some(true)
                } else if known.derived || known.reference.target {
                    Some(false)
                } else {
                    known.derived = true;
                    Some(true)
                }
            }
            Gap::Column { span, column, given } => {
                let at = self.text.at(edit::original(edits, *span)?.start)?;
                let new = (column.clone(), given.clone());
                Some(self.columns.insert(at, new).is_none())
            }
            Gap::Value(span) => {
                let at = self.text.at(edit::original(edits, *span)?.start)?;
                let alone = self.text.stands_alone(at);
                let replaced = self.text.is(at, "default") || self.reach == Reach::Suggested;
                Some(alone && replaced && self.values.insert(at))
            }
            Gap::Name { span, meant } if self.reach == Reach::Suggested => {
                let at = self.text.at(edit::original(edits, *span)?.start)?;
                let name = identifier(meant, self.text.dialect);
                Some(self.names.insert(self.text.last_of_name(at), name).is_none())
            }
            Gap::Name { span: _, meant: _ } => Some(false),
        }
    }

    /// All changes, from the original text. `None` if there is no place for one.
    fn edits(&self) -> Option<Vec<Edit>> {
        let mut edits = Edits::default();
        let mut conditions: BTreeMap<(usize, usize), Vec<String>> = BTreeMap::new();
        let mut clauses: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for (&at, confined) in &self.references {
            let place = if confined.derived {
                Place::Table
            } else {
                self.text.place(at, confined.reference.target)?
            };
            let name = self.called(&confined.reference)?;
            let predicates = self.predicates(confined, &name)?;
            match place {
                Place::Condition(range) | Place::On(range) => conditions
                    .entry((range.start, range.end))
                    .or_default()
                    .extend(predicates),
                Place::After(token) => clauses.entry(token).or_default().extend(predicates),
                Place::Table => self.derive(at, confined, &mut edits)?,
            }
        }
        for ((start, end), predicates) in conditions {
            let first = self.text.span(start)?.start;
            let last = self.text.span(end.checked_sub(1)?)?.end;
            let either = self.text.level(start..end).any(|at| self.text.is_or(at));
            if either {
                edits.insert(first, Rank::Open, "(".to_owned());
                edits.insert(last, Rank::Close, ")".to_owned());
            }
            edits.insert(last, Rank::Extend, format!(" and {}", predicates.join(" and ")));
        }
        for (token, predicates) in clauses {
            let at = self.text.span(token)?.end;
            edits.insert(at, Rank::Clause, format!(" where {}", predicates.join(" and ")));
        }
        for (&at, (column, given)) in &self.columns {
            self.text.add_column(at, column, given, &mut edits)?;
        }
        for &at in &self.values {
            edits.replace(self.text.span(at)?, "$tenant".to_owned());
        }
        self.text.renumber(&self.values, &mut edits)?;
        for (&at, name) in &self.names {
            edits.replace(self.text.span(at)?, name.clone());
        }
        // `table t` takes no clause.
        for &at in self.references.keys() {
            if let Some(command) = self.text.table_command(at) {
                edits.replace(self.text.span(command)?, "select * from".to_owned());
            }
        }
        edits.finish(self.text.sql)
    }

    /// What the columns of a reference are reached by.
    fn called(&self, reference: &Reference) -> Option<String> {
        let last = self.text.until(reference.span.end)?;
        match self.names.get(&last) {
            Some(meant) => Some(meant.clone()),
            None => predicate::called(self.text, reference),
        }
    }

    /// The predicates of a reference that is called `name`.
    fn predicates(&self, confined: &Confined, name: &str) -> Option<Vec<String>> {
        if let Some(shown) = &confined.reference.shown {
            let column = identifier(shown, self.text.dialect);
            return Some(vec![format!("{name}.{column} = $tenant")]);
        }
        let mut predicates = Vec::new();
        for table in &confined.tables {
            let found = predicate::predicate(self.text, self.catalog, table, name)?;
            if !predicates.contains(&found) {
                predicates.push(found);
            }
        }
        Some(predicates)
    }

    /// Puts the predicates around the name of a table: `(select * from orders where ..) as orders`.
    fn derive(&self, at: usize, confined: &Confined, edits: &mut Edits) -> Option<()> {
        let reference = &confined.reference;
        if reference.target {
            return None;
        }
        let last = self.text.last_of_name(at);
        let name = match self.names.get(&last) {
            Some(meant) => meant,
            None => self.text.written(last)?,
        };
        let predicates = self.predicates(confined, name)?.join(" and ");
        let only = at.checked_sub(1).filter(|&before| self.text.is(before, "only"));
        let start = self.text.span(only.unwrap_or(at))?.start;
        let alias = if self.text.until(reference.span.end)? == last {
            format!(" as {name}")
        } else {
            String::new()
        };
        edits.insert(start, Rank::Open, "(select * from ".to_owned());
        let end = self.text.span(last)?.end;
        edits.insert(end, Rank::Close, format!(" where {predicates}){alias}"));
        Some(())
    }
}

impl Text<'_> {
    /// Whether a token is a whole member of a list.
    fn stands_alone(&self, at: usize) -> bool {
        let ends = |one: Option<usize>| {
            one.is_some_and(|one| self.is_comma(one) || self.is_open(one) || self.mate(one) < one)
        };
        let before = at.checked_sub(1);
        // MySQL: `insert .. set a = 1`.
        let assigned = before.is_some_and(|before| self.written(before) == Some("="));
        (assigned || ends(before)) && ends(Some(at + 1))
    }

    /// The last token of the name, qualified or not, that begins at `at`.
    fn last_of_name(&self, at: usize) -> usize {
        let mut last = at;
        while self.is_period(last + 1) {
            last += 2;
        }
        last
    }

    /// The `table` of the command `table t`, whose name is the token `at`.
    fn table_command(&self, at: usize) -> Option<usize> {
        let before = at.checked_sub(1)?;
        self.is(before, "table").then_some(before)
    }

    /// Whether the text gives `name` to a common table expression of its own.
    fn defines(&self, name: &str) -> bool {
        (0..self.len()).any(|at| {
            let same = self.is_name(at)
                && self
                    .written(at)
                    .is_some_and(|written| predicate::bare(written).eq_ignore_ascii_case(name));
            let columns = if self.is_open(at + 1) {
                self.next(at + 1)
            } else {
                at + 1
            };
            same && self.is(columns, "as")
        })
    }
}
