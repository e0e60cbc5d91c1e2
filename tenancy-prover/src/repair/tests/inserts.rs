//! Inserts that leave the tenant column out.

use super::Shop;

#[test]
fn the_column_and_a_value_for_each_row() {
    for shop in [Shop::postgres(), Shop::sqlite()] {
        shop.repairs("insert into orders (id, customer_id«, tenant_id») values (1, 2«, $tenant»)");
        shop.repairs(
            "insert into orders (id, customer_id«, tenant_id») values (1, 2«, $tenant»), (3, (4)«, $tenant»)",
        );
        shop.repairs("insert into orders (id, customer_id«, tenant_id») values (1, 2«, $tenant») on conflict (tenant_id, id) do update set total = 1 returning id");
        shop.repairs("insert into notes« (id, body, tenant_id)» values (1, 'x'«, $tenant»)");
        shop.repairs("insert into notes« (id, tenant_id)» values (1«, $tenant»)");
        shop.repairs("insert into orders (tenant_id, id, customer_id) values ($tenant, 1, 2)");
    }
}

#[test]
fn arguments_keep_their_numbers() {
    Shop::postgres().repairs("insert into orders (id, customer_id«, tenant_id») values ($1, $2«, $tenant»)");
    Shop::sqlite().repairs(
        "insert into orders (id, customer_id«, tenant_id») values (?, ?«, $tenant»), (?, ?«, $tenant»)",
    );
}

#[test]
fn queries() {
    for shop in [Shop::postgres(), Shop::sqlite()] {
        shop.repairs("insert into orders (id, customer_id«, tenant_id») select id, 1«, $tenant» from plans");
        shop.repairs("insert into orders (id, customer_id«, tenant_id») select 1, 2«, $tenant»");
        shop.repairs("insert into orders (id, customer_id«, tenant_id») select 1, 2«, $tenant» union all select id, id«, $tenant» from plans");
        shop.repairs("insert into orders (id, customer_id«, tenant_id») select customer_id, max(id)«, $tenant» from orders« where orders.tenant_id = $tenant» group by customer_id");
        shop.repairs("insert into orders (id, customer_id«, tenant_id») with x as (select id from plans) select id, 1«, $tenant» from x");
        shop.repairs("insert into notes« (id, tenant_id)» select id«, $tenant» from plans");
    }
}

#[test]
fn default_values() {
    let shop = Shop::postgres();
    shop.repairs(
        "insert into orders (id, customer_id«, tenant_id») overriding system value values (1, 2«, $tenant»)",
    );
    shop.repairs("insert into public.orders as o (id, customer_id«, tenant_id») values (1, 2«, $tenant») returning o.id");
    shop.repairs("with x as (insert into orders (id, customer_id«, tenant_id») values (1, 2«, $tenant») returning id) select id from x");
    shop.repairs("insert into \"Order\" (\"select\"«, \"Tenant\"») values (1«, $tenant»)");
}
