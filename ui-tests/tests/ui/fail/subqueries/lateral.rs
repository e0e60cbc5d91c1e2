//! A lateral subquery of its own table.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "select o.id, l.sku
           from orders o
          cross join lateral (select i.sku from order_items i where i.order_id = o.id limit 1) l
          where o.tenant_id = $tenant"
    );
}
