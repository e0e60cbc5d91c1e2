//! The condition holds for foreign rows too.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "select o.id
           from orders o
           join customers c on c.tenant_id = o.tenant_id or c.id = o.customer_id
          where o.tenant_id = $tenant"
    );
}
