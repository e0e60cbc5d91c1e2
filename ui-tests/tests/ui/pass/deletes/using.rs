//! Target and source are tied.

use tenancy::tenant_query;

pub fn main() {
    let _ = tenant_query!(
        "delete from order_items i using orders o
          where i.tenant_id = $tenant and o.tenant_id = i.tenant_id and o.id = i.order_id"
    );
}
