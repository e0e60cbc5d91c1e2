//! What the lowering writes down for a reader of the proof: which relations are named where, how a column is called,
//! where an equality stands, and what a write was found not to do. Kept only for explanations.

use std::collections::BTreeMap;

use super::{ColId, ScanId};
use crate::Span;
use crate::catalog::{Origin, QName};

/// The notes of one lowering.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    /// Relations named in `from`, and targets of updates and deletes.
    pub(crate) mentions: Vec<Mention>,
    /// How a person would write a column.
    pub(crate) names: BTreeMap<ColId, String>,
    /// Equalities in the text.
    pub(crate) equalities: Vec<(Operand, Operand, Place)>,
    /// The columns of each reference to a base table, as a range.
    pub(crate) tables: Vec<(ColId, ColId, QName)>,
    /// Targets of writes.
    pub(crate) writes: Vec<(Span, QName)>,
    /// What was looked at beside the rows themselves, and is harmless.
    pub(crate) considered: Vec<Considered>,
}

/// One side of an equality.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operand {
    Column(ColId),
    Tenant,
    Argument(u32),
}

/// Where something stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// In the statement; inside a view, where the view is named.
    pub(crate) span: Span,
    /// Inside a view: its name, and the line of the schema.
    pub(crate) inside: Option<(String, Origin)>,
}

/// A relation that is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mention {
    pub(crate) place: Place,
    /// As it is written: `orders o`.
    pub(crate) shown: String,
    pub(crate) what: Mentioned,
    /// The views that it stands in, outermost first.
    pub(crate) views: Vec<String>,
}

/// What a name in `from` means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mentioned {
    /// A base table, and the obligation that the reference opens, if it is owned.
    Table(QName, Option<ScanId>),
    /// A view.
    View(QName),
    /// A common table expression; `itself`: inside its own definition.
    Cte { itself: bool },
}

/// Something that a write could do to other rows, and does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Considered {
    /// The target of the write.
    pub(crate) span: Span,
    pub(crate) kind: ConsideredKind,
    /// In a sentence without its period.
    pub(crate) text: String,
    pub(crate) origin: Origin,
}

/// Kinds of what is considered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ConsideredKind {
    ConflictKey,
    Cascade,
    Trigger,
}
