//! What confines a table where the statement need not: the isolation.
//!
//! With `rows` nothing does. With `schema` and `database` the place of the table does: a name without a schema reaches
//! nothing but the tenant's own tables, whose ownership is [`Ownership::Placed`]. (`select *` is accepted there, although it
//! fails with 0A000 where a prepared statement meets a schema at another version: that is an error, which the run time can
//! retry, and no leak.) A shared table that tenants' tables inherit from shows all of theirs, and is refused.
//!
//! With `rls` the table's policy does, if the DDL proves it (see [`crate::policy`]). The server then adds, to every
//! reference that is made with the rights of the caller, the condition that the tenant column is the current tenant; so the
//! proof may take that for a fact of the reference, like one of an inner `on`. What is not proved is refused here, whatever
//! predicates the statement has: a project that relies on the database must not have a table that does not.
//!
//! What the policy does *not* cover keeps its rules:
//! - views read with their owner's rights, unless they are `security_invoker`; a view that is inside of one that is not is
//!   refused with it. A materialized view holds every tenant's rows;
//! - referential actions go past row security: the rules of cascades stay;
//! - unique keys count over all rows: a conflict that is resolved silently asks for a key with the tenant column, as with
//!   `rows` (`do update` of a hidden row would be an error, `do nothing` an oracle);
//! - a child of a partitioned or inherited table is governed by the policy of the table that the statement names: named
//!   directly, it needs its own.
//!
//! Inserts and assignments to the tenant column need no proof: `with check` sees the row as it is stored, after defaults and
//! triggers, and whatever is not the tenant's is an error. An insert without a tenant column would always be one, so
//! it is refused, unless the column's default is the setting.

use super::Lowerer;
use crate::catalog::{Column, Ownership, Table};
use crate::config::Isolation;
use crate::plan::Confined;
use crate::policy::{self, Flaw};
use crate::{Code, Span};

/// The role in the SQL of a message; the application's own is not known here.
const ROLE: &str = "app";

impl Lowerer<'_> {
    /// What confines a reference to an owned table. Under `rls` the reference is refused if nothing does.
    pub(super) fn confined(&mut self, table: &Table, span: Span) -> Option<Confined> {
        match (self.isolation, &table.ownership) {
            (_, Ownership::Shared | Ownership::Unclassified { .. }) | (Isolation::Rows, _) => None,
            (Isolation::Schema, Ownership::Placed) => Some(Confined::Schema),
            (Isolation::Database, Ownership::Placed) => Some(Confined::Database),
            (Isolation::Rls, Ownership::Placed)
            | (Isolation::Schema | Isolation::Database, Ownership::Tenant { .. } | Ownership::Via { .. }) => {
                None
            }
            (Isolation::Rls, Ownership::Tenant { column, .. }) => {
                // A column of a type or collation that takes two tenants for one stays open, and is reported as such.
                let exact = self.is_exact_owner(table.columns.get(*column));
                (self.is_protected(table, span) && exact).then_some(Confined::Policy)
            }
            (Isolation::Rls, Ownership::Via { .. }) => {
                self.is_protected(table, span).then_some(Confined::Policy)
            }
        }
    }

    /// Whether a table that is referred to is protected by its policy; refused if not.
    fn is_protected(&mut self, table: &Table, span: Span) -> bool {
        let name = &table.name.name;
        if let Some((view, materialized)) = self.definer_view() {
            let shown = view.to_string();
            let (message, help) = if materialized {
                (
                    format!(
                        "the materialized view `{shown}` holds rows of all tenants: no policy confines it"
                    ),
                    "read it in central work, or make it a plain view with `security_invoker`".to_owned(),
                )
            } else {
                (
                    format!(
                        "the view `{shown}` reads `{name}` with the rights of its owner, past the policies of who asks"
                    ),
                    format!("add a migration: `alter view {shown} set (security_invoker = true);`"),
                )
            };
            self.refuse(Code::UnprotectedTable, span, message).help = vec![help];
            return false;
        }
        let flaws = policy::flaws(self.catalog, table);
        let Some(first) = flaws.first() else {
            return true;
        };
        let message = format!("`{name}` is not protected by row security: {first}");
        let more: Vec<String> = flaws.iter().skip(1).map(|flaw| format!("also, {flaw}")).collect();
        let help = match policy::mending(self.catalog, table, &flaws, ROLE) {
            Some(sql) => vec![
                format!(
                    "add a migration (`{ROLE}` is the application's role):\n{}",
                    sql.trim_end()
                ),
                "`cargo tenancy policy --missing` prints it for every table".to_owned(),
            ],
            None => match first {
                Flaw::Unsupported(_) => vec!["give it a tenant column that a policy is known for".to_owned()],
                Flaw::Doubt(_) => {
                    vec!["read the schema from a dump: `schema = \"schema.sql\"`".to_owned()]
                }
                Flaw::NotEnabled
                | Flaw::NotForced
                | Flaw::NoPolicy
                | Flaw::Several(_)
                | Flaw::Restrictive(_)
                | Flaw::OneCommand(..)
                | Flaw::NoUsing(_)
                | Flaw::NoCheck(_)
                | Flaw::Differs(..)
                | Flaw::Shadowed(_)
                | Flaw::Parent(_) => {
                    vec!["`cargo tenancy policy --missing` prints what is missing of every table".to_owned()]
                }
            },
        };
        let diagnostic = self.refuse(Code::UnprotectedTable, span, message);
        for note in more {
            if !diagnostic.notes.contains(&note) {
                diagnostic.notes.push(note);
            }
        }
        diagnostic.help = help;
        false
    }

    /// Whether a column takes the current tenant by itself.
    pub(super) fn is_own_default(&self, table: &Table, column: &Column) -> bool {
        let Ownership::Tenant { column: owner, .. } = table.ownership else {
            return false;
        };
        self.isolation == Isolation::Rls
            && table
                .columns
                .get(owner)
                .is_some_and(|owner| owner.name == column.name)
            && policy::default_is_tenant(column)
    }
}
