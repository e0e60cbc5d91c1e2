//! What a write does beyond the row: defaults, triggers, rewrite rules, cascades.

use std::collections::BTreeSet;

use super::Lowerer;
use super::scope::{Scope, Visible};
use super::view::Frame;
use crate::catalog::{
    Column, ForeignKey, Origin, Ownership, QName, ReferentialAction, Relation, Table, Trigger, TriggerEffect,
};
use crate::parse::parse_expression;
use crate::{Code, Span};

/// What happens to rows.
#[derive(Debug, Clone, Copy)]
enum Event<'e> {
    Insert,
    Update(&'e [usize]),
    Delete,
}

impl<'a> Lowerer<'a> {
    /// A default that is taken must be pure. Generated keys count over all tenants; that is documented.
    pub(super) fn check_default(&mut self, table: &'a Table, column: &'a Column, span: Span) {
        let Some(default) = &column.default else { return };
        if column.identity {
            return;
        }
        let Ok(expr) = parse_expression(default, self.dialect()) else {
            self.unsafe_default(table, column, span);
            return;
        };
        let before = self.diagnostics.len();
        self.views.push(Frame::elsewhere(&table.name, &column.origin, self.at(span)));
        let scope = Scope::new(None);
        self.in_row_block(|this| this.expr(&expr, &scope));
        self.views.pop();
        if self.diagnostics.len() > before {
            self.diagnostics.truncate(before);
            self.unsafe_default(table, column, span);
        }
    }

    fn unsafe_default(&mut self, table: &Table, column: &Column, span: Span) {
        let (file, line) = (column.origin.file.display().to_string(), column.origin.line);
        let diagnostic = self.refuse(
            Code::UnsafeDefault,
            span,
            format!("the default of `{}.{}` is not known to be pure", table.name.name, column.name),
        );
        diagnostic.notes.push(format!("it is declared in {file}:{line}"));
        diagnostic.help = vec![format!("give `{}` a value in the statement", column.name)];
    }

    pub(super) fn insert_effects(&mut self, table: &'a Table, span: Span) {
        self.effects(table, Event::Insert, span, &mut BTreeSet::new());
    }

    pub(super) fn update_effects(&mut self, table: &'a Table, columns: &[usize], span: Span) {
        self.effects(table, Event::Update(columns), span, &mut BTreeSet::new());
    }

    pub(super) fn delete_effects(&mut self, table: &'a Table, span: Span) {
        self.effects(table, Event::Delete, span, &mut BTreeSet::new());
    }

    fn effects(&mut self, table: &'a Table, event: Event<'_>, span: Span, seen: &mut BTreeSet<QName>) {
        if !seen.insert(table.name.clone()) {
            return;
        }
        for rule in &table.rules {
            if rule.event != "select" {
                self.refuse_effect(&format!("the rule `{}`", rule.name), table, &rule.origin, span);
            }
        }
        for trigger in &table.triggers {
            if fires(trigger, table, event) {
                self.trigger(trigger, table, span);
            }
        }
        // A statement on a partitioned or inherited table reaches the tables below it.
        let catalog = self.catalog;
        for relation in catalog.relations.values() {
            if let Relation::Table(child) = relation
                && child.parents.contains(&table.name)
            {
                let names: Vec<usize> = match event {
                    Event::Update(columns) => columns
                        .iter()
                        .filter_map(|&index| table.columns.get(index))
                        .filter_map(|column| child.column_index(&column.name))
                        .collect(),
                    Event::Insert | Event::Delete => Vec::new(),
                };
                let event = match event {
                    Event::Update(_) => Event::Update(&names),
                    Event::Insert => Event::Insert,
                    Event::Delete => Event::Delete,
                };
                self.effects(child, event, span, seen);
            }
        }
        self.cascades(table, event, span, seen);
    }

    /// Foreign keys that act on the rows which refer to the changed ones.
    fn cascades(&mut self, table: &'a Table, event: Event<'_>, span: Span, seen: &mut BTreeSet<QName>) {
        let catalog = self.catalog;
        for (child, key) in catalog.children_of(&table.name) {
            let action = match event {
                Event::Insert => continue,
                Event::Delete => key.on_delete,
                Event::Update(columns) => {
                    let touched = columns
                        .iter()
                        .filter_map(|&index| table.columns.get(index))
                        .any(|column| key.parent_columns.contains(&column.name) || key.parent_columns.is_empty());
                    if !touched {
                        continue;
                    }
                    key.on_update
                }
            };
            if action == ReferentialAction::Restrict {
                continue;
            }
            if !self.stays_inside(table, child, key, action) {
                self.refuse_cascade(table, child, key, action, span);
                continue;
            }
            match (event, action) {
                (Event::Delete, ReferentialAction::Cascade) => self.effects(child, Event::Delete, span, seen),
                _ => {
                    let columns = key.columns.clone();
                    self.effects(child, Event::Update(&columns), span, seen);
                }
            }
        }
    }

    /// Whether the rows that a foreign key acts on are the same tenant's, and remain so.
    fn stays_inside(&self, parent: &Table, child: &Table, key: &ForeignKey, action: ReferentialAction) -> bool {
        let nulls = matches!(action, ReferentialAction::SetNull | ReferentialAction::SetDefault);
        match child.ownership {
            Ownership::Tenant { column, .. } => {
                let Ownership::Tenant { column: parent_column, .. } = parent.ownership else { return false };
                let Some(parent_column) = parent.columns.get(parent_column) else { return false };
                let carries = key
                    .columns
                    .iter()
                    .zip(&key.parent_columns)
                    .any(|(&own, other)| own == column && *other == parent_column.name);
                carries && !nulls
            }
            Ownership::Via { foreign_key } => {
                !nulls && child.foreign_keys.get(foreign_key).is_some_and(|owner| std::ptr::eq(owner, key))
            }
            Ownership::Shared | Ownership::Unclassified { .. } => false,
        }
    }

    fn refuse_cascade(
        &mut self,
        table: &Table,
        child: &Table,
        key: &ForeignKey,
        action: ReferentialAction,
        span: Span,
    ) {
        let does = match action {
            ReferentialAction::Cascade => "cascades to",
            ReferentialAction::SetNull | ReferentialAction::SetDefault => "rewrites",
            ReferentialAction::Restrict => "restricts",
        };
        let columns: Vec<&str> =
            key.columns.iter().filter_map(|&index| child.columns.get(index)).map(|column| column.name.as_str()).collect();
        let (file, line) = (key.origin.file.display().to_string(), key.origin.line);
        let diagnostic = self.refuse(
            Code::Cascade,
            span,
            format!(
                "this {does} rows of `{}` through its foreign key ({}), which does not carry the tenant",
                child.name.name,
                columns.join(", ")
            ),
        );
        diagnostic.notes.push(format!("the key of `{}` to `{}` is declared in {file}:{line}", child.name.name, table.name.name));
        diagnostic.help =
            vec!["make the foreign key composite, with the tenant column in it, or `on delete restrict`".to_owned()];
    }

    fn trigger(&mut self, trigger: &'a Trigger, table: &'a Table, span: Span) {
        let what = format!("the trigger `{}`", trigger.name);
        let TriggerEffect::Assigns(assigned) = &trigger.effect else {
            self.refuse_effect(&what, table, &trigger.origin, span);
            return;
        };
        let owner = self.owner_column(table).and_then(|(index, _)| table.columns.get(index));
        let before = self.diagnostics.len();
        let known: Vec<super::scope::Named> = table
            .columns
            .iter()
            .zip(self.opaque_columns(table.columns.len()))
            .map(|(column, id)| super::scope::Named { name: Some(column.name.clone()), id })
            .collect();
        let mut scope = Scope::new(None);
        for alias in ["new", "old"] {
            scope.relations.push(Visible {
                columns: known.clone(),
                refused: false,
                ..super::from::refused_relation(Some(alias.to_owned()))
            });
        }
        self.views.push(Frame::elsewhere(&table.name, &trigger.origin, self.at(span)));
        let mut understood = true;
        for (column, expr) in assigned {
            if owner.is_some_and(|owner| owner.name == *column) {
                understood = false;
            }
            match parse_expression(expr, self.dialect()) {
                Ok(expr) => {
                    self.in_row_block(|this| this.expr(&expr, &scope));
                }
                Err(_) => understood = false,
            }
        }
        self.views.pop();
        if !understood || self.diagnostics.len() > before {
            self.diagnostics.truncate(before);
            self.refuse_effect(&what, table, &trigger.origin, span);
        }
    }

    fn refuse_effect(&mut self, what: &str, table: &Table, origin: &Origin, span: Span) {
        let (file, line) = (origin.file.display().to_string(), origin.line);
        let diagnostic = self.refuse(
            Code::Trigger,
            span,
            format!("{what} on `{}` fires here, and what it does is not understood", table.name.name),
        );
        diagnostic.notes.push(format!("it is created in {file}:{line}"));
        diagnostic.help = vec!["only `before` row triggers that assign pure expressions to `new` are understood; do this write in central work".to_owned()];
    }
}

fn fires(trigger: &Trigger, table: &Table, event: Event<'_>) -> bool {
    match event {
        Event::Insert => trigger.on_insert,
        Event::Delete => trigger.on_delete,
        Event::Update(columns) => trigger.on_update.as_ref().is_some_and(|listed| {
            listed.is_empty()
                || columns
                    .iter()
                    .filter_map(|&index| table.columns.get(index))
                    .any(|column| listed.contains(&column.name))
        }),
    }
}
