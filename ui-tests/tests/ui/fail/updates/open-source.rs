//! The value may come from another tenant.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "update orders o set note = c.name
           from customers c
          where c.id = o.customer_id and o.tenant_id = $tenant"
    );
}
