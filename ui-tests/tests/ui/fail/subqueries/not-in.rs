//! Anti-joins leak as well.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "select id from orders o
          where o.tenant_id = $tenant
            and not exists (select 1 from customers c where c.id = o.customer_id)"
    );
}
