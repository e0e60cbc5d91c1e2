//! What a write names: a table, or a view that PostgreSQL writes through to its table.
//!
//! A view is written through if its query is a plain selection from one table or from another such view. An update or
//! delete of the view is one of the rows that its query reads, so the view's own conditions hold of them; an insert goes
//! to the table, and columns that the view does not show take the table's defaults. `with check option` can only make a
//! write fail. Rules and `instead of` triggers do something else, and SQLite has nothing but those.

use sqlparser::ast::{ObjectName, Query, Select, SetExpr, TableFactor, TableWithJoins};

use super::Lowerer;
use super::scope::{Locks, Name, Named, Visible};
use super::table::Instance;
use crate::catalog::{Ownership, QName, Relation, Table, View};
use crate::parse::parse_query;
use crate::plan::{ColId, ColInfo, Expr, Rel, Scan};
use crate::{Code, Dialect, Span};

/// What a write names.
pub(super) struct Written<'a> {
    /// The table whose rows are written.
    pub(super) table: &'a Table,
    /// The view that stands between.
    pub(super) through: Option<Through<'a>>,
}

/// A view that is written through.
pub(super) struct Through<'a> {
    pub(super) view: &'a View,
    /// The rows that it shows, over a scan of the table.
    pub(super) rel: Rel,
    pub(super) scan: Scan,
    pub(super) columns: Vec<Shown>,
}

/// A column of a view.
pub(super) struct Shown {
    name: Option<Name>,
    id: ColId,
    /// The table's column that it is, by index; nothing for a computed one.
    index: Option<usize>,
}

impl<'a> Written<'a> {
    /// A table named directly.
    pub(super) const fn plain(table: &'a Table) -> Self {
        Self { table, through: None }
    }

    /// The name in the statement.
    pub(super) fn name(&self) -> &'a QName {
        match &self.through {
            None => &self.table.name,
            Some(through) => &through.view.name,
        }
    }

    /// The columns in the order of an insert that lists none, each with the table's column that it stands for.
    pub(super) fn columns(&self) -> Vec<Option<usize>> {
        match &self.through {
            None => {
                let columns = self.table.columns.iter().enumerate();
                columns
                    .filter(|(_, column)| !column.invisible)
                    .map(|(index, _)| Some(index))
                    .collect()
            }
            Some(through) => through.columns.iter().map(|column| column.index).collect(),
        }
    }

    /// The column of that name: nothing if there is none; `Some(None)` if it is computed and cannot be written.
    pub(super) fn column(&self, name: &str) -> Option<Option<usize>> {
        match &self.through {
            None => self.table.column_index(name).map(Some),
            Some(through) => through
                .columns
                .iter()
                .find(|column| column.name.as_deref() == Some(name))
                .map(|column| column.index),
        }
    }

    /// The names of a row of the table as the statement sees it; computed columns are new ones of `opaque`.
    pub(super) fn visible(
        &self,
        alias: &str,
        instance: &Instance,
        rowid: Option<ColId>,
        mut opaque: impl FnMut() -> ColId,
    ) -> Visible {
        let Some(through) = &self.through else {
            return Visible::of_table(alias, self.table, instance, rowid);
        };
        let columns = through.columns.iter().map(|column| {
            let shown = column.index.and_then(|index| instance.columns.get(index));
            Named {
                name: column.name.clone(),
                id: shown.copied().unwrap_or_else(&mut opaque),
                hidden: false,
            }
        });
        through.visible(alias, columns.collect())
    }
}

impl Through<'_> {
    /// The names of the rows that the view shows.
    pub(super) fn rows(&self, alias: &str) -> Visible {
        let columns = self.columns.iter().map(|column| Named {
            name: column.name.clone(),
            id: column.id,
            hidden: false,
        });
        self.visible(alias, columns.collect())
    }

    fn visible(&self, alias: &str, columns: Vec<Named>) -> Visible {
        Visible {
            spelled: None,
            alias: Some(alias.to_owned()),
            qualified: Some(self.view.name.clone()),
            columns,
            refused: false,
            locks: Locks::Owned,
            rowid: None,
            uncertain: false,
        }
    }
}

impl<'a> Lowerer<'a> {
    /// The table that a statement writes; refused if it is none, or shared.
    pub(super) fn written(&mut self, name: &ObjectName) -> Option<Written<'a>> {
        let span = super::names::name_span(name);
        let parts = self.parts(name);
        let relation = match parts.as_deref() {
            Some([name]) => self.known_relation(None, name, span)?,
            Some([schema, name]) => self.known_relation(Some(schema), name, span)?,
            _ => {
                self.unsupported(span, "this table name");
                return None;
            }
        };
        match relation {
            Relation::Table(table) => self.may_write(table, span).then_some(Written::plain(table)),
            Relation::View(view) => self.through(view, span),
            Relation::Opaque { what, .. } => {
                let what = what.clone();
                self.refuse(
                    Code::UnclassifiedTable,
                    span,
                    format!("the target is {what}, which is not understood"),
                );
                None
            }
        }
    }

    fn may_write(&mut self, table: &'a Table, span: Span) -> bool {
        if !self.usable(table, span) {
            return false;
        }
        let shared = table.ownership == Ownership::Shared;
        if shared {
            self.refuse(
                Code::SharedWrite,
                span,
                format!(
                    "`{}` is shared by all tenants, and read-only for each of them",
                    table.name.name
                ),
            )
            .help = vec!["write it in central work, with `central_query!`".to_owned()];
        }
        !shared
    }

    fn through(&mut self, view: &'a View, span: Span) -> Option<Written<'a>> {
        let table = match self.base_of(view) {
            Ok(table) => table,
            Err(why) => {
                self.refuse_through(view, why, span);
                return None;
            }
        };
        if !self.may_write(table, span) {
            return None;
        }
        self.note_view(&view.name, &view.name.name, span);
        let (rel, named) = self.in_from_block(|this| this.view_rows(view, span))?;
        let Some(scan) = scan_below(&rel).filter(|_| !computes_by_query(&rel)).cloned() else {
            self.refuse_through(
                view,
                "its query is more than a selection of columns and rows",
                span,
            );
            return None;
        };
        let columns = named.into_iter().map(|column| Shown {
            index: passed(&rel, column.id)
                .and_then(|id| usize::try_from(id.0.checked_sub(scan.first.0)?).ok())
                .filter(|&index| index < table.columns.len()),
            name: column.name,
            id: column.id,
        });
        let columns: Vec<Shown> = columns.collect();
        if let (Some((owned, _)), Ownership::Tenant { column: owner, .. }) = (scan.owned, &table.ownership) {
            let shown = columns.iter().find(|column| column.index == Some(*owner));
            let name = shown.and_then(|column| column.name.clone());
            self.arena.shown.extend(name.map(|name| (owned, name)));
        }
        let through = Through {
            view,
            rel,
            scan,
            columns,
        };
        Some(Written {
            table,
            through: Some(through),
        })
    }

    /// The table below a view, if the server writes through the view and all views between.
    fn base_of(&self, view: &'a View) -> Result<&'a Table, &'static str> {
        if self.dialect() == Dialect::Sqlite {
            return Err("the server writes through no view");
        }
        let mut view = view;
        for _ in 0..16 {
            if view.materialized {
                return Err("it is materialized");
            }
            if !view.triggers.is_empty() || !view.rules.is_empty() {
                return Err("its triggers or rules decide what a write does");
            }
            let query =
                parse_query(&view.query, self.dialect()).map_err(|_| "its query is not understood")?;
            let name = only_table(&query).ok_or("its query is more than a selection from one table")?;
            let relation = match self.parts(name).as_deref() {
                Some([name]) => self.catalog.relation(None, name),
                Some([schema, name]) => self.catalog.relation(Some(schema), name),
                _ => None,
            };
            match relation {
                Some((_, Relation::Table(table))) => return Ok(table),
                Some((_, Relation::View(below))) => view = below,
                Some((_, Relation::Opaque { .. })) | None => {
                    return Err("the table that it reads is not understood");
                }
            }
        }
        Err("it is nested too deep to analyse")
    }

    fn refuse_through(&mut self, view: &View, why: &str, span: Span) {
        let (name, file, line) = (
            &view.name.name,
            view.origin.file.display().to_string(),
            view.origin.line,
        );
        let message = format!("`{name}` is a view that cannot be written through: {why}");
        let diagnostic = self.refuse(Code::UnsupportedSql, span, message);
        diagnostic.notes.push(format!("it is created in {file}:{line}"));
        diagnostic.help = vec!["write to its base table".to_owned()];
    }

    /// A column of which nothing is known.
    pub(super) fn opaque_column(&mut self) -> ColId {
        self.arena.column(ColInfo::OPAQUE)
    }
}

/// The name in `select .. from name [alias] [where ..]`, the only form of a view that is written through.
fn only_table(query: &Query) -> Option<&ObjectName> {
    let plain = query.with.is_none()
        && query.limit_clause.is_none()
        && query.fetch.is_none()
        && query.locks.is_empty();
    let SetExpr::Select(select) = query.body.as_ref() else {
        return None;
    };
    let Select { from, distinct, .. } = select.as_ref();
    match (plain, distinct, from.as_slice()) {
        (
            true,
            None,
            [
                TableWithJoins {
                    relation:
                        TableFactor::Table {
                            name,
                            args: None,
                            sample: None,
                            ..
                        },
                    joins,
                },
            ],
        ) if joins.is_empty() => Some(name),
        _ => None,
    }
}

/// The scan below projections and filters; nothing if anything else stands between.
fn scan_below(rel: &Rel) -> Option<&Scan> {
    match rel {
        Rel::Scan(scan) => Some(scan),
        Rel::Project { input, .. } | Rel::Filter { input, .. } => scan_below(input),
        Rel::Unit
        | Rel::Generate(_)
        | Rel::Values { .. }
        | Rel::Join(_)
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

/// Whether a select list holds a subquery: `returning` would run it once more.
fn computes_by_query(rel: &Rel) -> bool {
    match rel {
        Rel::Project {
            input,
            outputs,
            others,
        } => {
            outputs.iter().any(|(_, value)| value.has_query())
                || others.iter().any(Expr::has_query)
                || computes_by_query(input)
        }
        Rel::Filter { input, predicate: _ } => computes_by_query(input),
        _ => false,
    }
}

/// The column of the scan below that an output is, passed on unchanged.
fn passed(rel: &Rel, id: ColId) -> Option<ColId> {
    match rel {
        Rel::Project {
            input,
            outputs,
            others: _,
        } => match outputs.iter().find(|(output, _)| *output == id) {
            Some((_, Expr::Col(column))) => passed(input, *column),
            Some(_) => None,
            None => passed(input, id),
        },
        Rel::Filter { input, predicate: _ } => passed(input, id),
        _ => Some(id),
    }
}
