//! How a transaction is begun.

use std::fmt;

/// How a transaction sees others and what it may do; for [`TenantDb::begin_with`](crate::TenantDb::begin_with).
///
/// The default is the server's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TxOptions {
    pub(crate) level: Option<IsolationLevel>,
    pub(crate) read_only: bool,
    pub(crate) immediate: bool,
}

impl TxOptions {
    /// The server's defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// The isolation level. SQLite knows one only, [`IsolationLevel::Serializable`].
    #[must_use]
    pub fn isolation_level(mut self, level: IsolationLevel) -> Self {
        self.level = Some(level);
        self
    }

    /// Whether the server refuses writes. SQLite has no such transactions.
    #[must_use]
    pub fn read_only(mut self, read_only: bool) -> Self {
        self.read_only = read_only;
        self
    }

    /// Whether the lock for writing is taken at once; SQLite only, where a transaction that reads before it writes may
    /// otherwise fail half-way.
    #[must_use]
    pub fn immediate(mut self, immediate: bool) -> Self {
        self.immediate = immediate;
        self
    }
}

/// What a transaction sees of others that run at the same time. Each is at least as strict as its name in the SQL standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum IsolationLevel {
    /// Each statement sees what was committed before it began.
    ReadCommitted,
    /// All statements see what was committed before the first.
    RepeatableRead,
    /// As if one transaction ran after the other; be ready to try again.
    Serializable,
}

impl fmt::Display for IsolationLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ReadCommitted => "read committed",
            Self::RepeatableRead => "repeatable read",
            Self::Serializable => "serializable",
        })
    }
}
