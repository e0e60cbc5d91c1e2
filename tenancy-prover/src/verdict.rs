//! What the prover answers.

use crate::config::Isolation;
use crate::{Diagnostic, Edit};

/// The answer for one statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Confined to the current tenant; this is what runs.
    Proved(Proved),
    /// Not proved. At least one diagnostic, in the order of the text.
    Refused(Vec<Diagnostic>),
}

/// A statement as it goes to the driver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proved {
    /// The text with every placeholder in the driver's own form (`$1`, `?1`).
    pub sql: String,
    /// What to bind, in the driver's order.
    pub binds: Vec<Bind>,
    /// How many arguments the caller passes (`$tenant` not counted).
    pub arguments: usize,
    /// What `predicates = "automatic"` changed in the text that was given, in its order; empty where it was proved as
    /// it stood.
    pub repairs: Vec<Edit>,
    /// What keeps tenants apart where it runs: the verdict holds there alone.
    pub isolation: Isolation,
    /// It changes nothing, locks nothing and calls no code but builtins: whether its transaction is committed or rolled
    /// back makes no difference. Never true of central work, which nobody looked at.
    pub reads: bool,
}

/// One bound value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bind {
    /// The caller's argument.
    Argument {
        /// 0-based position among the caller's arguments.
        index: usize,
        /// How the SQL spells it: `$1`, `?2`, `:name`; a bare `?` is numbered among the bare ones (`?1`, `?2`, ...).
        label: String,
    },
    /// The current tenant, encoded as the type of its column.
    Tenant(TenantType),
}

/// The types that a tenant column can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TenantType {
    /// `text`, `varchar`.
    Text,
    /// PostgreSQL `uuid`.
    Uuid,
    /// `int2`.
    Int2,
    /// `int4`.
    Int4,
    /// `int8`, SQLite `integer`.
    Int8,
}
