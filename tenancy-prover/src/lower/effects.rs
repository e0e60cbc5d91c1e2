//! What a write does beyond the row: defaults, triggers, rewrite rules, cascades.

use std::collections::BTreeSet;

use super::Lowerer;
use super::scope::{Name, Named, Scope, Visible};
use super::view::Frame;
use crate::catalog::{
    Column, ForeignKey, Origin, Ownership, QName, ReferentialAction, Relation, Table, Trigger, TriggerEffect,
};
use crate::config::Isolation;
use crate::parse::parse_expression;
use crate::{Code, Dialect, Span};

/// What happens to rows: the columns of an update are those that change, however they come to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Insert,
    Update(BTreeSet<usize>),
    Delete,
}

/// What an expression of the schema speaks of.
#[derive(Debug, Clone, Copy)]
pub(super) enum Evaluated {
    /// The columns of a row.
    Row,
    /// `value`: it belongs to a type.
    Value,
}

/// What was looked at already.
type Seen = BTreeSet<(QName, Event)>;

impl<'a> Lowerer<'a> {
    /// A default that is taken must be pure. Generated keys count over all tenants; that is documented.
    pub(super) fn check_default(&mut self, table: &'a Table, column: &'a Column, span: Span) {
        if let Some(default) = &column.default
            && !column.identity
            && !self.is_own_default(table, column)
            && !self.is_pure(table, Evaluated::Row, default, &column.origin, span)
        {
            self.unsafe_default(table, column, span);
        }
    }

    /// With a schema for each tenant, a foreign key that leaves it for anything but the shared tables asks somebody else's
    /// rows.
    fn refuse_foreign_reference(&mut self, table: &'a Table, span: Span) {
        if self.isolation != Isolation::Schema {
            return;
        }
        let known = |key: &&ForeignKey| self.catalog.relations.contains_key(&key.parent);
        let Some(key) = table.foreign_keys.iter().find(|key| !known(key)) else {
            return;
        };
        let (file, line) = (key.origin.file.display().to_string(), key.origin.line);
        let diagnostic = self.refuse(
            Code::UnknownTable,
            span,
            format!(
                "a foreign key of `{}` refers to `{}`, which neither the tenant's schema nor a shared one holds",
                table.name.name, key.parent
            ),
        );
        diagnostic.notes.push(format!("it is declared in {file}:{line}"));
        diagnostic.help =
            vec!["refer to the tenant's own tables or to those of `shared_migrations`".to_owned()];
    }

    /// Expressions of generated columns, checks and indexes are evaluated by every write.
    fn check_expressions(&mut self, table: &'a Table, span: Span) {
        self.refuse_foreign_reference(table, span);
        for column in &table.columns {
            if let Some(generated) = &column.generated
                && !self.is_pure(table, Evaluated::Row, generated, &column.origin, span)
            {
                self.unsafe_default(table, column, span);
            }
        }
        for check in &table.checks {
            let origin = &check.origin;
            let evaluated = if check.of_type {
                Evaluated::Value
            } else {
                Evaluated::Row
            };
            if !self.is_pure(table, evaluated, &check.text, origin, span) {
                let (file, line) = (origin.file.display().to_string(), origin.line);
                let diagnostic = self.refuse(
                    Code::UnsafeDefault,
                    span,
                    format!(
                        "an expression of a check or an index of `{}` is not known to be pure",
                        table.name.name
                    ),
                );
                diagnostic.notes.push(format!("it is declared in {file}:{line}"));
                diagnostic.help = vec!["declare its functions pure in tenancy.toml, if they are".to_owned()];
            }
        }
    }

    /// Whether an expression of the schema reads nothing but the row.
    pub(super) fn is_pure(
        &mut self,
        table: &'a Table,
        over: Evaluated,
        text: &str,
        origin: &'a Origin,
        span: Span,
    ) -> bool {
        let Ok(expr) = parse_expression(text, self.dialect()) else {
            return false;
        };
        let before = self.diagnostics.len();
        let mut scope = Scope::new(None);
        let mut row = super::from::refused_relation(Some(table.name.name.clone()));
        if self.dialect() == Dialect::Postgres {
            // `t.f` is a call of `f` where the row has no such column.
            match over {
                Evaluated::Row => {
                    row.columns = self.row_of(table);
                    row.qualified = Some(table.name.clone());
                }
                Evaluated::Value => {
                    row.alias = None;
                    row.columns = vec![Named {
                        name: Some(Name::from("value")),
                        id: self.opaque_column(),
                        hidden: false,
                    }];
                }
            }
            row.refused = false;
        }
        scope.add(row);
        self.views
            .push(Frame::elsewhere(&table.name, origin, self.at(span)));
        let lowered = self.in_row_block(|this| this.expr(&expr, &scope));
        self.views.pop();
        let pure = self.diagnostics.len() == before && !lowered.has_query();
        self.diagnostics.truncate(before);
        pure
    }

    /// The columns of a row of which nothing is known.
    fn row_of(&mut self, table: &'a Table) -> Vec<Named> {
        let template = self.template(table);
        let ids = self.opaque_columns(table.columns.len());
        template
            .names
            .iter()
            .zip(ids)
            .map(|((name, _), id)| Named {
                name: Some(Name::clone(name)),
                id,
                hidden: false,
            })
            .collect()
    }

    fn unsafe_default(&mut self, table: &Table, column: &Column, span: Span) {
        let (file, line) = (column.origin.file.display().to_string(), column.origin.line);
        let diagnostic = self.refuse(
            Code::UnsafeDefault,
            span,
            format!(
                "the default or generating expression of `{}.{}` is not known to be pure",
                table.name.name, column.name
            ),
        );
        diagnostic.notes.push(format!("it is declared in {file}:{line}"));
        diagnostic.help = vec![format!("give `{}` a value in the statement", column.name)];
    }

    pub(super) fn insert_effects(&mut self, table: &'a Table, span: Span) {
        let owner = self.owner_name(table);
        self.effects(table, Event::Insert, owner, span, &mut Seen::new());
    }

    /// Looks at what an update does beside assigning `columns`; answers all columns that change.
    pub(super) fn update_effects(&mut self, table: &'a Table, columns: &[usize], span: Span) -> Vec<usize> {
        let owner = self.owner_name(table);
        let changed = self.changed(table, columns);
        let moved = changed
            .iter()
            .filter(|index| !columns.contains(index))
            .any(|&index| {
                table
                    .columns
                    .get(index)
                    .is_some_and(|column| Some(column.name.as_str()) == owner)
            });
        if moved {
            self.refuse(
                Code::TenantChanged,
                span,
                format!(
                    "`{}` is computed from other columns, so this update may give the row to another tenant",
                    owner.unwrap_or_default()
                ),
            );
        }
        self.effects(
            table,
            Event::Update(changed.clone()),
            owner,
            span,
            &mut Seen::new(),
        );
        changed.into_iter().collect()
    }

    pub(super) fn delete_effects(&mut self, table: &'a Table, span: Span) {
        let owner = self.owner_name(table);
        self.effects(table, Event::Delete, owner, span, &mut Seen::new());
    }

    fn owner_name(&mut self, table: &'a Table) -> Option<&'a str> {
        let owner = self.owner_column(table)?;
        table.columns.get(owner.index).map(|column| column.name.as_str())
    }

    /// The columns that change with `columns`: generated ones, those that take the time of the change, and those that
    /// triggers assign.
    fn changed(&self, table: &Table, columns: &[usize]) -> BTreeSet<usize> {
        let mut changed: BTreeSet<usize> = columns.iter().copied().collect();
        let generated = table
            .columns
            .iter()
            .enumerate()
            .filter(|(_, column)| column.generated.is_some() || column.changes_with_others);
        changed.extend(generated.map(|(index, _)| index));
        for trigger in &table.triggers {
            if let (Some(_), TriggerEffect::Assigns(assigned)) = (&trigger.on_update, &trigger.effect) {
                changed.extend(assigned.iter().filter_map(|(name, _)| table.column_index(name)));
            }
        }
        changed
    }

    /// The foreign keys that reference `parent`, each with the table that it belongs to.
    fn children_of(&self, parent: &'a Table) -> impl Iterator<Item = (&'a Table, &'a ForeignKey)> + use<'a> {
        let catalog = self.catalog;
        let children = self.known.children.get(&parent.name).into_iter().flatten();
        let tables = children.filter_map(|name| match catalog.relations.get(name) {
            Some(Relation::Table(table)) => Some(table),
            Some(Relation::View(_) | Relation::Opaque { .. }) | None => None,
        });
        tables.flat_map(|table| {
            let keys = table.foreign_keys.iter().filter(|key| key.parent == parent.name);
            keys.map(move |key| (table, key))
        })
    }

    /// `owner` is the column that decides whose a row is in the table that the statement names.
    fn effects(
        &mut self,
        table: &'a Table,
        event: Event,
        owner: Option<&'a str>,
        span: Span,
        seen: &mut Seen,
    ) {
        if !seen.insert((table.name.clone(), event.clone())) {
            return;
        }
        let catalog = self.catalog;
        // Tables above: an index of a partitioned table is one of its partitions, too, and foreign keys may name any of them.
        let mut above = vec![table];
        let mut index = 0;
        while let Some(one) = above.get(index).copied() {
            for parent in &one.parents {
                if let Some(Relation::Table(parent)) = catalog.relations.get(parent)
                    && !above.iter().any(|known| known.name == parent.name)
                {
                    above.push(parent);
                }
            }
            index += 1;
        }
        if event != Event::Delete || self.dialect() == Dialect::Sqlite {
            for one in &above {
                self.check_expressions(one, span);
            }
        }
        for key in table.foreign_keys.iter().filter(|key| key.runs_code) {
            let checked = match &event {
                Event::Insert => true,
                Event::Update(columns) => key.columns.iter().any(|column| columns.contains(column)),
                Event::Delete => false,
            };
            if checked {
                self.refuse_key_code(table, key, span);
            }
        }
        for rule in &table.rules {
            if rule.event != "select" {
                self.refuse_effect(&format!("the rule `{}`", rule.name), table, &rule.origin, span);
            }
        }
        for trigger in &table.triggers {
            if fires(trigger, table, &event) {
                self.trigger(trigger, table, owner, span);
            }
        }
        // A statement on a partitioned or inherited table reaches the tables below it.
        let inherited = self.known.inherited.contains(&table.name);
        for relation in catalog.relations.values().take_while(|_| inherited) {
            if let Relation::Table(child) = relation
                && child.parents.contains(&table.name)
            {
                let event = match &event {
                    Event::Update(columns) => {
                        let names = columns.iter().filter_map(|&index| table.columns.get(index));
                        let own: Vec<usize> = names
                            .filter_map(|column| child.column_index(&column.name))
                            .collect();
                        Event::Update(self.changed(child, &own))
                    }
                    Event::Insert | Event::Delete => event.clone(),
                };
                if let Event::Update(_) = event {
                    // An update may move a row to another partition, by a delete and an insert.
                    self.effects(child, Event::Insert, owner, span, seen);
                    self.effects(child, Event::Delete, owner, span, seen);
                }
                self.effects(child, event, owner, span, seen);
            }
        }
        if let (Event::Update(_), true) = (&event, inherited) {
            for trigger in &table.triggers {
                if fires(trigger, table, &Event::Insert) || fires(trigger, table, &Event::Delete) {
                    self.trigger(trigger, table, owner, span);
                }
            }
        }
        for one in above {
            self.cascades(one, table, &event, owner, span, seen);
        }
    }

    /// What compares the rows of a foreign key is code of the project's.
    fn refuse_key_code(&mut self, child: &Table, key: &ForeignKey, span: Span) {
        let (file, line) = (key.origin.file.display().to_string(), key.origin.line);
        let diagnostic = self.refuse(
            Code::UnknownOperator,
            span,
            format!(
                "the foreign key of `{}` to `{}` is checked here, with an operator class that the migrations define: its code runs",
                child.name.name, key.parent.name
            ),
        );
        diagnostic
            .notes
            .push(format!("the key is declared in {file}:{line}"));
        diagnostic.help = vec![
            "reference a unique key without an operator class, or do this write in central work".to_owned(),
        ];
    }

    /// Foreign keys to `named` that act on the rows which refer to the changed rows of `table`.
    fn cascades(
        &mut self,
        named: &'a Table,
        table: &'a Table,
        event: &Event,
        owner: Option<&'a str>,
        span: Span,
        seen: &mut Seen,
    ) {
        for (child, key) in self.children_of(named) {
            let action = match event {
                Event::Insert => continue,
                Event::Delete => key.on_delete,
                Event::Update(columns) => {
                    let touched =
                        columns
                            .iter()
                            .filter_map(|&index| table.columns.get(index))
                            .any(|column| {
                                key.parent_columns.contains(&column.name) || key.parent_columns.is_empty()
                            });
                    if !touched {
                        continue;
                    }
                    key.on_update
                }
            };
            if key.runs_code {
                self.refuse_key_code(child, key, span);
                continue;
            }
            if action == ReferentialAction::Restrict {
                continue;
            }
            if !self.stays_inside(table, owner, child, key, action) {
                self.refuse_cascade(named, child, key, action, span);
                continue;
            }
            self.note_cascade(child, key, span);
            let child_owner = self.owner_name(child);
            match (event, action) {
                (Event::Delete, ReferentialAction::Cascade) => {
                    self.effects(child, Event::Delete, child_owner, span, seen);
                }
                _ => {
                    let set = key.set_columns.as_ref().unwrap_or(&key.columns);
                    if action == ReferentialAction::SetDefault {
                        for column in set.iter().filter_map(|&index| child.columns.get(index)) {
                            self.check_default(child, column, span);
                        }
                    }
                    let columns = self.changed(child, set);
                    self.effects(child, Event::Update(columns), child_owner, span, seen);
                }
            }
        }
    }

    /// Whether the rows that a foreign key acts on are the same tenant's, and remain so. `owner` is the owner column of the
    /// changed rows of `table`. The key compares as the columns do: they must tell tenants apart.
    fn stays_inside(
        &self,
        table: &Table,
        owner: Option<&str>,
        child: &Table,
        key: &ForeignKey,
        action: ReferentialAction,
    ) -> bool {
        let nulls = matches!(action, ReferentialAction::SetNull | ReferentialAction::SetDefault);
        match child.ownership {
            Ownership::Tenant { column, .. } => {
                let carries = key
                    .columns
                    .iter()
                    .zip(&key.parent_columns)
                    .any(|(&own, other)| own == column && Some(other.as_str()) == owner);
                let sets_owner = nulls && key.set_columns.as_ref().is_none_or(|set| set.contains(&column));
                let named = owner.and_then(|name| table.column_index(name));
                let both = self.is_exact_owner(child.columns.get(column))
                    && self.is_exact_owner(named.and_then(|at| table.columns.get(at)));
                carries && both && !sets_owner
            }
            Ownership::Via { foreign_key } => {
                !nulls
                    && child
                        .foreign_keys
                        .get(foreign_key)
                        .is_some_and(|owner| std::ptr::eq(owner, key))
            }
            // A key between two of the tenant's own tables does not leave its schema or database; one to a shared table is
            // the same in every tenant's.
            Ownership::Placed => matches!(table.ownership, Ownership::Placed),
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
        let columns: Vec<&str> = key
            .columns
            .iter()
            .filter_map(|&index| child.columns.get(index))
            .map(|column| column.name.as_str())
            .collect();
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
        diagnostic.notes.push(format!(
            "the key of `{}` to `{}` is declared in {file}:{line}",
            child.name.name, table.name.name
        ));
        diagnostic.help = vec![
            "let a migration make the foreign key composite, with the tenant column in it, or take the cascade away"
                .to_owned(),
        ];
    }

    fn trigger(&mut self, trigger: &'a Trigger, table: &'a Table, owner: Option<&str>, span: Span) {
        let what = format!("the trigger `{}`", trigger.name);
        let TriggerEffect::Assigns(assigned) = &trigger.effect else {
            self.refuse_effect(&what, table, &trigger.origin, span);
            return;
        };
        let own = self.owner_name(table);
        let before = self.diagnostics.len();
        let known = self.row_of(table);
        let mut scope = Scope::new(None);
        for alias in ["new", "old"] {
            scope.relations.push(Visible {
                columns: known.clone(),
                refused: false,
                ..super::from::refused_relation(Some(alias.to_owned()))
            });
        }
        self.views
            .push(Frame::elsewhere(&table.name, &trigger.origin, self.at(span)));
        let mut understood = true;
        for (column, expr) in assigned {
            if [owner, own].contains(&Some(column.as_str()))
                || (owner.is_none() && own.is_none() && table.ownership != Ownership::Placed)
            {
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
        } else {
            self.note_trigger(&trigger.name, table, &trigger.origin, span);
        }
    }

    fn refuse_effect(&mut self, what: &str, table: &Table, origin: &Origin, span: Span) {
        let (file, line) = (origin.file.display().to_string(), origin.line);
        let diagnostic = self.refuse(
            Code::Trigger,
            span,
            format!(
                "{what} on `{}` fires here, and what it does is not understood",
                table.name.name
            ),
        );
        diagnostic.notes.push(format!("it is created in {file}:{line}"));
        diagnostic.help = vec!["only `before` row triggers that assign pure expressions to `new` are understood; do this write in central work".to_owned()];
    }
}

fn fires(trigger: &Trigger, table: &Table, event: &Event) -> bool {
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
