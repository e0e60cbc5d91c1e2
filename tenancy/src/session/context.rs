//! What a transaction tells the server of its tenant.

use crate::tenant::{SchemaName, TenantId};

/// What a transaction tells the server of its tenant, until it ends.
#[derive(Debug, Clone)]
pub enum Context {
    /// Nothing: the statements or the database say it.
    None,
    /// The tenant of the row-security policies.
    Rls(TenantId),
    /// The only schema in which tables are looked up.
    Schema(SchemaName),
}

/// How a borrowed connection becomes the tenant's.
#[derive(Debug, Clone)]
pub(crate) enum Entry {
    /// It needs nothing. A transaction tells the server what the context says.
    Plain,
    /// Every statement runs in a transaction that begins with the context.
    Transaction(Context),
    /// The same, and it is prepared anew each time: the next transaction may be on another session of the server's.
    Pooled(Context),
}

impl Entry {
    /// What a transaction tells the server.
    pub(crate) fn context(&self) -> &Context {
        match self {
            Self::Plain => &Context::None,
            Self::Transaction(context) | Self::Pooled(context) => context,
        }
    }

    /// Whether a prepared statement is found again.
    pub(crate) fn keeps_statements(&self) -> bool {
        match self {
            Self::Plain | Self::Transaction(_) => true,
            Self::Pooled(_) => false,
        }
    }
}
