//! `update` and `delete`.

use sqlparser::ast::{
    self, Assignment, AssignmentTarget, Delete, Expr as Ast, FromTable, Spanned, SqliteOnConflict, Statement,
    TableFactor, TableWithJoins, Update, UpdateTableFromKind,
};

use super::Lowerer;
use super::expr::{lenient, row_members};
use super::insert::is_default;
use super::mysql::change::column_named;
use super::names::{name_span, part};
use super::query::LoweredQuery;
use super::scope::{Scope, Visible};
use super::through::Written;
use super::types::identity_of;
use crate::catalog::{ForeignKey, Ownership, Relation, Table};
use crate::config::Isolation;
use crate::parse::span_of;
use crate::plan::{ColId, Expr, Identity, Join, JoinKind, KeyFn, Owner, Rel, Write, WriteKind};
use crate::{Code, Dialect, Span};

/// What the assignments of an update say.
#[derive(Default)]
pub(super) struct Assigned {
    /// Assignments that decide whose the row is.
    pub(super) owner: Vec<(Owner, Span)>,
    pub(super) others: Vec<Expr>,
    /// Every assigned column, by index.
    pub(super) columns: Vec<usize>,
    /// MySQL: the same in the rows that the values are computed from, where they may show the new value.
    pub(super) changed: Vec<ColId>,
}

/// The column that decides whose a row is.
#[derive(Debug, Clone, Copy)]
pub(super) struct OwnerColumn {
    pub(super) index: usize,
    /// For a table owned via its parent.
    pub(super) via: Option<Via>,
}

/// What the value of a foreign key column says of its parent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Via {
    function: Option<KeyFn>,
    identity: Option<Identity>,
}

/// The target of an update, delete or merge.
pub(super) struct TargetTable<'a> {
    pub(super) written: Written<'a>,
    pub(super) alias: String,
    pub(super) span: Span,
    /// The reference and the column that decides whose its rows are.
    pub(super) owner: (crate::plan::ScanId, ColId),
    pub(super) rel: Rel,
    /// The first and one past the last column of the rows.
    pub(super) columns: (ColId, ColId),
    pub(super) visible: Visible,
}

/// The target of an update or delete with the relations beside it.
struct Target<'a, 's> {
    written: Written<'a>,
    alias: String,
    span: Span,
    owner: (crate::plan::ScanId, ColId),
    scope: Scope<'s>,
    rel: Rel,
    /// The relations other than the target.
    others: Vec<Visible>,
}

impl<'a> Lowerer<'a> {
    pub(super) fn update(&mut self, update: &Update) -> Rel {
        self.update_query(update).rel
    }

    pub(super) fn delete(&mut self, delete: &Delete) -> Rel {
        self.delete_query(delete).rel
    }

    pub(super) fn update_query(&mut self, update: &Update) -> LoweredQuery {
        let Update {
            update_token,
            optimizer_hints,
            table,
            assignments,
            from,
            selection,
            returning,
            output,
            or,
            order_by,
            limit,
        } = update;
        let start = span_of(update_token.0.span);
        if !optimizer_hints.is_empty() || output.is_some() {
            self.unsupported(start, "an update clause of another dialect");
        }
        let from = match from {
            None => &[][..],
            Some(UpdateTableFromKind::AfterSet(from)) => from.as_slice(),
            Some(UpdateTableFromKind::BeforeSet(_)) => {
                self.unsupported(start, "`from` before `set`");
                &[]
            }
        };
        let ignore = matches!(or, Some(SqliteOnConflict::Ignore));
        if self.dialect() == Dialect::Mysql && !table.joins.is_empty() {
            return self.mysql_update(update);
        }
        let Some(mut target) = self.target(table, from) else {
            return LoweredQuery::nothing();
        };
        self.filter(&mut target, selection.as_ref());
        let mut assigned =
            self.in_row_block(|this| this.assignments(assignments, &target.written, &target.scope));
        self.order_and_limit(order_by, limit.as_ref(), &target.scope, &mut assigned.others);
        let table = target.written.table;
        let columns = self.update_effects(table, &assigned.columns, target.span);
        if self.dialect() == Dialect::Mysql {
            if ignore {
                self.update_ignores(table, &columns, target.span);
            }
        } else {
            self.update_conflicts(or.as_ref(), table, &columns, target.span);
        }
        self.change(target, false, assigned, returning.as_deref())
    }

    pub(super) fn delete_query(&mut self, delete: &Delete) -> LoweredQuery {
        let Delete {
            delete_token,
            optimizer_hints,
            tables,
            from,
            using,
            selection,
            returning,
            output,
            order_by,
            limit,
        } = delete;
        let start = span_of(delete_token.0.span);
        let mysql = self.dialect() == Dialect::Mysql;
        if !optimizer_hints.is_empty() || (!tables.is_empty() && !mysql) || output.is_some() {
            self.unsupported(start, "a delete clause of another dialect");
        }
        let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = from;
        if mysql && (!tables.is_empty() || using.is_some()) {
            return self.mysql_delete(delete);
        }
        let [table] = from.as_slice() else {
            self.unsupported(start, "deleting from several tables");
            return LoweredQuery::nothing();
        };
        let Some(mut target) = self.target(table, using.as_deref().unwrap_or_default()) else {
            return LoweredQuery::nothing();
        };
        self.filter(&mut target, selection.as_ref());
        let mut assigned = Assigned::default();
        self.order_and_limit(order_by, limit.as_ref(), &target.scope, &mut assigned.others);
        self.delete_effects(target.written.table, target.span);
        self.change(target, true, assigned, returning.as_deref())
    }

    fn change(
        &mut self,
        target: Target<'a, '_>,
        delete: bool,
        assigned: Assigned,
        returning: Option<&[ast::SelectItem]>,
    ) -> LoweredQuery {
        let Target {
            written,
            alias,
            span,
            owner,
            scope: _,
            rel,
            others,
        } = target;
        let mut columns = Vec::new();
        let returning = returning.map(|items| {
            let (returning, named) = self.returning(items, &written, &alias, others, span);
            columns = named;
            returning
        });
        let write = Write {
            span,
            table: written.table.name.clone(),
            kind: WriteKind::Change {
                source: rel,
                target: owner,
                delete,
                owner: assigned.owner,
                others: assigned.others,
            },
            returning,
        };
        LoweredQuery {
            rel: Rel::Write(Box::new(write)),
            columns,
        }
    }

    /// The table that a write names, and its rows.
    pub(super) fn target_table(&mut self, relation: &TableFactor) -> Option<TargetTable<'a>> {
        let TableFactor::Table {
            name,
            alias,
            args: None,
            with_hints,
            version: None,
            with_ordinality: false,
            partitions,
            json_path: None,
            sample: None,
            index_hints,
        } = relation
        else {
            self.unsupported(span_of(relation.span()), "this target of a write");
            return None;
        };
        if !with_hints.is_empty() || !partitions.is_empty() || !index_hints.is_empty() {
            self.unsupported(span_of(relation.span()), "this target of a write");
            return None;
        }
        let first = self.arena.next();
        let mut written = self.written(name)?;
        let mut span = name_span(name);
        let mut shown = written.name().name.clone();
        if let Some(alias) = alias {
            if !alias.columns.is_empty() || alias.at.is_some() {
                self.unsupported(span_of(alias.name.span), "a column list on the target of a write");
            }
            shown = self.fold(&alias.name);
        }
        let (rel, scan, mut visible) = match &mut written.through {
            Some(through) => {
                let rel = std::mem::replace(&mut through.rel, Rel::Unit);
                let visible = through.rows(&shown);
                self.note_names(&shown, &visible.columns);
                (rel, through.scan.clone(), visible)
            }
            None => {
                if let Some(alias) = alias {
                    span = span.union(span_of(alias.name.span));
                }
                let table = written.table;
                let alias_shown = alias.is_some().then_some(shown.as_str());
                let instance = self.instance(table, alias_shown, span, false);
                self.note_table(table, alias_shown, span, &instance);
                let rowid = self.rowid(table, &instance);
                let visible = Visible::of_table(&shown, table, &instance, rowid);
                (Rel::Scan(Box::new(instance.scan.clone())), instance.scan, visible)
            }
        };
        self.note_write(written.table, span);
        if alias.is_some() {
            visible.qualified = None;
        }
        let written_as = match alias {
            Some(alias) => Some(&alias.name),
            None => name.0.last().and_then(part),
        };
        visible.spelled = written_as.map(|ident| ident.value.clone());
        Some(TargetTable {
            written,
            alias: shown,
            span,
            owner: scan.owned?,
            rel,
            columns: (first, self.arena.next()),
            visible,
        })
    }

    /// Two relations of one name in a statement.
    pub(super) fn refuse_target_name(&mut self, shown: &str, beside: &Scope<'_>, span: Span) {
        if beside
            .relations
            .iter()
            .any(|other| other.alias.as_deref() == Some(shown))
        {
            self.refuse(
                Code::AmbiguousColumn,
                span,
                format!("`{shown}` names the target and another table"),
            )
            .help = vec!["give each its own alias".to_owned()];
        }
    }

    /// The target's rows, joined with everything in `from` or `using`.
    fn target(&mut self, item: &TableWithJoins, from: &[TableWithJoins]) -> Option<Target<'a, 'static>> {
        let TableWithJoins { relation, joins } = item;
        if !joins.is_empty() {
            self.unsupported(span_of(relation.span()), "a join as the target of a write");
            return None;
        }
        let TargetTable {
            written,
            alias,
            span,
            owner,
            mut rel,
            columns: left_columns,
            visible,
        } = self.target_table(relation)?;
        let mut beside = Scope::new(None);
        if !from.is_empty() {
            let right_first = self.arena.next();
            let right = self.in_from_block(|this| this.from(from, &mut beside));
            rel = Rel::Join(Box::new(Join {
                kind: JoinKind::Inner,
                left: rel,
                right,
                left_columns,
                right_columns: (right_first, self.arena.next()),
                lateral: false,
                on: Expr::Bool(true),
                merged: Vec::new(),
            }));
        }
        self.refuse_target_name(&alias, &beside, span);
        let others = beside.relations.clone();
        let mut scope = Scope::new(None);
        scope.add(visible);
        scope.columns.extend(beside.columns);
        scope.relations.extend(beside.relations);
        Some(Target {
            written,
            alias,
            span,
            owner,
            scope,
            rel,
            others,
        })
    }

    pub(super) fn in_from_block<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> T {
        self.blocks.push(super::block::Block::new(
            self.arena.next(),
            super::block::Clause::From,
        ));
        let result = run(self);
        self.blocks.pop();
        result
    }

    fn filter(&mut self, target: &mut Target<'a, '_>, selection: Option<&Ast>) {
        if let Some(selection) = selection {
            let predicate = self.in_row_block(|this| this.expr(selection, &target.scope));
            let input = std::mem::replace(&mut target.rel, Rel::Unit);
            target.rel = Rel::Filter {
                input: Box::new(input),
                predicate,
            };
        }
    }

    fn order_and_limit(
        &mut self,
        order_by: &[ast::OrderByExpr],
        limit: Option<&Ast>,
        scope: &Scope<'_>,
        others: &mut Vec<Expr>,
    ) {
        let exprs: Vec<&Ast> = self.sorted_by(order_by).into_iter().chain(limit).collect();
        others.extend(self.in_row_block(|this| this.exprs(exprs, scope)));
    }

    /// The column that decides whose a row is, and how; `None` for a shared table.
    pub(super) fn owner_column(&mut self, table: &'a Table) -> Option<OwnerColumn> {
        match &table.ownership {
            Ownership::Tenant { column, .. } => Some(OwnerColumn {
                index: *column,
                via: None,
            }),
            Ownership::Via { foreign_key } => {
                let key = table.foreign_keys.get(*foreign_key)?;
                let [index] = key.columns.as_slice() else {
                    return None;
                };
                Some(OwnerColumn {
                    index: *index,
                    via: Some(self.via(table, *index, key)),
                })
            }
            Ownership::Placed | Ownership::Shared | Ownership::Unclassified { .. } => None,
        }
    }

    /// How a foreign key column names its parent. A column that converts or cuts what is stored into it may name another
    /// parent than the value did: then nothing is known.
    fn via(&mut self, table: &'a Table, index: usize, key: &'a ForeignKey) -> Via {
        let nothing = Via {
            function: None,
            identity: None,
        };
        let Some(Relation::Table(parent)) = self.catalog.relations.get(&key.parent) else {
            return nothing;
        };
        let [parent_column] = key.parent_columns.as_slice() else {
            return nothing;
        };
        let parent_column = parent
            .column_index(parent_column)
            .and_then(|at| parent.columns.get(at));
        let (Some(own), Some(parent_column)) = (table.columns.get(index), parent_column) else {
            return nothing;
        };
        let identity = self.column_info(own).identity;
        let unchanged = key.validated
            && !key.deferrable
            && identity.is_some()
            && identity == self.column_info(parent_column).identity
            && (self.stored_type(own).modifiers.is_empty() || own.ty == parent_column.ty);
        if !unchanged {
            return nothing;
        }
        Via {
            function: self.key_function(&key.parent, &key.parent_columns),
            identity,
        }
    }

    /// What the value of the owner column decides.
    pub(super) fn owner_of(&self, table: &Table, owner: OwnerColumn, value: Expr) -> Owner {
        if self.isolation == Isolation::Rls {
            // The reference to the table is refused where its policy is not proved.
            return Owner::Checked(value);
        }
        match owner.via {
            Some(Via { function, identity }) => {
                // Of no row a subquery makes null, which must not get in: MySQL may store 0 in its place, SQLite's `or replace`
                // the default, and its rowid the next number.
                let kept = table
                    .columns
                    .get(owner.index)
                    .is_some_and(|column| column.not_null && column.default.is_none() && !column.identity);
                let value = match value {
                    Expr::Scalar { .. } if !kept || self.dialect() == Dialect::Mysql => lenient(vec![value]),
                    value => value,
                };
                Owner::Via(value, function, identity)
            }
            None => {
                // Stored into a column of another type, `$tenant` may become another tenant's id.
                let fits = table.columns.get(owner.index).is_some_and(|column| {
                    self.column_info(column).tenant_type.map(identity_of) == Some(self.tenant_identity())
                        && self.holds_every_id(column)
                });
                Owner::Tenant(if fits { value } else { Expr::opaque() })
            }
        }
    }

    /// `set a = x, (b, c) = (y, z)`.
    pub(super) fn assignments(
        &mut self,
        assignments: &[Assignment],
        written: &Written<'a>,
        scope: &Scope<'_>,
    ) -> Assigned {
        let table = written.table;
        let mut assigned = Assigned::default();
        for Assignment { target, value } in assignments {
            match target {
                AssignmentTarget::ColumnName(name) => {
                    let name = self.assigned_name(name, scope);
                    if let Some(index) = self.target_column(&name, written) {
                        self.assign(index, value, table, scope, &mut assigned);
                    }
                }
                AssignmentTarget::Tuple(names) => {
                    let indexes: Option<Vec<usize>> = names
                        .iter()
                        .map(|name| self.target_column(name, written))
                        .collect();
                    let Some(indexes) = indexes else { continue };
                    match row_members(value) {
                        Some(members) if members.len() == indexes.len() => {
                            for (index, member) in indexes.into_iter().zip(members) {
                                self.assign(index, member, table, scope, &mut assigned);
                            }
                        }
                        _ => {
                            // A subquery: what it yields is not known to be the tenant.
                            let lowered = self.expr(value, scope);
                            assigned.others.push(lowered);
                            for index in indexes {
                                self.assign_owner(
                                    index,
                                    Expr::opaque(),
                                    span_of(value.span()),
                                    table,
                                    &mut assigned,
                                );
                                assigned.columns.push(index);
                            }
                        }
                    }
                }
            }
        }
        assigned
    }

    fn assign(
        &mut self,
        index: usize,
        value: &Ast,
        table: &'a Table,
        scope: &Scope<'_>,
        assigned: &mut Assigned,
    ) {
        assigned.columns.push(index);
        let span = span_of(value.span());
        let earlier = std::mem::take(&mut assigned.changed);
        let lowered = self.assigned_value(value, &earlier, &[], scope);
        assigned.changed = earlier;
        assigned.changed.extend(column_named(scope, table, index));
        if is_default(value) {
            if let Some(column) = table.columns.get(index) {
                self.check_default(table, column, span);
            }
            self.assign_owner(index, Expr::opaque(), span, table, assigned);
            return;
        }
        if !self.assign_owner(index, lowered.clone(), span, table, assigned) {
            assigned.others.push(lowered);
        }
    }

    /// Notes an assignment to the column that decides whose the row is.
    pub(super) fn assign_owner(
        &mut self,
        index: usize,
        value: Expr,
        span: Span,
        table: &'a Table,
        assigned: &mut Assigned,
    ) -> bool {
        match self.owner_column(table) {
            Some(owner) if owner.index == index => {
                if table
                    .columns
                    .get(index)
                    .is_some_and(|column| column.generated.is_some())
                {
                    // MariaDB may take the value, with a warning, and store the expression's.
                    self.refuse(
                        Code::TenantChanged,
                        span,
                        "the column that says whose the row is, is generated: what is assigned to it is not what is stored",
                    )
                    .help = vec!["make it an ordinary column, or do this as central work".to_owned()];
                }
                assigned.owner.push((self.owner_of(table, owner, value), span));
                true
            }
            Some(_) | None => false,
        }
    }

    /// Refuses a statement that is neither a query nor an insert, update or delete.
    pub(super) fn refuse_statement(&mut self, statement: &Statement) {
        let text = statement.to_string();
        let words: Vec<&str> = text.split_whitespace().take(2).collect();
        let shown = words.join(" ").to_ascii_lowercase();
        let shown: String = shown
            .chars()
            .filter(|letter| letter.is_ascii_alphabetic() || matches!(letter, ' ' | '_'))
            .collect();
        self.refuse(
            Code::SessionStatement,
            self.extras.start,
            format!("`{}` is neither a query nor an insert, update or delete", shown.trim()),
        )
        .help = vec![
            "session, schema and transaction statements are not for tenants; use the handle's own methods, a migration, or central work".to_owned(),
        ];
    }
}
