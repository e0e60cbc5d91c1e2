//! The prover of one embedded project.

use std::fmt;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

use sqlx::{AssertSqlSafe, SqlSafeStr as _, SqlStr};
use tenancy_prover::{Bind, Project, Proved, TenantType, Verdict, config};

use super::cache::{Cache, Found};
use super::query::{Plan, Slot};
use super::{Query, QueryAs, QueryBuilder, QueryScalar, Refused, Unproved};
use crate::Isolation;
use crate::context::Captured;
use crate::driver::Driver;
use crate::query::{TenantColumn, Work};

/// Texts whose verdicts are kept, by default.
const ENTRIES: usize = 1_024;
/// Bytes of them, by default.
const BYTES: usize = 8 << 20;
/// Bytes of the longest text, by default: a few thousand rows of values.
const LONGEST: usize = 256 << 10;

/// A project as the compiler read it.
#[derive(Debug)]
pub struct Embedded {
    /// The text of `tenancy.toml`.
    pub settings: &'static str,
    /// The schema files in the order in which they run: their names, and their texts.
    pub sources: &'static [(&'static str, &'static str)],
    /// The digest of the project that the compiler proved against.
    pub digest: u128,
}

/// Proves statements at run time, against the project that is compiled into the program; made by
/// [`embed_project!`](crate::embed_project).
///
/// Made to be a `static`. The schema is analysed at the first use; [`load`](Self::load) does it earlier.
pub struct Prover<DB: Driver> {
    embedded: &'static Embedded,
    project: OnceLock<Result<Box<Project>, Refused>>,
    verdicts: Cache<Result<Arc<Plan>, Refused>>,
    longest: usize,
    database: PhantomData<fn() -> DB>,
}

/// How the cache of a [`Prover`] does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Stats {
    /// Texts whose verdict was known.
    pub hits: u64,
    /// Texts that were proved or refused anew.
    pub misses: u64,
    /// Texts whose verdicts are kept.
    pub statements: usize,
    /// Roughly what they take.
    pub bytes: usize,
}

impl<DB: Driver> Prover<DB> {
    pub(crate) const fn new(embedded: &'static Embedded) -> Self {
        Self {
            embedded,
            project: OnceLock::new(),
            verdicts: Cache::new(ENTRIES, BYTES),
            longest: LONGEST,
            database: PhantomData,
        }
    }

    /// Keeps the verdicts of about so many texts, in about so many bytes; 1,024 and 8 MiB if nothing is said.
    ///
    /// A search with `n` optional filters has `2^n` texts.
    #[must_use]
    pub const fn with_cache(mut self, statements: usize, bytes: usize) -> Self {
        self.verdicts.resize(statements, bytes);
        self
    }

    /// Takes texts of up to so many bytes; 256 KiB if nothing is said.
    #[must_use]
    pub const fn with_longest(mut self, bytes: usize) -> Self {
        self.longest = bytes;
        self
    }

    /// Analyses the schema now instead of at the first query.
    ///
    /// # Errors
    ///
    /// [`Refused::Project`] if the program was not compiled from the files that the compiler read first: build it again.
    pub fn load(&self) -> Result<(), Refused> {
        self.project().map(drop)
    }

    /// Says whether the statement is proved, without running it.
    ///
    /// # Errors
    ///
    /// [`Refused`], with the reasons.
    pub fn check(&self, sql: &str) -> Result<(), Refused> {
        self.verdict(sql).value.map(drop)
    }

    /// Proves a statement of the current tenant and gives its rows.
    ///
    /// What is wrong with it comes out when it runs.
    pub fn query(&self, sql: &str) -> Query<DB> {
        self.start(sql, Captured::tenant(), None)
    }

    /// Like [`query`](Self::query), each row read as `T`.
    pub fn query_as<T>(&self, sql: &str) -> QueryAs<DB, T> {
        self.start(sql, Captured::tenant(), None)
    }

    /// Like [`query`](Self::query), of each row the first column.
    pub fn query_scalar<T>(&self, sql: &str) -> QueryScalar<DB, T> {
        self.start(sql, Captured::tenant(), None)
    }

    /// Begins a statement of fragments: [`QueryBuilder::new`] by another name.
    pub fn builder(&self, init: &'static str) -> QueryBuilder<'_, DB> {
        QueryBuilder::new(self, init)
    }

    /// How the cache does.
    pub fn stats(&self) -> Stats {
        let counts = self.verdicts.counts();
        Stats {
            hits: counts.hits,
            misses: counts.misses,
            statements: counts.entries,
            bytes: counts.bytes,
        }
    }

    /// A query of `captured`, refused if something is wrong with its text already.
    pub(super) fn start<Y>(&self, sql: &str, captured: Captured, wrong: Option<Refused>) -> Query<DB, Y> {
        let Found { value, prepared } = match wrong {
            Some(refused) => fresh(Err(refused)),
            None => self.verdict(sql),
        };
        let (text, isolation, reads) = match &value {
            Ok(plan) => (
                AssertSqlSafe(Arc::clone(&plan.sql)).into_sql_str(),
                plan.isolation,
                plan.reads,
            ),
            Err(_) => (SqlStr::from_static("refused"), Isolation::Rows, false),
        };
        let mut work = Work::new(text, captured, Some(isolation), reads);
        work.persist(prepared);
        Query::new(work, value)
    }

    fn verdict(&self, sql: &str) -> Found<Result<Arc<Plan>, Refused>> {
        if sql.len() > self.longest {
            return fresh(Err(Refused::TooLong {
                bytes: sql.len(),
                most: self.longest,
            }));
        }
        let hash = self.verdicts.hash(sql);
        if let Some(found) = self.verdicts.find(hash, sql) {
            return found;
        }
        let text: Arc<str> = sql.into();
        let verdict = self.project().and_then(|project| prove(project, &text));
        let weight = match &verdict {
            Ok(plan) => plan.sql.len() + plan.slots.len(),
            Err(Refused::Unproved(unproved)) => unproved.weight(),
            Err(_) => return fresh(verdict),
        };
        self.verdicts.keep(hash, text, verdict.clone(), weight);
        fresh(verdict)
    }

    fn project(&self) -> Result<&Project, Refused> {
        let loaded = self.project.get_or_init(|| {
            catch_unwind(|| load(self.embedded))
                .unwrap_or_else(|_| Err("the analysis of the schema failed".to_owned()))
                .map(Box::new)
                .map_err(|reason| Refused::Project(reason.into()))
        });
        loaded.as_deref().map_err(Clone::clone)
    }
}

/// A verdict that was not kept before.
fn fresh<V>(value: V) -> Found<V> {
    Found {
        value,
        prepared: false,
    }
}

fn load(embedded: &Embedded) -> Result<Project, String> {
    let project =
        Project::embedded(embedded.settings, embedded.sources).map_err(|error| error.to_string())?;
    if project.digest != embedded.digest {
        return Err(
            "`tenancy.toml` or a schema file changed while the program was compiled; build it again"
                .to_owned(),
        );
    }
    Ok(project)
}

/// The prover's answer. It must not panic; if it does, the statement is refused.
fn prove(project: &Project, text: &Arc<str>) -> Result<Arc<Plan>, Refused> {
    let verdict = catch_unwind(AssertUnwindSafe(|| tenancy_prover::decide(project, text)));
    match verdict {
        Ok(Verdict::Proved(proved)) => plan(proved).map(Arc::new),
        Ok(Verdict::Refused(diagnostics)) => {
            Err(Refused::Unproved(Unproved::new(Arc::clone(text), diagnostics)))
        }
        Err(_) => Err(Refused::Failed),
    }
}

fn plan(proved: Proved) -> Result<Plan, Refused> {
    let mut next = 0;
    let mut slots = Vec::with_capacity(proved.binds.len());
    for bind in &proved.binds {
        slots.push(match bind {
            Bind::Argument { index, .. } if *index == next => {
                next += 1;
                Slot::Value
            }
            Bind::Argument { index: _, label } => {
                return Err(Refused::OutOfTurn { label: label.clone() });
            }
            Bind::Tenant(kind) => Slot::Tenant(column(*kind)),
        });
    }
    Ok(Plan {
        sql: proved.sql.into(),
        slots: slots.into(),
        values: next,
        isolation: isolation(proved.isolation),
        reads: proved.reads,
    })
}

fn isolation(proved: config::Isolation) -> Isolation {
    match proved {
        config::Isolation::Rows => Isolation::Rows,
        config::Isolation::Rls => Isolation::Rls,
        config::Isolation::Schema => Isolation::Schema,
        config::Isolation::Database => Isolation::Database,
    }
}

fn column(kind: TenantType) -> TenantColumn {
    match kind {
        TenantType::Text => TenantColumn::Text,
        TenantType::Uuid => TenantColumn::Uuid,
        TenantType::Int2 => TenantColumn::Int2,
        TenantType::Int4 => TenantColumn::Int4,
        TenantType::Int8 => TenantColumn::Int8,
    }
}

impl<DB: Driver> fmt::Debug for Prover<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prover")
            .field("database", &DB::NAME)
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}
