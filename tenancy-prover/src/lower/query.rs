//! Queries: `with`, bodies, set operations, `values`, ordering, limits, locks.

use sqlparser::ast::{
    self, Fetch, LimitClause, LockClause, Offset, OrderBy, OrderByKind, Query, SetExpr, SetOperator,
    SetQuantifier, Spanned, Statement, Values,
};

use super::Lowerer;
use super::block::{Block, Clause};
use super::scope::{Name, Named, Scope};
use crate::parse::span_of;
use crate::plan::{ColId, ColInfo, Expr, Rel, SetOp, SetOutput};
use crate::{Code, Dialect, Span};

/// A lowered query: its plan and the columns that names outside can reach.
pub(super) struct LoweredQuery {
    pub(super) rel: Rel,
    pub(super) columns: Vec<Named>,
}

impl LoweredQuery {
    pub(super) const fn nothing() -> Self {
        Self {
            rel: Rel::Unit,
            columns: Vec::new(),
        }
    }
}

impl<'a> Lowerer<'a> {
    /// The whole statement is a query.
    pub(super) fn root_query(&mut self, query: &Query) -> Rel {
        self.query(query, None).rel
    }

    /// A query; `parent` holds the names of its surroundings.
    pub(super) fn query(&mut self, query: &Query, parent: Option<&Scope<'_>>) -> LoweredQuery {
        if !self.enter(span_of(query.body.span())) {
            self.leave();
            return LoweredQuery::nothing();
        }
        let lowered = self.query_inner(query, parent);
        self.leave();
        lowered
    }

    fn query_inner(&mut self, query: &Query, parent: Option<&Scope<'_>>) -> LoweredQuery {
        let Query {
            with,
            body,
            order_by,
            limit_clause,
            fetch,
            locks,
            for_clause,
            settings,
            format_clause,
            pipe_operators,
        } = query;
        if for_clause.is_some() || settings.is_some() || format_clause.is_some() || !pipe_operators.is_empty()
        {
            self.unsupported(span_of(body.span()), "a clause of another dialect");
        }
        self.reads &= locks.is_empty();
        let first = self.arena.next();
        let bindings = self.bindings.len();
        let mut definitions = Vec::new();
        if let Some(with) = with {
            definitions = self.with(with, parent);
            if let SetExpr::Select(_) = body.as_ref() {
                self.show_added(bindings);
            }
        }
        let order = self.order_exprs(order_by.as_ref());
        let mut lowered = self.body(body, &order, locks, parent);
        let mut bounds = self.limit_exprs(limit_clause.as_ref());
        if let Some(Fetch {
            with_ties: _,
            percent,
            quantity,
        }) = fetch
        {
            if *percent {
                self.unsupported(Span::default(), "`fetch .. percent`");
            }
            bounds.push(quantity.as_ref());
        }
        if !bounds.is_empty() {
            // SQLite resolves them without any surroundings.
            let around = if self.dialect() == Dialect::Sqlite {
                None
            } else {
                parent
            };
            let empty = Scope::new(around);
            let bounds = self.in_row_block(|this| this.exprs(bounds.into_iter().flatten(), &empty));
            lowered.rel = Rel::Limit {
                input: Box::new(lowered.rel),
                first,
                bounds,
            };
        }
        if with.is_some() {
            self.finish_with(bindings, &mut definitions);
            lowered.rel = Rel::With {
                definitions,
                body: Box::new(lowered.rel),
            };
        }
        lowered
    }

    /// Lowers expressions that stand in no `select`: no aggregates, no windows.
    pub(super) fn in_row_block<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> T {
        self.blocks.push(Block::new(self.arena.next(), Clause::Row));
        let result = run(self);
        self.blocks.pop();
        result
    }

    fn order_exprs<'q>(&mut self, order_by: Option<&'q OrderBy>) -> Vec<&'q ast::Expr> {
        let Some(OrderBy { kind, interpolate }) = order_by else {
            return Vec::new();
        };
        if interpolate.is_some() {
            self.unsupported(Span::default(), "`interpolate`");
        }
        match kind {
            OrderByKind::All(_) => {
                self.unsupported(Span::default(), "`order by all`");
                Vec::new()
            }
            OrderByKind::Expressions(exprs) => self.sorted_by(exprs),
        }
    }

    fn limit_exprs<'q>(&mut self, clause: Option<&'q LimitClause>) -> Vec<Option<&'q ast::Expr>> {
        match clause {
            None => Vec::new(),
            Some(LimitClause::LimitOffset {
                limit,
                offset,
                limit_by,
            }) => {
                if !limit_by.is_empty() {
                    self.unsupported(Span::default(), "`limit by`");
                }
                // `offset 0` drops no row: it is written to keep a planner from merging queries.
                let offset = offset
                    .as_ref()
                    .map(|Offset { value, rows: _ }| value)
                    .filter(|value| super::select::ordinal(value) != Some(0));
                if limit.is_none() && offset.is_none() {
                    Vec::new()
                } else {
                    vec![limit.as_ref(), offset]
                }
            }
            Some(LimitClause::OffsetCommaLimit { offset, limit }) => vec![Some(offset), Some(limit)],
        }
    }

    fn body(
        &mut self,
        body: &SetExpr,
        order: &[&ast::Expr],
        locks: &[LockClause],
        parent: Option<&Scope<'_>>,
    ) -> LoweredQuery {
        match body {
            SetExpr::Select(select) => self.select(select, order, locks, parent),
            SetExpr::Query(query) => {
                let lowered = self.query(query, parent);
                self.refuse_locks(locks);
                self.order_over(lowered, order, parent)
            }
            SetExpr::SetOperation {
                op,
                set_quantifier,
                left,
                right,
            } => {
                let lowered = self.set_operation(*op, *set_quantifier, left, right, parent);
                self.refuse_locks(locks);
                self.order_over(lowered, order, parent)
            }
            SetExpr::Values(values) => {
                let lowered = self.values(values, parent);
                self.refuse_locks(locks);
                self.order_over(lowered, order, parent)
            }
            SetExpr::Table(table) => {
                self.refuse_locks(locks);
                let lowered = self.table_command(table, parent);
                self.order_over(lowered, order, parent)
            }
            SetExpr::Insert(statement)
            | SetExpr::Update(statement)
            | SetExpr::Delete(statement)
            | SetExpr::Merge(statement) => {
                self.refuse_locks(locks);
                self.writing_body(statement)
            }
        }
    }

    /// `with .. insert|update|delete|merge`, or such a statement inside `with`.
    fn writing_body(&mut self, statement: &Statement) -> LoweredQuery {
        self.reads = false;
        match statement {
            Statement::Insert(insert) => self.insert_query(insert),
            Statement::Update(update) => self.update_query(update),
            Statement::Delete(delete) => self.delete_query(delete),
            Statement::Merge(merge) => self.merge_query(merge),
            other => {
                self.refuse_statement(other);
                LoweredQuery::nothing()
            }
        }
    }

    fn refuse_locks(&mut self, locks: &[LockClause]) {
        if !locks.is_empty() {
            self.unsupported(Span::default(), "`for update` on this query");
        }
    }

    /// `order by` over a whole set operation: names and numbers of its output, or expressions over them.
    fn order_over(
        &mut self,
        mut lowered: LoweredQuery,
        order: &[&ast::Expr],
        parent: Option<&Scope<'_>>,
    ) -> LoweredQuery {
        if !order.is_empty() {
            let mut scope = Scope::new(parent);
            scope.columns.clone_from(&lowered.columns);
            let others = self.in_row_block(|this| this.exprs(order.iter().copied(), &scope));
            lowered.rel = Rel::Project {
                input: Box::new(lowered.rel),
                outputs: Vec::new(),
                others,
            };
        }
        lowered
    }

    fn set_operation(
        &mut self,
        op: SetOperator,
        quantifier: SetQuantifier,
        left: &SetExpr,
        right: &SetExpr,
        parent: Option<&Scope<'_>>,
    ) -> LoweredQuery {
        let op = match op {
            SetOperator::Union => SetOp::Union,
            SetOperator::Except | SetOperator::Minus => SetOp::Except,
            SetOperator::Intersect => SetOp::Intersect,
        };
        match quantifier {
            SetQuantifier::All | SetQuantifier::Distinct | SetQuantifier::None => {}
            SetQuantifier::ByName | SetQuantifier::AllByName | SetQuantifier::DistinctByName => {
                self.unsupported(span_of(left.span()), "`by name`");
            }
        }
        if !self.enter(span_of(left.span())) {
            self.leave();
            return LoweredQuery::nothing();
        }
        let first = self.arena.next();
        let left_query = self.body(left, &[], &[], parent);
        let right_query = self.body(right, &[], &[], parent);
        self.leave();
        if left_query.columns.len() != right_query.columns.len() {
            let diagnosed = !self.diagnostics.is_empty();
            if !diagnosed {
                self.refuse(
                    Code::SyntaxError,
                    span_of(right.span()),
                    format!(
                        "both sides need as many columns: {} on the left, {} on the right",
                        left_query.columns.len(),
                        right_query.columns.len()
                    ),
                );
            }
            return LoweredQuery::nothing();
        }
        let (outputs, columns) = self.set_outputs(&left_query.columns, &right_query.columns);
        let rel = Rel::SetOp {
            op,
            left: Box::new(left_query.rel),
            right: Box::new(right_query.rel),
            first,
            outputs,
        };
        LoweredQuery { rel, columns }
    }

    /// The output columns of a set operation or recursion over two arms.
    pub(super) fn set_outputs(&mut self, left: &[Named], right: &[Named]) -> (Vec<SetOutput>, Vec<Named>) {
        let mut outputs = Vec::new();
        let mut columns = Vec::new();
        for (left, right) in left.iter().zip(right) {
            let (a, b) = (self.arena.info(left.id), self.arena.info(right.id));
            let comparable = a.identity.is_some() && a.identity == b.identity;
            let info = if comparable {
                ColInfo {
                    tenant_type: a.tenant_type.and(b.tenant_type),
                    width: a.width.zip(b.width).map(|(a, b)| a.max(b)),
                    exact_argument: a.exact_argument && b.exact_argument,
                    ..a
                }
            } else {
                ColInfo::OPAQUE
            };
            let output = self.arena.column(info);
            if let Some(name) = &left.name {
                self.note_name(output, || name.to_string());
            }
            outputs.push(SetOutput {
                output,
                left: left.id,
                right: right.id,
                comparable,
            });
            columns.push(Named {
                name: left.name.clone(),
                id: output,
                hidden: false,
            });
        }
        (outputs, columns)
    }

    fn values(&mut self, values: &Values, parent: Option<&Scope<'_>>) -> LoweredQuery {
        let Values {
            explicit_row,
            value_keyword,
            rows,
        } = values;
        let mysql = self.dialect() == Dialect::Mysql;
        if (*explicit_row && !mysql) || *value_keyword {
            self.unsupported(Span::default(), "`values row(..)`");
        }
        let scope = Scope::new(parent);
        let rows: Vec<Vec<Expr>> =
            self.in_row_block(|this| rows.iter().map(|row| this.exprs(&row.content, &scope)).collect());
        let width = rows.first().map_or(0, Vec::len);
        if rows.iter().any(|row| row.len() != width) {
            self.refuse(
                Code::SyntaxError,
                Span::default(),
                "the rows of `values` differ in length",
            );
        }
        let mut outputs: Vec<ColId> = Vec::new();
        let mut columns = Vec::new();
        for index in 0..width {
            let tenant = rows
                .iter()
                .all(|row| matches!(row.get(index), Some(Expr::Tenant)));
            let info = if tenant {
                self.tenant_info()
            } else {
                ColInfo::OPAQUE
            };
            let id = self.arena.column(info);
            outputs.push(id);
            // PostgreSQL and SQLite both call them so. MariaDB calls them by what the first row says.
            let name = match (mysql, *explicit_row) {
                (false, _) => Some(Name::from(format!("column{}", index + 1))),
                (true, true) => Some(Name::from(format!("column_{index}"))),
                (true, false) => None,
            };
            columns.push(Named {
                name,
                id,
                hidden: false,
            });
        }
        LoweredQuery {
            rel: Rel::Values { rows, outputs },
            columns,
        }
    }

    /// What is known of a column that holds `$tenant`.
    pub(super) fn tenant_info(&self) -> ColInfo {
        ColInfo {
            identity: Some(self.tenant_identity()),
            tenant_type: Some(self.tenant_type),
            collatable: false,
            width: Some(0),
            exact_argument: self.dialect() == Dialect::Sqlite || self.tenant_type != crate::TenantType::Int8,
        }
    }

    /// `table t`: `select * from t`. The parser does not keep whether the name was quoted.
    fn table_command(&mut self, table: &ast::Table, parent: Option<&Scope<'_>>) -> LoweredQuery {
        let ast::Table {
            table_name,
            schema_name,
        } = table;
        let Some(name) = table_name else {
            self.unsupported(Span::default(), "`table` without a name");
            return LoweredQuery::nothing();
        };
        let plain = |text: &String| {
            text.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        };
        if self.dialect() != Dialect::Postgres || !plain(name) || !schema_name.iter().all(plain) {
            self.unsupported(Span::default(), "`table` with this name");
            return LoweredQuery::nothing();
        }
        let mut scope = Scope::new(parent);
        self.blocks.push(Block::new(self.arena.next(), Clause::From));
        let rel = self.named_relation(
            schema_name.as_deref(),
            name,
            None,
            Span::default(),
            false,
            &mut scope,
        );
        self.blocks.pop();
        scope.columns.retain(|column| !column.hidden);
        LoweredQuery {
            rel,
            columns: scope.columns,
        }
    }
}
