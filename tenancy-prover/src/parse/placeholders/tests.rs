use super::*;
use crate::parse::parse_statement;

fn placeholders(sql: &str, dialect: Dialect) -> Placeholders {
    parse_statement(sql, dialect)
        .unwrap_or_else(|refused| panic!("{sql}: {refused:?}"))
        .placeholders
}

/// Emits with every `$tenant` as text.
fn emit(sql: &str, dialect: Dialect) -> Result<Proved, Vec<Diagnostic>> {
    let placeholders = placeholders(sql, dialect);
    let tenants = placeholders.all().iter().filter(|found| found.is_tenant());
    let types: Vec<_> = tenants.map(|found| (found.span, TenantType::Text)).collect();
    placeholders.emit(sql, &types, &[])
}

/// The text, and the binds as labels with the arguments' positions.
fn emitted(sql: &str, dialect: Dialect) -> (String, String) {
    let proved = emit(sql, dialect).unwrap_or_else(|refused| panic!("{sql}: {refused:?}"));
    let binds: Vec<String> = proved
        .binds
        .iter()
        .map(|bind| match bind {
            Bind::Argument { index, label } => format!("{index}={label}"),
            Bind::Tenant(kind) => format!("{kind:?}"),
        })
        .collect();
    let arguments = proved
        .binds
        .iter()
        .filter(|bind| matches!(bind, Bind::Argument { .. }))
        .count();
    assert_eq!(proved.arguments, arguments);
    (proved.sql, binds.join(" "))
}

fn refused(sql: &str, dialect: Dialect) -> String {
    let refused = emit(sql, dialect)
        .map(|proved| panic!("{sql}: {}", proved.sql))
        .expect_err("refused");
    assert!(
        refused
            .iter()
            .all(|diagnostic| diagnostic.code == Code::Placeholder)
    );
    sql[refused[0].span.range()].to_owned()
}

#[test]
fn postgres_puts_the_tenant_behind_the_arguments() {
    let pairs = [
        (
            "select a from t where b = $tenant",
            "select a from t where b = $1",
            "Text",
        ),
        (
            "select $2, $1, $2 where b = $tenant",
            "select $2, $1, $2 where b = $3",
            "0=$1 1=$2 Text",
        ),
        (
            "select $1 /* $tenant $9 */, '$tenant'",
            "select $1 /* $tenant $9 */, '$tenant'",
            "0=$1",
        ),
        (
            "select $tenant$ $tenant$, \"$tenant\" from t",
            "select $tenant$ $tenant$, \"$tenant\" from t",
            "",
        ),
        (
            "select 'ä' where b = $tenant and c = $tenant",
            "select 'ä' where b = $1 and c = $1",
            "Text",
        ),
    ];
    for (sql, text, binds) in pairs {
        assert_eq!(
            emitted(sql, Dialect::Postgres),
            (text.to_owned(), binds.to_owned())
        );
    }
}

#[test]
fn postgres_has_one_number_for_each_type_of_the_tenant() {
    let sql = "select 1 where a = $tenant and b = $tenant and c = $1 and d = $tenant";
    let placeholders = placeholders(sql, Dialect::Postgres);
    let spans: Vec<Span> = placeholders
        .all()
        .iter()
        .filter(|found| found.is_tenant())
        .map(|found| found.span)
        .collect();
    let types = [
        (spans[0], TenantType::Uuid),
        (spans[1], TenantType::Text),
        (spans[2], TenantType::Uuid),
    ];
    let proved = placeholders.emit(sql, &types, &[]).expect("emitted");
    assert_eq!(
        proved.sql,
        "select 1 where a = $2 and b = $3 and c = $1 and d = $2"
    );
    assert_eq!(
        proved.binds[1..],
        [Bind::Tenant(TenantType::Uuid), Bind::Tenant(TenantType::Text)]
    );
}

#[test]
fn every_tenant_needs_one_type() {
    for dialect in [Dialect::Postgres, Dialect::Sqlite] {
        let sql = "select $tenant";
        let placeholders = placeholders(sql, dialect);
        let span = placeholders.all()[0].span;
        assert!(placeholders.emit(sql, &[], &[]).is_err());
        let twice = [(span, TenantType::Text), (span, TenantType::Int8)];
        assert!(placeholders.emit(sql, &twice, &[]).is_err());
        assert!(
            placeholders
                .emit(sql, &[(span, TenantType::Text), (span, TenantType::Text)], &[])
                .is_ok()
        );
    }
}

#[test]
fn postgres_refuses_gaps_and_strange_numbers() {
    for (sql, at) in [
        ("select $2", "$2"),
        ("select $1, $3", "$3"),
        ("select $1, $03", "$03"),
        ("select $0", "$0"),
        ("select $99999999999999999999", "$99999999999999999999"),
        ("select $40000", "$40000"),
    ] {
        assert_eq!(refused(sql, Dialect::Postgres), at);
    }
}

/// The slots were compared with `sqlite3_bind_parameter_index` and the results of running the statements.
#[test]
fn sqlite_keeps_the_slots() {
    let pairs = [
        (
            "select ? where a = $tenant and b = ?",
            "select ?1 where a = ?2 and b = ?3",
            "0=?1 Text 1=?2",
        ),
        (
            "select 1 where a = $tenant and b = $tenant",
            "select 1 where a = ?1 and b = ?1",
            "Text",
        ),
        (
            "select :x, @y, :x, $tenant, ?",
            "select ?1, ?2, ?1, ?3, ?4",
            "0=:x 1=@y Text 2=?1",
        ),
        (
            "select ?2, ?1, ?2, $tenant",
            "select ?2, ?1, ?2, ?3",
            "0=?1 1=?2 Text",
        ),
        ("select ?1, $tenant, ?1", "select ?1, ?2, ?1", "0=?1 Text"),
        (
            "select '?', \"?\" /* ? */, ?",
            "select '?', \"?\" /* ? */, ?1",
            "0=?1",
        ),
    ];
    for (sql, text, binds) in pairs {
        assert_eq!(emitted(sql, Dialect::Sqlite), (text.to_owned(), binds.to_owned()));
    }
}

#[test]
fn sqlite_refuses_shared_slots_gaps_and_mixtures() {
    for (sql, at) in [
        ("select 1 where tenant_id = $tenant and body <> ?1", "?1"),
        ("select :x, ?1", "?1"),
        ("select ?1, $tenant, ?2", "?2"),
        ("select ?2", "?2"),
        ("select ?1, ?", "?1"),
        ("select ?0", "?0"),
        ("select ?32767", "?32767"),
        ("select ?99999999999999999999", "?99999999999999999999"),
    ] {
        assert_eq!(refused(sql, Dialect::Sqlite), at, "{sql}");
    }
}

#[test]
fn sqlite_has_one_type_for_the_tenant() {
    let sql = "select 1 where a = $tenant and b = $tenant";
    let placeholders = placeholders(sql, Dialect::Sqlite);
    let [first, second] = placeholders.all() else {
        panic!("two placeholders")
    };
    let types = [(first.span, TenantType::Text), (second.span, TenantType::Int8)];
    let refused = placeholders.emit(sql, &types, &[]).expect_err("two types");
    assert_eq!(refused[0].span, second.span);
}

#[test]
fn central_work_has_no_tenant() {
    for dialect in [Dialect::Postgres, Dialect::Sqlite] {
        let sql = "select $tenant, $tenant";
        assert_eq!(
            placeholders(sql, dialect)
                .emit_central(sql)
                .expect_err("refused")
                .len(),
            2
        );
    }
    let sql = "select ?, ?";
    let proved = placeholders(sql, Dialect::Sqlite)
        .emit_central(sql)
        .expect("emitted");
    assert_eq!((proved.sql.as_str(), proved.arguments), ("select ?1, ?2", 2));
}

/// MySQL has no numbers: each `?` is one argument, and the tenant is bound as often as it is written.
#[test]
fn mysql_binds_in_the_order_of_the_text() {
    let text = "select a from t where b = ? and c = $tenant and (d = ? or e = $tenant) -- ? $tenant";
    assert_eq!(
        emitted(text, Dialect::Mysql),
        (
            "select a from t where b = ? and c = ? and (d = ? or e = ?) -- ? $tenant".to_owned(),
            "0=?1 Text 1=?2 Text".to_owned()
        )
    );
    // Of two types, each has its own bind.
    let text = "select a from t where b = $tenant and c = $tenant";
    let placeholders = placeholders(text, Dialect::Mysql);
    let spans: Vec<_> = placeholders.all().iter().map(|found| found.span).collect();
    let proved = placeholders
        .emit(
            text,
            &[(spans[0], TenantType::Text), (spans[1], TenantType::Int8)],
            &[],
        )
        .expect("emits");
    assert_eq!(proved.sql, "select a from t where b = ? and c = ?");
    assert_eq!(format!("{:?}", proved.binds), "[Tenant(Text), Tenant(Int8)]");
}
