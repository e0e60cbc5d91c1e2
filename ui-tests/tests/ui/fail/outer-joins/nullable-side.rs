//! Pulls in the names of other tenants' customers.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "select o.id, c.name
           from orders o
           left join customers c on c.id = o.customer_id
          where o.tenant_id = $tenant"
    );
}
