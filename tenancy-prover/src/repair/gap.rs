//! What a proof misses, as the repair needs to know it: places in the text and names, no wording.

use crate::Span;
use crate::catalog::QName;

/// One thing that keeps a statement from being proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Gap {
    /// The rows of a table reference, or those that an update or delete reaches, are not confined.
    Rows(Reference),
    /// An insert leaves the tenant column out.
    Column {
        /// The target's name in the text.
        span: Span,
        /// The tenant column.
        column: String,
        /// The columns that the values go to, in their order.
        given: Vec<String>,
    },
    /// A value that decides whose a row is, is not known to be the tenant.
    Value(Span),
    /// A name that nothing has, but for a letter or two.
    Name {
        /// The name in the text, qualified or with an alias behind it.
        span: Span,
        /// What may be meant.
        meant: String,
    },
}

/// A reference to a table or view in the text of the statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    /// Its name, with the alias if it has one.
    pub(crate) span: Span,
    /// The alias, folded; not said for a view.
    pub(crate) alias: Option<String>,
    /// The base table whose rows are open, which a view may hide.
    pub(crate) table: QName,
    /// What the view calls the tenant column, where there is a view that shows it.
    pub(crate) shown: Option<String>,
    /// It is what the statement writes.
    pub(crate) target: bool,
}
