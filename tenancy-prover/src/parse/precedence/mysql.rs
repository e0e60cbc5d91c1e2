//! What only MySQL's grammar has, and what it has in another way.

use sqlparser::ast::{BinaryOperator, DataType, Expr, Interval, MemberOf, TimezoneInfo, Value};

use super::{ATOM, Check, Foreign};
use crate::parse::reserved::is_reserved;

impl Check {
    /// The verdict on a node that the servers' common rules do not cover; `None` for all others.
    pub(super) fn of_mysql(self, expr: &Expr) -> Result<Option<bool>, Foreign> {
        let at = self.levels;
        Ok(Some(match expr {
            // `a + interval 1 day`: the interval is part of the operator, so nothing can bind to it.
            Expr::BinaryOp {
                left,
                op: BinaryOperator::Plus | BinaryOperator::Minus,
                right,
            } if matches!(**right, Expr::Interval(_)) => {
                self.on_left(left, self.binary(&BinaryOperator::Plus)?)?
            }
            Expr::BinaryOp {
                left,
                op: BinaryOperator::Arrow | BinaryOperator::LongArrow,
                right,
            } => {
                let path = matches!(&**right, Expr::Value(value) if is_string(&value.value));
                let column = matches!(**left, Expr::Identifier(_) | Expr::CompoundIdentifier(_));
                if !path || !column {
                    return Err(Foreign);
                }
                true
            }
            Expr::IsUnknown(expr) | Expr::IsNotUnknown(expr) => self.on_left(expr, at.is)?,
            Expr::RLike {
                negated: _,
                expr,
                pattern,
                regexp: _,
            } => self.on_left(expr, at.like)? && self.tighter(pattern, at.like)?,
            Expr::MemberOf(MemberOf { value, array: _ }) => self.on_left(value, at.like)?,
            Expr::AnyOp {
                left,
                compare_op,
                right,
                is_some: _,
            }
            | Expr::AllOp {
                left,
                compare_op,
                right,
            } => {
                if !matches!(**right, Expr::Subquery(_)) {
                    return Err(Foreign);
                }
                self.on_left(left, self.binary(compare_op)?)?
            }
            Expr::Convert {
                is_try: false,
                expr: _,
                data_type: _,
                charset: _,
                target_before_value: false,
                styles,
            } if styles.is_empty() => true,
            Expr::Prefixed { prefix: _, value } => self.level(value)? == ATOM,
            Expr::MatchAgainst {
                columns: _,
                match_value: _,
                opt_search_modifier: _,
            } => true,
            Expr::TypedString(typed) => {
                let temporal = matches!(
                    typed.data_type,
                    DataType::Date
                        | DataType::Time(None, TimezoneInfo::None)
                        | DataType::Timestamp(None, TimezoneInfo::None)
                );
                if !temporal || typed.uses_odbc_syntax || !is_string(&typed.value.value) {
                    return Err(Foreign);
                }
                true
            }
            Expr::Interval(Interval {
                value: _,
                leading_field: Some(_),
                leading_precision: None,
                last_field: None,
                fractional_seconds_precision: None,
            }) => true,
            Expr::Identifier(name)
                if name.quote_style.is_none() && is_reserved(&name.value, self.dialect) =>
            {
                return Err(Foreign);
            }
            // Quoted, the name of a builtin function can be that of a stored one.
            Expr::Function(function) => {
                let quoted = |part: &sqlparser::ast::ObjectNamePart| {
                    part.as_ident().is_some_and(|name| name.quote_style.is_some())
                };
                if function.name.0.len() == 1 && function.name.0.iter().any(quoted) {
                    return Err(Foreign);
                }
                true
            }
            _ => return Ok(None),
        }))
    }
}

fn is_string(value: &Value) -> bool {
    matches!(value, Value::SingleQuotedString(_))
}
