//! The source is pinned too.

use tenancy::tenant_query;

pub fn main() {
    let _ = tenant_query!(
        "update orders o set note = c.name
           from customers c
          where c.tenant_id = o.tenant_id and c.id = o.customer_id and o.tenant_id = $tenant"
    );
}
