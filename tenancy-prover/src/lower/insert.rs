//! `insert`.

use sqlparser::ast::{
    self, Insert, MysqlInsertPriority, ObjectName, Query, SelectItem, SetExpr, Spanned, SqliteOnConflict,
    TableObject, Values,
};

use super::Lowerer;
use super::mysql::insert::Silent;
use super::names::name_span;
use super::query::LoweredQuery;
use super::scope::{Named, Scope, Visible};
use super::select::ItemValue;
use super::table::Instance;
use super::through::Written;
use crate::catalog::{Ownership, Table};
use crate::parse::span_of;
use crate::plan::{ColId, Expr, Owner, Rel, Returning, Write, WriteKind};
use crate::repair::gap::Gap;
use crate::{Code, Dialect, Span};

/// The rows that an insert brings: their plan and the expressions of each row, where they are listed.
pub(super) struct Source {
    pub(super) rel: Rel,
    pub(super) width: usize,
    /// For `values`: where each cell stands, its lowered expression, and whether it is `default`.
    pub(super) rows: Option<Vec<Vec<(Span, Expr, bool)>>>,
    pub(super) outputs: Vec<ColId>,
}

impl<'a> Lowerer<'a> {
    pub(super) fn insert(&mut self, insert: &Insert) -> Rel {
        self.insert_query(insert).rel
    }

    pub(super) fn insert_query(&mut self, insert: &Insert) -> LoweredQuery {
        let Insert {
            insert_token,
            optimizer_hints,
            or,
            ignore,
            into: _,
            table,
            table_alias,
            columns,
            overwrite,
            source,
            assignments,
            partitioned,
            after_columns,
            has_table_keyword,
            on,
            returning,
            output,
            replace_into,
            priority,
            insert_alias,
            settings,
            format_clause,
            multi_table_insert_type,
            multi_table_into_clauses,
            multi_table_when_clauses,
            multi_table_else_clause,
        } = insert;
        let start = span_of(insert_token.0.span);
        let mysql = self.dialect() == Dialect::Mysql;
        let delayed = matches!(priority, Some(MysqlInsertPriority::Delayed));
        if [
            !optimizer_hints.is_empty(),
            *ignore && !mysql,
            *overwrite,
            !assignments.is_empty() && !mysql,
            partitioned.is_some(),
            !after_columns.is_empty(),
            *has_table_keyword,
            output.is_some(),
            priority.is_some() && !mysql,
            delayed,
            insert_alias.is_some() && !mysql,
            settings.is_some(),
            format_clause.is_some(),
            multi_table_insert_type.is_some(),
            !multi_table_into_clauses.is_empty(),
            !multi_table_when_clauses.is_empty(),
            multi_table_else_clause.is_some(),
        ]
        .contains(&true)
        {
            self.unsupported(start, "an insert clause of another dialect");
        }
        let TableObject::TableName(name) = table else {
            self.unsupported(start, "an insert into something that is no table");
            return LoweredQuery::nothing();
        };
        let span = name_span(name);
        let Some(written) = self.written(name) else {
            return LoweredQuery::nothing();
        };
        let target = written.table;
        let alias = table_alias
            .as_ref()
            .map_or_else(|| written.name().name.clone(), |alias| self.fold(&alias.alias));
        if let Some(through) = &written.through {
            if has_query(&through.rel) {
                self.unsupported(span, "an insert through a view with a subquery");
            }
            if mysql && on.is_some() {
                self.unsupported(span, "`on duplicate key update` of an insert through a view");
            }
        }

        let (set_columns, set) = self.insert_set(assignments);
        let columns = if set.is_some() { &set_columns } else { columns };
        let Some(source) = set.or_else(|| self.source(source.as_deref())) else {
            return LoweredQuery::nothing();
        };
        let Some(indexes) = self.insert_columns(columns, &written, &source, span) else {
            return LoweredQuery::nothing();
        };
        self.note_write(target, span);
        self.check_defaults(target, &indexes, &source, span);
        self.insert_effects(target, span);
        let owner = self.owner(target, &indexes, &source, span);
        let conflict = if mysql {
            let how = Silent {
                on: on.as_ref(),
                ignore: *ignore,
                replace: *replace_into,
                row: insert_alias.as_ref(),
            };
            self.mysql_conflicts(&how, &written, &alias, &indexes, span)
        } else {
            // Of a single row nothing is written before it fails.
            let one = source.rows.as_ref().is_some_and(|rows| rows.len() == 1);
            let or = or
                .as_ref()
                .filter(|or| !(one && matches!(or, SqliteOnConflict::Fail)));
            self.conflicts(on.as_ref(), or, *replace_into, &written, &alias, span)
        };
        let mut columns = Vec::new();
        let returning = returning.as_ref().map(|items| {
            let (returning, named) = self.returning(items, &written, &alias, Vec::new(), span);
            columns = named;
            returning
        });
        let write = Write {
            span,
            table: target.name.clone(),
            kind: WriteKind::Insert {
                source: source.rel,
                owner,
                conflict,
            },
            returning,
        };
        LoweredQuery {
            rel: Rel::Write(Box::new(write)),
            columns,
        }
    }

    fn source(&mut self, query: Option<&Query>) -> Option<Source> {
        let Some(query) = query else {
            // `default values`: one row, no column given.
            return Some(Source {
                rel: Rel::Unit,
                width: 0,
                rows: Some(vec![Vec::new()]),
                outputs: Vec::new(),
            });
        };
        if let SetExpr::Values(values) = query.body.as_ref()
            && query.with.is_none()
            && query.order_by.is_none()
            && query.limit_clause.is_none()
            && query.fetch.is_none()
        {
            return Some(self.listed(values, &Scope::new(None)));
        }
        let lowered = self.query(query, None);
        let outputs: Vec<ColId> = lowered.columns.iter().map(|column| column.id).collect();
        Some(Source {
            rel: lowered.rel,
            width: outputs.len(),
            rows: None,
            outputs,
        })
    }

    /// `values (..), (..)` with `default` among the cells.
    pub(super) fn listed(&mut self, values: &Values, scope: &Scope<'_>) -> Source {
        let Values {
            explicit_row,
            value_keyword,
            rows,
        } = values;
        if (*explicit_row || *value_keyword) && self.dialect() != Dialect::Mysql {
            self.unsupported(Span::default(), "`values row(..)`");
        }
        let cells: Vec<Vec<(Span, Expr, bool)>> = self.in_row_block(|this| {
            rows.iter()
                .map(|row| {
                    row.content
                        .iter()
                        .map(|cell| {
                            let span = span_of(cell.span());
                            if is_default(cell) {
                                (span, Expr::Constant, true)
                            } else {
                                (span, this.expr(cell, scope), false)
                            }
                        })
                        .collect()
                })
                .collect()
        });
        let width = cells.first().map_or(0, Vec::len);
        if cells.iter().any(|row| row.len() != width) {
            self.refuse(
                Code::SyntaxError,
                Span::default(),
                "the rows of `values` differ in length",
            );
        }
        let plain = cells
            .iter()
            .map(|row| row.iter().map(|(_, expr, _)| expr.clone()).collect())
            .collect();
        let rel = Rel::Values {
            rows: plain,
            outputs: Vec::new(),
        };
        Source {
            rel,
            width,
            rows: Some(cells),
            outputs: Vec::new(),
        }
    }

    /// Which column of the table each source column goes to.
    pub(super) fn insert_columns(
        &mut self,
        columns: &[ObjectName],
        written: &Written<'a>,
        source: &Source,
        span: Span,
    ) -> Option<Vec<usize>> {
        let indexes: Vec<usize> = if columns.is_empty() {
            // SQLite leaves generated columns out of the implied list; PostgreSQL counts them.
            let sqlite = self.dialect() == Dialect::Sqlite;
            let table = written.table;
            let given = written.columns().into_iter().filter(|index| {
                !sqlite
                    || index
                        .and_then(|index| table.columns.get(index))
                        .is_some_and(|column| column.generated.is_none())
            });
            let given: Option<Vec<usize>> = given.take(source.width).collect();
            let Some(given) = given else {
                self.refuse_computed(written, span);
                return None;
            };
            given
        } else {
            let mut indexes = Vec::new();
            for column in columns {
                indexes.push(self.target_column(column, written)?);
            }
            indexes
        };
        let twice = indexes
            .iter()
            .enumerate()
            .any(|(at, index)| indexes[..at].contains(index));
        if twice || indexes.len() != source.width {
            if self.diagnostics.is_empty() || twice {
                self.refuse(
                    Code::SyntaxError,
                    span,
                    format!(
                        "{} columns are named, {} values are given",
                        indexes.len(),
                        source.width
                    ),
                );
            }
            return None;
        }
        Some(indexes)
    }

    /// A column of the written table by name.
    pub(super) fn target_column(&mut self, name: &ObjectName, written: &Written<'a>) -> Option<usize> {
        let span = name_span(name);
        let Some(parts) = self.parts(name) else {
            self.unsupported(span, "a string literal in place of a column name");
            return None;
        };
        let column = match parts.as_slice() {
            [column] => column,
            // The table's name may stand before it.
            [table, column] if self.dialect() == Dialect::Mysql && *table == written.name().name => column,
            _ => {
                self.unsupported(
                    span,
                    "a qualified name or a part of a column as the target of a write",
                );
                return None;
            }
        };
        match written.column(column) {
            Some(Some(index)) => Some(index),
            Some(None) => {
                self.refuse_computed(written, span);
                None
            }
            None => {
                self.refuse(
                    Code::UnknownColumn,
                    span,
                    format!("there is no column `{column}` in `{}`", written.name().name),
                );
                None
            }
        }
    }

    fn refuse_computed(&mut self, written: &Written<'a>, span: Span) {
        self.refuse(
            Code::UnsupportedSql,
            span,
            format!(
                "a column of the view `{}` that is computed cannot be written",
                written.name().name
            ),
        );
    }

    /// Columns that take their default must have a harmless one.
    pub(super) fn check_defaults(
        &mut self,
        table: &'a Table,
        indexes: &[usize],
        source: &Source,
        span: Span,
    ) {
        for (index, column) in table.columns.iter().enumerate() {
            let given = indexes.iter().position(|&given| given == index);
            let defaulted = match (given, &source.rows) {
                (None, _) => true,
                (Some(at), Some(rows)) => rows
                    .iter()
                    .any(|row| row.get(at).is_some_and(|(_, _, is_default)| *is_default)),
                (Some(_), None) => false,
            };
            if defaulted {
                self.check_default(table, column, span);
            }
        }
    }

    /// What decides whose the new rows are.
    pub(super) fn owner(
        &mut self,
        table: &'a Table,
        indexes: &[usize],
        source: &Source,
        span: Span,
    ) -> Vec<(Owner, Span)> {
        self.confined(table, span);
        if table.ownership == Ownership::Placed {
            return Vec::new();
        }
        let Some(owner_column) = self.owner_column(table) else {
            self.refuse(
                Code::UnscopedInsert,
                span,
                format!(
                    "what decides whose a new row of `{}` is, is not known",
                    table.name.name
                ),
            );
            return Vec::new();
        };
        let index = owner_column.index;
        let column = table
            .columns
            .get(index)
            .map(|column| column.name.clone())
            .unwrap_or_default();
        let Some(at) = indexes.iter().position(|&given| given == index) else {
            let name = &table.name.name;
            let via = owner_column.via.is_some();
            if table
                .columns
                .get(index)
                .is_some_and(|column| self.is_own_default(table, column))
            {
                return Vec::new();
            }
            if !via {
                let given = indexes.iter().filter_map(|&given| table.columns.get(given));
                self.gaps.push(Gap::Column {
                    span,
                    column: column.clone(),
                    given: given.map(|column| column.name.clone()).collect(),
                });
            }
            let message = if via {
                format!("the new row of `{name}` belongs to nobody: its column `{column}` is not given")
            } else {
                format!("the new row of `{name}` gets no tenant: its column `{column}` is not given")
            };
            self.refuse(Code::UnscopedInsert, span, message).help = vec![if via {
                format!(
                    "name `{column}` among the columns, and take it from a query that confines its parent"
                )
            } else {
                format!("name `{column}` among the columns, and give `$tenant` for it in every row")
            }];
            return Vec::new();
        };
        if table
            .columns
            .get(index)
            .is_some_and(|column| column.generated.is_some())
        {
            // MariaDB may take the value, with a warning, and store the expression's.
            self.refuse(
                Code::UnscopedInsert,
                span,
                format!(
                    "`{column}` of `{}` is generated: what is given for it is not what is stored",
                    table.name.name
                ),
            )
            .help = vec!["make it an ordinary column, or do this as central work".to_owned()];
            return Vec::new();
        }
        let generated = table.columns.get(index).is_some_and(|column| column.identity);
        if self.dialect() == Dialect::Mysql && generated {
            // In place of 0, which may be the tenant's id, and of null.
            self.refuse(
                Code::UnscopedInsert,
                span,
                format!(
                    "the server may make up a number for `{column}` of `{}`, which is `auto_increment`",
                    table.name.name
                ),
            )
            .help = vec![format!(
                "take `auto_increment` off `{column}`, or do this as central work"
            )];
            return Vec::new();
        }
        match &source.rows {
            Some(rows) => rows
                .iter()
                .filter_map(|row| row.get(at))
                .map(|(span, value, _)| (self.owner_of(table, owner_column, value.clone()), *span))
                .collect(),
            None => {
                let Some(&output) = source.outputs.get(at) else {
                    return Vec::new();
                };
                // An argument in the select list is looked at itself: what a condition says of it holds.
                let value = match projected(&source.rel, output) {
                    Some(argument @ (Expr::Param(_) | Expr::Cast(..))) => argument.clone(),
                    _ => Expr::Col(output),
                };
                vec![(self.owner_of(table, owner_column, value), span)]
            }
        }
    }

    /// `returning`: the row as it is now, of which only the tenant is known.
    pub(super) fn returning(
        &mut self,
        items: &[SelectItem],
        written: &Written<'a>,
        alias: &str,
        others: Vec<Visible>,
        span: Span,
    ) -> (Returning, Vec<Named>) {
        let table = written.table;
        let Instance {
            scan,
            columns,
            owner,
            template,
        } = self.instance(table, Some(alias), span, false).unchecked();
        let instance = Instance {
            scan: scan.clone(),
            columns,
            owner,
            template,
        };
        let rowid = self.rowid(table, &instance);
        // SQLite knows the row by the name of its table, whatever its alias is.
        let alias = if self.dialect() == Dialect::Sqlite {
            &table.name.name
        } else {
            alias
        };
        let mut scope = Scope::new(None);
        scope.add(written.visible(alias, &instance, rowid, || self.opaque_column()));
        if self.dialect() == Dialect::Postgres {
            // SQLite's `returning` sees the target alone.
            for other in others {
                scope.add(other);
            }
        }
        let items = self.items(items, &scope);
        let mut outputs = Vec::new();
        let mut named = Vec::new();
        self.in_row_block(|this| {
            for item in items {
                let value = match item.value {
                    ItemValue::Expr(expr) => this.expr(expr, &scope),
                    ItemValue::Column(id) => Expr::Col(id),
                };
                let info = this.value_info(&value);
                let id = this.arena.column(info);
                outputs.push((id, value));
                named.push(Named {
                    name: item.name,
                    id,
                    hidden: false,
                });
            }
        });
        (Returning { row: scan, outputs }, named)
    }
}

/// `default` in place of a value, which the parser takes for a name.
pub(super) fn is_default(expr: &ast::Expr) -> bool {
    matches!(expr, ast::Expr::Identifier(ident)
        if ident.quote_style.is_none() && ident.value.eq_ignore_ascii_case("default"))
}

/// Whether a subquery stands in a view that is written through.
fn has_query(rel: &Rel) -> bool {
    match rel {
        Rel::Filter { input, predicate } => predicate.has_query() || has_query(input),
        Rel::Project { input, .. } => has_query(input),
        _ => false,
    }
}

/// The expression of an output column, where the plan is a plain projection.
fn projected(rel: &Rel, output: ColId) -> Option<&Expr> {
    match rel {
        Rel::Project {
            input,
            outputs,
            others: _,
        } => match outputs.iter().find(|(id, _)| *id == output) {
            Some((_, expr)) => Some(expr),
            None => projected(input, output),
        },
        Rel::Limit { input, .. } => projected(input, output),
        Rel::With { definitions: _, body } => projected(body, output),
        _ => None,
    }
}
