//! What every reference to a base table brings, whatever the statement: found out once for each table of a project.

use std::sync::Arc;

use super::Lowerer;
use super::promise::undone_by_triggers;
use super::scope::Name;
use crate::catalog::{Ownership, QName, Table};
use crate::plan::{ColId, ColInfo, Dependency, Promise};

/// The columns of a table, counted from its first, and what the schema's keys say of them.
#[derive(Debug)]
pub(super) struct Template {
    /// The columns by name, and whether `*` leaves them out.
    pub(super) names: Vec<(Name, bool)>,
    /// What is known of each column; behind those of the table the virtual tenant column, if it has one.
    pub(super) infos: Vec<ColInfo>,
    /// The tenant column, real or virtual; `None` for shared tables.
    pub(super) owner: Option<ColId>,
    /// The columns that are never null, in order.
    pub(super) not_null: Vec<ColId>,
    pub(super) dependencies: Vec<Dependency>,
    /// Primary key and other not-null unique keys.
    pub(super) keys: Vec<Vec<ColId>>,
    /// For a table owned via its parent: the foreign key's column, the parent, the parent's key.
    pub(super) via: Option<(String, QName, String)>,
    /// The real tenant column.
    pub(super) tenant_column: Option<String>,
    /// The tenant column has no identity.
    pub(super) loose: bool,
    /// A table below that owns its rows by another rule: reading the one above would show them.
    pub(super) other_owner: Option<String>,
}

impl<'a> Lowerer<'a> {
    /// The template of a table.
    pub(super) fn template(&self, table: &'a Table) -> Arc<Template> {
        match self.known.tables.get(&table.name) {
            Some(known) => Arc::clone(known.template.get_or_init(|| Arc::new(self.template_of(table)))),
            None => Arc::new(self.template_of(table)),
        }
    }

    fn template_of(&self, table: &'a Table) -> Template {
        let mut infos: Vec<ColInfo> = table
            .columns
            .iter()
            .map(|column| self.column_info(column))
            .collect();
        let below = self.below(table);
        let not_null_below = |name: &str| {
            below.iter().all(|child| {
                child
                    .column_index(name)
                    .and_then(|at| child.columns.get(at))
                    .is_some_and(|column| column.not_null)
            })
        };
        let not_null = table
            .columns
            .iter()
            .enumerate()
            .filter(|(_, column)| column.not_null && not_null_below(&column.name))
            .filter_map(|(index, _)| column(table, index))
            .collect();
        let mut dependencies = Vec::new();
        let mut via = None;
        let mut tenant_column = None;
        let owner = match &table.ownership {
            Ownership::Tenant { column: index, .. } => {
                tenant_column = table.columns.get(*index);
                column(table, *index)
            }
            Ownership::Via { foreign_key } => {
                // A column that the table does not have: the tenant of the row that the key names.
                let owner = ColId(u32::try_from(infos.len()).unwrap_or(u32::MAX));
                infos.push(self.tenant_info());
                via = self.promise_of_owner(table, *foreign_key, owner, &mut dependencies);
                Some(owner)
            }
            Ownership::Placed => {
                let owner = ColId(u32::try_from(infos.len()).unwrap_or(u32::MAX));
                infos.push(self.tenant_info());
                Some(owner)
            }
            Ownership::Shared | Ownership::Unclassified { .. } => None,
        };
        let exact: Vec<Option<Vec<usize>>> =
            table.keys.iter().map(|key| self.exact_key(table, key)).collect();
        if let Some(owner) = owner
            && table.ownership != Ownership::Placed
        {
            self.promises_of_keys(table, &exact, owner, &mut dependencies);
        }
        let keys = exact
            .iter()
            .flatten()
            .filter(|key| {
                key.iter()
                    .all(|&index| table.columns.get(index).is_some_and(|column| column.not_null))
            })
            .map(|key| key.iter().filter_map(|&index| column(table, index)).collect())
            .collect();
        let tenant = self.tenant_identity();
        Template {
            names: table
                .columns
                .iter()
                .map(|column| (Name::from(column.name.as_str()), column.invisible))
                .collect(),
            infos,
            owner,
            not_null,
            dependencies,
            keys,
            via,
            tenant_column: tenant_column.map(|column| column.name.clone()),
            loose: tenant_column.is_some_and(|column| self.column_info(column).identity != Some(tenant)),
            other_owner: other_owner(table, &below).map(|child| child.name.name.clone()),
        }
    }

    /// A foreign key that decides whose the rows are. One that is not enforced may name a parent that is not there, and
    /// later one of another tenant's.
    fn promise_of_owner(
        &self,
        table: &'a Table,
        foreign_key: usize,
        owner: ColId,
        dependencies: &mut Vec<Dependency>,
    ) -> Option<(String, QName, String)> {
        let key = table
            .foreign_keys
            .get(foreign_key)
            .filter(|key| key.validated && !key.deferrable && !undone_by_triggers(table, key))?;
        let ([index], [parent_column]) = (key.columns.as_slice(), key.parent_columns.as_slice()) else {
            return None;
        };
        if let (Some(function), Some(arg)) = (
            self.key_function(&key.parent, &key.parent_columns),
            column(table, *index),
        ) {
            dependencies.push(Dependency {
                source: Promise::Owner,
                function,
                args: vec![arg],
                result: owner,
                total: true,
            });
        }
        let name = table
            .columns
            .get(*index)
            .map(|column| column.name.clone())
            .unwrap_or_default();
        Some((name, key.parent.clone(), parent_column.clone()))
    }

    /// Keys that tell rows apart, `exact` for each key of the table, and foreign keys that carry the tenant.
    fn promises_of_keys(
        &self,
        table: &'a Table,
        exact: &[Option<Vec<usize>>],
        owner: ColId,
        dependencies: &mut Vec<Dependency>,
    ) {
        let tenant = match table.ownership {
            Ownership::Tenant { column, .. } => Some(column),
            Ownership::Via { .. }
            | Ownership::Placed
            | Ownership::Shared
            | Ownership::Unclassified { .. } => None,
        };
        for (index, key) in exact.iter().enumerate() {
            let Some(key) = key else { continue };
            // A key that holds the tenant says nothing new of it.
            if tenant.is_some_and(|tenant| key.contains(&tenant)) {
                continue;
            }
            let Some(function) = self.key_function_at(&table.name, index) else {
                continue;
            };
            dependencies.push(Dependency {
                source: Promise::Key,
                function,
                args: key.iter().filter_map(|&index| column(table, index)).collect(),
                result: owner,
                total: true,
            });
        }
        if let Some(tenant) = tenant {
            for index in 0..table.foreign_keys.len() {
                dependencies.extend(self.composite_dependency(table, index, tenant, owner));
            }
        }
    }
}

/// The number of a table's column, if it has so many.
pub(super) fn column(table: &Table, index: usize) -> Option<ColId> {
    let index = (index < table.columns.len()).then_some(index)?;
    u32::try_from(index).ok().map(ColId)
}

fn other_owner<'a>(table: &'a Table, below: &[&'a Table]) -> Option<&'a Table> {
    let owner = |one: &'a Table| match one.ownership {
        Ownership::Tenant { column, .. } => one.columns.get(column).map(|column| column.name.as_str()),
        Ownership::Via { .. } | Ownership::Placed | Ownership::Shared | Ownership::Unclassified { .. } => {
            None
        }
    };
    let own = owner(table);
    below.iter().copied().find(|child| match child.ownership {
        Ownership::Tenant { .. } => owner(child) != own,
        Ownership::Via { .. } => true,
        Ownership::Shared => own.is_some(),
        // A shared table would show every tenant's rows of it.
        Ownership::Placed => table.ownership != Ownership::Placed,
        Ownership::Unclassified { .. } => false,
    })
}
