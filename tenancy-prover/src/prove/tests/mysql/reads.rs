//! Grouping, table functions, row constructors, hints, locks.

use super::Shop;
use crate::Code;

#[test]
fn rollup_shows_any_row_of_a_column_that_is_not_grouped() {
    let shop = Shop::mysql("");
    let query = |group: &str| {
        format!(
            "select x.id from (select tenant_id, id, status from «orders» group by {group}) x where x.tenant_id = $tenant"
        )
    };
    shop.proves(&query("tenant_id, id").replace(['«', '»'], ""));
    // Safe as it stands, but a key that the select list names twice would be null only once.
    shop.leaves_open(&query("tenant_id, status with rollup"));
    shop.leaves_open(&query("status with rollup"));
    // The key is grouped, and the rows that are added have no part of it.
    let keyed =
        "create table keyed (id int primary key, tenant_id varchar(32) collate utf8mb4_bin not null);";
    let shop = Shop::mysql(keyed);
    let query =
        "select x.id from (select tenant_id, id from «keyed» group by ?) x where x.tenant_id = $tenant";
    shop.needs(query, "id", "id with rollup");
    shop.needs(query, "2", "2.0");
    shop.needs(query, "(2)", "'2'");
}

#[test]
fn documents_are_rows_of_their_own() {
    let shop = Shop::mysql(
        "create table docs (tenant_id varchar(32) collate utf8mb4_bin not null, id int, body json);",
    );
    let query = "select j.a from «docs d» join json_table(d.body, '$[*]' columns (n for ordinality, a int path '$.a', \
                 nested path '$.b[*]' columns (tenant_id varchar(32) path '$'))) j on ? = $tenant";
    shop.needs(query, "d.tenant_id", "j.tenant_id");
}

#[test]
fn hints_and_locks() {
    let shop = Shop::mysql("");
    shop.proves_all(&[
        "select sql_no_cache high_priority id from orders force index (primary) where tenant_id = $tenant for update",
        "select id from orders where tenant_id = $tenant lock in share mode",
        "select v.column_0 from (values row(1, 2), row(3, 4)) v join orders o on o.id = v.column_1 where o.tenant_id = $tenant",
    ]);
    shop.refuses_with(Code::SharedLock, "select id from plans for update");
    shop.refuses_with(
        Code::UnsupportedSql,
        "select id from orders partition (p0) where tenant_id = $tenant",
    );
    shop.refuses_with(
        Code::UnsupportedSql,
        "select match (status) against ('x') from orders where tenant_id = $tenant",
    );
}
