//! Where an operator node stands.

use sqlparser::ast::{Expr, Spanned};

use crate::Span;
use crate::parse::span_of;

/// From the first to the last operand of `expr`, found without recursion: the tree may be deep.
pub(super) fn of(expr: &Expr) -> Span {
    edge(expr, left).union(edge(expr, right))
}

/// The span of the outermost operand that `step` leads to.
fn edge<'a>(expr: &'a Expr, step: impl Fn(&'a Expr) -> Option<&'a Expr>) -> Span {
    let mut at = expr;
    while let Some(next) = step(at) {
        at = next;
    }
    span_of(at.span())
}

fn left(expr: &Expr) -> Option<&Expr> {
    match expr {
        Expr::BinaryOp { left, .. } | Expr::AnyOp { left, .. } | Expr::AllOp { left, .. } => Some(left),
        Expr::IsDistinctFrom(left, _) | Expr::IsNotDistinctFrom(left, _) => Some(left),
        Expr::AtTimeZone { timestamp, .. } => Some(timestamp),
        other => first_operand(other),
    }
}

fn right(expr: &Expr) -> Option<&Expr> {
    match expr {
        Expr::BinaryOp { right, .. } | Expr::AnyOp { right, .. } | Expr::AllOp { right, .. } => Some(right),
        Expr::IsDistinctFrom(_, right) | Expr::IsNotDistinctFrom(_, right) => Some(right),
        Expr::AtTimeZone { time_zone, .. } => Some(time_zone),
        Expr::Between { high, .. } => Some(high),
        Expr::Like { pattern, .. }
        | Expr::ILike { pattern, .. }
        | Expr::SimilarTo { pattern, .. }
        | Expr::RLike { pattern, .. } => Some(pattern),
        other => first_operand(other),
    }
}

fn first_operand(expr: &Expr) -> Option<&Expr> {
    match expr {
        Expr::IsFalse(expr)
        | Expr::IsNotFalse(expr)
        | Expr::IsTrue(expr)
        | Expr::IsNotTrue(expr)
        | Expr::IsNull(expr)
        | Expr::IsNotNull(expr)
        | Expr::IsUnknown(expr)
        | Expr::IsNotUnknown(expr)
        | Expr::Nested(expr)
        | Expr::UnaryOp { expr, .. }
        | Expr::Between { expr, .. }
        | Expr::Like { expr, .. }
        | Expr::ILike { expr, .. }
        | Expr::SimilarTo { expr, .. }
        | Expr::RLike { expr, .. }
        | Expr::InList { expr, .. }
        | Expr::InSubquery { expr, .. }
        | Expr::Collate { expr, .. }
        | Expr::Cast { expr, .. } => Some(expr),
        _ => None,
    }
}
