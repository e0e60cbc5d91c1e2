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
