//! Operators: equality, which the proof rests on, and those that are known to be pure.

use sqlparser::ast::{
    self, Array, BinaryOperator, OrderByExpr, OrderByOptions, OrderBySort, Spanned, UnaryOperator,
};

use super::Lowerer;
use super::expr::{lenient, not, row_members, strict};
use super::scope::Scope;
use crate::parse::span_of;
use crate::plan::{Expr, Identity};
use crate::{Code, Dialect, Span};

impl<'a> Lowerer<'a> {
    /// A chain of binary operators, which the parser builds leaning to the left: walked without recursion.
    pub(super) fn binary(&mut self, expr: &ast::Expr, scope: &Scope<'_>) -> Expr {
        let mut chain = Vec::new();
        let mut leftmost = expr;
        while let ast::Expr::BinaryOp { left, op, right } = leftmost {
            self.check_precedence(leftmost);
            chain.push((left.as_ref(), op, right.as_ref()));
            leftmost = left;
        }
        let mut lowered = None;
        for (left, op, right) in chain.into_iter().rev() {
            lowered = Some(self.binary_op(lowered, left, op, right, scope));
        }
        lowered.unwrap_or_else(Expr::opaque)
    }

    /// One operator; `done` is its left operand if that was an operator too and is lowered already.
    pub(super) fn binary_op(
        &mut self,
        done: Option<Expr>,
        left: &ast::Expr,
        op: &BinaryOperator,
        right: &ast::Expr,
        scope: &Scope<'_>,
    ) -> Expr {
        if matches!(op, BinaryOperator::Eq | BinaryOperator::NotEq) {
            let equal = match done {
                None => self.equality(left, right, scope),
                Some(done) => {
                    let right_expr = self.expr(right, scope);
                    self.note_equality(&done, &right_expr, left, right);
                    Expr::Eq(Box::new(done), Box::new(right_expr))
                }
            };
            return match (op, equal) {
                (BinaryOperator::NotEq, Expr::Eq(left, right)) => Expr::NotEq(left, right),
                (BinaryOperator::NotEq, other) => not(other),
                (_, equal) => equal,
            };
        }
        let left_expr = match done {
            Some(done) => done,
            None => self.expr(left, scope),
        };
        let right_expr = self.expr(right, scope);
        match op {
            BinaryOperator::And => match left_expr {
                Expr::And(mut operands) => {
                    operands.push(right_expr);
                    Expr::And(operands)
                }
                left => Expr::And(vec![left, right_expr]),
            },
            BinaryOperator::Or => match left_expr {
                Expr::Or(mut operands) => {
                    operands.push(right_expr);
                    Expr::Or(operands)
                }
                left => Expr::Or(vec![left, right_expr]),
            },
            BinaryOperator::Spaceship if self.dialect() == Dialect::Mysql => {
                self.note_equality(&left_expr, &right_expr, left, right);
                Expr::Same(Box::new(left_expr), Box::new(right_expr))
            }
            _ => {
                match self.operator_is_strict(op, |this, spelled| this.between(left, spelled, right)) {
                    Some(true) => match left_expr {
                        // Flat, so that a chain of ten thousand terms is no deep tree.
                        Expr::Opaque {
                            mut operands,
                            strict: true,
                        } => {
                            operands.push(right_expr);
                            strict(operands)
                        }
                        left => strict(vec![left, right_expr]),
                    },
                    Some(false) | None => lenient(vec![left_expr, right_expr]),
                }
            }
        }
    }

    /// Whether an operator other than `=`, `<>`, `and`, `or` is strict; `None`, and refused where `place` says it stands, if it is not
    /// known.
    pub(super) fn operator_is_strict(
        &mut self,
        op: &BinaryOperator,
        place: impl FnOnce(&Self, &str) -> Span,
    ) -> Option<bool> {
        let spelled = op.to_string();
        if self.catalog.operators.contains(&spelled) {
            let span = place(self, &spelled);
            self.refuse_own_operator(&spelled, span);
            return None;
        }
        if *op == BinaryOperator::StringConcat && self.casts_to_text() {
            let span = place(self, &spelled);
            self.refuse(
                Code::UnknownOperator,
                span,
                "`||` casts its operands to text, for which the migrations define a cast of their own",
            )
            .help = vec!["join the texts with `concat`, which casts nothing".to_owned()];
            return None;
        }
        let known = match op {
            _ if self.dialect() == Dialect::Mysql => super::mysql::operator::is_strict(op),
            BinaryOperator::Plus
            | BinaryOperator::Minus
            | BinaryOperator::Multiply
            | BinaryOperator::Divide
            | BinaryOperator::Modulo
            | BinaryOperator::Gt
            | BinaryOperator::Lt
            | BinaryOperator::GtEq
            | BinaryOperator::LtEq
            | BinaryOperator::BitwiseOr
            | BinaryOperator::BitwiseAnd => Some(true),
            // PostgreSQL's arrays swallow a null: `null || '{x}'` is `{x}`.
            BinaryOperator::StringConcat => Some(self.dialect() == Dialect::Sqlite),
            BinaryOperator::PGBitwiseXor
            | BinaryOperator::PGBitwiseShiftLeft
            | BinaryOperator::PGBitwiseShiftRight
            | BinaryOperator::PGExp
            | BinaryOperator::PGOverlap
            | BinaryOperator::PGRegexMatch
            | BinaryOperator::PGRegexIMatch
            | BinaryOperator::PGRegexNotMatch
            | BinaryOperator::PGRegexNotIMatch
            | BinaryOperator::PGLikeMatch
            | BinaryOperator::PGILikeMatch
            | BinaryOperator::PGNotLikeMatch
            | BinaryOperator::PGNotILikeMatch
            | BinaryOperator::PGStartsWith
            | BinaryOperator::Arrow
            | BinaryOperator::LongArrow
            | BinaryOperator::HashArrow
            | BinaryOperator::HashLongArrow
            | BinaryOperator::AtAt
            | BinaryOperator::AtArrow
            | BinaryOperator::ArrowAt
            | BinaryOperator::HashMinus
            | BinaryOperator::AtQuestion
            | BinaryOperator::Question
            | BinaryOperator::QuestionAnd
            | BinaryOperator::QuestionPipe
            | BinaryOperator::Overlaps
            | BinaryOperator::LtDashGt
            | BinaryOperator::AndLt
            | BinaryOperator::AndGt
            | BinaryOperator::PipeGtGt
            | BinaryOperator::LtLtPipe
            | BinaryOperator::AndLtPipe
            | BinaryOperator::PipeAndGt
            | BinaryOperator::LtCaret
            | BinaryOperator::GtCaret
            | BinaryOperator::DoubleHash
            | BinaryOperator::TildeEq
            | BinaryOperator::Glob => Some(false),
            BinaryOperator::Regexp
            | BinaryOperator::Match
            | BinaryOperator::Spaceship
            | BinaryOperator::Eq
            | BinaryOperator::NotEq
            | BinaryOperator::And
            | BinaryOperator::Or
            | BinaryOperator::Xor
            | BinaryOperator::BitwiseXor
            | BinaryOperator::DuckIntegerDivide
            | BinaryOperator::MyIntegerDivide
            | BinaryOperator::Custom(_)
            | BinaryOperator::PGCustomBinaryOperator(_)
            | BinaryOperator::QuestionHash
            | BinaryOperator::QuestionDash
            | BinaryOperator::QuestionDashPipe
            | BinaryOperator::QuestionDoublePipe
            | BinaryOperator::At
            | BinaryOperator::Assignment => None,
        };
        if known.is_none() {
            let span = place(self, &spelled);
            self.refuse(
                Code::UnknownOperator,
                span,
                format!("the operator `{spelled}` is not known to be pure"),
            );
        }
        known
    }

    fn refuse_own_operator(&mut self, spelled: &str, span: Span) {
        self.refuse(
            Code::UnknownOperator,
            span,
            format!("the migrations define an operator `{spelled}` of their own"),
        )
        .help = vec![format!(
            "name the built-in one with its schema: `operator(pg_catalog.{spelled})`"
        )];
    }

    /// The expressions of an `order by`. `using` an operator sorts as that one's operator class says.
    pub(super) fn sorted_by<'q>(&mut self, order_by: &'q [OrderByExpr]) -> Vec<&'q ast::Expr> {
        order_by
            .iter()
            .map(
                |OrderByExpr {
                     expr,
                     options: OrderByOptions { sort, nulls_first: _ },
                     with_fill,
                 }| {
                    let span = span_of(expr.span());
                    match sort {
                        None | Some(OrderBySort::Asc | OrderBySort::Desc) => {}
                        Some(OrderBySort::Using(_)) => {
                            self.unsupported(span, "`order by .. using`");
                        }
                    }
                    if with_fill.is_some() {
                        self.unsupported(span, "`with fill`");
                    }
                    expr
                },
            )
            .collect()
    }

    /// Where an operator stands between its operands; the right operand where that cannot be said.
    fn between(&self, left: &ast::Expr, spelled: &str, right: &ast::Expr) -> Span {
        let (left, right) = (span_of(left.span()), span_of(right.span()));
        let gap = self.text().get(left.end as usize..right.start as usize);
        match gap.and_then(|gap| gap.find(spelled)) {
            Some(at) => {
                let start = left.end + u32::try_from(at).unwrap_or_default();
                Span::new(start, start + u32::try_from(spelled.len()).unwrap_or_default())
            }
            None => right,
        }
    }

    /// `left = right` of two operands that are no operators: rows member by member. A row inside a row is a value, which
    /// PostgreSQL compares as a whole: there null equals null.
    pub(super) fn equality(&mut self, left: &ast::Expr, right: &ast::Expr, scope: &Scope<'_>) -> Expr {
        if let (Some(a), Some(b)) = (row_members(left), row_members(right))
            && a.len() == b.len()
        {
            let pairs = a
                .into_iter()
                .zip(b)
                .map(|(a, b)| {
                    if self.dialect() == Dialect::Postgres && (is_row(a) || is_row(b)) {
                        lenient(self.exprs([a, b], scope))
                    } else {
                        self.equality(a, b, scope)
                    }
                })
                .collect();
            return Expr::And(pairs);
        }
        if let (Some(a), Some(b)) = (whole_number(left), whole_number(right)) {
            return Expr::Bool(a == b);
        }
        let mut left_expr = self.expr(left, scope);
        let mut right_expr = self.expr(right, scope);
        self.settle_argument(&left_expr, &mut right_expr, right);
        self.settle_argument(&right_expr, &mut left_expr, left);
        self.note_equality(&left_expr, &right_expr, left, right);
        Expr::Eq(Box::new(left_expr), Box::new(right_expr))
    }

    /// An argument that stands in several places, beside a column that argument types compare inexactly with: the text that
    /// runs casts it to the column's type, so that it is one value everywhere.
    fn settle_argument(&mut self, column: &Expr, argument: &mut Expr, text: &ast::Expr) {
        let (Expr::Col(column), Expr::Param(number), Dialect::Postgres) =
            (column, &*argument, self.dialect())
        else {
            return;
        };
        let info = self.arena.info(*column);
        if info.exact_argument || info.identity != Some(Identity::Int) {
            return;
        }
        let mut text = text;
        while let ast::Expr::Nested(inner) = text {
            text = inner;
        }
        let ast::Expr::Value(value) = text else { return };
        let ast::Value::Placeholder(name) = &value.value else {
            return;
        };
        if self
            .arguments
            .get(name.as_str())
            .is_some_and(|known| known.repeated)
        {
            self.casts.push(span_of(value.span));
            *argument = Expr::Cast(*number, Identity::Int);
        }
    }

    pub(super) fn in_list(
        &mut self,
        operand: &ast::Expr,
        list: &[ast::Expr],
        negated: bool,
        scope: &Scope<'_>,
    ) -> Expr {
        if list.is_empty() {
            // False or true, whatever the operand is; but what it calls is called.
            return lenient(vec![self.expr(operand, scope)]);
        }
        let mut members: Vec<Expr> = list
            .iter()
            .map(|member| self.equality(operand, member, scope))
            .collect();
        let found = match members.len() {
            1 => members.remove(0),
            _ => Expr::Or(members),
        };
        if negated { not(found) } else { found }
    }

    /// `x op any (..)`: of a subquery with `=` it is `in`; of an array of expressions it is `in` their list. Rows in an array
    /// are values, compared as a whole: there null equals null.
    pub(super) fn any(
        &mut self,
        left: &ast::Expr,
        op: &BinaryOperator,
        right: &ast::Expr,
        scope: &Scope<'_>,
    ) -> Expr {
        if let BinaryOperator::Eq = op {
            match right {
                ast::Expr::Subquery(subquery) => return self.in_subquery(left, subquery, scope),
                ast::Expr::Array(Array { elem, named: _ }) if !is_row(left) && !elem.iter().any(is_row) => {
                    return self.in_list(left, elem, false, scope);
                }
                _ => {}
            }
        }
        self.quantified(left, op, right, scope)
    }

    /// `x op all (..)`: of a subquery with `<>` it is `not in`.
    pub(super) fn all(
        &mut self,
        left: &ast::Expr,
        op: &BinaryOperator,
        right: &ast::Expr,
        scope: &Scope<'_>,
    ) -> Expr {
        if let (BinaryOperator::NotEq, ast::Expr::Subquery(subquery)) = (op, right) {
            return not(self.in_subquery(left, subquery, scope));
        }
        self.quantified(left, op, right, scope)
    }

    pub(super) fn quantified(
        &mut self,
        left: &ast::Expr,
        op: &BinaryOperator,
        right: &ast::Expr,
        scope: &Scope<'_>,
    ) -> Expr {
        if !matches!(op, BinaryOperator::Eq | BinaryOperator::NotEq) {
            self.operator_is_strict(op, |this, spelled| this.between(left, spelled, right));
        }
        let left = self.expr(left, scope);
        let right = match right {
            ast::Expr::Subquery(subquery) => {
                let (query, first, _) = self.subquery(subquery, scope);
                Expr::Query {
                    query: Box::new(query),
                    first,
                }
            }
            other => self.expr(other, scope),
        };
        lenient(vec![left, right])
    }

    pub(super) fn unary(&mut self, op: UnaryOperator, operand: &ast::Expr, scope: &Scope<'_>) -> Expr {
        let lowered = self.expr(operand, scope);
        let spelled = op.to_string();
        if self.catalog.operators.contains(&spelled) {
            self.refuse_own_operator(&spelled, span_of(operand.span()));
            return Expr::opaque();
        }
        match op {
            // Under `HIGH_NOT_PRECEDENCE` MySQL reads `not a <=> b` as `(not a) <=> b`: only what is closed by itself is
            // negated for certain.
            UnaryOperator::Not if self.dialect() == Dialect::Mysql && !is_closed(operand) => {
                lenient(vec![lowered])
            }
            UnaryOperator::Not => not(lowered),
            UnaryOperator::BangNot if self.dialect() == Dialect::Mysql => not(lowered),
            UnaryOperator::Plus | UnaryOperator::Minus | UnaryOperator::BitwiseNot => strict(vec![lowered]),
            UnaryOperator::AtDashAt
            | UnaryOperator::BangNot
            | UnaryOperator::DoubleAt
            | UnaryOperator::Hash
            | UnaryOperator::PGAbs
            | UnaryOperator::PGCubeRoot
            | UnaryOperator::PGPostfixFactorial
            | UnaryOperator::PGPrefixFactorial
            | UnaryOperator::PGSquareRoot
            | UnaryOperator::QuestionDash
            | UnaryOperator::QuestionPipe => {
                let span = span_of(operand.span());
                self.refuse(
                    Code::UnknownOperator,
                    span,
                    format!("the operator `{op}` is not known to be pure"),
                );
                Expr::opaque()
            }
        }
    }
}

fn is_row(expr: &ast::Expr) -> bool {
    row_members(expr).is_some()
}

/// A whole number that every server compares as one.
fn whole_number(expr: &ast::Expr) -> Option<u32> {
    match expr {
        ast::Expr::Value(value) => match &value.value {
            ast::Value::Number(digits, _) => digits.parse().ok(),
            _ => None,
        },
        _ => None,
    }
}

/// Whether no precedence can take anything out of `operand`: a parenthesis, a call, a name.
const fn is_closed(operand: &ast::Expr) -> bool {
    matches!(
        operand,
        ast::Expr::Nested(_)
            | ast::Expr::Function(_)
            | ast::Expr::Identifier(_)
            | ast::Expr::CompoundIdentifier(_)
            | ast::Expr::Exists {
                subquery: _,
                negated: false
            }
    )
}
