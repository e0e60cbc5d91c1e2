//! How tightly an expression holds together as the operand of another.

use sqlparser::ast::{CastKind, Expr};

use super::{ATOM, Check, Foreign, Level};
use crate::Dialect;

impl Check {
    /// The level at which `expr` stands as an operand.
    pub(super) fn level(self, expr: &Expr) -> Result<Level, Foreign> {
        let at = self.levels;
        let mysql = self.dialect == Dialect::Mysql;
        Ok(match expr {
            Expr::BinaryOp {
                left: _,
                op,
                right: _,
            } => self.binary(op)?,
            Expr::UnaryOp { op, expr: _ } => self.unary(*op)?,
            Expr::Exists {
                subquery: _,
                negated: true,
            } => at.not,
            Expr::IsFalse(_)
            | Expr::IsNotFalse(_)
            | Expr::IsTrue(_)
            | Expr::IsNotTrue(_)
            | Expr::IsNull(_)
            | Expr::IsNotNull(_)
            | Expr::IsUnknown(_)
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
            } => at.is,
            Expr::InList {
                expr: _,
                list: _,
                negated: _,
            }
            | Expr::InSubquery {
                expr: _,
                subquery: _,
                negated: _,
            }
            | Expr::InUnnest {
                expr: _,
                array_expr: _,
                negated: _,
            }
            | Expr::Between {
                expr: _,
                negated: _,
                low: _,
                high: _,
            }
            | Expr::Like {
                negated: _,
                any: _,
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
            } => at.like,
            Expr::AnyOp {
                left: _,
                compare_op,
                right: _,
                is_some: _,
            }
            | Expr::AllOp {
                left: _,
                compare_op,
                right: _,
            } => self.binary(compare_op)?,
            Expr::Cast {
                kind: CastKind::DoubleColon,
                expr: _,
                data_type: _,
                format: _,
            } => at.cast,
            Expr::AtTimeZone {
                timestamp: _,
                time_zone: _,
            } => at.at,
            Expr::Collate {
                expr: _,
                collation: _,
            } => at.collate,
            // No expression of its own in MySQL: what follows its unit binds to what stands before it.
            Expr::Interval(_) if mysql => return Err(Foreign),
            Expr::Interval(_) => ATOM,
            Expr::Identifier(_)
            | Expr::CompoundIdentifier(_)
            | Expr::CompoundFieldAccess {
                root: _,
                access_chain: _,
            }
            | Expr::Cast {
                kind: _,
                expr: _,
                data_type: _,
                format: _,
            }
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
            | Expr::Nested(_)
            | Expr::Value(_)
            | Expr::TypedString(_)
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
                negated: false,
            }
            | Expr::Subquery(_)
            | Expr::Tuple(_)
            | Expr::Array(_)
            | Expr::Wildcard(_)
            | Expr::QualifiedWildcard(_, _) => ATOM,
            Expr::Convert {
                is_try: _,
                expr: _,
                data_type: _,
                charset: _,
                target_before_value: _,
                styles: _,
            }
            | Expr::Prefixed { prefix: _, value: _ }
            | Expr::MatchAgainst {
                columns: _,
                match_value: _,
                opt_search_modifier: _,
            } if mysql => ATOM,
            Expr::MemberOf(_) if mysql => at.like,
            Expr::JsonAccess { value: _, path: _ }
            | Expr::Convert {
                is_try: _,
                expr: _,
                data_type: _,
                charset: _,
                target_before_value: _,
                styles: _,
            }
            | Expr::Prefixed { prefix: _, value: _ }
            | Expr::GroupingSets(_)
            | Expr::Cube(_)
            | Expr::Rollup(_)
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
}
