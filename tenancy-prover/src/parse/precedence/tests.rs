use super::*;
use crate::parse::parse_expression;

/// The tree of `sql` with parentheses around every operator, or `None` when a node is refused.
fn grouped(sql: &str, dialect: Dialect) -> Option<String> {
    let expr = parse_expression(sql, dialect).unwrap_or_else(|refused| panic!("{sql}: {refused:?}"));
    group(&expr, dialect)
}

fn group(expr: &Expr, dialect: Dialect) -> Option<String> {
    check(expr, dialect).ok()?;
    let inner = |expr: &Expr| group(expr, dialect);
    Some(match expr {
        Expr::BinaryOp { left, op, right } => format!("({} {op} {})", inner(left)?, inner(right)?),
        Expr::UnaryOp { op, expr } => format!("({op} {})", inner(expr)?),
        Expr::IsNull(expr) => format!("({} IS NULL)", inner(expr)?),
        Expr::IsTrue(expr) => format!("({} IS TRUE)", inner(expr)?),
        Expr::IsNotDistinctFrom(left, right) => format!("({} IS {})", inner(left)?, inner(right)?),
        Expr::Between { expr, low, high, .. } => {
            format!("({} BETWEEN {} AND {})", inner(expr)?, inner(low)?, inner(high)?)
        }
        Expr::Like { expr, pattern, .. } => format!("({} LIKE {})", inner(expr)?, inner(pattern)?),
        Expr::Cast { expr, data_type, .. } => format!("({}::{data_type})", inner(expr)?),
        Expr::Collate { expr, collation } => format!("({} COLLATE {collation})", inner(expr)?),
        Expr::AtTimeZone { timestamp, time_zone } => {
            format!("({} AT {})", inner(timestamp)?, inner(time_zone)?)
        }
        Expr::InList { expr, .. } => format!("({} IN ..)", inner(expr)?),
        Expr::AnyOp { left, compare_op, .. } => format!("({} {compare_op} ANY ..)", inner(left)?),
        Expr::Nested(expr) => inner(expr)?,
        other => other.to_string(),
    })
}

fn groups(dialect: Dialect, pairs: &[(&str, &str)]) {
    for (sql, expected) in pairs {
        assert_eq!(grouped(sql, dialect).as_deref(), Some(*expected), "{sql}");
    }
}

fn refuses(dialect: Dialect, all: &[&str]) {
    for sql in all {
        assert_eq!(grouped(sql, dialect), None, "{sql}");
    }
}

/// Each was compared with the server's own tree (`pg_get_viewdef` of version 15); besides them 14,000 random
/// expressions over all operators that were accepted, none of which the server grouped otherwise.
#[test]
fn postgres_groups_as_it_is_read() {
    groups(
        Dialect::Postgres,
        &[
            ("a = b and c = d or not e", "(((a = b) AND (c = d)) OR (NOT e))"),
            ("not a = b", "(NOT (a = b))"),
            ("a + b * c - d", "((a + (b * c)) - d)"),
            ("a || b || c = d", "(((a || b) || c) = d)"),
            ("a -> 'x' ->> 'y' = $1", "(((a -> 'x') ->> 'y') = $1)"),
            ("a ->> 'x' like '%' || $1", "((a ->> 'x') LIKE ('%' || $1))"),
            ("a - b || c", "((a - b) || c)"),
            ("-a + b", "((- a) + b)"),
            ("-a::int", "(- (a::INT))"),
            ("a = b is null", "((a = b) IS NULL)"),
            ("a is not distinct from b = c", "(a IS (b = c))"),
            ("a between b and c and d", "((a BETWEEN b AND c) AND d)"),
            ("a = b in (c)", "(a = (b IN ..))"),
            ("a + b = any(c) and d", "(((a + b) = ANY ..) AND d)"),
            ("a < now() at time zone 'utc'", "(a < (now() AT 'utc'))"),
            ("a = b collate \"C\"", "(a = (b COLLATE \"C\"))"),
            ("(a = b) = c", "((a = b) = c)"),
        ],
    );
}

#[test]
fn postgres_groups_these_in_another_way() {
    refuses(
        Dialect::Postgres,
        &[
            // `~` is "any other operator", sqlparser puts it beside `=`.
            "a ~ b || c",
            "a = b ~ c",
            "a !~~ b -> c",
            // The sign binds more tightly than `^`, `at time zone` and `collate`.
            "- a ^ b",
            "- a at time zone b",
            "- a collate \"C\"",
            // Other prefix operators bind more loosely than `+`.
            "~ a + b",
            "@ a - b",
            "- @ a + b",
            // Comparisons, `is` and `like` do not chain.
            "a = b = c",
            "a < b < c",
            "a is null = b",
            "a is null is null",
            // `not` inside of a tighter operator.
            "a = not b",
            "a + not b = c",
            "not exists (select 1) = a",
            // What stands behind a subquery belongs to it for sqlparser.
            "a = any (select b) + c",
            "a = any (select b)::int[]",
        ],
    );
}

#[test]
fn postgres_does_not_know_these() {
    refuses(Dialect::Postgres, &["date \"x\"", "interval x"]);
    for sql in ["date \"x\"", "time \"x\"", "interval a"] {
        let expr = parse_expression(sql, Dialect::Postgres).expect("parsed");
        assert_eq!(
            check(&expr, Dialect::Postgres).expect_err(sql).code,
            Code::UnknownOperator
        );
    }
}

/// Each was compared with the byte code of the text with all parentheses (`explain`), as were 24,000 random ones.
#[test]
fn sqlite_groups_as_it_is_read() {
    groups(
        Dialect::Sqlite,
        &[
            ("a = b and c == d or not e", "(((a = b) AND (c = d)) OR (NOT e))"),
            ("a = b = c", "((a = b) = c)"),
            ("a < b and b >= c", "((a < b) AND (b >= c))"),
            ("a < b = c", "((a < b) = c)"),
            ("a || b || c = d", "(((a || b) || c) = d)"),
            ("a ->> '$.x' = ?", "((a ->> '$.x') = ?)"),
            ("a || b ->> c", "((a || b) ->> c)"),
            ("a like '%' || ?", "(a LIKE ('%' || ?))"),
            ("a is b", "(a IS b)"),
            ("a = b is null", "((a = b) IS NULL)"),
            ("a is null = b", "((a IS NULL) = b)"),
            ("a & 1 = 1", "((a & 1) = 1)"),
            ("- a * b", "((- a) * b)"),
            ("a between b and c and d", "((a BETWEEN b AND c) AND d)"),
            ("a = b collate nocase", "(a = (b COLLATE nocase))"),
            ("a << b", "(a << b)"),
        ],
    );
}

#[test]
fn sqlite_groups_these_in_another_way() {
    refuses(
        Dialect::Sqlite,
        &[
            // `||` and `->` bind more tightly than `*`.
            "a * b || c",
            "a ->> '$.x' || b",
            "a -> b + c",
            // `<` binds more tightly than `=`, `is` and `between`.
            "a = b < c",
            "a is null < b",
            "a between b and c < d",
            // One level, from left to right.
            "a like b = c",
            "a is b = c",
            "a | b & c",
            // A sign binds more tightly than anything.
            "- a collate nocase",
            "~ a * b",
            "a = not b",
            "not exists (select 1) = a",
        ],
    );
}

#[test]
fn the_refusal_points_at_the_operands() {
    let sql = "a and b = c or d ~ e || f";
    let expr = parse_expression(sql, Dialect::Postgres).expect("parsed");
    let Expr::BinaryOp { right, .. } = expr else {
        panic!("no operator")
    };
    let refused = check(&right, Dialect::Postgres).expect_err("refused");
    assert_eq!(&sql[refused.span.range()], "d ~ e || f");
    assert_eq!(refused.code, Code::UnknownOperator);
}

#[test]
fn reserved_words_are_no_columns() {
    for sql in ["not", "into", "AND"] {
        let name = sqlparser::ast::Ident::new(sql);
        assert!(
            check(&Expr::Identifier(name), Dialect::Postgres).is_err(),
            "{sql}"
        );
        let quoted = sqlparser::ast::Ident::with_quote('"', sql);
        assert!(
            check(&Expr::Identifier(quoted), Dialect::Postgres).is_ok(),
            "{sql}"
        );
    }
    for sql in ["id", "default", "name", "value"] {
        assert!(
            check(
                &Expr::Identifier(sqlparser::ast::Ident::new(sql)),
                Dialect::Postgres
            )
            .is_ok(),
            "{sql}"
        );
    }
}

/// Each was compared with MariaDB's own tree (`show warnings` after `explain extended`).
#[test]
fn mysql_groups_as_it_is_read() {
    groups(
        Dialect::Mysql,
        &[
            ("a = b and c = d or not e", "(((a = b) AND (c = d)) OR (NOT e))"),
            ("a = 1 xor b = 2 and c", "((a = 1) XOR ((b = 2) AND c))"),
            ("a or b xor c", "(a OR (b XOR c))"),
            ("a && b", "(a AND b)"),
            ("not a = b", "(NOT (a = b))"),
            ("not a <=> null", "(NOT (a <=> NULL))"),
            ("!a = b", "((! a) = b)"),
            (
                "a | b & c << d + e * f ^ -g",
                "(a | (b & (c << (d + (e * (f ^ (- g)))))))",
            ),
            ("-a ^ b", "((- a) ^ b)"),
            ("-a * b", "((- a) * b)"),
            ("- ~ !a", "(- (~ (! a)))"),
            ("a div b mod c % d", "(((a DIV b) % c) % d)"),
            ("a = b = c", "((a = b) = c)"),
            ("a = b is null", "((a = b) IS NULL)"),
            ("a is null = b", "((a IS NULL) = b)"),
            ("a between b and c and d", "((a BETWEEN b AND c) AND d)"),
            ("a = b between c and d", "(a = (b BETWEEN c AND d))"),
            ("a = b in (c)", "(a = (b IN ..))"),
            ("a like b | c", "(a LIKE (b | c))"),
            ("a + b = any (select 1)", "((a + b) = ANY ..)"),
            ("a = b collate utf8mb4_bin", "(a = (b COLLATE utf8mb4_bin))"),
            ("-a collate utf8mb4_bin", "(- (a COLLATE utf8mb4_bin))"),
            ("a->'$.b' = c", "((a -> '$.b') = c)"),
            ("a + interval 1 day > b", "((a + INTERVAL 1 DAY) > b)"),
        ],
    );
}

#[test]
fn mysql_groups_these_in_another_way_or_not_at_all() {
    refuses(
        Dialect::Mysql,
        &[
            // What follows the unit binds to the whole: `(a + interval 1 day) * b`.
            "a + interval 1 day * b",
            "interval 1 day + a",
            "a * interval 1 day",
            // MySQL refuses these, MariaDB has an order.
            "a like b like c",
            "a in (b) in (c)",
            "a between b and c like d",
            "a regexp b regexp c",
            "not a like b in (c)",
            "a is not distinct from b",
            "(a + b)->'$.c'",
            "a->b",
            "a->'$.b'->'$.c'",
            "a = any (b)",
            "a like any (b)",
            "int 'x'",
            "date \"2020-01-01\"",
            // Stored functions, if anything.
            "`count`(a)",
            // A value, or nothing, but no column.
            "utc_date",
            "a = current_role",
        ],
    );
}
