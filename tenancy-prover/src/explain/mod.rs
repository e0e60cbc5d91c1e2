//! A proof as a person reads it: each table reference with what it opens and the chain of facts that closes it, each
//! write with what makes it safe.
//!
//! Nothing is proved here. The one engine proves, with its recorder on; this module names what it recorded.

mod build;
mod chain;
#[cfg(test)]
mod tests;

use crate::catalog::Origin;
use crate::prove::Trace;
use crate::{Project, Span, Verdict};

/// A statement's verdict and how it came about.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// The same as [`crate::prove`] answers.
    pub verdict: Verdict,
    /// The text that was proved, if `predicates = "automatic"` changed the one that was given: then the places are its.
    pub repaired: Option<String>,
    /// Every relation that the statement names, in the order of the text; those inside a view follow the view.
    pub references: Vec<Reference>,
    /// Every insert, update and delete, in the order of the text.
    pub writes: Vec<WriteProof>,
}

/// A relation that the statement, or a view that it uses, names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Where it stands in the statement; for one inside a view, where the view is named.
    pub span: Span,
    /// As it is written: `orders o`.
    pub name: String,
    /// The views that it stands in, outermost first.
    pub views: Vec<String>,
    /// Where it stands inside the innermost view.
    pub inside: Option<Origin>,
    /// What it opens.
    pub kind: Kind,
    /// Where the schema creates the table or view.
    pub declared: Option<Origin>,
    /// What became of it.
    pub state: State,
    /// The facts that confine it, from its tenant column to `$tenant`; several chains where the text is read several
    /// times, as a common table expression that is referenced twice.
    pub chains: Vec<Vec<Fact>>,
    /// What would close it, if it is open: the index of the diagnostic that says so.
    pub diagnostic: Option<usize>,
}

/// What a reference opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// An obligation: the rows belong to the tenants that the column names.
    Owned {
        /// The tenant column.
        column: String,
        /// The tenant table itself.
        root: bool,
    },
    /// An obligation: the rows belong to the tenant of the parent row.
    Via {
        /// The foreign key's column.
        column: String,
        /// The parent.
        parent: String,
        /// The parent's key.
        key: String,
    },
    /// Nothing: it stands in the tenant's own schema or database.
    Placed,
    /// Nothing: all tenants share the rows.
    Shared,
    /// What its query opens, which is listed behind it.
    View,
    /// What its definition opens.
    Cte {
        /// The reference stands in the definition itself.
        itself: bool,
    },
    /// Not known: the statement was refused before.
    Unknown,
}

/// What became of a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Only the tenant's rows can be reached.
    Confined,
    /// There is nothing to confine.
    Nothing,
    /// Nothing confines it.
    Open,
    /// Something else was refused first, so no proof was tried.
    NotTried,
}

/// One link of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The fact: `c.tenant_id = o.tenant_id`.
    pub text: String,
    /// Why it holds: `written`, `the select list passes it through`.
    pub reason: String,
    /// Where that is said.
    pub places: Vec<Location>,
    /// The facts that it rests on.
    pub because: Vec<Self>,
}

/// Where a fact is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// In the statement.
    Statement(Span),
    /// In the schema.
    Schema {
        /// What says so: ``foreign key `lines_order_fkey` ``.
        what: String,
        /// Where.
        origin: Origin,
    },
}

/// What makes a write safe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteProof {
    /// Its target.
    pub span: Span,
    /// The table.
    pub table: String,
    /// What was checked.
    pub checks: Vec<Check>,
}

/// One check of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was checked.
    pub kind: CheckKind,
    /// What was found, in a sentence without its period.
    pub text: String,
    /// Where the value stands, or the key or trigger is declared.
    pub places: Vec<Location>,
    /// The facts that it rests on.
    pub facts: Vec<Fact>,
}

/// Kinds of checks of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckKind {
    /// The rows that an update or delete reaches are the tenant's.
    Target,
    /// An inserted row is the tenant's.
    Inserted,
    /// An assignment keeps the row with the tenant.
    Assigned,
    /// A key whose conflicts are resolved silently holds the owner.
    ConflictKey,
    /// A foreign key's action stays inside the tenant.
    Cascade,
    /// A trigger is understood.
    Trigger,
}

impl CheckKind {
    /// The stable kebab-case name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Target => "target",
            Self::Inserted => "inserted",
            Self::Assigned => "assigned",
            Self::ConflictKey => "conflict-key",
            Self::Cascade => "cascade",
            Self::Trigger => "trigger",
        }
    }
}

impl State {
    /// The stable kebab-case name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Confined => "confined",
            Self::Nothing => "nothing-to-confine",
            Self::Open => "open",
            Self::NotTried => "not-tried",
        }
    }
}

/// Proves `sql` as [`crate::prove`] does, and says how.
pub fn explain(project: &Project, sql: &str) -> Explanation {
    crate::parse::with_large_stack(|| {
        let crate::Proof {
            verdict,
            repaired,
            reading,
        } = crate::prove_traced(project, sql, crate::Refusals::Suggest, &Trace::on);
        match reading {
            Some(reading) => build::build(project, verdict, repaired, &reading),
            None => Explanation {
                verdict,
                repaired,
                references: Vec::new(),
                writes: Vec::new(),
            },
        }
    })
}
