//! How tenants are kept apart.

use std::fmt;

/// How tenants are kept apart in a database.
///
/// A query is proved for one of these, and a handle runs only the queries that were proved for its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Isolation {
    /// Shared tables with a tenant column; the statement itself names the tenant.
    Rows,
    /// Shared tables behind forced row-level security.
    Rls,
    /// A schema for each tenant.
    Schema,
    /// A database for each tenant.
    Database,
}

impl Isolation {
    /// What a database lacks that cannot keep tenants apart in this way.
    pub(crate) fn described(self) -> &'static str {
        match self {
            Self::Rows => "shared tables",
            Self::Rls => "row-level security",
            Self::Schema => "schema per tenant",
            Self::Database => "database per tenant",
        }
    }
}

impl fmt::Display for Isolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rows => "rows",
            Self::Rls => "rls",
            Self::Schema => "schema",
            Self::Database => "database",
        })
    }
}
