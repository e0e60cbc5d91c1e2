//! The loop: generate, prove, run, compare; shrink what leaks.

use std::time::Instant;

use tenancy_prover::{Dialect, Proved};

use super::data::Value;
use super::database::Failure;
use super::generate::{Statement, statement};
use super::judge::{Arenas, Finding};
use super::node::{Node, Sort, smaller};
use super::provers::placed;
use super::random::Random;
use super::report::{Leak, Report, Tried};

/// Something that claims to know which statements are confined.
pub trait Prover {
    /// What to run, if the statement is confined to the tenant.
    ///
    /// # Errors
    /// Why it is not.
    fn prove(&self, sql: &str) -> Result<Proved, Refused>;
}

/// Why a statement was refused: its first diagnostic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The code.
    pub code: &'static str,
    /// The message.
    pub message: String,
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
    /// How many statements are generated at most.
    pub cases: u64,
    /// When to stop at the latest.
    pub until: Option<Instant>,
    /// How many pairs of databases there are.
    pub pairs: usize,
    /// How many of the pairs each statement runs on.
    pub runs: usize,
    /// After how many proved statements a pair gets other rows.
    pub renew: u64,
    /// Every how many refused statements one is run on all pairs.
    pub refused: Option<u64>,
    /// After how many leaks to stop.
    pub enough: usize,
    /// How many smaller statements are tried for each leak.
    pub attempts: usize,
}

impl Hunt<'_> {
    /// Generates, proves and judges. `watch` sees the report now and then.
    ///
    /// # Errors
    /// When a database cannot be opened or its connection breaks.
    pub fn run(&self, prover: &dyn Prover, watch: &mut dyn FnMut(&Report)) -> Result<Report, Failure> {
        self.over(prover, &mut |seed| Some(statement(seed, self.dialect)), watch)
    }

    /// The same over statements that somebody else wrote, without arguments, until there are no more.
    ///
    /// # Errors
    /// As for [`Hunt::run`].
    pub fn run_on(
        &self,
        statements: &mut dyn Iterator<Item = String>,
        prover: &dyn Prover,
        watch: &mut dyn FnMut(&Report),
    ) -> Result<Report, Failure> {
        let mut next = |_| {
            statements.next().map(|sql| Statement {
                root: Node::text(Sort::Statement, sql),
                arguments: Vec::new(),
            })
        };
        self.over(prover, &mut next, watch)
    }

    fn over(
        &self,
        prover: &dyn Prover,
        next: &mut dyn FnMut(u64) -> Option<Statement>,
        watch: &mut dyn FnMut(&Report),
    ) -> Result<Report, Failure> {
        let mut random = Random::new(self.seed);
        let mut arenas = Arenas::open(self.dialect, self.url, &mut random, self.pairs)?;
        let mut report = Report::default();
        for number in 1..=self.cases {
            if number % 64 == 0 {
                watch(&report);
                if self.until.is_some_and(|until| Instant::now() >= until) {
                    break;
                }
            }
            let Some(case) = next(random.next()) else { break };
            let (sql, arguments) = case.spelled(&case.root, self.dialect);
            report.generated(&sql);
            match prover.prove(&sql) {
                Ok(proved) => {
                    report.proved(&sql, &proved);
                    let first = random.below(arenas.count());
                    self.judge(&mut arenas, prover, &case, &proved, first, number, &mut report)?;
                    if report.counts.proved % self.renew == 0 {
                        let arena = random.below(arenas.count());
                        arenas.renew(arena, &mut random)?;
                    }
                    if report.leaks.len() >= self.enough {
                        break;
                    }
                }
                Err(refused) => {
                    let seen = report.refused(&refused);
                    if self.refused.is_some_and(|every| seen % every == 0) {
                        let tried = self.try_refused(&mut arenas, &arguments, &sql)?;
                        report.tried(&refused, tried, &sql);
                    }
                }
            }
        }
        watch(&report);
        Ok(report)
    }

    /// Runs a proved statement on some pairs, beginning with `first`.
    #[expect(clippy::too_many_arguments, reason = "one step of the loop above")]
    fn judge(
        &self,
        arenas: &mut Arenas,
        prover: &dyn Prover,
        case: &Statement,
        proved: &Proved,
        first: usize,
        number: u64,
        report: &mut Report,
    ) -> Result<(), Failure> {
        let (sql, arguments) = case.spelled(&case.root, self.dialect);
        let (mut executed, mut seen) = (false, false);
        for run in 0..self.runs.min(arenas.count()) {
            let arena = (first + run) % arenas.count();
            match arenas.judge(arena, proved, &arguments)? {
                Finding::Same { visible } => {
                    executed = true;
                    seen |= visible;
                }
                Finding::Failed(message) => report.failed(&message),
                Finding::Open => report.counts.open += 1,
                Finding::Leak(_) => {
                    let leak = self.shrink(arenas, prover, case, arena, number)?;
                    report.leaks.extend(leak);
                    break;
                }
            }
        }
        report.executed(&sql, executed, seen);
        Ok(())
    }

    /// What a refused statement would have done.
    fn try_refused(&self, arenas: &mut Arenas, arguments: &[Value], sql: &str) -> Result<Tried, Failure> {
        let proved = placed(sql, self.dialect);
        let (mut executed, mut seen) = (false, false);
        for arena in 0..arenas.count() {
            match arenas.judge(arena, &proved, arguments)? {
                Finding::Same { visible } => {
                    executed = true;
                    seen |= visible;
                }
                Finding::Failed(_) => {}
                Finding::Open | Finding::Leak(_) => return Ok(Tried::Leaks),
            }
        }
        Ok(match (executed, seen) {
            (_, true) => Tried::Silent,
            (true, false) => Tried::Unseen,
            (false, false) => Tried::Failed,
        })
    }

    /// Makes a leaking statement smaller as long as it is still proved and still leaks on the same pair, then the pair.
    fn shrink(
        &self,
        arenas: &mut Arenas,
        prover: &dyn Prover,
        case: &Statement,
        arena: usize,
        number: u64,
    ) -> Result<Option<Leak>, Failure> {
        let mut root = case.root.clone();
        let mut found: Option<(Proved, Vec<Value>)> = None;
        let mut attempts = 0;
        let mut candidates = vec![root.clone()];
        'shrinking: loop {
            for candidate in candidates {
                attempts += 1;
                if attempts > self.attempts {
                    break 'shrinking;
                }
                let (sql, arguments) = case.spelled(&candidate, self.dialect);
                let Ok(proved) = prover.prove(&sql) else {
                    continue;
                };
                if let Finding::Leak(_) = arenas.judge(arena, &proved, &arguments)? {
                    found = Some((proved, arguments));
                    root = candidate;
                    candidates = smaller(&root);
                    continue 'shrinking;
                }
            }
            break;
        }
        let Some((proved, arguments)) = found else {
            return Ok(None);
        };
        arenas.reduce(arena, &proved, &arguments)?;
        let Finding::Leak(difference) = arenas.judge(arena, &proved, &arguments)? else {
            return Ok(None);
        };
        Ok(Some(Leak {
            dialect: self.dialect,
            seed: self.seed,
            number,
            sql: case.spelled(&root, self.dialect).0,
            sent: proved.sql,
            arguments: arguments.iter().map(|value| format!("{value:?}")).collect(),
            difference,
            rows: arenas.show(arena),
        }))
    }
}
