//! The canonical policy of `isolation = "rls"`: what it says, how it is printed, how it is recognised, and whether a table
//! has it.
//!
//! ```sql
//! alter table orders enable row level security;
//! alter table orders force row level security;
//! create policy tenancy on orders as permissive for all to app
//!   using (tenant_id = (select coalesce(nullif(current_setting('tenancy.tenant', true), ''),
//!                                       concat('tenancy: no tenant is set')::int::text)))
//!   with check (...the same...);
//! ```
//!
//! **What it gives.** Of every reference to the table that runs with the rights of a role without `bypassrls`, the server
//! shows only the rows whose tenant column is the setting, and no insert or update leaves another row behind: it fails. The
//! subquery is evaluated once a statement. Where no tenant is set, or the setting is what a former transaction left of it
//! (an empty string), `concat(..)::int` raises; `concat` is not immutable, so nothing folds it away or raises early.
//! For a table that is owned via a parent, the policy asks for the parent row, which the parent's own policy hides
//! if it is another tenant's: subqueries of a policy run with the rights of who asks.
//!
//! **What it does not give**, and what therefore stays with the rules of the statements: what foreign keys do and check
//! (referential actions go past row security), which row is in the way of a unique key, what views and functions read
//! with the rights of their owners, materialized views, sequences, statistics. That there is one canonical policy and no
//! other matters, because permissive policies add up.
//!
//! **What it asks of the setting.** An id is cast to the type of the column. `'01'::int8` is 1: where columns are not
//! texts, only ids in the canonical form of the type may be set. That is the run time's to check; the types are in
//! [`Expected::kind`].

mod judge;
mod quote;
mod shape;
mod text;

#[cfg(test)]
mod tests;

use std::fmt::Write as _;

pub(crate) use judge::{Flaw, default_is_tenant, flaws, shadowed};
pub(crate) use shape::{Piece, Shape, recognise};

use quote::quoted;

use crate::catalog::{Catalog, Ownership, QName, Relation, Table};
use crate::{Dialect, Project, TenantType};

/// The setting that holds the current tenant.
pub const SETTING: &str = "tenancy.tenant";

/// The name that a printed policy has.
pub const NAME: &str = "tenancy";

/// What an unset tenant raises, as the text that is no number.
pub const UNSET: &str = "tenancy: no tenant is set";

/// The policy that a table of a project should have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// The table.
    pub table: QName,
    /// The column that says whose a row is: the tenant column, or the foreign key to the parent.
    pub column: String,
    /// What decides.
    pub kind: ExpectedKind,
    /// `using` and `with check` as a person writes them, without the parentheses around.
    pub expression: String,
    /// What `pg_get_expr` prints of both with an empty `search_path`.
    pub deparsed: String,
}

/// What says whose the rows of a table are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExpectedKind {
    /// The column is the tenant.
    Tenant {
        /// What the setting is cast to.
        cast: TenantType,
    },
    /// The column names a row of the parent.
    Parent {
        /// The parent.
        parent: QName,
        /// The column that it references.
        key: String,
    },
}

/// A table that should have a policy, and what is wrong with what it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protection {
    /// The policy that it should have.
    pub expected: Expected,
    /// What the DDL does not prove, in words; nothing if the table is protected.
    pub missing: Vec<String>,
    /// The policies that have to go before the right one is made.
    pub dropped: Vec<String>,
    /// Row security is not enabled.
    pub enable: bool,
    /// Row security is not forced.
    pub force: bool,
    /// There is no policy, or one that has to go.
    pub create: bool,
}

impl Protection {
    /// The statements that make good what is missing, to run by the table's owner; nothing if no statement would.
    pub fn mending(&self, role: &str) -> String {
        let wanted = [self.enable, self.force, self.create];
        self.expected.statements(role, &self.dropped, wanted)
    }

    fn new(expected: Expected, flaws: &[Flaw]) -> Self {
        let own = flaws.iter().filter(|flaw| !matches!(flaw, Flaw::Parent(_)));
        let dropped = Flaw::dropped(flaws);
        Self {
            expected,
            enable: flaws.contains(&Flaw::NotEnabled),
            force: flaws.contains(&Flaw::NotForced),
            create: flaws.contains(&Flaw::NoPolicy) || !dropped.is_empty(),
            missing: own.map(Flaw::to_string).collect(),
            dropped,
        }
    }
}

/// Why no policy can be written for a table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{table}`: {reason}")]
pub struct NoPolicy {
    /// The table.
    pub table: QName,
    /// What is in the way, and the way out.
    pub reason: String,
}

/// Every table of the project that tenants own, in the order of their names, with the policy that it should have: what
/// `cargo tenancy policy` prints and the posture check compares with. Nothing for other dialects than PostgreSQL.
///
/// # Errors
/// The tables for which there is no canonical policy, with the reason.
pub fn protections(project: &Project) -> (Vec<Protection>, Vec<NoPolicy>) {
    let (mut found, mut refused) = (Vec::new(), Vec::new());
    if project.config.dialect != Dialect::Postgres {
        return (found, refused);
    }
    let catalog = &project.catalog;
    for relation in catalog.relations.values() {
        let Relation::Table(table) = relation else {
            continue;
        };
        match &table.ownership {
            Ownership::Tenant { .. } | Ownership::Via { .. } => {}
            Ownership::Placed | Ownership::Shared | Ownership::Unclassified { .. } => continue,
        }
        match expected(catalog, table) {
            Ok(expected) => {
                found.push(Protection::new(expected, &flaws(catalog, table)));
            }
            Err(reason) => refused.push(NoPolicy {
                table: table.name.clone(),
                reason,
            }),
        }
    }
    (found, refused)
}

/// The statements that make good what is missing of a table's protection; nothing if no statement would.
pub(crate) fn mending(catalog: &Catalog, table: &Table, flaws: &[Flaw], role: &str) -> Option<String> {
    let expected = expected(catalog, table).ok()?;
    let sql = Protection::new(expected, flaws).mending(role);
    (!sql.is_empty()).then_some(sql)
}

/// The policy of a table, or why it cannot have one.
pub(crate) fn expected(catalog: &Catalog, table: &Table) -> Result<Expected, String> {
    match &table.ownership {
        Ownership::Tenant { column, .. } => {
            let column = table
                .columns
                .get(*column)
                .ok_or_else(|| "its tenant column is not known".to_owned())?;
            let Some((cast, shown)) = text::tenant_column(&column.ty) else {
                return Err(format!(
                    "its tenant column `{}` is of type `{}`; a policy is known for `text`, `varchar`, `uuid`, `smallint`, `integer` and `bigint`",
                    column.name, column.ty.name
                ));
            };
            Ok(Expected {
                table: table.name.clone(),
                column: column.name.clone(),
                expression: text::tenant(&column.name, cast),
                deparsed: text::tenant_deparsed(&column.name, cast, shown),
                kind: ExpectedKind::Tenant { cast },
            })
        }
        Ownership::Via { foreign_key } => {
            let unknown = || "the foreign key to its parent is not known".to_owned();
            let key = table.foreign_keys.get(*foreign_key).ok_or_else(unknown)?;
            let (&[column], [referenced]) = (key.columns.as_slice(), key.parent_columns.as_slice()) else {
                return Err(unknown());
            };
            let column = table.columns.get(column).ok_or_else(unknown)?;
            let Some(Relation::Table(parent)) = catalog.relations.get(&key.parent) else {
                return Err(unknown());
            };
            let own = parent
                .columns
                .iter()
                .find(|column| column.name == *referenced)
                .ok_or_else(unknown)?;
            if parent.name.name == table.name.name {
                return Err(format!(
                    "it has the name of its parent `{}.{}`: rename one of them",
                    parent.name.schema, parent.name.name
                ));
            }
            let (Some(above), Some(below)) = (text::compared(&own.ty), text::compared(&column.ty)) else {
                return Err(format!(
                    "its key `{}` is of type `{}`; a policy is known for texts, numbers and `uuid`",
                    column.name, column.ty.name
                ));
            };
            let parent_name = &parent.name;
            let names = text::Names {
                parent: parent_name,
                key: referenced,
                child: &table.name.name,
                column: &column.name,
            };
            Ok(Expected {
                table: table.name.clone(),
                column: column.name.clone(),
                expression: text::parent(&names),
                deparsed: text::parent_deparsed(&names, above, below),
                kind: ExpectedKind::Parent {
                    parent: parent.name.clone(),
                    key: referenced.clone(),
                },
            })
        }
        Ownership::Placed | Ownership::Shared | Ownership::Unclassified { .. } => {
            Err("it is not owned by tenants".to_owned())
        }
    }
}

impl Expected {
    /// The statements that protect the table, to run by its owner: `role` is the role that the application uses, `drop` names
    /// policies that go first.
    pub fn sql(&self, role: &str, drop: &[String]) -> String {
        self.statements(role, drop, [true; 3])
    }

    fn statements(&self, role: &str, drop: &[String], [enable, force, create]: [bool; 3]) -> String {
        let table = written(&self.table);
        let mut sql = String::new();
        if enable {
            let _ = writeln!(sql, "alter table {table} enable row level security;");
        }
        if force {
            let _ = writeln!(sql, "alter table {table} force row level security;");
        }
        for policy in drop {
            let _ = writeln!(sql, "drop policy if exists {} on {table};", quoted(policy));
        }
        if create {
            let _ = write!(
                sql,
                "create policy {NAME} on {table} as permissive for all to {}\n  using ({})\n  with check ({});\n",
                quoted(role),
                self.expression,
                self.expression
            );
        }
        sql
    }
}

/// A table's name as a migration writes it.
fn written(name: &QName) -> String {
    let table = quoted(&name.name);
    if name.schema == "public" {
        table
    } else {
        format!("{}.{table}", quoted(&name.schema))
    }
}
