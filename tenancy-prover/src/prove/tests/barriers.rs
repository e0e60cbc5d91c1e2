//! Grouping, windows, `distinct`, `limit` and set operations: what passes them, and in which columns.

use super::Shop;

#[test]
fn an_exposure_passes_group_by_in_grouped_columns() {
    let shop = Shop::postgres("");
    shop.needs(
        "select x.n from (select max(o.tenant_id) as m, o.? as t, count(*) as n from «orders o» group by o.?) x where x.t = $tenant",
        "tenant_id",
        "note",
    );
    shop.leaves_open(
        "select x.n from (select max(o.tenant_id) as t, count(*) as n from «orders o» group by o.note) x where x.t = $tenant",
    );
}

#[test]
fn an_aggregate_without_group_by_mixes_all_rows() {
    let shop = Shop::postgres("");
    shop.needs(
        "select x.n from (select count(*) as n, $tenant::text as t from «orders o» ?) x where x.t = $tenant",
        "where o.tenant_id = $tenant",
        "",
    );
    shop.leaves_open("select x.t from (select max(o.tenant_id) as t from «orders o») x where x.t = $tenant");
}

#[test]
fn grouping_sets_make_null_of_what_a_set_does_not_hold() {
    let shop = Shop::postgres("");
    let query = "select x.n from (select o.tenant_id as t, count(*) as n from «orders o» group by ?) x where x.t = $tenant";
    for sets in [
        "grouping sets ((o.tenant_id), (o.total))",
        "rollup (o.tenant_id, o.total)",
        "cube (o.tenant_id)",
    ] {
        shop.proves(&query.replace(['«', '»'], "").replace('?', sets));
        shop.leaves_open(&format!("{} or x.t is null", query.replace('?', sets)));
    }
    // A fact must hold in the rows of every set.
    shop.needs(
        "select o.id from orders o where o.tenant_id = $tenant and o.tenant_id not in
           (select c.tenant_id from «customers c» group by grouping sets (?))",
        "(c.tenant_id, c.id), (c.tenant_id)",
        "(c.tenant_id), (c.id)",
    );
}

#[test]
fn a_null_group_holds_rows_of_every_tenant() {
    let shop = Shop::postgres("");
    shop.needs(
        "select x.n from (select c.tenant_id as t, count(*) as n from «orders o» left join «customers c» on c.tenant_id = o.tenant_id
           group by c.tenant_id) x where x.t = $tenant ?",
        "",
        "or x.t is null",
    );
}

#[test]
fn a_window_looks_at_the_rows_of_its_partition() {
    let shop = Shop::postgres("");
    let query = "select x.n from (select o.tenant_id, ? as n from «orders o») x where x.tenant_id = $tenant";
    shop.needs(
        query,
        "row_number() over (partition by o.tenant_id order by o.id)",
        "row_number() over (order by o.id)",
    );
    shop.needs(
        query,
        "sum(o.total) over (partition by o.total, o.tenant_id)",
        "sum(o.total) over (partition by o.total)",
    );
    shop.needs(
        query,
        "rank() over (partition by o.tenant_id) + sum(1) over (partition by o.tenant_id, o.id)",
        "rank() over (partition by o.tenant_id) + sum(1) over (partition by o.id)",
    );
    shop.needs(
        "select x.n from (select o.tenant_id, sum(o.total) over w as n from «orders o» window w as (?)) x where x.tenant_id = $tenant",
        "partition by o.tenant_id",
        "partition by o.id",
    );
    shop.needs(
        "select sum(o.total) over () from «orders o» ?",
        "where o.tenant_id = $tenant",
        "",
    );
}

#[test]
fn distinct_keeps_its_columns_apart() {
    let shop = Shop::postgres("");
    shop.needs(
        "select x.total from (select distinct o.? as t, o.total from «orders o») x where x.t = $tenant",
        "tenant_id",
        "note",
    );
    shop.needs(
        "select x.n from (select distinct o.total as n, row_number() over (partition by o.tenant_id) as r from «orders o» ?) x",
        "where o.tenant_id = $tenant",
        "",
    );
}

#[test]
fn distinct_on_keeps_its_keys_apart() {
    let shop = Shop::postgres("");
    shop.needs(
        "select x.id from (select distinct on (?) o.tenant_id, o.id from «orders o») x where x.tenant_id = $tenant",
        "o.tenant_id",
        "o.customer_id",
    );
    shop.needs(
        "select x.id from (select distinct on (?) o.tenant_id, o.id from «orders o») x where x.tenant_id = $tenant",
        "o.customer_id, o.tenant_id",
        "lower(o.tenant_id)",
    );
}

#[test]
fn limits_choose_among_all_rows() {
    let shop = Shop::postgres("");
    for limit in [
        "limit 5",
        "offset 5",
        "fetch first 5 rows only",
        "order by o.id limit 5",
    ] {
        let query = format!(
            "select x.id from (select o.tenant_id, o.id from «orders o» ? {limit}) x where x.tenant_id = $tenant"
        );
        shop.needs(&query, "where o.tenant_id = $tenant", "");
    }
    shop.proves("select x.id from (select o.tenant_id, o.id from orders o order by o.id) x where x.tenant_id = $tenant limit 5");
}

#[test]
fn set_operations_expose_by_position() {
    let shop = Shop::postgres("");
    for operation in ["union", "union all", "intersect", "except", "except all"] {
        let query = format!(
            "select x.id from (select o.tenant_id as t, o.id from orders o {operation} select c.?, c.id from «customers c») x where x.t = $tenant"
        );
        shop.needs(&query, "tenant_id", "name");
        let swapped = format!(
            "select x.id from (select c.? as t, c.id from «customers c» {operation} select o.tenant_id, o.id from orders o) x where x.t = $tenant"
        );
        shop.needs(&swapped, "tenant_id", "name");
        let arms = format!(
            "select o.id from orders o where o.tenant_id = $tenant {operation} select c.id from «customers c» ?"
        );
        shop.needs(&arms, "where c.tenant_id = $tenant", "");
    }
}

#[test]
fn a_column_is_the_tenant_if_it_is_in_both_arms() {
    let shop = Shop::postgres("");
    let query = "select b.id from (select o.tenant_id as t from orders o where o.tenant_id = $tenant ?) x join «bills b» on b.org_id = x.t";
    shop.needs(
        query,
        "union all select $tenant::text",
        "union all select p.name from plans p",
    );
    shop.needs(
        query,
        "except select p.name from plans p",
        "union select p.name from plans p",
    );
}

#[test]
fn values_are_the_tenant_if_every_row_is() {
    let shop = Shop::postgres("");
    shop.needs(
        "select c.name from (values ($tenant, 1), (?, 2)) v (t, n) join «customers c» on c.tenant_id = v.t",
        "$tenant",
        "'globex'",
    );
}

#[test]
fn exposures_follow_columns_that_are_passed_through() {
    let shop = Shop::postgres(
        "create view seen as select tenant_id as t, id, note from orders; create view folded as select lower(tenant_id) as t, id from orders;",
    );
    let query = "select x.id from (select ? as t, o.id from «orders o») x where x.t = $tenant";
    shop.needs(query, "o.tenant_id", "lower(o.tenant_id)");
    shop.needs(query, "o.tenant_id", "$tenant::text");
    shop.needs(
        "with x as (select ? as t, o.id from «orders o») select x.id from x where x.t = $tenant",
        "o.tenant_id",
        "o.note",
    );
    // Every reference to a definition is a copy of its own.
    shop.leaves_open("with x as (select o.tenant_id as t, o.id from «orders o») select a.id from x a join x b on a.id = b.id where a.t = $tenant");
    shop.proves("with x as (select o.tenant_id as t, o.id from orders o) select a.id from x a join x b on a.t = b.t where a.t = $tenant");
    shop.proves("select s.id from seen s where s.t = $tenant");
    shop.refuses(
        crate::Code::LeakyView,
        "select s.id from «folded s» where s.t = $tenant",
    );
    shop.refuses(
        crate::Code::LeakyView,
        "select s.id from «seen s» where s.note = $tenant",
    );
}

#[test]
fn refusals_name_the_construct_that_is_in_the_way() {
    let shop = Shop::postgres("");
    let message = |sql: &str| match crate::prove(&shop.0, sql) {
        crate::Verdict::Proved(_) => panic!("proved: {sql}"),
        crate::Verdict::Refused(found) => found[0].message.clone(),
    };
    for (query, construct) in [
        (
            "select x.n from (select count(*) as n from orders o) x",
            "an aggregate folds its rows",
        ),
        (
            "select x.n from (select count(*) as n from orders o group by o.id) x",
            "`group by` folds its rows",
        ),
        (
            "select x.n from (select count(*) as n from orders o group by grouping sets (o.id, ())) x",
            "`group by` folds its rows",
        ),
        (
            "select x.n from (select rank() over (order by o.id) as n from orders o) x",
            "a window function looks at its rows",
        ),
        (
            "select x.id from (select distinct o.id from orders o) x where x.id > 0",
            "`distinct` folds its rows",
        ),
        (
            "select x.id from (select distinct on (o.id) o.id from orders o) x where x.id > 0",
            "`distinct on` picks among its rows",
        ),
        (
            "select x.id from (select o.id from orders o limit 5) x where x.id > 0",
            "`limit` picks among its rows",
        ),
    ] {
        let expected = format!("`orders o` is not confined to the tenant before {construct}");
        assert_eq!(message(query), expected, "{query}");
    }
    // Nothing outside could confine these.
    for query in [
        "select o.id from orders o limit 5",
        "select distinct o.id from orders o",
        "with x as (select 1 as n) select o.id from orders o limit 5",
    ] {
        assert_eq!(
            message(query),
            "`orders o` is not confined to the tenant",
            "{query}"
        );
    }
}

#[test]
fn an_offset_of_nothing_drops_no_row() {
    let shop = Shop::postgres("");
    shop.proves("select x.id from (select * from orders offset 0) x where x.tenant_id = $tenant");
    for bounds in [
        "offset 1",
        "offset $1",
        "limit 10 offset 0",
        "limit 0 offset 0",
        "offset 0 + 1",
    ] {
        shop.leaves_open(&format!(
            "select x.id from (select * from «orders» {bounds}) x where x.tenant_id = $tenant"
        ));
    }
}
