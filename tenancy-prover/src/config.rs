//! `tenancy.toml`.

mod parse;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::Dialect;

pub use parse::ConfigError;

/// The contents of `tenancy.toml`, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// The dialect.
    pub dialect: Dialect,
    /// Folder of migrations, relative to the project, or a schema dump; the dump wins.
    pub source: SchemaSource,
    /// `shared_migrations`: a folder of migrations that run once, not for each tenant's schema (`isolation = "schema"`).
    pub shared_migrations: Option<String>,
    /// How tenants are kept apart.
    pub isolation: Isolation,
    /// `predicates = "automatic"`: missing tenant predicates are added, and the statement that comes out is proved.
    pub automatic: bool,
    /// `types = "sqlx"`: expand to sqlx's own checked macros.
    pub sqlx_types: bool,
    /// `[tenant] column`, as the server stores the name.
    pub tenant_column: String,
    /// `[tenant] table`, as the server stores the name.
    pub tenant_table: Option<String>,
    /// `[tables]`, by name as written (`archive.orders` is schema-qualified).
    pub tables: BTreeMap<String, TableDeclaration>,
    /// `[functions] pure`.
    pub pure_functions: Vec<String>,
    /// The lines of the declarations in `[tables]`, for messages; empty if no file was read.
    pub table_lines: BTreeMap<String, u32>,
    /// The line of `[tenant]`; 0 if no file was read.
    pub tenant_line: u32,
    /// The line of `[functions] pure`; 0 if no file was read.
    pub functions_line: u32,
}

impl Config {
    /// The line of a declaration in `[tables]`, or of `[tenant]`.
    pub(crate) fn line_of(&self, table: Option<&str>) -> u32 {
        match table {
            Some(table) => self.table_lines.get(table).copied().unwrap_or(0),
            None => self.tenant_line,
        }
    }
}

/// Where the schema is read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SchemaSource {
    /// A folder of migrations in sqlx's layout.
    Migrations(String),
    /// A dump made by `pg_dump -s` or `sqlite3 .schema`.
    Dump(String),
}

/// How tenants are kept apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isolation {
    /// Shared tables, a tenant column in each.
    Rows,
    /// Shared tables behind forced row-level security.
    Rls,
    /// A schema per tenant.
    Schema,
    /// A database per tenant.
    Database,
}

/// What `[tables]` says of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableDeclaration {
    /// `plans = "shared"`.
    Shared,
    /// `invoices = { column = "org_id" }`.
    Column(String),
    /// `lines = { via = "order_id" }`.
    Via(String),
}
