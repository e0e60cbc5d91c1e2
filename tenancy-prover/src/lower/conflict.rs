//! Conflicts that are resolved silently: whoever's row is in the way would decide what happens to ours, so every key
//! that can collide must hold the column that says whose a row is.

use sqlparser::ast::{DoUpdate, OnConflict, OnConflictAction, OnInsert, SqliteOnConflict};

use super::Lowerer;
use super::change::Assigned;
use super::scope::Scope;
use super::through::Written;
use crate::catalog::{ConflictAction, Key, KeyKind, KeyPart, Ownership, Relation, Table};
use crate::parse::Extras;
use crate::plan::ConflictUpdate;
use crate::{Code, Span};

impl<'a> Lowerer<'a> {
    /// `on conflict (..) where predicate`: the predicate only says which partial index is meant, but the server plans it
    /// like any other. Its names are columns of the target; what matters is what it calls.
    pub(super) fn conflict_predicates(&mut self, extras: &Extras) {
        let mut scope = Scope::new(None);
        scope.add(super::from::refused_relation(None));
        for (span, predicate) in &extras.conflict_predicates {
            let lowered = self.in_row_block(|this| this.expr(predicate, &scope));
            if lowered.has_query() {
                self.unsupported(*span, "a subquery in the predicate of a conflict target");
            }
        }
    }

    /// The conflict clauses of an insert, and those in the DDL.
    pub(super) fn conflicts(
        &mut self,
        on: Option<&OnInsert>,
        or: Option<&SqliteOnConflict>,
        replace: bool,
        written: &Written<'a>,
        alias: &str,
        span: Span,
    ) -> Vec<ConflictUpdate> {
        let table = written.table;
        let or_replace = replace || matches!(or, Some(SqliteOnConflict::Replace));
        let or_ignore = matches!(or, Some(SqliteOnConflict::Ignore));
        // What was written before the failure stays.
        let or_fail = matches!(or, Some(SqliteOnConflict::Fail));
        if or_replace || or_ignore || or_fail {
            let what = match (or_replace, or_ignore) {
                (true, _) => "`replace`",
                (_, true) => "`ignore`",
                (false, false) => "`or fail`",
            };
            for key in self.all_keys(table) {
                self.require_owner(table, key, what, span);
            }
        }
        if or_replace {
            // The rows in the way are deleted.
            self.delete_effects(table, span);
        }
        if or.is_none() && !replace {
            for key in self.all_keys(table) {
                self.declared_conflict(table, key, span);
            }
        }
        let mut updates = Vec::new();
        if let Some(on) = on {
            updates.extend(self.on_insert(on, written, alias, span));
        }
        // SQLite takes the first clause that names the key in the way. Each must be safe for whichever it may be.
        for clause in &self.extras.more_conflicts {
            updates.extend(self.on_conflict(clause, written, alias, span));
        }
        updates
    }

    /// An update that assigns columns of a key with a silent conflict clause.
    pub(super) fn update_conflicts(
        &mut self,
        or: Option<&SqliteOnConflict>,
        table: &'a Table,
        columns: &[usize],
        span: Span,
    ) {
        let names: Vec<&str> = columns
            .iter()
            .filter_map(|&index| table.columns.get(index))
            .map(|column| column.name.as_str())
            .collect();
        let touched: Vec<(&Table, &Key)> = self
            .all_keys(table)
            .into_iter()
            .filter(|(holder, key)| {
                key.predicate.is_some()
                    || key.parts.iter().any(|part| match part {
                        KeyPart::Column(index) => holder
                            .columns
                            .get(*index)
                            .is_none_or(|column| names.contains(&column.name.as_str())),
                        KeyPart::Expression(_) => true,
                    })
            })
            .collect();
        match or {
            // What was written before the failure stays.
            Some(SqliteOnConflict::Replace | SqliteOnConflict::Ignore | SqliteOnConflict::Fail) => {
                for key in touched {
                    self.require_owner(
                        table,
                        key,
                        "`update or replace`, `update or ignore` or `update or fail`",
                        span,
                    );
                }
                if matches!(or, Some(SqliteOnConflict::Replace)) {
                    self.delete_effects(table, span);
                }
            }
            Some(SqliteOnConflict::Abort | SqliteOnConflict::Rollback) => {}
            None => {
                for key in touched {
                    self.declared_conflict(table, key, span);
                }
            }
        }
    }

    /// A key whose DDL says `on conflict replace`, `ignore` or `fail`.
    fn declared_conflict(&mut self, table: &'a Table, key: (&'a Table, &Key), span: Span) {
        match key.1.on_conflict {
            Some(ConflictAction::Replace) => {
                if self.require_owner(table, key, "its `on conflict replace` in the schema", span) {
                    self.delete_effects(table, span);
                }
            }
            Some(ConflictAction::Ignore) => {
                self.require_owner(table, key, "its `on conflict ignore` in the schema", span);
            }
            Some(ConflictAction::Fail) => {
                self.require_owner(table, key, "its `on conflict fail` in the schema", span);
            }
            Some(ConflictAction::Rollback | ConflictAction::Abort) | None => {}
        }
    }

    /// The keys of a table and of the tables below it, each with the table that it belongs to.
    pub(super) fn all_keys(&self, table: &'a Table) -> Vec<(&'a Table, &'a Key)> {
        let below = self.below(table);
        std::iter::once(table)
            .chain(below)
            .flat_map(|one| one.keys.iter().map(move |key| (one, key)))
            .collect()
    }

    /// Partitions and inheritance children of a table, at any depth.
    pub(super) fn below(&self, table: &'a Table) -> Vec<&'a Table> {
        let mut found: Vec<&Table> = Vec::new();
        let mut names = vec![&table.name];
        while let Some(name) = names.pop() {
            if !self.known.inherited.contains(name) {
                continue;
            }
            for relation in self.catalog.relations.values() {
                if let Relation::Table(child) = relation
                    && child.parents.contains(name)
                    && !found.iter().any(|known| known.name == child.name)
                {
                    found.push(child);
                    names.push(&child.name);
                }
            }
        }
        found
    }

    /// Whether a key of `holder` (the table or one below it, whose columns may stand in another order) holds the column
    /// that says whose a row of `table` is, compared by identity.
    fn holds_owner(&mut self, table: &'a Table, holder: &Table, key: &Key) -> bool {
        if table.ownership == Ownership::Placed {
            return true;
        }
        let Some(owner) = self.owner_column(table) else {
            return false;
        };
        let Some(name) = table.columns.get(owner.index).map(|column| &column.name) else {
            return false;
        };
        let Some(at) = holder.column_index(name) else {
            return false;
        };
        let exact = holder
            .columns
            .get(at)
            .is_some_and(|column| self.column_info(column).identity.is_some());
        exact && key.kind != KeyKind::Exclusion && key.parts.contains(&KeyPart::Column(at))
    }

    pub(super) fn require_owner(
        &mut self,
        table: &'a Table,
        (holder, key): (&'a Table, &Key),
        what: &str,
        span: Span,
    ) -> bool {
        if self.holds_owner(table, holder, key) {
            if table.ownership == Ownership::Placed {
                return true;
            }
            self.note_conflict_key(holder, key, what, span);
            return true;
        }
        let name = key_name(holder, key);
        let (file, line) = (key.origin.file.display().to_string(), key.origin.line);
        let owner = self
            .owner_column(table)
            .and_then(|owner| table.columns.get(owner.index))
            .map(|column| column.name.clone())
            .unwrap_or_default();
        let diagnostic = self.refuse(
            Code::ConflictKey,
            span,
            format!(
                "another tenant's row may decide what happens here: the {name} of `{}` does not hold `{owner}`, and {what} resolves its conflicts silently",
                table.name.name
            ),
        );
        diagnostic
            .notes
            .push(format!("the key is declared in {file}:{line}"));
        // The others name no key: all of them decide.
        let target = what.starts_with("`do ");
        diagnostic.help = vec![
            if target {
                format!("use a key that holds `{owner}` as the conflict target")
            } else {
                format!("let a migration put `{owner}` into the key")
            },
            "or let the conflict be an error, and handle it".to_owned(),
        ];
        false
    }

    fn on_insert(
        &mut self,
        on: &OnInsert,
        written: &Written<'a>,
        alias: &str,
        span: Span,
    ) -> Option<ConflictUpdate> {
        match on {
            OnInsert::DuplicateKeyUpdate(_) => {
                self.unsupported(span, "`on duplicate key update`");
                None
            }
            OnInsert::OnConflict(clause) => self.on_conflict(clause, written, alias, span),
            // The enum is `non_exhaustive`.
            _ => {
                self.unsupported(span, "this conflict clause");
                None
            }
        }
    }

    fn on_conflict(
        &mut self,
        clause: &OnConflict,
        written: &Written<'a>,
        alias: &str,
        span: Span,
    ) -> Option<ConflictUpdate> {
        let table = written.table;
        let OnConflict {
            conflict_target,
            action,
        } = clause;
        let what = match action {
            OnConflictAction::DoNothing => "`do nothing`",
            OnConflictAction::DoUpdate(_) => "`do update`",
        };
        let arbiters = match conflict_target {
            None => self.all_keys(table),
            Some(target) => self.arbiters(target, written, span)?,
        };
        let mut held = true;
        for key in arbiters {
            held &= self.require_owner(table, key, what, span);
        }
        match action {
            OnConflictAction::DoNothing => None,
            OnConflictAction::DoUpdate(update) => {
                let update = self.do_update(update, written, alias, span);
                held.then_some(update)
            }
        }
    }

    /// Through a view the row that is there, and the one that was to be inserted, are seen as the view shows them; whether
    /// the view shows the row that is there, the server does not ask.
    fn do_update(
        &mut self,
        update: &DoUpdate,
        written: &Written<'a>,
        alias: &str,
        span: Span,
    ) -> ConflictUpdate {
        let table = written.table;
        let DoUpdate {
            assignments,
            selection,
        } = update;
        let row = self.instance(table, Some(alias), span, false);
        let excluded = self.instance(table, Some("excluded"), span, false).proposed();
        let mut scope = Scope::new(None);
        let rowid = self.rowid(table, &row);
        scope.add(written.visible(alias, &row, rowid, || self.opaque_column()));
        // Unqualified names mean the existing row.
        scope
            .relations
            .push(written.visible("excluded", &excluded, None, || self.opaque_column()));
        let (assigned, condition): (Assigned, _) = self.in_row_block(|this| {
            let assigned = this.assignments(assignments, written, &scope);
            let condition = selection.as_ref().map(|selection| this.expr(selection, &scope));
            (assigned, condition)
        });
        let columns = self.update_effects(table, &assigned.columns, span);
        self.update_conflicts(None, table, &columns, span);
        ConflictUpdate {
            row: row.scan,
            excluded: excluded.scan,
            owner: assigned.owner,
            others: assigned.others,
            condition,
        }
    }
}

/// A key as people know it: by its name, or by its columns.
fn key_name(table: &Table, key: &Key) -> String {
    if let Some(name) = &key.name {
        return format!("key `{name}`");
    }
    let parts = key.parts.iter().map(|part| match part {
        KeyPart::Column(index) => table
            .columns
            .get(*index)
            .map_or("?", |column| column.name.as_str()),
        KeyPart::Expression(text) => text.as_str(),
    });
    format!("unique key `({})`", parts.collect::<Vec<_>>().join(", "))
}
