//! What the schema's keys promise of every row of a table.

use super::Lowerer;
use super::template::column;
use crate::Dialect;
use crate::catalog::{
    ForeignKey, Key, KeyKind, KeyPart, Ownership, QName, ReferentialAction, Relation, Table, Trigger,
    TriggerEffect,
};
use crate::plan::{ColId, Dependency, KeyFn, Promise};

impl<'a> Lowerer<'a> {
    /// The columns of a key that tells every two rows of the table apart, by equality that is identity.
    pub(super) fn exact_key(&self, table: &Table, key: &Key) -> Option<Vec<usize>> {
        if key.predicate.is_some() || key.deferrable || key.kind == KeyKind::Exclusion {
            return None;
        }
        let columns: Vec<usize> = key
            .parts
            .iter()
            .map(|part| match part {
                KeyPart::Column(index) => {
                    let column = table.columns.get(*index)?;
                    self.column_info(column).identity.map(|_| *index)
                }
                KeyPart::Expression(_) => None,
            })
            .collect::<Option<_>>()?;
        // A key of an inheritance parent says nothing of the rows of its children.
        let alone = table.parents.is_empty() && !self.has_children(&table.name);
        (!columns.is_empty() && alone).then_some(columns)
    }

    /// Whether a table has partitions or inheritance children.
    pub(super) fn has_children(&self, name: &QName) -> bool {
        self.known.inherited.contains(name)
    }

    /// The function from a parent's key (by its column names) to tenants, if that key tells rows apart.
    pub(super) fn key_function(&self, parent: &QName, columns: &[String]) -> Option<KeyFn> {
        let Some(Relation::Table(table)) = self.catalog.relations.get(parent) else {
            return None;
        };
        let wanted: Vec<usize> = columns
            .iter()
            .map(|name| table.column_index(name))
            .collect::<Option<_>>()?;
        let index = table
            .keys
            .iter()
            .position(|key| self.exact_key(table, key).as_deref() == Some(&wanted))?;
        self.key_function_at(parent, index)
    }

    /// The function from the table's key with that index to tenants.
    pub(super) fn key_function_at(&self, table: &QName, key: usize) -> Option<KeyFn> {
        let first = self.known.tables.get(table)?.first_key;
        Some(KeyFn(first.checked_add(u32::try_from(key).ok()?)?))
    }

    /// A validated foreign key `(tenant, c, ..)` to a parent `(tenant, k, ..)` where `k, ..` alone tells parents apart: the
    /// row's tenant is the tenant of the parent that `c, ..` names. SQLite's rows may be older than its enforcement.
    pub(super) fn composite_dependency(
        &self,
        table: &'a Table,
        foreign_key: usize,
        tenant: usize,
        owner: ColId,
    ) -> Option<Dependency> {
        let key = table.foreign_keys.get(foreign_key)?;
        let trusted = self.dialect() != Dialect::Sqlite && key.validated && !key.deferrable;
        if !trusted || undone_by_triggers(table, key) || !self.reaches_below(table, key) {
            return None;
        }
        let Some(Relation::Table(parent)) = self.catalog.relations.get(&key.parent) else {
            return None;
        };
        let Ownership::Tenant {
            column: parent_tenant,
            ..
        } = parent.ownership
        else {
            return None;
        };
        // The key compares as the parent's columns do.
        let parent_tenant = parent.columns.get(parent_tenant);
        if !self.is_exact_owner(parent_tenant) || !self.is_exact_owner(table.columns.get(tenant)) {
            return None;
        }
        let parent_tenant = parent_tenant?.name.clone();
        let mut args = Vec::new();
        let mut rest = Vec::new();
        let mut carries = false;
        for (&index, parent_column) in key.columns.iter().zip(&key.parent_columns) {
            if index == tenant && *parent_column == parent_tenant {
                carries = true;
            } else {
                args.push(column(table, index)?);
                rest.push(parent_column.clone());
            }
        }
        if !carries || args.is_empty() {
            return None;
        }
        // The key of the parent may list its columns in another order than the foreign key does.
        let mut order: Vec<(String, ColId)> = rest.into_iter().zip(args).collect();
        let function = self.key_function_any_order(&key.parent, &mut order)?;
        Some(Dependency {
            source: Promise::ForeignKey(foreign_key),
            function,
            args: order.into_iter().map(|(_, id)| id).collect(),
            result: owner,
            total: false,
        })
    }

    /// Foreign keys are not inherited: the tables below must have the same one (partitions do).
    pub(super) fn reaches_below(&self, table: &'a Table, key: &ForeignKey) -> bool {
        let names = |holder: &Table, key: &ForeignKey| -> Vec<String> {
            key.columns
                .iter()
                .filter_map(|&at| holder.columns.get(at))
                .map(|column| column.name.clone())
                .collect()
        };
        let wanted = names(table, key);
        self.below(table).into_iter().all(|child| {
            child.foreign_keys.iter().any(|own| {
                own.parent == key.parent
                    && own.parent_columns == key.parent_columns
                    && own.validated
                    && !own.deferrable
                    && names(child, own) == wanted
            })
        })
    }

    pub(super) fn key_function_any_order(
        &self,
        parent: &QName,
        order: &mut [(String, ColId)],
    ) -> Option<KeyFn> {
        let Some(Relation::Table(table)) = self.catalog.relations.get(parent) else {
            return None;
        };
        for (index, key) in table.keys.iter().enumerate() {
            let Some(columns) = self.exact_key(table, key) else {
                continue;
            };
            let names: Vec<&String> = columns
                .iter()
                .filter_map(|&column| table.columns.get(column))
                .map(|column| &column.name)
                .collect();
            if names.len() == order.len() && order.iter().all(|(name, _)| names.contains(&name)) {
                order.sort_by_key(|(name, _)| names.iter().position(|known| *known == name));
                return self.key_function_at(parent, index);
            }
        }
        None
    }
}

/// Whether triggers of the referencing table may undo what the foreign key does when its parent goes or changes: the
/// server does not check again, so the key proves nothing.
pub(super) fn undone_by_triggers(table: &Table, key: &ForeignKey) -> bool {
    let deletes = key.on_delete != ReferentialAction::Restrict;
    let updates = deletes || key.on_update != ReferentialAction::Restrict;
    let assigns = |trigger: &Trigger| match &trigger.effect {
        TriggerEffect::Unknown => true,
        TriggerEffect::Assigns(assigned) => assigned.iter().any(|(name, _)| {
            key.columns
                .iter()
                .filter_map(|&at| table.columns.get(at))
                .any(|column| column.name == *name)
        }),
    };
    let rules = (deletes || updates) && !table.rules.is_empty();
    rules
        || table.triggers.iter().any(|trigger| {
            (deletes && trigger.on_delete) || (updates && trigger.on_update.is_some() && assigns(trigger))
        })
}
