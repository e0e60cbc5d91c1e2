use crate::parse::parse_statement;
use crate::{Code, Dialect};

/// Each text reads as the other one.
fn reads_as(pairs: &[(&str, &str)]) {
    for (sql, plain) in pairs {
        let parsed =
            parse_statement(sql, Dialect::Mysql).unwrap_or_else(|refused| panic!("{sql}: {refused:?}"));
        assert_eq!(parsed.statement.to_string(), *plain, "{sql}");
    }
}

fn refused(sql: &str) -> (Code, &str) {
    match parse_statement(sql, Dialect::Mysql) {
        Ok(parsed) => panic!("{sql}: {}", parsed.statement),
        Err(refused) => (refused[0].code, &sql[refused[0].span.range()]),
    }
}

#[test]
fn mod_is_an_operator_behind_an_operand() {
    reads_as(&[
        ("select a mod b, (a) MOD 2 from t", "SELECT a % b, (a) % 2 FROM t"),
        ("select mod(a, b) from t", "SELECT mod(a, b) FROM t"),
        ("select t.mod from t", "SELECT t.`mod` FROM t"),
    ]);
}

#[test]
fn units_of_two_fields_are_units() {
    reads_as(&[
        (
            "select a + interval '1:2' minute_second, extract(day_hour from a) from t",
            "SELECT a + INTERVAL '1:2' DAY, EXTRACT(DAY FROM a) FROM t",
        ),
        (
            "select a - interval (b + 1) hour from t",
            "SELECT a - INTERVAL (b + 1) HOUR FROM t",
        ),
    ]);
}

#[test]
fn locks_of_both_servers_are_locks() {
    reads_as(&[
        ("select a from t lock in share mode", "SELECT a FROM t FOR SHARE"),
        ("select a from t for update wait 5", "SELECT a FROM t FOR UPDATE"),
        (
            "select a from t for update skip locked",
            "SELECT a FROM t FOR UPDATE SKIP LOCKED",
        ),
        ("select a from t wait", "SELECT a FROM t wait"),
    ]);
}

#[test]
fn binary_takes_one_operand() {
    reads_as(&[
        (
            "select binary a = b, binary a + b, binary a like 'x' from t",
            "SELECT CAST(a AS BINARY) = b, CAST(a AS BINARY) + b, CAST(a AS BINARY) LIKE 'x' FROM t",
        ),
        (
            "select binary(a), binary binary t.a, binary -a, binary a collate b from t",
            "SELECT CAST((a) AS BINARY), CAST(CAST(t.a AS BINARY) AS BINARY), CAST(-a AS BINARY), CAST(a COLLATE b AS BINARY) FROM t",
        ),
        (
            "select cast(a as binary(3)), convert(a, binary), convert(a using binary) from t",
            "SELECT CAST(a AS BINARY(3)), CONVERT(a, BINARY), CONVERT(a USING binary) FROM t",
        ),
        (
            "select row(a, b) = row (c, d) from t",
            "SELECT (a, b) = (c, d) FROM t",
        ),
        ("values row(1, 2), row(3, 4)", "VALUES ROW(1, 2), ROW(3, 4)"),
    ]);
}

#[test]
fn updates_of_several_tables_are_joins() {
    reads_as(&[
        (
            "update t, u set t.a = u.a where t.x = u.x",
            "UPDATE t CROSS JOIN u SET t.a = u.a WHERE t.x = u.x",
        ),
        (
            "update t a, u b left join v c on b.x = c.x, (select 1, 2) w set a.y = 1, b.z = 2",
            "UPDATE t a CROSS JOIN (u b LEFT JOIN v c ON b.x = c.x) CROSS JOIN (SELECT 1, 2) w SET a.y = 1, b.z = 2",
        ),
        (
            "update t use index (a, b) set a = 1",
            "UPDATE t USE INDEX (a, b) SET a = 1",
        ),
        (
            "with x as (select 1, 2) update t, x set t.a = 1",
            "WITH x AS (SELECT 1, 2) UPDATE t CROSS JOIN x SET t.a = 1",
        ),
    ]);
}

/// sqlparser takes these words for tables and their aliases.
#[test]
fn modifiers_are_no_tables() {
    reads_as(&[
        ("update low_priority t set a = 1", "UPDATE t SET a = 1"),
        ("update ignore t set a = 1", "UPDATE OR IGNORE t SET a = 1"),
        (
            "update low_priority ignore t set a = 1",
            "UPDATE OR IGNORE t SET a = 1",
        ),
        (
            "delete low_priority quick from t where a = 1",
            "DELETE FROM t WHERE a = 1",
        ),
    ]);
    assert_eq!(refused("delete ignore from t"), (Code::UnsupportedSql, "ignore"));
    assert_eq!(
        refused("select sql_cache a from t"),
        (Code::UnsupportedSql, "sql_cache")
    );
    assert_eq!(
        refused("select a into outfile 'x' from t"),
        (Code::SessionStatement, "into")
    );
    assert_eq!(refused("handler t open"), (Code::SessionStatement, "handler"));
}

/// Under `sql_mode=ORACLE` MariaDB takes them from left to right.
#[test]
fn intersect_comes_first_or_in_parentheses() {
    reads_as(&[
        (
            "select 1 intersect select 2 union select 3",
            "SELECT 1 INTERSECT SELECT 2 UNION SELECT 3",
        ),
        (
            "select 1 union (select 2 intersect select 3)",
            "SELECT 1 UNION (SELECT 2 INTERSECT SELECT 3)",
        ),
    ]);
    assert_eq!(
        refused("select 1 union select 2 intersect select 3"),
        (Code::UnsupportedSql, "intersect")
    );
}

#[test]
fn table_is_a_query() {
    reads_as(&[
        ("table t order by a limit 1", "SELECT * FROM t ORDER BY a LIMIT 1"),
        ("select 1 union table t", "SELECT 1 UNION SELECT * FROM t"),
    ]);
}

/// Each was compared with MariaDB (`show create view`).
#[test]
fn joins_go_from_left_to_right() {
    reads_as(&[
        (
            "select 1 from a join b right join c on b.x = c.x",
            "SELECT 1 FROM a JOIN b RIGHT JOIN c ON b.x = c.x",
        ),
        (
            "select 1 from a join (b right join c on b.x = c.x)",
            "SELECT 1 FROM a JOIN (b RIGHT JOIN c ON b.x = c.x)",
        ),
        (
            "select 1 from a left join (b join c using (x)) on a.x = b.x",
            "SELECT 1 FROM a LEFT JOIN (b JOIN c USING(x)) ON a.x = b.x",
        ),
        (
            "select left(a.x, 1) from a natural left join b left outer join c as d force index for join (e) using (x)",
            "SELECT left(a.x, 1) FROM a NATURAL LEFT JOIN b LEFT OUTER JOIN c AS d FORCE INDEX FOR JOIN (e) USING(x)",
        ),
    ]);
}

/// With the condition behind the last table, what is joined first depends on more than the order.
#[test]
fn outer_joins_have_their_condition_behind_the_table() {
    for sql in [
        "select 1 from a left join b cross join c on a.x = c.x",
        "select 1 from a left join b straight_join c on a.x = c.x",
        "select 1 from a left join b natural join c on a.x = c.x",
        "select 1 from a left join b left join c on b.x = c.x on a.x = b.x",
        "select 1 from a left join b, c",
        "select 1 from a left join b",
        "select 1 from (a left join b) join c on a.x = c.x",
    ] {
        assert_eq!(refused(sql), (Code::UnsupportedSql, "left"), "{sql}");
    }
    assert!(
        parse_statement(
            "select 1 from a join b join c on b.x = c.x on a.x = b.x",
            Dialect::Mysql
        )
        .is_err()
    );
}
