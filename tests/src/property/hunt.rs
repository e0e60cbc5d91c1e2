//! The loop: generate, prove, run, compare; shrink what leaks.

use std::collections::BTreeMap;
use std::fmt;

use tenancy_prover::{Dialect, Proved};

use super::generate::{Statement, statement};
use super::judge::{Arenas, Finding};
use super::node::smaller;
use super::random::Random;

/// Something that claims to know which statements are confined.
pub trait Prover {
    /// What to run, if the statement is confined to the tenant.
    fn prove(&self, sql: &str) -> Option<Proved>;
}

/// A run.
#[derive(Debug, Clone)]
pub struct Hunt<'a> {
    /// The dialect.
    pub dialect: Dialect,
    /// Where PostgreSQL is; SQLite runs in memory.
    pub url: Option<&'a str>,
    /// Where the random numbers start.
    pub seed: u64,
    /// How many statements are generated.
    pub cases: u64,
    /// How many pairs of databases there are.
    pub pairs: usize,
    /// How many of the pairs each statement runs on.
    pub runs: usize,
    /// After how many leaks to stop.
    pub enough: usize,
    /// How many smaller statements are tried for each leak.
    pub attempts: usize,
}

/// A statement that was proved and leaks.
#[derive(Debug, Clone)]
pub struct Leak {
    /// Its number, counted from 1.
    pub number: u64,
    /// The statement, as small as it could be made.
    pub sql: String,
    /// What went to the driver.
    pub sent: String,
    /// What differs.
    pub difference: String,
    /// The rows of the tables involved.
    pub rows: String,
}

/// What came of a run.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Statements generated.
    pub generated: u64,
    /// Proved.
    pub proved: u64,
    /// Proved and run without an error on some pair.
    pub executed: u64,
    /// Executed and returning or changing some row.
    pub visible: u64,
    /// Differing only as SQL leaves it open.
    pub open: u64,
    /// For each construct: how often it was generated, proved, and visible.
    pub kinds: BTreeMap<&'static str, [u64; 3]>,
    /// Errors of proved statements, without the names in them.
    pub errors: BTreeMap<String, u64>,
    /// Statements that leak.
    pub leaks: Vec<Leak>,
}

/// What statements are counted by.
const KINDS: [(&str, &str); 44] = [
    ("left join", " left join "),
    ("right join", " right join "),
    ("full join", " full join "),
    ("natural", " natural "),
    ("using", " using ("),
    ("lateral", "lateral ("),
    ("exists", "exists ("),
    ("not exists", "not exists ("),
    ("in (select", " in (select "),
    ("not in (select", " not in (select "),
    ("row in", ") in (select "),
    ("row not in", ") not in (select "),
    ("any/all", " any (select "),
    ("<> all", "<> all ("),
    ("or", " or "),
    ("not (", "not ("),
    ("case", "case when"),
    ("is [not] true/false", ") is "),
    ("distinct from", "distinct from"),
    ("group by", " group by "),
    ("grouping sets", "grouping sets"),
    ("rollup/cube", "rollup ("),
    ("having", " having "),
    ("filter", " filter ("),
    ("window", " over ("),
    ("partition by", "(partition by "),
    ("distinct", "select distinct "),
    ("distinct on", "distinct on ("),
    ("limit", " limit "),
    ("limit (select", " limit (select"),
    ("with", "with "),
    ("recursive", "with recursive "),
    ("union", " union "),
    ("except", " except "),
    ("intersect", " intersect "),
    ("view", " v_"),
    ("derived", "from (select "),
    ("insert", "insert into "),
    ("insert select", ") select "),
    ("on conflict", " on conflict"),
    ("update", "update "),
    ("delete", "delete from "),
    ("merge", "merge into "),
    ("returning", " returning "),
];

impl Hunt<'_> {
    /// Generates, proves and judges.
    ///
    /// # Errors
    /// When a database cannot be opened or its connection breaks.
    pub fn run(&self, prover: &dyn Prover) -> Result<Report, sqlx::Error> {
        let mut random = Random::new(self.seed);
        let mut arenas = Arenas::open(self.dialect, self.url, &mut random, self.pairs)?;
        let mut report = Report::default();
        for number in 1..=self.cases {
            let case = statement(random.next(), self.dialect);
            let sql = case.root.sql();
            report.generated += 1;
            let kinds: Vec<&'static str> = KINDS
                .iter()
                .filter(|(_, mark)| sql.contains(mark))
                .map(|(kind, _)| *kind)
                .collect();
            let proved = prover.prove(&sql);
            count(&mut report.kinds, &kinds, 0);
            let Some(proved) = proved else { continue };
            report.proved += 1;
            count(&mut report.kinds, &kinds, 1);
            let first = random.below(arenas.count());
            let mut executed = false;
            let mut seen = false;
            for run in 0..self.runs.min(arenas.count()) {
                let arena = (first + run) % arenas.count();
                match arenas.judge(arena, &proved, &case.arguments)? {
                    Finding::Same { visible } => {
                        executed = true;
                        seen |= visible;
                    }
                    Finding::Failed(message) => {
                        *report.errors.entry(general(&message)).or_default() += 1;
                    }
                    Finding::Open => report.open += 1,
                    Finding::Leak(_) => {
                        let leak = self.shrink(&mut arenas, prover, &case, arena, number)?;
                        report.leaks.extend(leak);
                        break;
                    }
                }
            }
            report.executed += u64::from(executed);
            if seen {
                report.visible += 1;
                count(&mut report.kinds, &kinds, 2);
            }
            if report.leaks.len() >= self.enough {
                break;
            }
        }
        Ok(report)
    }

    /// Makes a leaking statement smaller as long as it is still proved and still leaks on the same pair.
    fn shrink(
        &self,
        arenas: &mut Arenas,
        prover: &dyn Prover,
        case: &Statement,
        arena: usize,
        number: u64,
    ) -> Result<Option<Leak>, sqlx::Error> {
        let mut root = case.root.clone();
        let mut found = None;
        let mut attempts = 0;
        let mut candidates = vec![root.clone()];
        'shrinking: loop {
            for candidate in candidates {
                attempts += 1;
                if attempts > self.attempts {
                    break 'shrinking;
                }
                let sql = candidate.sql();
                let Some(proved) = prover.prove(&sql) else {
                    continue;
                };
                if let Finding::Leak(difference) = arenas.judge(arena, &proved, &case.arguments)? {
                    let rows = arenas.show(arena, &sql);
                    found = Some(Leak {
                        number,
                        sql,
                        sent: proved.sql,
                        difference,
                        rows,
                    });
                    root = candidate;
                    candidates = smaller(&root);
                    continue 'shrinking;
                }
            }
            break;
        }
        Ok(found)
    }
}

fn count(kinds: &mut BTreeMap<&'static str, [u64; 3]>, found: &[&'static str], place: usize) {
    for kind in found {
        if let Some(counter) = kinds.entry(kind).or_default().get_mut(place) {
            *counter += 1;
        }
    }
}

/// An error message without what is particular to the statement.
fn general(message: &str) -> String {
    message
        .split(' ')
        .map(|word| {
            if word.contains(|c: char| c.is_ascii_digit() || c == '"') {
                "_"
            } else {
                word
            }
        })
        .collect::<Vec<_>>()
        .join(" ")
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} generated, {} proved, {} executed, {} with visible rows, {} left open by SQL, {} leaks",
            self.generated,
            self.proved,
            self.executed,
            self.visible,
            self.open,
            self.leaks.len()
        )?;
        for (kind, [generated, proved, visible]) in &self.kinds {
            writeln!(
                f,
                "  {kind:<20} {generated:>8} generated {proved:>8} proved {visible:>8} visible"
            )?;
        }
        let mut errors: Vec<(&String, &u64)> = self.errors.iter().collect();
        errors.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        for (error, count) in errors.iter().take(12) {
            writeln!(f, "  {count:>8} x {error}")?;
        }
        for leak in &self.leaks {
            writeln!(
                f,
                "\nleak in statement {}:\n  {}\nsent:\n  {}",
                leak.number, leak.sql, leak.sent
            )?;
            write!(f, "{}\n{}", leak.difference, leak.rows)?;
        }
        Ok(())
    }
}
