//! Expressions.

use sqlparser::ast::{
    self, AccessExpr, Array, BinaryOperator, CastKind, CeilFloorKind, Interval, Spanned, Subscript, Value,
};

use super::Lowerer;
use super::scope::Scope;
use crate::catalog::Relation;
use crate::parse::{precedence, span_of};
use crate::plan::{ColId, Expr};
use crate::{Code, Dialect, Span};

/// A pure operator whose result is null as soon as an operand is.
pub(super) fn strict(operands: Vec<Expr>) -> Expr {
    Expr::Opaque {
        operands,
        strict: true,
    }
}

/// Any other pure function of its operands.
pub(super) fn lenient(operands: Vec<Expr>) -> Expr {
    Expr::Opaque {
        operands,
        strict: false,
    }
}

pub(super) fn not(operand: Expr) -> Expr {
    Expr::Not(Box::new(operand))
}

impl<'a> Lowerer<'a> {
    /// Lowers an expression.
    pub(super) fn expr(&mut self, expr: &ast::Expr, scope: &Scope<'_>) -> Expr {
        if let ast::Expr::Identifier(ident) = expr {
            return self.identifier(ident, scope);
        }
        if let ast::Expr::BinaryOp { .. } = expr {
            return self.binary(expr, scope);
        }
        if !self.enter(Span::default()) {
            self.leave();
            return Expr::opaque();
        }
        self.check_precedence(expr);
        let lowered = self.node(expr, scope);
        self.leave();
        lowered
    }

    pub(super) fn exprs<'e>(
        &mut self,
        exprs: impl IntoIterator<Item = &'e ast::Expr>,
        scope: &Scope<'_>,
    ) -> Vec<Expr> {
        exprs.into_iter().map(|expr| self.expr(expr, scope)).collect()
    }

    /// The server must build the same tree from the same tokens.
    pub(super) fn check_precedence(&mut self, expr: &ast::Expr) {
        if let Err(diagnostic) = precedence::check(expr, self.dialect()) {
            let added = self.refuse(diagnostic.code, diagnostic.span, diagnostic.message);
            added.label = diagnostic.label;
            added.help = diagnostic.help;
        }
    }

    fn node(&mut self, expr: &ast::Expr, scope: &Scope<'_>) -> Expr {
        match expr {
            ast::Expr::Identifier(ident) => self.identifier(ident, scope),
            ast::Expr::BinaryOp { .. } => self.binary(expr, scope),
            ast::Expr::CompoundIdentifier(idents) => self.compound_identifier(idents, scope),
            ast::Expr::Nested(inner) => self.expr(inner, scope),
            ast::Expr::Value(value) if self.may_be_a_name(expr, scope) => self.unsupported(
                span_of(value.span),
                "a boolean literal beside a column of that name",
            ),
            ast::Expr::Value(value) => self.value(&value.value, span_of(value.span)),
            ast::Expr::IsNull(operand) => {
                let operand = self.expr(operand, scope);
                not(Expr::IsNotNull(Box::new(operand)))
            }
            ast::Expr::IsNotNull(operand) => {
                // Of a row value it asks for every member; of anything else for the value.
                let operand = self.expr(operand, scope);
                Expr::IsNotNull(Box::new(operand))
            }
            ast::Expr::IsTrue(operand)
            | ast::Expr::IsNotTrue(operand)
            | ast::Expr::IsFalse(operand)
            | ast::Expr::IsNotFalse(operand)
                if self.may_be_a_name(expr, scope) =>
            {
                self.expr(operand, scope);
                self.unsupported(
                    span_of(expr.span()),
                    "a boolean literal beside a column of that name",
                )
            }
            ast::Expr::IsTrue(operand) => Expr::IsTrue(Box::new(self.expr(operand, scope))),
            ast::Expr::IsNotTrue(operand) => not(Expr::IsTrue(Box::new(self.expr(operand, scope)))),
            ast::Expr::IsFalse(operand) => Expr::IsTrue(Box::new(not(self.expr(operand, scope)))),
            ast::Expr::IsNotFalse(operand) => not(Expr::IsTrue(Box::new(not(self.expr(operand, scope))))),
            ast::Expr::IsUnknown(operand) | ast::Expr::IsNotUnknown(operand) => {
                lenient(vec![self.expr(operand, scope)])
            }
            ast::Expr::IsDistinctFrom(left, right) => not(self.null_safe(left, right, scope)),
            ast::Expr::IsNotDistinctFrom(left, right) => self.null_safe(left, right, scope),
            ast::Expr::IsJson {
                expr,
                kind: _,
                unique_keys: _,
                negated: _,
            }
            | ast::Expr::IsNormalized {
                expr,
                form: _,
                negated: _,
            } => lenient(vec![self.expr(expr, scope)]),
            ast::Expr::InList { expr, list, negated } => self.in_list(expr, list, *negated, scope),
            ast::Expr::InSubquery {
                expr,
                subquery,
                negated,
            } => {
                let found = self.in_subquery(expr, subquery, scope);
                if *negated { not(found) } else { found }
            }
            ast::Expr::Between {
                expr: operand,
                negated,
                low,
                high,
            } => {
                let operators = if *negated {
                    [BinaryOperator::Lt, BinaryOperator::Gt]
                } else {
                    [BinaryOperator::GtEq, BinaryOperator::LtEq]
                };
                self.stands_for(&operators, span_of(expr.span()));
                let operand = self.expr(operand, scope);
                let bounds = [low, high].map(|bound| {
                    let bound = self.expr(bound, scope);
                    strict(vec![operand.clone(), bound])
                });
                let between = Expr::And(bounds.to_vec());
                if *negated { not(between) } else { between }
            }
            ast::Expr::Like {
                negated,
                any,
                expr: operand,
                pattern,
                escape_char,
            } => {
                let operator = if *negated {
                    BinaryOperator::PGNotLikeMatch
                } else {
                    BinaryOperator::PGLikeMatch
                };
                self.pattern(operand, *any, operator, pattern, escape_char.as_deref(), scope)
            }
            ast::Expr::ILike {
                negated,
                any,
                expr: operand,
                pattern,
                escape_char,
            } => {
                let operator = if *negated {
                    BinaryOperator::PGNotILikeMatch
                } else {
                    BinaryOperator::PGILikeMatch
                };
                self.pattern(operand, *any, operator, pattern, escape_char.as_deref(), scope)
            }
            ast::Expr::SimilarTo {
                negated,
                expr: operand,
                pattern,
                escape_char,
            } => {
                let operator = if *negated {
                    BinaryOperator::PGRegexNotMatch
                } else {
                    BinaryOperator::PGRegexMatch
                };
                self.pattern(operand, false, operator, pattern, escape_char.as_deref(), scope)
            }
            ast::Expr::AnyOp {
                left,
                compare_op,
                right,
                is_some: _,
            } => self.any(left, compare_op, right, scope),
            ast::Expr::AllOp {
                left,
                compare_op,
                right,
            } => self.all(left, compare_op, right, scope),
            ast::Expr::UnaryOp { op, expr } => self.unary(*op, expr, scope),
            ast::Expr::Cast {
                kind,
                expr: operand,
                data_type,
                format,
            } => {
                if format.is_some() || !matches!(kind, CastKind::Cast | CastKind::DoubleColon) {
                    return self.unsupported(span_of(expr.span()), "this form of `cast`");
                }
                self.cast(operand, data_type, scope)
            }
            ast::Expr::AtTimeZone { timestamp, time_zone } => {
                strict(self.exprs([timestamp.as_ref(), time_zone.as_ref()], scope))
            }
            ast::Expr::Extract {
                field: _,
                syntax: _,
                expr,
            } => strict(vec![self.expr(expr, scope)]),
            ast::Expr::Ceil { expr: operand, field } | ast::Expr::Floor { expr: operand, field } => {
                match field {
                    CeilFloorKind::DateTimeField(_) | CeilFloorKind::Scale(_) => {
                        strict(vec![self.expr(operand, scope)])
                    }
                }
            }
            ast::Expr::Position { expr, r#in } => strict(self.exprs([expr.as_ref(), r#in.as_ref()], scope)),
            ast::Expr::Substring {
                expr,
                substring_from,
                substring_for,
                special,
                shorthand,
            } => {
                // With commas it is looked up like any function.
                let called = if *shorthand { "substr" } else { "substring" };
                if *special {
                    self.refuse_own(called, span_of(expr.span()));
                }
                let operands = [Some(expr), substring_from.as_ref(), substring_for.as_ref()];
                strict(self.exprs(operands.into_iter().flatten().map(AsRef::as_ref), scope))
            }
            ast::Expr::Trim {
                trim_where: _,
                trim_what,
                expr,
                trim_characters,
            } => {
                let mut operands = self.exprs(
                    [Some(expr), trim_what.as_ref()]
                        .into_iter()
                        .flatten()
                        .map(AsRef::as_ref),
                    scope,
                );
                operands.extend(self.exprs(trim_characters.iter().flatten(), scope));
                strict(operands)
            }
            ast::Expr::Overlay {
                expr,
                overlay_what,
                overlay_from,
                overlay_for,
            } => {
                let operands = [
                    Some(expr),
                    Some(overlay_what),
                    Some(overlay_from),
                    overlay_for.as_ref(),
                ];
                strict(self.exprs(operands.into_iter().flatten().map(AsRef::as_ref), scope))
            }
            ast::Expr::Collate {
                expr: operand,
                collation,
            } => {
                let exact = self
                    .collation_name(collation)
                    .and_then(|name| self.collation_is_exact(&name));
                let operand = self.expr(operand, scope);
                if exact.is_none() {
                    return self.unsupported(span_of(expr.span()), &format!("the collation `{collation}`"));
                }
                if self.dialect() == Dialect::Mysql
                    && let Expr::Col(column) = operand
                    && !self.arena.info(column).collatable
                {
                    // A number becomes a text, which compares with a number as a float.
                    return strict(vec![operand]);
                }
                Expr::Collated(Box::new(operand), exact == Some(true))
            }
            ast::Expr::TypedString(typed) => {
                if typed.uses_odbc_syntax || self.cast_info(&typed.data_type).is_none() {
                    let what = format!("a literal of type `{}`", typed.data_type);
                    return self.unsupported(span_of(expr.span()), &what);
                }
                Expr::Constant
            }
            ast::Expr::Interval(Interval {
                value,
                leading_field: _,
                leading_precision: _,
                last_field: _,
                fractional_seconds_precision: _,
            }) => strict(vec![self.expr(value, scope)]),
            ast::Expr::Function(function) => self.function(function, span_of(expr.span()), scope),
            ast::Expr::Case {
                case_token: _,
                end_token: _,
                operand,
                conditions,
                else_result,
            } => {
                let mut operands: Vec<Expr> = self.exprs(operand.as_deref(), scope);
                for when in conditions {
                    operands.push(self.expr(&when.condition, scope));
                    operands.push(self.expr(&when.result, scope));
                }
                operands.extend(self.exprs(else_result.as_deref(), scope));
                lenient(operands)
            }
            ast::Expr::Exists { subquery, negated } => {
                let (query, first, _) = self.subquery(subquery, scope);
                let exists = Expr::Exists {
                    query: Box::new(query),
                    first,
                };
                if *negated { not(exists) } else { exists }
            }
            ast::Expr::Subquery(subquery) => {
                let (query, first, columns) = self.subquery(subquery, scope);
                match columns.as_slice() {
                    [column] => Expr::Scalar {
                        query: Box::new(query),
                        column: *column,
                        first,
                    },
                    _ => Expr::Query {
                        query: Box::new(query),
                        first,
                    },
                }
            }
            ast::Expr::Tuple(members) => lenient(self.exprs(members, scope)),
            ast::Expr::Array(Array { elem, named: _ }) => lenient(self.exprs(elem, scope)),
            ast::Expr::CompoundFieldAccess { root, access_chain } => {
                self.field_access(root, access_chain, scope)
            }
            ast::Expr::RLike {
                negated: _,
                expr: operand,
                pattern,
                regexp: _,
            } if self.dialect() == Dialect::Mysql => {
                strict(self.exprs([operand.as_ref(), pattern.as_ref()], scope))
            }
            ast::Expr::Convert {
                is_try: false,
                expr: operand,
                data_type,
                charset: _,
                target_before_value: false,
                styles,
            } if self.dialect() == Dialect::Mysql && styles.is_empty() => {
                let operand = self.expr(operand, scope);
                if let Some(ty) = data_type
                    && self.cast_info(ty).is_none()
                {
                    return self.unsupported(span_of(expr.span()), &format!("a conversion to `{ty}`"));
                }
                strict(vec![operand])
            }
            ast::Expr::Prefixed { prefix, value } if self.dialect() == Dialect::Mysql => {
                let literal = matches!(value.as_ref(), ast::Expr::Value(_));
                let value = self.expr(value, scope);
                if !literal || !prefix.value.starts_with('_') || !matches!(value, Expr::Constant) {
                    return self.unsupported(span_of(expr.span()), "this form of literal");
                }
                Expr::Constant
            }
            ast::Expr::MemberOf(ast::MemberOf { value, array }) if self.dialect() == Dialect::Mysql => {
                lenient(self.exprs([value.as_ref(), array.as_ref()], scope))
            }
            ast::Expr::MatchAgainst { .. } => {
                self.refuse(
                    Code::UnsupportedSql,
                    span_of(expr.span()),
                    "`match .. against` weighs words by how often they occur in the rows of all tenants",
                )
                .help = vec!["search with `like`, or in an index of the tenant's own".to_owned()];
                Expr::opaque()
            }
            ast::Expr::JsonAccess { .. }
            | ast::Expr::InUnnest { .. }
            | ast::Expr::RLike { .. }
            | ast::Expr::Convert { .. }
            | ast::Expr::Prefixed { .. }
            | ast::Expr::GroupingSets(_)
            | ast::Expr::Cube(_)
            | ast::Expr::Rollup(_)
            | ast::Expr::Struct { .. }
            | ast::Expr::Named { .. }
            | ast::Expr::Dictionary(_)
            | ast::Expr::Map(_)
            | ast::Expr::Wildcard(_)
            | ast::Expr::QualifiedWildcard(..)
            | ast::Expr::OuterJoin(_)
            | ast::Expr::Prior(_)
            | ast::Expr::Lambda(_)
            | ast::Expr::MemberOf(_) => self.unsupported(span_of(expr.span()), "this expression"),
        }
    }

    pub(super) fn null_safe(&mut self, left: &ast::Expr, right: &ast::Expr, scope: &Scope<'_>) -> Expr {
        let left_expr = self.expr(left, scope);
        let right_expr = self.expr(right, scope);
        self.note_equality(&left_expr, &right_expr, left, right);
        Expr::Same(Box::new(left_expr), Box::new(right_expr))
    }

    pub(super) fn in_subquery(
        &mut self,
        operand: &ast::Expr,
        subquery: &ast::Query,
        scope: &Scope<'_>,
    ) -> Expr {
        let left = match row_members(operand) {
            Some(members) => self.exprs(members, scope),
            None => vec![self.expr(operand, scope)],
        };
        let (query, first, columns) = self.subquery(subquery, scope);
        self.note_membership(&left, &columns, operand);
        Expr::In {
            left,
            query: Box::new(query),
            columns,
            first,
        }
    }

    /// Null as soon as the operand or the pattern is.
    fn pattern(
        &mut self,
        operand: &ast::Expr,
        any: bool,
        operator: BinaryOperator,
        pattern: &ast::Expr,
        escape: Option<&ast::Expr>,
        scope: &Scope<'_>,
    ) -> Expr {
        let span = span_of(operand.span());
        if any {
            return self.unsupported(span, "`like any`");
        }
        self.stands_for(&[operator], span);
        let mut operands = self.exprs([operand, pattern], scope);
        let escape = self.exprs(escape, scope);
        if !escape.is_empty() {
            operands.push(lenient(escape));
        }
        strict(operands)
    }

    /// PostgreSQL reads the words as these operators, whoever made them.
    fn stands_for(&mut self, operators: &[BinaryOperator], span: Span) {
        if self.dialect() == Dialect::Postgres {
            for operator in operators {
                self.operator_is_strict(operator, |_, _| span);
            }
        }
    }

    /// A cast of `$tenant` to a type that keeps ids apart is still `$tenant`; a cast of anything else is a new value.
    fn cast(&mut self, operand: &ast::Expr, ty: &ast::DataType, scope: &Scope<'_>) -> Expr {
        let Some(info) = self.cast_info(ty) else {
            self.expr(operand, scope);
            return self.unsupported(span_of(operand.span()), &format!("a cast to `{ty}`"));
        };
        if let ast::Expr::Value(value) = operand
            && matches!(&value.value, Value::Placeholder(text) if text == "$tenant")
            && self.views.is_empty()
        {
            let Some(tenant) = info
                .tenant_type
                .filter(|_| info.identity == Some(self.tenant_identity()))
            else {
                // Bound as its own type, then cast by the server: some other value.
                return lenient(vec![Expr::Tenant]);
            };
            self.tenant_types.push((span_of(value.span), tenant));
            return Expr::Tenant;
        }
        if let ast::Expr::Value(value) = operand
            && let Value::Placeholder(text) = &value.value
            && text != "$tenant"
            && let Some(identity) = self.cast_identity(ty)
        {
            return Expr::Cast(self.param(text, span_of(value.span)), identity);
        }
        // No cast makes something of a null.
        strict(vec![self.expr(operand, scope)])
    }

    /// `(row).field` and `array[i]`. PostgreSQL reads `(x).f` as the function call `f(x)` where the row has no such
    /// field, so the name must be a column that the schema knows and no function.
    fn field_access(&mut self, root: &ast::Expr, chain: &[AccessExpr], scope: &Scope<'_>) -> Expr {
        let mut operands = vec![self.expr(root, scope)];
        for access in chain {
            match access {
                AccessExpr::Dot(ast::Expr::Identifier(ident)) => {
                    let name = self.fold(ident);
                    let function = self.catalog.functions.contains_key(&name)
                        || crate::functions::lookup(self.dialect(), &name).is_some();
                    if function || !self.is_column_name(&name) {
                        let span = span_of(ident.span);
                        return self.unsupported(span, &format!("`.{name}` on a row value"));
                    }
                }
                AccessExpr::Dot(other) => {
                    return self.unsupported(span_of(other.span()), "this field access");
                }
                AccessExpr::Subscript(Subscript::Index { index }) => operands.push(self.expr(index, scope)),
                AccessExpr::Subscript(Subscript::Slice {
                    lower_bound,
                    upper_bound,
                    stride,
                }) => {
                    for bound in [lower_bound, upper_bound, stride].into_iter().flatten() {
                        operands.push(self.expr(bound, scope));
                    }
                }
            }
        }
        lenient(operands)
    }

    pub(super) fn is_column_name(&self, name: &str) -> bool {
        self.catalog.relations.values().any(|relation| match relation {
            Relation::Table(table) => table.columns.iter().any(|column| column.name == name),
            Relation::View(_) | Relation::Opaque { .. } => false,
        })
    }

    /// A subquery in an expression: its plan, its first column, its output columns.
    pub(super) fn subquery(
        &mut self,
        query: &ast::Query,
        scope: &Scope<'_>,
    ) -> (crate::plan::Rel, ColId, Vec<ColId>) {
        let first = self.arena.next();
        let lowered = self.query(query, Some(scope));
        let columns = lowered.columns.iter().map(|column| column.id).collect();
        (lowered.rel, first, columns)
    }
}

/// The members of a row value: `(a, b)` or `row(a, b)`.
pub(super) fn row_members(expr: &ast::Expr) -> Option<Vec<&ast::Expr>> {
    match expr {
        ast::Expr::Tuple(members) => Some(members.iter().collect()),
        ast::Expr::Nested(inner) => row_members(inner),
        ast::Expr::Function(function) => {
            if !super::function::is_row(function) {
                return None;
            }
            super::function::plain_arguments(function)
        }
        _ => None,
    }
}
