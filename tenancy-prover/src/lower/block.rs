//! What a query block collects while its clauses are lowered: aggregates and window functions belong to the block, not
//! to the expression in which they stand.

use crate::plan::{ColId, Expr};

/// The clause being lowered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clause {
    From,
    Where,
    Group,
    Having,
    Select,
    Order,
    /// An argument of an aggregate call.
    Aggregate,
    /// An argument, partition or ordering of a window function.
    Window,
    /// Anything else that is evaluated for single rows: `set`, `values`, `returning`.
    Row,
}

/// The state of one block.
#[derive(Debug)]
pub(super) struct Block {
    /// First column of the block: lower ones belong to outer blocks.
    pub(super) first: ColId,
    pub(super) clause: Clause,
    pub(super) has_aggregate: bool,
    /// Everything that aggregate calls evaluate on ungrouped rows.
    pub(super) arguments: Vec<Expr>,
    /// `partition by` of each window function.
    pub(super) partitions: Vec<Vec<Expr>>,
    /// Everything else that window functions evaluate.
    pub(super) window_operands: Vec<Expr>,
    /// Named windows and their `partition by`.
    pub(super) windows: Vec<(String, Vec<Expr>)>,
    /// Not-null keys of the tables in `from`, with the range of their columns.
    pub(super) keys: Vec<(Vec<ColId>, ColId, ColId)>,
    /// SQLite: the names of the select list, while its `from` is lowered.
    pub(super) names: Vec<String>,
    /// MySQL, in a subquery: the columns that its `having` can name.
    pub(super) shown: Option<Vec<ColId>>,
}

impl Block {
    pub(super) const fn new(first: ColId, clause: Clause) -> Self {
        Self {
            first,
            clause,
            has_aggregate: false,
            arguments: Vec::new(),
            partitions: Vec::new(),
            window_operands: Vec::new(),
            windows: Vec::new(),
            keys: Vec::new(),
            names: Vec::new(),
            shown: None,
        }
    }
}
