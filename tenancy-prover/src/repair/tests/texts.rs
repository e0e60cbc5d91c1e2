//! Layout, comments, quotes and names that mislead.

use super::Shop;

#[test]
fn comments_swallow_nothing() {
    for shop in [Shop::postgres(), Shop::sqlite()] {
        shop.repairs("select id from orders« where orders.tenant_id = $tenant» -- all of them");
        shop.repairs("select id from orders -- where tenant_id = $tenant\n where id = 1« and orders.tenant_id = $tenant» -- one\n");
        shop.repairs("select id from orders« where orders.tenant_id = $tenant »/* a */order by id");
        shop.repairs(
            "select id\n  from orders o\n where o.id = 1« and o.tenant_id = $tenant»\n order by id;\n",
        );
    }
}

#[test]
fn nothing_runs_into_what_is_added() {
    let shop = Shop::postgres();
    shop.repairs("select 1 from \"Order\"« where \"Order\".\"Tenant\" = $tenant »group by 1");
    shop.repairs("select id from orders where note='x'« and orders.tenant_id = $tenant »order by id");
    shop.repairs("select id from orders where id=any('{1}')« and orders.tenant_id = $tenant »limit 1");
    shop.repairs("select id from orders where id=1« and orders.tenant_id = $tenant »/* b */");
}

#[test]
fn quoted_names() {
    let shop = Shop::postgres();
    shop.repairs("select \"o x\".id from orders \"o x\"« where \"o x\".tenant_id = $tenant»");
    shop.repairs("select o.id from orders O« where O.tenant_id = $tenant»");
    shop.repairs(
        "select \"where\".\"select\" from \"Order\" as \"where\"« where \"where\".\"Tenant\" = $tenant»",
    );
    shop.repairs("select id as order, total as limit from orders« where orders.tenant_id = $tenant»");
}

#[test]
fn words_inside_expressions_are_no_clauses() {
    let shop = Shop::postgres();
    shop.repairs("select extract(year from now()), o.id is distinct from 1 from orders o« where o.tenant_id = $tenant»");
    shop.repairs(
        "select o.id from plans p join orders o on o.id is distinct from p.id« where o.tenant_id = $tenant»",
    );
    shop.repairs("select count(*) filter (where total > 1) over (partition by id order by id) from orders« where orders.tenant_id = $tenant»");
    shop.repairs("select 1 from plans p left join orders o on left(p.name, 1) = o.note« and o.tenant_id = $tenant» order by 1");
    shop.repairs("select id from orders where note = (array['a', 'b'])[1]« and orders.tenant_id = $tenant»");
}

#[test]
fn names_that_mean_something_else_near_by() {
    let shop = Shop::postgres();
    // The alias is the inner one's where it stands.
    shop.repairs("select o.name from customers o where o.tenant_id = $tenant and exists (select 1 from orders o« where o.tenant_id = $tenant»)");
    // A column named like the alias.
    shop.repairs("select total.id from orders total where total.total = 1« and total.tenant_id = $tenant»");
    // The name of the CTE is the table's inside its own definition.
    shop.repairs(
        "with orders as (select * from orders« where orders.tenant_id = $tenant») select id from orders",
    );
    shop.repairs(
        "with plans as (select 1 as id) select o.id from orders o, plans« where o.tenant_id = $tenant»",
    );
    let shop = Shop::sqlite();
    shop.repairs("select 'x' as tenant_id, id from orders« where orders.tenant_id = $tenant»");
    shop.repairs("select o.id as tenant_id from orders 'o'« where o.tenant_id = $tenant»");
    shop.repairs("select id from orders not indexed where id = 1« and orders.tenant_id = $tenant»");
}
