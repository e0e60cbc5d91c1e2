//! `update` and `delete` over a join: several tables may be written, each of which needs its own tenant column known.
//!
//! Every target becomes a write of its own over the same rows. A row that an outer join left out is not written.

use sqlparser::ast::{
    Assignment, AssignmentTarget, Delete, Expr as Ast, FromTable, ObjectName, OrderByExpr, Spanned,
    SqliteOnConflict, TableFactor, TableWithJoins, Update,
};

use super::super::Lowerer;
use super::super::change::Assigned;
use super::super::insert::is_default;
use super::super::names::{name_span, part};
use super::super::query::LoweredQuery;
use super::super::scope::{Locks, Scope};
use crate::catalog::{Relation, Table};
use crate::parse::span_of;
use crate::plan::{ColId, Definition, Expr, Rel, Scan, ScanId, Write, WriteKind};
use crate::{Code, Span};

/// The clauses that both statements have.
struct Joined<'q> {
    from: &'q [TableWithJoins],
    selection: Option<&'q Ast>,
    /// MariaDB alone has these two beside a join.
    order_by: &'q [OrderByExpr],
    limit: Option<&'q Ast>,
    ignore: bool,
}

/// A table that is written.
struct Target<'a> {
    table: &'a Table,
    owner: (ScanId, ColId),
    first: ColId,
    span: Span,
    /// A column that is never null in the table.
    present: Option<ColId>,
}

impl<'a> Lowerer<'a> {
    /// `update a join b on .. set a.x = .., b.y = ..`.
    pub(in crate::lower) fn mysql_update(&mut self, update: &Update) -> LoweredQuery {
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
        if !optimizer_hints.is_empty() || from.is_some() || returning.is_some() || output.is_some() {
            self.unsupported(
                span_of(update_token.0.span),
                "an update clause of another dialect",
            );
        }
        let joined = Joined {
            from: std::slice::from_ref(table),
            selection: selection.as_ref(),
            order_by,
            limit: limit.as_ref(),
            ignore: matches!(or, Some(SqliteOnConflict::Ignore)),
        };
        self.update_joined(&joined, assignments)
    }

    /// `delete a, b from a join b on ..`, `delete from a using a join b`.
    pub(in crate::lower) fn mysql_delete(&mut self, delete: &Delete) -> LoweredQuery {
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
        let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = from;
        let both = !tables.is_empty() && using.is_some();
        if !optimizer_hints.is_empty() || returning.is_some() || output.is_some() || both {
            self.unsupported(span_of(delete_token.0.span), "a delete clause of another dialect");
        }
        let mut names: Vec<&ObjectName> = tables.iter().collect();
        if using.is_some() {
            for item in from {
                match plain_name(item) {
                    Some(name) => names.push(name),
                    None => {
                        self.unsupported(span_of(item.span()), "this target of a delete");
                    }
                }
            }
        }
        let joined = Joined {
            from: using.as_deref().unwrap_or(from),
            selection: selection.as_ref(),
            order_by,
            limit: limit.as_ref(),
            ignore: false,
        };
        self.delete_joined(&joined, &names)
    }

    fn update_joined(&mut self, joined: &Joined<'_>, assignments: &[Assignment]) -> LoweredQuery {
        let (mut scope, rel, others) = self.joined_rows(joined);
        let mut wanted: Vec<(usize, ColId, &Ast)> = Vec::new();
        for Assignment { target, value } in assignments {
            let AssignmentTarget::ColumnName(name) = target else {
                self.unsupported(span_of(value.span()), "several columns in one assignment");
                continue;
            };
            if let Some((relation, column)) = self.joined_column(name, &scope) {
                wanted.push((relation, column, value));
            }
        }
        // In `set` no name of a merged column is needed, and the values see every relation.
        scope.aliases.clear();
        let mut relations: Vec<usize> = wanted.iter().map(|(relation, ..)| *relation).collect();
        relations.sort_unstable();
        relations.dedup();
        let mut writes = Vec::new();
        for relation in relations {
            let Some(mut target) = self.joined_target(relation, &rel, &scope) else {
                continue;
            };
            if joined.limit.is_some() {
                // It counts the rows without a match, too.
                target.present = None;
            }
            let mut assigned = Assigned {
                others: others.clone(),
                ..Assigned::default()
            };
            for &(_, column, value) in wanted.iter().filter(|(at, ..)| *at == relation) {
                let Some(index) = column.0.checked_sub(target.first.0) else {
                    continue;
                };
                let index = index as usize;
                let beside: Vec<ColId> = wanted
                    .iter()
                    .map(|(_, other, _)| *other)
                    .filter(|other| *other != column)
                    .collect();
                let span = span_of(value.span());
                assigned.columns.push(index);
                let elsewhere: Vec<ColId> = wanted
                    .iter()
                    .filter(|(at, ..)| *at != relation)
                    .map(|(_, other, _)| *other)
                    .collect();
                let lowered =
                    self.in_row_block(|this| this.assigned_value(value, &beside, &elsewhere, &scope));
                let lowered = if is_default(value) {
                    if let Some(column) = target.table.columns.get(index) {
                        self.check_default(target.table, column, span);
                    }
                    Expr::opaque()
                } else {
                    lowered
                };
                if !self.assign_owner(index, lowered.clone(), span, target.table, &mut assigned) {
                    assigned.others.push(lowered);
                }
            }
            let columns = self.update_effects(target.table, &assigned.columns, target.span);
            if joined.ignore {
                self.update_ignores(target.table, &columns, target.span);
            }
            writes.push(write(&target, &rel, false, assigned));
        }
        self.all_writes(writes)
    }

    fn delete_joined(&mut self, joined: &Joined<'_>, names: &[&ObjectName]) -> LoweredQuery {
        let (scope, rel, others) = self.joined_rows(joined);
        let mut writes = Vec::new();
        for name in names {
            let span = name_span(name);
            let [Some(ident)] = name.0.iter().map(part).collect::<Vec<_>>()[..] else {
                self.unsupported(span, "this name of a target");
                continue;
            };
            let folded = self.fold(ident);
            let relation = scope
                .relations
                .iter()
                .position(|one| one.alias.as_deref() == Some(folded.as_str()));
            let Some(relation) = relation else {
                self.refuse(
                    Code::UnknownTable,
                    span,
                    format!("no table or alias `{folded}` is in scope here"),
                );
                continue;
            };
            let known = scope.relations.get(relation).and_then(|one| one.spelled.clone());
            if !self.spelled_alike(&ident.value, known.as_deref(), span) {
                continue;
            }
            let Some(mut target) = self.joined_target(relation, &rel, &scope) else {
                continue;
            };
            if joined.limit.is_some() {
                target.present = None;
            }
            self.delete_effects(target.table, target.span);
            let assigned = Assigned {
                others: others.clone(),
                ..Assigned::default()
            };
            writes.push(write(&target, &rel, true, assigned));
        }
        self.all_writes(writes)
    }

    /// The rows that the statement looks at, and what else it evaluates for them.
    fn joined_rows(&mut self, joined: &Joined<'_>) -> (Scope<'static>, Rel, Vec<Expr>) {
        let mut scope = Scope::new(None);
        let mut rel = self.in_from_block(|this| this.from(joined.from, &mut scope));
        if let Some(selection) = joined.selection {
            let predicate = self.in_row_block(|this| this.expr(selection, &scope));
            rel = Rel::Filter {
                input: Box::new(rel),
                predicate,
            };
        }
        let beside: Vec<&Ast> = self
            .sorted_by(joined.order_by)
            .into_iter()
            .chain(joined.limit)
            .collect();
        let others = self.in_row_block(|this| this.exprs(beside, &scope));
        (scope, rel, others)
    }

    /// The relation and the column that an assignment names.
    fn joined_column(&mut self, name: &ObjectName, scope: &Scope<'_>) -> Option<(usize, ColId)> {
        let span = name_span(name);
        let idents: Vec<_> = name.0.iter().map(part).collect::<Option<_>>()?;
        let (table, column) = match idents.as_slice() {
            [column] => (None, self.fold(column)),
            [table, column] => (Some(*table), self.fold(column)),
            _ => {
                self.unsupported(span, "this target of an assignment");
                return None;
            }
        };
        let alias = table.map(|table| self.fold(table));
        let mut found = Vec::new();
        for (index, relation) in scope.relations.iter().enumerate() {
            if relation.refused {
                return None;
            }
            if alias.is_some() && relation.alias != alias {
                continue;
            }
            let columns = relation.columns.iter();
            found.extend(
                columns
                    .filter(|known| known.name.as_deref() == Some(column.as_str()))
                    .map(|known| (index, known.id)),
            );
        }
        match found.as_slice() {
            [(relation, id)] => {
                let known = scope.relations.get(*relation).and_then(|one| one.spelled.clone());
                let alike =
                    table.is_none_or(|table| self.spelled_alike(&table.value, known.as_deref(), span));
                alike.then_some((*relation, *id))
            }
            [] => {
                self.refuse(
                    Code::UnknownColumn,
                    span,
                    format!("there is no column `{column}`"),
                );
                None
            }
            _ => {
                self.refuse(
                    Code::AmbiguousColumn,
                    span,
                    format!("column `{column}` is ambiguous"),
                );
                None
            }
        }
    }

    /// The table behind a relation that is written.
    fn joined_target(&mut self, relation: usize, rel: &Rel, scope: &Scope<'_>) -> Option<Target<'a>> {
        let visible = scope.relations.get(relation)?;
        if visible.refused {
            return None;
        }
        let shown = visible.alias.clone().unwrap_or_default();
        if visible.locks == Locks::Shared("a shared table") {
            self.refuse(
                Code::SharedWrite,
                Span::default(),
                format!("`{shown}` is shared by all tenants, and read-only for each of them"),
            )
            .help = vec!["write it in central work, with `central_query!`".to_owned()];
            return None;
        }
        let scan = visible.columns.first().and_then(|column| scan_of(rel, column.id));
        let target = scan.and_then(|scan| {
            let owner = scan.owned?;
            let info = self.arena.scans.get(owner.0.0 as usize)?;
            let Some(Relation::Table(table)) = self.catalog.relations.get(&info.table) else {
                return None;
            };
            Some(Target {
                table,
                owner,
                first: scan.first,
                span: info.span,
                present: scan.not_null.first().copied(),
            })
        });
        if target.is_none() {
            self.refuse(
                Code::UnsupportedSql,
                Span::default(),
                format!("`{shown}` is no table, and cannot be written together with others"),
            )
            .help = vec!["write to its base table, in a statement of its own".to_owned()];
        }
        target
    }

    /// All writes of one statement, in any order.
    fn all_writes(&mut self, mut writes: Vec<Rel>) -> LoweredQuery {
        let Some(last) = writes.pop() else {
            return LoweredQuery::nothing();
        };
        let mut definitions = Vec::new();
        for rel in writes {
            let cte = self.ctes;
            self.ctes += 1;
            definitions.push(Definition {
                cte,
                rel,
                columns: (ColId(0), ColId(0)),
                outputs: Vec::new(),
                referenced: false,
            });
        }
        let rel = if definitions.is_empty() {
            last
        } else {
            Rel::With {
                definitions,
                body: Box::new(last),
            }
        };
        LoweredQuery {
            rel,
            columns: Vec::new(),
        }
    }
}

fn write(target: &Target<'_>, rel: &Rel, delete: bool, assigned: Assigned) -> Rel {
    let rel = match target.present {
        // A row that an outer join made up has no row of the target that could be written.
        Some(column) => &Rel::Filter {
            input: Box::new(rel.clone()),
            predicate: Expr::IsNotNull(Box::new(Expr::Col(column))),
        },
        None => rel,
    };
    Rel::Write(Box::new(Write {
        span: target.span,
        table: target.table.name.clone(),
        kind: WriteKind::Change {
            source: rel.clone(),
            target: target.owner,
            delete,
            owner: assigned.owner,
            others: assigned.others,
        },
        returning: None,
    }))
}

/// The scan that brings a column into a join.
fn scan_of(rel: &Rel, column: ColId) -> Option<&Scan> {
    match rel {
        Rel::Scan(scan) => (scan.first == column).then_some(scan),
        Rel::Join(join) => scan_of(&join.left, column).or_else(|| scan_of(&join.right, column)),
        Rel::Filter { input, predicate: _ } => scan_of(input, column),
        Rel::Unit
        | Rel::Generate(_)
        | Rel::Values { .. }
        | Rel::Project { .. }
        | Rel::Aggregate(_)
        | Rel::Window { .. }
        | Rel::Distinct { .. }
        | Rel::DistinctOn { .. }
        | Rel::Limit { .. }
        | Rel::Locked(_)
        | Rel::SetOp { .. }
        | Rel::With { .. }
        | Rel::CteRef { .. }
        | Rel::SelfRef { .. }
        | Rel::Recursive(_)
        | Rel::Write(_) => None,
    }
}

/// The name of a table that stands alone, without an alias.
fn plain_name(item: &TableWithJoins) -> Option<&ObjectName> {
    match item {
        TableWithJoins {
            relation:
                TableFactor::Table {
                    name,
                    alias: None,
                    args: None,
                    with_hints,
                    version: None,
                    with_ordinality: false,
                    partitions,
                    json_path: None,
                    sample: None,
                    index_hints,
                },
            joins,
        } if with_hints.is_empty() && partitions.is_empty() && index_hints.is_empty() && joins.is_empty() => {
            Some(name)
        }
        _ => None,
    }
}
