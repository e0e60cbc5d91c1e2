use super::*;

fn accepts(sql: &str, dialect: Dialect) -> Parsed {
    parse_statement(sql, dialect).unwrap_or_else(|refused| panic!("{sql}: {refused:?}"))
}

fn refusal(sql: &str, dialect: Dialect) -> Diagnostic {
    match parse_statement(sql, dialect) {
        Ok(parsed) => panic!("{sql}: accepted as {}", parsed.statement),
        Err(mut refused) => refused.remove(0),
    }
}

#[test]
fn exactly_one_statement() {
    for dialect in [Dialect::Postgres, Dialect::Sqlite] {
        accepts("select 1", dialect);
        accepts("select 1; -- done\n /* really */ ;", dialect);
        assert_eq!(refusal("", dialect).code, Code::EmptyStatement);
        assert_eq!(refusal(" ; -- nothing", dialect).code, Code::EmptyStatement);
        let second = refusal("select 1; select 2", dialect);
        assert_eq!(
            (second.code, second.span),
            (Code::SeveralStatements, Span::new(10, 16))
        );
        assert_eq!(refusal("; select 1", dialect).code, Code::SeveralStatements);
    }
}

#[test]
fn syntax_errors_point_at_the_token() {
    let wrong = refusal("select a\n  from t\n where ) or b", Dialect::Postgres);
    assert_eq!((wrong.code, wrong.span), (Code::SyntaxError, Span::new(25, 26)));
    assert!(!wrong.message.contains("Line"), "{}", wrong.message);
    let ends = refusal("select a from", Dialect::Postgres);
    assert_eq!(ends.span, Span::new(13, 13));
    let left_over = refusal("select a from t )", Dialect::Postgres);
    assert_eq!(left_over.span, Span::new(16, 17));
}

#[test]
fn spans_are_byte_offsets() {
    let sql = "select 'größe', o.id from \"Bücher\" o";
    let parsed = accepts(sql, Dialect::Postgres);
    let Statement::Query(query) = parsed.statement else {
        panic!("no query")
    };
    let sqlparser::ast::SetExpr::Select(select) = *query.body else {
        panic!("no select")
    };
    let sqlparser::ast::TableFactor::Table { name, .. } = &select.from[0].relation else {
        panic!("no table")
    };
    let span = span_of(sqlparser::ast::Spanned::span(name));
    assert_eq!(&sql[span.range()], "\"Bücher\"");
}
