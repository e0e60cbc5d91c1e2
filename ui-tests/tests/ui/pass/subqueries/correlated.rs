//! The subquery takes the tenant from outside.

use tenancy::tenant_query;

pub fn main() {
    let _ = tenant_query!(
        "select o.id
           from orders o
          where o.tenant_id = $tenant
            and exists (select 1 from order_items i where i.tenant_id = o.tenant_id and i.order_id = o.id)"
    );
}
