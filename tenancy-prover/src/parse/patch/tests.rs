use super::*;
use crate::parse::{Parsed, parse_statement};

fn parsed(sql: &str, dialect: Dialect) -> Parsed {
    parse_statement(sql, dialect).unwrap_or_else(|refused| panic!("{sql}: {refused:?}"))
}

/// Each text reads as the other one.
fn reads_as(dialect: Dialect, pairs: &[(&str, &str)]) {
    for (sql, plain) in pairs {
        assert_eq!(parsed(sql, dialect).statement.to_string(), *plain, "{sql}");
    }
}

fn refused(sql: &str, dialect: Dialect) -> (Code, &str) {
    match parse_statement(sql, dialect) {
        Ok(parsed) => panic!("{sql}: {}", parsed.statement),
        Err(refused) => (refused[0].code, &sql[refused[0].span.range()]),
    }
}

#[test]
fn only_is_dropped_before_relations_and_recorded() {
    for (sql, plain) in [
        ("select * from only t", "SELECT * FROM t"),
        ("select * from ONLY (s.t) as x", "SELECT * FROM s.t AS x"),
        (
            "select * from a join only b on true",
            "SELECT * FROM a JOIN b ON true",
        ),
        ("select * from a, only b", "SELECT * FROM a, b"),
        ("update only t set a = 1", "UPDATE t SET a = 1"),
        ("delete from only t using only u", "DELETE FROM t USING u"),
        ("table only t", "SELECT * FROM t"),
    ] {
        let parsed = parsed(sql, Dialect::Postgres);
        assert_eq!(parsed.statement.to_string(), plain);
        assert!(!parsed.extras.only.is_empty());
        for span in parsed.extras.only {
            assert!(sql[span.range()].eq_ignore_ascii_case("only"));
        }
    }
    for sql in [
        "select a from t fetch first 5 rows only",
        "select a as only from t",
        "select t.only from t",
        "select * from \"only\" t",
    ] {
        assert_eq!(parsed(sql, Dialect::Postgres).extras.only, [], "{sql}");
    }
    assert_eq!(
        refused("select * from only (t x)", Dialect::Postgres).0,
        Code::UnsupportedSql
    );
    // SQLite has no such word: it is a table.
    let sqlite = parsed("select * from only t", Dialect::Sqlite);
    assert_eq!(sqlite.statement.to_string(), "SELECT * FROM only t");
}

#[test]
fn predicates_of_conflict_targets_are_kept_beside_the_tree() {
    for dialect in [Dialect::Postgres, Dialect::Sqlite] {
        let sql = "insert into t (a, b) values (1, 2) \
                   on conflict (a, b) where (c is null or d) and e = 'do update' do update set a = 1 where t.b = 2";
        let parsed = parsed(sql, dialect);
        let [(span, predicate)] = parsed.extras.conflict_predicates.as_slice() else {
            panic!("one predicate")
        };
        assert_eq!(&sql[span.range()], "on conflict");
        assert_eq!(predicate.to_string(), "(c IS NULL OR d) AND e = 'do update'");
        assert!(
            parsed
                .statement
                .to_string()
                .ends_with("ON CONFLICT(a, b) DO UPDATE SET a = 1 WHERE t.b = 2")
        );
        for target in ["a text_ops", "a b c", "a,", "lower(a) text_ops, b"] {
            let sql = format!("insert into t (a) values (1) on conflict ({target}) do nothing");
            assert_eq!(refused(&sql, dialect), (Code::UnsupportedSql, target), "{sql}");
        }
    }
}

#[test]
fn expressions_of_conflict_targets_are_kept_beside_the_tree() {
    for dialect in [Dialect::Postgres, Dialect::Sqlite] {
        let sql = "insert into t (a) values (1) on conflict (a, lower(b), (c)) where d do nothing";
        let parsed = parsed(sql, dialect);
        let [(span, parts)] = parsed.extras.conflict_targets.as_slice() else {
            panic!("one target")
        };
        assert_eq!(&sql[span.range()], "a, lower(b), (c)");
        let parts: Vec<String> = parts.iter().map(ToString::to_string).collect();
        assert_eq!(parts, ["a", "lower(b)", "(c)"]);
        assert_eq!(parsed.extras.conflict_predicates.len(), 1);
        assert!(
            parsed
                .statement
                .to_string()
                .ends_with("ON CONFLICT(target) DO NOTHING")
        );
    }
}

#[test]
fn several_conflict_clauses_are_kept_beside_the_tree() {
    let sql = "insert into t (a) values (?) on conflict (a) do update set b = 'on conflict' where c = ? \
               on conflict (lower(d)) where d > 0 do nothing on conflict do update set b = ? returning a";
    let parsed_one = parsed(sql, Dialect::Sqlite);
    let more: Vec<String> = parsed_one
        .extras
        .more_conflicts
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        more,
        [
            " ON CONFLICT(target) DO NOTHING",
            " ON CONFLICT DO UPDATE SET b = ?"
        ]
    );
    assert_eq!(parsed_one.placeholders.all().len(), 3);
    assert_eq!(parsed_one.extras.conflict_predicates.len(), 1);
    assert!(
        parsed_one
            .statement
            .to_string()
            .ends_with("ON CONFLICT(a) DO UPDATE SET b = 'on conflict' WHERE c = ? RETURNING a")
    );
    // Behind a query `on` may belong to a join of a table called conflict.
    let sql =
        "insert into t (a) select a from b join conflict on conflict.a = 1 where true on conflict do nothing";
    assert_eq!(refused(sql, Dialect::Sqlite).0, Code::UnsupportedSql);
    // PostgreSQL has one.
    let sql = "insert into t (a) values (1) on conflict (a) do nothing on conflict do nothing";
    assert_eq!(refused(sql, Dialect::Postgres).0, Code::SyntaxError);
}

/// A function of that name in the condition of a join.
#[test]
fn nothing_is_cut_out_of_a_join() {
    let parsed = parsed(
        "select 1 from a join b on conflict (a, b) where a.c = 1",
        Dialect::Postgres,
    );
    assert_eq!(parsed.extras.conflict_predicates.len(), 0);
    assert!(parsed.statement.to_string().ends_with("WHERE a.c = 1"));
}

#[test]
fn placeholders_in_what_was_cut_out_still_count() {
    let sql = "insert into t (a) values ($1) on conflict (a) where b = $2 do nothing";
    assert_eq!(parsed(sql, Dialect::Postgres).placeholders.all().len(), 2);
}

#[test]
fn selects_without_from_before_on_conflict() {
    for dialect in [Dialect::Postgres, Dialect::Sqlite] {
        reads_as(
            dialect,
            &[
                (
                    "insert into t (a) select 1, (select b from u) on conflict do nothing",
                    "INSERT INTO t (a) SELECT 1, (SELECT b FROM u) WHERE true ON CONFLICT DO NOTHING",
                ),
                (
                    "insert into t (a) select a from u on conflict do nothing",
                    "INSERT INTO t (a) SELECT a FROM u ON CONFLICT DO NOTHING",
                ),
                (
                    "insert into t (a) select 1 union select 2 on conflict do nothing",
                    "INSERT INTO t (a) SELECT 1 UNION SELECT 2 WHERE true ON CONFLICT DO NOTHING",
                ),
            ],
        );
    }
}

#[test]
fn locks_tables_and_overriding() {
    reads_as(
        Dialect::Postgres,
        &[
            ("select a from t for key share", "SELECT a FROM t FOR SHARE"),
            (
                "select a from t for no key update of t nowait",
                "SELECT a FROM t FOR UPDATE OF t NOWAIT",
            ),
            ("table t order by a", "SELECT * FROM t ORDER BY a"),
            (
                "select 1 union all table s.t",
                "SELECT 1 UNION ALL SELECT * FROM s.t",
            ),
            ("select 1 in (table t)", "SELECT 1 IN (SELECT * FROM t)"),
            ("select 1 as table", "SELECT 1 AS table"),
            (
                "insert into t (a) overriding system value values (1)",
                "INSERT INTO t (a) VALUES (1)",
            ),
            (
                "select a isnull, b.isnull, c as isnull",
                "SELECT a IS NULL, b.isnull, c AS isnull",
            ),
        ],
    );
    let user = refused(
        "insert into t (a) overriding user value values (1)",
        Dialect::Postgres,
    );
    assert_eq!(user, (Code::UnsupportedSql, "overriding user value"));
}

#[test]
fn cycle_and_search_clauses_are_recorded() {
    let sql = "with recursive x as (select 1), r(id, up) as not materialized (select 1, 2 union all select id, up from r) \
               search breadth first by id set seq cycle ID, \"Up\" set done to 'y' default 'n' using way \
               select * from r";
    let parsed = parsed(sql, Dialect::Postgres);
    let [clause] = parsed.extras.cycles.as_slice() else {
        panic!("one clause")
    };
    assert_eq!(&sql[clause.cte.range()], "r");
    let names = |added: &[Added]| added.iter().map(|added| added.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&clause.keys), ["id", "id", "Up"]);
    assert_eq!(names(&clause.added), ["seq", "done", "way"]);
    assert_eq!(&sql[clause.added[2].span.range()], "way");

    // Both words are names elsewhere.
    for sql in [
        "select * from (select 1) cycle",
        "select * from (select 1) search where search.a = 1",
    ] {
        assert_eq!(self::parsed(sql, Dialect::Postgres).extras.cycles, []);
    }
    let stray = refused(
        "select * from (select 1) cycle a set b using c",
        Dialect::Postgres,
    );
    assert_eq!(stray, (Code::UnsupportedSql, "cycle a set b using c"));
}

#[test]
fn qualified_operators_of_the_server_are_plain_where_that_groups_the_same() {
    reads_as(
        Dialect::Postgres,
        &[
            (
                "select 1 from t where t.a operator(pg_catalog.=) $1 and b OPERATOR(pg_catalog.~~*) 'x'",
                "SELECT 1 FROM t WHERE t.a = $1 AND b ~~* 'x'",
            ),
            (
                "select a operator(pg_catalog.<>) b from t",
                "SELECT a <> b FROM t",
            ),
        ],
    );
    for sql in [
        "select 1 from t where a operator(public.=) b",
        "select 1 from t where a operator(=) b",
        "select 1 from t where a operator(pg_catalog.=) b || c",
        "select 1 from t where c + a operator(pg_catalog.*) b",
        "select 1 from t where (c) operator(pg_catalog.=) b",
    ] {
        assert_eq!(refused(sql, Dialect::Postgres).0, Code::UnknownOperator, "{sql}");
    }
}

#[test]
fn arrays_from_subqueries_are_told_from_subqueries() {
    reads_as(
        Dialect::Postgres,
        &[
            (
                "select a = any ((select b)::int[])",
                "SELECT a = ANY(((SELECT b)::INT[]))",
            ),
            ("select a = any ((select b))", "SELECT a = ANY(SELECT b)"),
            ("select a = any (select b)", "SELECT a = ANY(SELECT b)"),
        ],
    );
}

#[test]
fn sqlite_hints_and_null_safe_equality() {
    reads_as(
        Dialect::Sqlite,
        &[
            ("select * from t indexed by ix where a", "SELECT * FROM t WHERE a"),
            (
                "select * from t x not indexed where not indexed",
                "SELECT * FROM t x WHERE NOT indexed",
            ),
            (
                "with c as not materialized (select 1) select 1",
                "WITH c AS (SELECT 1) SELECT 1",
            ),
            (
                "with c as materialized (select 1) select 1",
                "WITH c AS (SELECT 1) SELECT 1",
            ),
            (
                "select a is b, a is not ?",
                "SELECT a IS NOT DISTINCT FROM b, a IS DISTINCT FROM ?",
            ),
            (
                "select a is null, a is not null, a is true",
                "SELECT a IS NULL, a IS NOT NULL, a IS TRUE",
            ),
            (
                "select a is not distinct from b",
                "SELECT a IS NOT DISTINCT FROM b",
            ),
            ("select a == b, a << 1", "SELECT a = b, a << 1"),
        ],
    );
}

#[test]
fn sqlite_refusals_name_the_place() {
    for (sql, at) in [
        ("select 1 from t where a in u", "in u"),
        ("select 1 from t where a not glob 'x'", "not glob"),
        (
            "insert into t select 1 where true on conflict (a) do nothing on conflict do nothing",
            "on conflict",
        ),
        ("select 1 union select 2 intersect select 3", "intersect"),
    ] {
        assert_eq!(refused(sql, Dialect::Sqlite), (Code::UnsupportedSql, at), "{sql}");
    }
    parsed("select 1 intersect select 2 union select 3", Dialect::Sqlite);
    parsed("select 1 union select 2 intersect select 3", Dialect::Postgres);
}

#[test]
fn row_limits_of_sqlite_writes() {
    reads_as(
        Dialect::Sqlite,
        &[
            (
                "update t set a = (select 1 order by 1 limit 1) where b order by c desc, d limit 1",
                "UPDATE t SET a = (SELECT 1 ORDER BY 1 LIMIT 1) WHERE b ORDER BY c DESC, d LIMIT 1",
            ),
            (
                "delete from t where a order by b limit 1 offset ?",
                "DELETE FROM t WHERE a ORDER BY b LIMIT 1",
            ),
            (
                "delete from t where a limit 2, 5",
                "DELETE FROM t WHERE a LIMIT 2",
            ),
            (
                "select a from t order by b limit 1 offset 2",
                "SELECT a FROM t ORDER BY b LIMIT 1 OFFSET 2",
            ),
        ],
    );
    let parsed = parsed(
        "with c as (select 1) update t set a = 1 order by (select b from u) limit 1",
        Dialect::Sqlite,
    );
    let Statement::Query(query) = parsed.statement else {
        panic!("no query")
    };
    let sqlparser::ast::SetExpr::Update(Statement::Update(update)) = *query.body else {
        panic!("no update")
    };
    assert_eq!(update.order_by.len(), 1);
    let offset = refused("delete from t limit 1 offset (select 1)", Dialect::Sqlite);
    assert_eq!(offset, (Code::UnsupportedSql, "offset (select 1)"));
    assert_eq!(
        refused("update t set a = 1 order by b c limit 1", Dialect::Sqlite).0,
        Code::SyntaxError
    );
    assert_eq!(
        refused("update t set a = 1 order by b", Dialect::Postgres).0,
        Code::SyntaxError
    );
}
