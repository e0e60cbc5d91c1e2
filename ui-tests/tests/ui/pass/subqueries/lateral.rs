//! The newest item of each order.

use tenancy::tenant_query;

pub fn main() {
    let _ = tenant_query!(
        "select o.id, l.sku
           from orders o
          cross join lateral (
                select i.sku from order_items i
                 where i.tenant_id = o.tenant_id and i.order_id = o.id
                 order by i.line_no desc limit 1) l
          where o.tenant_id = $tenant"
    );
}
