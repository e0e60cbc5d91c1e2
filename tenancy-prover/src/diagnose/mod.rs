//! Diagnostics: stable codes, messages, snippets.

pub(crate) mod change;
mod code;
pub mod guide;
pub mod render;
mod source;

use crate::Span;

/// A stable, documented diagnostic code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Code {
    /// The SQL does not parse.
    SyntaxError,
    /// The string holds no statement.
    EmptyStatement,
    /// The string holds several statements.
    SeveralStatements,
    /// A construct that the prover does not list; refused because it is not understood.
    UnsupportedSql,
    /// A statement that changes the session, the schema or the transaction, or is central work by nature.
    SessionStatement,
    /// A tenant-owned table whose rows are not confined to the tenant.
    UnscopedTable,
    /// An insert that does not put the tenant into the tenant column.
    UnscopedInsert,
    /// An update or delete whose target rows are not confined to the tenant.
    UnscopedWrite,
    /// An update that could give a row to another tenant.
    TenantChanged,
    /// A write to a shared table.
    SharedWrite,
    /// A key without the tenant column decides silently what happens to the row.
    ConflictKey,
    /// A cascading foreign key leaves the tenant.
    Cascade,
    /// A trigger or rule whose effect is not understood.
    Trigger,
    /// A column default that is not known to be pure.
    UnsafeDefault,
    /// A table that the schema does not know.
    UnknownTable,
    /// A table that nobody declared tenant-owned, via or shared.
    UnclassifiedTable,
    /// A table that a migration touched in a way that was not understood.
    PoisonedTable,
    /// A column that does not exist.
    UnknownColumn,
    /// A name that more than one column answers to.
    AmbiguousColumn,
    /// A function that is not known to be pure.
    UnknownFunction,
    /// An operator that is not known to be pure, or whose precedence is in doubt.
    UnknownOperator,
    /// A system catalogue, statistics view, or schema that is not the project's.
    SystemCatalog,
    /// A view whose own query mixes tenants.
    LeakyView,
    /// A physical row position (`ctid`, `rowid`) that other tenants' rows influence.
    RowIdentity,
    /// A tenant column whose type or collation makes different tenants equal.
    TenantType,
    /// A placeholder that the driver or the rewriting cannot take.
    Placeholder,
    /// A table whose row security is not proved (`isolation = "rls"`).
    UnprotectedTable,
    /// A lock on rows that other tenants share.
    SharedLock,
    /// Too many terms or too deep to analyse.
    TooComplex,
}

/// One thing that is wrong with a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its code.
    pub code: Code,
    /// What is wrong, in one sentence without a final period.
    pub message: String,
    /// Where, in the SQL text.
    pub span: Span,
    /// A few words set beside the caret ("no predicate confines `o`").
    pub label: String,
    /// What to do about it, one line each; the first is the best. Where there is a suggestion, it is the suggestion in
    /// words; otherwise it holds no SQL but names and keywords: nobody has proved what would come of it.
    pub help: Vec<String>,
    /// More context: where a table was declared, inside which view.
    pub notes: Vec<String>,
    /// A change of the text that yields a statement which was proved, where one was found. One change mends all that is
    /// wrong with the statement, so all diagnostics of a statement have the same.
    pub suggestion: Option<Box<Suggestion>>,
}

/// A change of the whole statement after which it is proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// What to change, in the order of the text; the places do not overlap.
    pub edits: Vec<Edit>,
    /// The statement afterwards.
    pub text: String,
}

/// One change of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The bytes of the original text that it takes the place of; empty where it only adds.
    pub span: Span,
    /// What stands there afterwards.
    pub text: String,
}
