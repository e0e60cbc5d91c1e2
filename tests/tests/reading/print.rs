//! An expression as the prover read it, with parentheses around every operand and all quoting alike.

use sqlparser::ast::{
    CastKind, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, Interval, Value,
};
use tenancy_prover::Dialect;
use tenancy_prover::parse::precedence;

/// The text of `expr`; `None` when a node is refused, or is none that the generator makes.
pub(crate) fn print(expr: &Expr, dialect: Dialect) -> Option<String> {
    precedence::check(expr, dialect).ok()?;
    let inner = |expr: &Expr| print(expr, dialect);
    let not = |negated: bool| if negated { "not " } else { "" };
    let is = |expr: &Expr, what: &str| Some(format!("(({}) is {what})", inner(expr)?));
    Some(match expr {
        Expr::Identifier(name) => quoted(name, dialect),
        Expr::CompoundIdentifier(names) => {
            let names: Vec<String> = names.iter().map(|name| quoted(name, dialect)).collect();
            names.join(".")
        }
        Expr::Nested(expr) => format!("({})", inner(expr)?),
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) => string(text, dialect),
            Value::NationalStringLiteral(text) => format!("N{}", string(text, dialect)),
            Value::HexStringLiteral(digits) => format!("x'{digits}'"),
            other => other.to_string(),
        },
        Expr::Prefixed { prefix, value } => format!("{} {}", prefix.value, inner(value)?),
        Expr::BinaryOp { left, op, right } => match &**right {
            Expr::Interval(of) => format!("(({}) {op} {})", inner(left)?, interval(of, dialect)?),
            right => format!("(({}) {op} ({}))", inner(left)?, inner(right)?),
        },
        Expr::UnaryOp { op, expr } => format!("({op} ({}))", inner(expr)?),
        Expr::IsNull(expr) => is(expr, "null")?,
        Expr::IsNotNull(expr) => is(expr, "not null")?,
        Expr::IsTrue(expr) => is(expr, "true")?,
        Expr::IsNotTrue(expr) => is(expr, "not true")?,
        Expr::IsFalse(expr) => is(expr, "false")?,
        Expr::IsNotFalse(expr) => is(expr, "not false")?,
        Expr::IsUnknown(expr) => is(expr, "unknown")?,
        Expr::IsNotUnknown(expr) => is(expr, "not unknown")?,
        Expr::IsDistinctFrom(left, right) => is(left, &format!("distinct from ({})", inner(right)?))?,
        Expr::IsNotDistinctFrom(left, right) => is(left, &format!("not distinct from ({})", inner(right)?))?,
        Expr::Between {
            expr,
            negated,
            low,
            high,
        } => format!(
            "(({}) {}between ({}) and ({}))",
            inner(expr)?,
            not(*negated),
            inner(low)?,
            inner(high)?
        ),
        Expr::InList { expr, list, negated } => {
            let list: Option<Vec<String>> = list.iter().map(inner).collect();
            format!("(({}) {}in ({}))", inner(expr)?, not(*negated), list?.join(", "))
        }
        Expr::Like {
            negated,
            any: false,
            expr,
            pattern,
            escape_char,
        } => pair(
            inner(expr)?,
            not(*negated),
            "like",
            inner(pattern)?,
            escape_char.as_deref().map(inner),
        )?,
        Expr::ILike {
            negated,
            any: false,
            expr,
            pattern,
            escape_char: None,
        } => pair(inner(expr)?, not(*negated), "ilike", inner(pattern)?, None)?,
        Expr::RLike {
            negated,
            expr,
            pattern,
            regexp: _,
        } => pair(inner(expr)?, not(*negated), "regexp", inner(pattern)?, None)?,
        Expr::Collate { expr, collation } => format!("(({}) collate {collation})", inner(expr)?),
        Expr::Cast {
            kind: CastKind::Cast | CastKind::DoubleColon,
            expr,
            data_type,
            format: None,
        } => format!("cast(({}) as {data_type})", inner(expr)?),
        Expr::Convert {
            expr,
            charset: Some(charset),
            ..
        } => format!("convert(({}) using {charset})", inner(expr)?),
        Expr::Case {
            operand,
            conditions,
            else_result,
            ..
        } => {
            let mut out = "(case".to_owned();
            if let Some(operand) = operand {
                out += &format!(" ({})", inner(operand)?);
            }
            for arm in conditions {
                out += &format!(
                    " when ({}) then ({})",
                    inner(&arm.condition)?,
                    inner(&arm.result)?
                );
            }
            if let Some(result) = else_result {
                out += &format!(" else ({})", inner(result)?);
            }
            out + " end)"
        }
        Expr::Function(call) => {
            let FunctionArguments::List(list) = &call.args else {
                return None;
            };
            let argument = |argument: &FunctionArg| match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Interval(of))) => interval(of, dialect),
                FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(format!("({})", inner(expr)?)),
                _ => None,
            };
            let arguments: Option<Vec<String>> = list.args.iter().map(argument).collect();
            format!("{}({})", call.name, arguments?.join(", "))
        }
        // The queries that the generator makes hold names and numbers alone.
        Expr::Subquery(query) => format!("({query})"),
        Expr::Exists { subquery, negated } => format!("({}exists ({subquery}))", not(*negated)),
        Expr::AnyOp {
            left,
            compare_op,
            right,
            ..
        } => format!("(({}) {compare_op} any {})", inner(left)?, inner(right)?),
        _ => return None,
    })
}

fn pair(
    left: String,
    not: &str,
    operator: &str,
    right: String,
    escape: Option<Option<String>>,
) -> Option<String> {
    Some(match escape {
        None => format!("(({left}) {not}{operator} ({right}))"),
        Some(escape) => format!("(({left}) {not}{operator} ({right}) escape ({}))", escape?),
    })
}

fn interval(interval: &Interval, dialect: Dialect) -> Option<String> {
    let unit = interval.leading_field.as_ref()?;
    Some(format!("interval ({}) {unit}", print(&interval.value, dialect)?))
}

/// What was not quoted folds as the server folds it.
fn quoted(name: &Ident, dialect: Dialect) -> String {
    match (dialect, name.quote_style) {
        (Dialect::Mysql, _) => format!("`{}`", name.value),
        (Dialect::Postgres, None) => format!("\"{}\"", name.value.to_lowercase()),
        _ => format!("\"{}\"", name.value),
    }
}

fn string(text: &str, dialect: Dialect) -> String {
    let text = text.replace('\'', "''");
    match dialect {
        Dialect::Mysql => format!("'{}'", text.replace('\\', r"\\")),
        Dialect::Postgres | Dialect::Sqlite => format!("'{text}'"),
    }
}
