//! What is known of rows is not lost on the way to where it is needed.

use super::Shop;
use crate::Code;

#[test]
fn distinct_keeps_what_is_known_of_its_columns() {
    let shop = Shop::postgres("");
    let query = "insert into bills (org_id, id) select x.t, x.id from (select distinct o.tenant_id as t, o.id from orders o where ?) x";
    shop.proves(&query.replace('?', "o.tenant_id = $tenant"));
    shop.refuses_with(
        Code::UnscopedInsert,
        "insert into bills (org_id, id) select x.t, x.id from (select distinct o.note as t, o.id from orders o where o.tenant_id = $tenant) x",
    );
}

#[test]
fn a_column_that_is_the_tenant_stays_the_tenant() {
    let shop = Shop::postgres("");
    shop.proves("insert into bills (org_id, id) select v.t, 1 from (select $tenant as t) v");
    shop.refuses_with(
        Code::UnscopedInsert,
        "insert into bills (org_id, id) select v.t, 1 from (select 'acme' as t) v",
    );
    shop.needs(
        "select o.id from «orders o» join (select ? as t) v on v.t = o.tenant_id",
        "$tenant",
        "'acme'",
    );
}

#[test]
fn a_merged_column_stays_merged_beside_other_facts() {
    let shop = Shop::postgres("");
    let query = "select x.note from (select tenant_id as t, o.note, c.name from «orders o» full join «customers c» using (tenant_id)) x join bills b on b.org_id = ? where b.org_id = $tenant";
    shop.needs(query, "x.t", "x.name");
}

#[test]
fn the_nullable_side_says_whose_the_preserved_row_is_where_it_is_grouped() {
    let shop = Shop::postgres("");
    let query = "select x.n from (select c.tenant_id as t, count(*) as n from «orders o» left join customers c on c.tenant_id = o.tenant_id join «bills b» on b.org_id = o.tenant_id group by c.tenant_id) x where ?";
    let (proved, open) = ("x.t = $tenant", "x.t = $tenant or x.t is null");
    shop.proves(&query.replace(['«', '»'], "").replace('?', proved));
    shop.leaves_open(
        &query
            .replace("left join customers c", "left join «customers c»")
            .replace('?', open),
    );
}

/// The select list sees no name of its own: no alias stands for itself, however long the ring.
#[test]
fn an_alias_that_names_itself_is_no_column() {
    for shop in [Shop::sqlite(""), Shop::mysql("")] {
        for query in [
            "select nope as nope from orders where tenant_id = $tenant order by nope + 1",
            "select nope as nope from orders where tenant_id = $tenant group by nope",
            "select nope + nope as nope from orders where tenant_id = $tenant group by 1 order by nope + nope",
            "select nope as nope from orders where tenant_id = $tenant group by tenant_id having nope = 1",
            "select a1 as b1, b1 as a1 from orders where tenant_id = $tenant order by a1 + 0",
        ] {
            let codes = shop.codes(query);
            assert!(!codes.is_empty(), "{query}");
        }
    }
    let shop = Shop::sqlite("");
    shop.proves("select total + 1 as total from orders where tenant_id = $tenant order by total + 1");
}

#[test]
fn conditions_of_an_outer_join_hold_once_its_other_side_is_there() {
    let shop = Shop::postgres("");
    // The preserved side is the tenant's only in rows that were matched.
    for query in [
        "select o.id from «orders o» left join customers c on o.tenant_id = $tenant and c.tenant_id = $tenant ?",
        "select o.id from «orders o» left join customers c on o.tenant_id = $tenant and c.tenant_id = $tenant left join plans p on p.id = o.id ?",
        "select o.id from plans p join («orders o» left join customers c on o.tenant_id = $tenant and c.tenant_id = $tenant) on true ?",
        "select i.id from «items i» left join customers c on c.tenant_id = $tenant and exists (select 1 from projects p where p.id = i.project_id and p.tenant_id = $tenant) ?",
        "select n.id from plans n left join («customers o» left join bills c on o.tenant_id = $tenant and c.org_id = $tenant) on true ?",
        "select o.id from «orders o» left join customers c on coalesce(c.tenant_id, o.tenant_id) = $tenant and c.tenant_id = o.tenant_id ?",
        "select i.id from plans n left join customers c on c.tenant_id = $tenant and exists (select 1 from projects p where p.id = n.id and p.tenant_id = $tenant) join «items i» on i.project_id = n.id ?",
    ] {
        shop.needs(query, "where c.id is not null", "where c.id is null");
    }
    shop.needs(
        "select n.id from plans n left join («customers c» full join «drafts d» using (tenant_id)) m on true where ?",
        "m.tenant_id = $tenant",
        "m.name = $tenant",
    );
}

#[test]
fn an_argument_that_both_sides_equal_says_whose_the_preserved_row_is() {
    let shop = Shop::postgres("");
    // A group of the nullable side's column, not null, holds matched rows only.
    for (argument, other) in [("$1", "$1"), ("$1", "$2")] {
        let query = format!(
            "select x.n from (select c.tenant_id as t, count(*) as n from «orders o» left join customers c on c.tenant_id = {argument} and o.tenant_id = {other} group by c.tenant_id) x where x.t = $tenant"
        );
        let merged = format!(
            "select x.n from (select m.t, count(*) as n from «orders o» left join (select tenant_id as t from customers full join drafts using (tenant_id)) m on m.t = {argument} and o.tenant_id = {other} group by m.t) x where x.t = $tenant"
        );
        for query in [query, merged] {
            if argument == other {
                shop.proves(&query.replace(['«', '»'], ""));
            } else {
                shop.leaves_open(&query);
            }
        }
    }
}

#[test]
fn definitions_in_a_subquery_may_speak_of_the_rows_around_it() {
    let shop = Shop::postgres("");
    shop.needs(
        "select o.id from orders o where o.tenant_id = $tenant and exists (with x as (select c.id from «customers c» where ?) select 1 from x where x.id = o.customer_id)",
        "c.tenant_id = o.tenant_id",
        "c.name = o.tenant_id",
    );
    shop.needs(
        "select o.id from orders o where o.tenant_id = $tenant and exists (with x as (select c.id, c.tenant_id from «customers c») select 1 from x where x.id = o.customer_id and ?)",
        "x.tenant_id = o.tenant_id",
        "o.tenant_id = o.tenant_id",
    );
}

/// `c0`, `c1` and so on to `c39`: `first`, and from each of them `columns` into the next.
fn chain(first: &str, columns: &str) -> String {
    let next = |n: usize| format!(", c{n} as (select {columns} from c{} where id > {n})", n - 1);
    let rest: String = (1..40).map(next).collect();
    format!("with c0 as ({first}){rest}")
}

#[test]
fn a_long_chain_of_definitions_keeps_what_its_names_and_keys_say() {
    let shop = Shop::postgres("");
    let named = chain("select id, tenant_id as t from «projects»", "id, t");
    shop.needs(
        &format!("{named} select id from c39 where t = ?"),
        "$tenant",
        "'acme'",
    );
    // No name reaches the tenant column, but the key says whose the row is.
    let keyed = chain("select id, length(name) as n from «projects»", "id, n");
    shop.needs(
        &format!("{keyed} select c.id from c39 c join projects p on p.id = c.? where p.tenant_id = $tenant"),
        "id",
        "n",
    );
    let owned = chain("select id, project_id as p from «items»", "id, p");
    shop.needs(
        &format!("{owned} select c.id from c39 c join projects p on p.id = c.? where p.tenant_id = $tenant"),
        "p",
        "id",
    );
}

#[test]
fn a_row_that_matches_the_last_outer_join_matched_those_before() {
    let shop = Shop::postgres("");
    shop.needs(
        "select d.id from «customers a» left join «customers b» on b.tenant_id = a.tenant_id left join «customers c» on c.tenant_id = b.tenant_id left join «customers d» on d.tenant_id = c.tenant_id where d.tenant_id = ?",
        "$tenant",
        "'acme'",
    );
    // Not beside it: of the row that matches the last nothing is said of the one in the middle.
    shop.needs(
        "select c.id from customers a left join «customers b» on b.? = a.id left join customers c on c.tenant_id = a.tenant_id where c.tenant_id = $tenant",
        "tenant_id = $tenant and b.id",
        "id",
    );
}
