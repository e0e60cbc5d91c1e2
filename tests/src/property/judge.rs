//! Compares what one statement does on a pair of databases.

use std::rc::Rc;

use tenancy_prover::{Bind, Dialect, Proved};
use tokio::runtime::Runtime;

use super::data::{Pair, TENANT, Value, pair};
use super::database::{Database, Outcome, Snapshot};
use super::random::Random;

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
    /// It differs, but also between two orders of the same rows: SQL leaves it open.
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

/// All databases of one run.
pub(crate) struct Arenas {
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
    ) -> Result<Self, sqlx::Error> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let runtime: Rc<Runtime> = Rc::new(runtime);
        let mut arenas = Vec::new();
        for _ in 0..count {
            let contents = pair(random, dialect);
            let mut left = Database::open(&runtime, dialect, url)?;
            left.load(&contents.left, false)?;
            let mut right = Database::open(&runtime, dialect, url)?;
            right.load(&contents.right, false)?;
            assert_eq!(
                of_tenant(&left.before),
                of_tenant(&right.before),
                "the pair agrees on the tenant's rows"
            );
            arenas.push(Arena {
                contents,
                left,
                right,
            });
        }
        Ok(Self {
            arenas,
            spare: Database::open(&runtime, dialect, url)?,
        })
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
    ) -> Result<Finding, sqlx::Error> {
        let Some(binds) = binds(proved, arguments) else {
            return Ok(Finding::Failed("an argument that is not there".to_owned()));
        };
        let writes = writes(&proved.sql);
        let Some(Arena {
            contents,
            left,
            right,
        }) = self.arenas.get_mut(arena)
        else {
            return Ok(Finding::Failed("a pair that is not there".to_owned()));
        };
        let first = match left.run(&proved.sql, &binds, writes) {
            Ok(outcome) => outcome,
            Err(error) => return failed(error),
        };
        let second = match right.run(&proved.sql, &binds, writes) {
            Ok(outcome) => outcome,
            Err(error) => return failed(error),
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
        for contents in [&contents.left, &contents.right] {
            let mut outcomes = Vec::new();
            for reversed in [false, true] {
                self.spare.load(contents, reversed)?;
                match self.spare.run(&proved.sql, &binds, writes) {
                    Ok(outcome) => outcomes.push(outcome),
                    Err(error) => return failed(error),
                }
            }
            if let [one, other] = &outcomes[..]
                && one.differs(other).is_some()
            {
                return Ok(Finding::Open);
            }
        }
        Ok(Finding::Leak(difference))
    }

    /// The rows of the tables that `sql` names, on both sides of a pair.
    pub(crate) fn show(&self, arena: usize, sql: &str) -> String {
        let Some(arena) = self.arenas.get(arena) else {
            return String::new();
        };
        let words: Vec<&str> = sql
            .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .collect();
        let rows = |snapshot: &Snapshot| -> String {
            let views = words.iter().any(|word| word.starts_with("v_"));
            snapshot
                .iter()
                .filter(|row| {
                    words.contains(&row.0.as_str())
                        || views && matches!(row.0.as_str(), "orders" | "proj" | "tasks")
                })
                .map(|(table, owner, row)| {
                    format!(
                        "    {table:<12} {:<8} {row}\n",
                        owner.as_deref().unwrap_or("nobody")
                    )
                })
                .collect()
        };
        format!(
            "  left:\n{}  right:\n{}",
            rows(&arena.left.before),
            rows(&arena.right.before)
        )
    }
}

/// Errors are no leak; a connection that broke ends the run.
fn failed(error: sqlx::Error) -> Result<Finding, sqlx::Error> {
    match error {
        sqlx::Error::Database(error) => Ok(Finding::Failed(error.message().to_owned())),
        other => Err(other),
    }
}

fn binds(proved: &Proved, arguments: &[Value]) -> Option<Vec<Value>> {
    let value = |bind: &Bind| match bind {
        Bind::Argument { index, label: _ } => arguments.get(*index).cloned(),
        Bind::Tenant(_) => Some(Value::Text(TENANT.to_owned())),
    };
    proved.binds.iter().map(value).collect()
}

fn writes(sql: &str) -> bool {
    sql.split(|c: char| !c.is_ascii_alphabetic())
        .any(|word| matches!(word, "insert" | "update" | "delete" | "merge" | "replace"))
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
