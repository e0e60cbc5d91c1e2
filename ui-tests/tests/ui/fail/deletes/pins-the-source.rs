//! The predicate is on the wrong table.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "delete from order_items i using orders o
          where o.tenant_id = $tenant and o.id = i.order_id"
    );
}
