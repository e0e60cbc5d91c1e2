use sqlparser::ast::{DataType, Expr, SelectItem, SetExpr, Statement, TableFactor};

use super::*;
use crate::parse::{parse_expression, parse_statement};

fn expression(sql: &str, dialect: Dialect) -> Expr {
    parse_expression(sql, dialect).unwrap_or_else(|refused| panic!("{sql}: {refused:?}"))
}

fn is_call(expr: &Expr) -> bool {
    matches!(expr, Expr::Function(_))
}

#[test]
fn words_that_are_no_keywords_of_the_server_are_names() {
    for (sql, dialect) in [
        ("localtime", Dialect::Sqlite),
        ("interval", Dialect::Sqlite),
        ("current_user", Dialect::Sqlite),
        ("epoch", Dialect::Postgres),
        ("quarter", Dialect::Postgres),
    ] {
        assert!(matches!(expression(sql, dialect), Expr::Identifier(_)), "{sql}");
    }
    for (sql, dialect) in [
        ("any(a)", Dialect::Sqlite),
        ("trim(a)", Dialect::Sqlite),
        ("floor(a)", Dialect::Sqlite),
        ("convert(a, b)", Dialect::Postgres),
        ("ceil(a)", Dialect::Postgres),
        ("struct(a)", Dialect::Postgres),
    ] {
        assert!(is_call(&expression(sql, dialect)), "{sql}");
    }
    // `a` labelled `div`, and then something that no server reads.
    assert!(parse_expression("a div b", Dialect::Postgres).is_err());
    assert!(parse_expression("a xor b", Dialect::Sqlite).is_err());
    assert!(parse_statement("select a from t qualify a > 1", Dialect::Postgres).is_err());
}

#[test]
fn keywords_of_the_server_keep_their_meaning() {
    assert!(is_call(&expression("current_user", Dialect::Postgres)));
    assert!(matches!(
        expression("date '2020-01-01'", Dialect::Postgres),
        Expr::TypedString(_)
    ));
    assert!(matches!(
        expression("a::jsonb", Dialect::Postgres),
        Expr::Cast {
            data_type: DataType::JSONB,
            ..
        }
    ));
    let cast = expression("cast(a as integer)", Dialect::Sqlite);
    assert!(matches!(
        cast,
        Expr::Cast {
            data_type: DataType::Integer(None),
            ..
        }
    ));
}

/// SQLite reads a column called `date` with the alias `x`, PostgreSQL a date.
#[test]
fn a_type_before_a_string_is_a_column_in_sqlite() {
    let parsed = parse_statement("select date 'x' from t", Dialect::Sqlite).expect("parsed");
    let Statement::Query(query) = parsed.statement else {
        panic!("no query")
    };
    let SetExpr::Select(select) = *query.body else {
        panic!("no select")
    };
    assert!(matches!(
        select.projection[0],
        SelectItem::ExprWithAlias {
            expr: Expr::Identifier(_),
            ..
        }
    ));
}

#[test]
fn aliases_that_are_clauses_elsewhere() {
    for (sql, alias) in [
        ("select 1 from t final", "final"),
        ("select 1 from t sample where sample.a", "sample"),
    ] {
        let parsed = parse_statement(sql, Dialect::Postgres).expect("parsed");
        let Statement::Query(query) = parsed.statement else {
            panic!("no query")
        };
        let SetExpr::Select(select) = *query.body else {
            panic!("no select")
        };
        let TableFactor::Table {
            alias: Some(found), ..
        } = &select.from[0].relation
        else {
            panic!("no alias")
        };
        assert_eq!(found.name.value, alias);
    }
}

#[test]
fn values_of_the_session_are_no_columns() {
    for sql in ["select current_role", "select 1 where CURRENT_SCHEMA = 'a'"] {
        let refused = parse_statement(sql, Dialect::Postgres).expect_err(sql);
        assert_eq!(refused[0].code, Code::UnsupportedSql);
    }
    for sql in [
        "select t.current_role from t",
        "select 1 as current_role",
        "select \"current_role\" from t",
    ] {
        parse_statement(sql, Dialect::Postgres).unwrap_or_else(|refused| panic!("{sql}: {refused:?}"));
    }
}
