//! Where sqlparser's precedences differ from the servers'.
//!
//! sqlparser's PostgreSQL dialect puts `~` beside `=` and `-a ^ b` under the minus, its SQLite dialect `||` beside `*`
//! and `->` below `+`; both take more or less than the server does on the right of `like`, `is` and `between`. So a
//! tree without parentheses is believed only where the server's own table builds the same one.
//!
//! The argument: an operator-precedence grammar builds exactly the tree in which every operand without parentheses
//! binds more tightly than its parent (or as tightly, on the side to which the level associates), and in which a
//! prefix operator stands as an operand only of operators that bind more loosely. Both can be seen at each node and
//! its direct operands, because [`Expr::Nested`] keeps the parentheses.

mod levels;
mod mysql;
mod operand;
mod span;

use sqlparser::ast::{AccessExpr, BinaryOperator, CastKind, Expr, Interval, UnaryOperator, Value};

use super::refusal::{Help, refuse};
use super::reserved::is_reserved;
use crate::{Code, Diagnostic, Dialect};
use levels::{Levels, MYSQL, POSTGRES, SQLITE};

/// Looks at one node and its direct operands: succeeds only if the server's grammar builds the same tree from the
/// same tokens. Constant work for a node; the caller visits all of them.
///
/// # Errors
/// A diagnostic that asks for parentheses, or that names an operator which the server does not have.
pub fn check(expr: &Expr, dialect: Dialect) -> Result<(), Diagnostic> {
    let levels = match dialect {
        Dialect::Postgres => &POSTGRES,
        Dialect::Sqlite => &SQLITE,
        Dialect::Mysql => &MYSQL,
    };
    let check = Check { levels, dialect };
    match check.node(expr) {
        Ok(true) => Ok(()),
        Ok(false) => Err(refuse(
            Code::UnknownOperator,
            span::of(expr),
            "the server may group these operators in another way than they were read",
            "grouping in doubt",
        )
        .help("write parentheses")),
        Err(Foreign) => Err(refuse(
            Code::UnknownOperator,
            span::of(expr),
            "the server's grammar does not have this here, or it is not understood",
            "not understood",
        )
        .help("write it with plain operators and names; a reserved word is quoted to be a name")),
    }
}

/// An operator or construct that the server's grammar does not have.
struct Foreign;

/// How tightly a node holds together, higher is tighter.
type Level = u8;

/// A node that is closed on both sides: a name, a literal, a call, a parenthesis.
const ATOM: Level = Level::MAX;

#[derive(Clone, Copy)]
struct Check {
    levels: &'static Levels,
    dialect: Dialect,
}

impl Check {
    /// Whether the operands of `expr` need no parentheses that they do not have.
    fn node(self, expr: &Expr) -> Result<bool, Foreign> {
        let at = self.levels;
        let postgres = self.dialect == Dialect::Postgres;
        if self.dialect == Dialect::Mysql
            && let Some(verdict) = self.of_mysql(expr)?
        {
            return Ok(verdict);
        }
        Ok(match expr {
            Expr::BinaryOp { left, op, right } => {
                let own = self.binary(op)?;
                self.on_left(left, own)? && self.tighter(right, own)?
            }
            Expr::UnaryOp { op, expr } => {
                let own = self.unary(*op)?;
                let operand = self.level(expr)?;
                operand > own
                    || (operand == own && matches!(**expr, Expr::UnaryOp { .. } | Expr::Exists { .. }))
            }
            Expr::IsFalse(expr)
            | Expr::IsNotFalse(expr)
            | Expr::IsTrue(expr)
            | Expr::IsNotTrue(expr)
            | Expr::IsNull(expr)
            | Expr::IsNotNull(expr) => self.on_left(expr, at.is)?,
            Expr::IsUnknown(expr) | Expr::IsNotUnknown(expr) if postgres => self.on_left(expr, at.is)?,
            Expr::IsDistinctFrom(left, right) | Expr::IsNotDistinctFrom(left, right)
                if self.dialect != Dialect::Mysql =>
            {
                self.on_left(left, at.is)? && self.tighter(right, at.is)?
            }
            Expr::IsNormalized {
                expr,
                form: _,
                negated: _,
            } if postgres => self.on_left(expr, at.is)?,
            Expr::InList {
                expr,
                list: _,
                negated: _,
            }
            | Expr::InSubquery {
                expr,
                subquery: _,
                negated: _,
            } => self.on_left(expr, at.like)?,
            Expr::Between {
                expr,
                negated: _,
                low,
                high,
            } => {
                self.on_left(expr, at.like)? && self.tighter(low, at.like)? && self.tighter(high, at.like)?
            }
            Expr::Like {
                negated: _,
                any: true,
                expr,
                pattern,
                escape_char: None,
            } if postgres => self.on_left(expr, at.like)? && self.level(pattern)? == ATOM,
            Expr::Like {
                negated: _,
                any: false,
                expr,
                pattern,
                escape_char,
            } => self.pattern(expr, pattern, escape_char.as_deref())?,
            Expr::ILike {
                negated: _,
                any: true,
                expr,
                pattern,
                escape_char: None,
            } if postgres => self.on_left(expr, at.like)? && self.level(pattern)? == ATOM,
            Expr::ILike {
                negated: _,
                any: false,
                expr,
                pattern,
                escape_char,
            }
            | Expr::SimilarTo {
                negated: _,
                expr,
                pattern,
                escape_char,
            } if postgres => self.pattern(expr, pattern, escape_char.as_deref())?,
            // `a not regexp b`
            Expr::RLike {
                negated: _,
                expr,
                pattern,
                regexp: true,
            } if self.dialect == Dialect::Sqlite => {
                self.on_left(expr, at.like)? && self.tighter(pattern, at.like)?
            }
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
            } if postgres => self.on_left(left, self.binary(compare_op)?)? && self.quantified(right)?,
            Expr::Cast {
                kind: CastKind::DoubleColon,
                expr,
                data_type: _,
                format: _,
            } if postgres => self.level(expr)? >= at.cast,
            Expr::Cast {
                kind: CastKind::Cast,
                expr: _,
                data_type: _,
                format: None,
            } => true,
            Expr::AtTimeZone { timestamp, time_zone } if postgres => {
                self.on_left(timestamp, at.at)? && self.tighter(time_zone, at.at)?
            }
            Expr::Collate { expr, collation: _ } => self.tighter(expr, at.collate)?,
            Expr::CompoundFieldAccess { root, access_chain } if postgres => {
                matches!(
                    access_chain.first(),
                    Some(AccessExpr::Dot(_) | AccessExpr::Subscript(_))
                ) && self.level(root)? == ATOM
            }
            // `date "x"` is a column with an alias for the server, and `interval x` too.
            Expr::TypedString(typed) if postgres => is_string(&typed.value.value),
            Expr::Interval(Interval {
                value,
                leading_field: _,
                leading_precision: _,
                last_field: _,
                fractional_seconds_precision: _,
            }) if postgres => matches!(&**value, Expr::Value(value) if is_string(&value.value)),
            // sqlparser falls back to a column where a keyword makes no sense to it (`select into t from u`).
            Expr::Identifier(name)
                if postgres && name.quote_style.is_none() && is_reserved(&name.value, self.dialect) =>
            {
                return Err(Foreign);
            }
            Expr::Identifier(_)
            | Expr::CompoundIdentifier(_)
            | Expr::Nested(_)
            | Expr::Value(_)
            | Expr::Function(_)
            | Expr::Case {
                case_token: _,
                end_token: _,
                operand: _,
                conditions: _,
                else_result: _,
            }
            | Expr::Exists {
                subquery: _,
                negated: _,
            }
            | Expr::Subquery(_)
            | Expr::Tuple(_)
            | Expr::Extract {
                field: _,
                syntax: _,
                expr: _,
            }
            | Expr::Ceil { expr: _, field: _ }
            | Expr::Floor { expr: _, field: _ }
            | Expr::Position { expr: _, r#in: _ }
            | Expr::Substring {
                expr: _,
                substring_from: _,
                substring_for: _,
                special: _,
                shorthand: _,
            }
            | Expr::Trim {
                trim_where: _,
                trim_what: _,
                expr: _,
                trim_characters: _,
            }
            | Expr::Overlay {
                expr: _,
                overlay_what: _,
                overlay_from: _,
                overlay_for: _,
            }
            | Expr::GroupingSets(_)
            | Expr::Cube(_)
            | Expr::Rollup(_)
            | Expr::Array(_)
            | Expr::Wildcard(_)
            | Expr::QualifiedWildcard(_, _) => true,
            Expr::IsUnknown(_)
            | Expr::IsNotUnknown(_)
            | Expr::IsDistinctFrom(_, _)
            | Expr::IsNotDistinctFrom(_, _)
            | Expr::IsJson {
                expr: _,
                kind: _,
                unique_keys: _,
                negated: _,
            }
            | Expr::IsNormalized {
                expr: _,
                form: _,
                negated: _,
            }
            | Expr::InUnnest {
                expr: _,
                array_expr: _,
                negated: _,
            }
            | Expr::Like {
                negated: _,
                any: true,
                expr: _,
                pattern: _,
                escape_char: _,
            }
            | Expr::ILike {
                negated: _,
                any: _,
                expr: _,
                pattern: _,
                escape_char: _,
            }
            | Expr::SimilarTo {
                negated: _,
                expr: _,
                pattern: _,
                escape_char: _,
            }
            | Expr::RLike {
                negated: _,
                expr: _,
                pattern: _,
                regexp: _,
            }
            | Expr::AnyOp {
                left: _,
                compare_op: _,
                right: _,
                is_some: _,
            }
            | Expr::AllOp {
                left: _,
                compare_op: _,
                right: _,
            }
            | Expr::Cast {
                kind: _,
                expr: _,
                data_type: _,
                format: _,
            }
            | Expr::AtTimeZone {
                timestamp: _,
                time_zone: _,
            }
            | Expr::CompoundFieldAccess {
                root: _,
                access_chain: _,
            }
            | Expr::JsonAccess { value: _, path: _ }
            | Expr::Convert {
                is_try: _,
                expr: _,
                data_type: _,
                charset: _,
                target_before_value: _,
                styles: _,
            }
            | Expr::Prefixed { prefix: _, value: _ }
            | Expr::TypedString(_)
            | Expr::Interval(_)
            | Expr::Struct { values: _, fields: _ }
            | Expr::Named { expr: _, name: _ }
            | Expr::Dictionary(_)
            | Expr::Map(_)
            | Expr::MatchAgainst {
                columns: _,
                match_value: _,
                opt_search_modifier: _,
            }
            | Expr::OuterJoin(_)
            | Expr::Prior(_)
            | Expr::Lambda(_)
            | Expr::MemberOf(_) => return Err(Foreign),
        })
    }

    /// `expr like pattern escape escape_char`
    fn pattern(self, expr: &Expr, pattern: &Expr, escape: Option<&Expr>) -> Result<bool, Foreign> {
        let at = self.levels;
        let operands = match escape {
            None => self.tighter(pattern, at.like)?,
            Some(escape) => self.tighter(pattern, at.escape)? && self.tighter(escape, at.escape)?,
        };
        Ok(operands && self.on_left(expr, at.like)?)
    }

    /// The right side of `= any (..)`. sqlparser drops the parentheses of an array but reads operators behind those
    /// of a subquery into it, so besides a subquery only what is closed by itself is certain.
    fn quantified(self, right: &Expr) -> Result<bool, Foreign> {
        let inner = match right {
            Expr::Cast {
                kind: CastKind::DoubleColon,
                expr,
                data_type: _,
                format: _,
            } => expr,
            other => return Ok(self.level(other)? == ATOM),
        };
        Ok(self.level(inner)? == ATOM && !matches!(inner.as_ref(), Expr::Subquery(_)))
    }

    fn tighter(self, operand: &Expr, than: Level) -> Result<bool, Foreign> {
        Ok(self.level(operand)? > than)
    }

    /// A left operand may be of the same level where that associates to the left.
    fn on_left(self, operand: &Expr, own: Level) -> Result<bool, Foreign> {
        let level = self.level(operand)?;
        let chains = self.levels.associates_left(own) && !matches!(operand, Expr::UnaryOp { .. });
        Ok(level > own || (level == own && chains))
    }

    fn binary(self, op: &BinaryOperator) -> Result<Level, Foreign> {
        self.levels.binary(op, self.dialect).ok_or(Foreign)
    }

    fn unary(self, op: UnaryOperator) -> Result<Level, Foreign> {
        self.levels.unary(op, self.dialect).ok_or(Foreign)
    }
}

/// The literals that can follow a type name.
fn is_string(value: &Value) -> bool {
    matches!(
        value,
        Value::SingleQuotedString(_) | Value::EscapedStringLiteral(_) | Value::DollarQuotedString(_)
    )
}

#[cfg(test)]
mod tests;
