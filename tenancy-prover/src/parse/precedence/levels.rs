//! The servers' tables of precedence.

use sqlparser::ast::{BinaryOperator, UnaryOperator};

use super::Level;
use crate::Dialect;

/// The levels of one server. Two constructs of one level have one number.
pub(super) struct Levels {
    or: Level,
    /// MySQL only.
    xor: Level,
    and: Level,
    pub(super) not: Level,
    pub(super) is: Level,
    equal: Level,
    order: Level,
    /// `like`, `in`, `between` and their kind.
    pub(super) like: Level,
    pub(super) escape: Level,
    /// PostgreSQL: every operator without a level of its own. SQLite: `& | << >>`. MySQL: `|`.
    other: Level,
    bit_and: Level,
    shift: Level,
    add: Level,
    multiply: Level,
    /// `^`: in PostgreSQL the power, in MySQL the exclusive or of bits.
    power: Level,
    /// SQLite: `||`, `->`, `->>`. MySQL: the arrows, which stand between a column and a literal.
    concat: Level,
    /// `at time zone`
    pub(super) at: Level,
    pub(super) collate: Level,
    sign: Level,
    /// `::`
    pub(super) cast: Level,
    /// The levels whose operators do not chain without parentheses.
    nonassociative: &'static [Level],
}

/// `gram.y` of version 15. `is`, the comparisons and `like` with its kind do not chain.
pub(super) static POSTGRES: Levels = Levels {
    or: 1,
    xor: 1,
    and: 2,
    not: 3,
    is: 4,
    equal: 5,
    order: 5,
    like: 6,
    escape: 7,
    other: 8,
    bit_and: 8,
    shift: 8,
    concat: 8,
    add: 9,
    multiply: 10,
    power: 11,
    at: 12,
    collate: 13,
    sign: 14,
    cast: 15,
    nonassociative: &[4, 5, 6, 7],
};

/// `parse.y` of version 3.51. There is no power, no `at time zone` and no `::`.
pub(super) static SQLITE: Levels = Levels {
    or: 1,
    xor: 1,
    and: 2,
    not: 3,
    is: 4,
    equal: 4,
    like: 4,
    order: 5,
    escape: 6,
    other: 7,
    bit_and: 7,
    shift: 7,
    add: 8,
    multiply: 9,
    concat: 10,
    collate: 11,
    sign: 12,
    power: 13,
    at: 13,
    cast: 13,
    nonassociative: &[6],
};

/// `sql_yacc.yy` of MariaDB 10.11 and MySQL 8.0. MySQL takes only what is tighter on both sides of `like` and its kind.
/// There is no `at time zone` and no `::`.
pub(super) static MYSQL: Levels = Levels {
    or: 1,
    xor: 2,
    and: 3,
    not: 4,
    is: 5,
    equal: 5,
    order: 5,
    like: 6,
    other: 7,
    bit_and: 8,
    shift: 9,
    add: 10,
    multiply: 11,
    power: 12,
    sign: 13,
    escape: 13,
    collate: 14,
    concat: 15,
    at: 15,
    cast: 15,
    nonassociative: &[6, 15],
};

impl Levels {
    pub(super) fn associates_left(&self, level: Level) -> bool {
        !self.nonassociative.contains(&level)
    }

    /// The level of a binary operator; `None` when the server's grammar has no such operator.
    pub(super) fn binary(&self, op: &BinaryOperator, dialect: Dialect) -> Option<Level> {
        let (postgres, sqlite, mysql) = (
            dialect == Dialect::Postgres,
            dialect == Dialect::Sqlite,
            dialect == Dialect::Mysql,
        );
        let only = |condition: bool, level: Level| condition.then_some(level);
        match op {
            BinaryOperator::Or => Some(self.or),
            BinaryOperator::And => Some(self.and),
            BinaryOperator::Eq | BinaryOperator::NotEq => Some(self.equal),
            BinaryOperator::Gt | BinaryOperator::Lt | BinaryOperator::GtEq | BinaryOperator::LtEq => {
                Some(self.order)
            }
            BinaryOperator::Plus | BinaryOperator::Minus => Some(self.add),
            BinaryOperator::Multiply | BinaryOperator::Divide | BinaryOperator::Modulo => Some(self.multiply),
            BinaryOperator::StringConcat => only(!mysql, self.concat),
            BinaryOperator::Arrow | BinaryOperator::LongArrow => Some(self.concat),
            BinaryOperator::BitwiseOr => Some(self.other),
            BinaryOperator::BitwiseAnd => Some(self.bit_and),
            BinaryOperator::Custom(name) => {
                only(postgres || (sqlite && (name == "<<" || name == ">>")), self.other)
            }
            BinaryOperator::Match | BinaryOperator::Regexp | BinaryOperator::Glob => only(sqlite, self.like),
            BinaryOperator::PGExp => only(postgres, self.power),
            BinaryOperator::PGBitwiseShiftLeft | BinaryOperator::PGBitwiseShiftRight => {
                only(postgres || mysql, self.shift)
            }
            BinaryOperator::Spaceship => only(mysql, self.equal),
            BinaryOperator::Xor => only(mysql, self.xor),
            BinaryOperator::BitwiseXor => only(mysql, self.power),
            BinaryOperator::MyIntegerDivide => only(mysql, self.multiply),
            BinaryOperator::PGBitwiseXor
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
            | BinaryOperator::PGCustomBinaryOperator(_)
            | BinaryOperator::DoubleHash
            | BinaryOperator::LtDashGt
            | BinaryOperator::AndLt
            | BinaryOperator::AndGt
            | BinaryOperator::LtLtPipe
            | BinaryOperator::PipeGtGt
            | BinaryOperator::AndLtPipe
            | BinaryOperator::PipeAndGt
            | BinaryOperator::LtCaret
            | BinaryOperator::GtCaret
            | BinaryOperator::QuestionHash
            | BinaryOperator::QuestionDash
            | BinaryOperator::QuestionDashPipe
            | BinaryOperator::QuestionDoublePipe
            | BinaryOperator::At
            | BinaryOperator::TildeEq => only(postgres, self.other),
            // The operands are rows in parentheses.
            BinaryOperator::Overlaps => only(postgres, self.cast),
            BinaryOperator::DuckIntegerDivide | BinaryOperator::Assignment => None,
        }
    }

    /// The level of a prefix operator; `None` when the server's grammar has no such operator.
    pub(super) fn unary(&self, op: UnaryOperator, dialect: Dialect) -> Option<Level> {
        let postgres = dialect == Dialect::Postgres;
        let only = |condition: bool, level: Level| condition.then_some(level);
        match op {
            UnaryOperator::Not => Some(self.not),
            UnaryOperator::Plus | UnaryOperator::Minus => Some(self.sign),
            UnaryOperator::BitwiseNot => Some(if postgres { self.other } else { self.sign }),
            UnaryOperator::AtDashAt
            | UnaryOperator::DoubleAt
            | UnaryOperator::Hash
            | UnaryOperator::PGAbs
            | UnaryOperator::PGCubeRoot
            | UnaryOperator::PGPrefixFactorial
            | UnaryOperator::PGSquareRoot
            | UnaryOperator::QuestionDash
            | UnaryOperator::QuestionPipe => only(postgres, self.other),
            UnaryOperator::BangNot => only(dialect == Dialect::Mysql, self.sign),
            UnaryOperator::PGPostfixFactorial => None,
        }
    }
}
