//! The small relational plan that statements are lowered to and that the rules speak of.
//!
//! Every column of every relation instance has a [`ColId`] of its own, unique in the statement, so that no alias and no
//! shadowing exists any more once a plan stands. Ids are handed out in the order of lowering; whatever is visible from
//! outside a relation (outer columns of a correlated subquery, left siblings of a lateral one) was numbered before it,
//! so `id >= first` tells a relation's own columns from outer ones.

mod arena;
mod notes;
mod walk;

use crate::catalog::QName;
use crate::{Span, TenantType};

pub(crate) use arena::Arena;
pub(crate) use notes::{Considered, ConsideredKind, Mention, Mentioned, Notes, Operand, Place};
pub(crate) use walk::columns_of;

/// A column of one relation instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ColId(pub(crate) u32);

/// A reference to a base table: what opens an obligation, and what a diagnostic points at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ScanId(pub(crate) u32);

/// Types whose equality is identity: equal values are the same value, in every place that compares them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Identity {
    /// Text under a deterministic collation (PostgreSQL), text affinity under `binary` (SQLite), short text under
    /// `utf8mb4_bin` (MySQL, where trailing spaces do not count: no two tenants differ in them alone).
    Text,
    /// `uuid`.
    Uuid,
    /// Integers of any width.
    Int,
    /// Dates.
    Date,
    /// `timestamp`.
    Timestamp,
    /// `timestamptz`.
    Timestamptz,
    /// Booleans.
    Bool,
    /// Bytes, compared as they are.
    Bytes,
}

/// What is known of a column before any predicate is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ColInfo {
    /// How its equality behaves; `None` where equality may merge different values or the type is not known.
    pub(crate) identity: Option<Identity>,
    /// The type that `$tenant` is bound as when it is compared with this column, if the column can hold a tenant.
    pub(crate) tenant_type: Option<TenantType>,
    /// Text whose own collation is not the identity, but which an explicit `collate` can make one.
    pub(crate) collatable: bool,
    /// How much a value can hold, where the server may cut what does not fit: characters of a text, bits of an integer;
    /// `None` if it is not known. An argument fits everywhere and holds nothing else: 0.
    pub(crate) width: Option<u64>,
    /// One argument equals at most one value, whatever type it comes in. A `bigint` compares with a float as a float, where
    /// neighbours are equal; a `timestamp` with a `timestamptz` as the session's clock shows it.
    pub(crate) exact_argument: bool,
}

impl ColInfo {
    /// A computed value of which nothing is known.
    pub(crate) const OPAQUE: Self = Self {
        identity: None,
        tenant_type: None,
        collatable: false,
        width: None,
        exact_argument: false,
    };
}

/// One reference to an owned table.
#[derive(Debug, Clone)]
pub(crate) struct ScanInfo {
    /// The table.
    pub(crate) table: QName,
    /// The alias it goes by in the statement.
    pub(crate) alias: Option<String>,
    /// Where it stands in the statement (the view's reference, for a table inside a view).
    pub(crate) span: Span,
    /// Its tenant column's name; `None` for a table owned via its parent.
    pub(crate) tenant_column: Option<String>,
    /// For a table owned via its parent: the foreign key's column, the parent, the parent's key.
    pub(crate) via: Option<(String, QName, String)>,
    /// The tenant column has no identity: equality on it would merge tenants.
    pub(crate) loose: bool,
    /// Names of the views it was reached through, outermost first.
    pub(crate) views: Vec<String>,
    /// Joined (an `on` is the place for the missing equality) rather than listed first.
    pub(crate) joined: bool,
}

/// A function from keys to tenants: "the tenant of the row of `table` whose key `key` (an index into its keys) is ..".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct KeyFn(pub(crate) u32);

/// What makes a dependency true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Promise {
    /// A unique key of the table.
    Key,
    /// A foreign key that carries the tenant, by its place among the table's.
    ForeignKey(usize),
    /// The foreign key that decides whose a row is.
    Owner,
}

/// "If all of `args` are not null, then `result` is the tenant that `function` gives for them", or, where it is not
/// `total`, "`result` is null or that tenant".
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dependency {
    pub(crate) source: Promise,
    pub(crate) function: KeyFn,
    pub(crate) args: Vec<ColId>,
    pub(crate) result: ColId,
    pub(crate) total: bool,
}

/// What keeps a table's rows to the tenant where the statement does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Confined {
    /// Its policy.
    Policy,
    /// It stands in the tenant's own schema.
    Schema,
    /// It stands in the tenant's own database.
    Database,
}

/// A reference to an owned or shared base table.
#[derive(Debug, Clone)]
pub(crate) struct Scan {
    /// The obligation that it opens, and the column that exposes it. `None` for shared tables.
    pub(crate) owned: Option<(ScanId, ColId)>,
    /// No row but the tenant's can be read there, whatever the statement says: why.
    pub(crate) confined: Option<Confined>,
    /// Columns that are never null.
    pub(crate) not_null: Vec<ColId>,
    /// What the keys of the table say.
    pub(crate) dependencies: Vec<Dependency>,
    /// Primary key and other not-null unique keys, each a list of columns; with the first and one past the last
    /// column of the scan: grouping by a key groups by all of them.
    pub(crate) keys: Vec<Vec<ColId>>,
    /// First column.
    pub(crate) first: ColId,
    /// One past the last column.
    pub(crate) end: ColId,
}

/// A relation.
#[derive(Debug, Clone)]
pub(crate) enum Rel {
    /// One row without columns: `select` without `from`.
    Unit,
    /// A base table.
    Scan(Box<Scan>),
    /// Rows computed from expressions alone: a table function, `unnest`. Columns of which nothing is known.
    Generate(Vec<Expr>),
    /// `values`: at least one row; each row computes the output columns.
    Values {
        rows: Vec<Vec<Expr>>,
        outputs: Vec<ColId>,
    },
    /// A join.
    Join(Box<Join>),
    /// `where`, `having`.
    Filter { input: Box<Self>, predicate: Expr },
    /// A select list: new columns from expressions. The input's columns stay known, though no name reaches them.
    Project {
        input: Box<Self>,
        outputs: Vec<(ColId, Expr)>,
        others: Vec<Expr>,
    },
    /// `group by`, or an aggregate without it.
    Aggregate(Box<Aggregate>),
    /// Window functions: each a list of partition expressions; and everything else that they evaluate.
    Window {
        input: Box<Self>,
        first: ColId,
        partitions: Vec<Vec<Expr>>,
        others: Vec<Expr>,
    },
    /// `select distinct`: rows are merged that agree on the output columns.
    Distinct {
        input: Box<Self>,
        first: ColId,
        outputs: Vec<ColId>,
    },
    /// `select distinct on (keys)`.
    DistinctOn {
        input: Box<Self>,
        first: ColId,
        keys: Vec<Expr>,
    },
    /// `limit`, `offset`, `fetch`.
    Limit {
        input: Box<Self>,
        first: ColId,
        bounds: Vec<Expr>,
    },
    /// `for update` and its kin: the rows are locked as they are here, whatever stands above.
    Locked(Box<Self>),
    /// `union`, `intersect`, `except`: outputs with the columns of both arms; `None` where the arms' types differ.
    SetOp {
        op: SetOp,
        left: Box<Self>,
        right: Box<Self>,
        first: ColId,
        outputs: Vec<SetOutput>,
    },
    /// Common table expressions in front of a body.
    With {
        definitions: Vec<Definition>,
        body: Box<Self>,
    },
    /// A reference to the common table expression with that number: its columns, renumbered by an offset.
    CteRef {
        cte: u32,
        from: ColId,
        to: ColId,
        len: u32,
    },
    /// The self-reference of the recursive common table expression being defined.
    SelfRef { cte: u32, columns: Vec<ColId> },
    /// A recursive common table expression.
    Recursive(Box<Recursive>),
    /// An insert, update, delete or merge; its rows are those of `returning`.
    Write(Box<Write>),
}

/// One output column of a set operation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SetOutput {
    pub(crate) output: ColId,
    pub(crate) left: ColId,
    pub(crate) right: ColId,
    /// Both arms have the same identity: what exposes the arm's column exposes the output.
    pub(crate) comparable: bool,
}

/// Set operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SetOp {
    Union,
    Intersect,
    Except,
}

/// One common table expression.
#[derive(Debug, Clone)]
pub(crate) struct Definition {
    pub(crate) cte: u32,
    pub(crate) rel: Rel,
    /// Its columns, as a range.
    pub(crate) columns: (ColId, ColId),
    /// Those that a reference can name.
    pub(crate) outputs: Vec<ColId>,
    pub(crate) referenced: bool,
}

/// `base union [all] step`, where the step refers to the whole once.
#[derive(Debug, Clone)]
pub(crate) struct Recursive {
    pub(crate) cte: u32,
    pub(crate) base: Rel,
    pub(crate) step: Rel,
    /// First column of the whole.
    pub(crate) first: ColId,
    pub(crate) outputs: Vec<SetOutput>,
}

/// Kinds of joins. Right joins are lowered to left joins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JoinKind {
    Inner,
    Left,
    Full,
}

/// A join.
#[derive(Debug, Clone)]
pub(crate) struct Join {
    pub(crate) kind: JoinKind,
    pub(crate) left: Rel,
    pub(crate) right: Rel,
    /// The columns of the left side, as a range.
    pub(crate) left_columns: (ColId, ColId),
    /// The columns of the right side, as a range.
    pub(crate) right_columns: (ColId, ColId),
    /// The right side sees the left side's columns.
    pub(crate) lateral: bool,
    pub(crate) on: Expr,
    /// Merged columns of `using` and `natural`: (merged, left, right).
    pub(crate) merged: Vec<(ColId, ColId, ColId)>,
}

/// Grouping.
#[derive(Debug, Clone)]
pub(crate) struct Aggregate {
    pub(crate) input: Rel,
    pub(crate) first: ColId,
    /// The grouping sets; a single empty one for an aggregate without `group by`.
    pub(crate) sets: Vec<Vec<Expr>>,
    /// Arguments, filters and orderings of the aggregate calls, evaluated on the ungrouped rows.
    pub(crate) arguments: Vec<Expr>,
    /// Not-null keys of the scans below: grouping by one groups by every column of its scan.
    pub(crate) keys: Vec<(Vec<ColId>, ColId, ColId)>,
    /// The rows that MySQL's `with rollup` adds show any value of a column that is not grouped, not null: such a column
    /// means nothing, whatever a key says of it. The same goes for a grouped one that is named again.
    pub(crate) any_value: bool,
}

/// An expression, as far as the rules look at it.
#[derive(Debug, Clone)]
pub(crate) enum Expr {
    /// A column.
    Col(ColId),
    /// `$tenant`, alone or cast to a type that keeps ids apart.
    Tenant,
    /// A caller's argument, by number.
    Param(u32),
    /// A caller's argument cast to a type of that identity, which makes one value of it.
    Cast(u32, Identity),
    /// A literal other than null.
    Constant,
    /// `true` or `false`, written so or as a comparison of two numbers.
    Bool(bool),
    /// `null`.
    Null,
    /// A text expression under an explicit collation; `true` if that collation is the identity.
    Collated(Box<Self>, bool),
    /// `a = b`.
    Eq(Box<Self>, Box<Self>),
    /// `a <> b`.
    NotEq(Box<Self>, Box<Self>),
    /// `a is not distinct from b`.
    Same(Box<Self>, Box<Self>),
    /// `a and b and ..`.
    And(Vec<Self>),
    /// `a or b or ..`.
    Or(Vec<Self>),
    /// `not a`.
    Not(Box<Self>),
    /// `a is true`.
    IsTrue(Box<Self>),
    /// `a is not null`.
    IsNotNull(Box<Self>),
    /// `coalesce(a, b, ..)`.
    Coalesce(Vec<Self>),
    /// `(a, b) in (select x, y ..)`, `a = any (select ..)`.
    In {
        left: Vec<Self>,
        query: Box<Rel>,
        columns: Vec<ColId>,
        first: ColId,
    },
    /// `exists (..)`.
    Exists { query: Box<Rel>, first: ColId },
    /// A scalar subquery.
    Scalar {
        query: Box<Rel>,
        column: ColId,
        first: ColId,
    },
    /// Any other use of a subquery: `array(..)`, `> all (..)`.
    Query { query: Box<Rel>, first: ColId },
    /// A pure function of its operands; `strict`: null (never true) as soon as one operand is null.
    Opaque { operands: Vec<Self>, strict: bool },
}

impl Expr {
    /// A value of which nothing is known and which reads nothing.
    pub(crate) const fn opaque() -> Self {
        Self::Opaque {
            operands: Vec::new(),
            strict: false,
        }
    }
}

/// A statement that writes.
#[derive(Debug, Clone)]
pub(crate) struct Write {
    /// Where the target stands in the text.
    pub(crate) span: Span,
    /// The target's table.
    pub(crate) table: QName,
    pub(crate) kind: WriteKind,
    /// `returning`.
    pub(crate) returning: Option<Returning>,
}

/// `returning`: a fresh copy of the target's row and the expressions over it.
#[derive(Debug, Clone)]
pub(crate) struct Returning {
    /// The returned row.
    pub(crate) row: Scan,
    pub(crate) outputs: Vec<(ColId, Expr)>,
}

/// What is written.
#[derive(Debug, Clone)]
pub(crate) enum WriteKind {
    /// An insert.
    Insert {
        source: Rel,
        /// What decides whose the new rows are; for a `values` list one a row.
        owner: Vec<(Owner, Span)>,
        /// `on conflict do update`.
        conflict: Vec<ConflictUpdate>,
    },
    /// An update or delete: the rows of `source` (target joined with the other relations, filtered).
    Change {
        source: Rel,
        /// The target's own tenant column, real or virtual.
        target: (ScanId, ColId),
        delete: bool,
        /// Assignments to the tenant column or the via column.
        owner: Vec<(Owner, Span)>,
        /// Every other assigned expression.
        others: Vec<Expr>,
    },
    /// A merge.
    Merge(Box<Merge>),
}

/// `merge`: a row of the source acts on each row of the target that it matches or, matching none, on its own.
#[derive(Debug, Clone)]
pub(crate) struct Merge {
    /// The pairs of a source row and a target row that satisfy `on`.
    pub(crate) matched: Rel,
    /// The source rows that are in no such pair.
    pub(crate) unmatched: Rel,
    /// The target's own tenant column, real or virtual.
    pub(crate) target: (ScanId, ColId),
    pub(crate) branches: Vec<Branch>,
}

/// `when [not] matched [and condition] then action`: of the branches that speak of a row, the first whose condition is
/// true acts.
#[derive(Debug, Clone)]
pub(crate) struct Branch {
    pub(crate) matched: bool,
    pub(crate) condition: Option<Expr>,
    pub(crate) action: Action,
}

/// What a branch does.
#[derive(Debug, Clone)]
pub(crate) enum Action {
    /// `do nothing`.
    Nothing,
    /// One new row: what decides whose it is, and all its values.
    Insert {
        owner: Vec<(Owner, Span)>,
        values: Vec<Expr>,
    },
    /// The matched row of the target is updated or deleted.
    Change {
        /// Assignments to the tenant column or the via column.
        owner: Vec<(Owner, Span)>,
        /// Every other assigned expression.
        others: Vec<Expr>,
    },
}

/// An expression that decides whose a row is.
#[derive(Debug, Clone)]
pub(crate) enum Owner {
    /// The value of the tenant column.
    Tenant(Expr),
    /// The value of the foreign key column, the function from parent keys to tenants, and how the key compares. Without
    /// a function nothing is known of what the value will name.
    Via(Expr, Option<KeyFn>, Option<Identity>),
    /// The table's policy checks the row: whatever does not make it the tenant's is an error.
    Checked(Expr),
}

/// `on conflict .. do update set .. where ..`.
#[derive(Debug, Clone)]
pub(crate) struct ConflictUpdate {
    /// The existing row: the tenant's, because the key that collided holds the owner.
    pub(crate) row: Scan,
    /// The row that was to be inserted.
    pub(crate) excluded: Scan,
    pub(crate) owner: Vec<(Owner, Span)>,
    pub(crate) others: Vec<Expr>,
    pub(crate) condition: Option<Expr>,
}

/// Where a reference stands, if a predicate in `where` or `on` would not do there what people expect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JoinPlace {
    /// Joined without an `on`: cross, natural or `using`.
    WithoutOn,
    /// The nullable side: a predicate in `where` would drop the rows that the outer join keeps.
    Nullable,
    /// A full join, or an outer one without an `on`: a predicate in `where` would drop rows, one in `on` none.
    Full,
}
