//! MySQL's own ways to write.

use super::Shop;

#[test]
fn reads() {
    let shop = Shop::mysql();
    shop.repairs("select id from orders where «(»id = ? or total > 1«) and orders.tenant_id = $tenant»");
    shop.repairs("select id from orders where «(»id = ? xor total > 1«) and orders.tenant_id = $tenant»");
    shop.repairs("select o.id from orders o where o.id = ?« and o.tenant_id = $tenant» lock in share mode");
    shop.repairs("select o.id from orders as o straight_join customers c on c.id = o.customer_id« where o.tenant_id = $tenant and c.tenant_id = $tenant» limit 2, 3");
    shop.repairs("select o.id from orders o left join customers c on c.id = o.customer_id« and c.tenant_id = $tenant»« where o.tenant_id = $tenant» order by 1");
    shop.repairs("select `Order`.`select` from `Order`« where `Order`.tenant = $tenant»");
    shop.repairs("select customer_id, count(*) from orders« where orders.tenant_id = $tenant» group by customer_id with rollup");
    shop.repairs("select id from orders« where orders.tenant_id = $tenant» # all of them");
}

#[test]
fn changes() {
    let shop = Shop::mysql();
    shop.repairs(
        "update orders set total = 1 where id = ?« and orders.tenant_id = $tenant» order by id limit 3",
    );
    shop.repairs("update orders o join customers c on c.id = o.customer_id set o.total = 1« where o.tenant_id = $tenant and c.tenant_id = $tenant»");
    shop.repairs("update items i join projects p on p.id = i.project_id set i.name = 'x', p.name = 'x' where i.id = 1« and p.tenant_id = $tenant»");
    shop.repairs("select o.id from orders o use index for order by (x) join customers c ignore key for join (y) on c.id = o.customer_id« where o.tenant_id = $tenant and c.tenant_id = $tenant»");
    shop.repairs("delete from orders« where orders.tenant_id = $tenant» order by id limit 3");
    shop.repairs("delete o from orders o join customers c on c.id = o.customer_id where c.name = 'x'« and o.tenant_id = $tenant and c.tenant_id = $tenant»");
    shop.repairs("delete from items where id = 1« and items.project_id in (select projects.id from projects where projects.tenant_id = $tenant)»");
}

#[test]
fn inserts() {
    let shop = Shop::mysql();
    shop.repairs(
        "insert into orders (id, customer_id«, tenant_id») values (1, 2«, $tenant»), (3, 4«, $tenant»)",
    );
    shop.repairs("insert into orders (id, customer_id«, tenant_id») value (1, 2«, $tenant»)");
    shop.repairs("insert into orders set id = 1, customer_id = 2«, tenant_id = $tenant»");
    shop.suggests(
        "insert into orders set tenant_id = ?, id = ?, customer_id = 2",
        "insert into orders set tenant_id = $tenant, id = ?, customer_id = 2",
    );
    shop.repairs("insert into orders set id = 1, customer_id = 2«, tenant_id = $tenant» on duplicate key update total = 1");
    shop.repairs("insert into orders (id, customer_id«, tenant_id») values (1, 2«, $tenant») on duplicate key update total = values(total)");
    shop.repairs("replace into orders (id, customer_id«, tenant_id») values (1, 2«, $tenant»)");
    shop.repairs("insert into orders (id, customer_id«, tenant_id») select id, 1«, $tenant» from plans");
}
