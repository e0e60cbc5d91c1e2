//! What came of a run: counts, refusals by code, leaks.

use std::collections::BTreeMap;
use std::fmt;

use tenancy_prover::{Dialect, Proved};

use super::hunt::Refused;

/// A statement that was proved and leaks.
#[derive(Debug, Clone)]
pub struct Leak {
    /// The dialect.
    pub dialect: Dialect,
    /// The seed of the run.
    pub seed: u64,
    /// Its number in the run, counted from 1.
    pub number: u64,
    /// The statement, as small as it could be made.
    pub sql: String,
    /// What went to the driver.
    pub sent: String,
    /// The caller's arguments.
    pub arguments: Vec<String>,
    /// What differs.
    pub difference: String,
    /// The rows of the two databases, as few as still differ.
    pub rows: String,
}

/// How many statements came how far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Generated.
    pub generated: u64,
    /// Refused.
    pub refused: u64,
    /// Proved.
    pub proved: u64,
    /// Proved after a repair.
    pub repaired: u64,
    /// Proved and run without an error on some pair.
    pub executed: u64,
    /// Executed and returning or changing some row.
    pub visible: u64,
    /// Differing only as SQL leaves it open.
    pub open: u64,
}

/// What a refused statement did on all pairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tried {
    /// Another tenant's rows showed or changed on some pair.
    Leaks,
    /// It did something, and the same everywhere: the refusal may be false.
    Silent,
    /// It never returned or changed a row.
    Unseen,
    /// The database refused it.
    Failed,
}

/// The refused statements of one kind.
#[derive(Debug, Clone, Default)]
pub struct Refusals {
    /// How many there were.
    pub refused: u64,
    /// Of those that were run on all pairs: how many leaked, were silent, unseen, failed.
    pub tried: [u64; 4],
    /// The shortest silent one.
    pub example: Option<String>,
}

/// What came of a run.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// How many statements came how far.
    pub counts: Counts,
    /// For each construct: how often it was generated, proved, and visible.
    pub kinds: BTreeMap<&'static str, [u64; 3]>,
    /// Errors of proved statements, without the names in them.
    pub errors: BTreeMap<String, u64>,
    /// Refused statements by code.
    pub refusals: BTreeMap<&'static str, Refusals>,
    /// Refused statements that were run, by code and message without the names in it.
    pub shapes: BTreeMap<(&'static str, String), Refusals>,
    /// Statements that leak.
    pub leaks: Vec<Leak>,
}

impl Refusals {
    fn add(&mut self, other: &Self) {
        self.refused += other.refused;
        for (mine, theirs) in self.tried.iter_mut().zip(other.tried) {
            *mine += theirs;
        }
        if let Some(example) = &other.example {
            self.offer(example);
        }
    }

    fn offer(&mut self, example: &str) {
        if self
            .example
            .as_ref()
            .is_none_or(|held| held.len() > example.len())
        {
            self.example = Some(example.to_owned());
        }
    }

    fn tried(&mut self, tried: Tried, sql: &str) {
        let place = match tried {
            Tried::Leaks => 0,
            Tried::Silent => 1,
            Tried::Unseen => 2,
            Tried::Failed => 3,
        };
        if let Some(counter) = self.tried.get_mut(place) {
            *counter += 1;
        }
        if tried == Tried::Silent {
            self.offer(sql);
        }
    }
}

impl Report {
    pub(crate) fn generated(&mut self, sql: &str) {
        self.counts.generated += 1;
        self.count(sql, 0);
    }

    pub(crate) fn proved(&mut self, sql: &str, proved: &Proved) {
        self.counts.proved += 1;
        self.counts.repaired += u64::from(!proved.repairs.is_empty());
        self.count(sql, 1);
    }

    pub(crate) fn executed(&mut self, sql: &str, executed: bool, visible: bool) {
        self.counts.executed += u64::from(executed);
        if visible {
            self.counts.visible += 1;
            self.count(sql, 2);
        }
    }

    pub(crate) fn failed(&mut self, message: &str) {
        *self.errors.entry(general(message)).or_default() += 1;
    }

    /// Counts a refused statement, and returns how many of its code there were.
    pub(crate) fn refused(&mut self, refused: &Refused) -> u64 {
        self.counts.refused += 1;
        let of_code = self.refusals.entry(refused.code).or_default();
        of_code.refused += 1;
        of_code.refused
    }

    pub(crate) fn tried(&mut self, refused: &Refused, tried: Tried, sql: &str) {
        self.refusals.entry(refused.code).or_default().tried(tried, sql);
        let shape = self
            .shapes
            .entry((refused.code, general(&refused.message)))
            .or_default();
        shape.refused += 1;
        shape.tried(tried, sql);
    }

    fn count(&mut self, sql: &str, place: usize) {
        for (kind, mark) in KINDS {
            if sql.contains(mark)
                && let Some(counter) = self.kinds.entry(kind).or_default().get_mut(place)
            {
                *counter += 1;
            }
        }
    }

    /// Adds what another run found.
    pub fn add(&mut self, other: &Self) {
        self.counts.add(other.counts);
        for (kind, counters) in &other.kinds {
            let mine = self.kinds.entry(kind).or_default();
            for (mine, theirs) in mine.iter_mut().zip(counters) {
                *mine += theirs;
            }
        }
        for (error, count) in &other.errors {
            *self.errors.entry(error.clone()).or_default() += count;
        }
        for (code, refusals) in &other.refusals {
            self.refusals.entry(code).or_default().add(refusals);
        }
        for (shape, refusals) in &other.shapes {
            self.shapes.entry(shape.clone()).or_default().add(refusals);
        }
        self.leaks.extend(other.leaks.iter().cloned());
    }
}

impl Counts {
    /// Adds what another run counted.
    pub fn add(&mut self, other: Self) {
        let Self {
            generated,
            refused,
            proved,
            repaired,
            executed,
            visible,
            open,
        } = other;
        self.generated += generated;
        self.refused += refused;
        self.proved += proved;
        self.repaired += repaired;
        self.executed += executed;
        self.visible += visible;
        self.open += open;
    }
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

/// A message without what is particular to the statement.
fn general(message: &str) -> String {
    let words = message.split(' ').map(|word| {
        let particular = word.contains(|c: char| c.is_ascii_digit() || c == '"' || c == '`');
        if particular { "_" } else { word }
    });
    words.collect::<Vec<_>>().join(" ")
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts {
            generated,
            refused,
            proved,
            repaired,
            executed,
            visible,
            open,
        } = self.counts;
        writeln!(
            f,
            "{generated} generated, {refused} refused, {proved} proved ({repaired} repaired), {executed} executed, {visible} with visible \
             rows, {open} left open by SQL, {} leaks",
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
        self.write_refusals(f)?;
        for leak in &self.leaks {
            write!(f, "\n{leak}")?;
        }
        Ok(())
    }
}

impl Report {
    fn write_refusals(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.shapes.is_empty() {
            return Ok(());
        }
        writeln!(
            f,
            "refused, and run on every pair: leaks / silent / never visible / failed"
        )?;
        for (code, refusals) in &self.refusals {
            let [leaks, silent, unseen, failed] = refusals.tried;
            writeln!(
                f,
                "  {code:<18} {:>8} refused: {leaks:>6} {silent:>6} {unseen:>6} {failed:>6}",
                refusals.refused
            )?;
        }
        let mut shapes: Vec<_> = self.shapes.iter().collect();
        shapes.sort_by_key(|(_, refusals)| std::cmp::Reverse(refusals.tried[1]));
        for ((code, message), refusals) in shapes.iter().take(25) {
            let [leaks, silent, ..] = refusals.tried;
            if silent == 0 {
                break;
            }
            writeln!(f, "  {silent:>6} silent {leaks:>6} leaking  {code}: {message}")?;
            if let Some(example) = &refusals.example {
                writeln!(f, "      {example}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Leak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "leak in statement {} of seed {}:\n  {}\nsent with {:?}:\n  {}",
            self.number, self.seed, self.sql, self.arguments, self.sent
        )?;
        write!(f, "{}\n{}", self.difference, self.rows)
    }
}
