//! Both tables have it.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "select id
           from orders o
           join customers c on c.tenant_id = o.tenant_id and c.id = o.customer_id
          where o.tenant_id = $tenant"
    );
}
