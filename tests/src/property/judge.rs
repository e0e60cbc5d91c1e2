//! Compares what one statement does on a pair of databases.

use tenancy_prover::{Bind, Dialect, Proved};

use super::data::{Pair, Rows, TENANT, Value, pair};
use super::database::{Database, Failure, Outcome, Snapshot, insert};
use super::random::Random;
use super::schema::TABLES;

/// What came of one statement on one pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Finding {
    /// Nothing of the other tenants shows or changes.
    Same {
        /// It returned or changed some row.
        visible: bool,
    },
    /// An error on either side.
    Failed(String),
    /// It differs, but also between two databases with the same rows, or two orders of them: SQL leaves it open.
    Open,
    /// Another tenant's rows show or change.
    Leak(String),
}

/// Two databases and their contents.
pub(crate) struct Arena {
    contents: Pair,
    left: Database,
    right: Database,
}

impl Arena {
    fn load(&mut self, contents: Pair) -> Result<(), Failure> {
        self.left.load(&contents.left, false)?;
        self.right.load(&contents.right, false)?;
        self.contents = contents;
        if of_tenant(&self.left.before) == of_tenant(&self.right.before) {
            Ok(())
        } else {
            Err(Failure::Broken(
                "the pair does not agree on the tenant's rows".to_owned(),
            ))
        }
    }
}

/// All databases of one run.
pub(crate) struct Arenas {
    dialect: Dialect,
    arenas: Vec<Arena>,
    /// Holds another order of the rows of a database, when it is asked for.
    spare: Database,
}

impl Arenas {
    /// `count` random pairs.
    pub(crate) fn open(
        dialect: Dialect,
        url: Option<&str>,
        random: &mut Random,
        count: usize,
    ) -> Result<Self, Failure> {
        let mut arenas = Vec::new();
        for _ in 0..count {
            let mut arena = Arena {
                contents: Pair::default(),
                left: Database::open(dialect, url)?,
                right: Database::open(dialect, url)?,
            };
            arena.load(pair(random, dialect))?;
            arenas.push(arena);
        }
        Ok(Self {
            dialect,
            arenas,
            spare: Database::open(dialect, url)?,
        })
    }

    /// Fills one pair with other random rows.
    pub(crate) fn renew(&mut self, arena: usize, random: &mut Random) -> Result<(), Failure> {
        let contents = pair(random, self.dialect);
        match self.arenas.get_mut(arena) {
            Some(arena) => arena.load(contents),
            None => Ok(()),
        }
    }

    /// Makes the rows of a pair on which the statement leaks as few as it can; the pair stays like that until it is
    /// renewed.
    pub(crate) fn reduce(
        &mut self,
        arena: usize,
        proved: &Proved,
        arguments: &[Value],
    ) -> Result<(), Failure> {
        let Some(mut best) = self.arenas.get(arena).map(|arena| arena.contents.clone()) else {
            return Ok(());
        };
        'smaller: loop {
            for candidate in best.smaller() {
                let leaks = match self.arenas.get_mut(arena).map(|one| one.load(candidate.clone())) {
                    Some(Ok(())) => {
                        matches!(self.judge(arena, proved, arguments)?, Finding::Leak(_))
                    }
                    // A key refers to the rows that were taken out, or the tenant's rows are not the same any more.
                    _ => false,
                };
                if leaks {
                    best = candidate;
                    continue 'smaller;
                }
            }
            break;
        }
        match self.arenas.get_mut(arena) {
            Some(one) => one.load(best),
            None => Ok(()),
        }
    }

    /// How many pairs there are.
    pub(crate) fn count(&self) -> usize {
        self.arenas.len()
    }

    /// Judges the statement on one pair.
    pub(crate) fn judge(
        &mut self,
        arena: usize,
        proved: &Proved,
        arguments: &[Value],
    ) -> Result<Finding, Failure> {
        let Some(binds) = binds(proved, arguments) else {
            return Ok(Finding::Failed("an argument that is not there".to_owned()));
        };
        let Some(Arena {
            contents,
            left,
            right,
        }) = self.arenas.get_mut(arena)
        else {
            return Ok(Finding::Failed("a pair that is not there".to_owned()));
        };
        let first = match left.run(&proved.sql, &binds) {
            Ok(outcome) => outcome,
            Err(failure) => return failed(failure),
        };
        let second = match right.run(&proved.sql, &binds) {
            Ok(outcome) => outcome,
            Err(failure) => return failed(failure),
        };
        let confined = first
            .confined(&left.before)
            .or_else(|| second.confined(&right.before));
        if let Some(leak) = confined {
            return Ok(Finding::Leak(leak));
        }
        let Some(difference) = first.differs(&second) else {
            let visible = !first.rows.is_empty() || first.after.is_some_and(|after| after != left.before);
            return Ok(Finding::Same { visible });
        };
        for (contents, seen) in [(&contents.left, &first), (&contents.right, &second)] {
            let mut outcomes = Vec::new();
            for reversed in [false, true] {
                self.spare.load(contents, reversed)?;
                match self.spare.run(&proved.sql, &binds) {
                    Ok(outcome) => outcomes.push(outcome),
                    Err(failure) => return failed(failure),
                }
            }
            // The same rows elsewhere, or in another order.
            if outcomes.iter().any(|one| one.differs(seen).is_some()) {
                return Ok(Finding::Open);
            }
        }
        Ok(Finding::Leak(difference))
    }

    /// The rows of both sides of a pair, as statements.
    pub(crate) fn show(&self, arena: usize) -> String {
        let Some(Arena { contents, .. }) = self.arenas.get(arena) else {
            return String::new();
        };
        let side = |rows: &Rows| -> String {
            TABLES
                .iter()
                .filter_map(|table| rows.get(table.name).map(|rows| insert(table.name, rows)))
                .collect()
        };
        format!("left:\n{}right:\n{}", side(&contents.left), side(&contents.right))
    }
}

/// Errors are no leak; a database that broke ends the run.
fn failed(failure: Failure) -> Result<Finding, Failure> {
    match failure {
        Failure::Statement(message) => Ok(Finding::Failed(message)),
        Failure::Broken(_) => Err(failure),
    }
}

fn binds(proved: &Proved, arguments: &[Value]) -> Option<Vec<Value>> {
    let value = |bind: &Bind| match bind {
        Bind::Argument { index, label: _ } => arguments.get(*index).cloned(),
        Bind::Tenant(_) => Some(Value::Text(TENANT.to_owned())),
    };
    proved.binds.iter().map(value).collect()
}

fn of_tenant(snapshot: &Snapshot) -> Vec<&(String, Option<String>, String)> {
    snapshot
        .iter()
        .filter(|row| row.1.as_deref() == Some(TENANT))
        .collect()
}

impl Outcome {
    /// What it did to rows that are not the tenant's.
    fn confined(&self, before: &Snapshot) -> Option<String> {
        let after = self.after.as_ref()?;
        let foreign = |snapshot: &Snapshot| -> Vec<(String, Option<String>, String)> {
            snapshot
                .iter()
                .filter(|row| row.1.as_deref() != Some(TENANT))
                .cloned()
                .collect()
        };
        let (before, after) = (foreign(before), foreign(after));
        let gone = before.iter().find(|row| !after.contains(row));
        let new = after.iter().find(|row| !before.contains(row));
        match (gone, new) {
            (None, None) if before == after => None,
            _ => Some(format!(
                "rows that are not the tenant's changed: {gone:?} became {new:?}"
            )),
        }
    }

    /// What the tenant can see of the difference between two databases.
    fn differs(&self, other: &Self) -> Option<String> {
        if self.rows != other.rows {
            return Some(format!(
                "the results differ:\n  left  {:?}\n  right {:?}",
                self.rows, other.rows
            ));
        }
        let (Some(left), Some(right)) = (&self.after, &other.after) else {
            return None;
        };
        let (left, right) = (of_tenant(left), of_tenant(right));
        (left != right).then(|| {
            let only = |one: &[&(String, Option<String>, String)],
                        two: &[&(String, Option<String>, String)]| {
                one.iter()
                    .find(|row| !two.contains(row))
                    .map(|row| format!("{} {}", row.0, row.2))
            };
            format!(
                "the tenant's rows differ afterwards: left has {:?}, right has {:?}",
                only(&left, &right),
                only(&right, &left)
            )
        })
    }
}
