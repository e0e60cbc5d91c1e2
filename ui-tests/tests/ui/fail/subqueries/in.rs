//! The list holds the ids of every tenant.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "select id from orders
          where tenant_id = $tenant
            and customer_id in (select id from customers)"
    );
}
