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

/// What stays of a trap once the text is cut as the server cuts it: how many `$tenant` there are and how many
/// conjuncts the `where` has, or the code of the refusal.
#[derive(Debug, PartialEq)]
enum Seen {
    Tenants(usize),
    Refused(Code),
}

fn seen(sql: &str, dialect: Dialect) -> Seen {
    match parse_statement(sql, dialect) {
        Ok(parsed) => Seen::Tenants(
            parsed
                .placeholders
                .all()
                .iter()
                .filter(|found| found.is_tenant())
                .count(),
        ),
        Err(refused) => Seen::Refused(refused[0].code),
    }
}

#[test]
fn lexical_traps_of_postgres() {
    for (sql, expected) in [
        (
            "select id from orders -- where tenant_id = $tenant",
            Seen::Tenants(0),
        ),
        (
            "select id /* all columns? no */ from orders -- list\nwhere tenant_id = $tenant -- pinned",
            Seen::Tenants(1),
        ),
        (
            "select id from orders /* a /* b */ where tenant_id = $tenant -- */",
            Seen::Tenants(0),
        ),
        (
            "select id from orders --\u{85} where tenant_id = $tenant",
            Seen::Tenants(0),
        ),
        (
            "select id from orders -- note\r where tenant_id = $tenant",
            Seen::Tenants(1),
        ),
        (
            "select id from orders where note <> 'x and tenant_id = $tenant'",
            Seen::Tenants(0),
        ),
        (
            "select id from orders where note <> $$ and tenant_id = $tenant $$",
            Seen::Tenants(0),
        ),
        (
            "select id from orders where note <> $tenant$ and tenant_id = $tenant$",
            Seen::Tenants(0),
        ),
        (
            r"select id from orders where note <> '\' and tenant_id = $tenant --'",
            Seen::Tenants(1),
        ),
        (
            r"select id from orders where note <> e'\' and tenant_id = $tenant --'",
            Seen::Refused(Code::UnsupportedSql),
        ),
        (
            "select id from orders where note <> 'it''s and tenant_id = $tenant'",
            Seen::Tenants(0),
        ),
        (
            "select id from orders where tenant_id = $tenant;",
            Seen::Tenants(1),
        ),
        (
            "select id from orders where tenant_id = $tenant; select 1",
            Seen::Refused(Code::SeveralStatements),
        ),
        (
            "select id from mixed_case where U&\"ten\\0430nt_id\" = $tenant",
            Seen::Refused(Code::UnsupportedSql),
        ),
        (
            "select id from mixed_case where \"TENANT_ID\" = $tenant",
            Seen::Tenants(1),
        ),
        (
            "select id from orders where tenant_id operator(public.=) $tenant",
            Seen::Refused(Code::UnknownOperator),
        ),
        (
            "select id from orders where tenant_id operator(public.===) $tenant",
            Seen::Refused(Code::UnknownOperator),
        ),
        (
            "select id from orders where tenant_id operator(pg_catalog.=) $tenant",
            Seen::Tenants(1),
        ),
    ] {
        assert_eq!(seen(sql, Dialect::Postgres), expected, "{sql}");
    }
}

#[test]
fn lexical_traps_of_sqlite() {
    for (sql, expected) in [
        (
            "select id from notes -- where tenant_id = $tenant",
            Seen::Tenants(0),
        ),
        (
            "select id from notes -- note\r where tenant_id = $tenant",
            Seen::Tenants(0),
        ),
        (
            "select id from notes /* a /* b */ where tenant_id = $tenant -- */",
            Seen::Tenants(1),
        ),
        (
            "select id from notes /* where tenant_id = $tenant",
            Seen::Tenants(0),
        ),
        (
            r"select id from notes where body <> '\' and tenant_id = $tenant --'",
            Seen::Tenants(1),
        ),
        (
            "select id from notes where body <> [x and tenant_id = $tenant]",
            Seen::Tenants(0),
        ),
        (
            "select id from notes where body <> `x and tenant_id = $tenant`",
            Seen::Tenants(0),
        ),
        (
            "select id from notes where tenant_id = $tenant::x",
            Seen::Refused(Code::Placeholder),
        ),
        (
            "select id from notes where tenant_id = $tenants",
            Seen::Refused(Code::Placeholder),
        ),
        ("select id from notes where x$tenant = 1", Seen::Tenants(0)),
    ] {
        assert_eq!(seen(sql, Dialect::Sqlite), expected, "{sql}");
    }
}

/// The kept spelling and quoting let the lowering fold names as the server does.
#[test]
fn names_keep_their_spelling() {
    let parsed = accepts("select Id, \"tenantId\" from \"Invoice\"", Dialect::Postgres);
    assert_eq!(
        parsed.statement.to_string(),
        "SELECT Id, \"tenantId\" FROM \"Invoice\""
    );
}

#[test]
fn statements_of_other_kinds_are_named_even_when_they_cannot_be_read() {
    for (sql, dialect) in [
        (
            "do $$ begin update notes set body = 'x'; end $$",
            Dialect::Postgres,
        ),
        ("set constraints all deferred", Dialect::Postgres),
        ("reindex notes", Dialect::Sqlite),
        ("pragma foreign_keys = off", Dialect::Sqlite),
    ] {
        assert_eq!(refusal(sql, dialect).code, Code::SessionStatement, "{sql}");
    }
}

#[test]
fn queries_and_expressions_stand_alone() {
    let query = parse_query("select a from only t where b isnull;", Dialect::Postgres).expect("parsed");
    assert_eq!(query.to_string(), "SELECT a FROM t WHERE b IS NULL");
    assert!(parse_query("drop table t", Dialect::Postgres).is_err());
    let default = parse_expression("nextval('t_id_seq'::regclass)", Dialect::Postgres).expect("parsed");
    assert_eq!(default.to_string(), "nextval('t_id_seq'::REGCLASS)");
    assert!(parse_expression("a, b", Dialect::Sqlite).is_err());
    assert!(parse_expression("a = 1; select 2", Dialect::Sqlite).is_err());
    let cycle =
        "with recursive r as (select 1 as a union all select a from r) cycle a set b using c select * from r";
    assert_eq!(
        parse_query(cycle, Dialect::Postgres).expect_err("refused")[0].code,
        Code::UnsupportedSql
    );
}
