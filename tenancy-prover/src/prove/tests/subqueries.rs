//! Subqueries: what they leave open, what they bear witness of, and where null shows.

use super::Shop;

#[test]
fn subqueries_are_confined_wherever_they_stand() {
    let shop = Shop::postgres("");
    for place in [
        "select id from plans limit (select count(*) from «orders o» ?)",
        "select id from plans offset (select count(*) from «orders o» ?)",
        "select id from plans order by (select count(*) from «orders o» ?)",
        "select id, (select count(*) from «orders o» ?) from plans",
        "select id from plans group by id, (select count(*) from «orders o» ?)",
        "select count(*) from plans having count(*) > (select count(*) from «orders o» ?)",
        "select count(*) filter (where exists (select 1 from «orders o» ?)) from plans",
        "select sum(id) over (order by (select count(*) from «orders o» ?)) from plans",
        "select sum(id) over (partition by (select count(*) from «orders o» ?)) from plans",
        "select case when exists (select 1 from «orders o» ?) then 1 end from plans",
        "select coalesce((select max(o.total) from «orders o» ?), id) from plans",
        "select p.id from plans p join plans q on p.id = (select count(*) from «orders o» ?)",
        "values (1), ((select count(*) from «orders o» ?))",
        "select * from (values ((select count(*) from «orders o» ?))) v (n)",
        "select * from generate_series(1, (select count(*) from «orders o» ?)) g",
        "select distinct on ((select count(*) from «orders o» ?)) id from plans",
        "select array(select o.id from «orders o» ?)",
        "select id, (select count(*) from «orders o» ?) = 1 from plans",
        "select id, 1 = (select count(*) from «orders o» ?) from plans",
        "select id, (select max(o.note) from «orders o» ?) collate \"C\" from plans",
        "select id from plans where (select max(o.note) from «orders o» ?) collate \"C\" = 'x'",
        "select id from plans where (id = (select count(*) from «orders o» ?)) is true",
        "select 1 where 1 = any (select o.id from «orders o» ?)",
        "select 1 where 1 <> all (select o.id from «orders o» ?)",
        "with x as (select count(*) as n from «orders o» ?) select 1",
        "with x as (select count(*) as n from «orders o» ?) select n from x",
        "insert into bills (org_id, id) select $tenant, o.id from «orders o» ?",
        "insert into bills (org_id, id) values ($tenant, (select count(*) from «orders o» ?))",
        "update bills set id = (select count(*) from «orders o» ?) where org_id = $tenant",
        "delete from bills where org_id = $tenant and id in (select o.id from «orders o» ?)",
        "delete from bills where org_id = $tenant returning (select count(*) from «orders o» ?)",
    ] {
        shop.needs(place, "where o.tenant_id = $tenant", "");
    }
}

#[test]
fn a_correlated_subquery_is_confined_through_the_outer_row() {
    let shop = Shop::postgres("");
    for subquery in [
        "exists (select 1 from «customers c» where c.id = o.customer_id ?)",
        "not exists (select 1 from «customers c» where c.id = o.customer_id ?)",
        "o.total > (select count(*) from «customers c» where c.id = o.customer_id ?)",
        "o.customer_id in (select c.id from «customers c» where c.boss is null ?)",
        "o.customer_id not in (select c.id from «customers c» where c.boss is null ?)",
        "(select distinct c.name from «customers c» where c.id = o.customer_id ? limit 1) = 'x'",
    ] {
        let query = format!("select o.id from orders o where o.tenant_id = $tenant and {subquery}");
        shop.needs(&query, "and c.tenant_id = o.tenant_id", "");
    }
}

#[test]
fn siblings_confine_under_and_and_or_alone() {
    let shop = Shop::postgres("");
    shop.proves(
        "select p.id from plans p, orders o where o.tenant_id = $tenant
            and (p.id = 1 or exists (select 1 from customers c where c.tenant_id = o.tenant_id))",
    );
    // Each operand confines its own subquery; under `not` the rows show where it is false.
    shop.needs(
        "select p.id from plans p where ? (p.name = $tenant and exists (select 1 from «customers c» where c.tenant_id = p.name))",
        "",
        "not",
    );
}

#[test]
fn a_subquery_that_is_satisfied_bears_witness() {
    let shop = Shop::postgres("");
    let witness = "select o.id from «orders o» where ? (select 1 from customers c where c.tenant_id = o.tenant_id and o.tenant_id = $tenant)";
    shop.needs(witness, "exists", "not exists");
    shop.needs(witness, "exists", "true is distinct from exists");
    shop.needs(
        "select o.id from «orders o» where o.total ? (select 1 from customers c where c.tenant_id = o.tenant_id and o.tenant_id = $tenant)",
        "in",
        "not in",
    );
    shop.needs(
        "select o.id from «orders o» where o.total ? (select c.id from customers c where c.tenant_id = o.tenant_id and o.tenant_id = $tenant limit 1)",
        "=",
        "is distinct from",
    );
    // Without `group by` an aggregate has a row even of nothing, and so has an empty grouping set.
    let grouped = "select o.id from «orders o» where exists (select count(*) from customers c where c.tenant_id = o.tenant_id and o.tenant_id = $tenant ?)";
    shop.needs(grouped, "group by c.id", "");
    shop.needs(
        grouped,
        "group by grouping sets ((c.id), (c.name))",
        "group by grouping sets ((c.id), ())",
    );
    shop.needs(grouped, "group by c.id", "group by rollup (c.id)");
}

#[test]
fn membership_carries_the_tenant_by_position() {
    let shop = Shop::postgres("");
    shop.needs(
        "select o.id from orders o where o.tenant_id = $tenant and (?) in (select c.tenant_id, c.id from «customers c»)",
        "o.tenant_id, o.customer_id",
        "o.note, o.customer_id",
    );
    shop.needs(
        "select o.id from «orders o» where o.tenant_id ? (select c.tenant_id from customers c where c.tenant_id = $tenant)",
        "in",
        "not in",
    );
}

#[test]
fn null_shows_beside_false_under_not_in() {
    let shop = Shop::postgres("");
    let query = "select o.id from orders o where o.tenant_id = $tenant and o.tenant_id ? (select d.tenant_id from «drafts d»)";
    shop.needs(query, "in", "not in");
    shop.needs(
        "select o.id from orders o where o.tenant_id = $tenant and o.tenant_id not in (select d.tenant_id from «drafts d» ?)",
        "where d.tenant_id is not null",
        "where d.id > 1",
    );
    // A column that is declared not null may be null in the output of an outer join.
    shop.needs(
        "select o.id from orders o where o.tenant_id = $tenant
            and o.tenant_id not in (select c.tenant_id from plans p ? join «customers c» on c.id = p.id)",
        "inner",
        "left",
    );
    // So it does wherever all three values are looked at.
    shop.needs(
        "select o.tenant_id in (select d.tenant_id from «drafts d» ?) from orders o where o.tenant_id = $tenant",
        "where d.tenant_id is not null",
        "",
    );
}
